#include <config.h>

#include "account/sssd.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/lines.h"

static bool is(struct config_span span, const char *text)
{
	return span.length == strlen(text) && text_starts_nocase(span.start, text);
}

/* What does not fit, or is no text, is left out. */
static void copy(char *to, size_t size, struct config_span from)
{
	if (from.length < size && memchr(from.start, '\0', from.length) == NULL)
		snprintf(to, size, "%.*s", (int)from.length, from.start);
}

static void take_setting(struct account_sssd *domain, const struct config_line *line)
{
	char authid[256] = "";

	if (is(line->name, "id_provider")) {
		domain->found = is(line->value, "ad");
	} else if (is(line->name, "ad_domain")) {
		/* The realm is its name in upper case, unless that is given. */
		copy(domain->realm, sizeof domain->realm, line->value);
	} else if (is(line->name, "ad_hostname")) {
		copy(domain->host, sizeof domain->host, line->value);
	} else if (is(line->name, "krb5_keytab")) {
		copy(domain->keytab, sizeof domain->keytab, line->value);
	} else if (is(line->name, "ldap_sasl_authid")) {
		copy(authid, sizeof authid, line->value);
		authid[strcspn(authid, "@")] = '\0';
		if (authid[0] != '\0' && authid[strlen(authid) - 1] == '$')
			strcpy(domain->account, authid);
	}
}

/* "domain/corp.example" begins a domain, whose name is its realm's at first. */
static bool begin_domain(struct account_sssd *domain, const struct config_line *line)
{
	static const char start[] = "domain/";
	struct config_span name = line->name;

	*domain = (struct account_sssd){ .found = false };
	if (name.length < sizeof start || !text_starts_nocase(name.start, start))
		return false;
	name.start += strlen(start);
	name.length -= strlen(start);
	copy(domain->realm, sizeof domain->realm, name);
	return true;
}

void account_sssd_parse(struct account_sssd *sssd, const char *text, size_t length)
{
	struct account_sssd domain = { .found = false };
	struct config_lines lines;
	struct config_line line;
	char realm[sizeof domain.realm] = "";
	bool inside = false;

	if (memchr(text, '\0', length) != NULL)
		return;
	config_lines_init(&lines, text, length);
	while (!sssd->found && config_lines_next(&lines, &line)) {
		if (line.kind == CONFIG_LINE_SECTION) {
			if (inside && domain.found)
				break;
			inside = begin_domain(&domain, &line);
			realm[0] = '\0';
		} else if (line.kind == CONFIG_LINE_SETTING && inside) {
			take_setting(&domain, &line);
			if (is(line.name, "krb5_realm"))
				copy(realm, sizeof realm, line.value);
		}
	}
	if (sssd->found || !inside || !domain.found)
		return;
	if (realm[0] != '\0')
		strcpy(domain.realm, realm);
	*sssd = domain;
}
