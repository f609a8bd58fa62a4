/* The daemon's answers as whole blocks of text. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "unit.h"
#include "w32tm/render.h"

/* An errno as digits: systems count differently. */
#define DIGITS(number) #number
#define NUMBER(macro)  DIGITS(macro)

static char *text;

typedef void render_function(FILE *out, json_t *reply, bool verbose);

/* Apostrophes for quotation marks. */
static json_t *parse(const char *written)
{
	char *json = strdup(written);
	json_t *value;

	for (char *c = json; *c != '\0'; c++) {
		if (*c == '\'')
			*c = '"';
	}
	value = json_loads(json, 0, NULL);
	ck_assert_ptr_nonnull(value);
	free(json);
	return value;
}

static const char *rendered(render_function *render, const char *reply, bool verbose)
{
	json_t *value = parse(reply);
	size_t length;
	FILE *out;

	free(text);
	out = open_memstream(&text, &length);
	render(out, value, verbose);
	fclose(out);
	json_decref(value);
	return text;
}

/* What a test does not say. */
static void complete(json_t *object, const char *rest)
{
	json_t *others = parse(rest);

	ck_assert_int_eq(json_object_update_missing(object, others), 0);
	json_decref(others);
}

static void status(FILE *out, json_t *json, bool verbose)
{
	struct control_get_status_reply reply;

	complete(json_object_get(json, "status"),
		 "{'clock_rate':0.0,'state':0,'time_source_flags':0,'server_role':0,"
		 "'last_sync_error':0,'since_last_good_sync':0.0,'synchronized':false,"
		 "'current_time':0,'domain_problem':''}");
	ck_assert_int_eq(control_get_status_reply_decode(json, &reply, NULL), 0);
	render_status(out, &reply.status, verbose);
}

static void peers(FILE *out, json_t *json, bool verbose)
{
	struct control_get_peers_reply reply;
	json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(json, "peers"), i, peer)
	{
		complete(peer, "{'flags':0,'time_remaining':0,'mode':0,'stratum':0,'leap':0,"
			       "'peer_poll':0,'host_poll':0,'precision':0,'reference_id':0,"
			       "'last_sync_time':0,'last_error':0,'last_drop':0,"
			       "'authentication':'','authentication_id':0,'resolve_attempts':0,"
			       "'valid_data_counter':0,'reachability':0,'selection':'',"
			       "'counters':{}}");
	}
	ck_assert_int_eq(control_get_peers_reply_decode(json, &reply, NULL), 0);
	render_peers(out, &reply, verbose);
	control_get_peers_reply_free(&reply);
}

static void set_up(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
}

static void tear_down(void)
{
	free(text);
	text = NULL;
}

static void source(FILE *out, json_t *json, bool verbose)
{
	struct control_get_source_reply reply;

	(void)verbose;
	ck_assert_int_eq(control_get_source_reply_decode(json, &reply, NULL), 0);
	render_source(out, reply.source);
}

START_TEST(source_of_a_peer_ends_in_a_blank)
{
	ck_assert_str_eq(rendered(source, "{'source':'time.windows.com,0x9'}", false),
			 "time.windows.com,0x9 \n");
	ck_assert_str_eq(rendered(source, "{'source':'Local CMOS Clock'}", false),
			 "Local CMOS Clock\n");
	ck_assert_str_eq(rendered(source, "{'source':'Free-running System Clock'}", false),
			 "Free-running System Clock\n");
	ck_assert_str_eq(rendered(source, "{'source':'a\\u001b[2J\\u009bb\\u00e9'}", false),
			 "a?[2J?b\u00e9 \n");
}
END_TEST

START_TEST(status_synchronized)
{
	ck_assert_str_eq(
		rendered(status,
			 "{'status':{'leap':0,'stratum':4,'precision':-23,'root_delay':0.03125,"
			 "'root_dispersion':7.7902343,'reference_id':342178057,"
			 "'last_sync_time':1684871499000000000,'source':'time.windows.com,0x9',"
			 "'poll':10}}",
			 false),
		"Leap Indicator: 0(no warning)\n"
		"Stratum: 4 (secondary reference - syncd by (S)NTP)\n"
		"Precision: -23 (119.209ns per tick)\n"
		"Root Delay: 0.0312500s\n"
		"Root Dispersion: 7.7902343s\n"
		"ReferenceId: 0x14653909 (source IP:  20.101.57.9)\n"
		"Last Successful Sync Time: 5/23/2023 7:51:39 PM\n"
		"Source: time.windows.com,0x9 \n"
		"Poll Interval: 10 (1024s)\n"
		"\n");
}
END_TEST

