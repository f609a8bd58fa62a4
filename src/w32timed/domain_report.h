/* The state of domain time, as the control interface reports it. */
#ifndef W32TIMED_W32TIMED_DOMAIN_REPORT_H
#define W32TIMED_W32TIMED_DOMAIN_REPORT_H

#include <jansson.h>

#include "w32timed/domain_time.h"

/* One line that says why the domain gives no time; "" when it does. */
#define DOMAIN_PROBLEM_MAX 900
const char *domain_report_problem(const struct domain_time *domain,
				  char buffer[DOMAIN_PROBLEM_MAX]);

/* W32Time shows a controller that is not found yet as a peer without a name.  False:
 * there is none to show. */
bool domain_report_pending(const struct domain_time *domain, struct peer_status *peer);

/* GetDomain's answer, never with a key; NULL with ERROR, as schema_encode(). */
json_t *domain_report_encode(const struct domain_time *domain, struct error *error);

#endif
