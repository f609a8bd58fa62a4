#include <config.h>

#include "w32timed/state_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "platform/files.h"

#define FREQUENCY_MAX_PPM 1000.0

static const char first_line[] = "w32timed-state 1";

/* "NAME NUMBER ppm" */
static int parse_ppm(const char *line, const char *name, double *fraction)
{
	size_t length = strlen(name);
	char number[32];
	const char *unit;
	double ppm;

	if (strncmp(line, name, length) != 0 || line[length] != ' ')
		return -EBADMSG;
	line += length + 1;
	unit = strstr(line, " ppm");
	if (unit == NULL || unit[4] != '\0' || (size_t)(unit - line) >= sizeof number)
		return -EBADMSG;
	memcpy(number, line, (size_t)(unit - line));
	number[unit - line] = '\0';
	if (text_parse_double(number, &ppm) < 0 || fabs(ppm) > FREQUENCY_MAX_PPM)
		return -EBADMSG;
	*fraction = ppm * 1e-6;
	return 0;
}

int state_parse(const char *text, size_t length, struct discipline_frequency *frequency)
{
	char copy[STATE_FILE_LIMIT + 1], *rest = copy;
	struct discipline_frequency parsed;
	const char *lines[3];

	if (length > STATE_FILE_LIMIT || memchr(text, '\0', length) != NULL)
		return -EBADMSG;
	memcpy(copy, text, length);
	copy[length] = '\0';
	for (unsigned i = 0; i < 3; i++) {
		lines[i] = text_split(&rest, '\n');
		if (lines[i] == NULL || rest == NULL)
			return -EBADMSG;
	}
	if (*rest != '\0' || strcmp(lines[0], first_line) != 0 ||
	    parse_ppm(lines[1], "frequency", &parsed.frequency) < 0 ||
	    parse_ppm(lines[2], "uncertainty", &parsed.uncertainty) < 0 || parsed.uncertainty < 0)
		return -EBADMSG;
	*frequency = parsed;
	return 0;
}

void state_format(const struct discipline_frequency *frequency, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s\nfrequency %.6f ppm\nuncertainty %.6f ppm\n", first_line,
		 frequency->frequency * 1e6, frequency->uncertainty * 1e6);
}

static void state_path(const char *directory, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s/%s", directory, STATE_FILE_NAME);
}

int state_load(const char *directory, struct discipline_frequency *frequency, struct error *error)
{
	char path[4096], *data;
	size_t length;
	int result;

	state_path(directory, path, sizeof path);
	result = file_read(path, STATE_FILE_LIMIT, &data, &length, error);
	if (result < 0)
		return result;
	result = state_parse(data, length, frequency);
	free(data);
	if (result < 0)
		return error_set(error, EBADMSG, "%s is damaged and is not used", path);
	return 0;
}

int state_save(const char *directory, const struct discipline_frequency *frequency,
	       struct error *error)
{
	char path[4096], text[256];

	state_path(directory, path, sizeof path);
	state_format(frequency, text, sizeof text);
	return file_replace(path, text, strlen(text), 0644, error);
}
