#!/bin/bash
# The machine's account as Samba leaves it: w32timed-account knows who we are and
# the keys, asks for the RID both ways, sees a changed password without a restart,
# and knows a domain controller when it is on one.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need account_ask w32timed-account
domain

# ask NODE QUESTION...: the answers to these, a line each.
ask() {
	local node=$1
	shift
	printf '%s\n' "$@" | on "$node" "$(ours account_ask)" "$(ours w32timed-account)" "$LAB_DIR/account.conf"
}
settings() { printf '%s\n' '[Domain]' "$@" >"$LAB_DIR/account.conf"; }

# is EXPRESSION VALUE <ANSWER
is() {
	local answer
	read -r answer
	[ "$(json "$1" <<<"$answer")" = "$2" ] || fail "$1 is not $2 in $answer"
}

# What the domain itself says, by Samba's own tools.
hashes_in() { on "$1" klist -k -e -K "$2" | awk -v n="$3" 'tolower($2) ~ "^" tolower(n) "[$]@" && /arcfour/ { print $1, substr($NF, 4, 32) }' | sort -rn | awk '{ print $2 }'; }

settings
facts=$(ask member F) || fail "no answer"
is 'd["role"], d["realm"], d["domain"], d["account"], d["computer"]' \
	"('Member', '$ADLAB_REALM', '$ADLAB_DNS_DOMAIN', '$ADLAB_MEMBER_ACCOUNT', 'MEMBER1')" <<<"$facts"
is 'd["place"], d["status"]' "('keytab', 0)" <<<"$facts"
key=$(json 'd["keys"][0]' <<<"$facts")
[ "$key" = "$(hashes_in member "$ADLAB_MEMBER_KEYTAB" member1 | head -1)" ] || fail "another key than in the keytab"
# Keytab and secrets.tdb agree: they are the same keys.
settings KeytabPath=/nowhere
ask member F | is 'd["place"], d["keys"][0]' "('secrets.tdb', '$key')"

# Only the keytab, and nobody to say whose it is.
settings SecretsPath=/nowhere
ask member F | is 'd["account"], d["keys"][0]' "('$ADLAB_MEMBER_ACCOUNT', '$key')"

settings
ask member R | is 'd["rid"], d["place"]' "($ADLAB_MEMBER_RID, 'LDAP')"
settings KeytabPath=/nowhere
ask member R | is 'd["rid"], d["place"]' "($ADLAB_MEMBER_RID, 'winbind')"

# The password changes while the program runs.
settings
coproc member_asks { on member "$(ours account_ask)" "$(ours w32timed-account)" "$LAB_DIR/account.conf"; }
again() {
	echo F >&"${member_asks[1]}"
	read -r -t 20 facts <&"${member_asks[0]}" || fail "no answer"
}
again
is 'd["keys"][0]' "$key" <<<"$facts"
on member net ads changetrustpw >/dev/null 2>&1 || fail "net ads changetrustpw"
again
is 'd["keys"][1]' "$key" <<<"$facts"
new=$(json 'd["keys"][0]' <<<"$facts")
[ "$new" != "$key" ] || fail "the key is the one before"
is 'len(d["keys"]) <= 3' 1 <<<"$facts"
eval "exec ${member_asks[1]}>&-"
settings KeytabPath=/nowhere
ask member F | is 'd["keys"]' "['$new', '$key']"

# A domain controller has its own keytab elsewhere.
settings
facts=$(ask dc F)
is 'd["role"], d["account"], d["place"]' "('Controller', 'DC1\$', 'keytab')" <<<"$facts"
key=$(json 'd["keys"][0]' <<<"$facts")
settings KeytabPath=/nowhere
ask dc F | is 'd["place"], d["keys"][0]' "('secrets.tdb', '$key')"
settings
ask dc R | is 'd["rid"] > 500' 1
ask dc S | is 'd["status"]' 0

# What is not joined is in no domain: a machine of its own, which sees this one's
# files.
settings "Role=Standalone"
ask member F | is 'd["role"], d["realm"], d["keys"]' "('Standalone', '', [])"

# A machine that joins while the daemon runs has a member's defaults from then on.
node box
w32timed box box --no-clock-control <<EOF
[Domain]
KeytabPath=$LAB_DIR/keytab
SecretsPath=/nowhere
EOF
default_is() { w32tm box /query /configuration 2>/dev/null | grep -q "SpecialPollInterval: $1 "; }
within 10 "a stand-alone machine's defaults" default_is 604800
cp "$ADLAB_MEMBER_KEYTAB" "$LAB_DIR/keytab"
send_signal box HUP
within 20 "a member's defaults" default_is 3600
