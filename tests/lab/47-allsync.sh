#!/bin/bash
# Type=AllSync: the hierarchy while it gives time, NtpServer while it does not,
# and back.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need chronyd w32timed w32tm ntp_offset
domain

node other
cable other member 1
references other
dc_chronyd
w32timed member member --simulate offset=+0.1,drift=5ppm < <(
	quick AllSync
	printf '%s\n' '[Parameters]' 'NtpServer=10.77.1.1,0x8'
)
within 10 "the controller is followed" source_is member dc1.corp.example

send_signal dc-chronyd STOP
within 60 "NtpServer is followed" source_is member 10.77.1.1
not_beyond member 0.001 || fail "the clock is $(offset member) s off"
send_signal dc-chronyd CONT
within 60 "the controller again" source_is member dc1.corp.example

# The whole controller dies.
undo ad_lab start dc
send_signal dc-chronyd KILL
ad_lab kill dc || fail "kill"
within 60 "NtpServer is followed again" source_is member 10.77.1.1
ad_lab start dc || fail "start"
dc_chronyd
within 40 "the controller at last" source_is member dc1.corp.example
not_beyond member 0.001 || fail "the clock is $(offset member) s off"
stop member || fail "exit status $?"
