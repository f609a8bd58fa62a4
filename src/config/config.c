#include "config/config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/config_internal.h"
#include "platform/address.h"

struct config *config_create(enum config_role role)
{
	struct config *config = calloc(1, sizeof *config);

	if (config != NULL)
		config->role = role;
	return config;
}

void config_value_clear(struct config_value *value)
{
	free(value->text);
	free(value->file);
	for (size_t i = 0; i < value->item_count; i++)
		free(value->items[i]);
	free(value->items);
	*value = (struct config_value){ .origin = CONFIG_ORIGIN_DEFAULT };
}

void config_destroy(struct config *config)
{
	if (config == NULL)
		return;
	for (int i = 0; i < CONFIG_KEYS; i++)
		config_value_clear(&config->values[i]);
	free(config);
}

static bool config_copy_text(char **copy, const char *text)
{
	*copy = text == NULL ? NULL : strdup(text);
	return *copy != NULL || text == NULL;
}

static bool config_copy_value(struct config_value *copy, const struct config_value *value)
{
	bool fine;

	copy->origin = value->origin;
	copy->number = value->number;
	copy->line = value->line;
	fine = config_copy_text(&copy->text, value->text) &&
	       config_copy_text(&copy->file, value->file);
	if (value->item_count == 0 || !fine)
		return fine;
	copy->items = calloc(value->item_count, sizeof *copy->items);
	if (copy->items == NULL)
		return false;
	copy->item_count = value->item_count;
	for (size_t i = 0; i < copy->item_count; i++)
		fine = config_copy_text(&copy->items[i], value->items[i]) && fine;
	return fine;
}

struct config *config_copy(const struct config *config)
{
	struct config *copy = config_create(config->role);

	for (int i = 0; copy != NULL && i < CONFIG_KEYS; i++) {
		if (!config_copy_value(&copy->values[i], &config->values[i])) {
			config_destroy(copy);
			return NULL;
		}
	}
	return copy;
}

void config_set_trace(struct config *config, struct config_trace *trace)
{
	config->trace = trace;
}

enum config_role config_role(const struct config *config)
{
	if (config->trace != NULL)
		config->trace->role = true;
	return config->role;
}

void config_set_role(struct config *config, enum config_role role)
{
	static const char *const roles[CONFIG_ROLES] = { "Standalone", "Member", "Controller" };
	const char *named = config_text(config, KEY_DOMAIN_ROLE);

	config->role = role;
	for (int i = 0; i < CONFIG_ROLES; i++) {
		if (strcmp(named, roles[i]) == 0)
			config->role = (enum config_role)i;
	}
}

static const struct config_value *config_set_value(const struct config *config, enum config_key key)
{
	assert((unsigned)key < CONFIG_KEYS);
	if (config->trace != NULL)
		config->trace->keys[key] = true;
	if (config->values[key].origin == CONFIG_ORIGIN_DEFAULT)
		return NULL;
	return &config->values[key];
}

/* A default gives way to what is written: it is the nearest value that fits. */
static uint32_t config_default_number(const struct config *config,
				      const struct config_key_info *info)
{
	uint32_t number = info->defaults[config->role];
	const struct config_value *other;

	if (info->key == KEY_CONFIG_MIN_POLL_INTERVAL) {
		other = config_set_value(config, KEY_CONFIG_MAX_POLL_INTERVAL);
		return other != NULL && number > other->number ? other->number : number;
	}
	if (info->key == KEY_CONFIG_MAX_POLL_INTERVAL) {
		other = config_set_value(config, KEY_CONFIG_MIN_POLL_INTERVAL);
		return other != NULL && number < other->number ? other->number : number;
	}
	return number;
}

uint32_t config_number(const struct config *config, enum config_key key)
{
	const struct config_value *value = config_set_value(config, key);
	const struct config_key_info *info = config_key_info(key);

	assert(info->type == CONFIG_TYPE_NUMBER);
	return value != NULL ? value->number : config_default_number(config, info);
}

