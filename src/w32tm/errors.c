#include "w32tm/errors.h"

#include <errno.h>
#include <stddef.h>

struct message {
	uint32_t code; /* Win32 */
	const char *text;
};

static const struct message messages[] = {
	{ 0, "The operation completed successfully." },
	{ 2, "The system cannot find the file specified." },
	{ 3, "The system cannot find the path specified." },
	{ 4, "The system cannot open the file." },
	{ 5, "Access is denied." },
	{ 8, "Not enough memory resources are available to process this command." },
	{ 13, "The data is invalid." },
	{ 19, "The media is write protected." },
	{ 31, "A device attached to the system is not functioning." },
	{ 50, "The request is not supported." },
	{ 87, "The parameter is incorrect." },
	{ 112, "There is not enough space on the disk." },
	{ 183, "Cannot create a file when that file already exists." },
	{ 1056, "An instance of the service is already running." },
	{ 1058, "The service cannot be started, either because it is disabled or because it has no "
		"enabled devices associated with it." },
	{ 1060, "The specified service does not exist as an installed service." },
	{ 1062, "The service has not been started." },
	{ 1066, "The service has returned a service-specific error code." },
	{ 1072, "The specified service has been marked for deletion." },
	{ 1355, "The specified domain either does not exist or could not be contacted." },
	{ 1460, "This operation returned because the timeout period expired." },
	{ 1722, "The RPC server is unavailable." },
	{ 1761, "The entry is not found." },
	{ 10048,
	  "Only one usage of each socket address (protocol/network address/port) is normally "
	  "permitted." },
	{ 10049, "The requested address is not valid in its context." },
	{ 10050, "A socket operation encountered a dead network." },
	{ 10051, "A socket operation was attempted to an unreachable network." },
	{ 10054, "An existing connection was forcibly closed by the remote host." },
	{ 10065, "A socket operation was attempted to an unreachable host." },
	{ 11001, "No such host is known." },
};

struct translation {
	int error; /* errno */
	uint32_t code;
};

static const struct translation translations[] = {
	{ EPERM, 5 },          { EACCES, 5 },           { ENOENT, 2 },
	{ ENOTDIR, 3 },        { EISDIR, 4 },           { ENOMEM, 8 },
	{ EBADMSG, 13 },       { EROFS, 19 },           { ENOSYS, 50 },
	{ EOPNOTSUPP, 50 },    { EAFNOSUPPORT, 50 },    { EINVAL, 87 },
	{ ERANGE, 87 },        { ENOSPC, 112 },         { EEXIST, 183 },
	{ ETIMEDOUT, 1460 },   { EADDRINUSE, 10048 },   { EADDRNOTAVAIL, 10049 },
	{ ENETDOWN, 10050 },   { ENETUNREACH, 10051 },  { ECONNREFUSED, 10054 },
	{ ECONNRESET, 10054 }, { EHOSTUNREACH, 10065 },
};

uint32_t error_result(int code)
{
	if (code == 0)
		return 0;
	for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++) {
		if (translations[i].error == code)
			return RESULT_FROM_WIN32(translations[i].code);
	}
	return RESULT_GENERAL_FAILURE;
}

const char *error_message(uint32_t result)
{
	uint32_t code = result == 0 ? 0 : result ^ RESULT_FROM_WIN32(0);

	for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
		if (messages[i].code == code)
			return messages[i].text;
	}
	return "Unspecified error.";
}
