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
local_connect = tests/windows/local_connect.c
TEST_CFLAGS = $(AM_CFLAGS) -I$(srcdir)/tests/windows/include \
	-I$(srcdir)/tests/windows -include posix.h
TEST_LIBS = tests/windows/libposix.a $(PLATFORM_LIBS)
CLOSED_PORTS_LINK = $(AM_LDFLAGS) -Wl,--wrap=udp_receive
else
local_connect =
TEST_CFLAGS = $(AM_CFLAGS)
TEST_LIBS =
CLOSED_PORTS_LINK = $(AM_LDFLAGS)
endif

EXTRA_DIST += tests/windows/local_connect.c
dist_check_SCRIPTS += tests/windows/wine-run
if WINDOWS
# Check ends what hangs with a signal, and Windows has none.
LOG_COMPILER = timeout 1200 $(srcdir)/tests/windows/wine-run
endif
