#include "base/backoff.h"

#include <math.h>

#define FIRST         4.0
#define DOUBLINGS_MAX 30 /* more than can matter, fewer than overflow */

double backoff_wait(unsigned failures, double backoff, unsigned max_doublings)
{
	double wait = FIRST;
	unsigned doublings;

	for (; failures > 1 && wait < backoff; failures--)
		wait *= 2;
	if (wait < backoff)
		return wait;
	doublings = failures - 1 < max_doublings ? failures - 1 : max_doublings;
	if (doublings > DOUBLINGS_MAX)
		doublings = DOUBLINGS_MAX;
	return fmax(ldexp(backoff, (int)doublings), FIRST);
}
