/* The machine's clock against truth.h's, for an emulated machine.
 *
 * clock_watch ORIGIN DRIFT_PPM set OFFSET
 *     makes the clock wrong by OFFSET s.
 * clock_watch ORIGIN DRIFT_PPM until LIMIT HOLD SECONDS
 *     looks at it 100 times a second until the kernel calls it synchronized and
 *     it has been within LIMIT s of the truth for HOLD seconds, at most SECONDS
 *     s long, and says in one line of KEY=VALUE words what it saw:
 *       came_in       1, or 0 if time ran out
 *       seconds       until those HOLD seconds began
 *       offset        clock minus truth at the end, s
 *       backwards     how often the clock went back
 *       steps         how often it left the range of a slew's speed (11 %)
 *       largest_step  s
 *       overshoot     how far it came to the other side of the truth than where it
 *                     was at first, s
 *       fastest       largest |rate| over 0.1 s in which there was no step
 *       rate_ppm      by which the kernel corrects the oscillator, tick and
 *                     frequency together
 *       synchronized  what the kernel says; maximum_error as well, us
 *
 * clock_watch ORIGIN DRIFT_PPM armed SECONDS
 *     waits until the kernel is to insert a second, at most SECONDS s; exit status 1
 *     if time ran out.
 * clock_watch ORIGIN DRIFT_PPM disarm
 *     tells it not to.
 * clock_watch ORIGIN DRIFT_PPM leap LEAP SECONDS
 *     looks at the clock until SECONDS s after the second inserted before the
 *     midnight LEAP:
 *       inserting     1 if the kernel said shortly before that it would (TIME_INS)
 *       inserted      1 if it said for that second that it was it (TIME_OOP)
 *       tai           by how much TAI minus UTC grew
 *       before        clock minus truth at last before that second, s
 *       worst         the largest of those afterwards, s; from 50 ms after its begin,
 *                     for the kernel inserts it at a tick
 *       offset        the last of them
 *       synchronized  as above, at the end
 *
 * Readings come in bursts, so that a clock that goes back for a moment is seen.
 * The program works only where the kernel was started with the word
 * w32timed-lab: no other machine's clock is its business. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "truth.h"

#define SLEW_MAX     0.11
#define TICK         10000  /* us, the kernel's nominal */
#define NOISE        0.0005 /* s, of one reading on a busy machine */
#define READINGS     20
#define WINDOW       10 /* readings */
#define PAUSE_NS     10000000
#define REPORT_EVERY 100 /* readings */

struct reading {
	double raw;    /* s */
	double offset; /* s, clock minus truth */
	double width;  /* s that the reading took */
};

struct watch {
	struct truth truth;
	unsigned backwards, steps;
	double largest_step, fastest;
	double first, overshoot;
	struct timespec last;
	struct reading history[WINDOW];
	unsigned count; /* readings since the start or the last step */
};

static double seconds(const struct timespec *time)
{
	return (double)time->tv_sec + 1e-9 * (double)time->tv_nsec;
}

static double difference(const struct timespec *a, const struct timespec *b)
{
	return (double)(a->tv_sec - b->tv_sec) + 1e-9 * (double)(a->tv_nsec - b->tv_nsec);
}

/* The narrowest of several readings; on the way, the clock must not go back. */
static struct reading look(struct watch *watch)
{
	struct reading best = { .width = INFINITY };
	struct timespec before, clock, after, truth;
	int i;

	for (i = 0; i < READINGS; i++) {
		clock_gettime(CLOCK_MONOTONIC_RAW, &before);
		clock_gettime(CLOCK_REALTIME, &clock);
		clock_gettime(CLOCK_MONOTONIC_RAW, &after);
		if (difference(&clock, &watch->last) < 0)
			watch->backwards++;
		watch->last = clock;
		if (difference(&after, &before) >= best.width)
			continue;
		best.width = difference(&after, &before);
		best.raw = seconds(&before);
		truth_at(&watch->truth, &before, &truth);
		best.offset = difference(&clock, &truth) - best.width / 2;
	}
	return best;
}

static void judge(struct watch *watch, const struct reading *now)
{
	const struct reading *last, *old;
	double moved;

	if (watch->count > 0) {
		last = &watch->history[(watch->count - 1) % WINDOW];
		moved = now->offset - last->offset;
		if (fabs(moved) >
		    SLEW_MAX * (now->raw - last->raw) + now->width + last->width + NOISE) {
			watch->steps++;
			if (fabs(moved) > fabs(watch->largest_step))
				watch->largest_step = moved;
			watch->count = 0;
		}
	}
	if (watch->count >= WINDOW) {
		old = &watch->history[watch->count % WINDOW];
		moved = fabs(now->offset - old->offset) / (now->raw - old->raw);
		if (moved > watch->fastest)
			watch->fastest = moved;
	}
	if (watch->first == 0)
		watch->first = now->offset;
	watch->overshoot = fmax(watch->overshoot,
				-copysign(now->offset, now->offset * watch->first));
	watch->history[watch->count % WINDOW] = *now;
	watch->count++;
}

static bool kernel_is_synchronized(int state, const struct timex *timex)
{
	return state != TIME_ERROR && !(timex->status & STA_UNSYNC);
}

