#!/bin/bash
# w32timed on the domain controller as a user that may not enter the signer's
# folder: with w32timed-account, without it, and with the folder's group.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need w32timed w32tm ntp_offset setpriv
domain

as_nobody() { # NAME ACCOUNT-PROGRAM
	local folder=$LAB_DIR/$1.d
	install -d -o nobody "$folder" "$folder/state"
	{
		first_in_domain
		printf '[Domain]\nRole=Controller\n[w32timed]\nStateDir=%s/state\nControlSocket=%s.socket\nUser=nobody\n' \
			"$folder" "$LAB_DIR/$1"
	} >"$LAB_DIR/$1.conf"
	start dc "$1" "$(ours w32timed)" -n -c "$LAB_DIR/$1.conf" --account-program "$2" \
		--simulate offset=0,drift=0ppm
	within 5 "$1 serves" offset_within dc 0.5
	[ "$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of "$1")/status")" = "$(id -u nobody)" ] ||
		fail "$1 is not nobody"
}
signed() { # NAME COUNTER
	python3 - "$LAB_DIR/$1.socket" "$2" <<-'END'
		import json, socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.send(b'{"method":"io.w32timed.TimeService.GetServerStatistics"}\0')
		data = b""
		while not data.endswith(b"\0"):
		    data += s.recv(4096)
		print(json.loads(data[:-1])["parameters"]["counters"][sys.argv[2]])
	END
}
signed_is() { [ "$(signed "$1" "$2")" = "$3" ]; }

folder=$ADLAB_NTP_SIGND_DIR
[ "$(stat -c '%a %U %G' "$folder")" = '750 root root' ] || fail "$(stat -c '%a %U %G' "$folder")"

# w32timed-account connects, and again when Samba has been away.
as_nobody helped "$(ours w32timed-account)"
within 10 "signed, with w32timed-account" signs "$ADLAB_DC_IP"
undo ad_lab start dc
ad_lab kill dc || fail "kill"
signs --timeout 1 "$ADLAB_DC_IP" && fail "signed without a signer"
ad_lab start dc || fail "start"
within 15 "signed again" signs "$ADLAB_DC_IP"
[ "$(events helped 281)" -le 1 ] || fail "$(events helped 281) complaints"
[ "$(signed helped signed_answered)" -ge 2 ] || fail "not counted"
stop helped || fail "exit status $?"

# Without it nothing is signed, which is said once; all else goes on.
as_nobody alone /nobody/is/here
for _ in 1 2 3; do
	signs --timeout 0.5 "$ADLAB_DC_IP" && fail "signed without a right to the signer"
done
[ "$(events alone 281)" = 1 ] || fail "$(events alone 281) complaints"
within 5 "they are counted" signed_is alone signed_failed 3
offset_within dc 0.5 || fail "unsigned answers"

# The folder's group is enough.
undo chgrp root "$folder"
chgrp "$(id -gn nobody)" "$folder"
within 15 "signed, with the folder's group" signs "$ADLAB_DC_IP"
event alone 282 || fail "it does not say that it signs"
stop alone || fail "exit status $?"
