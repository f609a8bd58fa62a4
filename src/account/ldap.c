#include <config.h>

#include "account/ldap.h"

#include <errno.h>

#if defined(HAVE_LDAP) && defined(HAVE_SASL) && defined(HAVE_KRB5)

#include <krb5.h>
#include <ldap.h>
#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/sid.h"

#define CACHE        "MEMORY:w32timed-account"
#define SERVERS_MAX  4
#define CONNECT_SECS 3
#define REQUEST_SECS 5

/* ------------------------------------------------------------------------- */
/* Credentials */

static int directory_set_krb5(struct error *error, krb5_context context, krb5_error_code code,
			      const char *principal)
{
	const char *message = krb5_get_error_message(context, code);

	error_set(error, EACCES, "no Kerberos ticket for %s: %s", principal, message);
	krb5_free_error_message(context, message);
	return -EACCES;
}

static krb5_error_code directory_fill_cache(krb5_context context, krb5_principal client,
					    krb5_keytab keytab)
{
	krb5_creds credentials = { .magic = 0 };
	krb5_ccache cache;
	krb5_error_code code = krb5_get_init_creds_keytab(context, &credentials, client, keytab, 0,
							  NULL, NULL);

	if (code != 0)
		return code;
	code = krb5_cc_resolve(context, CACHE, &cache);
	if (code == 0) {
		code = krb5_cc_initialize(context, cache, client);
		if (code == 0)
			code = krb5_cc_store_cred(context, cache, &credentials);
		/* It lives as long as the process, under its name. */
		krb5_cc_close(context, cache);
	}
	krb5_free_cred_contents(context, &credentials);
	return code;
}

/* A ticket for the account into a cache in memory, where GSSAPI looks for it. */
static int directory_get_ticket(const struct account_facts *facts, const char *path,
				struct error *error)
{
	char principal[400], name[1100];
	krb5_context context;
	krb5_principal client = NULL;
	krb5_keytab keytab = NULL;
	krb5_error_code code;
	int result = 0;

	if (setenv("KRB5CCNAME", CACHE, 1) < 0 || krb5_init_context(&context) != 0)
		return error_set(error, EINVAL, "Kerberos cannot be set up: krb5.conf is faulty");
	snprintf(principal, sizeof principal, "%s@%s", facts->account, facts->realm);
	snprintf(name, sizeof name, "FILE:%s", path);
	code = krb5_parse_name(context, principal, &client);
	if (code == 0)
		code = krb5_kt_resolve(context, name, &keytab);
	if (code == 0)
		code = directory_fill_cache(context, client, keytab);
	if (code != 0)
		result = directory_set_krb5(error, context, code, principal);
	if (keytab != NULL)
		krb5_kt_close(context, keytab);
	krb5_free_principal(context, client);
	krb5_free_context(context);
	return result;
}

/* ------------------------------------------------------------------------- */
/* One domain controller */

/* GSSAPI wants to know nothing that is not in the credentials. */
static int directory_answer_defaults(LDAP *connection, unsigned flags, void *defaults,
				     void *questions)
{
	(void)connection;
	(void)flags;
	(void)defaults;
	for (sasl_interact_t *question = questions; question->id != SASL_CB_LIST_END; question++) {
		question->result = "";
		question->len = 0;
	}
	return LDAP_SUCCESS;
}

static int directory_set_options(LDAP *connection)
{
	const struct timeval connect = { .tv_sec = CONNECT_SECS }, request = { REQUEST_SECS, 0 };
	const int version = LDAP_VERSION3;
	/* At least signed; the name is the SRV record's, whatever the reverse zone
	 * says. */
	char security[] = "noanonymous,noplain,minssf=1";

	if (ldap_set_option(connection, LDAP_OPT_PROTOCOL_VERSION, &version) != 0 ||
	    ldap_set_option(connection, LDAP_OPT_NETWORK_TIMEOUT, &connect) != 0 ||
	    ldap_set_option(connection, LDAP_OPT_TIMEOUT, &request) != 0 ||
	    ldap_set_option(connection, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) != 0 ||
	    ldap_set_option(connection, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) != 0 ||
	    ldap_set_option(connection, LDAP_OPT_X_SASL_SECPROPS, security) != 0)
		return LDAP_LOCAL_ERROR;
	return LDAP_SUCCESS;
}

/* "corp.example" is "DC=corp,DC=example" there. */
static void directory_base_of_domain(const char *domain, char *base, size_t size)
{
	size_t used = 0;

	base[0] = '\0';
	while (*domain != '\0' && used < size) {
		size_t length = strcspn(domain, ".");

		used += (size_t)snprintf(base + used, size - used, "%sDC=%.*s", used > 0 ? "," : "",
					 (int)length, domain);
		domain += length + (domain[length] == '.');
	}
}

