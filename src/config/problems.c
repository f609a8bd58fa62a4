#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "config/config.h"
#include "config/config_internal.h"

static void problems_clean(char *text)
{
	while (*text != '\0') {
		size_t length = utf8_decode_printable(text, UTF8_MAX);

		if (length == 0)
			*text = '?';
		text += length == 0 ? 1 : length;
	}
}

static bool problems_append(struct config_problems *problems, const struct config_problem *problem)
{
	struct config_problem *list;

	if (problem->file == NULL || problem->text == NULL)
		return false;
	list = realloc(problems->list, (problems->count + 1) * sizeof *list);
	if (list == NULL)
		return false;
	list[problems->count++] = *problem;
	problems->list = list;
	return true;
}

void config_problem_add(struct config_problems *problems, const char *file, unsigned line,
			const char *format, ...)
{
	struct config_problem problem = { .line = line };
	char text[1024];
	va_list arguments;

	if (problems == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	problems_clean(text);
	if (problems->count == CONFIG_PROBLEMS_MAX) {
		problems->truncated = true;
		return;
	}
	problem.file = strdup(file == NULL ? "" : file);
	problem.text = strdup(text);
	if (!problems_append(problems, &problem)) {
		free(problem.file);
		free(problem.text);
		problems->truncated = true;
	}
}

void config_problems_free(struct config_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		free(problems->list[i].file);
		free(problems->list[i].text);
	}
	free(problems->list);
	*problems = (struct config_problems){ .list = NULL };
}
