/* UTC as the raw oscillator would count it if it were perfect: the line from which
 * offsets are measured, so that they are small numbers and exact ones.  Pure. */
#ifndef W32TIMED_DISCIPLINE_REFERENCE_LINE_H
#define W32TIMED_DISCIPLINE_REFERENCE_LINE_H

#include <stdbool.h>

#include "base/timescale.h"

struct reference_line {
	bool placed;
	raw_ns raw; /* a point of it */
	utc_ns utc;
};

/* Where RAW is on the line; saturates. */
utc_ns reference_line_utc(const struct reference_line *line, raw_ns raw);

/* Moves the line up; returns by how many s really. */
double reference_line_shift(struct reference_line *line, double seconds);

#endif
