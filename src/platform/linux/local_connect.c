#include "platform/local_connect.h"

#include <errno.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

int local_connect(const char *path, socket_handle *connection)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int handle, result;

	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (handle < 0)
		return -errno;
	do
		result = connect(handle, (const struct sockaddr *)&address, sizeof address);
	while (result < 0 && errno == EINTR);
	if (result < 0) {
		result = -errno;
		close(handle);
		return result;
	}
	*connection = handle;
	return 0;
}
