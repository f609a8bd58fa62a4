# What quickstart and check share: the Debian packages that are needed, and how
# they get here.  To be sourced.
# shellcheck shell=bash

# shellcheck disable=SC2034
build_packages=(
	autoconf automake gcc libc6-dev make pkg-config
	libc-ares-dev libcap-ng-dev libevent-dev libinih-dev libjansson-dev
	libkrb5-dev libldap-dev libsasl2-dev libseccomp-dev libsodium-dev libssl-dev libtdb-dev
)

# The last lines: what the tests of the lab run in or against.  The servers among
# its peers, Samba and time daemons, are not here: tests/lab/peers unpacks them
# for the lab alone, because installed they would be started and enabled.
# shellcheck disable=SC2034
test_packages=(
	check clang clang-format libclang-rt-dev llvm mandoc shellcheck valgrind xz-utils
	binutils iproute2 procps util-linux iputils-ping tcpdump
	cpio gzip python3 qemu-system-x86 systemd
)

# The programs for a machine of the other byte order, run by an emulator
# (contrib/foreign).
# shellcheck disable=SC2034
foreign_packages=(gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user)

# The Windows programs: cross-built, their libraries from source, run under Wine.
# shellcheck disable=SC2034
windows_packages=(
	ca-certificates cmake dpkg-dev gcc-mingw-w64-x86-64-win32 make patch wine wine64 xz-utils
)

die() {
	echo "$0: $*" >&2
	exit 1
}

# Runs a command as root, by sudo if need be.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "this needs root, and there is no sudo here; run as root: $*"
	fi
}

is_installed() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages NAME...: those that are missing; no network is needed if none
# is.  What this prints is all that it does.
install_packages() {
	local missing=() name
	if ! command -v apt-get >/dev/null; then
		echo "No apt-get here: taking for granted what these Debian packages hold:"
		echo "  $*"
		return
	fi
	for name in "$@"; do
		is_installed "$name" || missing+=("$name")
	done
	if [ ${#missing[@]} = 0 ]; then
		echo "All $# packages needed are here."
		return
	fi
	echo "Installing ${#missing[@]} of the $# packages needed: ${missing[*]}"
	apt_install "${missing[@]}" || { as_root apt-get update && apt_install "${missing[@]}"; } ||
		die "apt-get could not install them"
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq -y --no-install-recommends "$@" </dev/null >/dev/null
}
