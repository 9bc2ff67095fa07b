/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over files instead of a fuzzer: with any compiler, with
 * every `make check`, and to look at one input. Arguments are files and
 * directories (not searched deeper). Without a single input it fails.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/macros.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX_BYTES (64L * 1024 * 1024)

static FILE *file_close(FILE *file)
{
	if (file)
		(void)fclose(file);
	return NULL;
}
DEFINE_CLEANUP(FILE, file_close);

static DIR *directory_close(DIR *directory)
{
	if (directory)
		(void)closedir(directory);
	return NULL;
}
DEFINE_CLEANUP(DIR, directory_close);

/* Memory of exactly the input's size, so that sanitizers see one byte more. */
static int replay_file(const char *path)
{
	CLEANUP(file_close) FILE *file = fopen(path, "rbe");
	CLEANUP(free) uint8_t *data = NULL;
	struct stat st;
	size_t size = 0;

	if (!file || fstat(fileno(file), &st) < 0)
		return -errno;
	if (st.st_size > INPUT_MAX_BYTES)
		return -EFBIG;
	size = (size_t)st.st_size;
	data = malloc(size ? size : 1);
	if (!data)
		return -ENOMEM;
	if (fread(data, 1, size, file) != size)
		return -EIO;
	(void)LLVMFuzzerTestOneInput(data, size);
	return 0;
}

static int replay_directory(const char *path, unsigned *count)
{
	CLEANUP(directory_close) DIR *directory = opendir(path);
	const struct dirent *entry = NULL;

	if (!directory)
		return -errno;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe) one thread */
	while ((entry = readdir(directory))) {
		CLEANUP(free) char *file = NULL;
		int r = 0;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&file, "%s/%s", path, entry->d_name) < 0)
			return -ENOMEM;
		r = replay_file(file);
		if (r < 0)
			return r;
		(*count)++;
	}
	return 0;
}

static int replay(const char *path, unsigned *count)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return replay_directory(path, count);
	(*count)++;
	return replay_file(path);
}

int main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++) {
		int r = replay(argv[i], &count);

		if (r < 0) {
			(void)fprintf(
				stderr, "%s: %s\n", argv[i], strerror(-r));
			return EXIT_FAILURE;
		}
	}
	(void)printf("%u inputs\n", count);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
