/* The daemon's command line. */
#ifndef W32TIMED_W32TIMED_OPTIONS_H
#define W32TIMED_W32TIMED_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"

enum options_clock {
	OPTIONS_CLOCK_SYSTEM,
	OPTIONS_CLOCK_WATCHED,   /* --no-clock-control */
	OPTIONS_CLOCK_SIMULATED, /* --simulate */
};

struct options {
	const char *configuration_file; /* borrowed from argv or a constant */
	const char *account_program;    /* likewise; NULL: as installed; "": none */
	bool foreground;
	bool test_configuration;
	bool version;
	bool help;
	bool install;
	bool uninstall;
	unsigned verbose;
	enum options_clock clock;
	const char *simulation;  /* --simulate as it was given; borrowed from argv */
	double simulated_offset; /* s, clock minus truth */
	double simulated_drift;  /* fraction */
};

/* -EINVAL with a sentence for the user. */
int options_parse(int argc, char *const *argv, struct options *options, struct error *error);

/* "offset=-23.2,drift=40ppm": each part may be left out. */
int options_parse_simulation(const char *text, struct options *options, struct error *error);

/* What starts a service that does as OPTIONS say, in any folder. */
#define OPTIONS_ARGUMENTS_MAX 8

struct options_command {
	const char *arguments[OPTIONS_ARGUMENTS_MAX]; /* ended by NULL */
	char configuration_file[4096];
};

/* -EINVAL for options that no service can have; COMMAND refers to OPTIONS and to
 * itself. */
int options_write(const struct options *options, struct options_command *command,
		  struct error *error);

extern const char options_help[];

#endif
