#include "config.h"

#include "platform/domain_join.h"

#include <winsock2.h>

#include <windows.h>

#include <dsgetdc.h>
#include <dsrole.h>
#include <lm.h>

#include "platform/windows/error.h"
#include "platform/windows/text.h"

static bool is_member(DSROLE_MACHINE_ROLE role)
{
	return role == DsRole_RoleMemberWorkstation || role == DsRole_RoleMemberServer;
}

static bool is_controller(DSROLE_MACHINE_ROLE role)
{
	return role == DsRole_RoleBackupDomainController ||
	       role == DsRole_RolePrimaryDomainController;
}

/* A name that does not fit is none of a domain's. */
static void set_name(const wchar_t *name, char *buffer, size_t size)
{
	if (name == NULL || text_from_wide_buffer(name, buffer, size) < 0)
		buffer[0] = '\0';
}

static void ask_computer(struct domain_join *join)
{
	wchar_t name[sizeof join->computer];
	DWORD size = sizeof name / sizeof *name;

	if (GetComputerNameExW(ComputerNamePhysicalNetBIOS, name, &size))
		set_name(name, join->computer, sizeof join->computer);
}

/* The one that Netlogon found last. */
static void ask_site(struct domain_join *join)
{
	wchar_t *site;

	if (DsGetSiteNameW(NULL, &site) != ERROR_SUCCESS)
		return;
	set_name(site, join->site, sizeof join->site);
	NetApiBufferFree(site);
}

int domain_join_ask(struct domain_join *join, struct error *error)
{
	DSROLE_PRIMARY_DOMAIN_INFO_BASIC *information;
	BYTE *answer = NULL;
	DWORD code;

	*join = (struct domain_join){ .joined = false };
	ask_computer(join);
	code = DsRoleGetPrimaryDomainInformation(NULL, DsRolePrimaryDomainInfoBasic, &answer);
	if (code != ERROR_SUCCESS)
		return error_set_system(error, errno_from_windows(code),
					"Windows does not say whether it is in a domain");
	information = (DSROLE_PRIMARY_DOMAIN_INFO_BASIC *)(void *)answer;
	join->controller = is_controller(information->MachineRole);
	join->joined = join->controller || is_member(information->MachineRole);
	if (join->joined) {
		set_name(information->DomainNameDns, join->domain, sizeof join->domain);
		ask_site(join);
	}
	DsRoleFreeMemory(answer);
	return 0;
}
