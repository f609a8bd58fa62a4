#!/bin/bash
# We serve, a quarter of a second ahead; a real chronyd follows over IPv4,
# another over IPv6.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd chronyc w32timed ntp_offset
serve_quarter_second_ahead

chronyd client four <<EOF
server 10.77.1.1 iburst minpoll 0 maxpoll 2
port 0
EOF
chronyd client six <<EOF
server fd77:1::1 iburst minpoll 0 maxpoll 2
port 0
EOF
# tracking: reference id, address, stratum, time, correction, ...
follows() {
	local address stratum correction rest
	IFS=, read -r _ address stratum _ correction rest < <(chronyc "$1" tracking)
	[ "$address" = "$2" ] && [ "$stratum" = 2 ] && [ "${rest##*,}" = Normal ] &&
		absolute_less "$(awk "BEGIN { print $correction - 0.25 }")" 0.001
}
within 20 "IPv4" follows four 10.77.1.1
within 20 "IPv6" follows six fd77:1::1
note "$(chronyc four tracking)"
note "$(chronyc six tracking)"
note "$(chronyc six ntpdata | tr '\n' ' ')"
