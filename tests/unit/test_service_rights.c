/* What the service does before it gives up root's rights, and what after. */
#include "service_machine.h"
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Else only the first start could write it, and what it could not would be said at
 * every reload. */
START_TEST(the_debug_log_is_written_with_the_daemons_rights)
{
	struct machine machine;
	char more[512];
	int status;
	pid_t child;

	if (left_out(geteuid() == 0, "only root can become another user"))
		return;
	snprintf(more, sizeof more, "User = nobody\n[Config]\nFileLogName = %s/log\n",
		 machine_place());
	ck_assert_int_eq(chmod(machine_place(), 0755), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		machine_start(&machine, "a", NULL, more);
		_exit(access(machine.path, F_OK) == 0 && machine.logging.file == NULL ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	TCase *rights = tcase_create("rights");
	TCase *const cases[] = { rights, NULL };

	tcase_add_checked_fixture(rights, machine_make_place, machine_remove_place);
	tcase_set_timeout(rights, 60);
	tcase_add_test(rights, the_debug_log_is_written_with_the_daemons_rights);
	return unit_run("service rights", cases);
}
