#include "config.h"

#include "platform/program.h"

#include <errno.h>
#include <stdlib.h>
#include <winsock2.h>

#include <windows.h>

#include <shellapi.h>

#include "platform/windows/error.h"
#include "platform/windows/socket.h"
#include "platform/windows/text.h"

/* The terminal is not ours alone: atexit() gives no context. */
static UINT code_page_before;

static void restore_code_page(void)
{
	SetConsoleOutputCP(code_page_before);
}

static void use_utf8(void)
{
	code_page_before = GetConsoleOutputCP();
	if (code_page_before != 0 && code_page_before != CP_UTF8 && SetConsoleOutputCP(CP_UTF8))
		atexit(restore_code_page);
}

int program_begin(int *argc, char ***argv)
{
	int count = 0, result = 0;
	wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
	char **words;

	use_utf8();
	result = socket_begin();
	if (result < 0)
		return result;
	if (wide == NULL)
		return -errno_of_last_error();
	words = calloc((size_t)count + 1, sizeof *words);
	if (words == NULL)
		result = -ENOMEM;
	for (int i = 0; i < count && result == 0; i++) {
		words[i] = text_from_wide(wide[i]);
		if (words[i] == NULL)
			result = -errno;
	}
	LocalFree(wide);
	if (result < 0)
		return result;
	*argc = count;
	*argv = words;
	return 0;
}
