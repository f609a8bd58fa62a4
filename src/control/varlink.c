#include "control/varlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Brackets open at once, outside of strings: the parser calls itself for each,
 * and a message must not choose how much stack that takes. */
static bool varlink_is_too_deep(const char *data, size_t length)
{
	bool in_string = false;
	unsigned depth = 0;

	for (size_t i = 0; i < length; i++) {
		char c = data[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > VARLINK_DEPTH_MAX)
				return true;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

static int varlink_parse_object(const char *data, size_t length, json_t **object,
				struct error *error)
{
	json_error_t where;

	if (varlink_is_too_deep(data, length))
		return error_set(error, EBADMSG, "a message is nested more than %d deep",
				 VARLINK_DEPTH_MAX);
	*object = json_loadb(data, length, JSON_REJECT_DUPLICATES, &where);
	if (*object == NULL)
		return error_set(error, EBADMSG, "a message is not JSON: %s", where.text);
	if (!json_is_object(*object)) {
		json_decref(*object);
		return error_set(error, EBADMSG, "a message is not a JSON object");
	}
	return 0;
}

static int varlink_get_flag(const json_t *object, const char *name, bool *flag, struct error *error)
{
	const json_t *value = json_object_get(object, name);

	if (value != NULL && !json_is_boolean(value))
		return error_set(error, EBADMSG, "\"%s\" is neither true nor false", name);
	*flag = json_is_true(value);
	return 0;
}

/* A new reference to the member "parameters", which need not be there. */
static int varlink_get_parameters(const json_t *object, json_t **parameters, struct error *error)
{
	json_t *value = json_object_get(object, "parameters");

	if (value != NULL && !json_is_object(value) && !json_is_null(value))
		return error_set(error, EBADMSG, "\"parameters\" is not an object");
	*parameters = json_is_object(value) ? json_incref(value) : json_object();
	if (*parameters == NULL)
		return error_set_system(error, ENOMEM, "cannot read a message");
	return 0;
}

/* An allocated copy of a text member; NULL without one. */
static int varlink_get_text(const json_t *object, const char *name, char **text,
			    struct error *error)
{
	const json_t *value = json_object_get(object, name);

	*text = NULL;
	if (value == NULL)
		return 0;
	if (!json_is_string(value))
		return error_set(error, EBADMSG, "\"%s\" is not a text", name);
	*text = strdup(json_string_value(value));
	if (*text == NULL)
		return error_set_system(error, ENOMEM, "cannot read a message");
	return 0;
}

static int varlink_read_call(const json_t *object, struct varlink_call *call, struct error *error)
{
	int result;

	if ((result = varlink_get_text(object, "method", &call->method, error)) < 0 ||
	    (result = varlink_get_flag(object, "more", &call->more, error)) < 0 ||
	    (result = varlink_get_flag(object, "oneway", &call->oneway, error)) < 0 ||
	    (result = varlink_get_flag(object, "upgrade", &call->upgrade, error)) < 0 ||
	    (result = varlink_get_parameters(object, &call->parameters, error)) < 0)
		return result;
	if (call->method == NULL)
		return error_set(error, EBADMSG, "a call names no method");
	if (call->more && call->oneway)
		return error_set(error, EBADMSG, "a call wants more answers and none");
	return 0;
}

int varlink_call_decode(const char *data, size_t length, struct varlink_call *call,
			struct error *error)
{
	json_t *object;
	int result;

	*call = (struct varlink_call){ .method = NULL };
	result = varlink_parse_object(data, length, &object, error);
	if (result < 0)
		return result;
	result = varlink_read_call(object, call, error);
	if (result < 0)
		varlink_call_free(call);
	json_decref(object);
	return result;
}

void varlink_call_free(struct varlink_call *call)
{
	free(call->method);
	json_decref(call->parameters);
	*call = (struct varlink_call){ .method = NULL };
}

static int varlink_read_reply(const json_t *object, struct varlink_reply *reply,
			      struct error *error)
{
	int result;

	if ((result = varlink_get_text(object, "error", &reply->error, error)) < 0 ||
	    (result = varlink_get_flag(object, "continues", &reply->continues, error)) < 0)
		return result;
	return varlink_get_parameters(object, &reply->parameters, error);
}

int varlink_reply_decode(const char *data, size_t length, struct varlink_reply *reply,
			 struct error *error)
{
	json_t *object;
	int result;

	*reply = (struct varlink_reply){ .error = NULL };
	result = varlink_parse_object(data, length, &object, error);
	if (result < 0)
		return result;
	result = varlink_read_reply(object, reply, error);
	if (result < 0)
		varlink_reply_free(reply);
	json_decref(object);
	return result;
}

void varlink_reply_free(struct varlink_reply *reply)
{
	free(reply->error);
	json_decref(reply->parameters);
	*reply = (struct varlink_reply){ .error = NULL };
}

/* {NAME: TEXT, "parameters": PARAMETERS, FLAG: true} as a message; NAME's and
 * FLAG's members only if TEXT and SET say so. */
static char *varlink_encode(const char *name, const char *text, json_t *parameters,
			    const char *flag, bool set, size_t *length)
{
	json_t *object = json_object();
	char *message = NULL;
	int failed = 0;

	if (object == NULL)
		return NULL;
	if (text != NULL)
		failed |= json_object_set_new(object, name, json_string(text));
	if (parameters != NULL)
		failed |= json_object_set(object, "parameters", parameters);
	else
		failed |= json_object_set_new(object, "parameters", json_object());
	if (set)
		failed |= json_object_set_new(object, flag, json_true());
	if (!failed)
		message = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (message != NULL)
		*length = strlen(message) + 1;
	return message;
}

char *varlink_call_encode(const char *method, json_t *parameters, bool more, size_t *length)
{
	return varlink_encode("method", method, parameters, "more", more, length);
}

char *varlink_reply_encode(const char *error_name, json_t *parameters, bool continues,
			   size_t *length)
{
	return varlink_encode("error", error_name, parameters, "continues", continues, length);
}
