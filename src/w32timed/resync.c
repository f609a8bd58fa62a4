/* `w32tm /resync`: all sources are asked, then its result is answered. */
#include <errno.h>

#include "w32timed/reports.h"

/* A silent server must not keep `w32tm /resync` waiting for long. */
#define RESYNC_TIMEOUT 6.0
/* Then the discipline may still have to make up its mind: it takes at most 8 s from
 * the first sample. */
#define RESYNC_LOOKS      18
#define RESYNC_LOOK_AGAIN 0.5

static void answer(struct service *service, enum sync_result result)
{
	struct control_call *call = service->resync_call;

	service->resync_call = NULL;
	if (call != NULL)
		control_reply(call, json_pack("{s:i}", "result", (int)result));
}

static void finish(struct service *service)
{
	service->resync_looks = 0;
	loop_timer_stop(service->resync_timer);
	answer(service, timekeeping_resync_result(service->timekeeping, service->resync_good));
}

/* What was heard may not be enough yet: one of the sources is outvoted, a sample
 * contradicts the others. */
static void look(struct service *service)
{
	bool undecided = service->resync_good > 0 && !service->resyncs_again &&
			 timekeeping_is_undecided(service->timekeeping);

	if (!undecided || service->resync_looks == RESYNC_LOOKS) {
		finish(service);
		return;
	}
	service->resync_looks++;
	loop_timer_set(service->resync_timer, RESYNC_LOOK_AGAIN);
}

static void on_look(void *context)
{
	look(context);
}

static void on_asked(void *context, unsigned good)
{
	struct service *service = context;

	if (service->closing)
		return;
	service->resync_good = good;
	look(service);
}

void service_rediscover(struct service *service)
{
	resolver_refresh(service->resolver);
	domain_time_search(service->domain);
	ntp_client_event(service->client, PROVIDER_REDISCOVER);
}

void service_resync(struct service *service, unsigned flags, struct control_call *call)
{
	report_resync(service, RESYNC_REASON_ADMINISTRATOR);
	if ((flags & RESYNC_REDISCOVER) != 0) {
		domain_time_forget_forms(service->domain);
		service_rediscover(service);
	}
	/* One that still waits is answered in here with what is known now: before
	 * that is forgotten. */
	service->resyncs_again = true;
	if (service->resync_looks > 0)
		finish(service);
	ntp_client_resync(service->client, RESYNC_TIMEOUT, on_asked, service);
	service->resyncs_again = false;
	service->resync_call = call;
	if ((flags & (RESYNC_HARD | RESYNC_FORCE)) != 0)
		timekeeping_resync(service->timekeeping, (flags & RESYNC_FORCE) != 0);
}

int service_resync_start(struct service *service)
{
	return loop_timer_create(&service->resync_timer, service->environment.loop, on_look,
				 service);
}

void service_resync_stop(struct service *service)
{
	answer(service, SYNC_RESULT_SHUTTING_DOWN);
	loop_timer_destroy(service->resync_timer);
	service->resync_timer = NULL;
}
