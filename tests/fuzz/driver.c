/* Stands in for libFuzzer where it is not built in: runs a target over every
 * file of its corpus once ($srcdir/tests/fuzz/corpus/NAME, or the files and
 * folders given as arguments), so that what a fuzzer once found stays fixed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned run_file(const char *path)
{
	/* A heap block of the exact size: a read past its end is seen. */
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, room = 0, got;

	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	do {
		room += 65536;
		data = realloc(data, room);
		if (data == NULL)
			abort();
		got = fread(data + size, 1, room - size, file);
		size += got;
	} while (size == room);
	fclose(file);
	data = realloc(data, size == 0 ? 1 : size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static unsigned run_path(const char *path)
{
	struct stat status;
	struct dirent *entry;
	char child[4096];
	unsigned count = 0;
	DIR *directory;

	if (stat(path, &status) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	if (!S_ISDIR(status.st_mode))
		return run_file(path);
	directory = opendir(path);
	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
		count += run_file(child);
	}
	if (directory != NULL)
		closedir(directory);
	return count;
}

/* "fuzz_packet" of any path to it, whatever its separators and its suffix are. */
static void name_program(const char *path, char *name, size_t size)
{
	const char *last = path;

	for (; *path != '\0'; path++) {
		if (*path == '/' || *path == '\\')
			last = path + 1;
	}
	snprintf(name, size, "%.*s", (int)strcspn(last, "."), last);
}

int main(int argc, char **argv)
{
	const char *source = getenv("srcdir");
	char name[64];
	char corpus[4096];
	unsigned count = 0;

	name_program(argv[0], name, sizeof name);
	for (int i = 1; i < argc; i++)
		count += run_path(argv[i]);
	if (argc < 2) {
		snprintf(corpus, sizeof corpus, "%s/tests/fuzz/corpus/%s",
			 source == NULL ? "." : source, name + strlen("fuzz_"));
		count = run_path(corpus);
	}
	printf("%s: %u inputs\n", name, count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
