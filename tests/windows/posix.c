#include "posix.h"

#include <errno.h>
#include <io.h>
#include <string.h>

#include "platform/clock_os.h"
#include "platform/windows/error.h"
#include "platform/windows/socket.h"

#undef socket
#undef socketpair
#undef bind
#undef getsockname
#undef recvfrom
#undef recv
#undef sendto
#undef send
#undef setsockopt
#undef close
#undef fflush
#undef fclose
#undef fopen

static int fail(void)
{
	errno = errno_of_last_socket_error();
	return -1;
}

/* --- Datagrams at any address of the loopback interface --------------------------- */

/* Wine binds an IPv4 datagram socket to all addresses, whichever it is told, unless
 * that is 127.0.0.1 (server/sock.c, bind_to_interface(): what belongs to no interface
 * counts as found): a second address cannot have the same port, and all answer from
 * 127.0.0.1.  An IPv6 one that carries IPv4 is bound where it is told. */
static SOCKET open_for_both(int type, int protocol)
{
	SOCKET handle = socket(AF_INET6, type, protocol);
	const DWORD off = 0;

	if (handle != INVALID_SOCKET)
		setsockopt(handle, IPPROTO_IPV6, IPV6_V6ONLY, (const char *)&off, sizeof off);
	return handle;
}

static bool is_for_both(SOCKET handle)
{
	DWORD v6_only = 1;
	int length = sizeof v6_only;

	/* Refused by others than IPv6 ones. */
	return getsockopt(handle, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&v6_only, &length) == 0 &&
	       v6_only == 0;
}

/* ADDRESS as HANDLE wants it: itself, or in *ROOM. */
static const struct sockaddr *to_socket(SOCKET handle, const struct sockaddr *address,
					socklen_t *length, struct sockaddr_in6 *room)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

	if (address == NULL || address->sa_family != AF_INET || !is_for_both(handle))
		return address;
	*room = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = v4->sin_port };
	room->sin6_addr.s6_addr[10] = room->sin6_addr.s6_addr[11] = 0xff;
	memcpy(&room->sin6_addr.s6_addr[12], &v4->sin_addr, sizeof v4->sin_addr);
	*length = sizeof *room;
	return (const struct sockaddr *)room;
}

/* What the system said, in the room that the test gave. */
static void from_socket(const struct sockaddr_storage *said, struct sockaddr *address,
			socklen_t *length)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)said;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	const void *from = said;
	socklen_t size = said->ss_family == AF_INET6 ? sizeof *v6 : sizeof v4;

	if (address == NULL)
		return;
	if (said->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		v4.sin_port = v6->sin6_port;
		memcpy(&v4.sin_addr, &v6->sin6_addr.s6_addr[12], sizeof v4.sin_addr);
		from = &v4;
		size = sizeof v4;
	}
	memcpy(address, from, size < *length ? size : *length);
	*length = size;
}

int posix_socket(int family, int type, int protocol)
{
	SOCKET handle;

	if (socket_begin() < 0)
		return -1;
	if (family == AF_INET && (type & 0xf) == SOCK_DGRAM)
		handle = open_for_both(type & 0xf, protocol);
	else
		handle = socket(family == AF_UNIX ? AF_INET : family, type & 0xf, protocol);
	if (handle == INVALID_SOCKET)
		return fail();
	if ((type & SOCK_NONBLOCK) != 0)
		socket_make_private(handle);
	return (int)handle;
}

int posix_socketpair(int family, int type, int protocol, int pair[2])
{
	socket_handle ends[2];
	const int room = 65536; /* about what Linux gives them */
	u_long off = 0;

	(void)family;
	(void)protocol;
	if (socket_pair(ends, NULL) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		if ((type & SOCK_NONBLOCK) == 0)
			ioctlsocket(ends[i], FIONBIO, &off);
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, (const char *)&room, sizeof room);
		setsockopt(ends[i], SOL_SOCKET, SO_RCVBUF, (const char *)&room, sizeof room);
		pair[i] = (int)ends[i];
	}
	return 0;
}

