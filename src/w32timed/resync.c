#include "w32timed/resync.h"

#include "base/w32time.h"
#include "client/ntp_client.h"
#include "control/control_call.h"
#include "control/time_service.h"
#include "loop/loop.h"
#include "w32timed/timekeeping.h"

/* A silent server must not keep `w32tm /resync` waiting for long. */
#define RESYNC_TIMEOUT 6.0
/* The discipline may need up to 8 s from the first sample to decide. */
#define RESYNC_LOOKS      18
#define RESYNC_LOOK_AGAIN 0.5

static void resync_answer(struct resync *resync, enum sync_result result)
{
	const struct control_resync_reply reply = { .result = result };
	struct control_call *call = resync->call;
	struct error error;

	resync->call = NULL;
	if (call != NULL)
		control_reply(call, control_resync_reply_encode(&reply, &error), &error);
}

static void resync_finish(struct resync *resync)
{
	resync->looks = 0;
	loop_timer_stop(resync->timer);
	resync_answer(resync, timekeeping_resync_result(resync->timekeeping, resync->good));
}

/* The samples may not be enough to decide yet: a source is outvoted, or one sample
 * contradicts the others. */
static void resync_look(struct resync *resync)
{
	bool undecided = resync->good > 0 && !resync->again &&
			 timekeeping_is_undecided(resync->timekeeping);

	if (!undecided || resync->looks == RESYNC_LOOKS) {
		resync_finish(resync);
		return;
	}
	resync->looks++;
	loop_timer_set(resync->timer, RESYNC_LOOK_AGAIN);
}

static void on_look(void *context)
{
	resync_look(context);
}

static void on_asked(void *context, unsigned good)
{
	struct resync *resync = context;

	resync->good = good;
	resync_look(resync);
}

void resync_begin(struct resync *resync, unsigned flags, struct control_call *call)
{
	/* A resync under way is answered in here with what is known now, before that is
	 * forgotten. */
	resync->again = true;
	if (resync->looks > 0)
		resync_finish(resync);
	ntp_client_resync(resync->client, RESYNC_TIMEOUT, on_asked, resync);
	resync->again = false;
	resync->call = call;
	if ((flags & (RESYNC_HARD | RESYNC_FORCE)) != 0)
		timekeeping_resync(resync->timekeeping, (flags & RESYNC_FORCE) != 0);
}

int resync_start(struct resync *resync, struct loop *loop)
{
	return loop_timer_create(&resync->timer, loop, on_look, resync);
}

void resync_stop(struct resync *resync)
{
	resync_answer(resync, SYNC_RESULT_SHUTTING_DOWN);
	loop_timer_destroy(resync->timer);
	resync->timer = NULL;
}
