/* The words of a command line: "/name", "/name:value", or the same with '-'.
 * A command claims the options that it knows; what nobody claimed was
 * unexpected. */
#ifndef W32TIMED_W32TM_OPTIONS_H
#define W32TIMED_W32TM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option {
	const char *argument; /* as given */
	bool claimed;
};

struct options {
	struct option *list; /* ARGUMENTS, in order */
	size_t count;
};

/* The arguments are kept by reference.  Returns 0 or -ENOMEM. */
int options_create(struct options *options, const char *const *arguments, size_t count);
void options_free(struct options *options);

/* Whether ARGUMENT is "/NAME" or "-NAME", without regard to case. */
bool option_is(const char *argument, const char *name);

/* The value of ARGUMENT if it is "/NAME:value", else NULL. */
const char *option_value(const char *argument, const char *name);

/* Claim "/NAME", "/NAME:value", or an argument that is no option at all.  Each
 * claims one argument only: an option given twice is unexpected. */
bool options_claim(struct options *options, const char *name);
const char *options_claim_value(struct options *options, const char *name);
const char *options_claim_word(struct options *options);

/* The same for a number from MINIMUM to MAXIMUM: 1 if it was given, 0 if not,
 * -EINVAL for a bad one. */
int options_claim_number(struct options *options, const char *name, uint32_t minimum,
			 uint32_t maximum, uint32_t *value);

bool options_all_claimed(const struct options *options);

#endif
