# What the lab's tests have in common; sourced by each of them.
#
# A test is a program of its own: exit status 0 passed, 77 skipped, anything
# else failed.  "run" sets LAB_BUILD (where we were built), LAB_PEERS (see
# peers) and LAB_SOURCE (this folder).  All that a test makes has the name
# LAB_ID in it and is gone when the test ends, however it ends.
#
# Nothing in the lab can touch this machine's clock: whatever it starts has no
# CAP_SYS_TIME, beside being told to leave the clock alone.
# shellcheck shell=bash

set -u
# What stands behind a pipe is part of the test: it may fail it, or start programs.
shopt -s lastpipe
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

LAB_ID=w32lab-$$
LAB_DIR=$(mktemp -d "${TMPDIR:-/tmp}/$LAB_ID.XXXXXX")
LAB_NODES=()
LAB_JOBS=()
LAB_UNDO=()

note() { printf '%7.1f %s\n' "$(lab_clock)" "$*"; }
fail() { note "FAILED: $*"; exit 1; }
skip() { note "SKIPPED: $*"; printf '%s\n' "$*" >"$LAB_DIR/skip"; exit 77; }

# Seconds since the test began.
lab_clock() { awk -v start="$LAB_START" '{ print $1 - start }' /proc/uptime; }
LAB_START=$(awk '{ print $1 }' /proc/uptime)

# ------------------------------------------------------------------ clean up

# undo COMMAND...: when the test ends, the last one first, before its programs
# are ended.
undo() { LAB_UNDO+=("$(printf '%q ' "$@")"); }

lab_end() {
	local status=$? job node at
	trap '' INT TERM
	trap - EXIT
	for ((at = ${#LAB_UNDO[@]} - 1; at >= 0; at--)); do
		eval "${LAB_UNDO[at]}"
	done
	for job in "${LAB_JOBS[@]}"; do
		kill -CONT "$job" 2>/dev/null
		kill -TERM "$job" 2>/dev/null
	done
	lab_reap
	for node in "${LAB_NODES[@]}"; do
		ip netns del "$LAB_ID-$node"
	done
	if [ -n "${LAB_LOGS:-}" ]; then
		mkdir -p "$LAB_LOGS"
		find "$LAB_DIR" -maxdepth 1 -type f -exec cp -t "$LAB_LOGS" {} +
	fi
	rm -rf "$LAB_DIR"
	exit "$status"
}

# Waits for what was told to end; who does not within five seconds is killed.
lab_reap() {
	local job tries=50
	for job in "${LAB_JOBS[@]}"; do
		while kill -0 "$job" 2>/dev/null && [ "$tries" -gt 0 ]; do
			sleep 0.1
			tries=$((tries - 1))
		done
		kill -KILL "$job" 2>/dev/null
		wait "$job" 2>/dev/null
	done
	LAB_JOBS=()
}

trap lab_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# -------------------------------------------------------------- requirements

# need NAME...: programs of the peers (chronyd, ntpd, ...), of ours, of the
# system; and "namespaces".
need() {
	local what
	for what in "$@"; do
		case $what in
		namespaces)
			[ "$(id -u)" = 0 ] || skip "not root"
			ip netns add "$LAB_ID-try" 2>/dev/null || skip "no network namespaces"
			ip -n "$LAB_ID-try" link set lo up 2>/dev/null ||
				{
					ip netns del "$LAB_ID-try"
					skip "network namespaces cannot be entered"
				}
			ip netns del "$LAB_ID-try"
			;;
		w32timed | w32tm | w32timed-account | ntp_offset | reference_server | clock_watch | account_ask)
			[ -x "$(ours "$what")" ] || skip "$what is not built"
			;;
		chronyd | ntpd | ntpdig | rdate | chronyc | dnsmasq | busybox)
			[ -n "$(peer "$what")" ] || skip "no $what"
			;;
		kernel)
			[ -e "$LAB_PEERS/kernel" ] || skip "no kernel for the emulated machine"
			;;
		*)
			command -v "$what" >/dev/null || skip "no $what"
			;;
		esac
	done
}