START_TEST(status_unsynchronized)
{
	ck_assert_str_eq(rendered(status,
				  "{'status':{'leap':3,'stratum':0,'precision':-6,'root_delay':0,"
				  "'root_dispersion':0.0,'reference_id':0,'last_sync_time':0,"
				  "'source':'Local CMOS Clock','poll':6}}",
				  false),
			 "Leap Indicator: 3(not synchronized)\n"
			 "Stratum: 0 (unspecified)\n"
			 "Precision: -6 (15.625ms per tick)\n"
			 "Root Delay: 0.0000000s\n"
			 "Root Dispersion: 0.0000000s\n"
			 "ReferenceId: 0x00000000 (unspecified)\n"
			 "Last Successful Sync Time: unspecified\n"
			 "Source: Local CMOS Clock\n"
			 "Poll Interval: 6 (64s)\n"
			 "\n");
}
END_TEST

START_TEST(status_of_a_reliable_clock)
{
	ck_assert_str_eq(
		rendered(
			status,
			"{'status':{'leap':0,'stratum':1,'precision':-6,'root_delay':0.0,"
			"'root_dispersion':10,'reference_id':1280262988,"
			"'last_sync_time':1775415504999999999,'source':'Local CMOS Clock','poll':6,"
			"'phase_offset':0.0,'clock_rate':0.015625,'state':0,'time_source_flags':0,"
			"'server_role':576,'last_sync_error':1,'since_last_good_sync':15.7344985}}",
			true),
		"Leap Indicator: 0(no warning)\n"
		"Stratum: 1 (primary reference - syncd by radio clock)\n"
		"Precision: -6 (15.625ms per tick)\n"
		"Root Delay: 0.0000000s\n"
		"Root Dispersion: 10.0000000s\n"
		"ReferenceId: 0x4C4F434C (source name:  \"LOCL\")\n"
		"Last Successful Sync Time: 4/5/2026 6:58:24 PM\n"
		"Source: Local CMOS Clock\n"
		"Poll Interval: 6 (64s)\n"
		"\n"
		"Phase Offset: 0.0000000s\n"
		"ClockRate: 0.0156250s\n"
		"State Machine: 0 (Unset)\n"
		"Time Source Flags: 0 (None)\n"
		"Server Role: 576 (Reliable Time Service)\n"
		"Last Sync Error: 1 (The computer did not resync because no time data was "
		"available.)\n"
		"Time since Last Good Sync Time: 15.7344985s\n"
		"\n");
}
END_TEST

START_TEST(peers_active_and_pending)
{
	ck_assert_str_eq(
		rendered(peers,
			 "{'peers':[{'name':'time.windows.com,0x9','active':true,"
			 "'time_remaining':29.4847157,'mode':3,'stratum':3,'peer_poll':10,"
			 "'host_poll':10},{'name':'pool.ntp.org,0xa','active':false,"
			 "'time_remaining':0.0,'mode':0,'stratum':0,'peer_poll':0,'host_poll':0}]}",
			 false),
		"#Peers: 2\n"
		"\n"
		"Peer: time.windows.com,0x9\n"
		"State: Active\n"
		"Time Remaining: 29.4847157s\n"
		"Mode: 3 (Client)\n"
		"Stratum: 3 (secondary reference - syncd by (S)NTP)\n"
		"PeerPoll Interval: 10 (1024s)\n"
		"HostPoll Interval: 10 (1024s)\n"
		"\n"
		"Peer: pool.ntp.org,0xa\n"
		"State: Pending\n"
		"Time Remaining: 0.0000000s\n"
		"Mode: 0 (reserved)\n"
		"Stratum: 0 (unspecified)\n"
		"PeerPoll Interval: 0 (unspecified)\n"
		"HostPoll Interval: 0 (unspecified)\n");
	ck_assert_str_eq(rendered(peers, "{'peers':[]}", true), "#Peers: 0\n");
}
END_TEST

