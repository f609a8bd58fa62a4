/* A handle for tests. */
#ifndef W32TIMED_RESOLVER_RESOLVER_INTERNAL_H
#define W32TIMED_RESOLVER_RESOLVER_INTERNAL_H

struct resolver;

/* Name servers instead of the system's, "address:port[,address:port]", and how
 * long the first try waits for them; for what is looked up from now on. */
int resolver_set_servers(struct resolver *resolver, const char *servers, int timeout_ms);

#endif