int posix_bind(int handle, const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_in6 room;
	const struct sockaddr *at = to_socket((SOCKET)handle, address, &length, &room);

	if (address->sa_family == AF_UNIX)
		return posix_bind_unix(handle, (const void *)address);
	return bind((SOCKET)handle, at, length) == 0 ? 0 : fail();
}

int posix_getsockname(intptr_t handle, struct sockaddr *address, socklen_t *length)
{
	struct sockaddr_storage said;
	socklen_t size = sizeof said;

	if (getsockname((SOCKET)handle, (struct sockaddr *)&said, &size) != 0)
		return fail();
	from_socket(&said, address, length);
	return 0;
}

static bool is_readable(int handle)
{
	WSAPOLLFD event = { .fd = (SOCKET)handle, .events = POLLRDNORM };

	return WSAPoll(&event, 1, 0) > 0;
}

ssize_t posix_recvfrom(int handle, void *data, size_t size, int flags, struct sockaddr *from,
		       socklen_t *length)
{
	struct sockaddr_storage said = { .ss_family = AF_UNSPEC };
	socklen_t said_length = sizeof said;
	int got;

	if ((flags & MSG_DONTWAIT) != 0 && !is_readable(handle)) {
		errno = EAGAIN;
		return -1;
	}
	got = recvfrom((SOCKET)handle, data, (int)size, flags & ~MSG_DONTWAIT,
		       (struct sockaddr *)&said, &said_length);
	if (got < 0)
		return fail();
	from_socket(&said, from, length);
	return got;
}

ssize_t posix_sendto(int handle, const void *data, size_t size, int flags,
		     const struct sockaddr *to, socklen_t length)
{
	struct sockaddr_in6 room;
	const struct sockaddr *at = to_socket((SOCKET)handle, to, &length, &room);
	int sent = sendto((SOCKET)handle, data, (int)size, flags & ~MSG_DONTWAIT, at, length);

	return sent >= 0 ? sent : fail();
}

int posix_setsockopt(int handle, int level, int name, const void *value, socklen_t length)
{
	return setsockopt((SOCKET)handle, level, name, value, length) == 0 ? 0 : fail();
}

ssize_t posix_recv(int handle, void *data, size_t size, int flags)
{
	return posix_recvfrom(handle, data, size, flags, NULL, NULL);
}

ssize_t posix_send(int handle, const void *data, size_t size, int flags)
{
	return posix_sendto(handle, data, size, flags, NULL, 0);
}

/* Windows does not tell whether a socket blocks: it is tried. */
static bool blocks(int handle)
{
	DWORD patience = 100;
	char byte;

	setsockopt((SOCKET)handle, SOL_SOCKET, SO_RCVTIMEO, (const char *)&patience,
		   sizeof patience);
	return recv((SOCKET)handle, &byte, 1, MSG_PEEK) >= 0 || WSAGetLastError() != WSAEWOULDBLOCK;
}

int posix_fcntl(int handle, int command)
{
	DWORD flags = 0;

	if (command == F_GETFL)
		return blocks(handle) ? 0 : O_NONBLOCK;
	if (!GetHandleInformation((HANDLE)(intptr_t)handle, &flags)) {
		errno = EBADF;
		return -1;
	}
	return (flags & HANDLE_FLAG_INHERIT) != 0 ? 0 : FD_CLOEXEC;
}

int posix_poll(struct pollfd *events, unsigned long count, int timeout)
{
	for (unsigned long i = 0; i < count; i++) {
		/* All that Windows lets one ask for. */
		events[i].events &= POLLRDNORM | POLLRDBAND | POLLWRNORM;
	}
	return WSAPoll(events, count, timeout);
}

/* Sockets' handles begin far above the numbers of files. */
int posix_close(int handle)
{
	return handle < 32 ? _close(handle) : closesocket((SOCKET)handle);
}

void posix_local_path(char *path, size_t size, const char *directory, const char *name)
{
	const char *last = directory + strlen(directory);

	while (last > directory && strchr("/\\", last[-1]) == NULL)
		last--;
	snprintf(path, size, "\\\\.\\pipe\\%s-%s", last, name);
}

