#!/bin/bash
# The units under a real systemd in an emulated machine, installed as "make
# install" does: the user comes from sysusers.d, the daemon may do what it needs
# within its sandbox and nothing more, says when it is ready, sets the clock,
# reloads, and w32timed-wait waits until the clock is set.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need qemu-system-x86_64 kernel busybox w32timed w32tm reference_server clock_watch
[ "$(uname -m)" = x86_64 ] || skip "needs an x86_64"
[ -x /lib/systemd/systemd ] || skip "no systemd"

sanitized && skip "sanitizers do not run in the sandbox"

root=$LAB_DIR/root
mkdir -p "$root"/{usr/bin,usr/lib/systemd/system,etc/systemd/system,dev,home,new,proc,root,run,sys,tmp,var/tmp}
ln -s usr/bin usr/lib "$root/"
ln -s usr/lib "$root/lib64"

# libraries FILE: what it is linked with.
libraries() {
	local library
	for library in $(ldd "$1" | grep -o '/[^ ]*'); do
		mkdir -p "$root/$(dirname "$library")"
		cp -Ln "$library" "$root/$library"
	done
}

make -s -C "$LAB_BUILD" install DESTDIR="$root" >"$LAB_DIR/install.log" 2>&1 || fail "make install"
[ -e "$root/usr/local/lib/systemd/system/w32timed.service" ] || skip "not configured for /usr/local"
for program in "$root"/usr/local/sbin/w32timed "$root"/usr/local/bin/w32tm \
	"$root"/usr/local/libexec/w32timed-account; do
	libraries "$program"
done
for program in reference_server clock_watch; do
	cp "$(ours $program)" "$root/bin/$program"
	libraries "$(ours $program)"
done
for program in /lib/systemd/systemd /bin/systemctl /bin/systemd-sysusers /bin/systemd-tmpfiles; do
	cp -L "$program" "$root/$program"
	libraries "$program"
done
for unit in basic.target multi-user.target sysinit.target local-fs.target network.target \
	nss-lookup.target time-set.target time-sync.target paths.target slices.target sockets.target \
	timers.target shutdown.target umount.target; do
	cp "/lib/systemd/system/$unit" "$root/lib/systemd/system/"
