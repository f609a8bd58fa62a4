/* The private state file: whatever stands in it, a frequency that no oscillator
 * could have never comes out. */
#include <math.h>
#include <stdlib.h>

#include "w32timed/state_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct discipline_frequency frequency;

	if (state_parse((const char *)data, size, &frequency) == 0 &&
	    (!(fabs(frequency.frequency) <= 1e-3) || !(frequency.uncertainty >= 0)))
		abort();
	return 0;
}
