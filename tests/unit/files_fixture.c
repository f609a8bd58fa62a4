#include "files_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/files.h"

char directory[64];

const char *in_place(const char *name)
{
	static char path[4][320];
	static unsigned next;
	char *result = path[next++ % 4];

	snprintf(result, sizeof *path, "%s/%s", directory, name);
	return result;
}

void make_place(void)
{
	strcpy(directory, P_tmpdir "/w32timed-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static unsigned entries_of(bool remove)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	unsigned count = 0;

	ck_assert_ptr_nonnull(stream);
	while ((entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		count++;
		if (remove && unlink(in_place(entry->d_name)) < 0)
			rmdir(in_place(entry->d_name));
	}
	closedir(stream);
	return count;
}

void remove_place(void)
{
	entries_of(true);
	rmdir(directory);
}

unsigned entries(void)
{
	return entries_of(false);
}

void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

void check_content(const char *path, const char *expected)
{
	char *data;
	size_t length;

	ck_assert_int_eq(file_read(path, 1 << 20, &data, &length, NULL), 0);
	ck_assert_uint_eq(length, strlen(expected));
	ck_assert_str_eq(data, expected);
	free(data);
}

void put(struct log_sink *sink, unsigned event, const char *text)
{
	const struct log_record record = { LOG_LEVEL_WARNING, event, text };

	sink->offer(sink->context, &record);
}
