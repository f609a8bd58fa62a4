#include <config.h>

#include "domain/account_memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/lines.h"
#include "platform/files.h"

#define FILE_NAME "account"
#define FILE_MAX  4096
#define FILE_MODE 0640

static bool account_memory_is(struct config_span span, const char *text)
{
	return span.length == strlen(text) && text_starts_nocase(span.start, text);
}

uint32_t account_memory_parse(const char *text, size_t length, const struct account_facts *facts)
{
	bool account = false, domain = false;
	struct config_lines lines;
	struct config_line line;
	uint32_t rid = 0;
	char number[16];

	config_lines_init(&lines, text, length);
	while (config_lines_next(&lines, &line)) {
		if (line.kind != CONFIG_LINE_SETTING)
			continue;
		if (account_memory_is(line.name, "account"))
			account = account_memory_is(line.value, facts->account);
		else if (account_memory_is(line.name, "domain"))
			domain = account_memory_is(line.value, facts->domain);
		else if (account_memory_is(line.name, "rid") && line.value.length < sizeof number) {
			snprintf(number, sizeof number, "%.*s", (int)line.value.length,
				 line.value.start);
			if (text_parse_u32(number, &rid) < 0)
				rid = 0;
		}
	}
	return account && domain ? rid : 0;
}

static int account_memory_make_path(const char *directory, char *path, size_t size)
{
	return snprintf(path, size, "%s/" FILE_NAME, directory) < (int)size ? 0 : -ENAMETOOLONG;
}

uint32_t account_memory_load(const char *directory, const struct account_facts *facts)
{
	char path[4096], *text;
	size_t length;
	uint32_t rid;

	if (account_memory_make_path(directory, path, sizeof path) < 0 ||
	    file_read(path, FILE_MAX, &text, &length, NULL) < 0)
		return 0;
	rid = account_memory_parse(text, length, facts);
	free(text);
	return rid;
}

int account_memory_save(const char *directory, const struct account_facts *facts,
			struct error *error)
{
	char path[4096], text[600];
	int length = snprintf(text, sizeof text,
			      "# The RID of this machine's account, as its domain gave it.\n"
			      "account = %s\ndomain = %s\nrid = %u\n",
			      facts->account, facts->domain, facts->rid);

	if (length >= (int)sizeof text ||
	    account_memory_make_path(directory, path, sizeof path) < 0)
		return error_set(error, ENAMETOOLONG, "a name is too long");
	return file_replace(path, text, (size_t)length, FILE_MODE, error);
}
