#include "config.h"

#include "platform/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define TYPE (SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK)

int messages_connect(const char *path, socket_handle *channel, struct error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int handle;

	if (strlen(path) >= sizeof address.sun_path)
		return error_set(error, ENAMETOOLONG, "the socket's path %s is too long", path);
	strcpy(address.sun_path, path);
	handle = socket(AF_UNIX, TYPE, 0);
	if (handle < 0)
		return error_set_system(error, errno, "cannot open a socket");
	if (connect(handle, (const struct sockaddr *)&address, sizeof address) < 0) {
		int code = errno;

		close(handle);
		return error_set_system(error, code, "cannot connect to %s", path);
	}
	*channel = handle;
	return 0;
}

static int set_actions(posix_spawn_file_actions_t *actions, int end, int place)
{
	int result = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDWR,
						      0);

	if (result == 0)
		result = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDOUT_FILENO);
	if (result == 0)
		result = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDERR_FILENO);
	/* Onto itself too: it then stays open. */
	if (result == 0)
		result = posix_spawn_file_actions_adddup2(actions, end, place);
	return result;
}

static int set_signals(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int result;

	sigemptyset(&none);
	sigfillset(&all);
	result = posix_spawnattr_setsigmask(attributes, &none);
	if (result == 0)
		result = posix_spawnattr_setsigdefault(attributes, &all);
	/* A terminal's ^C is for us to hear. */
	if (result == 0)
		result = posix_spawnattr_setpgroup(attributes, 0);
	if (result == 0)
		result = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
								      POSIX_SPAWN_SETSIGDEF |
								      POSIX_SPAWN_SETPGROUP);
	return result;
}

static int spawn(char *const *arguments, int end, int place, pid_t *process)
{
	char *const nothing[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int result = posix_spawn_file_actions_init(&actions);

	if (result != 0)
		return -result;
	result = posix_spawnattr_init(&attributes);
	if (result == 0) {
		result = set_actions(&actions, end, place);
		if (result == 0)
			result = set_signals(&attributes);
		if (result == 0)
			result = posix_spawn(process, arguments[0], &actions, &attributes,
					     arguments, nothing);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return -result;
}

int messages_start(char *const *arguments, int place, socket_handle *channel, int64_t *process,
		   struct error *error)
{
	int ends[2], result;
	pid_t child;

	/* What posix_spawn(3) does not tell everywhere. */
	if (access(arguments[0], X_OK) < 0)
		return error_set_system(error, errno, "cannot start %s", arguments[0]);
	if (socketpair(AF_UNIX, TYPE, 0, ends) < 0)
		return error_set_system(error, errno, "cannot open a socket");
	result = spawn(arguments, ends[1], place, &child);
	close(ends[1]);
	if (result < 0) {
		close(ends[0]);
		return error_set_system(error, -result, "cannot start %s", arguments[0]);
	}
	*channel = ends[0];
	*process = child;
	return 0;
}

void messages_process_ended(int64_t process)
{
	int status;

	waitpid((pid_t)process, &status, WNOHANG);
}

int messages_send(socket_handle channel, const void *data, size_t length, socket_handle handle)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = "" };
	/* sendmsg(2) leaves it alone. */
	struct iovec part = { .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	memcpy(&part.iov_base, &data, sizeof data);
	if (handle != SOCKET_HANDLE_NONE) {
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &handle, sizeof handle);
	}
	do
		sent = sendmsg(channel, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* The handles in MESSAGE: the first is given out, what else may be there closed. */
static int take_handle(struct msghdr *message)
{
	int first = SOCKET_HANDLE_NONE;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		size_t count;

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int handle;

			memcpy(&handle, CMSG_DATA(header) + i * sizeof handle, sizeof handle);
			if (first == SOCKET_HANDLE_NONE)
				first = handle;
			else
				close(handle);
		}
	}
	return first;
}

int messages_receive(socket_handle channel, void *data, size_t size, socket_handle *handle)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec part = { .iov_base = data, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	ssize_t length;
	int came;

	do
		length = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	came = take_handle(&message);
	if (came != SOCKET_HANDLE_NONE &&
	    (handle == NULL || (message.msg_flags & MSG_TRUNC) != 0)) {
		close(came);
		came = SOCKET_HANDLE_NONE;
	}
	if (handle != NULL)
		*handle = came;
	return (message.msg_flags & MSG_TRUNC) != 0 ? -EMSGSIZE : (int)length;
}
