/* What discovery.c, its search and its tests share. */
#ifndef W32TIMED_DOMAIN_DISCOVERY_INTERNAL_H
#define W32TIMED_DOMAIN_DISCOVERY_INTERNAL_H

#include "domain/discovery_types.h"
#include "domain/locator.h"

enum search_stage {
	SEARCH_NONE,
	SEARCH_ITSELF,  /* a controller: what it is itself */
	SEARCH_SITE,    /* any controller: which site are we in? */
	SEARCH_QUERIES, /* domain/queries.h */
};

/* A list of controllers, each with what its owner must not know. */
struct controller_list {
	struct controller controllers[DISCOVERY_CONTROLLERS_MAX];
	struct controller_place {
		size_t order; /* in which they were to be tried */
		bool failed;  /* passed over */
	} places[DISCOVERY_CONTROLLERS_MAX];
	size_t count;
};

struct discovery {
	struct discovery_environment environment;
	struct discovery_settings settings;
	struct loop_timer *timer;
	struct locator locator;

	/* this machine's place */
	char site[64], forest[NETLOGON_NAME_MAX];
	bool pdc_emulator, read_only;
	bool changed; /* to be told */

	/* the search: under way unless its stage is NONE; what is left of the plan
	 * is made when all that was found has failed */
	enum search_stage stage;
	struct queries_machine machine;
	struct query queries[QUERIES_MAX];
	size_t query_count, query; /* the one under way, or the next */
	struct controller_list found;
	enum locator_outcome outcome; /* the last vain one's */
	bool fresh; /* what the system remembers of controllers has been of no use */

	/* what is known: the last search's, best first */
	struct controller_list known;
	size_t chosen; /* KNOWN.count: none */
	bool doubtful; /* by settings that are no more; not kept if no search finds it */
	struct controller told;
	bool told_any;

	monotonic_ns next_search; /* INT64_MAX: none is planned */
	bool review;      /* it, or the one under way, is for a better one than the present */
	unsigned reviews; /* in a row, since one that had given time failed */
	bool gave_time;   /* the chosen one, since it was chosen */
	unsigned failures;
	enum discovery_failure last_failure; /* of a chosen one */
	struct {
		bool said_no_key;
		bool failed; /* 129 to 131 were logged since the last success */
		bool keeps_failing;
		double wait;
	} reported;

	monotonic_ns (*read_time)(void *context); /* tests have another clock */
	void *time_context;
};

monotonic_ns discovery_now(const struct discovery *discovery);
/* Whatever is due is done, now. */
void discovery_run(struct discovery *discovery);
monotonic_ns discovery_due(const struct discovery *discovery);

/* search.c: the callback of the locator, and the stages. */
enum locator_verdict search_heard(void *discovery, const struct netlogon_answer *answer,
				  const struct net_address *addresses, size_t count, size_t order);
void search_begin(struct discovery *discovery);
/* Goes on with the queries that were not needed so far; false: none is left. */
bool search_resume(struct discovery *discovery);
/* The locator is done: the next stage, or the end (stage NONE). */
void search_step(struct discovery *discovery, enum locator_outcome outcome);

/* search_report.c: events 49, 129 to 131, and 138.  WAIT: until the next search. */
void report_vain_search(struct discovery *discovery, double wait);
void report_success(struct discovery *discovery);

#endif
