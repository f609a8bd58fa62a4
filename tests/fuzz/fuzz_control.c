/* Bytes from a client of the control interface, as the daemon's end reads them
 * from the socket; and the same bytes as a reply that the tool reads. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/control_server.h"
#include "control/time_service.h"
#include "control/varlink.h"
#include "tests/event_loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void echo(void *context, struct control_call *call, const json_t *parameters)
{
	(void)context;
	control_reply_more(call, json_deep_copy(parameters));
	control_reply(call, json_deep_copy(parameters), NULL);
}

static void left(void *context, struct control_call *call)
{
	struct control_call **held = context;

	if (*held == call)
		*held = NULL;
	control_reply_empty(call);
}

/* Answered when the next one comes, or when its client has left. */
static void hold(void *context, struct control_call *call, const json_t *parameters)
{
	struct control_call **held = context;

	(void)parameters;
	if (*held != NULL)
		control_reply_failed(*held, NULL);
	*held = call;
	control_on_left(call, left, context);
}

static const struct control_method methods[] = {
	{ .name = "GetSource", .handle = echo },
	{ .name = "WatchStatus", .handle = hold },
	{ .name = "Reload", .changes = true, .handle = echo },
};

/* To the daemon's end, in two pieces; whatever it answers is thrown away. */
static void serve(const uint8_t *data, size_t size)
{
	struct loop *loop = event_loop_create();
	struct control_server *server = NULL;
	struct control_call *held = NULL;
	struct local_peer peer = { .may_change = size % 2 == 0 };
	char answers[65536];
	int pair[2];

	if (loop == NULL ||
	    control_server_create(&server, loop, NULL, NULL, NULL, methods,
				  sizeof methods / sizeof methods[0], &held, NULL) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0)
		abort();
	control_server_add(server, pair[1], &peer);
	for (unsigned piece = 0; piece < 2; piece++) {
		size_t begin = piece * (size / 2), end = piece == 0 ? size / 2 : size;

		if (send(pair[0], data + begin, end - begin, MSG_NOSIGNAL) < 0)
			break;
		for (unsigned i = 0; i < 4; i++)
			event_base_loop(event_loop_base(loop), EVLOOP_NONBLOCK);
		while (recv(pair[0], answers, sizeof answers, 0) > 0)
			continue;
	}
	close(pair[0]);
	event_base_loop(event_loop_base(loop), EVLOOP_NONBLOCK);
	control_server_destroy(server);
	loop_destroy(loop);
}

/* As one message: what can be read can be written and read again. */
static void decode(const char *data, size_t size)
{
	struct varlink_reply reply, again;
	size_t length;
	char *text;

	if (varlink_reply_decode(data, size, &reply, NULL) < 0)
		return;
	text = varlink_reply_encode(reply.error, reply.parameters, reply.continues, &length);
	if (text == NULL || varlink_reply_decode(text, length - 1, &again, NULL) < 0 ||
	    again.continues != reply.continues || !json_equal(again.parameters, reply.parameters))
		abort();
	free(text);
	varlink_reply_free(&again);
	varlink_reply_free(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	signal(SIGPIPE, SIG_IGN);
	serve(data, size);
	decode((const char *)data, size);
	return 0;
}
