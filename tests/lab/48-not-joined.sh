#!/bin/bash
# Type=NT5DS on a machine that is in no domain: it says so and serves its own
# clock to nobody.  AllSync there is NTP.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd w32timed w32tm

node server client
cable server client 1
references server
# Nothing on this machine may look as if it were joined.
# shellcheck disable=SC2016
alone=(sh -c 'for f in /etc/samba/smb.conf /etc/krb5.conf /etc/krb5.keytab /etc/sssd/sssd.conf; do
	[ ! -e "$f" ] || mount --bind /dev/null "$f" || exit 1
done
unset KRB5_CONFIG KRB5_KTNAME
exec "$@"' sh)

alone() { # NAME LINE...
	local name=$1
	shift
	printf '%s\n' '[Config]' MinPollInterval=1 MaxPollInterval=1 '[Parameters]' "$@" | w32timed_configure "$name"
	start client "$name" "${alone[@]}" "$(ours w32timed)" --account-program "$(ours w32timed-account)" -n -c "$LAB_DIR/$name.conf" --simulate offset=0.1,drift=5ppm
}

alone nt5ds Type=NT5DS NtpServer=10.77.1.1,0x8
within 10 "it says that there is no domain" grep -q 'event 11:' "$LAB_DIR/nt5ds.log"
grep 'event 11:' "$LAB_DIR/nt5ds.log"
within 5 "it answers" status_is nt5ds 'd["synchronized"]' 0
w32tm nt5ds /query /status | tee "$LAB_DIR/status"
grep -qi 'domain' "$LAB_DIR/status" || fail "/query /status does not say why"
w32tm nt5ds /query /configuration | grep '^Type: NT5DS' || fail "configuration"
stop nt5ds || fail "exit status $?"

alone allsync Type=AllSync NtpServer=10.77.1.1,0x8
within 10 "AllSync follows NtpServer" status_is allsync 'd["source"].strip()' 10.77.1.1,0x8
stop allsync || fail "exit status $?"
