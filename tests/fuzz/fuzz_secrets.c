/* Samba's secrets.tdb, damaged at will, and a password on its own: a key comes
 * out, or an error. */
#include <config.h>

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "account/secrets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(const char *path, const char *workgroup)
{
	struct account_key_choice choice;
	int result = account_secrets_read(path, workgroup, &choice, NULL);

	if (result < 0 ? choice.count != 0 : choice.count < 1 || choice.count > 2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int file = memfd_create("secrets.tdb", MFD_CLOEXEC);
	char path[40];

	if (sodium_init() < 0 || file < 0 || write(file, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	read_as(path, "CORP");
	read_as(path, "");
	close(file);
	return 0;
}
