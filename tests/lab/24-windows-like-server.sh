#!/bin/bash
# A server that owns to ten seconds of root dispersion, as Windows servers do:
# chrony refuses it by default, we follow it, and closely.  Over IPv6.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd chronyc w32timed w32tm ntp_offset

node server client other
cable server client 1
cable server other 2
w32timed server server --simulate offset=0,drift=0ppm <<EOF
[Parameters]
Type=NoSync
[Config]
AnnounceFlags=5
LocalClockDispersion=10
[NtpServer]
Enabled=1
EOF
within 10 "the server serves" offset_within server 0.001

chronyd other chronyd <<<'server 10.77.2.1 iburst minpoll 0 maxpoll 2'
w32timed client client --simulate offset=-0.2,drift=-50ppm < <(follow "[fd77:1::1],0x8" 2 4)
within 20 "offset below 1 ms" offset_within client 0.001
within 5 "stratum 2" status_is client 'd["stratum"]' 2
within 20 "offset below 0.1 ms" offset_within client 0.0001

# The reference is what we say it is: chronyd has heard it and is not convinced.
heard() { [ "$(chronyc chronyd sources | cut -d , -f 6)" -gt 0 ]; }
within 10 "chronyd heard it" heard
[ "$(chronyc chronyd tracking | cut -d , -f 3)" = 0 ] || note "chronyd follows it as well"
note "dispersion $(status client 'd["root_dispersion"]') s"
