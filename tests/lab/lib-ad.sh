# What the tests in a domain have in common; sourced by each of them.
#
# They share one real Samba domain (see ad-lab), which "run" brings up and takes
# down, and are run one after the other.  Its machines are the nodes "dc" and
# "member": on, start, w32timed, chronyd and offset of lib.sh work there, with
# that machine's view of the system.  A test puts back what it changes there
# ("undo", which happens even if it fails).
#
# A test that is run without "run" brings up a domain of its own.
# shellcheck shell=bash
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"

# domain: from here on there is one.  Its description is in variables ADLAB_...
# ("ad-lab help").
domain() {
	need namespaces python3
	if [ -z "${LAB_AD:-}" ]; then
		domain_missing
		LAB_AD=$LAB_DIR/ad
		undo "$LAB_SOURCE/ad-lab" down "$LAB_AD"
		"$LAB_SOURCE/ad-lab" up "$LAB_AD" >/dev/null || fail "no domain"
	fi
	# shellcheck disable=SC1091
	. "$LAB_AD/env" || fail "no domain in $LAB_AD"
}

# The packages are a question of the machine, not of what is tested.
domain_missing() {
	local missing
	missing=$("$LAB_SOURCE/ad-lab" missing | tr '\n' ' ')
	[ -z "$missing" ] || skip "no domain without ${missing% }"
}

ad_lab() { "$LAB_SOURCE/ad-lab" -d "$LAB_AD" "$@"; }

# ------------------------------------------------------- the controller's time

# dc_chronyd [LINE...]: chronyd on the domain controller, which believes this
# machine's clock and has Samba sign for it.
dc_chronyd() {
	chronyd dc dc-chronyd < <(
		printf '%s\n' 'local stratum 1' "ntpsigndsocket $ADLAB_NTP_SIGND_DIR" "$@"
	)
	within 5 "chronyd on the controller signs" signs "$ADLAB_DC_IP"
}

# dc_w32timed OPTION... <LINES: ours there, with these settings; first_in_domain
# prints those of the first controller in the forest, whose time comes from nowhere.
dc_w32timed() {
	w32timed dc dc-w32timed "$@"
	within 10 "w32timed on the controller signs" signs "$ADLAB_DC_IP"
}
first_in_domain() {
	cat <<-EOF
		[Config]
		AnnounceFlags=5
		LocalClockDispersion=0
	EOF
}

# ------------------------------------------------------------- the member's end

# probe ADDRESS OPTION...: asks for signed time as the member and checks it.
probe() {
	on member "$LAB_SOURCE/mssntp-probe" --rid "$ADLAB_MEMBER_RID" \
		--keytab "$ADLAB_MEMBER_KEYTAB" --account "$ADLAB_MEMBER_ACCOUNT" "$@"
}
signs() { probe --timeout 0.5 "$@" >/dev/null; }

# quick TYPE: lines for a member that polls every second or two, else as
# installed; it serves, so that its clock can be seen.
quick() {
	cat <<-EOF
		[Parameters]
		Type=$1
		[Config]
		MinPollInterval=0
		MaxPollInterval=1
		PhaseCorrectRate=1
		FrequencyCorrectRate=1
		UpdateInterval=100
		[NtpServer]
		Enabled=1
	EOF
}

# source_is NAME SOURCE: that one's clock follows it, and is synchronized.
source_is() {
	status_is "$1" 'd["synchronized"], d["source"].strip().lower().split(",")[0]' "(True, '$2')"
}

# fed NAME: how many of its first peer's answers that one has used.
fed() { peers "$1" 'd["peers"][0]["counters"]["accepted"] if d["peers"] else 0'; }
# fed_more NAME FED COUNT: so many more since it was FED; a peer that was taken
# anew begins with none.
fed_more() {
	local fed
	fed=$(fed "$1")
	[ "$fed" -ge $(($2 + $3)) ] || { [ "$fed" -lt "$2" ] && [ "$fed" -ge "$3" ]; }
}
# reached NAME: its last two requests brought something of use.
reached() { peers_are "$1" 'd["peers"][0]["reachability"] & 3' 3; }

