#!/bin/bash
# Programs that ask once: ntpdig, rdate, chronyd -Q; over IPv4 and IPv6.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces ntpdig rdate chronyd w32timed ntp_offset
serve_quarter_second_ahead

with_ntpdig() { on_python client ntpdig -j "$1" | json 'd["offset"]'; }
with_rdate() {
	local family=-6
	[[ $1 == *:* ]] || family=-4
	on client "$(peer rdate)" $family -npv "$1" | sed -n 's/.*adjust local clock by \(.*\) seconds/\1/p'
}
with_chronyd() {
	local environment
	readarray -t environment < <(peer_environment)
	on client env "${environment[@]}" "$(peer chronyd)" -u root -F 0 -t 20 -Q "server $1 iburst maxsamples 4" \
		"pidfile $LAB_DIR/once.pid" "cmdport 0" "bindcmdaddress /" 2>&1 |
		sed -n 's/.*System clock wrong by \([-0-9.]*\) seconds.*/\1/p'
}

# sees_quarter PROGRAM ADDRESS: three of five answers must; each is as exact as this
# busy machine lets the program read its clock.
sees_quarter() {
	local seen right=0
	for _ in 1 2 3 4 5; do
		seen=$("with_$1" "$2")
		note "$1 $2: $seen"
		[ -n "$seen" ] || fail "$1 $2: no answer"
		! absolute_less "$(awk "BEGIN { print $seen - 0.25 }")" 0.01 || right=$((right + 1))
		[ "$right" -lt 3 ] || return 0
	done
	fail "$1 $2 does not see our time"
}
for address in 10.77.1.1 fd77:1::1; do
	sees_quarter ntpdig "$address"
	sees_quarter rdate "$address"
	sees_quarter chronyd "$address"
done
