#!/bin/bash
# A domain controller whose time comes from chronyd and whose signatures from
# Samba, and the member that asks for them: what the other tests build on.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need chronyd ntp_offset
domain

dc_chronyd
probe "$ADLAB_DC_IP"
signs "$ADLAB_DC_IP" --nt-hash 00112233445566778899aabbccddeeff && note "of two keys one fits"
on member "$LAB_SOURCE/mssntp-probe" --timeout 1 --rid 500 --nt-hash 00112233445566778899aabbccddeeff "$ADLAB_DC_IP"
[ $? = 3 ] || fail "an answer for a user's account"

# Without Samba there are no signatures, with it again there are.
undo ad_lab start dc
ad_lab kill dc || fail "kill"
signs "$ADLAB_DC_IP" && fail "signed without a signer"
ad_lab start dc || fail "start"
within 5 "signed again" signs "$ADLAB_DC_IP"
