#include "config.h"

#include "platform/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/windows/error.h"
#include "platform/windows/text.h"

long process_id(void)
{
	return (long)GetCurrentProcessId();
}

bool process_is_administrator(void)
{
	SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
	BOOL member = FALSE;
	PSID administrators;

	if (!AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID,
				      DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0, &administrators))
		return false;
	CheckTokenMembership(NULL, administrators, &member);
	FreeSid(administrators);
	return member != FALSE;
}

static char *repeat(char *end, char c, size_t count)
{
	memset(end, c, count);
	return end + count;
}

/* ARGUMENT as programs on Windows take a command line apart again: in quotes where
 * it needs them; backslashes count only before a quote, where each is doubled. */
static char *quote(char *end, const char *argument)
{
	size_t backslashes = 0;

	if (argument[0] != '\0' && strpbrk(argument, " \t\"") == NULL) {
		strcpy(end, argument);
		return end + strlen(argument);
	}
	*end++ = '"';
	for (; *argument != '\0'; argument++) {
		if (*argument == '"')
			end = repeat(end, '\\', backslashes + 1);
		backslashes = *argument == '\\' ? backslashes + 1 : 0;
		*end++ = *argument;
	}
	end = repeat(end, '\\', backslashes);
	*end++ = '"';
	return end;
}

static wchar_t *command_line(char *const *arguments)
{
	size_t size = 1;
	char *line, *end;
	wchar_t *wide;

	for (size_t i = 0; arguments[i] != NULL; i++)
		size += 2 * strlen(arguments[i]) + 3;
	line = end = malloc(size);
	if (line == NULL)
		return NULL;
	for (size_t i = 0; arguments[i] != NULL; i++) {
		if (i > 0)
			*end++ = ' ';
		end = quote(end, arguments[i]);
	}
	*end = '\0';
	wide = text_to_wide(line);
	free(line);
	return wide;
}

/* Not the current folder's: anybody may have put it there. */
static int find_program(const char *name, wchar_t path[MAX_PATH])
{
	wchar_t *wide = text_to_wide(name), search[8192];
	DWORD length = GetEnvironmentVariableW(L"PATH", search, 8192);

	if (wide == NULL)
		return -errno;
	if (wcspbrk(wide, L"/\\:") != NULL)
		length = SearchPathW(NULL, wide, L".exe", MAX_PATH, path, NULL);
	else if (length > 0 && length < 8192)
		length = SearchPathW(search, wide, L".exe", MAX_PATH, path, NULL);
	else
		length = 0;
	free(wide);
	return length > 0 && length < MAX_PATH ? 0 : -ENOENT;
}

/* OUTPUT: where standard output goes, or NULL to leave it. */
static int spawn(char *const *arguments, HANDLE output, HANDLE *process)
{
	SECURITY_ATTRIBUTES inherit = { .nLength = sizeof inherit, .bInheritHandle = TRUE };
	STARTUPINFOW start = { .cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES };
	PROCESS_INFORMATION started;
	wchar_t path[MAX_PATH], *line;
	int result = find_program(arguments[0], path);

	if (result < 0)
		return result;
	line = command_line(arguments);
	if (line == NULL)
		return -errno;
	start.hStdInput = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
				      &inherit, OPEN_EXISTING, 0, NULL);
	start.hStdOutput = output != NULL ? output : GetStdHandle(STD_OUTPUT_HANDLE);
	start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
	if (!CreateProcessW(path, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &started))
		result = -errno_of_last_error();
	CloseHandle(start.hStdInput);
	free(line);
	if (result < 0)
		return result;
	CloseHandle(started.hThread);
	*process = started.hProcess;
	return 0;
}

static int wait_for(HANDLE process)
{
	DWORD status = 0;

	WaitForSingleObject(process, INFINITE);
	GetExitCodeProcess(process, &status);
	CloseHandle(process);
	/* A program that crashed ends with a code that is no exit status. */
	return status <= 255 ? (int)status : 128;
}

struct lines {
	void (*line)(void *context, const char *line);
	void *context;
	char *buffer;
	size_t used, size;
};

static void end_line(struct lines *lines)
{
	if (lines->used > 0 && lines->buffer[lines->used - 1] == '\r')
		lines->used--;
	lines->buffer[lines->used] = '\0';
	lines->line(lines->context, lines->buffer);
	lines->used = 0;
}

static bool add_byte(struct lines *lines, char c)
{
	if (lines->used + 1 >= lines->size) {
		size_t size = lines->size == 0 ? 256 : 2 * lines->size;
		char *larger = realloc(lines->buffer, size);

		if (larger == NULL)
			return false;
		lines->buffer = larger;
		lines->size = size;
	}
	lines->buffer[lines->used++] = c;
	return true;
}

static void read_lines(HANDLE from, struct lines *lines)
{
	char part[4096];
	bool going = true;
	DWORD got;

	while (going && ReadFile(from, part, sizeof part, &got, NULL) && got > 0) {
		for (DWORD i = 0; i < got && going; i++) {
			if (part[i] == '\n' && lines->buffer != NULL)
				end_line(lines);
			else if (part[i] == '\n')
				lines->line(lines->context, "");
			else
				going = add_byte(lines, part[i]);
		}
	}
	if (lines->used > 0)
		end_line(lines);
	free(lines->buffer);
}

static int run_with_lines(char *const *arguments, void (*line)(void *context, const char *line),
			  void *context)
{
	SECURITY_ATTRIBUTES inherit = { .nLength = sizeof inherit, .bInheritHandle = TRUE };
	struct lines lines = { .line = line, .context = context };
	HANDLE ends[2], process;
	int result;

	if (!CreatePipe(&ends[0], &ends[1], &inherit, 0))
		return -errno_of_last_error();
	SetHandleInformation(ends[0], HANDLE_FLAG_INHERIT, 0);
	result = spawn(arguments, ends[1], &process);
	CloseHandle(ends[1]);
	if (result == 0)
		read_lines(ends[0], &lines);
	CloseHandle(ends[0]);
	return result < 0 ? result : wait_for(process);
}

int process_run(char *const *arguments, void (*line)(void *context, const char *line),
		void *context, struct error *error)
{
	HANDLE process;
	int result;

	if (line != NULL) {
		result = run_with_lines(arguments, line, context);
	} else {
		result = spawn(arguments, NULL, &process);
		if (result == 0)
			result = wait_for(process);
	}
	if (result < 0)
		error_set_system(error, -result, "cannot run %s", arguments[0]);
	return result;
}
