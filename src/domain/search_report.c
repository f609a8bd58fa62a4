#include "base/text.h"
#include "domain/discovery_internal.h"

/* Why there is nobody to follow, and W32Time's event for it. */
static const char *search_report_explain(const struct discovery *discovery, unsigned *event)
{
	*event = EVENT_DOMAIN_SEARCH_ERROR;
	switch (discovery->outcome) {
	case LOCATOR_NO_NAME_SERVER:
		return "no name server answers";
	case LOCATOR_NO_SERVICE:
		return "the DNS has no SRV records of any";
	case LOCATOR_NO_ADDRESS:
		*event = EVENT_DOMAIN_DNS_ERROR;
		return "their names could not be looked up";
	case LOCATOR_SILENT:
		return "none answers that would do";
	case LOCATOR_UNDER_WAY:
	case LOCATOR_ANSWERED:
		break;
	}
	if (discovery->found.count == 0)
		return "this machine's site is not known, and CrossSiteSyncFlags allows no other";
	switch (discovery->last_failure) {
	case DISCOVERY_FAILURE_UNAUTHENTICATED:
		*event = EVENT_DOMAIN_TRUST_ERROR;
		return "no signature of those that were found verifies; the machine account's "
		       "password may be out of step";
	case DISCOVERY_FAILURE_UNSYNCHRONIZED:
		return "those that were found have no time themselves";
	case DISCOVERY_FAILURE_SILENT:
		break;
	}
	return "those that were found give no time";
}

void report_vain_search(struct discovery *discovery, double wait)
{
	const struct discovery_settings *settings = &discovery->settings;
	bool kept = discovery->chosen < discovery->known.count;
	unsigned event;
	const char *why = search_report_explain(discovery, &event);
	char text[TEXT_WAIT_MAX];

	if (!discovery->reported.failed ||
	    (wait >= settings->backoff && wait > discovery->reported.wait)) {
		log_event(discovery->environment.log, LOG_LEVEL_WARNING, event,
			  "no domain controller of %s was found as a time source (%s); %s%snext "
			  "search in %s, then at growing intervals",
			  settings->domain, why,
			  kept ? discovery->known.controllers[discovery->chosen].host : "",
			  kept ? " is followed further; " : "", text_wait(text, wait));
	} else if (wait >= settings->backoff && !discovery->reported.keeps_failing) {
		discovery->reported.keeps_failing = true;
		log_event(discovery->environment.log, LOG_LEVEL_WARNING,
			  EVENT_DOMAIN_SEARCH_FAILING,
			  "no domain controller of %s is found as a time source (%s); it is tried "
			  "every %s and this is not logged again",
			  settings->domain, why, text_wait(text, wait));
	}
	if (!discovery->reported.failed || wait >= settings->backoff)
		discovery->reported.wait = wait;
	discovery->reported.failed = true;
}

void report_success(struct discovery *discovery)
{
	if (discovery->reported.failed && discovery->chosen < discovery->known.count)
		log_event(
			discovery->environment.log, LOG_LEVEL_INFORMATION, EVENT_DOMAIN_FOUND_AGAIN,
			"domain controller %s is a time source again after %u failures",
			discovery->known.controllers[discovery->chosen].host, discovery->failures);
	discovery->reported.failed = discovery->reported.keeps_failing = false;
	discovery->reported.wait = 0;
}
