#include "platform/program.h"

int program_begin(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}
