/* w32tm /import: W32Time's settings, from the registry or from an exported file. */
#include <errno.h>
#include <stdlib.h>

#include "platform/files.h"
#include "platform/registry.h"
#include "w32tm/commands.h"
#include "w32tm/import.h"
#include "w32tm/settings.h"

#define REG_FILE_MAX 16777216

static int import_read_file(struct import *import, const char *file, struct error *error)
{
	size_t length;
	char *data;
	int result = file_read(file, REG_FILE_MAX, &data, &length, error);

	if (result < 0)
		return result;
	result = reg_file_read(data, length, import_value, import, error);
	free(data);
	return result;
}

static void import_on_registry_value(void *context, const struct registry_value *found)
{
	struct reg_value value = { .key = found->key, .name = found->name };
	struct import *import = context;
	char *text;
	int result = reg_value_decode(&value, found->type, found->data, found->length, &text);

	if (result == -ENOMEM)
		import->result = result;
	/* Bytes that are none of their type: the type is what is wrong then. */
	if (result == -EINVAL)
		value.type = REG_TYPE_BINARY;
	import_value(import, &value);
	free(text);
}

static int import_read_registry(struct import *import, struct error *error)
{
	static const char *const keys[] = { "SYSTEM\\CurrentControlSet\\Services\\W32Time",
					    "SOFTWARE\\Policies\\Microsoft\\W32Time" };
	int result = 0;

	for (size_t i = 0; i < sizeof keys / sizeof *keys && result == 0; i++)
		result = registry_walk(keys[i], import_on_registry_value, import, error);
	return result;
}

static void import_print_changes(const struct tool *tool, const struct config_change *changes,
				 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct config_key_info *info = config_key_info(changes[i].key);

		fprintf(tool->out, "[%s] %s", config_section_name(info->section), info->name);
		if (changes[i].value == NULL)
			fprintf(tool->out, " is as built in\n");
		else
			fprintf(tool->out, " = %s\n", changes[i].value);
	}
}

static uint32_t import_apply(const struct tool *tool, const struct import *import, bool update,
			     struct error *error)
{
	struct config_change changes[CONFIG_KEYS];
	size_t count = import_changes(import, changes);
	uint32_t result = 0;

	if (import->others > 0)
		fprintf(tool->out, "skipped %zu values that are not the time service's\n",
			import->others);
	if (count == 0) {
		error_set(error, ENOENT, "there is no setting of the time service to take");
		return RESULT_INVALID_DATA;
	}
	result = settings_change(tool, changes, count, error);
	if (result == 0)
		import_print_changes(tool, changes, count);
	if (result == 0 && update)
		result = settings_reload(tool, error);
	return result;
}

int command_import(const struct tool *tool, struct options *options)
{
	const char *file = options_claim_value(options, "import");
	bool update = options_claim(options, "update");
	struct import import = { .skipped = tool->out };
	struct error error = { .text = "" };
	uint32_t result;
	int status;

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	status = file != NULL ? import_read_file(&import, file, &error)
			      : import_read_registry(&import, &error);
	if (status == 0)
		status = import.result;
	result = status == -EINVAL ? RESULT_INVALID_DATA : error_result(-status);
	if (result == 0)
		result = import_apply(tool, &import, update, &error);
	import_free(&import);
	if (result != 0)
		return tool_fail_error(tool, result, &error);
	fprintf(tool->out, "The command completed successfully.\n");
	return EXIT_SUCCESS;
}
