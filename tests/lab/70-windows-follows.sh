#!/bin/bash
# w32timed.exe under Wine, on a simulated clock that starts 0.4 s fast and runs 30
# ppm too fast, follows a real chronyd, over IPv4 on one machine and over IPv6 on
# another: below 1 ms within a minute, and it stays there, as far as Wine lets one see.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
# shellcheck source=lib-windows.sh
. "$LAB_SOURCE/lib-windows.sh"
need namespaces chronyd ntp_offset
need_windows

node server four six
cable server four 1
cable server six 2
references server
windows four six

windows_w32timed four ipv4 --simulate offset=+0.4,drift=30ppm < <(follow "10.77.1.1,0x8" 3 4)
windows_w32timed six ipv6 --simulate offset=-0.4,drift=-30ppm < <(follow "fd77:2::1,0x8" 3 4)
within 60 "IPv4: offset below 1 ms" offset_within four 0.001
within 60 "IPv6: offset below 1 ms" offset_within six 0.001
within 20 "IPv4: chronyd is the source" status_is ipv4 'd["source"].strip()' 10.77.1.1,0x8
within 20 "IPv6: chronyd is the source" status_is ipv6 'd["source"].strip()' fd77:2::1,0x8
status_is ipv4 'd["stratum"]' 6 || fail "stratum $(status ipv4 'd["stratum"]')"

# Under Wine datagrams wait for Wine's server and for whatever else this machine does,
# and carry no time stamps: now and then it is more, then they say so.
for _ in 1 2 3 4 5 6 7 8 9 10 11; do
	sleep 3
	for name in four six; do
		seen=$(reading "$name" 127.0.0.1 24)
		note "$name: $seen"
		no_further_off "$seen" 0.001 || fail "$name is further off than it knows: $seen"
	done
done
within 60 "IPv4: still below 1 ms" offset_within four 0.001
within 60 "IPv6: still below 1 ms" offset_within six 0.001
windows_stop ipv4 || fail "exit status $?"
windows_stop ipv6 || fail "exit status $?"
