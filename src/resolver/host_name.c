#include "resolver/host_name.h"

#include <string.h>

static bool is_host_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

bool resolver_is_host_name(const char *name)
{
	size_t label = 0, length = strlen(name);

	if (length == 0 || length > RESOLVER_NAME_MAX)
		return false;
	for (; *name != '\0'; name++) {
		if (*name == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!is_host_character(*name) || ++label > 63) {
			return false;
		}
	}
	return true;
}
