#!/bin/bash
# All servers fall silent: the clock goes on at its known rate and says so.
# They come back: followed again, without a step.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd w32timed w32tm ntp_offset

node one two client
cable one client 1
cable two client 2
references one two

w32timed client w32timed --simulate offset=+0.05,drift=30ppm < <(follow "10.77.1.1,0x8 10.77.2.1,0x8" 1 2)
within 20 "offset below 1 ms" offset_within client 0.001
within 40 "frequency known" frequency_known
before=$(offset client)

send_signal one STOP
send_signal two STOP
within 60 "nobody answers" peers_are w32timed 'max(p["reachability"] for p in d["peers"])' 0
within 10 "free running" status_is w32timed 'd["source"]' "Free-running System Clock"
w32tm w32timed /query /status /verbose
during=$(offset client)
note "offset $before, after holdover $during"
absolute_less "$(awk "BEGIN { print $during - ($before) }")" 0.001 || fail "does not hold"

send_signal one CONT
send_signal two CONT
last=$during
followed() {
	local now
	now=$(offset client)
	absolute_less "$(awk "BEGIN { print $now - ($last) }")" 0.001 || fail "a jump from $last to $now"
	last=$now
	[ "$(status w32timed 'd["source"].strip() in ("10.77.1.1,0x8", "10.77.2.1,0x8")')" = 1 ]
}
within 30 "followed again" followed
for _ in $(seq 20); do
	followed || fail "lost again"
	sleep 0.5
done
absolute_less "$last" 0.001 || fail "offset $last"
