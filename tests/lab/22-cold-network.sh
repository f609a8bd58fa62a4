#!/bin/bash
# Started before the network is there; polls are 64 s apart, but what wakes it
# is the link that comes up.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd w32timed w32tm ntp_offset

node server client
cable server client 1
references server
ip -n "$LAB_ID-client" link set toserver down

w32timed client w32timed --simulate offset=+0.03,drift=0ppm <<EOF
[Parameters]
Type=NTP
NtpServer=10.77.1.1,0x8
[Config]
MinPollInterval=6
MaxPollInterval=10
[NtpServer]
Enabled=1
EOF
within 5 "it answers" status_is w32timed 'd["stratum"]' 0
# The quick start fails and is over.
within 60 "it waits" peers_are w32timed 'd["peers"][0]["time_remaining"] > 20' 1
ip -n "$LAB_ID-client" link set toserver up
within 10 "synchronized" status_is w32timed 'd["synchronized"]' 1
