/* What the tests of discovery share: a world, and words for what is done in it. */
#ifndef W32TIMED_TESTS_UNIT_DISCOVERY_FIXTURE_H
#define W32TIMED_TESTS_UNIT_DISCOVERY_FIXTURE_H

#include "domain_world.h"
#include "unit.h"

#define CORP     "corp.example"
#define PDC      NETLOGON_PDC
#define RELIABLE NETLOGON_GOOD_TIME_SERVICE

static struct domain_world world;

static inline void setup(void)
{
	domain_world_open(&world);
}

static inline void teardown(void)
{
	domain_world_close(&world);
}

static inline struct discovery_status status(void)
{
	struct discovery_status now;

	discovery_status(world.discovery, &now);
	return now;
}

/* The hub has the PDC emulator, which is reliable; we are in the branch. */
static inline struct world_controller *add_hub(void)
{
	return domain_world_add(&world, "dc1.corp.example", CORP, "Hub", 11, PDC | RELIABLE);
}

static inline struct world_controller *add_branch(void)
{
	return domain_world_add(&world, "dc2.corp.example", CORP, "Branch", 12, 0);
}

/* Starts, and lets a whole search with all its time limits pass. */
static inline const char *find(void)
{
	domain_world_start(&world);
	domain_world_pass(&world, 10);
	return domain_world_chosen(&world);
}

static inline const char *find_again(void)
{
	discovery_search(world.discovery);
	domain_world_pass(&world, 10);
	return domain_world_chosen(&world);
}

#endif
