#!/bin/bash
# A real kernel's clock, in an emulated machine: 30 s off it is stepped, 0.5 s
# off it is slewed and never goes back.  The truth in there is the raw
# oscillator, which nobody steers, made to run 80 ppm slow (truth.h).
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
machine_begin w32timed w32tm reference_server clock_watch
cat >"$LAB_MACHINE/etc/w32timed.conf" <<'EOF'
[Parameters]
Type=NTP
NtpServer=127.0.0.1:1123,0x8
[Config]
MinPollInterval=3
MaxPollInterval=4
MaxAllowedPhaseOffset=300
MaxPosPhaseCorrection=0xFFFFFFFF
MaxNegPhaseCorrection=0xFFFFFFFF
PhaseCorrectRate=1
FrequencyCorrectRate=1
UpdateInterval=100
[w32timed]
User=w32timed
SystemCallFilter=1
StateDir=/state
ControlSocket=/run/control
LogLevel=Debug
EOF
cat >"$LAB_MACHINE/init" <<'EOF'
#!/bin/sh
. /etc/begin
origin=1790000000 drift=80
reference_server 127.0.0.1 1123 $origin $drift &
clock=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)
echo "LAB clocksource $clock"

# try NAME OFFSET LIMIT HOLD SECONDS
try() {
	clock_watch $origin $drift set "$2"
	w32timed -n -c /etc/w32timed.conf >/tmp/log 2>&1 &
	daemon=$!
	clock_watch $origin $drift until "$3" "$4" "$5" | sed "s/^/LAB $1 /"
	grep -E '^(Uid|CapEff|Seccomp|NoNewPrivs):' /proc/$daemon/status | tr -s '\t ' ' ' | sed "s/^/LAB $1 process /"
	w32tm --socket /run/control /query /status /format:json |
		sed -n "s/^ *\"frequency_ppm\": \([^,]*\),*/LAB $1 frequency \1/p"
}
end() {
	kill $daemon
	wait $daemon
	echo "LAB $1 exit $?"
	sed "s/^/LAB $1 log /" /tmp/log
}
try stepped 30 0.01 2 40
end stepped
rm -f /state/*
try slewed -0.5 0.002 20 60
# A second one must not steer the same clock, whatever else is its own.
sed 's|^StateDir=.*|StateDir=/state2|;s|^ControlSocket=.*|ControlSocket=/run/control2|' /etc/w32timed.conf >/etc/second.conf
w32timed -n -c /etc/second.conf 2>&1 | sed "s/$daemon/FIRST/;s/^/LAB second log /"
end slewed
# Backwards the clock that the end of the slew is timed by runs slower.
try backward 0.4 0.002 20 60
end backward
# What it learned is used at the next start.
try restarted 0.02 0.002 2 40
# Somebody else sets the clock.
clock_watch $origin $drift set 3
clock_watch $origin $drift until 0.002 2 40 | sed "s/^/LAB moved /"
end restarted
poweroff -f
EOF
machine_run

# seen NAME KEY: from clock_watch's last line of that try.
seen() { sed -n "s/^LAB $1 result .*\<$2=\([^ ]*\).*/\1/p" "$LAB_DIR/console.log"; }
process() { sed -n "s/^LAB $1 process $2: //p" "$LAB_DIR/console.log"; }
grep -q '^LAB clocksource' "$LAB_DIR/console.log" || fail "the machine does not start"

for name in stepped slewed backward restarted moved; do
	note "$(grep "^LAB $name result" "$LAB_DIR/console.log")"
	[ "$(seen $name came_in)" = 1 ] || fail "$name: the clock does not come in"
	[ "$(seen $name synchronized)" = 1 ] || fail "$name: the kernel is not told"
done
for name in stepped slewed backward restarted; do
	grep -q "^LAB $name exit 0" "$LAB_DIR/console.log" || fail "$name: $(grep "^LAB $name exit" "$LAB_DIR/console.log")"
	# CAP_SYS_TIME and CAP_NET_BIND_SERVICE and nothing else, not root, filtered.
	[ "$(process $name Uid)" = "990 990 990 990" ] || fail "runs as $(process $name Uid)"
	caps=0x$(process $name CapEff)
	((caps == (1 << 25 | 1 << 10) || caps == 1 << 25)) || fail "capabilities $caps"
	[ "$(process $name NoNewPrivs)" = 1 ] || fail "may gain privileges"
	[ "$(process $name Seccomp)" = 2 ] || sanitized || fail "no system call filter"
done

[ "$(seen stepped steps)" -ge 1 ] || fail "30 s off was not stepped"
absolute_less "$(awk "BEGIN { print $(seen stepped largest_step) + 30 }")" 0.1 || fail "stepped by $(seen stepped largest_step)"
for name in slewed backward restarted; do
	[ "$(seen $name backwards)" = 0 ] || fail "$name: the clock went back"
	[ "$(seen $name steps)" = 0 ] || fail "$name: stepped by $(seen $name largest_step)"
done

absolute_less "$(seen backward overshoot)" 0.004 || fail "backward: $(seen backward overshoot) s too far"
grep -q "^LAB second log .*does not start: another w32timed, process FIRST, steers this machine's clock" \
	"$LAB_DIR/console.log" || fail "a second one steers too"

# What the first of them learned, and what the second made of it at once.
for name in slewed restarted; do
	frequency=$(sed -n "s/^LAB $name frequency //p" "$LAB_DIR/console.log")
	note "$name: the oscillator's error is said to be $frequency ppm"
	absolute_less "$(awk "BEGIN { print $frequency + 80 }")" 5 || fail "it is -80 ppm"
done
