/* Commands that need no service: zones, leap seconds, the registry's view of the
 * configuration, what comes of an NTP answer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "config/config.h"
#include "unit.h"
#include "w32tm/leap_list.h"
#include "w32tm/monitor.h"
#include "w32tm/packet_info.h"
#include "w32tm/probe.h"
#include "w32tm/registry.h"
#include "w32tm/zone_rule.h"

static char *text;
static size_t length;

static FILE *open_text(void)
{
	free(text);
	return open_memstream(&text, &length);
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

static const struct {
	const char *rule, *name;
	bool daylight;
	const char *block;
} zones[] = {
	{ "CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Paris", true,
	  "Time zone: Current:TIME_ZONE_ID_DAYLIGHT Bias: -60min (UTC=LocalTime+Bias)\n"
	  "  [Standard Name:\"Romance Standard Time\" Bias:0min Date:(M:10 D:5 DoW:0)]\n"
	  "  [Daylight Name:\"Romance Daylight Time\" Bias:-60min Date:(M:3 D:5 DoW:0)]\n" },
	{ "EST5EDT,M3.2.0,M11.1.0", "", false,
	  "Time zone: Current:TIME_ZONE_ID_STANDARD Bias: 300min (UTC=LocalTime+Bias)\n"
	  "  [Standard Name:\"EST\" Bias:0min Date:(M:11 D:1 DoW:0)]\n"
	  "  [Daylight Name:\"EDT\" Bias:-60min Date:(M:3 D:2 DoW:0)]\n" },
	/* Ireland: winter is the exception. */
	{ "IST-1GMT0,M10.5.0,M3.5.0/1", "Europe/Dublin", true,
	  "Time zone: Current:TIME_ZONE_ID_STANDARD Bias: 0min (UTC=LocalTime+Bias)\n"
	  "  [Standard Name:\"GMT Standard Time\" Bias:0min Date:(M:10 D:5 DoW:0)]\n"
	  "  [Daylight Name:\"GMT Daylight Time\" Bias:-60min Date:(M:3 D:5 DoW:0)]\n" },
	{ "<+0545>-5:45", "Nowhere", false,
	  "Time zone: Current:TIME_ZONE_ID_UNKNOWN Bias: -345min (UTC=LocalTime+Bias)\n"
	  "  [Standard Name:\"+0545\" Bias:0min Date:(unspecified)]\n"
	  "  [Daylight Name:\"+0545\" Bias:0min Date:(unspecified)]\n" },
	{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "Australia/Lord_Howe", false,
	  "Time zone: Current:TIME_ZONE_ID_STANDARD Bias: -630min (UTC=LocalTime+Bias)\n"
	  "  [Standard Name:\"Lord Howe Standard Time\" Bias:0min Date:(M:4 D:1 DoW:0)]\n"
	  "  [Daylight Name:\"Lord Howe Daylight Time\" Bias:-30min Date:(M:10 D:1 DoW:0)]\n" },
	{ "AAA3BBB,J60/2,300", "", false,
	  "Time zone: Current:TIME_ZONE_ID_STANDARD Bias: 180min (UTC=LocalTime+Bias)\n"
	  "  [Standard Name:\"AAA\" Bias:0min Date:(unspecified)]\n"
	  "  [Daylight Name:\"BBB\" Bias:-60min Date:(unspecified)]\n" },
};

START_TEST(zones_are_told_as_windows_does)
{
	struct zone_rule rule;
	FILE *out = open_text();

	ck_assert_int_eq(zone_rule_parse(zones[_i].rule, &rule), 0);
	zone_rule_name(&rule, zones[_i].name);
	zone_rule_print(out, &rule, zones[_i].daylight);
	fclose(out);
	ck_assert_str_eq(text, zones[_i].block);
}
END_TEST

START_TEST(rules_that_are_none_are_refused)
{
	static const char *const rules[] = {
		"",       "CE-1",  "CET",         "CET-1CEST,M3",     "<+01-1",
		"CET-1,", "CET-x", "CET-1CEST,X", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0x",
	};
	struct zone_rule rule;

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		ck_assert_int_eq(zone_rule_parse(rules[i], &rule), -EINVAL);
	ck_assert_ptr_null(zone_windows_name(""));
	ck_assert_ptr_null(zone_windows_name("Europe"));
	ck_assert_str_eq(zone_windows_name("Europe/Berlin"), "W. Europe Standard Time");
}
END_TEST

