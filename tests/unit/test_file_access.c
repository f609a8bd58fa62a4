/* Whose a file with a secret may be on Windows, and who may read it. */
#include "platform/windows/file_access.h"
#include "unit.h"

#include <sddl.h>

static const struct {
	const wchar_t *descriptor;
	bool private;
} descriptors[] = {
	{ L"O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)", true },
	{ L"O:SYD:P(A;;FA;;;SY)(A;;FR;;;LS)", true },
	{ L"O:BAD:P(A;;FA;;;SY)(A;;FA;;;OW)", true },
	/* Nobody at all; to know its name is not to know what is in it. */
	{ L"O:BAD:P", true },
	{ L"O:BAD:P(A;;FA;;;BA)(A;;RCFR;;;BA)(A;;RC;;;WD)(A;;0x100080;;;BU)", true },
	/* What is denied, and what is for new files of a folder alone. */
	{ L"O:BAD:P(D;;FA;;;WD)(A;;FA;;;BA)", true },
	{ L"O:BAD:P(A;;FA;;;BA)(A;OICIIO;FA;;;CO)", true },
	/* Users, everyone, authenticated users, guests, the network's service. */
	{ L"O:BAD:P(A;;FA;;;BA)(A;;FR;;;BU)", false },
	{ L"O:BAD:(A;;FA;;;BA)(A;ID;0x1200a9;;;BU)", false },
	{ L"O:BAD:P(A;;FR;;;WD)", false },
	{ L"O:BAD:P(A;;GR;;;AU)", false },
	{ L"O:BAD:P(A;;0x1;;;BG)", false },
	{ L"O:BAD:P(A;;FR;;;NS)", false },
	{ L"O:BAD:P(A;;FA;;;S-1-5-21-1-2-3-1000)", false },
	/* Who may write it could put a key of his own there, or open it to himself. */
	{ L"O:BAD:P(A;;0x2;;;BU)", false },
	{ L"O:BAD:P(A;;0x4;;;BU)", false },
	{ L"O:BAD:P(A;;WD;;;BU)", false },
	{ L"O:BAD:P(A;;WO;;;BU)", false },
	/* Whose it is may always do that. */
	{ L"O:BUD:P(A;;FA;;;BA)", false },
	{ L"O:S-1-5-21-1-2-3-1000D:P(A;;FA;;;BA)", false },
	{ L"D:P(A;;FA;;;BA)", false },
	{ L"O:BA", false },
};

START_TEST(who_may_read_a_secret)
{
	PSECURITY_DESCRIPTOR descriptor;
	BOOL present, defaulted;
	PSID owner;
	ACL *list;

	ck_assert(ConvertStringSecurityDescriptorToSecurityDescriptorW(
		descriptors[_i].descriptor, SDDL_REVISION_1, &descriptor, NULL));
	ck_assert(GetSecurityDescriptorOwner(descriptor, &owner, &defaulted));
	ck_assert(GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted));
	ck_assert_msg(file_access_list_is_private(owner, present ? list : NULL) ==
			      descriptors[_i].private,
		      "%ls", descriptors[_i].descriptor);
	LocalFree(descriptor);
}
END_TEST

int main(void)
{
	TCase *access = tcase_create("access");
	TCase *cases[] = { access, NULL };

	tcase_add_loop_test(access, who_may_read_a_secret, 0,
			    sizeof descriptors / sizeof *descriptors);
	return unit_run("file access", cases);
}
