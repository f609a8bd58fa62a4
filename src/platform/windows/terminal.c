#include "platform/terminal.h"

#include <io.h>

bool terminal_is(FILE *file)
{
	return _isatty(_fileno(file)) != 0;
}