static const char *leap_block(const char *file, bool verbose)
{
	struct leap_list list;
	FILE *out = open_text();

	ck_assert_int_eq(leap_list_parse(file, &list), 0);
	leap_list_print(out, &list, verbose);
	fclose(out);
	return text;
}

START_TEST(leap_seconds_after_june_2018)
{
	/* 2017-01-01, 2018-07-07, 2030-01-01 and back. */
	static const char file[] = "# remark\n"
				   "#@ 3960057600\n"
				   "3644697600\t36\t# 1 Jul 2015\n"
				   "3692217600 37\n"
				   "3739910400 38\n"
				   "4102444800 37";

	ck_assert_str_eq(leap_block(file, true),
			 "[Leap Seconds]\n"
			 "Enabled: 1 (Local)\n"
			 "Number of Leap Seconds (after June 2018): 2 (Local)\n"
			 "Leap Seconds List (Local):\n"
			 "+2018-07-06T23:59:59\n"
			 "-2029-12-31T23:59:59\n");
	ck_assert_str_eq(leap_block("3692217600 37\n", false),
			 "[Leap Seconds]\n"
			 "Enabled: 1 (Local)\n"
			 "Number of Leap Seconds (after June 2018): 0 (Local)\n");
}
END_TEST

START_TEST(a_list_that_is_none_is_refused)
{
	struct leap_list list;

	ck_assert_int_eq(leap_list_parse("x", &list), -EINVAL);
	ck_assert_int_eq(leap_list_parse("3692217600\n", &list), -EINVAL);
}
END_TEST

static const char *registry(const char *file, int section)
{
	struct config_problems problems = { .list = NULL };
	struct config *config = config_create(CONFIG_ROLE_STANDALONE);
	FILE *out = open_text();

	ck_assert_int_eq(
		config_parse(config, CONFIG_ORIGIN_LOCAL, "test", file, strlen(file), &problems),
		0);
	registry_print(out, config, section);
	fclose(out);
	config_destroy(config);
	config_problems_free(&problems);
	return text;
}

