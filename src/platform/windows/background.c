#include "config.h"

#include "platform/background.h"

/* Handles of files are no small numbers here that the next one would take over. */
void background_fill_standard_handles(void)
{
}

/* Nobody but the service control manager starts a daemon here, which has no
 * terminal to leave then. */
int background_start(int *ready, struct error *error)
{
	(void)error;
	*ready = BACKGROUND_NONE;
	return 0;
}

void background_ready(int ready)
{
	(void)ready;
}
