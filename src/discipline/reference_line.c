#include "discipline/reference_line.h"

utc_ns reference_line_utc(const struct reference_line *line, raw_ns raw)
{
	int64_t passed, utc;

	if (__builtin_sub_overflow(raw, line->raw, &passed))
		passed = raw > 0 ? INT64_MAX : INT64_MIN;
	if (__builtin_add_overflow(line->utc, passed, &utc))
		utc = passed > 0 ? INT64_MAX : INT64_MIN;
	return utc;
}

double reference_line_shift(struct reference_line *line, double seconds)
{
	utc_ns moved = ns_add(line->utc, seconds);
	double really = ns_interval(line->utc, moved);

	line->utc = moved;
	return really;
}
