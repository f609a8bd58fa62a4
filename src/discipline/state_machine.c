#include "discipline/state_machine.h"

void state_machine_unset(struct state_machine *machine, const struct discipline_settings *settings)
{
	machine->state = DISCIPLINE_STATE_UNSET;
	machine->hold_left = settings->hold_period;
}

void state_machine_hold(struct state_machine *machine, const struct discipline_settings *settings)
{
	if (machine->state != DISCIPLINE_STATE_UNSET)
		machine->state = DISCIPLINE_STATE_HOLD;
	machine->hold_left = settings->hold_period;
}

void state_machine_count(struct state_machine *machine)
{
	if (machine->hold_left > 0)
		machine->hold_left--;
}

void state_machine_corrected(struct state_machine *machine)
{
	if (machine->state == DISCIPLINE_STATE_UNSET)
		machine->state = DISCIPLINE_STATE_HOLD;
	if (machine->state == DISCIPLINE_STATE_HOLD && machine->hold_left == 0)
		machine->state = DISCIPLINE_STATE_SYNC;
}

bool state_machine_watch_spike(struct state_machine *machine,
			       const struct discipline_settings *settings, bool large, bool held,
			       raw_ns now, bool *began)
{
	*began = machine->state == DISCIPLINE_STATE_SYNC && (large || held);
	if (*began) {
		machine->state = DISCIPLINE_STATE_SPIKE;
		machine->spike_since = now;
	} else if (machine->state == DISCIPLINE_STATE_SPIKE && !large && !held) {
		machine->state = DISCIPLINE_STATE_SYNC;
	}
	if (machine->state != DISCIPLINE_STATE_SPIKE || !large)
		return false;
	if (state_machine_spike_left(machine, settings, now) > 0)
		return true;
	state_machine_hold(machine, settings);
	return false;
}

double state_machine_spike_left(const struct state_machine *machine,
				const struct discipline_settings *settings, raw_ns now)
{
	return settings->spike_watch_period - ns_interval(machine->spike_since, now);
}
