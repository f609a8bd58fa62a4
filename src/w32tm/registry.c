#include "w32tm/registry.h"

#include <string.h>

static const char *registry_type_name(const struct config_key_info *info)
{
	switch (info->type) {
	case CONFIG_TYPE_NUMBER:
		return "REG_DWORD";
	case CONFIG_TYPE_EXPAND:
		return "REG_EXPAND_SZ";
	case CONFIG_TYPE_LIST:
		return "REG_MULTI_SZ";
	default:
		return "REG_SZ";
	}
}

/* A text without a value is no value at all. */
static bool registry_is_there(const struct config *config, const struct config_key_info *info)
{
	if (config_origin(config, info->key) != CONFIG_ORIGIN_DEFAULT)
		return true;
	if (!info->defined)
		return false;
	return info->type == CONFIG_TYPE_NUMBER || config_text(config, info->key)[0] != '\0';
}

static void registry_print_value(FILE *out, const struct config *config,
				 const struct config_key_info *info)
{
	if (info->type == CONFIG_TYPE_NUMBER) {
		fprintf(out, "%u\n", config_number(config, info->key));
	} else if (info->type == CONFIG_TYPE_LIST) {
		for (size_t i = 0; i < config_list_count(config, info->key); i++)
			fprintf(out, "%s%s", i == 0 ? "" : ",",
				config_list_item(config, info->key, i));
		putc('\n', out);
	} else {
		fprintf(out, "%s\n", config_text(config, info->key));
	}
}

void registry_print(FILE *out, const struct config *config, int section)
{
	enum { GAP = 5, TYPE_WIDTH = 20 };
	static const char head[] = "Value Name";
	size_t width = 0;

	for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
		const struct config_key_info *info = config_key_info(key);

		if ((int)info->section == section && registry_is_there(config, info) &&
		    strlen(info->name) > width)
			width = strlen(info->name);
	}
	width = (width == 0 ? sizeof head - 1 : width) + GAP;
	fprintf(out, "\n%-*s%-*s%s\n", (int)width, head, TYPE_WIDTH, "Value Type", "Value Data");
	fprintf(out, "------------------------------------------------------------\n\n");
	for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
		const struct config_key_info *info = config_key_info(key);

		if ((int)info->section != section || !registry_is_there(config, info))
			continue;
		fprintf(out, "%-*s%-*s", (int)width, info->name, TYPE_WIDTH,
			registry_type_name(info));
		registry_print_value(out, config, info);
	}
	putc('\n', out);
}
