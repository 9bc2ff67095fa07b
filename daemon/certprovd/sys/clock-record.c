/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of the clock, a line each: what it is, the floor, the numbers of
 * struct clock in seconds, when the floor was raised and lowered, the floors to
 * fall back to, and a digest of all that, because a bit that flips must not
 * move the floor.
 */
#include "daemon/certprovd/sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"
#include "lib/base/bytes.h"
#include "lib/base/date.h"
#include "lib/base/digest.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

#define FILE_HEAD "certprov clock 3\n"
/* As earlier versions wrote it: the floor, then the time since boot of the
 * last step and a digest; and the floor alone. */
#define FILE_HEAD_2 "certprov clock 2\n"
#define FILE_HEAD_1 "certprov clock 1\n"
#define FILE_MAX_BYTES 1024
#define NEVER "-"

/* A time, or NEVER for 0. */
static void clock_format_when(int64_t when, char ret[DATE_TEXT_SIZE])
{
	if (when == 0)
		memcpy(ret, NEVER, sizeof(NEVER));
	else
		date_format(when, ret);
}

static int clock_append_line(char **lines, const char *text)
{
	CLEANUP(free) char *before = *lines;

	*lines = NULL;
	return string_format(lines, "%s%s\n", before, text);
}

static int clock_format_lines(const struct clock *c, char **ret)
{
	CLEANUP(free) char *lines = NULL;
	char floor[DATE_TEXT_SIZE];
	char raised[DATE_TEXT_SIZE];
	char lowered[DATE_TEXT_SIZE];
	int r = 0;

	date_format(c->floor, floor);
	clock_format_when(c->raised, raised);
	clock_format_when(c->lowered, lowered);
	r = string_format(&lines,
		"%s%s\n%" PRId64 "\n%" PRId64 "\n%" PRId64 "\n%s\n%s\n",
		FILE_HEAD, floor, c->seen, c->mark, c->doubted, raised,
		lowered);
	for (size_t i = 0; r == 0 && i < c->floor_count; i++) {
		date_format(c->floors[i], floor);
		r = clock_append_line(&lines, floor);
	}
	if (r == 0)
		*ret = TAKE_PTR(lines);
	return r;
}

static int clock_format_record(const struct clock *c, char **ret)
{
	CLEANUP(free) char *lines = NULL;
	char sum[SHA256_HEX_SIZE];
	int r = clock_format_lines(c, &lines);

	if (r == 0)
		r = digest_sha256_hex(lines, strlen(lines), sum);
	if (r == 0)
		r = clock_append_line(&lines, sum);
	if (r == 0)
		*ret = TAKE_PTR(lines);
	return r;
}

/* The next line without its end; NULL past the last whole one. */
static char *clock_take_line(char **text)
{
	char *end = strchr(*text, '\n');
	char *line = *text;

	if (!end)
		return NULL;
	*end = 0;
	*text = end + 1;
	return line;
}

static int clock_take_time(char **text, bool or_never, int64_t *ret)
{
	const char *line = clock_take_line(text);

	if (line && or_never && strcmp(line, NEVER) == 0) {
		*ret = 0;
		return 0;
	}
	return !line || date_parse(line, ret) < 0 ? -EBADMSG : 0;
}

static int clock_take_number(char **text, int64_t *ret)
{
	const char *line = clock_take_line(text);
	char *end = NULL;

	if (!line)
		return -EBADMSG;
	*ret = strtoll(line, &end, 10);
	return *end ? -EBADMSG : 0;
}

static int clock_take_numbers(char **text, struct clock *ret)
{
	int r = clock_take_time(text, false, &ret->floor);

	if (r == 0)
		r = clock_take_number(text, &ret->seen);
	if (r == 0)
		r = clock_take_number(text, &ret->mark);
	if (r == 0)
		r = clock_take_number(text, &ret->doubted);
	if (r == 0)
		r = clock_take_time(text, true, &ret->raised);
	if (r == 0)
		r = clock_take_time(text, true, &ret->lowered);
	return r;
}

/* Written again for comparison: what is not exactly as we write it is
 * damaged. */
static int clock_parse_record(const char *text, struct clock *ret)
{
	CLEANUP(free) char *again = NULL;
	CLEANUP(free) char *copy = strdup(text + strlen(FILE_HEAD));
	char *at = copy;
	int r = copy ? clock_take_numbers(&at, ret) : -ENOMEM;

	/* The last line is the digest. */
	while (r == 0 && ret->floor_count < CLOCK_MAX_FLOORS &&
		strcspn(at, "\n") < SHA256_HEX_SIZE - 1)
		r = clock_take_time(
			&at, false, &ret->floors[ret->floor_count++]);
	if (r == 0)
		r = clock_format_record(ret, &again);
	if (r != 0)
		return r;
	return strcmp(text, again) == 0 ? 0 : -EBADMSG;
}

