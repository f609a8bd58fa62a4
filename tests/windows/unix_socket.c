/* Unix sockets: ports of the loopback interface, whose numbers stand in files of the
 * sockets' names. */
#include "posix.h"

#include <errno.h>
#include <string.h>

#include "platform/windows/error.h"
#include "platform/windows/socket.h"

#undef socket
#undef bind
#undef getsockname
#undef setsockopt

/* Says that a folder is closed: chmod() to 0. */
#define LOCK "locked"

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = port,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* Else what is written waits for what was written before to be acknowledged. */
static void hurry(SOCKET handle)
{
	const BOOL on = TRUE;

	setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
}

int posix_bind_unix(int handle, const struct sockaddr_un *name)
{
	struct sockaddr_in address = loopback(0);
	int length = sizeof address;
	FILE *file;

	hurry((SOCKET)handle);
	if (bind((SOCKET)handle, (const struct sockaddr *)&address, length) != 0 ||
	    getsockname((SOCKET)handle, (struct sockaddr *)&address, &length) != 0) {
		errno = errno_of_last_socket_error();
		return -1;
	}
	file = fopen(name->sun_path, "wx");
	if (file == NULL)
		return -1;
	fwrite(&address.sin_port, sizeof address.sin_port, 1, file);
	return fclose(file);
}

static void name_lock(const char *folder, size_t length, char path[300])
{
	snprintf(path, 300, "%.*s/" LOCK, (int)length, folder);
}

static bool is_locked(const char *path)
{
	const char *end = strrchr(path, '/');
	char lock[300];

	if (end == NULL)
		return false;
	name_lock(path, (size_t)(end - path), lock);
	return access(lock, F_OK) == 0;
}

int posix_chmod(const char *folder, int mode)
{
	char lock[300];
	FILE *file;

	name_lock(folder, strlen(folder), lock);
	if (mode != 0)
		return _unlink(lock);
	file = fopen(lock, "w");
	return file == NULL ? -1 : fclose(file);
}

int posix_connect_unix(const char *path, socket_handle *connection)
{
	struct sockaddr_in address = loopback(0);
	FILE *file;
	bool read;

	if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
		return -ENAMETOOLONG;
	if (is_locked(path))
		return -EACCES;
	file = fopen(path, "r");
	if (file == NULL)
		return -ENOENT;
	read = fread(&address.sin_port, sizeof address.sin_port, 1, file) == 1;
	fclose(file);
	*connection = socket(AF_INET, SOCK_STREAM, 0);
	if (!read || connect(*connection, (const struct sockaddr *)&address, sizeof address) != 0) {
		closesocket(*connection);
		return -ECONNREFUSED;
	}
	hurry(*connection);
	return socket_make_private(*connection);
}