# Where a program of ours, of the peers, is.
ours() {
	case $1 in
	w32timed | w32tm | w32timed-account) echo "$LAB_BUILD/src/$1/$1" ;;
	*) echo "$LAB_BUILD/tests/lab/$1" ;;
	esac
}

# Whether we were built with sanitizers: larger, and without a system call filter.
sanitized() { grep -q __asan_init "$(ours w32timed)"; }

peer() {
	local folder
	for folder in usr/sbin usr/bin sbin bin; do
		[ -x "$LAB_PEERS/root/$folder/$1" ] && { echo "$LAB_PEERS/root/$folder/$1"; return; }
	done
}

# The libraries that came with the peers, for the peers alone.
peer_environment() {
	local folders
	folders=$(echo "$LAB_PEERS"/root/usr/lib/*-linux-gnu*)
	echo "LD_LIBRARY_PATH=${folders// /:}"
	echo "PYTHONPATH=$LAB_PEERS/root/usr/lib/python3/dist-packages"
}

# ------------------------------------------------------- machines and networks

# node NAME...: a machine each, with nothing but a loopback.
node() {
	local name
	for name in "$@"; do
		ip netns add "$LAB_ID-$name" || fail "ip netns add"
		LAB_NODES+=("$name")
		ip -n "$LAB_ID-$name" link set lo up
	done
}

# cable A B N: a cable; A is 10.77.N.1 and fd77:N::1, B is 10.77.N.2 and fd77:N::2.
# The ends are called toB and toA.
cable() {
	ip -n "$(netns_of "$1")" link add "to$2" type veth peer name "to$1" netns "$(netns_of "$2")" ||
		fail "no veth"
	cable_end "$1" "to$2" "10.77.$3.1" "fd77:$3::1"
	cable_end "$2" "to$1" "10.77.$3.2" "fd77:$3::2"
}

cable_end() {
	local netns
	netns=$(netns_of "$1")
	ip -n "$netns" address add "$3/24" dev "$2"
	ip -n "$netns" address add "$4/64" dev "$2" nodad 2>/dev/null # no IPv6 there
	ip -n "$netns" link set "$2" up
}

# Its network namespace: dc and member are of the domain, when there is one
# (lib-ad.sh).
netns_of() {
	case ${LAB_AD:+$1} in
	dc) echo "$ADLAB_DC_NS" ;;
	member) echo "$ADLAB_MEMBER_NS" ;;
	*) echo "$LAB_ID-$1" ;;
	esac
}

# The way into NODE, in ENTER.  Programs there cannot set the clock.
enter() {
	case ${LAB_AD:+$1} in
	dc | member) ENTER=("$LAB_SOURCE/ad-lab" -d "$LAB_AD" exec "$1") ;;
	*) ENTER=(ip netns exec "$LAB_ID-$1") ;;
	esac
	# shellcheck disable=SC2016
	[ ! -e "$LAB_DIR/$1.resolv.conf" ] ||
		ENTER+=(sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' sh "$LAB_DIR/$1.resolv.conf")
	ENTER+=(setpriv --bounding-set=-sys_time --inh-caps=-sys_time)
}

# name_server NODE ADDRESS: the one that it asks.
name_server() { echo "nameserver $2" >"$LAB_DIR/$1.resolv.conf"; }

# on NODE COMMAND...: there.
on() {
	local ENTER
	enter "$1"
	shift
	"${ENTER[@]}" "$@"
}

# start NODE NAME COMMAND...: in the background; its words go to NAME.log.
start() {
	local name=$2 ENTER
	enter "$1"
	shift 2
	"${ENTER[@]}" "$@" >>"$LAB_DIR/$name.log" 2>&1 &
	LAB_JOBS+=("$!")
	echo "$!" >"$LAB_DIR/$name.pid"
}

pid_of() { cat "$LAB_DIR/$1.pid"; }
running() { kill -0 "$(pid_of "$1")" 2>/dev/null; }
send_signal() { kill "-$2" "$(pid_of "$1")"; }

# stop NAME: ends it and waits; its exit status is the result.
stop() {
	local pid
	pid=$(pid_of "$1")
	kill -TERM "$pid" 2>/dev/null
	wait "$pid"
}

# ------------------------------------------------------------------- waiting

# within SECONDS WHAT COMMAND...: until COMMAND succeeds; fails the test if it
# never does.
within() {
	local limit=$1 what=$2 begin
	shift 2
	begin=$(lab_clock)
	until "$@"; do
		below "$(lab_clock)" "$(awk "BEGIN { print $begin + $limit }")" ||
			fail "not within $limit s: $what"
		sleep 0.2
	done
	note "$what: after $(awk "BEGIN { printf \"%.1f\", $(lab_clock) - $begin }") s"
}

# Numbers with a fraction.
below() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'; }
absolute() { awk -v a="$1" 'BEGIN { printf "%.9f\n", a < 0 ? -a : a }'; }
absolute_less() { below "$(absolute "$1")" "$2"; }

# json EXPRESSION: of the document d on standard input, in Python.
json() {
	python3 -c 'import json, sys
d = json.load(sys.stdin)
value = eval(sys.argv[1])
print(int(value) if isinstance(value, bool) else value)' "$1"
}

# -------------------------------------------------------------------- w32timed

# w32timed NODE NAME OPTIONS <CONFIGURATION: starts ours.  It serves on port 123
# and is reached with w32tm NAME.  Configuration: lines for [Config] and
# [Parameters] and so on; the paths are added.  Whatever this machine is joined to,
# a node is in no domain unless it is of the lab's or [Domain] says so.
w32timed() {
	local node=$1 name=$2
	shift 2
	w32timed_configure "$name"
	[ "$(netns_of "$node")" != "$LAB_ID-$node" ] || grep -q '^\[Domain\]' "$LAB_DIR/$name.conf" ||
		printf '[Domain]\nRole=Standalone\n' >>"$LAB_DIR/$name.conf"
	start "$node" "$name" "$(ours w32timed)" -n -c "$LAB_DIR/$name.conf" \
		--account-program "$(ours w32timed-account)" "$@"
}

w32timed_configure() {
	{
		cat
		printf '[w32timed]\nStateDir=%s\nControlSocket=%s\nUser=\n' \
			"$LAB_DIR/$1.state" "$LAB_DIR/$1.socket"
	} >"$LAB_DIR/$1.conf"
}

w32tm() {
	local name=$1
	shift
	"$(ours w32tm)" --socket "$LAB_DIR/$name.socket" "$@"
}

status() { w32tm "$1" /query /status /verbose /format:json 2>/dev/null | json "$2" 2>/dev/null; }
peers() { w32tm "$1" /query /peers /verbose /format:json 2>/dev/null | json "$2" 2>/dev/null; }
status_is() { [ "$(status "$1" "$2")" = "$3" ]; }
peers_are() { [ "$(peers "$1" "$2")" = "$3" ]; }

# reading NODE [ADDRESS [COUNT]]: what ntp_offset says of what NODE serves at ADDRESS
# (its own loopback).  offset: how far that is from this machine's clock, s.
reading() { on "$1" "$(ours ntp_offset)" "${2:-127.0.0.1}" 123 "${3:-8}" 2>/dev/null; }
offset() { reading "$@" | cut -d ' ' -f 1; }

# offset_within NODE LIMIT [TRUTH]: to be asked until it is so, with "within".
offset_within() {
	local seen
	seen=$(offset "$1")
	[ -n "$seen" ] && absolute_less "$(awk "BEGIN { print $seen - ${3:-0} }")" "$2"
}

# off READING [TRUTH]: by how much, s, at least: that much is certain with a reading
# of this delay.
off() {
	awk -v truth="${2:-0}" '{ off = $1 - truth; off = (off < 0 ? -off : off) - $2 / 2
		printf "%.9f\n", off < 0 ? 0 : off }' <<<"$1"
}

# not_beyond NODE LIMIT [TRUTH]: to be asked once: what a late answer leaves open is
# not held against it.
not_beyond() {
	local reading
	reading=$(reading "$1")
	[ -n "$reading" ] && below "$(off "$reading" "${3:-0}")" "$2"
}

# no_further_off READING LIMIT [TRUTH]: than LIMIT, or, where the machine is busy, than
# the server, being synchronized, says that it may be, if it is not much.
no_further_off() {
	local off leap distance
	read -r _ _ leap _ distance <<<"$1"
	[ -n "$leap" ] && [ "$leap" != 3 ] || return
	off=$(off "$1" "${3:-0}")
	below "$off" "$2" || { below "$distance" 0.05 && below "$off" "$distance"; }
}

# --------------------------------------------------------- an emulated machine

# emulate OPTION... &: with a serial line for its console.  Its clocks count its own
# instructions, and while it waits they are moved on: what else this machine has to do
# is not seen in there, and nothing is waited for.
emulate() {
	exec timeout 600 qemu-system-x86_64 -accel tcg -icount shift=1,sleep=off -rtc clock=vm -cpu max \
		-nodefaults -display none -no-reboot -serial stdio "$@"
}

# machine_begin PROGRAM...: the root of a machine with our programs and busybox, in
# LAB_MACHINE, for the test to put its /init there, which begins with ". /etc/begin".
machine_begin() {
	local program applet
	need qemu-system-x86_64 kernel busybox "$@"
	[ "$(uname -m)" = x86_64 ] || skip "needs an x86_64"
	LAB_MACHINE=$LAB_DIR/root
	mkdir -p "$LAB_MACHINE"/{bin,dev,etc,proc,run,sys,tmp}
	for program in "$@"; do
		machine_put "$(ours "$program")" "$program"
	done
	cp "$(peer busybox)" "$LAB_MACHINE/bin/busybox"
	for applet in $("$LAB_MACHINE/bin/busybox" --list); do
		[ -e "$LAB_MACHINE/bin/$applet" ] || ln -s busybox "$LAB_MACHINE/bin/$applet"
	done
	printf 'root:x:0:0::/:/bin/sh\nw32timed:x:990:990::/:/bin/false\n' >"$LAB_MACHINE/etc/passwd"
	printf 'root:x:0:\nw32timed:x:990:\n' >"$LAB_MACHINE/etc/group"
	cat >"$LAB_MACHINE/etc/begin" <<'EOF'
export PATH=/bin TZ=UTC
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
ip link set lo up
EOF
}

# machine_put FILE NAME: a program with the libraries it needs.
machine_put() {
	local program=$LAB_MACHINE/bin/$2 library
	cp "$1" "$program"
	for library in $(ldd "$1" | grep -o '/[^ ]*'); do
		mkdir -p "$LAB_MACHINE/$(dirname "$library")"
		cp -Ln "$library" "$LAB_MACHINE/$library"
	done
}

# machine_run: until it turns itself off; what it says is in console.log.
machine_run() {
	chmod +x "$LAB_MACHINE/init"
	(cd "$LAB_MACHINE" && find . | bin/busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$LAB_DIR/initramfs"
	emulate -m 512 -kernel "$LAB_PEERS/kernel" -initrd "$LAB_DIR/initramfs" \
		-append "console=ttyS0 quiet panic=-1 random.trust_cpu=on w32timed-lab" \
		</dev/null >"$LAB_DIR/console.log" 2>&1 &
	LAB_JOBS+=("$!")
	wait "$!"
	rm -rf "$LAB_MACHINE" "$LAB_DIR/initramfs"
	tr -d '\r' <"$LAB_DIR/console.log" >"$LAB_DIR/console" && mv "$LAB_DIR/console" "$LAB_DIR/console.log"
}

# -------------------------------------------------------------------- chronyd

# chronyd NODE NAME <CONFIGURATION: serves everybody, never sets a clock.
chronyd() {
	local node=$1 name=$2 folder=$LAB_DIR/$2.chrony environment
	mkdir -p "$folder" && chmod 0700 "$folder"
	{
		cat
		printf 'allow all\ncmdport 0\npidfile %s/pid\nbindcmdaddress %s/socket\n' "$folder" "$folder"
	} >"$folder/conf"
	readarray -t environment < <(peer_environment)
	start "$node" "$name" env "${environment[@]}" "$(peer chronyd)" -x -d -u root -F 0 -f "$folder/conf"
}

# chronyc NAME COMMAND: its answer in fields; chronyc_words: as people read it.
chronyc_words() {
	local name=$1 environment
	shift
	readarray -t environment < <(peer_environment)
	env "${environment[@]}" "$(peer chronyc)" -n -h "$LAB_DIR/$name.chrony/socket" "$@"
}
chronyc() { chronyc_words "$1" -c "${@:2}"; }

# references NODE...: a chronyd on each, called like its machine, that believes its
# own clock.
references() {
	local node
	for node in "$@"; do
		chronyd "$node" "$node" <<<'local stratum 5'
	done
	for node in "$@"; do
		within 5 "$node serves" offset_within "$node" 0.01
	done
}

# Python programs of the peers (ntpdig).
on_python() {
	local node=$1 program=$2 environment
	shift 2
	readarray -t environment < <(peer_environment)
	on "$node" env "${environment[@]}" /usr/bin/python3 "$(peer "$program")" "$@"
}

# ---------------------------------------------------------------- common cases

# follow PEERS MIN MAX: a configuration that follows them with these poll intervals,
# that corrects as fast as it can, and that serves.
follow() {
	cat <<-EOF
		[Parameters]
		Type=NTP
		NtpServer=$1
		[Config]
		MinPollInterval=$2
		MaxPollInterval=$3
		PhaseCorrectRate=1
		FrequencyCorrectRate=1
		UpdateInterval=100
		[NtpServer]
		Enabled=1
	EOF
}

# The tests of us as a server: machines server and client; the server's
# clock is 0.25 s ahead, and whoever sees that has got the time from us.
serve_quarter_second_ahead() {
	node server client
	cable server client 1
	w32timed server w32timed --simulate offset=0.25,drift=0ppm <<-EOF
		[Parameters]
		Type=NoSync
		[Config]
		AnnounceFlags=5
		LocalClockDispersion=0
		[NtpServer]
		Enabled=1
	EOF
	within 10 "w32timed serves" quarter_second_ahead
}

# chronyd_follows NAME ADDRESS: that chronyd has the quarter of a second from there, as
# exactly as it says itself that it can have it here, and within 10 ms.  tracking: reference id, address,
# stratum, time, correction, last, mean, frequency, residual, skew, root delay and
# dispersion, interval, leap.
chronyd_follows() {
	local address stratum correction delay dispersion leap off
	IFS=, read -r _ address stratum _ correction _ _ _ _ _ delay dispersion _ leap < <(chronyc "$1" tracking)
	[ "$address" = "$2" ] && [ "$stratum" = 2 ] && [ "$leap" = Normal ] || return
	off=$(awk "BEGIN { print $correction - 0.25 }")
	absolute_less "$off" "$(awk "BEGIN { print 0.001 + $delay / 2 + $dispersion }")" &&
		absolute_less "$off" 0.01
}

quarter_second_ahead() { [ "$(offset server | cut -c 1-4)" = +0.2 ]; }

# The frequency's uncertainty is small enough to be without servers for a while.
frequency_known() { below "$(status "${1:-w32timed}" 'd["frequency_deviation_ppm"]' || echo 99)" 3; }
