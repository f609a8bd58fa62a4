#!/bin/bash
# Type=NT5DS and nothing else, on a machine that was joined with Samba's tools:
# it finds its domain controller, whose time chronyd serves and Samba signs.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need chronyd w32timed w32tm ntp_offset
domain

dc_chronyd
w32timed member member --simulate offset=+0.4,drift=30ppm < <(printf '%s\n' '[Parameters]' Type=NT5DS)
within 10 "the controller is followed" source_is member dc1.corp.example
said() { # COMMAND LINE
	# shellcheck disable=SC2086
	w32tm member $1 | tee "$LAB_DIR/said" | grep -qixE "$2" || fail "w32tm $1: $(cat "$LAB_DIR/said")"
}
said "/query /source" 'dc1\.corp\.example *'
said "/query /status" 'Source: dc1\.corp\.example *'
said "/query /peers /verbose" 'Peer: dc1\.corp\.example *'
said "/query /peers /verbose" 'AuthTypeMsgId: 0x0000005B \(NtDigest \)'
said "/query /configuration" 'Type: NT5DS \(Local\)'
for id in 26 27 129 130 131 134; do
	[ "$(events member $id)" = 0 ] || fail "event $id"
done
stop member || fail "exit status $?"

# The same with a clock that can be looked at.
w32timed member serving --simulate offset=-0.4,drift=-2ppm < <(
	printf '%s\n' '[Parameters]' Type=NT5DS '[NtpServer]' Enabled=1
)
within 10 "the controller is followed again" source_is serving dc1.corp.example
# A busy machine's first few answers may have come late: then it asks again.
within 20 "its clock is corrected" offset_within member 0.01
precise() {
	note "offset $(offset member)"
	offset_within member 0.001 || { w32tm serving /resync && false; }
}
within 30 "offset below 1 ms" precise
stop serving || fail "exit status $?"
