/* What is connected to on Linux (Samba's signer) is not there on Windows. */
#include "platform/local_connect.h"

#include <errno.h>

int local_connect(const char *path, socket_handle *connection)
{
	(void)path;
	(void)connection;
	return -EAFNOSUPPORT;
}
