#include "loop/stream.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>

#include "loop/loop_internal.h"

struct loop_stream {
	struct bufferevent *buffered;
	size_t input_max;
	const struct loop_stream_handler *handler;
	void *context;
	bool sending;
	bool ended; /* or stopped: nothing more is read */
};

static size_t stream_unread(const struct loop_stream *stream)
{
	return evbuffer_get_length(bufferevent_get_input(stream->buffered));
}

/* Not by libevent's watermark for reading: with that it calls again and again for
 * as long as something is left unread. */
static void stream_pause_if_full(struct loop_stream *stream)
{
	if (stream_unread(stream) >= stream->input_max)
		bufferevent_disable(stream->buffered, EV_READ);
}

static void stream_on_read(struct bufferevent *buffered, void *context)
{
	struct loop_stream *stream = context;

	(void)buffered;
	stream_pause_if_full(stream);
	stream->handler->received(stream->context);
}

static void stream_on_written(struct bufferevent *buffered, void *context)
{
	struct loop_stream *stream = context;

	(void)buffered;
	/* libevent also says so before anything was written. */
	if (!stream->sending)
		return;
	stream->sending = false;
	if (stream->handler->sent != NULL)
		stream->handler->sent(stream->context);
}

static void stream_on_end(struct bufferevent *buffered, short what, void *context)
{
	struct loop_stream *stream = context;

	bool broken = (what & BEV_EVENT_EOF) == 0;

	(void)buffered;
	stream->ended = true;
	if (broken)
		loop_stream_stop(stream);
	stream->handler->ended(stream->context, broken);
}

int loop_stream_create(struct loop_stream **created, struct loop *loop, socket_handle handle,
		       size_t input_max, const struct loop_stream_handler *handler, void *context)
{
	struct loop_stream *stream = calloc(1, sizeof *stream);

	if (stream == NULL)
		return -ENOMEM;
	evutil_make_socket_nonblocking((evutil_socket_t)handle);
	stream->input_max = input_max;
	stream->handler = handler;
	stream->context = context;
	stream->buffered = bufferevent_socket_new(loop->base, (evutil_socket_t)handle, 0);
	if (stream->buffered == NULL) {
		free(stream);
		return -ENOMEM;
	}
	bufferevent_setcb(stream->buffered, stream_on_read, stream_on_written, stream_on_end,
			  stream);
	if (bufferevent_enable(stream->buffered, EV_READ | EV_WRITE) != 0) {
		loop_stream_destroy(stream);
		return -ENOMEM;
	}
	*created = stream;
	return 0;
}

socket_handle loop_stream_destroy(struct loop_stream *stream)
{
	socket_handle handle = bufferevent_getfd(stream->buffered);

	bufferevent_free(stream->buffered);
	free(stream);
	return handle;
}

const uint8_t *loop_stream_input(struct loop_stream *stream, size_t *length)
{
	static const uint8_t nothing;

	*length = stream_unread(stream);
	return *length == 0 ? &nothing
			    : evbuffer_pullup(bufferevent_get_input(stream->buffered), -1);
}

void loop_stream_take(struct loop_stream *stream, size_t length)
{
	evbuffer_drain(bufferevent_get_input(stream->buffered), length);
	if (!stream->ended && stream_unread(stream) < stream->input_max)
		bufferevent_enable(stream->buffered, EV_READ);
}

int loop_stream_send(struct loop_stream *stream, const void *data, size_t length)
{
	if (bufferevent_write(stream->buffered, data, length) != 0)
		return -ENOMEM;
	stream->sending = true;
	return 0;
}

size_t loop_stream_unsent(const struct loop_stream *stream)
{
	return evbuffer_get_length(bufferevent_get_output(stream->buffered));
}

void loop_stream_stop(struct loop_stream *stream)
{
	stream->ended = true;
	bufferevent_disable(stream->buffered, EV_READ | EV_WRITE);
}

void loop_stream_send_last(struct loop_stream *stream)
{
	struct evbuffer *output = bufferevent_get_output(stream->buffered);

	loop_stream_stop(stream);
	evbuffer_unfreeze(output, 1);
	evbuffer_write(output, bufferevent_getfd(stream->buffered));
}
