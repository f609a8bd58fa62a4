#!/bin/bash
# A request to all servers of a segment gets no answer from ours: whoever forges its
# sender would else have them all send to somebody else.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces w32timed w32tm ntp_offset python3

node server client
cable server client 1
w32timed server w32timed --simulate offset=0 <<'EOC'
[Config]
AnnounceFlags=5
[Parameters]
Type=NoSync
[NtpServer]
Enabled=1
EOC

# ask ADDRESS: who answers.
ask() {
	on client python3 - "$1" <<'EOP'
import socket, sys
address = socket.getaddrinfo(sys.argv[1], 123, type=socket.SOCK_DGRAM)[0]
s = socket.socket(address[0], socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.settimeout(1)
s.sendto(b"\x23" + bytes(39) + b"question", address[4])
try:
    print(s.recvfrom(100)[1][0])
except socket.timeout:
    pass
EOP
}
on client ip route add 224.0.0.0/4 dev toserver
on client ip route add 255.255.255.255/32 dev toserver
within 10 "an answer" [ "$(ask 10.77.1.1)" = 10.77.1.1 ]
for address in 10.77.1.255 10.77.1.0 255.255.255.255 224.0.0.1 ff02::1%toserver; do
	seen=$(ask $address)
	[ -z "$seen" ] || fail "$seen answers what was sent to $address"
done
[ "$(ask 10.77.1.1)" = 10.77.1.1 ] || fail "it answers nobody any more"
