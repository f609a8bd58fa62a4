#include "w32tm/help.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "w32tm/commands.h"

struct help_option {
	const char *name, *meaning;
};

struct help_command {
	const char *usage, *meaning;
	struct help_option options[9];
};

#define COMPUTER                                                                                   \
	{                                                                                          \
		"/computer:<name>", "do it on that machine, over ssh"                              \
	}

static const struct help_command commands[] = {
	{ "w32tm [/? | /register | /unregister ]",
	  NULL,
	  { { "/?", "this text" },
	    { "/register", "have the time service start with the system; write a configuration "
			   "file if there is none" },
	    { "/unregister", "no longer start it with the system; keeps its files" } } },
	{ "w32tm /monitor [/domain:<domain name>] [/computers:<name>[,<name>[,<name>...]]] "
	  "[/threads:<num>] [/ipprotocol:<4|6>] [/nowarn]",
	  "Asks several machines for their time and compares the answers.",
	  { { "/domain:<name>", "the domain whose controllers are asked; without it and "
				"without /computers: the one of this machine" },
	    { "/computers:<names>", "the machines to ask, separated by commas; an asterisk "
				    "before a name: this is the one to compare with" },
	    { "/threads:<num>", "how many to ask at a time, 1 to 50 (3)" },
	    { "/ipprotocol:<4|6>", "use only IPv4, or only IPv6" },
	    { "/nowarn", "leave out the remark about names" } } },
	{ "w32tm /ntte <NT time epoch>",
	  "Shows a Windows time (100 ns since 1601-01-01 UTC) as a date.",
	  { { NULL, NULL } } },
	{ "w32tm /ntpte <NTP time epoch>",
	  "Shows an NTP time (2^-32 s since 1900-01-01 UTC) as a date.",
	  { { NULL, NULL } } },
	{ "w32tm /resync [/computer:<computer>] [/nowait] [/rediscover | /soft | /force]",
	  "Has the time service ask its sources and correct the clock now.",
	  { COMPUTER,
	    { "/nowait", "do not wait until it is done" },
	    { "/rediscover", "look at the network and find the sources anew first" },
	    { "/soft", "keep what was measured before" },
	    { "/force", "let the correction be larger than MaxPosPhaseCorrection and "
			"MaxNegPhaseCorrection allow, this once" } } },
	{ "w32tm /stripchart /computer:<target> [/period:<refresh>] [/dataonly] [/samples:<count>] "
	  "[/packetinfo] [/ipprotocol:<4|6>] [/rdtsc]",
	  "Measures again and again how far the clock of another machine is from this one's, "
	  "and draws it. Changes nothing.",
	  { { "/computer:<target>", "the machine to measure; name[:port] or [IPv6]:port" },
	    { "/period:<refresh>", "seconds between two samples (2)" },
	    { "/dataonly", "numbers only, no picture" },
	    { "/samples:<count>", "stop after that many; without it: never" },
	    { "/packetinfo", "show every field of the answers" },
	    { "/ipprotocol:<4|6>", "use only IPv4, or only IPv6" },
	    { "/rdtsc", "comma-separated values with the processor's tick counter" } } },
	{ "w32tm /config [/computer:<target>] [/update] [/manualpeerlist:<peers>] "
	  "[/syncfromflags:<source>] [/LocalClockDispersion:<seconds>] [/reliable:(YES|NO)] "
	  "[/largephaseoffset:<milliseconds>]",
	  "Changes the configuration file.",
	  { COMPUTER,
	    { "/update", "have the time service read its configuration; without it a change "
			 "takes effect at its next start" },
	    { "/manualpeerlist:<peers>",
	      "the servers to follow, separated by blanks, each name[:port][,0xflags]; flags "
	      "add up: 0x1 fixed poll interval, 0x2 only when the others fail, 0x4 symmetric "
	      "active mode, 0x8 client mode" },
	    { "/syncfromflags:<source>",
	      "whom to follow: MANUAL (that list), DOMHIER (the domain), ALL or "
	      "MANUAL,DOMHIER (both), NO (nobody)" },
	    { "/LocalClockDispersion:<seconds>",
	      "the error to announce when the own clock is the only source" },
	    { "/reliable:(YES|NO)", "whether this machine is a reliable time source" },
	    { "/largephaseoffset:<milliseconds>", "from which difference on a sample counts "
						  "as a spike" } } },
	{ "w32tm /import[:<file>] [/update]",
	  "Takes over the Windows Time service's settings, its policies included, into the "
	  "configuration file, and says what it skipped and why.",
	  { { ":<file>", "a file that regedit or \"reg export\" has written of the key "
			 "...\\Services\\W32Time; without it, on Windows, the registry itself" },
	    { "/update", "have the time service read them" } } },
	{ "w32tm /tz", "Shows the time zone of this machine.", { { NULL, NULL } } },
	{ "w32tm /dumpreg [/subkey:<key>] [/computer:<target>]",
	  "Shows the settings as W32Time has them in the registry.",
	  { { "/subkey:<key>", "Config, Parameters, TimeProviders\\NtpClient or "
			       "TimeProviders\\NtpServer" },
	    COMPUTER } },
	{ "w32tm /query [/computer:<target>] {/source | /configuration | /peers | /status} "
	  "[/verbose]",
	  "Asks the time service.",
	  { COMPUTER,
	    { "/source", "whom the clock follows" },
	    { "/configuration", "the settings in force and where they come from" },
	    { "/peers", "the servers and how they are doing" },
	    { "/status", "the state of the clock" },
	    { "/domain", "domain, machine account and domain controllers (not in W32Time)" },
	    { "/verbose", "everything" } } },
	{ "w32tm /debug {/disable | {/enable /file:<name> /size:<bytes> /entries:<value> "
	  "[/truncate]}}",
	  "Turns the private log of the time service on or off.",
	  { { "/disable", "no private log" },
	    { "/enable", "write one" },
	    { "/file:<name>", "its absolute path" },
	    { "/size:<bytes>", "how large it may grow" },
	    { "/entries:<value>", "which events to write, such as 0-300 or 0-100,103" },
	    { "/truncate", "empty it first" } } },
	{ "w32tm /leapseconds /getstatus [/verbose]",
	  "Shows what is known of leap seconds.",
	  { { "/verbose", "list them" } } },
};

