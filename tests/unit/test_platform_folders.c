/* Windows: where a daemon that was never installed keeps its things, and what it may
 * do afterwards. */
#include "platform/paths.h"
#include "platform/privileges.h"
#include "platform/windows/folder_access.h"
#include "platform/windows/service_folders.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

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

static void make_file(const char *name)
{
	FILE *file = fopen(in_place(name), "w");

	ck_assert_ptr_nonnull(file);
	fclose(file);
}

static void check_refused(const char *name)
{
	struct error error = { .text = "" };

	ck_assert_int_eq(service_folders_make(&error), -EACCES);
	ck_assert_msg(strstr(error.text, name) != NULL, "%s", error.text);
}

/* In folders that an administrator has made by hand, others may have been. */
START_TEST(what_is_there_is_taken_over_if_it_can_be_nobody_elses)
{
	char link[MAX_PATH];
	struct error error = { .text = "" };

	make_file("elsewhere");
	CreateDirectoryA(in_place("w32timed"), NULL);
	CreateDirectoryA(in_place("w32timed\\w32timed.conf.d"), NULL);
	make_file("w32timed\\w32timed.conf.d\\a.conf");
	ck_assert_msg(service_folders_make(&error) == 0, "%s", error.text);
	ck_assert(!others_may_write(in_place("w32timed")));
	ck_assert(is_folder(in_place("w32timed\\logs")));

	strcpy(link, in_place("w32timed\\w32timed.conf.d\\b.conf"));
	ck_assert(CreateHardLinkA(link, in_place("elsewhere"), NULL));
	check_refused("\\b.conf");
	check_refused("\\b.conf");
	ck_assert(DeleteFileA(link));
	strcpy(link, in_place("w32timed\\leads-away"));
	/* Wine says that it has made one, and has not. */
	if (CreateSymbolicLinkA(link, place, SYMBOLIC_LINK_FLAG_DIRECTORY) && is_folder(link)) {
		check_refused("\\leads-away");
		ck_assert(RemoveDirectoryA(link));
	}
	ck_assert_msg(service_folders_make(&error) == 0, "%s", error.text);
	ck_assert(RemoveDirectoryA(in_place("w32timed\\logs")));
	make_file("w32timed\\logs");
	ck_assert_int_eq(service_folders_make(&error), -ENOTDIR);
	ck_assert(DeleteFileA(in_place("w32timed\\logs")));
}
END_TEST

/* The configuration's folder, and those that are the service's to write. */
START_TEST(who_may_own_a_folder)
{
	static const struct {
		const wchar_t *who;
		bool fixed, writable;
	} cases[] = {
		{ L"S-1-5-18", true, true },       { L"S-1-5-32-544", true, true },
		{ L"S-1-5-19", false, true },      { L"S-1-5-20", false, false },
		{ L"S-1-5-32-545", false, false }, { L"S-1-5-21-1-2-3-1001", false, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		PSID who;

		ck_assert(ConvertStringSidToSidW(cases[i].who, &who));
		ck_assert_msg(folder_access_may_own(&(struct folder_access){ false }, who) ==
				      cases[i].fixed,
			      "%ls", cases[i].who);
		ck_assert_msg(folder_access_may_own(&(struct folder_access){ true }, who) ==
				      cases[i].writable,
			      "%ls", cases[i].who);
		LocalFree(who);
	}
}
END_TEST

static PSECURITY_DESCRIPTOR parse(const wchar_t *text, ACL **list)
{
	PSECURITY_DESCRIPTOR descriptor;
	BOOL present, defaulted;

	ck_assert(ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1,
								       &descriptor, NULL));
	ck_assert(GetSecurityDescriptorDacl(descriptor, &present, list, &defaulted));
	return descriptor;
}

/* Users' own rights, which the folder of all programs' data hands down, go. */
START_TEST(rights_are_handed_down_anew)
{
	ACL *own, *handed_down, *expected, *merged;
	PSECURITY_DESCRIPTOR descriptors[] = {
		parse(L"D:(A;;FR;;;AU)(A;ID;FA;;;S-1-5-21-1-2-3-1001)(A;OICIID;0x6;;;BU)", &own),
		parse(L"D:(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)", &handed_down),
		parse(L"D:(A;;FR;;;AU)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)", &expected),
	};

	merged = folder_access_merge(own, handed_down);
	ck_assert_ptr_nonnull(merged);
	ck_assert_uint_eq(merged->AceCount, expected->AceCount);
	for (DWORD i = 0; i < expected->AceCount; i++) {
		void *entry, *wanted;

		ck_assert(GetAce(merged, i, &entry));
		ck_assert(GetAce(expected, i, &wanted));
		ck_assert_mem_eq(entry, wanted, ((ACE_HEADER *)wanted)->AceSize);
	}
	free(merged);
	merged = folder_access_merge(NULL, handed_down);
	ck_assert_uint_eq(merged->AceCount, 2);
	free(merged);
	for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++)
		LocalFree(descriptors[i]);
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
	tcase_add_test(folders, what_is_there_is_taken_over_if_it_can_be_nobody_elses);
	tcase_add_test(folders, who_may_own_a_folder);
	tcase_add_test(folders, rights_are_handed_down_anew);
	tcase_add_test(folders, elsewhere_the_parent_must_be_there);
	tcase_add_test(privileges, privileges_are_given_up);
	return unit_run("platform_folders", cases);
}
