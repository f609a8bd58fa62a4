/* `w32tm /resync`: all sources are asked, then the call is answered with the result. */
#ifndef W32TIMED_W32TIMED_RESYNC_H
#define W32TIMED_W32TIMED_RESYNC_H

#include <stdbool.h>

struct control_call;
struct loop;
struct loop_timer;
struct ntp_client;
struct timekeeping;

/* All zero but the first two when it begins; both are borrowed. */
struct resync {
	struct timekeeping *timekeeping;
	struct ntp_client *client;
	struct control_call *call; /* waits for its result; NULL: none */
	struct loop_timer *timer;  /* the sources have answered, the result is not clear */
	unsigned good;             /* how many gave a good answer */
	unsigned looks;            /* how often the result has been unclear */
	bool again;                /* the resync under way gives way to another */
};

/* -ENOMEM */
int resync_start(struct resync *resync, struct loop *loop);
/* A call that waits for its result is told that the service ends; before the client
 * is destroyed.  A resync that was not started is allowed. */
void resync_stop(struct resync *resync);

/* FLAGS: RESYNC_HARD and RESYNC_FORCE matter here (base/w32time.h).  CALL is answered
 * with the result, within 15 s or when the next resync begins; NULL: no caller waits. */
void resync_begin(struct resync *resync, unsigned flags, struct control_call *call);

#endif
