#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "account/join.h"
#include "account/samba.h"

/* Where Samba has it unless it is told otherwise. */
#define SAMBA_SIGND_DIR "/var/lib/samba/ntp_signd"

static int signer_connect_to(const char *path, socket_handle *handle)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int result = 0;

	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	*handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*handle < 0)
		return -errno;
	if (connect(*handle, (const struct sockaddr *)&address, sizeof address) < 0) {
		result = -errno;
		close(*handle);
		*handle = SOCKET_HANDLE_NONE;
	}
	return result;
}

void account_find_signer(const struct config *config, struct account_signer *signer,
			 socket_handle *handle)
{
	const char *configured = config_text(config, KEY_DOMAIN_NTP_SIGND_SOCKET);
	struct account_samba samba;
	char path[1100];

	memset(signer, 0, sizeof *signer);
	signer->size = sizeof *signer;
	if (*configured != '\0') {
		signer->status = *configured == '/' ? signer_connect_to(configured, handle)
						    : -ENOENT;
		return;
	}
	account_samba_ask(&samba);
	snprintf(path, sizeof path, "%s/socket",
		 samba.signd_dir[0] == '/' ? samba.signd_dir : SAMBA_SIGND_DIR);
	signer->status = signer_connect_to(path, handle);
}
