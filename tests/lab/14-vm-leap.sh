#!/bin/bash
# A leap second on a real kernel's clock, in an emulated machine: a step before it, by
# whomever, makes the kernel forget it although adjtimex goes on saying TIME_INS.  It
# must come all the same, and the clock be right afterwards without another step.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
machine_begin w32timed w32tm reference_server clock_watch
cat >"$LAB_MACHINE/etc/w32timed.conf" <<'EOF'
[Parameters]
Type=NTP
NtpServer=127.0.0.1:1123,0x8
[Config]
MinPollInterval=3
MaxPollInterval=3
MaxAllowedPhaseOffset=1
MaxPosPhaseCorrection=0xFFFFFFFF
MaxNegPhaseCorrection=0xFFFFFFFF
LargePhaseOffset=600000000
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
leap=1782864000 drift=80 # 2026-07-01
echo "LAB starts $(date)"

# serve SHIFT: the server's time, by which it is now SHIFT s after the test's.
serve() {
	[ -z "$server" ] || kill "$server"
	reference_server 127.0.0.1 1123 $((origin + $1)) $drift $leap &
	server=$!
}
# begin NAME: the clock is right and nothing is to be inserted; 120 s before midnight
# a server warns and the daemon starts, until the kernel is to insert the second.
begin() {
	name=$1
	origin=$((leap - 120 - $(cut -d . -f 1 /proc/uptime)))
	clock_watch $origin $drift disarm
	clock_watch $origin $drift set 0
	sleep 2
	rm -rf /state/*
	serve 0
	w32timed -n -c /etc/w32timed.conf >/tmp/log 2>&1 &
	daemon=$!
	clock_watch $origin $drift armed 40
	echo "LAB $name armed $?"
}
# before SECONDS: until so long before midnight.
before() {
	sleep $((leap - $1 - origin - $(cut -d . -f 1 /proc/uptime)))
}
# midnight: the second comes; what happens in the 40 s after it.
midnight() {
	clock_watch $origin $drift leap $leap 40 | sed "s/^/LAB $name /"
}
end() {
	kill $daemon
	wait $daemon
	echo "LAB $name exit $?"
	sed "s/^/LAB $name log /" /tmp/log
}

begin undisturbed
midnight
end
# Somebody sets the clock; the daemon sets it right.
begin outside
before 45
clock_watch $origin $drift set 5
midnight
end
# The daemon alone steps: its server's time turns out to be another one.
begin own
before 60
serve 3
origin=$((origin + 3))
midnight
end
# Nobody can be asked any more, and the clock is set to what it shows.
begin silent
kill $server
server=
before 40
echo "LAB silent missed $(grep -c 'gave no valid time in 8 attempts' /tmp/log)"
clock_watch $origin $drift set 0
midnight
end
poweroff -f
EOF
machine_run

# seen NAME KEY: of what clock_watch saw in that try.
seen() { sed -n "s/^LAB $1 result .*\<$2=\([^ ]*\).*/\1/p" "$LAB_DIR/console.log"; }
grep -q '^LAB starts' "$LAB_DIR/console.log" || fail "the machine does not start"

declare -A steps=([undisturbed]=0 [outside]=1 [own]=1 [silent]=0)
failed=
wrong() { note "$*"; failed=yes; }
for name in undisturbed outside own silent; do
	note "$name: $(sed -n "s/^LAB $name result //p" "$LAB_DIR/console.log")"
	grep -q "^LAB $name armed 0" "$LAB_DIR/console.log" || wrong "$name: the kernel is not told"
	[ "$(seen $name inserting)" = 1 ] || wrong "$name: no second is to be inserted"
	[ "$(seen $name inserted)" = 1 ] || wrong "$name: the second does not come"
	[ "$(seen $name tai)" = +1 ] || wrong "$name: TAI minus UTC does not grow"
	absolute_less "$(seen $name before)" 0.01 || wrong "$name: the clock is not right before"
	absolute_less "$(seen $name worst)" 0.01 || wrong "$name: the clock is not right afterwards"
	[ "$(grep -c "^LAB $name log .*event 52:" "$LAB_DIR/console.log")" = "${steps[$name]}" ] ||
		wrong "$name: not ${steps[$name]} steps"
	grep -q "^LAB $name exit 0" "$LAB_DIR/console.log" || wrong "$name: $(grep "^LAB $name exit" "$LAB_DIR/console.log")"
done
grep -q '^LAB silent missed 1' "$LAB_DIR/console.log" || wrong "silent: the server was not missed before the second"
[ -z "$failed" ] || fail "see above"
