#include "client/interleaved.h"

/* ns; what two readings of the same sleep may differ by. */
#define SLEEP_ROUNDING 2000000

bool interleaved_ask(struct interleaved *interleaved, bool wanted, const struct clock_reading *now,
		     struct reply_request *request)
{
	int64_t slept = now->suspended_ns - interleaved->suspended_ns;

	/* The oscillator stood still meanwhile, the server's clock did not. */
	if (slept > SLEEP_ROUNDING || slept < -SLEEP_ROUNDING ||
	    ns_interval(interleaved->received, now->raw) > INTERLEAVED_AGE_MAX)
		interleaved_forget(interleaved);
	interleaved->suspended_ns = now->suspended_ns;

	request->server_received = 0;
	if (!wanted || interleaved->server_received == 0 ||
	    (!interleaved->granted && interleaved->trials >= INTERLEAVED_TRIALS))
		return false;
	if (!interleaved->granted)
		interleaved->trials++;
	request->server_received = interleaved->server_received;
	return true;
}

void interleaved_forget(struct interleaved *interleaved)
{
	interleaved->server_received = 0;
}

void interleaved_note(struct interleaved *interleaved, const struct reply_request *request,
		      const struct ntp_header *reply, raw_ns received, double uncertainty)
{
	if (reply_is_interleaved(request, reply))
		interleaved->granted = true;
	interleaved->server_received = reply->receive;
	interleaved->received = received;
	interleaved->uncertainty = uncertainty;
}
