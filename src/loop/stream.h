/* A connected stream socket: bytes that came in and bytes to be sent, both
 * buffered here, neither ever waited for.  Reading pauses by itself while the
 * owner leaves so much unread that there is no room, and goes on when it has
 * taken some: whoever sends too much waits, and costs nothing while he does. */
#ifndef W32TIMED_LOOP_STREAM_H
#define W32TIMED_LOOP_STREAM_H

#include <stddef.h>

#include "loop/loop.h"

struct loop_stream;

/* In each of them the stream may be destroyed. */
struct loop_stream_handler {
	/* More came in than there was: loop_stream_input(). */
	void (*received)(void *context);
	/* All that was handed over has been written.  May be NULL. */
	void (*sent)(void *context);
	/* Nothing more will come; what came before is still there.  BROKEN: nothing
	 * can be sent either.  Else the other end has closed, perhaps only its half. */
	void (*ended)(void *context, bool broken);
};

/* Takes HANDLE, a connected socket, which will not block any more, over until
 * loop_stream_destroy() gives it back.  INPUT_MAX: bytes; where
 * so many wait unread, nothing more is read (one reading may go beyond it).  HANDLER must live as
 * long as the stream.  -ENOMEM; the handle then stays the caller's. */
int loop_stream_create(struct loop_stream **stream, struct loop *loop, socket_handle handle,
		       size_t input_max, const struct loop_stream_handler *handler, void *context);
/* The handle, for the caller to close. */
socket_handle loop_stream_destroy(struct loop_stream *stream);

/* What came in and was not taken yet, in one piece; valid until the next call
 * for this stream.  NULL where memory is short. */
const uint8_t *loop_stream_input(struct loop_stream *stream, size_t *length);
/* The first LENGTH bytes of it are done with. */
void loop_stream_take(struct loop_stream *stream, size_t length);

/* Copies DATA and sends it as soon as the system takes it.  -ENOMEM. */
int loop_stream_send(struct loop_stream *stream, const void *data, size_t length);
/* Bytes that the system has not taken yet. */
size_t loop_stream_unsent(const struct loop_stream *stream);

/* Neither reads nor writes any more; what came in can still be taken. */
void loop_stream_stop(struct loop_stream *stream);
/* Stops, and writes of what is unsent as much as the system takes at once. */
void loop_stream_send_last(struct loop_stream *stream);

#endif
