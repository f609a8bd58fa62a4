/* The one table of keys.  Figures: Microsoft's "Windows Time service tools and
 * settings", edition of September 2025. */
#ifndef W32TIMED_CONFIG_KEYS_H
#define W32TIMED_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_section {
	SECTION_CONFIG,
	SECTION_PARAMETERS,
	SECTION_NTP_CLIENT, /* also [TimeProviders\NtpClient] */
	SECTION_NTP_SERVER, /* also [TimeProviders\NtpServer] */
	SECTION_DOMAIN,
	SECTION_W32TIMED,
	CONFIG_SECTIONS,
};

/* In the order in which W32Time's own tools list them. */
enum config_key {
	KEY_CONFIG_EVENT_LOG_FLAGS,
	KEY_CONFIG_ANNOUNCE_FLAGS,
	KEY_CONFIG_TIME_JUMP_AUDIT_OFFSET,
	KEY_CONFIG_MIN_POLL_INTERVAL,
	KEY_CONFIG_MAX_POLL_INTERVAL,
	KEY_CONFIG_MAX_NEG_PHASE_CORRECTION,
	KEY_CONFIG_MAX_POS_PHASE_CORRECTION,
	KEY_CONFIG_MAX_ALLOWED_PHASE_OFFSET,
	KEY_CONFIG_FREQUENCY_CORRECT_RATE,
	KEY_CONFIG_POLL_ADJUST_FACTOR,
	KEY_CONFIG_LARGE_PHASE_OFFSET,
	KEY_CONFIG_SPIKE_WATCH_PERIOD,
	KEY_CONFIG_LOCAL_CLOCK_DISPERSION,
	KEY_CONFIG_HOLD_PERIOD,
	KEY_CONFIG_PHASE_CORRECT_RATE,
	KEY_CONFIG_UPDATE_INTERVAL,
	KEY_CONFIG_CLOCK_ADJUSTMENT_AUDIT_LIMIT,
	KEY_CONFIG_CLOCK_HOLDOVER_PERIOD,
	KEY_CONFIG_MAX_CLOCK_RATE,
	KEY_CONFIG_MIN_CLOCK_RATE,
	KEY_CONFIG_LAST_CLOCK_RATE,
	KEY_CONFIG_UTILIZE_SSL_TIME_DATA,
	KEY_CONFIG_FILE_LOG_NAME,
	KEY_CONFIG_FILE_LOG_ENTRIES,
	KEY_CONFIG_FILE_LOG_SIZE,
	KEY_CONFIG_FILE_LOG_FLAGS,

	KEY_PARAMETERS_SERVICE_DLL,
	KEY_PARAMETERS_SERVICE_MAIN,
	KEY_PARAMETERS_SERVICE_DLL_UNLOAD_ON_STOP,
	KEY_PARAMETERS_TYPE,
	KEY_PARAMETERS_NTP_SERVER,

	KEY_NTP_CLIENT_DLL_NAME,
	KEY_NTP_CLIENT_ENABLED,
	KEY_NTP_CLIENT_INPUT_PROVIDER,
	KEY_NTP_CLIENT_CROSS_SITE_SYNC_FLAGS,
	KEY_NTP_CLIENT_ALLOW_NONSTANDARD_MODE_COMBINATIONS,
	KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MINUTES,
	KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MAX_TIMES,
	KEY_NTP_CLIENT_COMPATIBILITY_FLAGS,
	KEY_NTP_CLIENT_EVENT_LOG_FLAGS,
	KEY_NTP_CLIENT_LARGE_SAMPLE_SKEW,
	KEY_NTP_CLIENT_SPECIAL_POLL_INTERVAL,
	KEY_NTP_CLIENT_SPECIAL_POLL_TIME_REMAINING,

	KEY_NTP_SERVER_DLL_NAME,
	KEY_NTP_SERVER_ENABLED,
	KEY_NTP_SERVER_INPUT_PROVIDER,
	KEY_NTP_SERVER_ALLOW_NONSTANDARD_MODE_COMBINATIONS,
	KEY_NTP_SERVER_EVENT_LOG_FLAGS,
	KEY_NTP_SERVER_REQUIRE_SECURE_TIME_SYNC_REQUESTS,
	KEY_NTP_SERVER_CHAIN_DISABLE,
	KEY_NTP_SERVER_CHAIN_ENTRY_TIMEOUT,
	KEY_NTP_SERVER_CHAIN_LOGGING_RATE,
	KEY_NTP_SERVER_CHAIN_MAX_ENTRIES,
	KEY_NTP_SERVER_CHAIN_MAX_HOST_ENTRIES,