/* --- as earlier versions wrote it, because an upgrade must not forget how late
 * it is; they did not say when the floor was raised --- */

static int clock_parse_version_2(const char *text, struct clock *ret)
{
	CLEANUP(free) char *copy = strdup(text + strlen(FILE_HEAD_2));
	CLEANUP(free) char *again = NULL;
	char floor[DATE_TEXT_SIZE];
	char sum[SHA256_HEX_SIZE];
	char *at = copy;
	int64_t stepped = 0;
	int r = copy ? clock_take_time(&at, false, &ret->floor) : -ENOMEM;

	if (r == 0)
		r = clock_take_number(&at, &stepped);
	if (r < 0 || stepped < -1)
		return r < 0 ? r : -EBADMSG;
	date_format(ret->floor, floor);
	r = string_format(
		&again, "%s%s\n%" PRId64 "\n", FILE_HEAD_2, floor, stepped);
	if (r == 0)
		r = digest_sha256_hex(again, strlen(again), sum);
	if (r == 0)
		r = clock_append_line(&again, sum);
	if (r != 0)
		return r;
	return strcmp(text, again) == 0 ? 0 : -EBADMSG;
}

static int clock_parse_version_1(const char *text, struct clock *ret)
{
	const char *at = text + strlen(FILE_HEAD_1);
	char floor[DATE_TEXT_SIZE] = "";

	if (strlen(at) != DATE_TEXT_SIZE || at[DATE_TEXT_SIZE - 1] != '\n')
		return -EBADMSG;
	memcpy(floor, at, DATE_TEXT_SIZE - 1);
	return date_parse(floor, &ret->floor) < 0 ? -EBADMSG : 0;
}

static int clock_parse_any(const char *text, struct clock *ret)
{
	static const struct {
		const char *head;
		int (*parse)(const char *text, struct clock *ret);
	} versions[] = {
		{FILE_HEAD, clock_parse_record},
		{FILE_HEAD_2, clock_parse_version_2},
		{FILE_HEAD_1, clock_parse_version_1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (strncmp(text, versions[i].head, strlen(FILE_HEAD)) == 0)
			return versions[i].parse(text, ret);
	return -EBADMSG;
}

static bool clock_is_ours_alone(int fd)
{
	struct stat st = {0};

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		(st.st_uid == geteuid() || st.st_uid == 0) &&
		(st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int clock_read_record(const char *path, struct clock *ret)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	CLEANUP(fd_close)
	int fd = open(path,
		O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	int r = 0;

	if (fd < 0)
		return errno == ELOOP ? -EPERM : -errno;
	if (!clock_is_ours_alone(fd))
		return -EPERM;
	r = fd_read_all(fd, FILE_MAX_BYTES, &file);
	if (r == -EFBIG)
		return -EBADMSG;
	if (r < 0)
		return r;
	if (memchr(file.data, 0, file.len))
		return -EBADMSG;
	return clock_parse_any((const char *)file.data, ret);
}

static bool clock_is_possible(const struct clock *c, int64_t latest)
{
	int64_t before = INT64_MIN;

	for (size_t i = 0; i < c->floor_count; before = c->floors[i++])
		if (c->floors[i] <= before)
			return false;
	return before <= c->floor && c->floor <= latest && c->seen >= 0 &&
		c->seen <= CLOCK_MAX_STEP && c->mark >= CLOCK_NO_MARK &&
		c->doubted >= 0 && c->doubted < CLOCK_MIN_DOUBT;
}

/* A newer program proves that its build date has passed, so no earlier floor is
 * left to fall back to. */
static void clock_forget_floors_before(struct clock *c, int64_t build)
{
	size_t n = 0;

	while (n < c->floor_count && c->floors[n] < build)
		n++;
	c->floor_count -= n;
	memmove(c->floors, c->floors + n, c->floor_count * sizeof(*c->floors));
}

int clock_load(struct clock *c, const char *path)
{
	struct clock record = {.build = c->build, .mark = CLOCK_NO_MARK};
	int r = 0;

	clock_init(c, c->build);
	r = clock_read_record(path, &record);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (!clock_is_possible(&record, c->build + CLOCK_MAX_AGE))
		return -EBADMSG;
	/* An older program wrote it: the build date counts, and running time
	 * from before it does not. */
	if (record.floor < c->build)
		return 0;
	clock_forget_floors_before(&record, c->build);
	record.doubt_saved = record.doubted > 0;
	*c = record;
	return 0;
}

int clock_save(struct clock *c, const char *path)
{
	CLEANUP(free) char *text = NULL;
	int r = clock_format_record(c, &text);

	if (r == 0)
		r = durable_file_write(path, text, strlen(text));
	if (r < 0)
		return r;
	c->unsaved = 0;
	c->doubt_saved = c->doubted > 0;
	return 0;
}
