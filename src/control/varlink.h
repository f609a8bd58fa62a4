/* Varlink's messages (https://varlink.org): JSON objects, each ended by a NUL.
 * Pure; both ends of the control interface use it. */
#ifndef W32TIMED_CONTROL_VARLINK_H
#define W32TIMED_CONTROL_VARLINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define VARLINK_CALL_MAX  65536   /* bytes, a longer call ends the connection */
#define VARLINK_REPLY_MAX 1048576 /* bytes, what the tool is ready to read */
#define VARLINK_DEPTH_MAX 16

struct varlink_call {
	char *method;       /* "io.w32timed.TimeService.GetStatus" */
	json_t *parameters; /* always an object, perhaps empty */
	bool more, oneway, upgrade;
};

/* DATA without its NUL.  -EBADMSG for what is no call: not JSON, too deep,
 * repeated keys, a method that is no text, "more" and "oneway" at once.
 * Members that varlink does not know are passed over. */
int varlink_call_decode(const char *data, size_t length, struct varlink_call *call,
			struct error *error);
void varlink_call_free(struct varlink_call *call);

/* Allocated, ended by the NUL that *LENGTH counts; NULL when memory is short.
 * PARAMETERS is borrowed; ERROR_NAME NULL: no error. */
char *varlink_call_encode(const char *method, json_t *parameters, bool more, size_t *length);
char *varlink_reply_encode(const char *error_name, json_t *parameters, bool continues,
			   size_t *length);

struct varlink_reply {
	char *error;        /* NULL: none */
	json_t *parameters; /* always an object */
	bool continues;
};

int varlink_reply_decode(const char *data, size_t length, struct varlink_reply *reply,
			 struct error *error);
void varlink_reply_free(struct varlink_reply *reply);

#endif
