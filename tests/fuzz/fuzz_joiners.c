/* What joiners of a domain and others say of a machine's account; the first byte says
 * who: sssd.conf, testparm, a SID. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "account/samba.h"
#include "account/sid.h"
#include "account/sssd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IS_TEXT(array) (memchr(array, '\0', sizeof(array)) != NULL)

static void fuzz_sssd(const char *text, size_t length)
{
	struct account_sssd sssd = { .found = false };

	account_sssd_parse(&sssd, text, length);
	if (!IS_TEXT(sssd.realm) || !IS_TEXT(sssd.host) || !IS_TEXT(sssd.account) ||
	    !IS_TEXT(sssd.keytab) || (!sssd.found && sssd.realm[0] != '\0'))
		abort();
}

static void fuzz_samba(char *text)
{
	struct account_samba samba = { .controller = false };
	char *line;

	while ((line = strsep(&text, "\n")) != NULL)
		account_samba_line(&samba, line);
	if (!IS_TEXT(samba.realm) || !IS_TEXT(samba.workgroup) || !IS_TEXT(samba.netbios_name) ||
	    !IS_TEXT(samba.private_dir) || !IS_TEXT(samba.keytab) || !IS_TEXT(samba.signd_dir))
		abort();
}

static void fuzz_sid(const uint8_t *data, size_t size)
{
	uint32_t rid = 0;

	if (sid_account_rid(data, size, &rid) == 0 && (size != 28 || rid == 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size < 1)
		return 0;
	text = malloc(size);
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0]) {
	case 's':
		fuzz_sssd(text, size - 1);
		break;
	case 't':
		fuzz_samba(text);
		break;
	case 'i':
		fuzz_sid(data + 1, size - 1);
		break;
	default:
		break;
	}
	free(text);
	return 0;
}
