#!/bin/bash
# An address that this machine, or an interface that is not there yet, will have is
# right; it is served when it comes, and again when the interface was made anew.  A
# port that another program has is no reason not to start, and not to serve the others.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces w32timed w32tm ntp_offset python3

node server client
cable server client 1
start server squatter python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.9", 123))
print("there", flush=True)
time.sleep(600)'
within 5 "another program" grep -q there "$LAB_DIR/squatter.log"
w32timed server w32timed --simulate offset=+0.5 <<'EOC'
[Config]
AnnounceFlags=5
[Parameters]
Type=NoSync
[NtpServer]
Enabled=1
[w32timed]
BindAddress=fe80::1%eth9 127.0.0.1 10.77.1.9 127.0.0.9
EOC
"$(ours w32timed)" -t -c "$LAB_DIR/w32timed.conf" || fail "-t refuses the file"

answers() { [ -n "$(reading "$1" "$2" 1)" ]; }
logged() { grep -qF "$1" "$LAB_DIR/w32timed.log"; }
within 10 "an answer at another address" answers server 127.0.0.1
logged "does not answer at fe80::1%eth9 until" || fail "nothing is said of the address to come"
logged "event 284: NtpServer does not answer at 10.77.1.9 until" || fail "nothing is said of 10.77.1.9"
logged "event 284: NtpServer does not answer at 127.0.0.9: cannot use" || fail "nothing is said of 127.0.0.9"
answers server ::1 && fail "served at an address that was not asked for"

# A bridge, a tunnel, a cable that is plugged in.
for round in first second; do
	ip -n "$(netns_of server)" link add eth9 type veth peer name eth8 netns "$(netns_of client)" ||
		skip "no veth"
	ip -n "$(netns_of server)" address add fe80::1/64 dev eth9 nodad 2>/dev/null || skip "no IPv6"
	ip -n "$(netns_of server)" link set eth9 up
	ip -n "$(netns_of client)" link set eth8 up
	within 10 "an answer at the $round eth9" answers client fe80::1%eth8
	ip -n "$(netns_of server)" link delete eth9
	answers server 127.0.0.1 || fail "the other address went with the $round eth9"
done
within 5 "a word about it" logged "answers at fe80::1%eth9 now"

# A cluster's address comes here.
stop squatter
ip -n "$(netns_of server)" address add 10.77.1.9/24 dev toclient
within 10 "an answer at 10.77.1.9" answers client 10.77.1.9
within 10 "an answer at 127.0.0.9" answers server 127.0.0.9
running w32timed || fail "it ended"