START_TEST(a_name_that_is_not_found)
{
	const char *shown = rendered(
		peers, "{'peers':[{'name':'a','active':false,'last_error':2}]}", true);

	ck_assert_ptr_nonnull(
		strstr(shown, "LastSyncError: 0x80072AF9 (No such host is known. )\n"));
}
END_TEST

START_TEST(peers_verbose)
{
	ck_assert_str_eq(
		rendered(peers,
			 "{'peers':[{'name':'a','active':true,'time_remaining':1.5,'mode':3,"
			 "'stratum':2,'peer_poll':6,'host_poll':6,"
			 "'last_sync_time':1757894755000000000,'last_error':0,'last_drop':0,"
			 "'authentication':'NoAuth ','authentication_id':90,'resolve_attempts':0,"
			 "'valid_data_counter':8,'reachability':255},"
			 "{'name':'b','active':true,'time_remaining':1.5,'mode':3,'stratum':0,"
			 "'peer_poll':0,'host_poll':5,'last_sync_time':0,'last_error':" NUMBER(
				 ETIMEDOUT) ","
					    "'last_drop':92,'authentication':'NoAuth','"
					    "authentication_id':90,"
					    "'resolve_attempts':0,'valid_data_counter':0,'"
					    "reachability':0}]}",
			 true),
		"#Peers: 2\n"
		"\n"
		"Peer: a\n"
		"State: Active\n"
		"Time Remaining: 1.5000000s\n"
		"Mode: 3 (Client)\n"
		"Stratum: 2 (secondary reference - syncd by (S)NTP)\n"
		"PeerPoll Interval: 6 (64s)\n"
		"HostPoll Interval: 6 (64s)\n"
		"Last Successful Sync Time: 9/15/2025 12:05:55 AM\n"
		"LastSyncError: 0x00000000 (Succeeded)\n"
		"LastSyncErrorMsgId: 0x00000000 (Succeeded)\n"
		"AuthTypeMsgId: 0x0000005A (NoAuth )\n"
		"Resolve Attempts: 0\n"
		"ValidDataCounter: 8\n"
		"Reachability: 255\n"
		"\n"
		"Peer: b\n"
		"State: Active\n"
		"Time Remaining: 1.5000000s\n"
		"Mode: 3 (Client)\n"
		"Stratum: 0 (unspecified)\n"
		"PeerPoll Interval: 0 (unspecified)\n"
		"HostPoll Interval: 5 (32s)\n"
		"Last Successful Sync Time: (null)\n"
		"LastSyncError: 0x800705B4 (This operation returned because the timeout period "
		"expired. )\n"
		"LastSyncErrorMsgId: 0x0000005C (The peer is unreachable. )\n"
		"AuthTypeMsgId: 0x0000005A (NoAuth )\n"
		"Resolve Attempts: 0\n"
		"ValidDataCounter: 0\n"
		"Reachability: 0\n");
}
END_TEST

/* A domain's controller, asked for signed time, and answered by somebody else. */
START_TEST(peers_verbose_of_a_domain)
{
	const char *shown = rendered(
		peers,
		"{'peers':[{'name':'dc1.corp.example','active':true,'mode':3,'last_error':" NUMBER(
			EBADMSG) ","
				 "'last_drop':98,'authentication':'NtDigest "
				 "','authentication_id':91}]}",
		true);

	ck_assert_ptr_nonnull(strstr(shown, "\nPeer: dc1.corp.example\nState: Active\n"));
	ck_assert_ptr_nonnull(strstr(shown, "\nLastSyncError: 0x8007000D (The data is invalid. )\n"
					    "LastSyncErrorMsgId: 0x00000062 (Packet not "
					    "authenticated. )\n"
					    "AuthTypeMsgId: 0x0000005B (NtDigest )\n"));
}
END_TEST

struct setting {
	const char *section, *name;
	int64_t number;
	const char *text; /* NULL: a number */
	const char *origin;
	int defined;
};

#define DLL "C:\\Windows\\system32\\w32time.dll"

