# The Windows programs under Wine, for the lab's tests; sourced after lib.sh.
#
# LAB_WINDOWS is the folder where they were built.  Every machine with Windows has
# a Wine of its own, since it is Wine's server that opens the sockets.  Wine would
# hand the clock over to who sets it: nothing here may, and every daemon runs on a
# simulated clock besides.
# shellcheck shell=bash

# Time stamps are taken by the programs themselves, and every datagram goes through
# Wine's server: what else runs here must not come in between.
AHEAD=(nice -n -15)

declare -A WINDOWS=() # the machine of each daemon, by the daemon's name

need_windows() {
	local program
	[ -n "${LAB_WINDOWS:-}" ] || skip "no Windows programs (LAB_WINDOWS)"
	for program in src/w32timed/w32timed src/w32tm/w32tm tests/lab/service_control; do
		[ -x "$LAB_WINDOWS/$program.exe" ] || skip "no $program.exe in $LAB_WINDOWS"
	done
	WINE=$(command -v /usr/lib/wine/wine64 wine64 wine | head -n 1)
	WINESERVER=$(command -v /usr/lib/wine/wineserver64 wineserver64 wineserver | head -n 1)
	[ -n "$WINE" ] && [ -n "$WINESERVER" ] || skip "no Wine"
	mkdir "$LAB_DIR/windows-programs"
	cp "$LAB_WINDOWS"/src/w32timed/w32timed.exe "$LAB_WINDOWS"/src/w32tm/w32tm.exe \
		"$LAB_WINDOWS"/tests/lab/service_control.exe "$LAB_DIR/windows-programs"
	cp "$LAB_SOURCE/../../etc/w32timed.conf" "$LAB_DIR/windows-programs/w32timed.conf.sample"
}

# No fonts, no browser, no .NET, no windows: nothing is asked, nothing is shown.
windows_environment() {
	printf '%s\n' "WINEPREFIX=$LAB_DIR/$1.wine" 'WINEDEBUG=-all' 'DISPLAY=' \
		'WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe='
}

# As they are installed: all in one folder.
windows_program() {
	case $1 in
	w32timed | w32tm | service_control) echo "$LAB_DIR/windows-programs/$1.exe" ;;
	*) echo "$1" ;;
	esac
}

# windows NODE...: machines with Windows, which stay up until the test ends.
windows() {
	local name environment
	for name in "$@"; do
		readarray -t environment < <(windows_environment "$name")
		mkdir "$LAB_DIR/$name.wine"
		undo windows_off "$name"
		# Stays without programs to serve, as Windows' services do.
		on "$name" "${AHEAD[@]}" env "${environment[@]}" "$WINESERVER" -p
		# Whatever is first makes what a new Windows has.
		on_windows "$name" cmd /c ver >"$LAB_DIR/$name-first.log" 2>&1 ||
			fail "Wine does not start: $(tail -n 5 "$LAB_DIR/$name-first.log")"
	done
}

windows_off() {
	local environment sockets
	readarray -t environment < <(windows_environment "$1")
	on "$1" env "${environment[@]}" "$WINESERVER" -k
	on "$1" env "${environment[@]}" "$WINESERVER" -w
	# Where its programs reached it.
	sockets=$(cat "$LAB_DIR/$1.wine/wineserver") && rm -rf "${TMPDIR:-/tmp}/${sockets:-none}"
}

# on_windows NODE PROGRAM ARGUMENT...: ours, or one that Windows has.
on_windows() {
	local name=$1 program environment
	program=$(windows_program "$2")
	shift 2
	readarray -t environment < <(windows_environment "$name")
	on "$name" timeout 60 env "${environment[@]}" "$WINE" "$program" "$@" </dev/null
}

# windows_w32timed NODE NAME OPTIONS <CONFIGURATION: as w32timed in lib.sh.
windows_w32timed() {
	local name=$1 daemon=$2 environment
	shift 2
	WINDOWS[$daemon]=$name
	w32timed_configure "$daemon"
	sed -i "s|^ControlSocket=.*|ControlSocket=\\\\\\\\.\\\\pipe\\\\$daemon|" "$LAB_DIR/$daemon.conf"
	readarray -t environment < <(windows_environment "$name")
	start "$name" "$daemon" "${AHEAD[@]}" env "${environment[@]}" "$WINE" "$(windows_program w32timed)" \
		-n -c "$LAB_DIR/$daemon.conf" "$@"
}

# w32tm NAME ARGUMENT...: the tool of the system that the daemon runs on.
w32tm() {
	local name=$1
	shift
	if [ -n "${WINDOWS[$name]-}" ]; then
		on_windows "${WINDOWS[$name]}" w32tm --socket "\\\\.\\pipe\\$name" "$@"
	else
		"$(ours w32tm)" --socket "$LAB_DIR/$name.socket" "$@"
	fi
}

# windows_stop NAME: Ctrl+C; its exit status is the result.
windows_stop() {
	local pid
	pid=$(pid_of "$1")
	kill -INT "$pid" 2>/dev/null
	wait "$pid"
}

# The folder where the service of NODE has its configuration, state and logs.
windows_data() { echo "$LAB_DIR/$1.wine/drive_c/ProgramData/w32timed"; }
