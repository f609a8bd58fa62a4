#!/bin/bash
# Programs that ask once: ntpdig, rdate, chronyd -Q; over IPv4 and IPv6.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces ntpdig rdate chronyd w32timed ntp_offset
serve_quarter_second_ahead

quarter() {
	note "$1: $2"
	[ -n "$2" ] || fail "$1 got no answer"
	absolute_less "$(awk "BEGIN { print $2 - 0.25 }")" 0.01 || fail "$1 does not see our time"
}
for address in 10.77.1.1 fd77:1::1; do
	seen=$(on_python client ntpdig -j "$address" | json 'd["offset"]')
	quarter "ntpdig $address" "$seen"
	family=-4
	[ "$address" = 10.77.1.1 ] || family=-6
	seen=$(on client "$(peer rdate)" $family -npv "$address" | sed -n 's/.*adjust local clock by \(.*\) seconds/\1/p')
	quarter "rdate $address" "$seen"
	readarray -t environment < <(peer_environment)
	seen=$(on client env "${environment[@]}" "$(peer chronyd)" -u root -F 0 -t 20 -Q "server $address iburst maxsamples 4" \
		"pidfile $LAB_DIR/once.pid" "cmdport 0" "bindcmdaddress /" 2>&1 |
		sed -n 's/.*System clock wrong by \([-0-9.]*\) seconds.*/\1/p')
	quarter "chronyd -Q $address" "$seen"
done