static const struct help_command extensions[] = {
	{ "w32tm /waitsync [/timeout:<seconds>]",
	  "Waits until the clock is synchronized; fails after the time, or when the service ends.",
	  { { NULL, NULL } } },
	{ "/format:json",
	  "With /query, /stripchart and /monitor: JSON instead of W32Time's text.",
	  { { NULL, NULL } } },
	{ "--socket PATH",
	  "Where the time service listens (or the environment variable W32TIMED_CONTROL).",
	  { { NULL, NULL } } },
	{ "--config FILE", "The configuration file to read or change.", { { NULL, NULL } } },
	{ "-name:value instead of /name:value; -?, -h and --help instead of /?",
	  "For shells that take a slash for a path.",
	  { { NULL, NULL } } },
};

struct wrap {
	FILE *out;
	unsigned column, indent;
};

static void wrap_start(struct wrap *wrap, unsigned column, unsigned indent)
{
	fprintf(wrap->out, "%*s", (int)(column - wrap->column), "");
	wrap->column = column;
	wrap->indent = indent;
}

/* The words of TEXT, on lines that begin at the indent. */
static void wrap_words(struct wrap *wrap, const char *text)
{
	bool first = true;

	while (*text != '\0') {
		unsigned length = (unsigned)strcspn(text, " ");

		if (!first && wrap->column + 1 + length >= HELP_WIDTH) {
			fprintf(wrap->out, "\n%*s", (int)wrap->indent, "");
			wrap->column = wrap->indent;
		} else if (!first) {
			putc(' ', wrap->out);
			wrap->column++;
		}
		fprintf(wrap->out, "%.*s", (int)length, text);
		wrap->column += length;
		text += length;
		text += strspn(text, " ");
		first = false;
	}
}

static void wrap_end(struct wrap *wrap)
{
	putc('\n', wrap->out);
	wrap->column = 0;
}

static void print_command(struct wrap *wrap, const struct help_command *command)
{
	enum { MEANING = 4, OPTION = 6, EXPLANATION = 26 };

	wrap_start(wrap, 0, MEANING + 4);
	wrap_words(wrap, command->usage);
	wrap_end(wrap);
	if (command->meaning != NULL) {
		wrap_start(wrap, MEANING, MEANING);
		wrap_words(wrap, command->meaning);
		wrap_end(wrap);
	}
	for (const struct help_option *option = command->options; option->name != NULL; option++) {
		wrap_start(wrap, OPTION, EXPLANATION);
		wrap_words(wrap, option->name);
		if (wrap->column + 2 > EXPLANATION)
			wrap_end(wrap);
		wrap_start(wrap, EXPLANATION, EXPLANATION);
		wrap_words(wrap, option->meaning);
		wrap_end(wrap);
	}
	putc('\n', wrap->out);
}

void help_print(FILE *out)
{
	struct wrap wrap = { .out = out };

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		print_command(&wrap, &commands[i]);
	fputs("Extensions of w32timed, unknown to Windows:\n\n", out);
	for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
		print_command(&wrap, &extensions[i]);
}

int command_help(const struct tool *tool, struct options *options)
{
	(void)options;
	help_print(tool->out);
	return EXIT_SUCCESS;
}
