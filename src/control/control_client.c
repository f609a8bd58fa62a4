#include "control/control_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/time_service.h"
#include "platform/local_stream.h"
#include "platform/wait.h"

#define RECEIVE_SIZE 16384

struct control_client {
	socket_handle connection;
	char *buffer; /* what has come in and is not decoded yet */
	size_t size, length;
};

int control_client_open(struct control_client **opened, const char *path, struct error *error)
{
	struct control_client *client = calloc(1, sizeof *client);
	int result;

	if (client == NULL)
		return error_set_system(error, ENOMEM, "cannot connect to %s", path);
	client->connection = SOCKET_HANDLE_NONE;
	result = local_stream_connect(path, &client->connection, error);
	if (result < 0) {
		client->connection = SOCKET_HANDLE_NONE;
		control_client_close(client);
		return result;
	}
	*opened = client;
	return 0;
}

void control_client_close(struct control_client *client)
{
	if (client == NULL)
		return;
	if (client->connection != SOCKET_HANDLE_NONE)
		local_stream_close(client->connection);
	free(client->buffer);
	free(client);
}

/* What is left of TIMEOUT, counted from START; a negative one never ends. */
static double client_remaining(double start, double timeout)
{
	double left;

	if (timeout < 0)
		return timeout;
	left = timeout - (wait_clock() - start);
	return left > 0 ? left : 0;
}

/* Takes the first message out of the buffer, if a whole one is there. */
static bool client_take_reply(struct control_client *client, struct varlink_reply *reply,
			      int *result, struct error *error)
{
	const char *end;
	size_t used;

	if (client->length == 0)
		return false;
	end = memchr(client->buffer, '\0', client->length);
	if (end == NULL)
		return false;
	used = (size_t)(end - client->buffer) + 1;
	*result = varlink_reply_decode(client->buffer, used - 1, reply, error);
	client->length -= used;
	memmove(client->buffer, client->buffer + used, client->length);
	return true;
}

static int client_make_room(struct control_client *client, struct error *error)
{
	char *larger;

	if (client->length > VARLINK_REPLY_MAX)
		return error_set(error, EMSGSIZE, "the daemon's answer is longer than %d bytes",
				 VARLINK_REPLY_MAX);
	if (client->size - client->length >= RECEIVE_SIZE)
		return 0;
	larger = realloc(client->buffer, client->size + RECEIVE_SIZE + client->size / 2);
	if (larger == NULL)
		return error_set_system(error, ENOMEM, "cannot read the daemon's answer");
	client->buffer = larger;
	client->size += RECEIVE_SIZE + client->size / 2;
	return 0;
}

int control_client_next(struct control_client *client, double timeout, struct varlink_reply *reply,
			struct error *error)
{
	double start = wait_clock();
	int result;

	*reply = (struct varlink_reply){ .error = NULL };
	while (!client_take_reply(client, reply, &result, error)) {
		result = client_make_room(client, error);
		if (result < 0)
			return result;
		result = local_stream_receive(client->connection, client->buffer + client->length,
					      RECEIVE_SIZE, client_remaining(start, timeout));
		if (result < 0)
			return error_set_system(error, -result, "cannot read the daemon's answer");
		if (result == 0)
			return error_set(error, ECONNRESET,
					 "the daemon ended the connection without an answer");
		client->length += (size_t)result;
	}
	return result;
}

int control_client_call(struct control_client *client, const char *method, json_t *parameters,
			bool more, double timeout, struct varlink_reply *reply, struct error *error)
{
	char name[sizeof CONTROL_INTERFACE + 64] = CONTROL_INTERFACE ".";
	double start = wait_clock();
	size_t length = 0;
	char *message;
	int result;

	*reply = (struct varlink_reply){ .error = NULL };
	strncat(name, method, sizeof name - strlen(name) - 1);
	message = varlink_call_encode(name, parameters, more, &length);
	json_decref(parameters);
	if (message == NULL)
		return error_set_system(error, ENOMEM, "cannot call %s", method);
	result = local_stream_send(client->connection, message, length, timeout);
	free(message);
	if (result < 0)
		return error_set_system(error, -result, "cannot call %s", method);
	return control_client_next(client, client_remaining(start, timeout), reply, error);
}
