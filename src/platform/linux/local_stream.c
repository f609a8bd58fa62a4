#include "config.h"

#include "platform/local_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG              64
#define GROUPS_MAX           65536 /* NGROUPS_MAX of Linux */
#define CONNECT_TIMEOUT_SECS 5

struct local_listener {
	int handle;
	bool has_group;
	gid_t group;
	struct sockaddr_un address;
	dev_t device; /* of what we put at the path */
	ino_t inode;
};

static int make_address(const char *path, struct sockaddr_un *address, struct error *error)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address->sun_path)
		return error_set(error, ENAMETOOLONG,
				 "the socket's path %s has more than %zu bytes", path,
				 sizeof address->sun_path - 1);
	memcpy(address->sun_path, path, strlen(path));
	return 0;
}

static void find_group(const char *name, struct local_listener *listener)
{
	struct group entry, *found = NULL;
	size_t size = 4096;
	char *buffer = NULL;
	int result;

	if (name == NULL || name[0] == '\0')
		return;
	do {
		free(buffer);
		size *= 2;
		buffer = malloc(size);
		if (buffer == NULL)
			return;
		result = getgrnam_r(name, &entry, buffer, size, &found);
	} while (result == ERANGE && size < 1 << 20);
	if (found != NULL) {
		listener->has_group = true;
		listener->group = found->gr_gid;
	}
	free(buffer);
}

/* Frees a path that a dead daemon left behind; what else is there stays. */
static int remove_stale(const struct sockaddr_un *address, struct error *error)
{
	struct stat status;
	int handle, code = 0;

	if (lstat(address->sun_path, &status) < 0)
		return 0;
	if (!S_ISSOCK(status.st_mode))
		return error_set(error, EEXIST, "%s is there and is not a socket",
				 address->sun_path);
	handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (handle < 0)
		return error_set_system(error, errno, "cannot open a socket");
	if (connect(handle, (const struct sockaddr *)address, sizeof *address) < 0)
		code = errno;
	close(handle);
	if (code != ECONNREFUSED)
		return error_set(error, EADDRINUSE, "another daemon listens on %s",
				 address->sun_path);
	if (unlink(address->sun_path) < 0 && errno != ENOENT)
		return error_set_system(error, errno, "cannot remove the old %s",
					address->sun_path);
	return 0;
}

/* Everybody may write, whatever the umask: who may do what is decided by
 * credentials.  Not by chmod(2), which would follow whatever somebody who may
 * write to the directory, as the daemon's user does while we still are root, put
 * there in the meantime. */
static int bind_for_all(const struct local_listener *self)
{
	mode_t before = umask(0111);
	int result = bind(self->handle, (const struct sockaddr *)&self->address,
			  sizeof self->address);
	int code = errno;

	umask(before);
	return result < 0 ? -code : 0;
}

static int bind_and_listen(struct local_listener *self, struct error *error)
{
	struct stat status;
	int result;

	self->handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (self->handle < 0)
		return error_set_system(error, errno, "cannot open a socket");
	result = bind_for_all(self);
	if (result < 0)
		return error_set_system(error, -result, "cannot make the socket %s",
					self->address.sun_path);
	if (lstat(self->address.sun_path, &status) == 0) {
		self->device = status.st_dev;
		self->inode = status.st_ino;
	}
	if (listen(self->handle, BACKLOG) < 0)
		return error_set_system(error, errno, "cannot listen on %s",
					self->address.sun_path);
	return 0;
}

int local_listener_open(struct local_listener **listener, const char *path, const char *group,
			struct error *error)
{
	struct local_listener *self = calloc(1, sizeof *self);
	int result;

	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot listen on %s", path);
	self->handle = -1;
	result = make_address(path, &self->address, error);
	if (result == 0)
		result = remove_stale(&self->address, error);
	if (result == 0)
		result = bind_and_listen(self, error);
	if (result < 0) {
		local_listener_close(self);
		return result;
	}
	find_group(group, self);
	*listener = self;
	return 0;
}

void local_listener_close(struct local_listener *listener)
{
	struct stat status;

	if (listener == NULL)
		return;
	/* Only our own: somebody may have put another there. */
	if (listener->inode != 0 && lstat(listener->address.sun_path, &status) == 0 &&
	    status.st_dev == listener->device && status.st_ino == listener->inode)
		unlink(listener->address.sun_path);
	if (listener->handle >= 0)
		close(listener->handle);
	free(listener);
}

