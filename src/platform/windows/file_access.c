#include "config.h"

#include "platform/windows/file_access.h"

#include <aclapi.h>

#include "platform/windows/identity.h"

/* With one of these somebody comes to the file's content, or to the other rights. */
#define RIGHTS_THAT_MATTER                                                                         \
	(FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | WRITE_DAC | WRITE_OWNER |           \
	 GENERIC_READ | GENERIC_WRITE | GENERIC_ALL)

/* "Owner rights" are the owner's, who is looked at for himself. */
static bool may_know(PSID who)
{
	return identity_is_trusted(who) || identity_is(who, WinCreatorOwnerRightsSid);
}

/* What an entry of any kind forbids does not matter, and nor do those that are there
 * for a folder's new files alone; a kind that grants something we do not know is not
 * to be trusted. */
static bool entry_is_harmless(const void *entry)
{
	const ACE_HEADER *header = entry;
	/* With a condition or without one, both begin alike. */
	const ACCESS_ALLOWED_ACE *allowed = entry;

	if ((header->AceFlags & INHERIT_ONLY_ACE) != 0 ||
	    header->AceType == ACCESS_DENIED_ACE_TYPE ||
	    header->AceType == ACCESS_DENIED_CALLBACK_ACE_TYPE)
		return true;
	if (header->AceType != ACCESS_ALLOWED_ACE_TYPE &&
	    header->AceType != ACCESS_ALLOWED_CALLBACK_ACE_TYPE)
		return false;
	return (allowed->Mask & RIGHTS_THAT_MATTER) == 0 ||
	       may_know((PSID)(uintptr_t)&allowed->SidStart);
}

bool file_access_list_is_private(PSID owner, ACL *list)
{
	/* No list at all: everybody may do everything. */
	bool private = owner != NULL && list != NULL && identity_is_trusted(owner);

	for (DWORD i = 0; private && i < list->AceCount; i++) {
		void *entry;

		private = GetAce(list, i, &entry) && entry_is_harmless(entry);
	}
	return private;
}

bool file_access_is_private(HANDLE handle)
{
	PSECURITY_DESCRIPTOR descriptor;
	PSID owner = NULL;
	ACL *list = NULL;
	bool private;

	if (GetSecurityInfo(handle, SE_FILE_OBJECT,
			    OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL,
			    &list, NULL, &descriptor) != ERROR_SUCCESS)
		return false;
	private = file_access_list_is_private(owner, list);
	LocalFree(descriptor);
	return private;
}
