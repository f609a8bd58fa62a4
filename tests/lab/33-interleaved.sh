#!/bin/bash
# Interleaved mode (RFC 9769) with a real chronyd: one that asks for it is served so by
# us, and we are by one, and by ourselves, without a key for it.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd chronyc w32timed w32tm ntp_offset
serve_quarter_second_ahead

for family in four:10.77.1.1 six:fd77:1::1; do
	chronyd client "${family%%:*}" <<-EOF
		server ${family#*:} iburst xleave minpoll 0 maxpoll 0
		port 0
	EOF
done
chronyd client plain <<EOF
server 10.77.1.1 iburst minpoll 0 maxpoll 0
port 0
EOF
# ntpdata, in words: "Interleaved     : Yes".
ntpdata() { chronyc_words "$1" ntpdata | sed -n "s/^$2 *: //p"; }
ntpdata_is() { [ "$(ntpdata "$1" "$2")" = "$3" ]; }
within 20 "chronyd is served in interleaved mode" ntpdata_is four Interleaved Yes
within 20 "over IPv6 as well" ntpdata_is six Interleaved Yes
within 5 "who does not ask for it is not" ntpdata_is plain Interleaved No
note "delay $(ntpdata four 'Peer delay'), without $(ntpdata plain 'Peer delay')"
within 10 "it has the time" chronyd_follows four 10.77.1.1

node server2 client2
cable server2 client2 2
references server2
w32timed client2 ours --simulate offset=0.01,drift=5ppm < <(follow "10.77.2.1,0x8" 0 0)
w32timed client own --simulate offset=0.01,drift=5ppm < <(follow "10.77.1.1,0x8" 0 0)
interleaved() { peers "$1" 'd["peers"][0]["counters"]["interleaved"]' || echo 0; }
granted() { below 3 "$(interleaved "$1")"; }
within 90 "chronyd serves us in interleaved mode" granted ours
within 20 "the offset is below 100 us" offset_within client2 0.0001
within 90 "we serve ourselves so" granted own
for name in ours own; do
	note "$(peers $name 'd["peers"][0]')"
	peers_are $name 'd["peers"][0]["counters"]["bogus"]' 0 || fail "bogus answers"
done
