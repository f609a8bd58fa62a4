#include "config_fixture.h"

#include <check.h>
#include <string.h>

struct config *config;
struct config_problems problems;

void config_set_up(void)
{
	config = config_create(CONFIG_ROLE_STANDALONE);
	ck_assert_ptr_nonnull(config);
}

void config_tear_down(void)
{
	config_destroy(config);
	config_problems_free(&problems);
}

int parse(const char *text)
{
	return config_parse(config, CONFIG_ORIGIN_LOCAL, "main", text, strlen(text), &problems);
}
