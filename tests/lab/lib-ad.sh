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

# dc_w32timed OPTION... <CONFIGURATION: ours there.  What is configured comes
# after what a controller needs that knows of no other source: it believes its
# own clock.
dc_w32timed() {
	w32timed dc dc-w32timed "$@" < <(
		cat <<-END
			[Parameters]
			Type=NoSync
			[Config]
			AnnounceFlags=5
			LocalClockDispersion=0
			[NtpServer]
			Enabled=1
		END
		cat
	)
	within 5 "w32timed on the controller signs" signs "$ADLAB_DC_IP"
}

# ------------------------------------------------------------- the member's end

# probe ADDRESS OPTION...: asks for signed time as the member and checks it.
probe() {
	on member "$LAB_SOURCE/mssntp-probe" --rid "$ADLAB_MEMBER_RID" \
		--keytab "$ADLAB_MEMBER_KEYTAB" --account "$ADLAB_MEMBER_ACCOUNT" "$@"
}
signs() { probe --timeout 0.5 "$@" >/dev/null; }

# quick: lines for a member that polls every second or two, else as installed.
quick() {
	cat <<-EOF
		[Parameters]
		Type=${1:-NT5DS}
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
	status_is "$1" 'd["synchronized"], d["source"].strip().lower().split(",")[0].rstrip(".")' \
		"(True, '$2')"
}

# event NAME ID: how often that one has logged it.
events() { grep -c "event $2[^0-9]" "$LAB_DIR/$1.log"; }
event() { [ "$(events "$1" "$2")" -gt 0 ]; }
