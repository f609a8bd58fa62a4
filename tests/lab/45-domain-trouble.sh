#!/bin/bash
# The machine's password changes, the controller dies and comes back, DNS is gone
# for a while: the daemon is never restarted and ends with the right source.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need chronyd w32timed w32tm ntp_offset
domain

dc_chronyd
w32timed member member --simulate offset=+0.1,drift=5ppm < <(quick NT5DS)
within 10 "the controller is followed" source_is member dc1.corp.example
followed() { # WHAT: three more measurements
	local fed
	fed=$(fed member)
	within "${2:-20}" "$1" fed_more member "$fed" 3
	source_is member dc1.corp.example || fail "$1: source $(status member 'd["source"]')"
}

# A new password: the controller signs with it at once.
old=$(awk '{ print }' < <(on member klist -k "$ADLAB_MEMBER_KEYTAB") | grep -ci 'member1\$@')
on member net ads changetrustpw || fail "changetrustpw"
[ "$(on member klist -k "$ADLAB_MEMBER_KEYTAB" | grep -ci 'member1\$@')" -gt "$old" ] || fail "no new key"
followed "with the new password"
# DNS gone: who is followed stays, even if it is asked for anew.
name_servers() { printf 'search %s\nnameserver %s\noptions timeout:1 attempts:1\n' "$ADLAB_DNS_DOMAIN" "$1" >"$LAB_AD/member/etc/resolv.conf"; }
undo name_servers "$ADLAB_DC_IP"
name_servers 10.77.99.99
followed "without DNS"
w32tm member /resync /rediscover /nowait
followed "without DNS, sought in vain"
name_servers "$ADLAB_DC_IP"
w32tm member /resync /rediscover /nowait
followed "with DNS again"

# The controller dies, Samba and the time service, and comes back.
undo ad_lab start dc
send_signal dc-chronyd KILL
ad_lab kill dc || fail "kill"
lost() { status_is member 'd["source"] in ("Free-running System Clock", "Local CMOS Clock")' 1; }
within 60 "nobody is left" lost
not_beyond member 0.002 || fail "lost its clock: $(offset member)"
ad_lab start dc || fail "start"
dc_chronyd
within 40 "the controller is followed again" source_is member dc1.corp.example
within 20 "offset below 1 ms" offset_within member 0.001
stop member || fail "exit status $?"

# No DNS at the start: nobody is found; then somebody is.
name_servers 10.77.99.99
w32timed member later --simulate offset=+0.1,drift=5ppm < <(quick NT5DS)
within 30 "nobody is found" event later 129
name_servers "$ADLAB_DC_IP"
within 30 "somebody is found" source_is later dc1.corp.example
stop later || fail "exit status $?"
