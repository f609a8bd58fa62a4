#!/bin/bash
# Three real chronyd, one of them 1 s wrong: it is named, and the clock does
# not follow it.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd chronyc w32timed w32tm ntp_offset

node one two liar client
cable one client 1
cable two client 2
cable liar client 3
cable one liar 4
references one two
# Believes that what it hears is 1 s early.
chronyd liar liar <<<'server 10.77.4.1 iburst minpoll 0 maxpoll 2 offset 1'
lies() { [ "$(offset liar | cut -c 1-4)" = +1.0 ] || [ "$(offset liar | cut -c 1-5)" = +0.99 ]; }
within 20 "the liar lies" lies

w32timed client w32timed --simulate offset=-0.02,drift=-15ppm < <(follow "10.77.3.1,0x8 10.77.1.1,0x8 10.77.2.1,0x8" 2 3)
within 20 "offset below 1 ms" offset_within client 0.001
selection='" ".join(p["selection"] for p in sorted(d["peers"], key=lambda p: p["name"]))'
named() {
	[ "$(peers w32timed '[p["selection"] for p in d["peers"] if p["name"] == "10.77.3.1,0x8"][0]')" = falseticker ]
}
within 20 "the liar is named" named
for _ in $(seq 20); do
	not_beyond client 0.001 || fail "offset $(offset client)"
	named || fail "the liar is believed: $(peers w32timed "$selection")"
	sleep 1
done
note "selection: $(peers w32timed "$selection")"
w32tm w32timed /query /peers /verbose
