#!/bin/bash
# What administrators type and read: the dialogues of tests/transcripts with w32tm.exe
# and w32timed.exe over the named pipe, each line ended as Windows ends it.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
# shellcheck source=lib-windows.sh
. "$LAB_SOURCE/lib-windows.sh"
need namespaces w32timed w32tm
need_windows

# With a Wine of its own.
node machine
mkdir "$LAB_DIR/build"
ln -s "$LAB_WINDOWS/src" "$LAB_DIR/build/src"
cd "$LAB_DIR/build" || fail "no folder"
for dialogue in run commands; do
	on machine env LINUX_BUILD="$LAB_BUILD" bash "$LAB_SOURCE/../transcripts/$dialogue" ||
		fail "tests/transcripts/$dialogue"
done
