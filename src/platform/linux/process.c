#include "config.h"

#include "platform/process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

long process_id(void)
{
	return getpid();
}

bool process_is_administrator(void)
{
	return geteuid() == 0;
}

/* OUTPUT: where standard output goes, or -1 to leave it. */
static int spawn(char *const *arguments, int output, pid_t *process)
{
	posix_spawn_file_actions_t actions;
	int result = posix_spawn_file_actions_init(&actions);

	if (result != 0)
		return -result;
	result = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (result == 0 && output >= 0)
		result = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (result == 0)
		result = posix_spawnp(process, arguments[0], &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -result;
}

static int wait_for(pid_t process)
{
	int status;

	while (waitpid(process, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void read_lines(FILE *file, void (*line)(void *context, const char *line), void *context)
{
	char *buffer = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&buffer, &size, file)) >= 0) {
		if (length > 0 && buffer[length - 1] == '\n')
			buffer[length - 1] = '\0';
		line(context, buffer);
	}
	free(buffer);
}

static int run_with_lines(char *const *arguments, void (*line)(void *context, const char *line),
			  void *context)
{
	int ends[2], result;
	pid_t process;
	FILE *file;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	result = spawn(arguments, ends[1], &process);
	close(ends[1]);
	if (result < 0) {
		close(ends[0]);
		return result;
	}
	file = fdopen(ends[0], "r");
	if (file == NULL) {
		close(ends[0]);
	} else {
		read_lines(file, line, context);
		fclose(file);
	}
	return wait_for(process);
}

int process_run(char *const *arguments, void (*line)(void *context, const char *line),
		void *context, struct error *error)
{
	pid_t process;
	int result;

	if (line != NULL) {
		result = run_with_lines(arguments, line, context);
	} else {
		result = spawn(arguments, -1, &process);
		if (result == 0)
			result = wait_for(process);
	}
	if (result < 0)
		error_set_system(error, -result, "cannot run %s", arguments[0]);
	return result;
}
