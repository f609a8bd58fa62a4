# What the tests use of POSIX, for Windows; and Wine, which runs them there.
if WINDOWS
check_LIBRARIES += tests/windows/libposix.a
tests_windows_libposix_a_SOURCES = \
	tests/windows/closed_ports.c \
	tests/windows/include/arpa/inet.h \
	tests/windows/include/netinet/in.h \
	tests/windows/include/poll.h \
	tests/windows/include/pthread.h \
	tests/windows/include/sys/socket.h \
	tests/windows/include/sys/un.h \
	tests/windows/network.c \
	tests/windows/posix.c \
	tests/windows/posix.h \
	tests/windows/unix_socket.c
POSIX_CFLAGS = -I$(srcdir)/tests/windows/include -I$(srcdir)/tests/windows -include posix.h
POSIX_LIBS = tests/windows/libposix.a
local_connect = tests/windows/local_connect.c
else
POSIX_CFLAGS =
POSIX_LIBS =
local_connect =
endif

EXTRA_DIST += tests/windows/local_connect.c
dist_check_SCRIPTS += tests/windows/wine-run
if WINDOWS
# Check ends what hangs with a signal, and Windows has none.
LOG_COMPILER = timeout 1200 $(srcdir)/tests/windows/wine-run
endif