START_TEST(registry_shows_what_windows_would_hold)
{
	ck_assert_str_eq(registry("[Parameters]\nType=AllSync\nNtpServer=pdc.yourcompany\n",
				  SECTION_PARAMETERS),
			 "\n"
			 "Value Name                 Value Type          Value Data\n"
			 "------------------------------------------------------------\n"
			 "\n"
			 "ServiceDll                 REG_EXPAND_SZ       "
			 "%systemroot%\\system32\\w32time.dll\n"
			 "ServiceMain                REG_SZ              SvchostEntry_W32Time\n"
			 "ServiceDllUnloadOnStop     REG_DWORD           1\n"
			 "Type                       REG_SZ              AllSync\n"
			 "NtpServer                  REG_SZ              pdc.yourcompany\n"
			 "\n");
	ck_assert_str_eq(registry("", -1),
			 "\n"
			 "Value Name     Value Type          Value Data\n"
			 "------------------------------------------------------------\n"
			 "\n"
			 "\n");
	ck_assert_ptr_null(strstr(registry("", SECTION_CONFIG), "FileLogName"));
	ck_assert_ptr_nonnull(
		strstr(registry("[Config]\nMaxPosPhaseCorrection=0xffffffff\nFileLogName=/x\n",
				SECTION_CONFIG),
		       "MaxPosPhaseCorrection         REG_DWORD           4294967295\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "FileLogName                   REG_SZ              /x\n"));
	ck_assert_ptr_nonnull(strstr(
		registry("[w32timed]\nBindAddress=::1\nBindAddress=127.0.0.1\n", SECTION_W32TIMED),
		"REG_MULTI_SZ        ::1,127.0.0.1\n"));
}
END_TEST

static const struct {
	const char *text, *host;
	int port; /* 0: refused */
} targets[] = {
	{ "time.windows.com", "time.windows.com", 123 },
	{ "10.10.10.1", "10.10.10.1", 123 },
	{ "10.10.10.1:1123", "10.10.10.1", 1123 },
	{ "2001:db8::1", "2001:db8::1", 123 },
	{ "[2001:db8::1]", "2001:db8::1", 123 },
	{ "[2001:db8::1]:1123", "2001:db8::1", 1123 },
	{ "", "", 0 },
	{ "host:", "", 0 },
	{ "host:0", "", 0 },
	{ "host:65536", "", 0 },
	{ ":123", "", 0 },
	{ "[::1", "", 0 },
	{ "[::1]x", "", 0 },
	{ "[]:1", "", 0 },
};

START_TEST(targets_may_have_a_port)
{
	struct probe_target target;
	int result = probe_target_parse(targets[_i].text, &target);

	ck_assert_int_eq(result, targets[_i].port == 0 ? -EINVAL : 0);
	if (result == 0) {
		ck_assert_str_eq(target.host, targets[_i].host);
		ck_assert_uint_eq(target.port, targets[_i].port);
	}
}
END_TEST

/* An answer that came at 2016-12-16 21:48:01.4971646. */
static const struct probe_answer answer = {
	.offset = -0.0111940,
	.delay = 0.0240255,
	.sent = 1481924881473139100,
	.arrived = 1481924881497164600,
	.header = {
		.leap = 0, .version = 3, .mode = 4, .stratum = 3, .poll = 10, .precision = -23,
		.root_delay = 0x0A3D / 65536.0, .root_dispersion = 0x000A6025 / 65536.0,
		.reference_id = 0xC0A80A01, .reference = 0,
		.receive = 0xDBFEDF917981FCC5, .transmit = 0xDBFEDF917981FCC5,
	},
};

START_TEST(packet_information)
{
	FILE *out = open_text();

	packet_info_print(out, &answer);
	fclose(out);
	ck_assert_str_eq(text,
			 "[NTP Packet]\n"
			 "Leap Indicator: 0(no warning)\n"
			 "Version Number: 3\n"
			 "Mode: 4 (Server)\n"
			 "Stratum: 3 (secondary reference - syncd by (S)NTP)\n"
			 "Poll Interval: 10 (1024s)\n"
			 "Precision: -23 (119.209ns per tick)\n"
			 "Root Delay: 0x0000.0A3Ds (0.0399933s)\n"
			 "Root Dispersion: 0x000A.6025s (10.3756s)\n"
			 "ReferenceId: 0xC0A80A01 (source IP:  192.168.10.1)\n"
			 "Reference Timestamp: 0x0000000000000000 (unspecified)\n"
			 "Originate Timestamp: 0xDBFEDF91791FA4E1 (151925 21:48:01.4731391s - "
			 "12/16/2016 9:48:01 PM)\n"
			 "Receive Timestamp: 0xDBFEDF917981FCC5 (151925 21:48:01.4746397s - "
			 "12/16/2016 9:48:01 PM)\n"
			 "Transmit Timestamp: 0xDBFEDF917981FCC5 (151925 21:48:01.4746397s - "
			 "12/16/2016 9:48:01 PM)\n"
			 "\n"
			 "[non-NTP Packet]\n"
			 "Destination Timestamp: 0xDBFEDF917F462DE2 (151925 21:48:01.4971646s - "
			 "12/16/2016 9:48:01 PM)\n"
			 "Roundtrip Delay: 24025500ns (0.024025500s)\n"
			 "Local Clock Offset: -11194000ns (-0.011194000s)\n"
			 "\n");
}
END_TEST

static void found(struct monitor_computer *computer, const char *address, double offset,
		  const char *reference_name, uint32_t reference_id, uint8_t stratum)
{
	ck_assert_int_eq(net_address_parse(address, 123, &computer->address), 0);
	computer->icmp = 0;
	computer->ntp = 0;
	computer->answer.offset = offset;
	computer->answer.header.reference_id = reference_id;
	computer->answer.header.stratum = stratum;
	snprintf(computer->reference_name, sizeof computer->reference_name, "%s", reference_name);
}

START_TEST(monitor_compares_with_the_pdc)
{
	struct monitor monitor = { .computers = NULL };
	FILE *out = open_text();

	ck_assert_int_eq(monitor_parse(&monitor, "*PDC.example.com,DC1.example.com"), 0);
	found(&monitor.computers[0], "192.168.1.1", 1.0, "time.cloudflare.com", 0xA29FC87B, 4);
	found(&monitor.computers[1], "192.168.1.2", 0.9936971, "dc2.example.com", 0xC0A80103, 5);
	monitor_print(out, &monitor, true);
	fclose(out);
	ck_assert_str_eq(text, "PDC.example.com *** PDC ***[192.168.1.1:123]:\n"
			       "    ICMP: 0ms delay\n"
			       "    NTP: +0.0000000s offset from PDC.example.com\n"
			       "        RefID: time.cloudflare.com [162.159.200.123]\n"
			       "        Stratum: 4\n"
			       "DC1.example.com[192.168.1.2:123]:\n"
			       "    ICMP: 0ms delay\n"
			       "    NTP: -0.0063029s offset from PDC.example.com\n"
			       "        RefID: dc2.example.com [192.168.1.3]\n"
			       "        Stratum: 5\n"
			       "\n"
			       "Warning:\n"
			       "Reverse name resolution is best effort. It may not be\n"
			       "correct since RefID field in time packets differs across\n"
			       "NTP implementations and may not be using IP addresses.\n");
	monitor_free(&monitor);
}
END_TEST

START_TEST(monitor_tells_what_failed)
{
	struct monitor monitor = { .computers = NULL };
	FILE *out = open_text();

	ck_assert_int_eq(monitor_parse(&monitor, "a,b,c,d"), 0);
	monitor.computers[0].lookup = 0x80072AF9;
	found(&monitor.computers[1], "192.0.2.1", 0, "", 0, 0);
	monitor.computers[1].icmp = -ETIMEDOUT;
	monitor.computers[1].ntp = -ETIMEDOUT;
	found(&monitor.computers[2], "192.0.2.2", 0.5, "", 0x4C4F434C, 1);
	monitor.computers[2].icmp = -EPERM;
	monitor.computers[2].icmp_delay = 0.0129;
	found(&monitor.computers[3], "2001:db8::1", -0.5, "", 0xC0A80103, 2);
	monitor.computers[3].icmp_delay = 0.0129;
	monitor_print(out, &monitor, false);
	fclose(out);
	ck_assert_str_eq(text, "a [error: 0x80072AF9]\n"
			       "b[192.0.2.1:123]:\n"
			       "    ICMP: error IP_REQ_TIMED_OUT - no response in 1000ms\n"
			       "    NTP: error ERROR_TIMEOUT - no response from server in 1000ms\n"
			       "c[192.0.2.2:123]:\n"
			       "    ICMP: error: 0x80070005\n"
			       "    NTP: +0.5000000s offset from local clock\n"
			       "        RefID: 'LOCL' [0x4C4F434C]\n"
			       "        Stratum: 1\n"
			       "d[[2001:db8::1]:123]:\n"
			       "    ICMP: 12ms delay\n"
			       "    NTP: -0.5000000s offset from local clock\n"
			       "        RefID: (unknown) [192.168.1.3]\n"
			       "        Stratum: 2\n");
	monitor_free(&monitor);
	ck_assert_int_eq(monitor_parse(&monitor, "a,,b"), -EINVAL);
	monitor_free(&monitor);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

int main(void)
{
	TCase *local = tcase_create("local");
	TCase *const cases[] = { local, NULL };

	tcase_add_checked_fixture(local, set_up, tear_down);
	tcase_add_loop_test(local, zones_are_told_as_windows_does, 0, COUNT(zones));
	tcase_add_test(local, rules_that_are_none_are_refused);
	tcase_add_test(local, leap_seconds_after_june_2018);
	tcase_add_test(local, a_list_that_is_none_is_refused);
	tcase_add_test(local, registry_shows_what_windows_would_hold);
	tcase_add_loop_test(local, targets_may_have_a_port, 0, COUNT(targets));
	tcase_add_test(local, packet_information);
	tcase_add_test(local, monitor_compares_with_the_pdc);
	tcase_add_test(local, monitor_tells_what_failed);
	return unit_run("w32tm_local", cases);
}