# event NAME ID: how often that one has logged it.
events() { grep -c "event $2[^0-9]" "$LAB_DIR/$1.log"; }
event() { [ "$(events "$1" "$2")" -gt 0 ]; }

# -------------------------------------------------------------- in the middle

# attacker_between: from here on what the member asks the controller's NTP port
# goes through a machine that has the controller's address on the member's side
# ("attacker", see there); all else, DNS, LDAP, Kerberos, goes the direct way.
attacker_between() {
	node attacker
	cable member attacker 1
	cable dc attacker 2
	ip -n "$LAB_ID-attacker" address add "$ADLAB_DC_IP/32" dev tomember
	ip -n "$LAB_ID-attacker" route add "$ADLAB_MEMBER_IP" dev tomember src "$ADLAB_DC_IP"
	# The answers come another way than the route to who answers.
	ip netns exec "$ADLAB_MEMBER_NS" sh -c \
		'for f in all toattacker; do echo 0 >/proc/sys/net/ipv4/conf/$f/rp_filter; done'
	start attacker attacker "$LAB_SOURCE/attacker" "$ADLAB_DC_IP" 10.77.2.1 "$LAB_DIR/attacker.control"
	within 5 "the attacker waits" test -S "$LAB_DIR/attacker.control"
	ip -n "$ADLAB_MEMBER_NS" route add "$ADLAB_DC_IP" dev toattacker src "$ADLAB_MEMBER_IP" table 123
	undo ip -n "$ADLAB_MEMBER_NS" rule del priority 123
	ip -n "$ADLAB_MEMBER_NS" rule add priority 123 to "$ADLAB_DC_IP" ipproto udp dport 123 lookup 123
}

# attack MODE...: from now on (see attacker); attacked EXPRESSION: of what it did.
attack() { "$LAB_SOURCE/attacker" --tell "$LAB_DIR/attacker.control" "$@" >/dev/null || fail "attack $*"; }
attacked() { "$LAB_SOURCE/attacker" --tell "$LAB_DIR/attacker.control" | json "$1"; }

# ------------------------------------------- controllers on the wire alone

# controllers <FILE: those that FILE describes (see the program), and a machine
# "client" that has them for name servers and is in their domain by what
# in_domain prints.
controllers() {
	local address
	node controllers client
	cable controllers client 1
	cat >"$LAB_DIR/controllers.json"
	for address in $(json '" ".join(c["address"] for c in d["controllers"].values() if c.get("plays", True))' <"$LAB_DIR/controllers.json"); do
		ip -n "$LAB_ID-controllers" address add "$address/24" dev toclient
	done
	name_server client "$(json 'next(iter(d["controllers"].values()))["address"]' <"$LAB_DIR/controllers.json")"
	(umask 077 && json 'd["hash"]' <"$LAB_DIR/controllers.json" >"$LAB_DIR/key")
	start controllers controllers "$LAB_SOURCE/controllers" "$LAB_DIR/controllers.control" "$LAB_DIR/controllers.json"
	within 5 "the controllers are there" test -S "$LAB_DIR/controllers.control"
}

in_domain() {
	cat <<-EOF
		[Domain]
		Role=${1:-Member}
		Realm=$(json 'd["controllers"]["dc1"].get("domain", "corp.example").upper()' <"$LAB_DIR/controllers.json")
		AccountName=${2:-MEMBER1}
		AccountRid=$(json 'd["rid"]' <"$LAB_DIR/controllers.json")
		KeyPath=$LAB_DIR/key
	EOF
}

# itself <FILE: what "client", being a controller, answers about itself.
itself() {
	cat >"$LAB_DIR/itself.json"
	start client itself "$LAB_SOURCE/controllers" "$LAB_DIR/itself.control" "$LAB_DIR/itself.json"
	within 5 "it answers for itself" test -S "$LAB_DIR/itself.control"
}

# world PATH VALUE: from now on; world_is EXPRESSION VALUE.
world() {
	"$LAB_SOURCE/controllers" --tell "$LAB_DIR/${WORLD:-controllers}.control" "$1" "$2" >/dev/null || fail "world $*"
	note "$1 is $2"
}
world_is() {
	[ "$("$LAB_SOURCE/controllers" --tell "$LAB_DIR/controllers.control" | json "$1")" = "$2" ]
}