/* --- Threads --------------------------------------------------------------------- */

struct start {
	void *(*run)(void *);
	void *context;
};

static DWORD WINAPI run_thread(void *context)
{
	struct start start = *(struct start *)context;

	free(context);
	start.run(start.context);
	return 0;
}

int posix_thread_create(posix_thread *thread, const void *attributes, void *(*run)(void *),
			void *context)
{
	struct start *start = malloc(sizeof *start);

	(void)attributes;
	*start = (struct start){ run, context };
	*thread = CreateThread(NULL, 0, run_thread, start, 0, NULL);
	return *thread == NULL ? EAGAIN : 0;
}

int posix_thread_join(posix_thread thread, void **result)
{
	(void)result;
	WaitForSingleObject(thread, INFINITE);
	CloseHandle(thread);
	return 0;
}

/* --- Files ----------------------------------------------------------------------- */

char *posix_mkdtemp(char *template)
{
	char *end = template + strlen(template) - 6;

	for (unsigned i = 0; i < 1000000; i++) {
		unsigned number = ((unsigned)_getpid() * 977 + i) % 1000000;

		for (int digit = 5; digit >= 0; digit--, number /= 10)
			end[digit] = (char)('0' + number % 10);
		if (_mkdir(template) == 0)
			return template;
		if (errno != EEXIST)
			return NULL;
	}
	return NULL;
}

/* --- A stream into memory: a file that is read back --------------------------------- */

#define STREAMS_MAX 8

static struct stream {
	FILE *file;
	char **text;
	size_t *length;
} streams[STREAMS_MAX];

static struct stream *find_stream(const FILE *file)
{
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		if (streams[i].file == file)
			return &streams[i];
	}
	return NULL;
}

FILE *posix_open_memstream(char **text, size_t *length)
{
	struct stream *stream = find_stream(NULL);
	static unsigned number;
	char name[64];

	if (stream == NULL)
		abort();
	snprintf(name, sizeof name, "stream-%d-%u.tmp", _getpid(), number++);
	/* D: gone when it is closed. */
	*stream = (struct stream){ fopen(name, "w+bD"), text, length };
	*text = NULL;
	*length = 0;
	return stream->file;
}

static void read_back(struct stream *stream)
{
	long end = ftell(stream->file);

	free(*stream->text);
	*stream->text = calloc(1, (size_t)end + 1);
	rewind(stream->file);
	*stream->length = fread(*stream->text, 1, (size_t)end, stream->file);
	fseek(stream->file, end, SEEK_SET);
}

int posix_fflush(FILE *file)
{
	struct stream *stream = file == NULL ? NULL : find_stream(file);
	int result = fflush(file);

	if (stream != NULL)
		read_back(stream);
	return result;
}

int posix_fclose(FILE *file)
{
	struct stream *stream = find_stream(file);

	if (stream != NULL) {
		fflush(file);
		read_back(stream);
		stream->file = NULL;
	}
	return fclose(file);
}

FILE *posix_fopen(const char *path, const char *mode)
{
	char binary[8];
	size_t used = 0;

	for (; *mode != '\0' && used < sizeof binary - 2; mode++) {
		if (*mode != 'e' && *mode != 'b')
			binary[used++] = *mode;
	}
	binary[used++] = 'b';
	binary[used] = '\0';
	return fopen(path, binary);
}

int posix_setenv(const char *name, const char *value, int overwrite)
{
	if (!overwrite && getenv(name) != NULL)
		return 0;
	return _putenv_s(name, value);
}

int posix_unsetenv(const char *name)
{
	return _putenv_s(name, "");
}

int posix_clock_gettime(int id, struct timespec *time)
{
	struct clock_reading reading;
	int64_t ns;

	if (clock_os_read(&reading) < 0)
		return -1;
	ns = id == CLOCK_REALTIME ? reading.utc : reading.raw;
	*time = (struct timespec){ .tv_sec = ns / NS_PER_SECOND,
				   .tv_nsec = (long)(ns % NS_PER_SECOND) };
	return 0;
}
