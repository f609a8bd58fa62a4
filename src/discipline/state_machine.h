/* W32Time's state machine of the clock: Unset, Hold, Sync, Spike.  Pure. */
#ifndef W32TIMED_DISCIPLINE_STATE_MACHINE_H
#define W32TIMED_DISCIPLINE_STATE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timescale.h"
#include "discipline/settings.h"

enum discipline_state { /* W32Time's clock state machine, numbers as w32tm shows them */
			DISCIPLINE_STATE_UNSET = 0, /* no reference yet, or it was lost */
			DISCIPLINE_STATE_HOLD = 1,
			DISCIPLINE_STATE_SYNC = 2,
			DISCIPLINE_STATE_SPIKE = 3,
};

struct state_machine {
	enum discipline_state state;
	uint32_t hold_left; /* samples until HOLD may end */
	raw_ns spike_since;
};

/* HoldPeriod starts anew.  UNSET: the reference is gone. */
void state_machine_unset(struct state_machine *machine, const struct discipline_settings *settings);
void state_machine_hold(struct state_machine *machine, const struct discipline_settings *settings);

/* A sample was used. */
void state_machine_count(struct state_machine *machine);

/* A correction was made or was needless. */
void state_machine_corrected(struct state_machine *machine);

/* LARGE: the offset is, HELD: so are samples that are held back, of at least
 * LargePhaseOffset.  True while a large offset is to be left alone; *BEGAN: from now
 * on. */
bool state_machine_watch_spike(struct state_machine *machine,
			       const struct discipline_settings *settings, bool large, bool held,
			       raw_ns now, bool *began);

/* s; until a large offset will have lasted SpikeWatchPeriod. */
double state_machine_spike_left(const struct state_machine *machine,
				const struct discipline_settings *settings, raw_ns now);

#endif
