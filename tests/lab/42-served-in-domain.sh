#!/bin/bash
# w32timed on the domain controller: it answers signed requests through Samba's
# signer, and a member follows it.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need chronyd w32timed w32tm ntp_offset
domain

dc_w32timed --simulate offset=0.25,drift=0ppm < <(first_in_domain)
event dc-w32timed 12 || fail "the first controller does not say that nobody is above it"
status_is dc-w32timed 'd["stratum"]' 1 || fail "$(w32tm dc-w32timed /query /status)"

# Whoever asks as Windows does gets what belongs to the account, or silence.
probe "$ADLAB_DC_IP" || fail "signed"
probe --mode 1 "$ADLAB_DC_IP" || fail "signed, symmetric"
probe --old-key "$ADLAB_DC_IP" || fail "signed, the older key asked for"
silent() { # OPTION...
	on member "$LAB_SOURCE/mssntp-probe" --timeout 0.5 --nt-hash 00112233445566778899aabbccddeeff "$@" "$ADLAB_DC_IP"
	[ $? = 3 ] || fail "an answer to $*"
}
silent --rid 500
silent --rid 1999
silent --rid "$ADLAB_MEMBER_RID" --form 120
silent --rid "$ADLAB_MEMBER_RID" --length 60
# Unsigned requests are served as ever.
below 0.2 "$(offset dc "$ADLAB_DC_IP")" || fail "unsigned: $(offset dc "$ADLAB_DC_IP")"

w32timed member member --simulate offset=+0.5,drift=30ppm < <(quick NT5DS)
within 10 "the controller is followed" source_is member dc1.corp.example
w32tm member /query /peers /verbose | grep -q '^AuthTypeMsgId: .*NtDigest' || fail "not signed"
within 20 "within 1 ms of the controller" offset_within member 0.001 0.25

# Samba away and back: signatures stop and go on, unsigned answers never stop.
undo ad_lab start dc
ad_lab kill dc || fail "kill"
signs --timeout 1 "$ADLAB_DC_IP" && fail "signed without a signer"
below 0.2 "$(offset dc "$ADLAB_DC_IP")" || fail "unsigned, without Samba"
ad_lab start dc || fail "start"
within 10 "signed again" signs "$ADLAB_DC_IP"
fed=$(fed member)
within 20 "followed again" fed_more member "$fed" 2
stop dc-w32timed || fail "exit status $?"

# Only the long form is answered, if so configured: Samba's signer cannot.
dc_requires() {
	w32timed dc requires --simulate offset=0.25,drift=0ppm < <(
		first_in_domain
		printf '[NtpServer]\nRequireSecureTimeSyncRequests=1\n'
	)
}
dc_requires
within 10 "it serves" offset_within dc 0.5
signs "$ADLAB_DC_IP" && fail "the short form is answered"
stop requires || fail "exit status $?"
