#!/bin/bash
# Type=NT5DS under Wine, on the member's machine of a live domain: w32timed.exe finds
# the domain controller by itself and believes what is signed with the key in KeyPath's
# file; with another key, or with one that everybody may read, it follows nobody there.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
# shellcheck source=lib-windows.sh
. "$LAB_SOURCE/lib-windows.sh"
need chronyd ntp_offset
need_windows
domain

(
	umask 077
	on member klist -k -e -K "$ADLAB_MEMBER_KEYTAB" |
		awk -v owner="$ADLAB_MEMBER_ACCOUNT@" '/arcfour/ && index(toupper($2), toupper(owner)) == 1 {
			print $1, substr($NF, 4, 32) }' | sort -rn | awk 'NR == 1 { print $2 }' >"$LAB_DIR/key"
	tr 0123456789abcdef 123456789abcdef0 <"$LAB_DIR/key" >"$LAB_DIR/wrong-key"
)
[ "$(wc -c <"$LAB_DIR/key")" = 33 ] || fail "no key in the member's keytab"
(umask 022 && cat "$LAB_DIR/key" >"$LAB_DIR/public-key")

node other
cable other member 1
references other
dc_chronyd
windows member

# account KEYFILE: what a machine that Wine does not call joined must be told.
account() {
	printf '%s\n' '[Domain]' Role=Member "Realm=$ADLAB_REALM" "AccountName=$ADLAB_MEMBER_ACCOUNT" \
		"AccountRid=$ADLAB_MEMBER_RID" "KeyPath=$LAB_DIR/$1"
}

note "The right key"
windows_w32timed member right --simulate offset=+0.4,drift=30ppm < <(quick NT5DS; account key)
within 30 "the controller is followed" source_is right dc1.corp.example
within 60 "offset below 1 ms" offset_within member 0.001
# Under Wine every datagram waits for Wine's server, and on a busy machine longer.
for _ in 1 2 3 4 5 6 7; do
	sleep 2
	seen=$(reading member 127.0.0.1 24)
	note "$seen"
	no_further_off "$seen" 0.001 || fail "it is further off than it knows: $seen"
done
within 60 "still below 1 ms" offset_within member 0.001
w32tm right /query /peers /verbose >"$LAB_DIR/said" || fail "/query /peers"
grep -q 'AuthTypeMsgId: 0x0000005B (NtDigest )' "$LAB_DIR/said" || fail "no signatures: $(cat "$LAB_DIR/said")"
for id in 26 27 129 130 131 134; do
	[ "$(events right $id)" = 0 ] || fail "event $id"
done
windows_stop right || fail "exit status $?"

note "A wrong key"
windows_w32timed member wrong --simulate offset=+0.4,drift=30ppm < <(quick NT5DS; account wrong-key)
within 30 "event 26" event wrong 26
within 60 "event 24: the controller is left" event wrong 24
status_is wrong 'd["synchronized"]' 0 || fail "it is synchronized"
[ "$(events wrong 35)" = 0 ] || fail "it was followed"
[ "$(offset member | cut -c 1-4)" = +0.4 ] || [ "$(offset member | cut -c 1-4)" = +0.3 ] ||
	fail "the clock has been set: $(offset member)"
windows_stop wrong || fail "exit status $?"

note "A key that everybody may read"
windows_w32timed member public --simulate offset=+0.4,drift=30ppm < <(
	quick AllSync
	printf '%s\n' '[Parameters]' 'NtpServer=10.77.1.1,0x8'
	account public-key
)
within 30 "event 130" event public 130
grep -q 'event 130.*public-key is not private' "$LAB_DIR/public.log" || fail "event 130 does not say why"
within 60 "AllSync takes NtpServer" source_is public 10.77.1.1
windows_stop public || fail "exit status $?"
