#!/bin/bash
# A domain of level 2012: its controllers promise the long form of signatures,
# which Samba's signer does not know.  The member asks in it first and ends with
# the short one.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need chronyd w32timed w32tm ntp_offset
domain

level() { ad_lab kill dc && ad_lab level "$1" && ad_lab start dc; }
undo level 2008_R2
level 2012 || fail "level"
dc_chronyd
attacker_between # it only counts
w32timed member member --simulate offset=+0.1,drift=5ppm < <(quick NT5DS)
within 20 "the controller is followed" source_is member dc1.corp.example
below 1 "$(attacked 'd["lengths"].get("120", 0)')" || fail "not asked in the long form first: $(attacked 'd["lengths"]')"
within 20 "offset below 1 ms" offset_within member 0.001
# It stays with what is answered.
long=$(attacked 'd["lengths"]["120"]')
fed=$(fed member)
within 20 "it goes on" fed_more member "$fed" 4
[ "$(attacked 'd["lengths"]["120"]')" = "$long" ] || fail "still asked in the long form"
stop member || fail "exit status $?"

# Where the short form is forbidden nothing is followed.
w32timed member strict --simulate offset=+0.1,drift=5ppm < <(
	quick NT5DS
	printf '%s\n' '[Domain]' RequireExtendedSignature=1
)
short=$(attacked 'd["lengths"].get("68", 0)')
long=$(attacked 'd["lengths"]["120"]')
asked_long() { below $((long + 4)) "$(attacked 'd["lengths"]["120"]')"; }
within 30 "the long form is asked for" asked_long
[ "$(attacked 'd["lengths"].get("68", 0)')" = "$short" ] || fail "asked in the short form"
status_is strict 'd["synchronized"]' 0 || fail "synchronized"
stop strict || fail "exit status $?"
