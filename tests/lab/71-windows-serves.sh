#!/bin/bash
# w32timed.exe under Wine serves, a quarter of a second ahead: a real chronyd follows
# over IPv4, another over IPv6, and so do two w32timed on Linux.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
# shellcheck source=lib-windows.sh
. "$LAB_SOURCE/lib-windows.sh"
need namespaces chronyd chronyc w32timed w32tm ntp_offset
need_windows

node server client other
cable server client 1
cable server other 2
windows server
windows_w32timed server windows --simulate offset=0.25,drift=0ppm <<-EOF
	[Parameters]
	Type=NoSync
	[Config]
	AnnounceFlags=5
	LocalClockDispersion=0
	[NtpServer]
	Enabled=1
EOF
within 20 "w32timed.exe serves" quarter_second_ahead

chronyd client four <<EOF
server 10.77.1.1 iburst minpoll 0 maxpoll 2
port 0
EOF
chronyd client six <<EOF
server fd77:1::1 iburst minpoll 0 maxpoll 2
port 0
EOF
w32timed client linux4 --simulate offset=0,drift=10ppm < <(follow "10.77.1.1,0x8" 3 4)
w32timed other linux6 --simulate offset=0,drift=-10ppm < <(follow "fd77:2::1,0x8" 3 4)

# tracking: reference id, address, stratum, time, correction, ...
follows() {
	local address stratum correction rest
	IFS=, read -r _ address stratum _ correction rest < <(chronyc "$1" tracking)
	[ "$address" = "$2" ] && [ "$stratum" = 2 ] && [ "${rest##*,}" = Normal ] &&
		absolute_less "$(awk "BEGIN { print $correction - 0.25 }")" 0.001
}
# What a machine serves, against the quarter of a second.
is_ahead() {
	local seen
	seen=$(offset "$1" 127.0.0.1 24)
	[ -n "$seen" ] && absolute_less "$(awk "BEGIN { print $seen - 0.25 }")" 0.001
}
within 20 "chronyd follows over IPv4" follows four 10.77.1.1
within 20 "chronyd follows over IPv6" follows six fd77:1::1
within 60 "w32timed follows over IPv4" is_ahead client
within 60 "w32timed follows over IPv6" is_ahead other
status_is linux4 'd["stratum"]' 2 || fail "stratum $(status linux4 'd["stratum"]')"
note "$(chronyc four tracking)"
note "$(chronyc six tracking)"
windows_stop windows || fail "exit status $?"
