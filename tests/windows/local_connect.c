/* In place of the platform's, which says that Windows has no such sockets: for tests
 * of what asks another program. */
#include "posix.h"

#include "platform/local_connect.h"

int local_connect(const char *path, socket_handle *connection)
{
	return posix_connect_unix(path, connection);
}
