/* What domain time is doing, as the control interface tells it. */
#ifndef W32TIMED_W32TIMED_DOMAIN_REPORT_H
#define W32TIMED_W32TIMED_DOMAIN_REPORT_H

#include <jansson.h>

#include "w32timed/domain_time.h"

/* A line that says what stands in the way of domain time; "" when nothing does. */
#define DOMAIN_PROBLEM_MAX 900
const char *domain_report_problem(const struct domain_time *domain,
				  char buffer[DOMAIN_PROBLEM_MAX]);

/* W32Time's way to show a controller that is not found yet: a peer without a name.
 * False when there is none to show. */
bool domain_report_pending(const struct domain_time *domain, struct peer_status *peer);

/* Type Domain of io.w32timed.TimeService; never a key. */
json_t *domain_report_json(const struct domain_time *domain);

#endif
