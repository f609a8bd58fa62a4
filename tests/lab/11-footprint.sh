#!/bin/bash
# Idle with four servers: less than 10 MB, and awake only when there is
# something to do.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd w32timed w32tm ntp_offset

node server client
cable server client 1
for i in 11 12 13; do ip -n "$LAB_ID-server" address add "10.77.1.$i/24" dev toclient; done
references server

w32timed client w32timed --simulate offset=0.01,drift=20ppm <<EOF
[Parameters]
Type=NTP
NtpServer=10.77.1.1,0x8 10.77.1.11,0x8 10.77.1.12,0x8 10.77.1.13,0x8
[Config]
MinPollInterval=6
MaxPollInterval=10
[NtpServer]
Enabled=1
EOF
within 20 "synchronized" status_is w32timed 'd["synchronized"]' 1
within 60 "the quick start is over" peers_are w32timed \
	'min(p["time_remaining"] for p in d["peers"]) > 20 and len(d["peers"])' 4

# One look at the start, one at the end, none between: we would be an event.
requests() { peers w32timed 'sum(p["counters"]["sent"] for p in d["peers"])'; }
wakeups() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$(pid_of w32timed)/status"; }
cpu() { awk '{ print $14 + $15 }' "/proc/$(pid_of w32timed)/stat"; }
sent=$(requests)
woken=$(wakeups)
used=$(cpu)
sleep 75
woken=$(($(wakeups) - woken))
used=$(($(cpu) - used))
sent=$(($(requests) - sent))
note "in 75 s: $sent requests sent, woken $woken times, $used ticks of CPU"
[ "$sent" -ge 1 ] || fail "it asks nobody"
# A request costs its timer, its answer, perhaps its time stamp.
[ "$woken" -le $((4 * sent + 10)) ] || fail "woken too often"

resident=$(awk '/^VmRSS/ { print $2 }' "/proc/$(pid_of w32timed)/status")
shared=$(awk '/^Pss:/ { print $2 }' "/proc/$(pid_of w32timed)/smaps_rollup")
note "resident $resident kB, proportional $shared kB"
[ "$resident" -lt 10240 ] || sanitized || fail "too large"
