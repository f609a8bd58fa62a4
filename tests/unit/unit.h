/* What every unit test program shares: its main(). */
#ifndef W32TIMED_TESTS_UNIT_UNIT_H
#define W32TIMED_TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdlib.h>

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
