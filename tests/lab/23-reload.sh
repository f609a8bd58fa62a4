#!/bin/bash
# A bad file leaves everything as it runs; a good one disturbs only what changed.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd w32timed w32tm ntp_offset

node server client
cable server client 1
ip -n "$LAB_ID-server" address add 10.77.1.11/24 dev toclient
references server

# configuration PEERS [LINE]
configuration() {
	cat <<EOF
[Parameters]
Type=NTP
NtpServer=$1
[Config]
MinPollInterval=2
MaxPollInterval=3
${2:-}
[NtpServer]
Enabled=1
EOF
}
configuration 10.77.1.1,0x8 | w32timed client w32timed --simulate offset=+0.01,drift=5ppm
# What must not be lost.
known() { peers w32timed 'd["peers"][0]["counters"]["sent"] * 1000 + d["peers"][0]["valid_data_counter"]'; }
within 40 "eight samples" peers_are w32timed 'd["peers"][0]["valid_data_counter"]' 8
before=$(known)

for bad in MinPollIntervall=3 LargePhaseOffset=much PhaseCorrectRate=0 'what is this'; do
	configuration '10.77.1.11,0x8' "$bad" | w32timed_configure w32timed
	"$(ours w32timed)" -t -c "$LAB_DIR/w32timed.conf" && fail "-t likes $bad"
	lines=$(wc -l <"$LAB_DIR/w32timed.log")
	send_signal w32timed HUP
	said() { [ "$(wc -l <"$LAB_DIR/w32timed.log")" -gt "$lines" ]; }
	within 5 "a word about $bad" said
	w32tm w32timed /config /update && fail "/update likes $bad"
	peers_are w32timed '[p["name"] for p in d["peers"]]' "['10.77.1.1,0x8']" || fail "peers changed"
	[ "$(known)" -ge "$before" ] || fail "samples lost"
done

configuration '10.77.1.1,0x8 10.77.1.11,0x8' | w32timed_configure w32timed
send_signal w32timed HUP
two='sorted(p["name"] for p in d["peers"] if p["valid_data_counter"] > 0)'
within 20 "two peers" peers_are w32timed "$two" "['10.77.1.1,0x8', '10.77.1.11,0x8']"
first='[p["counters"]["sent"] * 1000 + p["valid_data_counter"] for p in d["peers"] if p["name"] == "10.77.1.1,0x8"][0]'
[ "$(peers w32timed "$first")" -ge "$before" ] || fail "the first peer's samples are lost"

# And the same through the tool: one of them goes.
w32tm w32timed /config /manualpeerlist:10.77.1.1,0x8 /update || fail "/config"
within 5 "one peer" peers_are w32timed '[p["name"] for p in d["peers"]]' "['10.77.1.1,0x8']"
[ "$(known)" -ge "$before" ] || fail "samples lost"

# The only peer is changed for one that is silent: the clock runs on alone and is
# what it was to others.
configuration 10.77.1.99,0x8 | w32timed_configure w32timed
send_signal w32timed HUP
within 5 "free running" status_is w32timed 'd["source"]' "Free-running System Clock"
status_is w32timed '[d["leap"], d["stratum"], d["reference_id"]]' "[0, 6, $((0x0A4D0101))]" ||
	fail "$(w32tm w32timed /query /status)"
served=$(on client "$(ours ntp_offset)" 127.0.0.1 123 1 | cut -d ' ' -f 3,4)
[ "$served" = "0 6" ] || fail "leap and stratum served: $served"
running w32timed || fail "it ended"
