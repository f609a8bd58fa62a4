/* What every unit test program shares: its main(). */
#ifndef W32TIMED_TESTS_UNIT_UNIT_H
#define W32TIMED_TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* What Linux does with datagrams.  tests/windows/posix.h asks the system instead, for
 * Wine, which stands for Windows, has little of it. */
#ifndef OWN_ADDRESSES
/* Sockets of one port at several addresses of this machine. */
#define OWN_ADDRESSES true
/* A socket for all addresses can send from any of them. */
#define CHOSEN_SOURCES true
/* Datagrams carry the time when they came. */
#define RECEIVE_STAMPS true
/* The sender is told when they left. */
#define TRANSMIT_STAMPS true
/* A socket hears that nobody listens at the port it is connected to. */
#define REFUSALS true
/* clock() counts the time that this process works. */
#define WORKING_TIME true
#endif

/* Says why a test, or the rest of it, cannot be had on this system. */
static inline bool left_out(bool possible, const char *reason)
{
	if (!possible)
		fprintf(stderr, "left out: %s\n", reason);
	return !possible;
}

/* Runs CASES (ended by NULL) as one suite and returns the exit status. */
static inline int unit_run(const char *name, TCase *const *cases)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	for (; *cases != NULL; cases++)
		suite_add_tcase(suite, *cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
