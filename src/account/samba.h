/* What Samba's configuration says of the domain. */
#ifndef W32TIMED_ACCOUNT_SAMBA_H
#define W32TIMED_ACCOUNT_SAMBA_H

#include <stdbool.h>

struct account_samba {
	bool controller; /* "server role" is active directory domain controller */
	bool member;     /* "security" is ads */
	char realm[256];
	char workgroup[64];
	char netbios_name[64];
	char private_dir[1024];
	char keytab[1024]; /* "dedicated keytab file" */
	char signd_dir[1024];
};

/* Asks testparm, which knows includes, defaults and the registry.  Without it
 * everything is empty. */
void account_samba_ask(struct account_samba *samba);

/* A line of what it prints: "\tserver role = member server". */
void account_samba_line(struct account_samba *samba, const char *line);

#endif
