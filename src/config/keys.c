#include "config/keys.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "config/checks.h"
#include "platform/paths.h"

#define SAME(x)                                                                                    \
	{                                                                                          \
		x, x, x                                                                            \
	}
#define ANYTHING  .minimum = 0, .maximum = UINT32_MAX
#define YES_OR_NO .minimum = 0, .maximum = 1

/* Defaults stand as stand-alone, domain member, domain controller. */
static const struct config_key_info keys[CONFIG_KEYS] = {
	/* [Config] */
	[KEY_CONFIG_EVENT_LOG_FLAGS] = {
		.key = KEY_CONFIG_EVENT_LOG_FLAGS,
		.section = SECTION_CONFIG, .name = "EventLogFlags", .unit = "bits",
		.meaning = "What the service logs: 0x1 time jumps, 0x2 changes of the source",
		.minimum = 0, .maximum = 3, .defaults = SAME(2), .defined = true,
	},
	[KEY_CONFIG_ANNOUNCE_FLAGS] = {
		.key = KEY_CONFIG_ANNOUNCE_FLAGS,
		.section = SECTION_CONFIG, .name = "AnnounceFlags", .unit = "bits",
		.meaning = "What the server says of itself: 0x1 always a time server, 0x2 when "
			   "it has the time, 0x4 always reliable, 0x8 reliable by itself",
		.minimum = 0, .maximum = 15, .defaults = SAME(10), .defined = true,
	},
	[KEY_CONFIG_TIME_JUMP_AUDIT_OFFSET] = {
		.key = KEY_CONFIG_TIME_JUMP_AUDIT_OFFSET,
		.section = SECTION_CONFIG, .name = "TimeJumpAuditOffset", .unit = "s",
		.meaning = "A step of the clock larger than this is an audit event",
		ANYTHING, .defaults = SAME(28800), .defined = true,
	},
	[KEY_CONFIG_MIN_POLL_INTERVAL] = {
		.key = KEY_CONFIG_MIN_POLL_INTERVAL,
		.section = SECTION_CONFIG, .name = "MinPollInterval", .unit = "log2 s",
		.meaning = "Smallest interval between two requests to a peer",
		.minimum = 0, .maximum = 17, .defaults = { 10, 10, 6 }, .defined = true,
	},
	[KEY_CONFIG_MAX_POLL_INTERVAL] = {
		.key = KEY_CONFIG_MAX_POLL_INTERVAL,
		.section = SECTION_CONFIG, .name = "MaxPollInterval", .unit = "log2 s",
		.meaning = "Largest interval between two requests to a peer",
		.minimum = 0, .maximum = 17, .defaults = { 15, 15, 10 }, .defined = true,
	},
	[KEY_CONFIG_MAX_NEG_PHASE_CORRECTION] = {
		.key = KEY_CONFIG_MAX_NEG_PHASE_CORRECTION,
		.section = SECTION_CONFIG, .name = "MaxNegPhaseCorrection", .unit = "s",
		.meaning = "A larger correction backwards is refused; 0xFFFFFFFF: no limit",
		ANYTHING, .unlimited = true, .defaults = { 54000, UINT32_MAX, 172800 }, .defined = true,
	},
	[KEY_CONFIG_MAX_POS_PHASE_CORRECTION] = {
		.key = KEY_CONFIG_MAX_POS_PHASE_CORRECTION,
		.section = SECTION_CONFIG, .name = "MaxPosPhaseCorrection", .unit = "s",
		.meaning = "A larger correction forwards is refused; 0xFFFFFFFF: no limit",
		ANYTHING, .unlimited = true, .defaults = { 54000, UINT32_MAX, 172800 }, .defined = true,
	},
	[KEY_CONFIG_MAX_ALLOWED_PHASE_OFFSET] = {
		.key = KEY_CONFIG_MAX_ALLOWED_PHASE_OFFSET,
		.section = SECTION_CONFIG, .name = "MaxAllowedPhaseOffset", .unit = "s",
		.meaning = "A larger offset is stepped, a smaller one may be slewed",
		ANYTHING, .defaults = { 1, 300, 300 }, .defined = true,
	},
	[KEY_CONFIG_FREQUENCY_CORRECT_RATE] = {
		.key = KEY_CONFIG_FREQUENCY_CORRECT_RATE,
		.section = SECTION_CONFIG, .name = "FrequencyCorrectRate", .unit = "divisor",
		.meaning = "How slowly a frequency error is taken out",
		.minimum = 1, .maximum = UINT32_MAX, .defaults = SAME(4), .defined = true,
	},
	[KEY_CONFIG_POLL_ADJUST_FACTOR] = {
		.key = KEY_CONFIG_POLL_ADJUST_FACTOR,
		.section = SECTION_CONFIG, .name = "PollAdjustFactor", .unit = "factor",
		.meaning = "The larger, the less an error shortens the poll interval",
		.minimum = 1, .maximum = UINT32_MAX, .defaults = SAME(5), .defined = true,
	},
	[KEY_CONFIG_LARGE_PHASE_OFFSET] = {
		.key = KEY_CONFIG_LARGE_PHASE_OFFSET,
		.section = SECTION_CONFIG, .name = "LargePhaseOffset", .unit = "100 ns",
		.meaning = "An offset this large is a spike until it has lasted SpikeWatchPeriod",
		ANYTHING, .defaults = SAME(50000000), .defined = true,
	},
	[KEY_CONFIG_SPIKE_WATCH_PERIOD] = {
		.key = KEY_CONFIG_SPIKE_WATCH_PERIOD,
		.section = SECTION_CONFIG, .name = "SpikeWatchPeriod", .unit = "s",
		.meaning = "How long a large offset must last to be believed",
		ANYTHING, .defaults = SAME(900), .defined = true,
	},
	[KEY_CONFIG_LOCAL_CLOCK_DISPERSION] = {
		.key = KEY_CONFIG_LOCAL_CLOCK_DISPERSION,
		.section = SECTION_CONFIG, .name = "LocalClockDispersion", .unit = "s",
		.meaning = "Root dispersion announced while the local clock is the only source",
		.minimum = 0, .maximum = 65535, .defaults = SAME(10), .defined = true,
	},
	[KEY_CONFIG_HOLD_PERIOD] = {
		.key = KEY_CONFIG_HOLD_PERIOD,
		.section = SECTION_CONFIG, .name = "HoldPeriod", .unit = "samples",
		.meaning = "For how many samples after a start or resync spikes are not looked for",
		ANYTHING, .defaults = SAME(5), .defined = true,
	},
	[KEY_CONFIG_PHASE_CORRECT_RATE] = {
		.key = KEY_CONFIG_PHASE_CORRECT_RATE,
		.section = SECTION_CONFIG, .name = "PhaseCorrectRate", .unit = "divisor",
		.meaning = "How slowly a phase error is taken out",
		.minimum = 1, .maximum = UINT32_MAX, .defaults = { 7, 1, 7 }, .defined = true,
	},
	[KEY_CONFIG_UPDATE_INTERVAL] = {
		.key = KEY_CONFIG_UPDATE_INTERVAL,
		.section = SECTION_CONFIG, .name = "UpdateInterval", .unit = "10 ms",
		.meaning = "Time between two phase corrections; 0 counts as 1",
		ANYTHING, .defaults = { 360000, 30000, 100 }, .defined = true,
	},
	[KEY_CONFIG_CLOCK_ADJUSTMENT_AUDIT_LIMIT] = {
		.key = KEY_CONFIG_CLOCK_ADJUSTMENT_AUDIT_LIMIT,
		.section = SECTION_CONFIG, .name = "ClockAdjustmentAuditLimit", .unit = "ppm",
		.meaning = "Changes of the clock's rate from this size on are logged",
		ANYTHING, .defaults = SAME(800), .defined = true,
	},
	[KEY_CONFIG_CLOCK_HOLDOVER_PERIOD] = {
		.key = KEY_CONFIG_CLOCK_HOLDOVER_PERIOD,
		.section = SECTION_CONFIG, .name = "ClockHoldoverPeriod", .unit = "s",
		.meaning = "After this long without a sample the sources are looked for anew",
		ANYTHING, .defaults = SAME(7800), .defined = true,
	},
	[KEY_CONFIG_MAX_CLOCK_RATE] = {
		.key = KEY_CONFIG_MAX_CLOCK_RATE,
		.section = SECTION_CONFIG, .name = "MaxClockRate", .unit = "100 ns per tick",
		.meaning = "Reserved", .unused = true,
		ANYTHING, .defaults = SAME(155860), .defined = true,
	},
	[KEY_CONFIG_MIN_CLOCK_RATE] = {
		.key = KEY_CONFIG_MIN_CLOCK_RATE,
		.section = SECTION_CONFIG, .name = "MinClockRate", .unit = "100 ns per tick",
		.meaning = "Reserved", .unused = true,
		ANYTHING, .defaults = SAME(155860), .defined = true,
	},
	[KEY_CONFIG_LAST_CLOCK_RATE] = {
		.key = KEY_CONFIG_LAST_CLOCK_RATE,
		.section = SECTION_CONFIG, .name = "LastClockRate", .unit = "100 ns per tick",
		.meaning = "Kept by W32Time itself; w32timed keeps the rate in StateDir",
		.unused = true,
		ANYTHING, .defaults = SAME(156250), .defined = true,
	},
	[KEY_CONFIG_UTILIZE_SSL_TIME_DATA] = {
		.key = KEY_CONFIG_UTILIZE_SSL_TIME_DATA,
		.section = SECTION_CONFIG, .name = "UtilizeSslTimeData", .unit = "",
		.meaning = "Whether TLS handshakes may seed a grossly wrong clock", .unused = true,
		YES_OR_NO, .defaults = SAME(1), .defined = true,
	},
	[KEY_CONFIG_FILE_LOG_NAME] = {
		.key = KEY_CONFIG_FILE_LOG_NAME,
		.section = SECTION_CONFIG, .name = "FileLogName", .type = CONFIG_TYPE_TEXT,
		.unit = "path", .meaning = "The private debug log; empty: none",
		.check = check_path_or_empty,
	},
	[KEY_CONFIG_FILE_LOG_ENTRIES] = {
		.key = KEY_CONFIG_FILE_LOG_ENTRIES,
		.section = SECTION_CONFIG, .name = "FileLogEntries", .type = CONFIG_TYPE_TEXT,
		.unit = "ranges", .meaning = "Which entries the debug log takes, such as 0-100,103; empty: all, 0-300",
		.check = check_log_entries,
	},
	[KEY_CONFIG_FILE_LOG_SIZE] = {
		.key = KEY_CONFIG_FILE_LOG_SIZE,
		.section = SECTION_CONFIG, .name = "FileLogSize", .unit = "bytes",
		.meaning = "The debug log begins anew at this size; 0: at 10000000",
		ANYTHING,
	},
	[KEY_CONFIG_FILE_LOG_FLAGS] = {
		.key = KEY_CONFIG_FILE_LOG_FLAGS,
		.section = SECTION_CONFIG, .name = "FileLogFlags", .unit = "bits",
		.meaning = "Form of the debug log", .unused = true,
		ANYTHING,
	},

	/* [Parameters] */
	[KEY_PARAMETERS_SERVICE_DLL] = {
		.key = KEY_PARAMETERS_SERVICE_DLL,
		.section = SECTION_PARAMETERS, .name = "ServiceDll", .type = CONFIG_TYPE_EXPAND,
		.unit = "path", .meaning = "Where Windows finds its own service", .unused = true,
		.defined = true,
		.text_defaults = SAME("%systemroot%\\system32\\w32time.dll"),
	},
	[KEY_PARAMETERS_SERVICE_MAIN] = {
		.key = KEY_PARAMETERS_SERVICE_MAIN,
		.section = SECTION_PARAMETERS, .name = "ServiceMain", .type = CONFIG_TYPE_TEXT,
		.unit = "", .meaning = "Entry point of Windows' own service", .unused = true,
		.defined = true, .text_defaults = SAME("SvchostEntry_W32Time"),
	},
	[KEY_PARAMETERS_SERVICE_DLL_UNLOAD_ON_STOP] = {
		.key = KEY_PARAMETERS_SERVICE_DLL_UNLOAD_ON_STOP,
		.section = SECTION_PARAMETERS, .name = "ServiceDllUnloadOnStop", .unit = "",
		.meaning = "Whether Windows unloads its own service", .unused = true,
		YES_OR_NO, .defaults = SAME(1), .defined = true,
	},
	[KEY_PARAMETERS_TYPE] = {
		.key = KEY_PARAMETERS_TYPE,
		.section = SECTION_PARAMETERS, .name = "Type", .type = CONFIG_TYPE_TEXT,
		.unit = "word",
		.meaning = "Whom to follow: NoSync nobody, NTP the servers in NtpServer, NT5DS the "
			   "domain hierarchy, AllSync the hierarchy and, while it gives no time, NtpServer",
		.defined = true, .text_defaults = { "NTP", "NT5DS", "NT5DS" },
		.words = "NoSync|NTP|NT5DS|AllSync",
	},
	[KEY_PARAMETERS_NTP_SERVER] = {
		.key = KEY_PARAMETERS_NTP_SERVER,
		.section = SECTION_PARAMETERS, .name = "NtpServer", .type = CONFIG_TYPE_TEXT,
		.unit = "peers", .meaning = "Peers, separated by blanks: name[:port][,flags]",
		.defined = true, .text_defaults = { "time.windows.com,0x9", NULL, NULL },
		.check = check_peers, .wraps = true,
	},

	/* [NtpClient] */
	[KEY_NTP_CLIENT_DLL_NAME] = {
		.key = KEY_NTP_CLIENT_DLL_NAME,
		.section = SECTION_NTP_CLIENT, .name = "DllName", .type = CONFIG_TYPE_EXPAND,
		.unit = "path", .meaning = "Where Windows finds its own provider", .unused = true,
		.defined = true, .text_defaults = SAME("C:\\Windows\\system32\\w32time.dll"),
	},
	[KEY_NTP_CLIENT_ENABLED] = {
		.key = KEY_NTP_CLIENT_ENABLED,
		.section = SECTION_NTP_CLIENT, .name = "Enabled", .unit = "",
		.meaning = "Whether peers are asked for the time",
		YES_OR_NO, .defaults = SAME(1), .defined = true,
	},
	[KEY_NTP_CLIENT_INPUT_PROVIDER] = {
		.key = KEY_NTP_CLIENT_INPUT_PROVIDER,
		.section = SECTION_NTP_CLIENT, .name = "InputProvider", .unit = "",
		.meaning = "Whether what they answer corrects the clock",
		YES_OR_NO, .defaults = SAME(1), .defined = true,
	},
	[KEY_NTP_CLIENT_CROSS_SITE_SYNC_FLAGS] = {
		.key = KEY_NTP_CLIENT_CROSS_SITE_SYNC_FLAGS,
		.section = SECTION_NTP_CLIENT, .name = "CrossSiteSyncFlags", .unit = "choice",
		.meaning = "NT5DS: sources outside the own site: 0 none, 1 only the PDC emulator, "
			   "2 all",
		.minimum = 0, .maximum = 2, .defaults = SAME(2), .defined = true,
	},
	[KEY_NTP_CLIENT_ALLOW_NONSTANDARD_MODE_COMBINATIONS] = {
		.key = KEY_NTP_CLIENT_ALLOW_NONSTANDARD_MODE_COMBINATIONS,
		.section = SECTION_NTP_CLIENT, .name = "AllowNonstandardModeCombinations",
		.unit = "",
		.meaning = "Whether a request of mode 1 may be answered in mode 4",
		YES_OR_NO, .defaults = SAME(1), .defined = true,
	},
	[KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MINUTES] = {
		.key = KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MINUTES,
		.section = SECTION_NTP_CLIENT, .name = "ResolvePeerBackoffMinutes", .unit = "min",
		.meaning = "First wait after a source could not be found, and before a better domain "
			   "controller is looked for",
		.minimum = 1, .maximum = UINT32_MAX, .defaults = SAME(15), .defined = true,
	},
	[KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MAX_TIMES] = {
		.key = KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MAX_TIMES,
		.section = SECTION_NTP_CLIENT, .name = "ResolvePeerBackoffMaxTimes",
		.unit = "count",
		.meaning = "How often that wait doubles; 0: never",
		.minimum = 0, .maximum = 31, .defaults = SAME(7), .defined = true,
	},
	[KEY_NTP_CLIENT_COMPATIBILITY_FLAGS] = {
		.key = KEY_NTP_CLIENT_COMPATIBILITY_FLAGS,
		.section = SECTION_NTP_CLIENT, .name = "CompatibilityFlags", .unit = "bits",
		.meaning = "0x1 ignore the server's dispersion, 0x2 ignore a reference time in the "
			   "future, 0x80000000 and 0x40000000 detect Windows 2000",
		ANYTHING, .defaults = SAME(0x80000000), .defined = true,
	},
	[KEY_NTP_CLIENT_EVENT_LOG_FLAGS] = {
		.key = KEY_NTP_CLIENT_EVENT_LOG_FLAGS,
		.section = SECTION_NTP_CLIENT, .name = "EventLogFlags", .unit = "bits",
		.meaning = "What the client logs: 0x1 changes of reachability, 0x2 large skews",
		.minimum = 0, .maximum = 3, .defaults = SAME(1), .defined = true,
	},
	[KEY_NTP_CLIENT_LARGE_SAMPLE_SKEW] = {
		.key = KEY_NTP_CLIENT_LARGE_SAMPLE_SKEW,
		.section = SECTION_NTP_CLIENT, .name = "LargeSampleSkew", .unit = "s",
		.meaning = "Skew from which that is logged",
		ANYTHING, .defaults = SAME(3), .defined = true,
	},
	[KEY_NTP_CLIENT_SPECIAL_POLL_INTERVAL] = {
		.key = KEY_NTP_CLIENT_SPECIAL_POLL_INTERVAL,
		.section = SECTION_NTP_CLIENT, .name = "SpecialPollInterval", .unit = "s",
		.meaning = "Fixed interval for peers with flag 0x1, kept between 2^MinPollInterval "
			   "and 2^MaxPollInterval",
		.minimum = 1, .maximum = UINT32_MAX, .defaults = { 604800, 3600, 3600 },
		.defined = true,
	},
	[KEY_NTP_CLIENT_SPECIAL_POLL_TIME_REMAINING] = {
		.key = KEY_NTP_CLIENT_SPECIAL_POLL_TIME_REMAINING,
		.section = SECTION_NTP_CLIENT, .name = "SpecialPollTimeRemaining",
		.type = CONFIG_TYPE_TEXT, .unit = "",
		.meaning = "Kept by W32Time itself", .unused = true,
		.defined = true, .text_defaults = SAME(""),
	},

	/* [NtpServer] */
	[KEY_NTP_SERVER_DLL_NAME] = {
		.key = KEY_NTP_SERVER_DLL_NAME,
		.section = SECTION_NTP_SERVER, .name = "DllName", .type = CONFIG_TYPE_EXPAND,
		.unit = "path", .meaning = "Where Windows finds its own provider", .unused = true,
		.defined = true, .text_defaults = SAME("C:\\Windows\\system32\\w32time.dll"),
	},
	[KEY_NTP_SERVER_ENABLED] = {
		.key = KEY_NTP_SERVER_ENABLED,
		.section = SECTION_NTP_SERVER, .name = "Enabled", .unit = "",
		.meaning = "Whether requests are answered",
		YES_OR_NO, .defaults = { 0, 0, 1 }, .defined = true,
	},
	[KEY_NTP_SERVER_INPUT_PROVIDER] = {
		.key = KEY_NTP_SERVER_INPUT_PROVIDER,
		.section = SECTION_NTP_SERVER, .name = "InputProvider", .unit = "",
		.meaning = "A server gives no samples, whatever is said here", .unused = true,
		YES_OR_NO, .defaults = SAME(0), .defined = true,
	},
	[KEY_NTP_SERVER_ALLOW_NONSTANDARD_MODE_COMBINATIONS] = {
		.key = KEY_NTP_SERVER_ALLOW_NONSTANDARD_MODE_COMBINATIONS,
		.section = SECTION_NTP_SERVER, .name = "AllowNonstandardModeCombinations",
		.unit = "",
		.meaning = "Whether requests of mode 1 are answered",
		YES_OR_NO, .defaults = SAME(1), .defined = true,
	},
	[KEY_NTP_SERVER_EVENT_LOG_FLAGS] = {
		.key = KEY_NTP_SERVER_EVENT_LOG_FLAGS,
		.section = SECTION_NTP_SERVER, .name = "EventLogFlags", .unit = "bits",
		.meaning = "What Windows' own server logs", .unused = true,
		.minimum = 0, .maximum = 3, .defaults = SAME(1), .defined = true,
	},
	[KEY_NTP_SERVER_REQUIRE_SECURE_TIME_SYNC_REQUESTS] = {
		.key = KEY_NTP_SERVER_REQUIRE_SECURE_TIME_SYNC_REQUESTS,
		.section = SECTION_NTP_SERVER, .name = "RequireSecureTimeSyncRequests",
		.unit = "",
		.meaning = "Whether of the signed requests only the newer form is answered",
		YES_OR_NO, .defaults = SAME(0), .defined = true,
	},
	[KEY_NTP_SERVER_CHAIN_DISABLE] = {
		.key = KEY_NTP_SERVER_CHAIN_DISABLE,
		.section = SECTION_NTP_SERVER, .name = "ChainDisable", .unit = "",
		.meaning = "Whether a read-only domain controller passes no requests on",
		.unused = true,
		YES_OR_NO, .defaults = SAME(0), .defined = true,
	},
	[KEY_NTP_SERVER_CHAIN_ENTRY_TIMEOUT] = {
		.key = KEY_NTP_SERVER_CHAIN_ENTRY_TIMEOUT,
		.section = SECTION_NTP_SERVER, .name = "ChainEntryTimeout", .unit = "s",
		.meaning = "How long a request that was passed on is remembered", .unused = true,
		ANYTHING, .defaults = SAME(16), .defined = true,
	},
	[KEY_NTP_SERVER_CHAIN_LOGGING_RATE] = {
		.key = KEY_NTP_SERVER_CHAIN_LOGGING_RATE,
		.section = SECTION_NTP_SERVER, .name = "ChainLoggingRate", .unit = "min",
		.meaning = "How often the passing on is logged", .unused = true,
		ANYTHING, .defaults = SAME(30), .defined = true,
	},
	[KEY_NTP_SERVER_CHAIN_MAX_ENTRIES] = {
		.key = KEY_NTP_SERVER_CHAIN_MAX_ENTRIES,
		.section = SECTION_NTP_SERVER, .name = "ChainMaxEntries", .unit = "count",
		.meaning = "How many requests may be under way", .unused = true,
		ANYTHING, .defaults = SAME(128), .defined = true,
	},
	[KEY_NTP_SERVER_CHAIN_MAX_HOST_ENTRIES] = {
		.key = KEY_NTP_SERVER_CHAIN_MAX_HOST_ENTRIES,
		.section = SECTION_NTP_SERVER, .name = "ChainMaxHostEntries", .unit = "count",
		.meaning = "How many of them may come from one machine", .unused = true,
		ANYTHING, .defaults = SAME(4), .defined = true,
	},

	/* [Domain] */
	[KEY_DOMAIN_ROLE] = {
		.key = KEY_DOMAIN_ROLE,
		.section = SECTION_DOMAIN, .name = "Role", .type = CONFIG_TYPE_TEXT, .unit = "word",
		.meaning = "Whose defaults hold; Auto looks at whether the machine is joined to a "
			   "domain and whether it is a domain controller",
		.text_defaults = SAME("Auto"), .words = "Auto|Standalone|Member|Controller",
	},
	[KEY_DOMAIN_REALM] = {
		.key = KEY_DOMAIN_REALM,
		.section = SECTION_DOMAIN, .name = "Realm", .type = CONFIG_TYPE_TEXT, .unit = "name",
		.meaning = "Kerberos realm of the domain; empty: as the machine was joined",
		.text_defaults = SAME(""), .check = check_domain_or_empty,
	},
	[KEY_DOMAIN_SITE] = {
		.key = KEY_DOMAIN_SITE,
		.section = SECTION_DOMAIN, .name = "Site", .type = CONFIG_TYPE_TEXT, .unit = "name",
		.meaning = "Site of the domain in which this machine stands; empty: as a domain "
			   "controller says",
		.text_defaults = SAME(""), .check = check_site_or_empty,
	},
	[KEY_DOMAIN_ACCOUNT_NAME] = {
		.key = KEY_DOMAIN_ACCOUNT_NAME,
		.section = SECTION_DOMAIN, .name = "AccountName", .type = CONFIG_TYPE_TEXT,
		.unit = "name",
		.meaning = "The machine's account, with or without the $ at its end; empty: as the "
			   "machine was joined",
		.text_defaults = SAME(""), .check = check_account_or_empty,
	},
	[KEY_DOMAIN_ACCOUNT_RID] = {
		.key = KEY_DOMAIN_ACCOUNT_RID,
		.section = SECTION_DOMAIN, .name = "AccountRid", .unit = "",
		.meaning = "The last number of the account's SID; 0: it is asked of the domain",
		ANYTHING, .defaults = SAME(0),
	},
	[KEY_DOMAIN_KEYTAB_PATH] = {
		.key = KEY_DOMAIN_KEYTAB_PATH,
		.section = SECTION_DOMAIN, .name = "KeytabPath", .type = CONFIG_TYPE_TEXT,
		.unit = "path",
		.meaning = "Kerberos keytab with the account's keys; empty: where the machine keeps it",
		.text_defaults = SAME(""), .check = check_path_or_empty,
	},
	[KEY_DOMAIN_SECRETS_PATH] = {
		.key = KEY_DOMAIN_SECRETS_PATH,
		.section = SECTION_DOMAIN, .name = "SecretsPath", .type = CONFIG_TYPE_TEXT,
		.unit = "path",
		.meaning = "Samba's secrets.tdb; empty: where Samba keeps it",
		.text_defaults = SAME(""), .check = check_path_or_empty,
	},
	[KEY_DOMAIN_KEY_PATH] = {
		.key = KEY_DOMAIN_KEY_PATH,
		.section = SECTION_DOMAIN, .name = "KeyPath", .type = CONFIG_TYPE_TEXT,
		.unit = "path",
		.meaning = "A file that only its owner may read with the NT hash of the account's "
			   "password as 32 hexadecimal digits, in a second line that of the "
			   "previous password; it is then asked alone",
		.text_defaults = SAME(""), .check = check_path_or_empty,
	},
	[KEY_DOMAIN_REQUIRE_EXTENDED_SIGNATURE] = {
		.key = KEY_DOMAIN_REQUIRE_EXTENDED_SIGNATURE,
		.section = SECTION_DOMAIN, .name = "RequireExtendedSignature", .unit = "",
		.meaning = "Whether time signed in the older form, with MD5, is neither asked for "
			   "nor taken",
		YES_OR_NO, .defaults = SAME(0),
	},
	[KEY_DOMAIN_NTP_SIGND_SOCKET] = {
		.key = KEY_DOMAIN_NTP_SIGND_SOCKET,
		.section = SECTION_DOMAIN, .name = "NtpSigndSocket", .type = CONFIG_TYPE_TEXT,
		.unit = "path",
		.meaning = "Socket of Samba's ntp_signd, which signs for a domain controller's "
			   "members; none: nothing is signed; empty: a domain controller takes the "
			   "one that Samba makes, others none",
		.text_defaults = SAME(""), .check = check_signd_socket,
	},
	[KEY_DOMAIN_SIGN_FOR] = {
		.key = KEY_DOMAIN_SIGN_FOR,
		.section = SECTION_DOMAIN, .name = "SignFor", .type = CONFIG_TYPE_LIST,
		.unit = "address blocks",
		.meaning = "Whose requests for signed time are answered; none given: everybody's",
		.maximum = 64, .check = check_address_block, .wraps = true,
	},
	[KEY_DOMAIN_SIGNED_RIDS_PER_ADDRESS] = {
		.key = KEY_DOMAIN_SIGNED_RIDS_PER_ADDRESS,
		.section = SECTION_DOMAIN, .name = "SignedRidsPerAddress", .unit = "accounts",
		.meaning = "For how many new accounts in SignedRidPeriod an address gets signed time",
		.minimum = 1, .maximum = 1000000, .defaults = SAME(4),
	},
	[KEY_DOMAIN_SIGNED_RIDS_PER_BLOCK] = {
		.key = KEY_DOMAIN_SIGNED_RIDS_PER_BLOCK,
		.section = SECTION_DOMAIN, .name = "SignedRidsPerBlock", .unit = "accounts",
		.meaning = "The same for all addresses together that share their first 24 bits (of "
			   "IPv6: 64); 0: no limit",
		.minimum = 0, .maximum = 1000000, .defaults = SAME(256),
	},
	[KEY_DOMAIN_SIGNED_RID_PERIOD] = {
		.key = KEY_DOMAIN_SIGNED_RID_PERIOD,
		.section = SECTION_DOMAIN, .name = "SignedRidPeriod", .unit = "s",
		.meaning = "How long new accounts are counted; it begins with the first of them",
		.minimum = 1, .maximum = 604800, .defaults = SAME(3600),
	},
	[KEY_DOMAIN_SIGNED_RID_EXEMPT] = {
		.key = KEY_DOMAIN_SIGNED_RID_EXEMPT,
		.section = SECTION_DOMAIN, .name = "SignedRidExempt", .type = CONFIG_TYPE_LIST,
		.unit = "address blocks",
		.meaning = "Addresses for which neither limit holds, because many machines share "
			   "one of them",
		.maximum = 16, .check = check_address_block, .wraps = true,
	},

	/* [w32timed] */
	[KEY_W32TIMED_STATE_DIR] = {
		.key = KEY_W32TIMED_STATE_DIR,
		.section = SECTION_W32TIMED, .name = "StateDir", .type = CONFIG_TYPE_TEXT,
		.unit = "path", .meaning = "Where the measured frequency is kept",
		.system_default = path_state, .check = check_path,
	},
	[KEY_W32TIMED_CONTROL_SOCKET] = {
		.key = KEY_W32TIMED_CONTROL_SOCKET,
		.section = SECTION_W32TIMED, .name = "ControlSocket", .type = CONFIG_TYPE_TEXT,
		.unit = "path", .meaning = "Where w32tm reaches the daemon, or none",
		.system_default = path_control, .check = check_control_socket,
	},
	[KEY_W32TIMED_USER] = {
		.key = KEY_W32TIMED_USER,
		.section = SECTION_W32TIMED, .name = "User", .type = CONFIG_TYPE_TEXT,
		.unit = "name",
		.meaning = "User whom the daemon becomes once its ports are open; empty: none",
		.text_defaults = SAME("w32timed"),
	},
	[KEY_W32TIMED_PORT] = {
		.key = KEY_W32TIMED_PORT,
		.section = SECTION_W32TIMED, .name = "Port", .unit = "UDP port",
		.meaning = "Port at which requests are answered",
		.minimum = 1, .maximum = 65535, .defaults = SAME(123),
	},
	[KEY_W32TIMED_BIND_ADDRESS] = {
		.key = KEY_W32TIMED_BIND_ADDRESS,
		.section = SECTION_W32TIMED, .name = "BindAddress", .type = CONFIG_TYPE_LIST,
		.unit = "addresses",
		.meaning = "Own addresses at which requests are answered; none given: all",
		.maximum = 16, .check = check_address, .wraps = true,
	},
	[KEY_W32TIMED_CLIENT_BIND_ADDRESS] = {
		.key = KEY_W32TIMED_CLIENT_BIND_ADDRESS,
		.section = SECTION_W32TIMED, .name = "ClientBindAddress", .type = CONFIG_TYPE_LIST,
		.unit = "addresses",
		.meaning = "Own addresses from which peers are asked, at most one IPv4 and one "
			   "IPv6; none given: the system chooses",
		.maximum = 2, .check = check_address, .wraps = true,
	},
	[KEY_W32TIMED_ALLOW_FROM] = {
		.key = KEY_W32TIMED_ALLOW_FROM,
		.section = SECTION_W32TIMED, .name = "AllowFrom", .type = CONFIG_TYPE_LIST,
		.unit = "address blocks",
		.meaning = "Whose requests are answered; none given: everybody's",
		.maximum = 64, .check = check_address_block, .wraps = true,
	},
	[KEY_W32TIMED_RATE_LIMIT] = {
		.key = KEY_W32TIMED_RATE_LIMIT,
		.section = SECTION_W32TIMED, .name = "RateLimit", .unit = "answers per s",
		.meaning = "How many answers a client gets in the long run; 0: no limit",
		.minimum = 0, .maximum = 1000000, .defaults = SAME(0),
	},
	[KEY_W32TIMED_RATE_BURST] = {
		.key = KEY_W32TIMED_RATE_BURST,
		.section = SECTION_W32TIMED, .name = "RateBurst", .unit = "answers",
		.meaning = "How many answers it may get at once before RateLimit holds",
		.minimum = 1, .maximum = 1000000, .defaults = SAME(16),
	},
	[KEY_W32TIMED_LOG_LEVEL] = {
		.key = KEY_W32TIMED_LOG_LEVEL,
		.section = SECTION_W32TIMED, .name = "LogLevel", .type = CONFIG_TYPE_TEXT,
		.unit = "word", .meaning = "The least important records that are written",
		.text_defaults = SAME("Information"), .words = "Error|Warning|Information|Debug",
	},
	[KEY_W32TIMED_PHASE_CORRECTION_MODEL] = {
		.key = KEY_W32TIMED_PHASE_CORRECTION_MODEL,
		.section = SECTION_W32TIMED, .name = "PhaseCorrectionModel", .unit = "year",
		.meaning = "Which Windows' rule decides between step and slew: that of Server 2016 "
			   "and later, or that of 2012 R2 and earlier",
		.minimum = 2008, .maximum = 2016, .defaults = SAME(2016), .words = "2016|2008",
	},
	[KEY_W32TIMED_SYSTEM_CALL_FILTER] = {
		.key = KEY_W32TIMED_SYSTEM_CALL_FILTER,
		.section = SECTION_W32TIMED, .name = "SystemCallFilter", .unit = "",
		.meaning = "Whether the daemon gives up the system calls that it never needs",
		YES_OR_NO, .defaults = SAME(1),
	},
};

