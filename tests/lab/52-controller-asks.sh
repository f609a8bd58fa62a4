#!/bin/bash
# Whom a domain controller asks: a plain one its domain's reliable ones and the
# PDC emulator, the PDC emulator reliable ones only, a reliable one nobody in its
# domain; itself nobody ever; nor the parent domain, without a key of the trust.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need namespaces python3 w32timed w32tm

controllers <<'WORLD'
{"forest": "example", "client_site": "Branch", "rid": 1000,
 "hash": "23c795c195d0501038a261142ff71e4c",
 "controllers": {
   "dc1": {"address": "10.77.1.11", "site": "Branch", "pdc": true},
   "dc2": {"address": "10.77.1.12", "site": "Branch", "reliable": true},
   "dc3": {"address": "10.77.1.13", "site": "Hub", "reliable": true, "up": false},
   "dc4": {"address": "10.77.1.14", "site": "Branch"},
   "dc9": {"address": "10.77.1.2", "site": "Branch", "reliable": true, "plays": []}}}
WORLD
itself <<'WORLD'
{"forest": "example", "client_site": "Branch", "rid": 1000,
 "hash": "23c795c195d0501038a261142ff71e4c",
 "controllers": {"dc9": {"address": "10.77.1.2", "site": "Branch", "reliable": true, "plays": ["ping"]}}}
WORLD
controller() { # LINE...: in [Config]
	w32timed client client --simulate offset=+0.1,drift=5ppm < <(
		quick NT5DS
		in_domain Controller DC9
		printf '%s\n' '[Config]' "$@"
	)
}
again() { w32tm client /resync /rediscover /nowait >/dev/null || fail "/resync /rediscover"; }

# All say that they are reliable that run Samba; it does not take itself for so.
controller
within 15 "dc2, reliable in the own site" source_is client dc2.corp.example
world controllers.dc2.up false
again
within 15 "dc1, the PDC emulator" source_is client dc1.corp.example
world controllers.dc3.up true
world controllers.dc1.up false
again
within 20 "dc3, reliable in another site" source_is client dc3.corp.example

# It becomes the PDC emulator: it is not that domain's that it asks for any more,
# and nobody plain.
world controllers.dc3.up false
world controllers.dc1.pdc false
world controllers.dc1.up true
world controllers.dc9.pdc true
WORLD=itself world controllers.dc9.pdc true
again
alone() { status_is client 'd["source"] in ("Free-running System Clock", "Local CMOS Clock")' 1; }
within 30 "nobody is left" alone
world controllers.dc2.up true
again
within 15 "dc2, reliable" source_is client dc2.corp.example
stop client || fail "exit status $?"

# Reliable itself.
asked='[c["asked"] for c in d["controllers"].values()]'
for host in dc1 dc2 dc3 dc4; do world controllers.$host.asked '{}'; done
controller AnnounceFlags=5
within 10 "it serves its own clock" status_is client 'd["stratum"]' 1
world_is "$asked" '[{}, {}, {}, {}, {}]' || fail "it asks others"
stop client || fail "exit status $?"
