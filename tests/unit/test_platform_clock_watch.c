/* Windows: who notices that the clock was set. */
#include "platform/clock_watch.h"
#include "unit.h"

#include <windows.h>

#include "platform/clock_os.h"
#include "platform/windows/clock_watch.h"

/* s; only a test that is about to fail waits for so long. */
#define PATIENCE 20

/* --- The machine's clock ---------------------------------------------------------- */

/* A second passes with each reading; READ is set by the third. */
static struct {
	SRWLOCK lock;
	struct clock_reading now;
	double rate; /* UTC's, less 1 */
	unsigned readings;
	HANDLE read;
} machine = { .lock = SRWLOCK_INIT };

int clock_os_read(struct clock_reading *reading)
{
	AcquireSRWLockExclusive(&machine.lock);
	machine.now.raw = ns_add(machine.now.raw, 1);
	machine.now.utc = ns_add(machine.now.utc, 1 + machine.rate);
	*reading = machine.now;
	if (++machine.readings == 3)
		SetEvent(machine.read);
	ReleaseSRWLockExclusive(&machine.lock);
	return 0;
}

double clock_os_precision(void)
{
	return 1e-6;
}

double clock_os_stamp_age(const struct clock_reading *now, utc_ns stamp)
{
	return ns_interval(stamp, now->utc);
}

static void set_clock(double seconds)
{
	AcquireSRWLockExclusive(&machine.lock);
	machine.now.utc = ns_add(machine.now.utc, seconds);
	ReleaseSRWLockExclusive(&machine.lock);
}

/* ---------------------------------------------------------------------------------- */

static struct clock_watch *watch;

static void set_up(void)
{
	struct error error = { .text = "" };

	machine.now = (struct clock_reading){ .utc = INT64_C(1795000000) * NS_PER_SECOND };
	machine.rate = 0;
	machine.readings = 0;
	machine.read = CreateEventA(NULL, TRUE, FALSE, NULL);
	ck_assert_msg(clock_watch_open(&watch, &error) == 0, "%s", error.text);
}

static void tear_down(void)
{
	clock_watch_close(watch);
	CloseHandle(machine.read);
}

static bool is_readable(long seconds)
{
	struct timeval timeout = { .tv_sec = seconds };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(clock_watch_handle(watch), &set);
	return select(0, &set, NULL, NULL, &timeout) == 1;
}

START_TEST(who_is_no_service_looks_itself)
{
	ck_assert(!clock_watch_was_set(watch));
	set_clock(_i == 0 ? 0.5 : -0.5);
	ck_assert(is_readable(PATIENCE));
	ck_assert(clock_watch_was_set(watch));
	ck_assert(!clock_watch_was_set(watch));
}
END_TEST

START_TEST(steering_is_no_step)
{
	AcquireSRWLockExclusive(&machine.lock);
	machine.rate = _i == 0 ? 0.1 : -0.1;
	ReleaseSRWLockExclusive(&machine.lock);
	ck_assert_int_eq(WaitForSingleObject(machine.read, PATIENCE * 1000), WAIT_OBJECT_0);
	ck_assert(!is_readable(0));
	ck_assert(!clock_watch_was_set(watch));
}
END_TEST

START_TEST(a_service_is_told)
{
	clock_watch_report();
	ck_assert(is_readable(PATIENCE));
	ck_assert(clock_watch_was_set(watch));
}
END_TEST

START_TEST(without_a_watch_nobody_is_told)
{
	clock_watch_close(watch);
	watch = NULL;
	clock_watch_report();
}
END_TEST

int main(void)
{
	TCase *watching = tcase_create("watch");
	TCase *const cases[] = { watching, NULL };

	tcase_add_checked_fixture(watching, set_up, tear_down);
	tcase_set_timeout(watching, 3 * PATIENCE);
	tcase_add_loop_test(watching, who_is_no_service_looks_itself, 0, 2);
	tcase_add_loop_test(watching, steering_is_no_step, 0, 2);
	tcase_add_test(watching, a_service_is_told);
	tcase_add_test(watching, without_a_watch_nobody_is_told);
	return unit_run("platform_clock_watch", cases);
}
