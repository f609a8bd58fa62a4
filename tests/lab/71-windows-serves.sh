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
w32timed client linux4 --simulate offset=0,drift=10ppm < <(follow "10.77.1.1,0x8" 0 2)
w32timed other linux6 --simulate offset=0,drift=-10ppm < <(follow "fd77:2::1,0x8" 0 2)

within 60 "chronyd follows over IPv4" chronyd_follows four 10.77.1.1
within 60 "chronyd follows over IPv6" chronyd_follows six fd77:1::1
within 120 "w32timed follows over IPv4" offset_within client 0.001 0.25
within 120 "w32timed follows over IPv6" offset_within other 0.001 0.25
status_is linux4 'd["stratum"]' 2 || fail "stratum $(status linux4 'd["stratum"]')"
note "$(chronyc four tracking)"
note "$(chronyc six tracking)"
windows_stop windows || fail "exit status $?"
