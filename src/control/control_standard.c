#include "control/control_standard.h"

#include <string.h>

#include "config.h"
#include "control/control_call.h"
#include "control/time_service.h"
#include "control/varlink_service.h"

static void standard_get_info(struct control_call *call)
{
	const char *interfaces[] = { VARLINK_INTERFACE, CONTROL_INTERFACE };
	const struct varlink_get_info_reply reply = {
		.vendor = PACKAGE_NAME,
		.product = PACKAGE_NAME,
		.version = PACKAGE_VERSION,
		.url = PACKAGE_URL,
		.interfaces = interfaces,
		.interfaces_count = sizeof interfaces / sizeof *interfaces,
	};
	struct error error;

	control_reply(call, varlink_get_info_reply_encode(&reply, &error), &error);
}

static void standard_get_interface_description(struct control_call *call, const json_t *parameters)
{
	struct varlink_get_interface_description_reply reply;
	struct varlink_get_interface_description_call asked;
	struct error error;

	if (varlink_get_interface_description_call_decode(parameters, &asked, NULL) < 0) {
		control_reply_invalid(call, "interface");
		return;
	}
	if (strcmp(asked.interface, CONTROL_INTERFACE) == 0) {
		reply.description = control_interface_description;
	} else if (strcmp(asked.interface, VARLINK_INTERFACE) == 0) {
		reply.description = varlink_interface_description;
	} else {
		control_reply_error(call, VARLINK_ERROR_INTERFACE_NOT_FOUND,
				    json_pack("{s:s}", "interface", asked.interface), NULL);
		return;
	}
	control_reply(call, varlink_get_interface_description_reply_encode(&reply, &error), &error);
}

void control_standard_handle(struct control_call *call, const char *method,
			     const json_t *parameters)
{
	if (strcmp(method, VARLINK_METHOD_GET_INFO) == 0)
		standard_get_info(call);
	else if (strcmp(method, VARLINK_METHOD_GET_INTERFACE_DESCRIPTION) == 0)
		standard_get_interface_description(call, parameters);
	else
		control_reply_error(call, VARLINK_ERROR_METHOD_NOT_FOUND,
				    json_pack("{s:s+}", "method", VARLINK_INTERFACE ".", method),
				    NULL);
}
