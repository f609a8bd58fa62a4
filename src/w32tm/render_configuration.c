/* /query /configuration. */
#include "w32tm/render.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "w32tm/json.h"

static const char *const clock_names[] = {
	"EventLogFlags",         "AnnounceFlags",         "TimeJumpAuditOffset",
	"MinPollInterval",       "MaxPollInterval",       "MaxNegPhaseCorrection",
	"MaxPosPhaseCorrection", "MaxAllowedPhaseOffset", NULL,
};

static const char *const rate_names[] = {
	"FrequencyCorrectRate", "PollAdjustFactor",     "LargePhaseOffset",
	"SpikeWatchPeriod",     "LocalClockDispersion", "HoldPeriod",
	"PhaseCorrectRate",     "UpdateInterval",       NULL,
};

static const char *const file_log_names[] = {
	"FileLogName", "FileLogEntries", "FileLogSize", "FileLogFlags", NULL,
};

static const char *const provider_names[] = { "DllName", "Enabled", "InputProvider", NULL };

static const char *const client_names[] = {
	"AllowNonstandardModeCombinations",
	"ResolvePeerBackoffMinutes",
	"ResolvePeerBackoffMaxTimes",
	"CompatibilityFlags",
	"EventLogFlags",
	"LargeSampleSkew",
	"SpecialPollInterval",
	NULL,
};

struct configuration {
	FILE *out;
	const struct control_get_configuration_reply *reply;
	bool verbose;
};

/* NULL if the daemon did not send it. */
static const struct control_setting *find(const struct configuration *configuration,
					  const char *section, const char *name)
{
	for (size_t i = 0; i < configuration->reply->settings_count; i++) {
		const struct control_setting *setting = &configuration->reply->settings[i];

		if (text_equal_nocase(setting->section, section) &&
		    text_equal_nocase(setting->name, name))
			return setting;
	}
	return NULL;
}

/* What no file sets stands in W32Time's registry, and so is local. */
static const char *origin_of(const struct control_setting *setting)
{
	return setting != NULL && strcmp(setting->origin, "policy") == 0 ? "Policy" : "Local";
}

static bool is_set(const struct control_setting *setting)
{
	return setting != NULL && strcmp(setting->origin, "default") != 0;
}

static bool is_defined(const struct control_setting *setting)
{
	return setting != NULL && setting->defined;
}

static const char *text_of(const struct control_setting *setting)
{
	return setting == NULL || setting->text == NULL ? "" : setting->text;
}

static bool is_number(const struct control_setting *setting)
{
	return strcmp(setting->type, "dword") == 0;
}

static void print_setting(const struct configuration *configuration, const char *name,
			  const struct control_setting *setting)
{
	fprintf(configuration->out, "%s: ", name);
	if (is_number(setting))
		fprintf(configuration->out, "%" PRId64, setting->number);
	else
		json_print_text(configuration->out, text_of(setting));
	fprintf(configuration->out, " (%s)\n", origin_of(setting));
}

/* One line if the setting is IN_USE; without that, only in a verbose listing
 * and without its value. */
static void print_line(const struct configuration *configuration, const char *section,
		       const char *name, bool in_use)
{
	const struct control_setting *setting = find(configuration, section, name);

	if (setting != NULL && in_use)
		print_setting(configuration, name, setting);
	else if (setting != NULL && configuration->verbose)
		fprintf(configuration->out, "%s: %s (Undefined or NotUsed)\n", name,
			is_number(setting) ? "0" : "");
}

static void print_defined(const struct configuration *configuration, const char *section,
			  const char *const *names)
{
	for (; *names != NULL; names++)
		print_line(configuration, section, *names,
			   is_defined(find(configuration, section, *names)));
}

static void print_provider_head(const struct configuration *configuration, const char *provider)
{
	fprintf(configuration->out, "%s (%s)\n", provider,
		origin_of(find(configuration, provider, "Enabled")));
	print_defined(configuration, provider, provider_names);
}

static void print_client(const struct configuration *configuration)
{
	const char *type = text_of(find(configuration, "Parameters", "Type"));
	bool all = text_equal_nocase(type, "AllSync");

	print_provider_head(configuration, "NtpClient");
	print_line(configuration, "NtpClient", "CrossSiteSyncFlags",
		   all || text_equal_nocase(type, "NT5DS"));
	print_defined(configuration, "NtpClient", client_names);
	print_line(configuration, "Parameters", "Type", true);
	print_line(configuration, "Parameters", "NtpServer", all || text_equal_nocase(type, "NTP"));
	putc('\n', configuration->out);
}

static void print_server(const struct configuration *configuration)
{
	const struct control_setting *setting = find(configuration, "NtpServer", "Enabled");
	bool enabled = setting != NULL && setting->number != 0;

	print_provider_head(configuration, "NtpServer");
	print_line(configuration, "NtpServer", "AllowNonstandardModeCombinations", enabled);
	print_line(configuration, "NtpServer", "EventLogFlags",
		   enabled && is_set(find(configuration, "NtpServer", "EventLogFlags")));
	putc('\n', configuration->out);
}

void render_configuration(FILE *out, const struct control_get_configuration_reply *reply,
			  bool verbose)
{
	struct configuration configuration = {
		.out = out,
		.reply = reply,
		.verbose = verbose,
	};

	fputs("[Configuration]\n\n", out);
	print_defined(&configuration, "Config", clock_names);
	putc('\n', out);
	print_defined(&configuration, "Config", rate_names);
	putc('\n', out);
	print_defined(&configuration, "Config", file_log_names);
	fputs("\n[TimeProviders]\n\n", out);
	print_client(&configuration);
	print_server(&configuration);
}