	KEY_DOMAIN_ROLE, /* Auto, Standalone, Member, Controller */
	KEY_DOMAIN_REALM,
	KEY_DOMAIN_SITE,
	KEY_DOMAIN_ACCOUNT_NAME,
	KEY_DOMAIN_ACCOUNT_RID, /* 0: to be asked of the domain */
	KEY_DOMAIN_KEYTAB_PATH,
	KEY_DOMAIN_SECRETS_PATH,
	KEY_DOMAIN_KEY_PATH,
	KEY_DOMAIN_REQUIRE_EXTENDED_SIGNATURE,
	KEY_DOMAIN_NTP_SIGND_SOCKET, /* a path, "none", or "": where Samba has it */
	KEY_DOMAIN_SIGN_FOR,         /* list of address blocks; default everybody */
	KEY_DOMAIN_SIGNED_RIDS_PER_ADDRESS,
	KEY_DOMAIN_SIGNED_RIDS_PER_BLOCK, /* 0: no limit */
	KEY_DOMAIN_SIGNED_RID_PERIOD,
	KEY_DOMAIN_SIGNED_RID_EXEMPT, /* list of address blocks */

	KEY_W32TIMED_STATE_DIR,
	KEY_W32TIMED_CONTROL_SOCKET, /* a path, or "none" */
	KEY_W32TIMED_USER,           /* "": the user stays the same */
	KEY_W32TIMED_PORT,
	KEY_W32TIMED_BIND_ADDRESS,        /* list; where NtpServer answers */
	KEY_W32TIMED_CLIENT_BIND_ADDRESS, /* list, one a family; where requests leave from */
	KEY_W32TIMED_ALLOW_FROM,          /* list of address blocks; default everybody */
	KEY_W32TIMED_RATE_LIMIT,          /* answers a second and client; 0: none */
	KEY_W32TIMED_RATE_BURST,
	KEY_W32TIMED_LOG_LEVEL,              /* Error, Warning, Information, Debug */
	KEY_W32TIMED_PHASE_CORRECTION_MODEL, /* 2016, 2008 */
	KEY_W32TIMED_SYSTEM_CALL_FILTER,     /* 0/1 */
	CONFIG_KEYS,
};

enum config_type {
	CONFIG_TYPE_NUMBER, /* REG_DWORD */
	CONFIG_TYPE_TEXT,   /* REG_SZ */
	CONFIG_TYPE_EXPAND, /* REG_EXPAND_SZ */
	CONFIG_TYPE_LIST,   /* items between blanks, may be given several times; ours only */
};

struct config_key_info {
	enum config_key key;
	enum config_section section;
	const char *name; /* as W32Time spells it */
	enum config_type type;
	const char *unit;    /* "s", "10 ms", "log2 s"; "" */
	const char *meaning; /* one line, for the manual page */
	bool unused;         /* accepted, said to be unused */
	/* Numbers; of a list, MAXIMUM is how many items it may have. */
	uint32_t minimum, maximum;
	bool unlimited;       /* UINT32_MAX: no limit */
	uint32_t defaults[3]; /* by enum config_role */
	bool defined;         /* W32Time has it in its registry by default */
	/* Texts: the default; NULL: unset.  By role as well. */
	const char *text_defaults[3];
	/* NULL, or the default where it depends on the system. */
	const char *(*system_default)(void);
	/* NULL, or the words (of a number key: the numbers) that are allowed,
	 * separated by '|'. */
	const char *words;
	/* NULL, or a check beyond the above, for each item of a list: NULL
	 * result: fine, else what is wrong or allowed, as part of a sentence. */
	const char *(*check)(const char *value, char *buffer, size_t size);
	/* The value may go on in indented lines. */
	bool wraps;
};

/* Never NULL for a key below CONFIG_KEYS. */
const struct config_key_info *config_key_info(enum config_key key);

/* Case does not matter; SECTION may be the long form.  -1: there is no such name. */
int config_section_find(const char *section);
int config_key_find(enum config_section section, const char *name);

/* "Config", "Parameters", "NtpClient", "NtpServer", "Domain", "w32timed". */
const char *config_section_name(enum config_section section);

/* The default of KEY as text ("" for an unset one; numbers are
 * in the table). */
const char *config_key_default_text(enum config_key key, unsigned role);

/* The most similar key or section name, NULL if nothing is near. */
const char *config_key_nearest(enum config_section section, const char *name);
const char *config_section_nearest(const char *name);

#endif
