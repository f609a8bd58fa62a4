/* w32tm /config: change the configuration file, have the service read it. */
#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "w32tm/commands.h"
#include "w32tm/remote.h"
#include "w32tm/settings.h"

#define CHANGES_MAX 5

struct edits {
	struct config_change changes[CHANGES_MAX];
	char numbers[CHANGES_MAX][16];
	size_t count;
	bool bad;
};

static void command_config_change_text(struct edits *edits, enum config_key key, const char *value)
{
	edits->changes[edits->count++] = (struct config_change){ key, value };
}

static void command_config_change_number(struct edits *edits, enum config_key key, uint32_t value)
{
	char *number = edits->numbers[edits->count];

	snprintf(number, sizeof edits->numbers[0], "%u", value);
	command_config_change_text(edits, key, number);
}

static const char *command_config_type_of(const char *flags)
{
	static const struct {
		const char *flags, *type;
	} types[] = {
		{ "NO", "NoSync" },
		{ "MANUAL", "NTP" },
		{ "DOMHIER", "NT5DS" },
		{ "ALL", "AllSync" },
		{ "MANUAL,DOMHIER", "AllSync" },
		{ "DOMHIER,MANUAL", "AllSync" },
	};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (text_equal_nocase(flags, types[i].flags))
			return types[i].type;
	}
	return NULL;
}

static void command_config_claim_sources(struct edits *edits, struct options *options)
{
	const char *peers = options_claim_value(options, "manualpeerlist");
	const char *flags = options_claim_value(options, "syncfromflags");

	if (peers != NULL)
		command_config_change_text(edits, KEY_PARAMETERS_NTP_SERVER, peers);
	if (flags == NULL)
		return;
	if (command_config_type_of(flags) == NULL)
		edits->bad = true;
	else
		command_config_change_text(edits, KEY_PARAMETERS_TYPE,
					   command_config_type_of(flags));
}

static void command_config_claim_reliable(struct edits *edits, struct options *options)
{
	enum { RELIABLE = 5, AUTOMATIC = 10 };
	const char *reliable = options_claim_value(options, "reliable");

	if (reliable == NULL)
		return;
	if (text_equal_nocase(reliable, "YES"))
		command_config_change_number(edits, KEY_CONFIG_ANNOUNCE_FLAGS, RELIABLE);
	else if (text_equal_nocase(reliable, "NO"))
		command_config_change_number(edits, KEY_CONFIG_ANNOUNCE_FLAGS, AUTOMATIC);
	else
		edits->bad = true;
}

static void command_config_claim_numbers(struct edits *edits, struct options *options)
{
	enum { PER_MILLISECOND = 10000 }; /* units of 100 ns */
	uint32_t number;
	int given = options_claim_number(options, "localclockdispersion", 0, UINT32_MAX, &number);

	edits->bad = edits->bad || given < 0;
	if (given > 0)
		command_config_change_number(edits, KEY_CONFIG_LOCAL_CLOCK_DISPERSION, number);
	given = options_claim_number(options, "largephaseoffset", 0, UINT32_MAX / PER_MILLISECOND,
				     &number);
	edits->bad = edits->bad || given < 0;
	if (given > 0)
		command_config_change_number(edits, KEY_CONFIG_LARGE_PHASE_OFFSET,
					     number * PER_MILLISECOND);
}

int command_config(const struct tool *tool, struct options *options)
{
	const char *computer = options_claim_value(options, "computer");
	bool update = options_claim(options, "update");
	struct edits edits = { .count = 0 };
	struct error error = { .text = "" };
	uint32_t result = 0;

	command_config_claim_sources(&edits, options);
	command_config_claim_reliable(&edits, options);
	command_config_claim_numbers(&edits, options);
	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (edits.bad || (edits.count == 0 && !update))
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	if (remote_wanted(computer))
		return remote_run(tool, computer, "/config", options);
	if (edits.count > 0)
		result = settings_change(tool, edits.changes, edits.count, &error);
	if (result == 0 && update)
		result = settings_reload(tool, &error);
	if (result != 0)
		return tool_fail_error(tool, result, &error);
	fprintf(tool->out, "The command completed successfully.\n");
	return EXIT_SUCCESS;
}
