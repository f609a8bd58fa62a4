#include "platform/terminal.h"

#include <unistd.h>

bool terminal_is(FILE *file)
{
	return isatty(fileno(file)) == 1;
}