/* A stand-alone machine's, as the daemon sends them. */
static const struct setting standalone[] = {
	{ "Config", "EventLogFlags", 2, NULL, "default", 1 },
	{ "Config", "AnnounceFlags", 10, NULL, "default", 1 },
	{ "Config", "TimeJumpAuditOffset", 28800, NULL, "default", 1 },
	{ "Config", "MinPollInterval", 10, NULL, "local", 1 },
	{ "Config", "MaxPollInterval", 15, NULL, "default", 1 },
	{ "Config", "MaxNegPhaseCorrection", 54000, NULL, "default", 1 },
	{ "Config", "MaxPosPhaseCorrection", 54000, NULL, "default", 1 },
	{ "Config", "MaxAllowedPhaseOffset", 1, NULL, "default", 1 },
	{ "Config", "FrequencyCorrectRate", 4, NULL, "default", 1 },
	{ "Config", "PollAdjustFactor", 5, NULL, "default", 1 },
	{ "Config", "LargePhaseOffset", 50000000, NULL, "default", 1 },
	{ "Config", "SpikeWatchPeriod", 900, NULL, "default", 1 },
	{ "Config", "LocalClockDispersion", 10, NULL, "default", 1 },
	{ "Config", "HoldPeriod", 5, NULL, "default", 1 },
	{ "Config", "PhaseCorrectRate", 1, NULL, "default", 1 },
	{ "Config", "UpdateInterval", 360000, NULL, "default", 1 },
	{ "Config", "ClockAdjustmentAuditLimit", 800, NULL, "default", 1 },
	{ "Config", "FileLogName", 0, "", "default", 0 },
	{ "Config", "FileLogEntries", 0, "", "default", 0 },
	{ "Config", "FileLogSize", 0, NULL, "default", 0 },
	{ "Config", "FileLogFlags", 0, NULL, "default", 0 },
	{ "Parameters", "ServiceMain", 0, "SvchostEntry_W32Time", "default", 1 },
	{ "Parameters", "Type", 0, "NTP", "default", 1 },
	{ "Parameters", "NtpServer", 0, "time.windows.com,0x9", "default", 1 },
	{ "NtpClient", "DllName", 0, DLL, "default", 1 },
	{ "NtpClient", "Enabled", 1, NULL, "default", 1 },
	{ "NtpClient", "InputProvider", 1, NULL, "default", 1 },
	{ "NtpClient", "CrossSiteSyncFlags", 2, NULL, "default", 1 },
	{ "NtpClient", "AllowNonstandardModeCombinations", 1, NULL, "default", 1 },
	{ "NtpClient", "ResolvePeerBackoffMinutes", 15, NULL, "default", 1 },
	{ "NtpClient", "ResolvePeerBackoffMaxTimes", 7, NULL, "default", 1 },
	{ "NtpClient", "CompatibilityFlags", 2147483648, NULL, "default", 1 },
	{ "NtpClient", "EventLogFlags", 1, NULL, "default", 1 },
	{ "NtpClient", "LargeSampleSkew", 3, NULL, "default", 1 },
	{ "NtpClient", "SpecialPollInterval", 604800, NULL, "default", 1 },
	{ "NtpServer", "DllName", 0, DLL, "default", 1 },
	{ "NtpServer", "Enabled", 0, NULL, "default", 1 },
	{ "NtpServer", "InputProvider", 0, NULL, "default", 1 },
	{ "NtpServer", "AllowNonstandardModeCombinations", 1, NULL, "default", 1 },
	{ "NtpServer", "EventLogFlags", 1, NULL, "default", 1 },
	{ "w32timed", "Port", 123, NULL, "default", 0 },
};

/* CHANGES (ended by a NULL section) replace settings of the stand-alone one. */
static json_t *configuration(const struct setting *changes)
{
	json_t *settings = json_array();

	for (size_t i = 0; i < sizeof standalone / sizeof standalone[0]; i++) {
		const struct setting *setting = &standalone[i];

		for (const struct setting *change = changes; change->section != NULL; change++) {
			if (strcmp(change->section, setting->section) == 0 &&
			    strcmp(change->name, setting->name) == 0)
				setting = change;
		}
		json_array_append_new(
			settings,
			json_pack("{s:s, s:s, s:s, s:o, s:s, s:b}", "section", setting->section,
				  "name", setting->name, "type",
				  setting->text == NULL ? "dword" : "sz",
				  setting->text == NULL ? "number" : "text",
				  setting->text == NULL ? json_integer(setting->number)
							: json_string(setting->text),
				  "origin", setting->origin, "defined", setting->defined));
	}
	return json_pack("{s:s, s:o}", "role", "standalone", "settings", settings);
}