const char *config_text(const struct config *config, enum config_key key)
{
	const struct config_value *value = config_set_value(config, key);
	const struct config_key_info *info = config_key_info(key);

	assert(info->type != CONFIG_TYPE_NUMBER);
	if (info->type == CONFIG_TYPE_LIST)
		return config_list_count(config, key) > 0 ? config_list_item(config, key, 0) : "";
	return value != NULL ? value->text : config_key_default_text(key, config->role);
}

enum config_origin config_origin(const struct config *config, enum config_key key)
{
	assert((unsigned)key < CONFIG_KEYS);
	return config->values[key].origin;
}

size_t config_list_count(const struct config *config, enum config_key key)
{
	const struct config_value *value = config_set_value(config, key);

	assert(config_key_info(key)->type == CONFIG_TYPE_LIST);
	return value == NULL ? 0 : value->item_count;
}

const char *config_list_item(const struct config *config, enum config_key key, size_t index)
{
	assert(index < config_list_count(config, key));
	return config->values[key].items[index];
}

bool config_same(const struct config *a, const struct config *b, enum config_key key)
{
	switch (config_key_info(key)->type) {
	case CONFIG_TYPE_NUMBER:
		return config_number(a, key) == config_number(b, key);
	case CONFIG_TYPE_LIST:
		if (config_list_count(a, key) != config_list_count(b, key))
			return false;
		for (size_t i = 0; i < config_list_count(a, key); i++) {
			if (strcmp(config_list_item(a, key, i), config_list_item(b, key, i)) != 0)
				return false;
		}
		return true;
	default:
		return strcmp(config_text(a, key), config_text(b, key)) == 0;
	}
}

bool config_differ(const struct config *a, const struct config *b, const struct config_trace *trace)
{
	if ((trace == NULL || trace->role) && a->role != b->role)
		return true;
	for (int key = 0; key < CONFIG_KEYS; key++) {
		if ((trace == NULL || trace->keys[key]) && !config_same(a, b, (enum config_key)key))
			return true;
	}
	return false;
}

static bool config_check_poll_intervals(const struct config *config,
					struct config_problems *problems)
{
	const struct config_value *minimum = config_set_value(config, KEY_CONFIG_MIN_POLL_INTERVAL);
	const struct config_value *maximum = config_set_value(config, KEY_CONFIG_MAX_POLL_INTERVAL);

	if (minimum == NULL || maximum == NULL || minimum->number <= maximum->number)
		return true;
	config_problem_add(problems, minimum->file, minimum->line,
			   "MinPollInterval = %u is above MaxPollInterval = %u", minimum->number,
			   maximum->number);
	return false;
}

static bool config_check_client_addresses(const struct config *config,
					  struct config_problems *problems)
{
	const struct config_value *value = &config->values[KEY_W32TIMED_CLIENT_BIND_ADDRESS];
	size_t of_family[2] = { 0, 0 };
	bool fine = true;

	for (size_t i = 0; i < config_list_count(config, KEY_W32TIMED_CLIENT_BIND_ADDRESS); i++) {
		struct net_address address;
		char zone[NET_ZONE_MAX];

		if (net_address_read(value->items[i], &address, zone) < 0 ||
		    ++of_family[net_address_is_v6(&address)] < 2)
			continue;
		config_problem_add(problems, value->file, value->line,
				   "ClientBindAddress = %s: one IPv4 and one IPv6 address are "
				   "allowed",
				   value->items[i]);
		fine = false;
	}
	return fine;
}

int config_check(const struct config *config, struct config_problems *problems)
{
	bool fine = config_check_poll_intervals(config, problems);

	fine = config_check_client_addresses(config, problems) && fine;
	return fine ? 0 : -EINVAL;
}

void config_note_unused(const struct config *config, struct config_problems *notes)
{
	for (int i = 0; i < CONFIG_KEYS; i++) {
		const struct config_value *value = config_set_value(config, i);

		if (value != NULL && config_key_info(i)->unused)
			config_problem_add(notes, value->file, value->line,
					   "%s is accepted, but w32timed makes no use of it",
					   config_key_info(i)->name);
	}
}