static int directory_take_sid(LDAP *connection, LDAPMessage *found, uint32_t *rid,
			      struct error *error)
{
	LDAPMessage *entry = ldap_first_entry(connection, found);
	struct berval **values = NULL;
	int result = -EBADMSG;

	if (entry != NULL && ldap_next_entry(connection, entry) == NULL)
		values = ldap_get_values_len(connection, entry, "objectSid");
	if (ldap_count_values_len(values) == 1)
		result = sid_account_rid((const uint8_t *)values[0]->bv_val, values[0]->bv_len,
					 rid);
	ldap_value_free_len(values);
	return result == 0
		       ? 0
		       : error_set(error, EBADMSG, "the directory gives no SID for the account");
}

/* A name of nothing but what check_account_or_empty() lets pass needs no escapes,
 * but for the parentheses that it does not speak of. */
static bool directory_is_plain(const char *account)
{
	return strpbrk(account, "()*\\") == NULL;
}

static int directory_search_account(LDAP *connection, const struct account_facts *facts,
				    uint32_t *rid, struct error *error)
{
	char attribute[] = "objectSid", *attributes[] = { attribute, NULL };
	struct timeval limit = { .tv_sec = REQUEST_SECS };
	char filter[128], base[1200];
	LDAPMessage *found = NULL;
	int code, result;

	if (!directory_is_plain(facts->account))
		return error_set(error, EINVAL, "the account's name is none");
	snprintf(filter, sizeof filter, "(sAMAccountName=%s)", facts->account);
	directory_base_of_domain(facts->domain, base, sizeof base);
	code = ldap_search_ext_s(connection, base, LDAP_SCOPE_SUBTREE, filter, attributes, 0, NULL,
				 NULL, &limit, 2, &found);
	result = code == LDAP_SUCCESS ? directory_take_sid(connection, found, rid, error)
				      : error_set(error, EIO, "the directory's answer: %s",
						  ldap_err2string(code));
	ldap_msgfree(found);
	return result;
}

static int directory_ask_server(const char *server, const struct account_facts *facts,
				uint32_t *rid, struct error *error)
{
	char url[320];
	LDAP *connection;
	int code, result;

	if (snprintf(url, sizeof url, "ldap://%s", server) >= (int)sizeof url)
		return error_set(error, ENAMETOOLONG, "a domain controller's name is too long");
	code = ldap_initialize(&connection, url);
	if (code != LDAP_SUCCESS)
		return error_set(error, EIO, "%s: %s", server, ldap_err2string(code));
	code = directory_set_options(connection);
	if (code == LDAP_SUCCESS)
		code = ldap_sasl_interactive_bind_s(connection, NULL, "GSSAPI", NULL, NULL,
						    LDAP_SASL_QUIET, directory_answer_defaults,
						    NULL);
	result = code == LDAP_SUCCESS ? directory_search_account(connection, facts, rid, error)
				      : error_set(error, EIO, "%s does not let us in: %s", server,
						  ldap_err2string(code));
	ldap_unbind_ext_s(connection, NULL, NULL);
	return result;
}

/* ------------------------------------------------------------------------- */

/* "dc1.corp.example:389 dc2.corp.example:389", by the SRV records' order. */
static int directory_ask_servers(char *servers, const struct account_facts *facts, uint32_t *rid,
				 struct error *error)
{
	char *rest = servers, *server;
	int result = error_set(error, ENOENT, "no domain controller is known");

	for (unsigned i = 0;
	     result < 0 && i < SERVERS_MAX && (server = strsep(&rest, " ")) != NULL;)
		if (*server != '\0') {
			result = directory_ask_server(server, facts, rid, error);
			i++;
		}
	return result;
}

int directory_find_rid(const struct account_facts *facts, const char *keytab, uint32_t *rid,
		       struct error *error)
{
	char *servers = NULL;
	int result;

	if (keytab[0] == '\0')
		return error_set(error, ENOENT, "there is no keytab of %s to log on with",
				 facts->account);
	result = directory_get_ticket(facts, keytab, error);
	if (result < 0)
		return result;
	if (ldap_domain2hostlist(facts->domain, &servers) != LDAP_SUCCESS || servers == NULL)
		return error_set(error, ENOENT, "DNS names no directory of %s", facts->domain);
	result = directory_ask_servers(servers, facts, rid, error);
	ldap_memfree(servers);
	return result;
}

#else

int directory_find_rid(const struct account_facts *facts, const char *keytab, uint32_t *rid,
		       struct error *error)
{
	(void)facts;
	(void)keytab;
	(void)rid;
	return error_set(error, ENOSYS, "built without libldap, libsasl2 or libkrb5");
}

#endif