static const char *rendered_configuration(const struct setting *changes, bool verbose)
{
	struct control_get_configuration_reply reply;
	json_t *json = configuration(changes);
	size_t length;
	FILE *out;

	free(text);
	out = open_memstream(&text, &length);
	ck_assert_int_eq(control_get_configuration_reply_decode(json, &reply, NULL), 0);
	render_configuration(out, &reply, verbose);
	control_get_configuration_reply_free(&reply);
	fclose(out);
	json_decref(json);
	return text;
}

#define BEFORE_FILE_LOG                                                                            \
	"[Configuration]\n"                                                                        \
	"\n"                                                                                       \
	"EventLogFlags: 2 (Local)\n"                                                               \
	"AnnounceFlags: 10 (Local)\n"                                                              \
	"TimeJumpAuditOffset: 28800 (Local)\n"                                                     \
	"MinPollInterval: 10 (Local)\n"                                                            \
	"MaxPollInterval: 15 (Local)\n"                                                            \
	"MaxNegPhaseCorrection: 54000 (Local)\n"                                                   \
	"MaxPosPhaseCorrection: 54000 (Local)\n"                                                   \
	"MaxAllowedPhaseOffset: 1 (Local)\n"                                                       \
	"\n"                                                                                       \
	"FrequencyCorrectRate: 4 (Local)\n"                                                        \
	"PollAdjustFactor: 5 (Local)\n"                                                            \
	"LargePhaseOffset: 50000000 (Local)\n"                                                     \
	"SpikeWatchPeriod: 900 (Local)\n"                                                          \
	"LocalClockDispersion: 10 (Local)\n"                                                       \
	"HoldPeriod: 5 (Local)\n"                                                                  \
	"PhaseCorrectRate: 1 (Local)\n"                                                            \
	"UpdateInterval: 360000 (Local)\n"                                                         \
	"\n"
#define CLIENT_HEAD                                                                                \
	"\n"                                                                                       \
	"[TimeProviders]\n"                                                                        \
	"\n"                                                                                       \
	"NtpClient (Local)\n"                                                                      \
	"DllName: C:\\Windows\\system32\\w32time.dll (Local)\n"                                    \
	"Enabled: 1 (Local)\n"                                                                     \
	"InputProvider: 1 (Local)\n"
#define CLIENT_REST                                                                                \
	"AllowNonstandardModeCombinations: 1 (Local)\n"                                            \
	"ResolvePeerBackoffMinutes: 15 (Local)\n"                                                  \
	"ResolvePeerBackoffMaxTimes: 7 (Local)\n"                                                  \
	"CompatibilityFlags: 2147483648 (Local)\n"                                                 \
	"EventLogFlags: 1 (Local)\n"                                                               \
	"LargeSampleSkew: 3 (Local)\n"                                                             \
	"SpecialPollInterval: 604800 (Local)\n"
#define SERVER_HEAD(enabled, origin)                                                               \
	"\n"                                                                                       \
	"NtpServer (" origin ")\n"                                                                 \
	"DllName: C:\\Windows\\system32\\w32time.dll (Local)\n"                                    \
	"Enabled: " enabled " (" origin ")\n"                                                      \
	"InputProvider: 0 (Local)\n"

START_TEST(configuration_standalone)
{
	static const struct setting changes[] = { { .section = NULL } };

	ck_assert_str_eq(
		rendered_configuration(changes, false), BEFORE_FILE_LOG CLIENT_HEAD CLIENT_REST
		"Type: NTP (Local)\n"
		"NtpServer: time.windows.com,0x9 (Local)\n" SERVER_HEAD("0", "Local") "\n");
}
END_TEST

