#!/bin/bash
# Which of many controllers is followed: sites, reliable ones, the PDC emulator,
# bad signatures, the long form; controllers that exist on the wire alone.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need namespaces python3 w32timed w32tm ntp_offset

controllers <<'EOF2'
{"forest": "corp.example", "client_site": "Branch", "rid": 1103,
 "hash": "23c795c195d0501038a261142ff71e4c",
 "controllers": {
   "dc1": {"address": "10.77.1.11", "site": "Hub", "pdc": true, "reliable": true},
   "dc2": {"address": "10.77.1.12", "site": "Branch"},
   "dc3": {"address": "10.77.1.13", "site": "Branch", "reliable": true, "up": false},
   "dc4": {"address": "10.77.1.14", "site": "Branch", "time": false, "reliable": true}}}
EOF2
member() { # LINE...: in [NtpClient]
	w32timed client client --simulate offset=+0.1,drift=5ppm < <(
		quick NT5DS
		in_domain
		printf '%s\n' '[NtpClient]' "$@"
	)
}
rediscover() { w32tm client /resync /rediscover /nowait >/dev/null || fail "/resync /rediscover"; }

# dc2 has 8 points (same site), dc1 has 5 (reliable, PDC emulator) and is not
# even asked for; dc4 has no time service.
member
within 10 "dc2, in the own site" source_is client dc2.corp.example
world_is 'd["controllers"]["dc1"]["asked"], d["controllers"]["dc4"]["asked"]' '({}, {})' || fail "others were asked for time"

# A reliable one in the site: 12 points.
world controllers.dc3.up true
rediscover
within 10 "dc3, reliable in the own site" source_is client dc3.corp.example

# It falls silent, the next best is dc2; that signs wrongly, then dc1.
world controllers.dc3.up false
within 40 "dc2 when dc3 is silent" source_is client dc2.corp.example
world controllers.dc2.signs false
within 40 "dc1 when dc2 signs wrongly" source_is client dc1.corp.example
event client 26 || fail "no event 26"
world controllers.dc2.signs true
rediscover
within 15 "dc2 again" source_is client dc2.corp.example

# The machine is moved to the hub.
world client_site '"Hub"'
rediscover
within 10 "dc1, in the own site" source_is client dc1.corp.example
# To a place that is in no site: dc3 and dc1 are reliable, dc1 is PDC emulator too.
world client_site '""'
world controllers.dc3.up true
rediscover
within 10 "dc1, PDC emulator and reliable" source_is client dc1.corp.example
world client_site '"Branch"'
stop client || fail "exit status $?"

# CrossSiteSyncFlags: 0 never leaves the site, 1 only for the PDC emulator.
world controllers.dc2.up false
world controllers.dc3.site '"Hub"'
world controllers.dc1.reliable false
member CrossSiteSyncFlags=1
within 15 "dc1, PDC emulator elsewhere" source_is client dc1.corp.example
stop client || fail "exit status $?"
member CrossSiteSyncFlags=2
within 15 "dc3, reliable elsewhere" source_is client dc3.corp.example
stop client || fail "exit status $?"
member CrossSiteSyncFlags=0
within 15 "nobody in the site" event client 129
status_is client 'd["synchronized"]' 0 || fail "followed another site's"
stop client || fail "exit status $?"
world controllers.dc2.up true

# The long form, and no other, where the controller promises it and answers it.
world controllers.dc2.extended true
world controllers.dc2.asked '{}'
member
within 10 "dc2, long form" source_is client dc2.corp.example
world_is 'sorted(d["controllers"]["dc2"]["asked"])' "['120']" || fail "not asked in the long form alone"
stop client || fail "exit status $?"

# DNS comes late.
world dns false
member
within 20 "nobody without DNS" event client 129
world dns true
rediscover
within 10 "dc2 with DNS" source_is client dc2.corp.example
stop client || fail "exit status $?"
