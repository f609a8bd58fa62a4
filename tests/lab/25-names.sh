#!/bin/bash
# Servers by name, with a real DNS server: it is not there at first, then it is;
# then the name moves to another address and the old one falls silent.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd dnsmasq w32timed w32tm ntp_offset

node server client
cable server client 1
references server
name_server client 10.77.1.1

# dns NAME ADDRESS...: answers for time.lab.test.
dns() {
	local name=$1 environment
	shift
	readarray -t environment < <(peer_environment)
	start server "$name" env "${environment[@]}" "$(peer dnsmasq)" -k -C /dev/null --user=root --group=root \
		--pid-file= --no-resolv --no-hosts --local=/lab.test/ --log-queries --log-facility=- \
		"--host-record=time.lab.test,$(IFS=,; echo "$*"),2"
}

w32timed client w32timed --simulate offset=0.01,drift=5ppm <<EOF
[Parameters]
Type=NTP
NtpServer=time.lab.test,0x8 missing.lab.test,0x8
[Config]
MinPollInterval=1
MaxPollInterval=2
[NtpServer]
Enabled=1
EOF

named='[p for p in d["peers"] if p["name"] == "time.lab.test,0x8"][0]'
within 20 "no name server" peers_are w32timed "${named}[\"active\"] == False and ${named}[\"resolve_attempts\"] > 0" 1
[ "$(w32tm w32timed /query /peers | grep -c '^State: Pending')" = 2 ] || fail "$(w32tm w32timed /query /peers)"
status_is w32timed 'd["synchronized"]' 0 || fail "synchronized with nobody"

dns dnsmasq 10.77.1.1 fd77:1::1
answering() { grep -q started "$LAB_DIR/dnsmasq.log"; }
within 5 "dnsmasq serves" answering
w32tm w32timed /resync /rediscover || fail "/resync /rediscover"
within 10 "the name is found" peers_are w32timed "${named}[\"active\"] and ${named}[\"resolve_attempts\"]" 0
within 10 "synchronized" status_is w32timed 'd["synchronized"], d["source"].strip()' "(True, 'time.lab.test,0x8')"
peers_are w32timed '[p["active"] for p in d["peers"] if p["name"] == "missing.lab.test,0x8"]' "[False]" || fail "what is missing was found"

# Its answers' time to live is two seconds.
stop dnsmasq
ip -n "$LAB_ID-server" address add 10.77.1.21/24 dev toclient
dns dnsmasq-later 10.77.1.21
# The addresses of before lead nowhere.
on client ip route add unreachable 10.77.1.1
on client ip -6 route add unreachable fd77:1::1
name_server client 10.77.1.21
moved() { peers_are w32timed "${named}[\"address\"]" 10.77.1.21:123; }
within 90 "at the new address" moved
within 10 "it answers there" peers_are w32timed "${named}[\"reachability\"] > 0" 1
