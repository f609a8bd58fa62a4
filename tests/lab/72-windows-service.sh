#!/bin/bash
# w32timed.exe as a service under Wine's service control manager: installed, started,
# asked, reloaded, stopped and removed; a bad configuration is told by an event and
# by the service's exit code, in a reload it changes nothing.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
# shellcheck source=lib-windows.sh
. "$LAB_SOURCE/lib-windows.sh"
need namespaces ntp_offset
need_windows

node machine
windows machine
data=$(windows_data machine)

sc() { on_windows machine sc "$@" | tr -d '\r'; }
control() { on_windows machine service_control w32timed "$1" || fail "control $1"; }
# state: what "sc query" says of it, "" when there is no such service.
state() { sc query w32timed | awk '$1 == "STATE" { print $4 }'; }
state_is() { [ "$(state)" = "$1" ]; }
exit_codes() { sc query w32timed | awk '/_EXIT_CODE/ { printf "%s ", $3 }'; }
log_says() { grep -q -- "$1" "$data/logs/w32timed.log"; }
log_count() { grep -c -- "$1" "$data/logs/w32timed.log"; }
good() { printf '[Config]\r\nAnnounceFlags=5\r\n[Parameters]\r\nType=NoSync\r\n[NtpServer]\r\nEnabled=1\r\n'; }
ahead() { [ "$(offset machine | cut -c 1-4)" = +0.2 ]; }
tool() { on_windows machine w32tm "$@" | tr -d '\r'; }

[ -z "$(state)" ] || fail "there is a service already"
on_windows machine w32timed --install --simulate offset=0.25,drift=0ppm || fail "--install"
within 10 "it is installed" state_is STOPPED
for folder in state logs; do
	[ -d "$data/$folder" ] || fail "no folder $folder"
done
# Wine's sc cannot show this.
on_windows machine reg query 'HKLM\System\CurrentControlSet\Services\w32timed' | tr -d '\r' \
	>"$LAB_DIR/registry"
cat "$LAB_DIR/registry"
grep -q ' Start .* 0x2$' "$LAB_DIR/registry" || fail "no automatic start"
grep -q ' ObjectName .*LocalService$' "$LAB_DIR/registry" || fail "whose is it?"
grep -q ' ImagePath .*w32timed.exe.*--simulate' "$LAB_DIR/registry" || fail "its command line"
on_windows machine reg query 'HKLM\System\CurrentControlSet\Services\EventLog\System\w32timed' |
	grep -q 'EventMessageFile.*w32timed.exe' || fail "no source of events"

note "A bad configuration"
{ good; printf '[NtpClient]\r\nSpecialPollInterval=often\r\n'; } >"$data/w32timed.conf"
on_windows machine net start w32timed
within 10 "it stops" state_is STOPPED
[ "$(exit_codes)" = "1066 30 " ] || fail "exit codes $(exit_codes)"
log_says 'w32timed.conf:8: .*SpecialPollInterval.*often' || fail "no event: $(cat "$data/logs/w32timed.log")"

note "A good one"
good >"$data/w32timed.conf"
on_windows machine net start w32timed || fail "net start"
within 10 "it runs" state_is RUNNING
within 10 "it serves" ahead
tool /query /source
[ "$(tool /query /source | sed 's/ *$//')" = "Local CMOS Clock" ] || fail "/query /source"
control interrogate
state_is RUNNING || fail "after interrogate $(state)"

note "Parameter change"
{ good; printf '[NtpClient]\r\nSpecialPollInterval=1000\r\n'; } >"$data/w32timed.conf"
control paramchange
within 10 "the new configuration is in force" log_says 'SpecialPollInterval=1000'
echo nonsense >>"$data/w32timed.conf"
control paramchange
within 10 "a bad one is told" log_says 'w32timed.conf:[0-9]*: .*nonsense'
state_is RUNNING || fail "a bad configuration ends it: $(state)"
tool /dumpreg /subkey:Config >/dev/null || fail "it does not answer any more"

note "Stop and start"
good >"$data/w32timed.conf"
on_windows machine net stop w32timed || fail "net stop"
within 10 "it stops" state_is STOPPED
[ "$(exit_codes)" = "0 0 " ] || fail "exit codes $(exit_codes)"
log_says 'is stopping' || fail "no word at the end"
sc start w32timed
within 10 "it runs again" state_is RUNNING

note "Gone"
on_windows machine net stop w32timed || fail "net stop"
on_windows machine w32timed --uninstall || fail "--uninstall"
within 10 "it is gone" state_is ""
on_windows machine w32timed --uninstall && fail "twice"
[ -f "$data/w32timed.conf" ] || fail "the configuration is gone too"

note "w32tm /register, /unregister"
rm "$data/w32timed.conf"
tool /register || fail "/register"
cmp "$data/w32timed.conf" "$LAB_SOURCE/../../etc/w32timed.conf" || fail "no configuration"
state_is STOPPED || fail "registered, but $(state)"
tool /unregister || fail "/unregister"
within 10 "it is gone" state_is ""
exit 0
