#include <config.h>

#include "account/samba.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "platform/process.h"

/* Its own exit status; what is larger comes from a signal or a shell. */
#define TESTPARM_FAILED 1

static const struct {
	const char *name;
	size_t offset, size;
} texts[] = {
#define TEXT(name, member)                                                                         \
	{                                                                                          \
		name, offsetof(struct account_samba, member),                                      \
			sizeof((struct account_samba *)0)->member                                  \
	}
	TEXT("realm", realm),
	TEXT("workgroup", workgroup),
	TEXT("netbios name", netbios_name),
	TEXT("private dir", private_dir),
	TEXT("dedicated keytab file", keytab),
	TEXT("ntp signd socket directory", signd_dir),
#undef TEXT
};

static void samba_take_value(struct account_samba *samba, const char *name, const char *value)
{
	if (text_equal_nocase(name, "server role"))
		samba->controller = text_equal_nocase(value, "active directory domain controller");
	else if (text_equal_nocase(name, "security"))
		samba->member = text_equal_nocase(value, "ads");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		/* What does not fit is no name, and cut it would be another path. */
		if (text_equal_nocase(name, texts[i].name) && strlen(value) < texts[i].size)
			strcpy((char *)samba + texts[i].offset, value);
	}
}

void account_samba_line(struct account_samba *samba, const char *line)
{
	const char *sign = strchr(line, '='), *value;
	char name[64];
	size_t length;

	line += strspn(line, " \t");
	if (sign == NULL || sign <= line)
		return;
	length = (size_t)(sign - line);
	while (length > 0 && strchr(" \t", line[length - 1]) != NULL)
		length--;
	if (length == 0 || length >= sizeof name)
		return;
	snprintf(name, sizeof name, "%.*s", (int)length, line);
	value = sign + 1;
	samba_take_value(samba, name, value + strspn(value, " \t"));
}

static void samba_on_line(void *context, const char *line)
{
	account_samba_line(context, line);
}

void account_samba_ask(struct account_samba *samba)
{
	char program[] = "testparm", silent[] = "-s", all[] = "-v";
	char section[] = "--section-name=global";
	int status;
	char *const arguments[] = { program, silent, all, section, NULL };

	*samba = (struct account_samba){ .controller = false };
	/* It finds fault with much that makes no difference here, and prints all
	 * the same; but what stops half-way says nothing. */
	status = process_run(arguments, samba_on_line, samba, NULL);
	if (status < 0 || status > TESTPARM_FAILED)
		*samba = (struct account_samba){ .controller = false };
}