static const char *const section_names[CONFIG_SECTIONS] = {
	[SECTION_CONFIG] = "Config",        [SECTION_PARAMETERS] = "Parameters",
	[SECTION_NTP_CLIENT] = "NtpClient", [SECTION_NTP_SERVER] = "NtpServer",
	[SECTION_DOMAIN] = "Domain",        [SECTION_W32TIMED] = "w32timed",
};

const struct config_key_info *config_key_info(enum config_key key)
{
	assert((unsigned)key < CONFIG_KEYS);
	return &keys[key];
}

const char *config_section_name(enum config_section section)
{
	assert((unsigned)section < CONFIG_SECTIONS);
	return section_names[section];
}

const char *config_key_default_text(enum config_key key, unsigned role)
{
	const struct config_key_info *info = config_key_info(key);
	const char *text = info->system_default != NULL ? info->system_default()
							: info->text_defaults[role];

	return text == NULL ? "" : text;
}

int config_section_find(const char *section)
{
	static const char providers[] = "TimeProviders\\";

	for (int i = 0; i < CONFIG_SECTIONS; i++) {
		if (text_equal_nocase(section, section_names[i]))
			return i;
	}
	if (!text_starts_nocase(section, providers))
		return -1;
	section += strlen(providers);
	for (int i = SECTION_NTP_CLIENT; i <= SECTION_NTP_SERVER; i++) {
		if (text_equal_nocase(section, section_names[i]))
			return i;
	}
	return -1;
}

int config_key_find(enum config_section section, const char *name)
{
	for (int i = 0; i < CONFIG_KEYS; i++) {
		if (keys[i].section == section && text_equal_nocase(name, keys[i].name))
			return i;
	}
	return -1;
}

/* Keeps CANDIDATE if it is nearer to NAME than what *BEST is; at a distance of
 * more than a third of its letters nothing is near. */
static void keys_consider(const char *name, const char *candidate, const char **best,
			  unsigned *distance)
{
	unsigned this = text_distance(name, candidate);

	if (this < *distance && this <= (strlen(candidate) + 2) / 3) {
		*best = candidate;
		*distance = this;
	}
}

const char *config_key_nearest(enum config_section section, const char *name)
{
	const char *best = NULL;
	unsigned distance = UINT_MAX;

	for (int i = 0; i < CONFIG_KEYS; i++) {
		if (keys[i].section == section)
			keys_consider(name, keys[i].name, &best, &distance);
	}
	return best;
}

const char *config_section_nearest(const char *name)
{
	const char *best = NULL;
	unsigned distance = UINT_MAX;

	for (int i = 0; i < CONFIG_SECTIONS; i++)
		keys_consider(name, section_names[i], &best, &distance);
	return best;
}
