#!/bin/bash
# NTPsec's ntpd follows us over IPv4 and IPv6.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces ntpd w32timed ntp_offset
serve_quarter_second_ahead

cat >"$LAB_DIR/ntp.conf" <<EOF
disable ntp
restrict default
server 10.77.1.1 iburst minpoll 3 maxpoll 3
server fd77:1::1 iburst minpoll 3 maxpoll 3
statsdir $LAB_DIR/
statistics peerstats
filegen peerstats type none enable
EOF
readarray -t environment < <(peer_environment)
start client ntpd env "${environment[@]}" "$(peer ntpd)" -n -c "$LAB_DIR/ntp.conf"

# peerstats: day, second, address, status, offset, ...; the status' bits 8 to 10
# say what selection made of it: 4 candidate, 6 the one it follows.
selected() {
	[ -e "$LAB_DIR/peerstats" ] && python3 - "$LAB_DIR/peerstats" "$@" <<-'END'
		import sys
		last = {}
		for line in open(sys.argv[1]):
		    words = line.split()
		    if len(words) >= 5:
		        last[words[2]] = (int(words[3], 16) >> 8 & 7, float(words[4]))
		good = [a for a in sys.argv[2:] if a in last and last[a][0] >= 4 and abs(last[a][1] - 0.25) < 0.001]
		sys.exit(not (len(good) == 2 and 6 in (last[a][0] for a in good)))
	END
}
within 60 "ntpd has selected us twice" selected 10.77.1.1 fd77:1::1
tail -n 2 "$LAB_DIR/peerstats"