done
cp "$(peer busybox)" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list); do
	[ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
done

echo 'root:x:0:0::/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
echo 'passwd: files' >"$root/etc/nsswitch.conf"
echo 'ID=lab' >"$root/etc/os-release"
: >"$root/etc/machine-id"
cat >"$root/etc/w32timed.conf" <<'EOF'
[Parameters]
Type=NTP
NtpServer=127.0.0.1:1123,0x8
[Config]
MinPollInterval=2
MaxPollInterval=4
MaxAllowedPhaseOffset=1
MaxPosPhaseCorrection=0xFFFFFFFF
MaxNegPhaseCorrection=0xFFFFFFFF
[NtpServer]
Enabled=1
[w32timed]
SystemCallFilter=1
EOF
# This machine is a member of a domain, as a keytab says that root alone may read:
# format 0x0502; an entry of 59 bytes for LAB$@LAB.EXAMPLE: name type 1, a time,
# version 1; a key of type 23; the version again.
{
	printf '\005\002\000\000\000\073\000\001\000\013LAB.EXAMPLE\000\004LAB$'
	printf '\000\000\000\001\145\000\000\000\001\000\027\000\020ABCDEFGHIJKLMNOP\000\000\000\001'
} >"$root/etc/krb5.keytab"
chmod 600 "$root/etc/krb5.keytab"
cat >"$root/etc/systemd/system/lab.service" <<'EOF'
[Service]
Type=oneshot
ExecStart=/lab
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
TimeoutStartSec=infinity
EOF
# The root must be a mount of its own for systemd to make others of it.
cat >"$root/init" <<'EOF'
#!/bin/sh
mount -t tmpfs -o mode=755 new /new
for folder in bin dev etc home lab lib lib64 proc root run sys tmp usr var; do
	cp -a "/$folder" /new/
done
mount -t proc proc /new/proc
chroot /new systemd-sysusers 2>&1 | sed 's/^/LAB sysusers /'
umount /new/proc
exec switch_root /new /lib/systemd/systemd
EOF
cat >"$root/lab" <<'EOF'
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/bin TZ=UTC
origin=1790000000 drift=80
reference_server 127.0.0.1 1123 $origin $drift &
clock_watch $origin $drift set 30
echo "LAB begin"
systemctl start w32timed && echo "LAB started"
systemctl start w32timed-wait && echo "LAB waited"
clock_watch $origin $drift until 0.01 2 40 | sed 's/^/LAB clock /'
pid=$(systemctl show -P MainPID w32timed)
grep -E '^(Uid|CapEff|CapBnd|Seccomp|NoNewPrivs):' /proc/$pid/status | tr -s '\t ' ' ' | sed 's/^/LAB process /'
ls -ld /run/w32timed /run/w32timed/control /run/w32timed-account.socket /var/lib/w32timed | sed 's/^/LAB file /'
w32tm /query /status | sed 's/^/LAB status /'
# The account is known by now, or when it is asked for again.
for _ in $(seq 30); do
	w32tm /query /configuration | grep SpecialPollInterval >/tmp/default
	grep -q ' 3600 ' /tmp/default && break
	sleep 1
done
sed 's/^/LAB default /' /tmp/default
account=$(systemctl show -P MainPID w32timed-account)
grep -E '^(Uid|Cap...|Seccomp|NoNewPrivs):' /proc/$account/status | tr -s '\t ' ' ' | sed 's/^/LAB account /'
systemctl show -P Result w32timed-account | sed 's/^/LAB account-result /'
su -s /bin/sh nobody -c 'w32tm /resync' | sed 's/^/LAB nobody /'
w32tm /config /update | sed 's/^/LAB update /'
systemctl reload w32timed && echo "LAB reloaded"
w32tm /debug /enable /file:/var/log/w32timed/debug /size:100000 /entries:0-300 | sed 's/^/LAB debug /'
[ -s /var/log/w32timed/debug ] && echo "LAB debug written"
w32tm /debug /enable /file:/etc/debug /size:100000 /entries:0-300 >/dev/null
[ -e /etc/debug ] || echo "LAB sandboxed"
systemctl stop w32timed && echo "LAB stopped"
systemctl show -P Result w32timed | sed 's/^/LAB result /'
ls -l /var/lib/w32timed | sed 's/^/LAB kept /'
systemctl show -P ActiveState time-sync.target | sed 's/^/LAB time-sync /'
echo "LAB end"
poweroff -f
EOF
echo 'nobody:x:65534:65534::/:/bin/sh' >>"$root/etc/passwd"
chmod +x "$root/init" "$root/lab"
(cd "$root" && find . | "$root/bin/busybox" cpio -o -H newc 2>/dev/null | gzip -1) >"$LAB_DIR/initramfs"

emulate -m 768 -kernel "$LAB_PEERS/kernel" -initrd "$LAB_DIR/initramfs" \
	-append "console=ttyS0 quiet panic=-1 random.trust_cpu=on systemd.unit=lab.service systemd.show_status=no systemd.log_target=console systemd.log_color=no w32timed-lab" \
	</dev/null >"$LAB_DIR/console" 2>&1 &
LAB_JOBS+=("$!")
wait "$!"
rm -rf "$root" "$LAB_DIR/initramfs"
tr -d '\r' <"$LAB_DIR/console" >"$LAB_DIR/console.log"
rm "$LAB_DIR/console"

# said WHAT [TEXT]: a line about it, with that in it.
said() { grep -q "^LAB $1 .*${2-}" "$LAB_DIR/console.log"; }
reached() { grep -qx "LAB $1" "$LAB_DIR/console.log"; }
reached begin || fail "the machine does not start"
reached end || fail "the machine did not come to its end"

said sysusers "Creating user 'w32timed'" || fail "no user from sysusers.d"
reached started || fail "the unit does not start"
reached waited || fail "w32timed-wait does not come to its end"
said clock "result came_in=1 .*synchronized=1" || fail "the clock is not set"
said process "Uid: \([1-9][0-9]*\) \1 \1 \1" || fail "runs as root"
# CAP_NET_BIND_SERVICE and CAP_SYS_TIME.
for set in CapEff CapBnd; do
	said process "$set: 0000000002000400" || fail "other capabilities than it needs: $set"
done
said process "NoNewPrivs: 1" || fail "may gain privileges"
said process "Seccomp: 2" || fail "no system call filter"
# Root, with no capability at all; its answer came, or these were other defaults.
said account "Uid: 0 0 0 0" || fail "w32timed-account is not root"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	said account "$set: 0000000000000000" || fail "w32timed-account has capabilities: $set"
done
said account "NoNewPrivs: 1" || fail "w32timed-account may gain privileges"
said account "Seccomp: 2" || fail "no system call filter round w32timed-account"
said account-result success || fail "w32timed-account has failed"
said default "SpecialPollInterval: 3600 " || fail "the domain's defaults do not hold"
said file "srw------- .* w32timed .*/run/w32timed-account.socket" || fail "who may ask w32timed-account"
said file "srw-rw-rw- .*/run/w32timed/control" || fail "not everybody may ask"
said status "Stratum: 2" || fail "does not answer w32tm"
said nobody "Access is denied" || fail "anybody may change things"
said update "completed successfully" || fail "w32tm /config /update"
reached reloaded || fail "systemctl reload"
reached "debug written" || fail "no debug log where the unit allows one"
reached sandboxed || fail "writes where it must not"
reached stopped || fail "does not stop"
said result success || fail "ended with $(grep '^LAB result' "$LAB_DIR/console.log")"
said kept "w32timed w32timed .*state" || fail "did not keep its state"
said time-sync active || fail "time-sync.target is not reached"
