/* Windows: where a daemon that was never installed keeps its things, and what it may
 * do afterwards. */
#include "platform/paths.h"
#include "platform/privileges.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include <aclapi.h>

/* What this process takes for the machine's settings: %ProgramData% is a folder of
 * the test's own.  The paths are found once. */
static char place[MAX_PATH], settings[64];

static void make_place(void)
{
	static const char profiles[] =
		"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
	char name[] = "test-folders-XXXXXX";
	HKEY machine;

	ck_assert_ptr_nonnull(mkdtemp(name));
	ck_assert_uint_ne(GetFullPathNameA(name, sizeof place, place, NULL), 0);
	snprintf(settings, sizeof settings, "Software\\w32timed-test-%lu", GetCurrentProcessId());
	ck_assert_int_eq(RegCreateKeyA(HKEY_CURRENT_USER, settings, &machine), ERROR_SUCCESS);
	ck_assert_int_eq(RegOverridePredefKey(HKEY_LOCAL_MACHINE, machine), ERROR_SUCCESS);
	ck_assert_int_eq(RegSetKeyValueA(machine, profiles, "ProgramData", REG_SZ, place,
					 (DWORD)strlen(place) + 1),
			 ERROR_SUCCESS);
	RegCloseKey(machine);
}

static void remove_place(void)
{
	char command[MAX_PATH + 32];

	RegOverridePredefKey(HKEY_LOCAL_MACHINE, NULL);
	RegDeleteTreeA(HKEY_CURRENT_USER, settings);
	snprintf(command, sizeof command, "rmdir /s /q \"%s\"", place);
	system(command);
}

static const char *in_place(const char *name)
{
	static char path[2 * MAX_PATH];

	snprintf(path, sizeof path, "%s\\%s", place, name);
	return path;
}

static bool is_folder(const char *path)
{
	DWORD found = GetFileAttributesA(path);

	return found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

/* Whether users as such, or everybody, may make files in PATH. */
static bool others_may_write(const char *path)
{
	static const WELL_KNOWN_SID_TYPE others[] = { WinWorldSid, WinBuiltinUsersSid,
						      WinAuthenticatedUserSid };
	PSECURITY_DESCRIPTOR descriptor;
	PACL list;
	bool may = false;

	ck_assert_int_eq(GetNamedSecurityInfoA(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION,
					       NULL, NULL, &list, NULL, &descriptor),
			 ERROR_SUCCESS);
	ck_assert_ptr_nonnull(list);
	ck_assert_int_gt(list->AceCount, 0);
	for (WORD i = 0; i < list->AceCount; i++) {
		ACCESS_ALLOWED_ACE *entry;

		ck_assert(GetAce(list, i, (void **)&entry));
		for (size_t j = 0; j < sizeof others / sizeof *others; j++)
			may = may || (entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE &&
				      IsWellKnownSid(&entry->SidStart, others[j]) &&
				      (entry->Mask & (FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY)) != 0);
	}
	LocalFree(descriptor);
	return may;
}

START_TEST(folders_are_made_as_an_installation_makes_them)
{
	struct error error = { .text = "" };

	ck_assert_str_eq(path_state(), in_place("w32timed\\state"));
	ck_assert(!is_folder(in_place("w32timed")));
	ck_assert_msg(privileges_make_directory(path_state(), "", &error) == 0, "%s", error.text);
	ck_assert(is_folder(path_state()));
	ck_assert(is_folder(in_place("w32timed\\logs")));
	ck_assert(!others_may_write(in_place("w32timed")));
	ck_assert(!others_may_write(path_state()));
	/* Once. */
	ck_assert_int_eq(privileges_make_directory(path_state(), "", &error), 0);
	ck_assert_int_eq(privileges_make_directory(in_place("w32timed\\other"), "", &error), 0);
	ck_assert(!others_may_write(in_place("w32timed\\other")));
}
END_TEST

START_TEST(elsewhere_the_parent_must_be_there)
{
	struct error error;

	ck_assert_int_eq(privileges_make_directory(in_place("no\\state"), "", &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, "no\\state"));
	ck_assert(!is_folder(in_place("no")));
	fclose(fopen(in_place("file"), "w"));
	ck_assert_int_eq(privileges_make_directory(in_place("file"), "", &error), -ENOTDIR);
}
END_TEST

static unsigned count_privileges(void)
{
	struct {
		TOKEN_PRIVILEGES list;
		LUID_AND_ATTRIBUTES more[64];
	} answer;
	HANDLE token;
	DWORD length;

	ck_assert(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
	ck_assert(GetTokenInformation(token, TokenPrivileges, &answer, sizeof answer, &length));
	CloseHandle(token);
	return answer.list.PrivilegeCount;
}

/* For good: the last of all. */
START_TEST(privileges_are_given_up)
{
	const struct privilege_needs clock = { .set_clock = true }, nothing = { .user = "" };
	struct error error = { .text = "" };

	ck_assert_msg(privileges_drop(&clock, &error) == 0, "%s", error.text);
	ck_assert_uint_eq(count_privileges(), 2);
	ck_assert_msg(privileges_drop(&nothing, &error) == 0, "%s", error.text);
	ck_assert_uint_eq(count_privileges(), 1);
	ck_assert_int_eq(privileges_drop(&clock, &error), -EPERM);
	ck_assert_ptr_nonnull(strstr(error.text, "SeSystemtimePrivilege"));
}
END_TEST

int main(void)
{
	TCase *folders = tcase_create("folders"), *privileges = tcase_create("privileges");
	TCase *const cases[] = { folders, privileges, NULL };

	tcase_add_unchecked_fixture(folders, make_place, remove_place);
	tcase_add_test(folders, folders_are_made_as_an_installation_makes_them);
	tcase_add_test(folders, elsewhere_the_parent_must_be_there);
	tcase_add_test(privileges, privileges_are_given_up);
	return unit_run("platform_folders", cases);
}
