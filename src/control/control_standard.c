#include "control/control_standard.h"

#include <string.h>

#include "config.h"
#include "control/control_server.h"
#include "control/varlink.h"

static void get_info(struct control_call *call)
{
	control_reply(call,
		      json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", PACKAGE_NAME, "product",
				PACKAGE_NAME, "version", PACKAGE_VERSION, "url", PACKAGE_URL,
				"interfaces", VARLINK_INTERFACE, CONTROL_INTERFACE));
}

static void get_interface_description(struct control_call *call, const json_t *parameters)
{
	const char *name = json_string_value(json_object_get(parameters, "interface"));
	const char *description;

	if (name == NULL) {
		control_reply_invalid(call, "interface");
		return;
	}
	if (strcmp(name, CONTROL_INTERFACE) == 0) {
		description = control_interface_description;
	} else if (strcmp(name, VARLINK_INTERFACE) == 0) {
		description = varlink_interface_description;
	} else {
		control_reply_error(call, VARLINK_INTERFACE ".InterfaceNotFound",
				    json_pack("{s:s}", "interface", name));
		return;
	}
	control_reply(call, json_pack("{s:s}", "description", description));
}

void control_standard_handle(struct control_call *call, const char *method,
			     const json_t *parameters)
{
	if (strcmp(method, "GetInfo") == 0)
		get_info(call);
	else if (strcmp(method, "GetInterfaceDescription") == 0)
		get_interface_description(call, parameters);
	else
		control_reply_error(call, VARLINK_INTERFACE ".MethodNotFound",
				    json_pack("{s:s+}", "method", VARLINK_INTERFACE ".", method));
}

bool control_interface_has(const char *method)
{
	const char *line = control_interface_description;
	size_t length = strlen(method);

	for (; (line = strstr(line, "\nmethod ")) != NULL; line++) {
		const char *name = line + strlen("\nmethod ");

		if (strncmp(name, method, length) == 0 && name[length] == '(')
			return true;
	}
	return false;
}