START_TEST(configuration_standalone_verbose)
{
	static const struct setting changes[] = { { .section = NULL } };

	ck_assert_str_eq(
		rendered_configuration(changes, true), BEFORE_FILE_LOG
		"FileLogName:  (Undefined or NotUsed)\n"
		"FileLogEntries:  (Undefined or NotUsed)\n"
		"FileLogSize: 0 (Undefined or NotUsed)\n"
		"FileLogFlags: 0 (Undefined or NotUsed)\n" CLIENT_HEAD
		"CrossSiteSyncFlags: 0 (Undefined or NotUsed)\n" CLIENT_REST "Type: NTP (Local)\n"
		"NtpServer: time.windows.com,0x9 (Local)\n" SERVER_HEAD(
			"0", "Local") "AllowNonstandardModeCombinations: 0 (Undefined or NotUsed)\n"
				      "EventLogFlags: 0 (Undefined or NotUsed)\n"
				      "\n");
}
END_TEST

START_TEST(configuration_of_a_member)
{
	static const struct setting changes[] = {
		{ "Parameters", "Type", 0, "NT5DS", "default", 1 },
		{ "Parameters", "NtpServer", 0, "", "default", 0 },
		{ .section = NULL },
	};

	ck_assert_str_eq(rendered_configuration(changes, false), BEFORE_FILE_LOG CLIENT_HEAD
			 "CrossSiteSyncFlags: 2 (Local)\n" CLIENT_REST
			 "Type: NT5DS (Local)\n" SERVER_HEAD("0", "Local") "\n");
	rendered_configuration(changes, true);
	ck_assert_ptr_nonnull(strstr(text, "NtpServer:  (Undefined or NotUsed)\n"));
}
END_TEST

START_TEST(configuration_tells_policy_and_what_is_set)
{
	static const struct setting changes[] = {
		{ "NtpServer", "Enabled", 1, NULL, "policy", 1 },
		{ "Config", "FileLogName", 0, "/var/log/w32time.log", "local", 1 },
		{ "Parameters", "Type", 0, "AllSync", "policy", 1 },
		{ .section = NULL },
	};

	ck_assert_str_eq(rendered_configuration(changes, false), BEFORE_FILE_LOG
			 "FileLogName: /var/log/w32time.log (Local)\n" CLIENT_HEAD
			 "CrossSiteSyncFlags: 2 (Local)\n" CLIENT_REST "Type: AllSync (Policy)\n"
			 "NtpServer: time.windows.com,0x9 (Local)\n" SERVER_HEAD(
				 "1", "Policy") "AllowNonstandardModeCombinations: "
						"1 (Local)\n"
						"\n");
}
END_TEST

/* W32Time knows no other word for it. */
START_TEST(what_is_not_known_is_shown_as_zero)
{
	const char *shown = rendered(
		status,
		"{'status':{'leap':3,'stratum':0,'precision':-6,'root_delay':0,"
		"'root_dispersion':0.0,'reference_id':0,'last_sync_time':0,"
		"'source':'Local CMOS Clock','poll':6,'phase_offset':null,'phase_deviation':null,"
		"'frequency_ppm':null}}",
		true);

	ck_assert_ptr_nonnull(strstr(shown, "\nPhase Offset: 0.0000000s\n"));
}
END_TEST

int main(void)
{
	TCase *blocks = tcase_create("blocks");
	TCase *const cases[] = { blocks, NULL };

	tcase_add_checked_fixture(blocks, set_up, tear_down);
	tcase_add_test(blocks, source_of_a_peer_ends_in_a_blank);
	tcase_add_test(blocks, status_synchronized);
	tcase_add_test(blocks, status_unsynchronized);
	tcase_add_test(blocks, status_of_a_reliable_clock);
	tcase_add_test(blocks, peers_active_and_pending);
	tcase_add_test(blocks, peers_verbose);
	tcase_add_test(blocks, peers_verbose_of_a_domain);
	tcase_add_test(blocks, a_name_that_is_not_found);
	tcase_add_test(blocks, configuration_standalone);
	tcase_add_test(blocks, configuration_standalone_verbose);
	tcase_add_test(blocks, configuration_of_a_member);
	tcase_add_test(blocks, configuration_tells_policy_and_what_is_set);
	tcase_add_test(blocks, what_is_not_known_is_shown_as_zero);
	return unit_run("w32tm_render", cases);
}
