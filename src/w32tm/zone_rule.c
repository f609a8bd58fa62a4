#include "w32tm/zone_rule.h"

#include <errno.h>
#include <string.h>

/* "CET" or "<+01>"; returns what follows, NULL if it is no name. */
static const char *parse_name(const char *text, char *name, size_t size)
{
	bool quoted = *text == '<';
	size_t length;

	if (quoted)
		length = strcspn(++text, ">");
	else
		length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	if (length < 3 || length >= size || (quoted && text[length] != '>'))
		return NULL;
	memcpy(name, text, length);
	name[length] = '\0';
	return text + length + quoted;
}

static const char *parse_number(const char *text, int *number)
{
	*number = 0;
	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		*number = *number * 10 + (*text - '0');
		if (*number > 999)
			return NULL;
	}
	return text;
}

/* "[+-]hh[:mm[:ss]]" in minutes. */
static const char *parse_time(const char *text, int *minutes)
{
	bool negative = *text == '-';
	int hours, part = 0;

	if (*text == '-' || *text == '+')
		text++;
	text = parse_number(text, &hours);
	*minutes = hours * 60;
	if (text != NULL && *text == ':') {
		text = parse_number(text + 1, &part);
		*minutes += part;
	}
	if (text != NULL && *text == ':')
		text = parse_number(text + 1, &part);
	if (negative)
		*minutes = -*minutes;
	return text;
}

/* ",Mm.w.d[/time]", ",Jn[/time]" or ",n[/time]". */
static const char *parse_date(const char *text, struct zone_date *date)
{
	int number;

	*date = (struct zone_date){ .month = 0 };
	if (*text++ != ',')
		return NULL;
	if (*text == 'M') {
		text = parse_number(text + 1, &date->month);
		if (text == NULL || *text != '.')
			return NULL;
		text = parse_number(text + 1, &date->week);
		if (text == NULL || *text != '.')
			return NULL;
		text = parse_number(text + 1, &date->day);
	} else {
		text = parse_number(*text == 'J' ? text + 1 : text, &number);
	}
	if (text != NULL && *text == '/')
		text = parse_time(text + 1, &number);
	return text;
}

static const char *parse_daylight(const char *text, struct zone_rule *rule)
{
	int bias = rule->bias - 60;

	text = parse_name(text, rule->daylight.name, sizeof rule->daylight.name);
	if (text != NULL && *text != ',' && *text != '\0')
		text = parse_time(text, &bias);
	if (text == NULL)
		return NULL;
	rule->has_daylight = true;
	rule->daylight.bias = bias - rule->bias;
	if (*text == '\0')
		text = ",M3.2.0,M11.1.0"; /* what the C library takes */
	text = parse_date(text, &rule->daylight.begin);
	return text == NULL ? NULL : parse_date(text, &rule->standard.begin);
}

/* Windows' standard time is the season with the earlier clock. */
static void put_standard_first(struct zone_rule *rule)
{
	struct zone_season season = rule->standard;

	if (rule->daylight.bias <= 0)
		return;
	rule->reversed = true;
	rule->bias += rule->daylight.bias;
	rule->standard = rule->daylight;
	rule->daylight = season;
	rule->daylight.bias = -rule->standard.bias;
	rule->standard.bias = 0;
}

int zone_rule_parse(const char *text, struct zone_rule *rule)
{
	memset(rule, 0, sizeof *rule);
	text = parse_name(text, rule->standard.name, sizeof rule->standard.name);
	if (text != NULL)
		text = parse_time(text, &rule->bias);
	if (text != NULL && *text != '\0')
		text = parse_daylight(text, rule);
	if (text == NULL || *text != '\0')
		return -EINVAL;
	if (rule->has_daylight)
		put_standard_first(rule);
	else
		rule->daylight = rule->standard;
	return 0;
}

void zone_rule_name(struct zone_rule *rule, const char *name)
{
	static const char standard[] = " Standard ";
	const char *windows = zone_windows_name(name);
	const char *place = windows == NULL ? NULL : strstr(windows, standard);

	if (windows == NULL)
		return;
	snprintf(rule->standard.name, sizeof rule->standard.name, "%s", windows);
	if (place == NULL)
		snprintf(rule->daylight.name, sizeof rule->daylight.name, "%s", windows);
	else
		snprintf(rule->daylight.name, sizeof rule->daylight.name, "%.*s Daylight %s",
			 (int)(place - windows), windows, place + strlen(standard));
}

static void print_season(FILE *out, const char *kind, const struct zone_season *season)
{
	fprintf(out, "  [%s Name:\"%s\" Bias:%dmin Date:(", kind, season->name, season->bias);
	if (season->begin.month == 0)
		fputs("unspecified)]\n", out);
	else
		fprintf(out, "M:%d D:%d DoW:%d)]\n", season->begin.month, season->begin.week,
			season->begin.day);
}

void zone_rule_print(FILE *out, const struct zone_rule *rule, bool daylight)
{
	const char *current = "UNKNOWN";

	if (rule->has_daylight)
		current = daylight != rule->reversed ? "DAYLIGHT" : "STANDARD";
	fprintf(out, "Time zone: Current:TIME_ZONE_ID_%s Bias: %dmin (UTC=LocalTime+Bias)\n",
		current, rule->bias);
	print_season(out, "Standard", &rule->standard);
	print_season(out, "Daylight", &rule->daylight);
}
