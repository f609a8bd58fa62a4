/* The sample configuration and the manual page say what the table says. */
#include "base/text.h"
#include "config/config.h"
#include "config/peer_list.h"
#include "platform/files.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static char *read_source(const char *name)
{
	const char *source = getenv("srcdir");
	char path[1000];
	char *data;
	size_t length;
	struct error error;

	snprintf(path, sizeof path, "%s/%s", source == NULL ? "." : source, name);
	ck_assert_msg(file_read(path, 1000000, &data, &length, &error) == 0, "%s", error.text);
	return data;
}

/* --- etc/w32timed.conf ---------------------------------------------------- */

static struct config *parse_sample(const char *text)
{
	struct config *config = config_create(CONFIG_ROLE_STANDALONE);
	struct config_problems problems = { .list = NULL };
	int result = config_parse(config, CONFIG_ORIGIN_LOCAL, "etc/w32timed.conf", text,
				  strlen(text), &problems);

	ck_assert_msg(result == 0, "line %u: %s", problems.list[0].line, problems.list[0].text);
	ck_assert_int_eq(config_check(config, NULL), 0);
	return config;
}

START_TEST(the_sample_loads)
{
	char *text = read_source("etc/w32timed.conf");
	struct config *config = parse_sample(text);
	struct peer_list peers;

	ck_assert_int_eq(
		peer_list_parse(config_text(config, KEY_PARAMETERS_NTP_SERVER), &peers, NULL), 0);
	ck_assert_uint_eq(peers.count, 4);
	for (unsigned i = 0; i < 4; i++) {
		char name[40];

		snprintf(name, sizeof name, "%u.pool.ntp.org", i);
		ck_assert_str_eq(peers.entries[i].host, name);
		ck_assert_uint_eq(peers.entries[i].flags, PEER_CLIENT);
	}
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MIN_POLL_INTERVAL), 6);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL), 10);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_UPDATE_INTERVAL), 100);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_PHASE_CORRECT_RATE), 1);
	/* A machine in a domain keeps following it. */
	ck_assert_int_eq(config_origin(config, KEY_PARAMETERS_TYPE), CONFIG_ORIGIN_DEFAULT);
	config_destroy(config);
	free(text);
}
END_TEST

/* With the sign of a comment taken from the settings, the sample sets every key,
 * each that was a comment to its default. */
START_TEST(the_sample_shows_every_key_and_its_default)
{
	char *text = read_source("etc/w32timed.conf"), *all = strdup(text), *to = all;
	struct config *sample = parse_sample(text), *config;
	struct config *defaults = config_create(CONFIG_ROLE_STANDALONE);

	for (const char *from = text; *from != '\0'; from++) {
		if (*from != ';' || (from > text && from[-1] != '\n'))
			*to++ = *from;
	}
	*to = '\0';
	config = parse_sample(all);
	for (int i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key_info *info = config_key_info(i);

		ck_assert_msg(config_origin(config, i) == CONFIG_ORIGIN_LOCAL, "no %s", info->name);
		if (config_origin(sample, i) == CONFIG_ORIGIN_DEFAULT &&
		    info->system_default == NULL)
			ck_assert_msg(config_same(config, defaults, i), "%s", info->name);
	}
	config_destroy(config);
	config_destroy(sample);
	config_destroy(defaults);
	free(text);
	free(all);
}
END_TEST

/* --- doc/w32timed.conf.5 -------------------------------------------------- */

static void describe_number(const struct config_key_info *info, struct text *text)
{
	if (info->words != NULL)
		text_append(text, "2016 or 2008");
	else if (info->maximum == 1)
		text_append(text, "0 or 1");
	else
		text_append(text, "%u to %u", info->minimum, info->maximum);
	text_append(text, "; default %u", info->defaults[0]);
	if (info->defaults[1] != info->defaults[0] || info->defaults[2] != info->defaults[0])
		text_append(text, " / %u / %u", info->defaults[1], info->defaults[2]);
}

static void describe_text(const struct config_key_info *info, struct text *text)
{
	const char *standalone = config_key_default_text(info->key, CONFIG_ROLE_STANDALONE);
	const char *member = config_key_default_text(info->key, CONFIG_ROLE_MEMBER);
	const char *controller = config_key_default_text(info->key, CONFIG_ROLE_CONTROLLER);

	if (info->words != NULL)
		text_append(text, "%s", info->words);
	/* Where it is depends on how the package was built. */
	if (info->key == KEY_W32TIMED_STATE_DIR)
		standalone = member = controller = "/var/lib/w32timed";
	if (info->key == KEY_W32TIMED_CONTROL_SOCKET)
		standalone = member = controller = "/run/w32timed/control";
	text_append(text, *standalone == '\0' ? "; no default" : "; default %s", standalone);
	if (strcmp(standalone, member) != 0 || strcmp(standalone, controller) != 0)
		text_append(text, " / %s / %s", *member == '\0' ? "none" : member,
			    *controller == '\0' ? "none" : controller);
}

/* The entry of a key: name; unit, range and defaults; meaning. */
static void describe(const struct config_key_info *info, char *buffer, size_t size)
{
	struct text text;
	char plain[1000];

	text_init(&text, plain, sizeof plain);
	text_append(&text, "(%s%s", info->unused ? "unused; " : "", info->unit);
	if (info->type == CONFIG_TYPE_NUMBER) {
		text_append(&text, *info->unit == '\0' ? "" : ", ");
		describe_number(info, &text);
	} else {
		text_append(&text, info->words != NULL ? ": " : *info->unit == '\0' ? "text" : "");
		describe_text(info, &text);
	}
	text_append(&text, ")\n%s.\n", info->meaning);
	ck_assert(!text.truncated);
	/* As mdoc wants it. */
	text_init(&text, buffer, size);
	text_append(&text, ".It Sy %s\n", info->name);
	for (const char *c = plain; *c != '\0'; c++)
		text_append(&text, *c == '\\' ? "\\e" : "%c", *c);
	ck_assert(!text.truncated);
}

/* Where lines end does not matter. */
static char *flatten(char *text)
{
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\n')
			*c = ' ';
	}
	return text;
}

START_TEST(the_manual_page_describes_every_key)
{
	char *page = flatten(read_source("doc/w32timed.conf.5"));

	for (int section = 0; section < CONFIG_SECTIONS; section++) {
		char heading[40], entry[1200];
		char *start, *end;

		snprintf(heading, sizeof heading, " .Ss \\&[%s]\\& ", config_section_name(section));
		start = strstr(page, heading);
		ck_assert_msg(start != NULL, "no %s", heading);
		end = strstr(start + 1, section == SECTION_W32TIMED ? " .Sh PEERS " : " .Ss ");
		ck_assert_ptr_nonnull(end);
		for (int i = 0; i < CONFIG_KEYS; i++) {
			const struct config_key_info *info = config_key_info(i);
			const char *found;

			if ((int)info->section != section)
				continue;
			describe(info, entry, sizeof entry);
			found = strstr(start, flatten(entry));
			ck_assert_msg(found != NULL && found < end, "not found:\n%s", entry);
		}
	}
	free(page);
}
END_TEST

int main(void)
{
	TCase *sample = tcase_create("sample"), *page = tcase_create("manual page");
	TCase *const cases[] = { sample, page, NULL };

	tcase_add_test(sample, the_sample_loads);
	tcase_add_test(sample, the_sample_shows_every_key_and_its_default);
	tcase_add_test(page, the_manual_page_describes_every_key);
	return unit_run("config documents", cases);
}
