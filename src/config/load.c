#include "config/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_internal.h"
#include "platform/files.h"

static int load_parse_file(struct config *config, enum config_origin origin, const char *path,
			   struct config_problems *problems)
{
	struct error error = { .code = 0 };
	char *data;
	size_t length;
	int result = file_read(path, CONFIG_FILE_MAX, &data, &length, &error);

	if (result < 0) {
		config_problem_add(problems, path, 0, "%s", error.text);
		return result == -ENOMEM ? result : -EINVAL;
	}
	result = config_parse(config, origin, path, data, length, problems);
	free(data);
	return result;
}

/* The first failure stays, lack of memory before all. */
static void load_note_result(int *result, int next)
{
	if (next == -ENOMEM || *result == 0)
		*result = next;
}

static int load_parse_drop_ins(struct config *config, const char *file,
			       struct config_problems *problems)
{
	struct error error = { .code = 0 };
	char path[4096];
	char **names;
	size_t count;
	int result;

	snprintf(path, sizeof path, "%s.d", file);
	result = file_names(path, ".conf", &names, &count, &error);
	if (result < 0) {
		config_problem_add(problems, path, 0, "%s", error.text);
		return result == -ENOMEM ? result : -EINVAL;
	}
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s.d/%s", file, names[i]);
		load_note_result(&result,
				 load_parse_file(config, CONFIG_ORIGIN_POLICY, path, problems));
	}
	file_names_free(names, count);
	return result;
}

/* RESULT is what came of the main file. */
static int load_finish_load(struct config *loading, const char *file, int result,
			    struct config **config, struct config_problems *problems)
{
	load_note_result(&result, load_parse_drop_ins(loading, file, problems));
	config_set_role(loading, CONFIG_ROLE_STANDALONE);
	load_note_result(&result, config_check(loading, problems));
	if (result == 0)
		*config = loading;
	else
		config_destroy(loading);
	return result;
}

int config_load_text(const char *file, const char *text, size_t length, struct config **config,
		     struct config_problems *problems)
{
	struct config *loading = config_create(CONFIG_ROLE_STANDALONE);

	if (loading == NULL)
		return -ENOMEM;
	return load_finish_load(
		loading, file,
		config_parse(loading, CONFIG_ORIGIN_LOCAL, file, text, length, problems), config,
		problems);
}

int config_load(const char *file, struct config **config, struct config_problems *problems)
{
	struct config *loading = config_create(CONFIG_ROLE_STANDALONE);

	if (loading == NULL)
		return -ENOMEM;
	return load_finish_load(loading, file,
				load_parse_file(loading, CONFIG_ORIGIN_LOCAL, file, problems),
				config, problems);
}
