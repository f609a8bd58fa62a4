/* The configuration from its files, and changing one of them. */
#include "config/edit.h"
#include "config/load.h"
#include "platform/file_lock.h"
#include "platform/files.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[200];
static char file[250];
static struct config *config;
static struct config_problems problems;
static struct error error;

static const char *path(const char *name)
{
	static char buffer[600];

	snprintf(buffer, sizeof buffer, "%s/%s", directory, name);
	return buffer;
}

static void put(const char *name, const char *text)
{
	ck_assert_int_eq(file_replace(path(name), text, strlen(text), 0600, NULL), 0);
}

static void expect_file(const char *name, const char *text)
{
	char *data;
	size_t length;

	ck_assert_int_eq(file_read(path(name), 100000, &data, &length, NULL), 0);
	ck_assert_str_eq(data, text);
	free(data);
}

static void set_up(void)
{
	strcpy(directory, "test_config_load.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(file, sizeof file, "%s/w32timed.conf", directory);
	ck_assert_int_eq(mkdir(path("w32timed.conf.d"), 0700), 0);
}

static void remove_all(const char *where)
{
	char **names;
	size_t count;

	ck_assert_int_eq(file_names(path(where), "", &names, &count, NULL), 0);
	for (size_t i = 0; i < count; i++) {
		char name[300];

		snprintf(name, sizeof name, "%s/%s", where, names[i]);
		unlink(path(name));
	}
	file_names_free(names, count);
	rmdir(path(where));
}

static void tear_down(void)
{
	unlink(path("w32timed.conf.d/.hidden.conf"));
	remove_all("w32timed.conf.d");
	remove_all("");
	config_destroy(config);
	config = NULL;
	config_problems_free(&problems);
}

static int load(void)
{
	config_destroy(config);
	config = NULL;
	return config_load(file, &config, &problems);
}

START_TEST(files_are_read_in_order)
{
	put("w32timed.conf",
	    "[Config]\nHoldPeriod = 1\nMinPollInterval = 4\nMaxPollInterval = 8\n");
	put("w32timed.conf.d/20-site.conf", "[Config]\nHoldPeriod = 3\n");
	put("w32timed.conf.d/10-package.conf", "[Config]\nHoldPeriod = 2\nMaxPollInterval = 7\n");
	put("w32timed.conf.d/30-old.conf~", "[Config]\nHoldPeriod = 4\n");
	put("w32timed.conf.d/.hidden.conf", "[Config]\nHoldPeriod = 5\n");
	ck_assert_int_eq(load(), 0);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_HOLD_PERIOD), 3);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL), 7);
	ck_assert_int_eq(config_origin(config, KEY_CONFIG_MAX_POLL_INTERVAL), CONFIG_ORIGIN_POLICY);
	ck_assert_int_eq(config_origin(config, KEY_CONFIG_MIN_POLL_INTERVAL), CONFIG_ORIGIN_LOCAL);
}
END_TEST

START_TEST(no_directory_is_needed)
{
	put("w32timed.conf", "");
	ck_assert_int_eq(rmdir(path("w32timed.conf.d")), 0);
	ck_assert_int_eq(load(), 0);
	ck_assert_int_eq(config_role(config), CONFIG_ROLE_STANDALONE);
}
END_TEST

START_TEST(a_role_in_the_files_wins)
{
	put("w32timed.conf", "[Domain]\nRole = Member\n[Config]\nMinPollInterval = 12\n");
	ck_assert_int_eq(load(), 0);
	ck_assert_int_eq(config_role(config), CONFIG_ROLE_MEMBER);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MAX_ALLOWED_PHASE_OFFSET), 300);
	config_set_role(config, CONFIG_ROLE_CONTROLLER);
	ck_assert_int_eq(config_role(config), CONFIG_ROLE_MEMBER);
	put("w32timed.conf.d/a.conf", "[Domain]\nRole = Controller\n");
	ck_assert_int_eq(load(), 0);
	ck_assert_int_eq(config_role(config), CONFIG_ROLE_CONTROLLER);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL), 12);
}
END_TEST

/* What two files say clashes as what one says. */
START_TEST(written_values_that_clash_are_a_problem)
{
	put("w32timed.conf", "[Config]\nMinPollInterval = 12\n");
	put("w32timed.conf.d/a.conf", "[Config]\nMaxPollInterval = 10\n");
	ck_assert_int_eq(load(), -EINVAL);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_str_eq(problems.list[0].file, file);
	ck_assert_uint_eq(problems.list[0].line, 2);
	ck_assert_str_eq(problems.list[0].text,
			 "MinPollInterval = 12 is above MaxPollInterval = 10");
	ck_assert_ptr_null(config);
}
END_TEST

START_TEST(every_file_s_problems_are_told)
{
	put("w32timed.conf", "[Config]\nHoldPeriod = x\n");
	put("w32timed.conf.d/a.conf", "\nNothing\n[Parameters]\nType = X\n");
	ck_assert_int_eq(load(), -EINVAL);
	ck_assert_uint_eq(problems.count, 3);
	ck_assert_str_eq(problems.list[0].file, file);
	ck_assert_str_eq(problems.list[1].file, path("w32timed.conf.d/a.conf"));
	ck_assert_uint_eq(problems.list[1].line, 2);
	ck_assert_uint_eq(problems.list[2].line, 4);
}
END_TEST

