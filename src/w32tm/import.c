#include "w32tm/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What follows PREFIX in TEXT and a separator behind it; NULL if TEXT is not below it. */
static const char *import_below(const char *text, const char *prefix)
{
	if (text == NULL || !text_starts_nocase(text, prefix))
		return NULL;
	text += strlen(prefix);
	if (*text == '\0')
		return text;
	return *text == '\\' ? text + 1 : NULL;
}

/* "ControlSet001" and the like; moves past it. */
static const char *import_below_control_set(const char *text)
{
	static const char set[] = "ControlSet";
	const char *current = import_below(text, "CurrentControlSet");

	if (current != NULL || text == NULL || !text_starts_nocase(text, set))
		return current;
	text += strlen(set);
	text += strspn(text, "0123456789");
	return *text == '\\' ? text + 1 : NULL;
}

/* The part of KEY below W32Time's own key or its policies'; NULL: another's. */
static const char *import_find_subkey(const char *key, bool *policy)
{
	const char *machine = import_below(key, "HKEY_LOCAL_MACHINE"), *rest;

	if (machine == NULL)
		machine = import_below(key, "HKLM");
	rest = import_below(import_below_control_set(import_below(machine, "SYSTEM")),
			    "Services\\W32Time");
	*policy = rest == NULL;
	if (rest == NULL)
		rest = import_below(machine, "SOFTWARE\\Policies\\Microsoft\\W32Time");
	return rest;
}

/* Names come from the file: nothing but text reaches the terminal. */
static void import_print_plain(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		putc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, out);
}

static void import_skip(struct import *import, const struct reg_value *value, const char *subkey,
			const char *why)
{
	fputs("skipped ", import->skipped);
	import_print_plain(import->skipped, *subkey == '\0' ? "W32Time" : subkey);
	if (value->name != NULL) {
		putc('\\', import->skipped);
		import_print_plain(import->skipped,
				   value->name[0] == '\0' ? "(Default)" : value->name);
	}
	fputs(": ", import->skipped);
	import_print_plain(import->skipped, why);
	putc('\n', import->skipped);
}

/* The value as a configuration file has it: allocated, NULL with *WHY set. */
static char *import_to_text(struct import *import, const struct config_key_info *info,
			    const struct reg_value *value, const char **why)
{
	bool number = value->type == REG_TYPE_NUMBER;
	char buffer[16], *text;

	if (number != (info->type == CONFIG_TYPE_NUMBER) || (!number && value->text == NULL)) {
		*why = info->type == CONFIG_TYPE_NUMBER ? "its type is wrong: it must be REG_DWORD"
							: "its type is wrong: it must be REG_SZ, "
							  "REG_EXPAND_SZ or REG_MULTI_SZ";
		return NULL;
	}
	snprintf(buffer, sizeof buffer, "%u", value->number);
	text = strdup(number ? buffer : value->text);
	if (text == NULL) {
		import->result = -ENOMEM;
		*why = "not enough memory";
	}
	return text;
}

static void import_take(struct import *import, int key, char *text, bool policy)
{
	free(import->keys[key].value);
	import->keys[key].value = text;
	import->keys[key].wanted = true;
	import->keys[key].policy = policy;
}

/* Whether the configuration would allow it. */
static bool import_is_allowed(const struct config_change *change, struct error *error)
{
	char *edited;

	if (config_edit("", change, 1, &edited, error) < 0)
		return false;
	free(edited);
	return true;
}

static void import_set(struct import *import, int key, const struct reg_value *value,
		       const char *subkey, bool policy)
{
	const struct config_key_info *info = config_key_info((enum config_key)key);
	struct error error = { .text = "" };
	const char *why = NULL;
	char *text;

	if (import->keys[key].policy && !policy) {
		import_skip(import, value, subkey, "a policy says otherwise");
		return;
	}
	if (value->deleted) {
		import_take(import, key, NULL, policy);
		return;
	}
	text = import_to_text(import, info, value, &why);
	if (text == NULL) {
		import_skip(import, value, subkey, why);
		return;
	}
	if (import_is_allowed(&(struct config_change){ (enum config_key)key, text }, &error)) {
		import_take(import, key, text, policy);
	} else {
		import_skip(import, value, subkey, error.text);
		free(text);
	}
}

void import_value(void *context, const struct reg_value *value)
{
	struct import *import = context;
	bool policy;
	const char *subkey = import_find_subkey(value->key, &policy);
	int section = -1, key = -1;

	if (subkey == NULL) {
		import->others++;
		return;
	}
	if (value->name == NULL) {
		import_skip(import, value, subkey,
			    "the key is deleted, which leaves nothing to take");
		return;
	}
	section = config_section_find(subkey);
	if (section == SECTION_DOMAIN || section == SECTION_W32TIMED)
		section = -1;
	if (section >= 0)
		key = config_key_find((enum config_section)section, value->name);
	if (section < 0)
		import_skip(import, value, subkey, "this key of W32Time means nothing here");
	else if (key < 0)
		import_skip(import, value, subkey, "unknown");
	else if (config_key_info((enum config_key)key)->unused)
		import_skip(import, value, subkey, "it means nothing here");
	else
		import_set(import, key, value, subkey, policy);
}

size_t import_changes(const struct import *import, struct config_change *changes)
{
	size_t count = 0;

	for (int key = 0; key < CONFIG_KEYS; key++) {
		if (import->keys[key].wanted)
			changes[count++] = (struct config_change){ (enum config_key)key,
								   import->keys[key].value };
	}
	return count;
}

void import_free(struct import *import)
{
	for (int key = 0; key < CONFIG_KEYS; key++)
		free(import->keys[key].value);
}
