/* The sample configuration and the manual page say what the table says, and what the
 * pages show is right. */
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

/* --- What pages show ------------------------------------------------------- */

static bool is_known_key(const char *name, size_t length)
{
	char copy[60];
	bool known = false;

	snprintf(copy, sizeof copy, "%.*s", (int)length, name);
	for (int section = 0; section < CONFIG_SECTIONS; section++)
		known = known || config_key_find(section, copy) >= 0;
	return known;
}

/* What a line sets if it is a setting, or a comment that shows one; else the line. */
static const char *uncommented(const char *line)
{
	const char *name = line + strspn(line, "#; \t");
	size_t length = strcspn(name, " \t=\n");

	return line[0] != ' ' && name[length + strspn(name + length, " \t")] == '=' &&
			       is_known_key(name, length)
		       ? name
		       : line;
}

static void check_sample(const char *page, const char *text)
{
	struct config_problems wrong = { .list = NULL };
	struct config *config = config_create(CONFIG_ROLE_STANDALONE);

	if (config_parse(config, CONFIG_ORIGIN_LOCAL, page, text, strlen(text), &wrong) < 0 ||
	    config_check(config, &wrong) < 0)
		ck_abort_msg("%s: %s in:\n%s", page, wrong.list[0].text, text);
	config_destroy(config);
}

/* The sample between START and END as it stands, and without signs of comments. */
static void check_both(const char *page, const char *start, const char *end)
{
	char text[4000], bare[4000];
	struct text all;

	snprintf(text, sizeof text, "%.*s", (int)(end - start), start);
	check_sample(page, text);
	text_init(&all, bare, sizeof bare);
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
		const char *from = uncommented(line);

		text_append(&all, "%.*s\n", (int)strcspn(from, "\n"), from);
		if (line[strcspn(line, "\n")] == '\0')
			break;
	}
	ck_assert(!all.truncated);
	check_sample(page, bare);
}

/* How many samples the page has: between BEGIN and END, with a [section] in them. */
static unsigned check_page(const char *page, const char *begin, const char *end)
{
	char *text = read_source(page);
	unsigned count = 0;

	for (char *at = text; (at = strstr(at, begin)) != NULL;) {
		char *stop = strstr(at += strlen(begin), end);

		ck_assert_msg(stop != NULL, "%s: a sample does not end", page);
		if (*at == '[') {
			check_both(page, at, stop);
			count++;
		}
		at = stop;
	}
	free(text);
	return count;
}

START_TEST(samples_in_pages_are_right)
{
	ck_assert_uint_eq(check_page("doc/time-server.md", "```ini\n", "```"), 2);
	ck_assert_uint_ge(check_page("doc/keeping-time.md", "```ini\n", "```"), 1);
	ck_assert_uint_ge(
		check_page("doc/w32timed.conf.5", "\n.Bd -literal -offset indent\n", ".Ed\n"), 2);
}
END_TEST

/* `Key=Value` in running text. */
static void check_settings(const char *page)
{
	char *text = read_source(page), *saved = text;

	while ((text = strchr(text, '`')) != NULL) {
		size_t length = strcspn(++text, "`\n"), name = strcspn(text, "=`\n");
		char setting[300];

		for (int i = 0; text[name] == '=' && i < CONFIG_KEYS; i++) {
			const struct config_key_info *info = config_key_info(i);

			if (strlen(info->name) != name || !text_starts_nocase(text, info->name))
				continue;
			snprintf(setting, sizeof setting, "[%s]\n%.*s\n",
				 config_section_name(info->section), (int)length, text);
			check_sample(page, setting);
			break;
		}
		text += length + (text[length] == '`');
	}
	free(saved);
}

START_TEST(settings_in_running_text_are_right)
{
	static const char *const pages[] = { "README.md",           "doc/time-server.md",
					     "doc/keeping-time.md", "doc/domain-time.md",
					     "doc/from-windows.md", "doc/windows.md",
					     "doc/design.md" };

	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		check_settings(pages[i]);
}
END_TEST

/* --- doc/w32timed.conf.5 -------------------------------------------------- */

static void describe_default(const struct config_key_info *info, uint32_t number, struct text *text)
{
	if (info->unlimited && number == UINT32_MAX)
		text_append(text, "no limit");
	else
		text_append(text, "%u", number);
}

static void describe_number(const struct config_key_info *info, struct text *text)
{
	if (info->words != NULL)
		text_append(text, "2016 or 2008");
	else if (info->maximum == 1)
		text_append(text, "0 or 1");
	else if (info->maximum == UINT32_MAX)
		text_append(text, "from %u", info->minimum);
	else
		text_append(text, "%u to %u", info->minimum, info->maximum);
	text_append(text, "; default ");
	describe_default(info, info->defaults[0], text);
	if (info->defaults[1] == info->defaults[0] && info->defaults[2] == info->defaults[0])
		return;
	text_append(text, " / ");
	describe_default(info, info->defaults[1], text);
	text_append(text, " / ");
	describe_default(info, info->defaults[2], text);
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
	tcase_add_test(page, samples_in_pages_are_right);
	tcase_add_test(page, settings_in_running_text_are_right);
	tcase_add_test(page, the_manual_page_describes_every_key);
	return unit_run("config documents", cases);
}