START_TEST(unreadable_files_are_problems)
{
	ck_assert_int_eq(load(), -EINVAL);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_uint_eq(problems.list[0].line, 0);
	ck_assert_str_eq(problems.list[0].file, file);
	ck_assert_ptr_nonnull(strstr(problems.list[0].text, "No such file"));
	put("w32timed.conf", "");
	ck_assert_int_eq(mkdir(path("w32timed.conf.d/a.conf"), 0700), 0);
	ck_assert_int_eq(load(), -EINVAL);
	ck_assert_int_eq(rmdir(path("w32timed.conf.d/a.conf")), 0);
	ck_assert_int_eq(load(), 0);
}
END_TEST

static int edit_file(enum config_key key, const char *value)
{
	struct config_change change = { key, value };

	return config_edit_file(file, &change, 1, &error);
}

START_TEST(a_missing_file_counts_as_empty)
{
	struct stat status;

	ck_assert_int_eq(edit_file(KEY_PARAMETERS_TYPE, "NoSync"), 0);
	expect_file("w32timed.conf", "[Parameters]\nType = NoSync\n");
	ck_assert_int_eq(stat(file, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0444, 0444);
}
END_TEST

START_TEST(one_at_a_time_changes_it)
{
	struct file_lock *lock, *other;
	char expected[600];

	ck_assert_int_eq(file_lock_take(file, 0, &lock, &error), 0);
	ck_assert_int_eq(file_lock_take(file, 0, &other, &error), -EBUSY);
	snprintf(expected, sizeof expected, "%s is being changed by another program (%s.lock)",
		 file, file);
	ck_assert_str_eq(error.text, expected);
	file_lock_release(lock);
	ck_assert_int_lt(access(path("w32timed.conf.lock"), F_OK), 0);
	ck_assert_int_eq(edit_file(KEY_PARAMETERS_TYPE, "NoSync"), 0);
	ck_assert_int_lt(access(path("w32timed.conf.lock"), F_OK), 0);
	/* one that an ended program left does no harm */
	put("w32timed.conf.lock", "");
	ck_assert_int_eq(edit_file(KEY_PARAMETERS_TYPE, "NTP"), 0);
	ck_assert_int_lt(file_lock_take("no such folder/file", 0, &lock, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "cannot make no such folder/file.lock"));
	file_lock_release(NULL);
}
END_TEST

START_TEST(what_would_not_load_is_not_written)
{
	static const char text[] = "[Config]\nMaxPollInterval = 8\n";
	char expected[400];

	put("w32timed.conf", text);
	ck_assert_int_eq(edit_file(KEY_CONFIG_MIN_POLL_INTERVAL, "9"), -EINVAL);
	snprintf(expected, sizeof expected,
		 "%s:3: MinPollInterval = 9 is above MaxPollInterval = 8", file);
	ck_assert_str_eq(error.text, expected);
	ck_assert_int_eq(edit_file(KEY_CONFIG_MIN_POLL_INTERVAL, "x"), -EINVAL);
	ck_assert_str_eq(error.text, "MinPollInterval = x: a number from 0 to 17 is allowed, which "
				     "counts as 2 to that power in seconds: from 1 s to 131072 s");
	expect_file("w32timed.conf", text);
	/* A drop-in has its say as well. */
	put("w32timed.conf.d/a.conf", "[Config]\nMaxPollInterval = 10\n");
	ck_assert_int_eq(edit_file(KEY_CONFIG_MIN_POLL_INTERVAL, "9"), 0);
	expect_file("w32timed.conf", "[Config]\nMaxPollInterval = 8\nMinPollInterval = 9\n");
}
END_TEST

/* As a controller has it, whose MinPollInterval is 6. */
START_TEST(a_default_refuses_nothing)
{
	put("w32timed.conf", "");
	ck_assert_int_eq(edit_file(KEY_CONFIG_MAX_POLL_INTERVAL, "9"), 0);
	ck_assert_int_eq(edit_file(KEY_CONFIG_HOLD_PERIOD, "7"), 0);
	expect_file("w32timed.conf", "[Config]\nMaxPollInterval = 9\nHoldPeriod = 7\n");
}
END_TEST

START_TEST(a_broken_file_is_left_alone)
{
	static const char text[] = "[Config]\nWeather = fine\n";

	put("w32timed.conf", text);
	ck_assert_int_eq(edit_file(KEY_CONFIG_HOLD_PERIOD, "9"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, ":2: Weather = fine: unknown key in [Config]"));
	expect_file("w32timed.conf", text);
	ck_assert_int_eq(file_replace(file, "[Config]\n\0", 10, 0600, NULL), 0);
	ck_assert_int_eq(edit_file(KEY_CONFIG_HOLD_PERIOD, "9"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "NUL byte"));
}
END_TEST

int main(void)
{
	TCase *loading = tcase_create("loading"), *editing = tcase_create("editing");
	TCase *const cases[] = { loading, editing, NULL };

	for (int i = 0; cases[i] != NULL; i++)
		tcase_add_checked_fixture(cases[i], set_up, tear_down);
	tcase_add_test(loading, files_are_read_in_order);
	tcase_add_test(loading, no_directory_is_needed);
	tcase_add_test(loading, written_values_that_clash_are_a_problem);
	tcase_add_test(loading, a_role_in_the_files_wins);
	tcase_add_test(loading, every_file_s_problems_are_told);
	tcase_add_test(loading, unreadable_files_are_problems);
	tcase_add_test(editing, a_missing_file_counts_as_empty);
	tcase_add_test(editing, what_would_not_load_is_not_written);
	tcase_add_test(editing, one_at_a_time_changes_it);
	tcase_add_test(editing, a_default_refuses_nothing);
	tcase_add_test(editing, a_broken_file_is_left_alone);
	return unit_run("config load", cases);
}