socket_handle local_listener_handle(const struct local_listener *listener)
{
	return listener->handle;
}

/* The groups that the peer had when it connected, from the kernel. */
static bool is_in_group(int connection, gid_t group)
{
	gid_t few[64], *groups = few;
	socklen_t size = sizeof few;
	bool found = false;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) {
		if (errno != ERANGE || size > GROUPS_MAX * sizeof *groups)
			return false;
		groups = malloc(size);
		if (groups == NULL)
			return false;
		if (getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
			size = 0;
	}
	for (size_t i = 0; i < size / sizeof *groups && !found; i++)
		found = groups[i] == group;
	if (groups != few)
		free(groups);
	return found;
}

static int identify(const struct local_listener *listener, int connection, struct local_peer *peer)
{
	struct ucred credentials;
	socklen_t size = sizeof credentials;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return -errno;
	peer->user = credentials.uid;
	peer->process = credentials.pid;
	peer->may_change = credentials.uid == 0 || credentials.uid == geteuid() ||
			   (listener->has_group && (credentials.gid == listener->group ||
						    is_in_group(connection, listener->group)));
	return 0;
}

int local_listener_accept(struct local_listener *listener, socket_handle *connection,
			  struct local_peer *peer)
{
	int handle, result;

	do
		handle = accept4(listener->handle, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	while (handle < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (handle < 0)
		return -errno;
	result = identify(listener, handle, peer);
	if (result < 0) {
		close(handle);
		return result;
	}
	*connection = handle;
	return 0;
}

/* Bounds every blocking step of the socket; zero means for ever. */
static void set_send_timeout(int handle, time_t seconds)
{
	const struct timeval timeout = { .tv_sec = seconds };

	setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

int local_stream_connect(const char *path, socket_handle *connection, struct error *error)
{
	struct sockaddr_un address;
	int handle, result = make_address(path, &address, error);

	if (result < 0)
		return result;
	handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (handle < 0)
		return error_set_system(error, errno, "cannot open a socket");
	/* A daemon that hangs lets its queue fill up. */
	set_send_timeout(handle, CONNECT_TIMEOUT_SECS);
	do
		result = connect(handle, (const struct sockaddr *)&address, sizeof address);
	while (result < 0 && errno == EINTR);
	if (result < 0) {
		int code = errno == EAGAIN ? ETIMEDOUT : errno;

		close(handle);
		return error_set_system(error, code, "cannot connect to %s", path);
	}
	set_send_timeout(handle, 0);
	*connection = handle;
	return 0;
}

static double monotonic_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Waits for EVENTS until DEADLINE (NULL: for ever). */
static int wait_until(int handle, short events, const double *deadline)
{
	struct pollfd poll_one = { .fd = handle, .events = events };

	for (;;) {
		int result, timeout_ms = -1;

		if (deadline != NULL) {
			double left = *deadline - monotonic_seconds();

			if (left < 0)
				left = 0;
			timeout_ms = left < 86400 ? (int)(left * 1000) + (left > 0) : 86400000;
		}
		result = poll(&poll_one, 1, timeout_ms);
		if (result > 0)
			return 0;
		if (result < 0 && errno != EINTR)
			return -errno;
		if (deadline != NULL && monotonic_seconds() >= *deadline)
			return -ETIMEDOUT;
	}
}

int local_stream_send(socket_handle connection, const void *data, size_t length, double timeout)
{
	const char *next = data;
	double deadline = monotonic_seconds() + timeout;

	while (length > 0) {
		ssize_t sent = send(connection, next, length, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent >= 0) {
			next += sent;
			length -= (size_t)sent;
		} else if (errno == EAGAIN) {
			int result = wait_until(connection, POLLOUT,
						timeout < 0 ? NULL : &deadline);

			if (result < 0)
				return result;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int local_stream_receive(socket_handle connection, void *buffer, size_t size, double timeout)
{
	double deadline = monotonic_seconds() + timeout;

	for (;;) {
		ssize_t received = recv(connection, buffer, size, MSG_DONTWAIT);
		int result;

		if (received >= 0)
			return (int)received;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		result = wait_until(connection, POLLIN, timeout < 0 ? NULL : &deadline);
		if (result < 0)
			return result;
	}
}

void local_stream_close(socket_handle connection)
{
	close(connection);
}
