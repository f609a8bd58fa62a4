#include <config.h>

#include "account/sssd.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/lines.h"

static bool sssd_is(struct config_span span, const char *text)
{
	return span.length == strlen(text) && text_starts_nocase(span.start, text);
}

/* What does not fit, or is no text, is left out. */
static void sssd_copy(char *to, size_t size, struct config_span from)
{
	if (from.length < size && memchr(from.start, '\0', from.length) == NULL)
		snprintf(to, size, "%.*s", (int)from.length, from.start);
}

static void sssd_take_setting(struct account_sssd *domain, const struct config_line *line)
{
	char authid[256] = "";

	if (sssd_is(line->name, "id_provider")) {
		domain->found = sssd_is(line->value, "ad");
	} else if (sssd_is(line->name, "ad_domain")) {
		/* The realm is its name in upper case, unless that is given. */
		sssd_copy(domain->realm, sizeof domain->realm, line->value);
	} else if (sssd_is(line->name, "ad_hostname")) {
		sssd_copy(domain->host, sizeof domain->host, line->value);
	} else if (sssd_is(line->name, "krb5_keytab")) {
		sssd_copy(domain->keytab, sizeof domain->keytab, line->value);
	} else if (sssd_is(line->name, "ldap_sasl_authid")) {
		sssd_copy(authid, sizeof authid, line->value);
		authid[strcspn(authid, "@")] = '\0';
		if (authid[0] != '\0' && authid[strlen(authid) - 1] == '$')
			strcpy(domain->account, authid);
	}
}

/* "domain/corp.example" begins a domain, whose name is its realm's at first. */
static bool sssd_begin_domain(struct account_sssd *domain, const struct config_line *line)
{
	static const char start[] = "domain/";
	struct config_span name = line->name;

	*domain = (struct account_sssd){ .found = false };
	if (name.length < sizeof start || !text_starts_nocase(name.start, start))
		return false;
	name.start += strlen(start);
	name.length -= strlen(start);
	sssd_copy(domain->realm, sizeof domain->realm, name);
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
			inside = sssd_begin_domain(&domain, &line);
			realm[0] = '\0';
		} else if (line.kind == CONFIG_LINE_SETTING && inside) {
			sssd_take_setting(&domain, &line);
			if (sssd_is(line.name, "krb5_realm"))
				sssd_copy(realm, sizeof realm, line.value);
		}
	}
	if (sssd->found || !inside || !domain.found)
		return;
	if (realm[0] != '\0')
		strcpy(domain.realm, realm);
	*sssd = domain;
}