static void report(const struct watch *watch, const struct reading *now, double elapsed,
		   bool came_in, const char *head)
{
	struct timex timex = { .modes = 0 };
	int state = adjtimex(&timex);

	printf("%s came_in=%d seconds=%.1f offset=%+.6f backwards=%u steps=%u largest_step=%+.6f "
	       "overshoot=%.6f fastest=%.6f synchronized=%d rate_ppm=%+.3f maximum_error=%ld\n",
	       head, came_in, elapsed, now->offset, watch->backwards, watch->steps,
	       watch->largest_step, watch->overshoot, watch->fastest,
	       kernel_is_synchronized(state, &timex),
	       100.0 * (double)(timex.tick - TICK) + (double)timex.freq / 65536, timex.maxerror);
	fflush(stdout);
}

static int watch_until(struct watch *watch, double limit, double hold, double patience)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct reading first = look(watch);
	struct reading now = first;
	struct timex timex = { .modes = 0 };
	double good_since = first.raw;
	bool came_in;
	unsigned i;

	for (i = 0; now.raw - good_since < hold && now.raw - first.raw < patience; i++) {
		judge(watch, &now);
		if (i % REPORT_EVERY == 0)
			report(watch, &now, now.raw - first.raw, false, "watch");
		nanosleep(&pause, NULL);
		now = look(watch);
		adjtimex(&timex);
		if (fabs(now.offset) >= limit || (timex.status & STA_UNSYNC))
			good_since = now.raw;
	}
	came_in = now.raw - good_since >= hold;
	report(watch, &now, good_since - first.raw, came_in, "result");
	return came_in ? 0 : 1;
}

static int wait_armed(double patience)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct timex timex = { .modes = 0 };
	unsigned i;

	for (i = 0; i < patience / (1e-9 * PAUSE_NS); i++) {
		if (adjtimex(&timex) == TIME_INS && (timex.status & STA_INS))
			return 0;
		nanosleep(&pause, NULL);
	}
	return 1;
}

static int disarm(void)
{
	struct timex timex = { .modes = ADJ_STATUS, .status = STA_UNSYNC };

	return adjtimex(&timex) < 0;
}

static int watch_leap(struct watch *watch, time_t leap, double after)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	const struct truth uniform = watch->truth;
	struct timex timex = { .modes = 0 };
	bool inserting = false, inserted = false;
	double before = NAN, worst = 0, since;
	struct timespec now;
	struct reading reading;
	int state, tai;

	adjtimex(&timex);
	tai = timex.tai;
	watch->truth.leap = leap;
	do {
		reading = look(watch);
		state = adjtimex(&timex);
		truth_now(&uniform, &now);
		since = (double)(now.tv_sec - leap) + 1e-9 * (double)now.tv_nsec;
		if (since < 0) {
			inserting = state == TIME_INS;
			before = reading.offset;
		} else if (since > 0.05 && fabs(reading.offset) > fabs(worst)) {
			worst = reading.offset;
		}
		inserted |= state == TIME_OOP && since > 0 && since < 1;
		nanosleep(&pause, NULL);
	} while (since < after);
	printf("result inserting=%d inserted=%d tai=%+d before=%+.6f worst=%+.6f offset=%+.6f "
	       "synchronized=%d\n",
	       inserting, inserted, timex.tai - tai, before, worst, reading.offset,
	       kernel_is_synchronized(state, &timex));
	return 0;
}

static bool in_the_lab(void)
{
	char words[4096] = "";
	FILE *file = fopen("/proc/cmdline", "r");
	bool found = file != NULL && fgets(words, sizeof(words), file) != NULL &&
		     strstr(words, "w32timed-lab") != NULL;

	if (file != NULL)
		fclose(file);
	return found;
}

static int set_clock(const struct truth *truth, double offset)
{
	struct timespec now;
	double whole = floor(offset);

	truth_now(truth, &now);
	now.tv_sec += (time_t)whole;
	now.tv_nsec += (long)(1e9 * (offset - whole));
	if (now.tv_nsec >= 1000000000) {
		now.tv_nsec -= 1000000000;
		now.tv_sec++;
	}
	if (clock_settime(CLOCK_REALTIME, &now) != 0) {
		perror("clock_watch");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct watch watch = { .count = 0 };

	if (!in_the_lab()) {
		fprintf(stderr, "clock_watch: not in the lab's emulated machine\n");
		return 2;
	}
	if (argc >= 5) {
		watch.truth = (struct truth){ .origin = atoll(argv[1]),
					      .drift_ppm = atof(argv[2]) };
		if (strcmp(argv[3], "set") == 0 && argc == 5)
			return set_clock(&watch.truth, atof(argv[4]));
		if (strcmp(argv[3], "until") == 0 && argc == 7)
			return watch_until(&watch, atof(argv[4]), atof(argv[5]), atof(argv[6]));
		if (strcmp(argv[3], "armed") == 0 && argc == 5)
			return wait_armed(atof(argv[4]));
		if (strcmp(argv[3], "leap") == 0 && argc == 6)
			return watch_leap(&watch, atoll(argv[4]), atof(argv[5]));
	}
	if (argc == 4 && strcmp(argv[3], "disarm") == 0)
		return disarm();
	fprintf(stderr, "usage: clock_watch ORIGIN DRIFT_PPM {set OFFSET | "
			"until LIMIT HOLD SECONDS | disarm | armed SECONDS | leap LEAP SECONDS}\n");
	return 2;
}
