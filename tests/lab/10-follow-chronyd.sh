#!/bin/bash
# A real chronyd is the server; our simulated clock starts 0.4 s fast and runs
# 30 ppm too fast: below 1 ms within 15 s, below 100 us after three minutes.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd w32timed w32tm ntp_offset

node server client
cable server client 1
references server

w32timed client w32timed --simulate offset=+0.4,drift=30ppm < <(follow "10.77.1.1,0x8" 3 4)
begin=$(lab_clock)
within 15 "offset below 1 ms" offset_within client 0.001
within 5 "chronyd is the source" status_is w32timed 'd["source"].strip()' 10.77.1.1,0x8
status_is w32timed 'd["stratum"]' 6 || fail "stratum $(status w32timed 'd["stratum"]')"

# It came in and stays in.
largest=0
while below "$(lab_clock)" "$(awk "BEGIN { print $begin + 180 }")"; do
	seen=$(absolute "$(offset client)")
	note "offset $seen"
	below "$seen" 0.001 || fail "out again"
	below "$seen" "$largest" || largest=$seen
	sleep 5
done
note "largest until 3 minutes: $largest"
for _ in 1 2 3 4 5; do
	seen=$(offset client)
	note "offset $seen, it says $(status w32timed 'd["phase_offset"]')," \
		"frequency $(status w32timed 'd["frequency_ppm"]') ppm"
	absolute_less "$seen" 0.0001 || fail "not below 100 us after 3 minutes"
	sleep 1
done
stop w32timed || fail "exit status $?"
