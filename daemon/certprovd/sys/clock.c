/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"
#include "lib/base/bytes.h"
#include "lib/base/date.h"
#include "lib/base/digest.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

/*
 * The record, a line each: what it is, the floor, the numbers of struct clock
 * in seconds, when the floor was raised and lowered, the floors to fall back
 * to, and a digest over all that; a bit that flips must not move the floor.
 */
#define FILE_HEAD "certprov clock 3\n"
/* As versions before wrote it: the floor, then the time since boot of the
 * last step and a digest; and the floor alone. */
#define FILE_HEAD_2 "certprov clock 2\n"
#define FILE_HEAD_1 "certprov clock 1\n"
#define FILE_MAX_BYTES 1024
#define NEVER "-"

int64_t clock_build_time(void)
{
	return CERTPROV_BUILD_TIME;
}

void clock_init(struct clock *c, int64_t build)
{
	*c = (struct clock){
		.build = build,
		.floor = build,
		.mark = CLOCK_NO_MARK,
	};
}

int64_t clock_now(const struct clock *c, int64_t wall)
{
	return wall > c->floor ? wall : c->floor;
}

bool clock_trusted(const struct clock *c, int64_t wall)
{
	return wall >= c->floor;
}

/* --- the floor --- */

/* Less time since boot than was marked is another boot, all of which counts;
 * more may be one as well, and then less counts than was. */
static int64_t clock_count_running(struct clock *c, int64_t boot)
{
	int64_t passed = 0;

	if (c->mark != CLOCK_NO_MARK)
		passed = boot >= c->mark ? boot - c->mark : boot;
	c->mark = boot;
	c->seen += passed;
	c->unsaved += passed;
	if (c->seen > CLOCK_MAX_STEP)
		c->seen = CLOCK_MAX_STEP;
	return passed;
}

/* The newest gives way to the next while that is close to the one before
 * both, so that the oldest is about a year old. */
static void clock_remember_floor(struct clock *c)
{
	size_t n = c->floor_count;
	int64_t before = n > 1 ? c->floors[n - 2] : c->build;

	if (n > 0 && c->floor - before < CLOCK_FLOORS_APART) {
		c->floors[n - 1] = c->floor;
		return;
	}
	if (n == CLOCK_MAX_FLOORS) {
		n--;
		memmove(c->floors, c->floors + 1, n * sizeof(*c->floors));
	}
	c->floors[n] = c->floor;
	c->floor_count = n + 1;
}

static void clock_move_floor(struct clock *c, int64_t to)
{
	c->floor = to;
	c->seen = 0;
	c->doubted = 0;
	c->doubting = false;
}

static int64_t clock_smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Within what has a text, and never 0. */
static int64_t clock_tellable(const struct clock *c, int64_t wall)
{
	return wall < 1 ? 1 : clock_smaller(wall, c->build + CLOCK_MAX_AGE);
}

static bool clock_raise_floor(struct clock *c, int64_t wall)
{
	int64_t step = clock_smaller(c->seen, CLOCK_MAX_STEP);

	if (wall <= c->floor)
		return false;
	step = clock_smaller(step, wall - c->floor);
	step = clock_smaller(step, c->build + CLOCK_MAX_AGE - c->floor);
	if (step < CLOCK_MIN_STEP)
		return false;
	clock_move_floor(c, c->floor + step);
	clock_remember_floor(c);
	c->raised = clock_tellable(c, wall);
	return true;
}

static void clock_lower_floor(struct clock *c, int64_t wall)
{
	size_t n = c->floor_count;

	while (n > 0 && c->floors[n - 1] > wall)
		n--;
	c->floor_count = n;
	clock_move_floor(c, n > 0 ? c->floors[n - 1] : c->build);
	c->lowered = clock_tellable(c, wall);
}

/* Both ends of the time that passed must contradict the floor: a forged time
 * counts for as long as it stands, and a reading is taken when it ends. */
static enum clock_change clock_doubt(
	struct clock *c, int64_t wall, int64_t passed)
{
	if (c->doubting)
		c->doubted += clock_smaller(passed, CLOCK_MAX_GAP);
	c->doubting = true;
	if (c->doubted < CLOCK_MIN_DOUBT)
		return CLOCK_SAME;
	clock_lower_floor(c, wall);
	return CLOCK_LOWERED;
}

enum clock_change clock_observe(
	struct clock *c, const struct clock_reading *now)
{
	int64_t passed = clock_count_running(c, now->boot);

	if (!now->synchronised) {
		c->doubting = false;
		return CLOCK_SAME;
	}
	if (now->wall < c->floor - CLOCK_TOLERANCE && c->floor > c->build)
		return clock_doubt(c, now->wall, passed);
	c->doubting = false;
	c->doubted = 0;
	return clock_raise_floor(c, now->wall) ? CLOCK_RAISED : CLOCK_SAME;
}

/* A contradiction that is over must not be taken up by the next start. */
bool clock_wants_saving(const struct clock *c)
{
	return c->unsaved >= CLOCK_SAVE_INTERVAL ||
		(c->doubt_saved && c->doubted == 0);
}

void clock_reset(struct clock *c, const struct clock_reading *now)
{
	clock_move_floor(c, c->build);
	c->floor_count = 0;
	c->mark = now->boot;
	c->raised = 0;
	c->lowered = clock_tellable(c, now->wall);
}

int64_t clock_jump(
	const struct clock_reading *before, const struct clock_reading *now)
{
	return now->wall - before->wall - (now->boot - before->boot);
}

/* --- the record --- */

/* A time, or that there is none. */
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

/* By writing it again: what is not exactly as we write it is damaged. */
static int clock_parse_record(const char *text, struct clock *ret)
{
	CLEANUP(free) char *again = NULL;
	CLEANUP(free) char *copy = strdup(text + strlen(FILE_HEAD));
	char *at = copy;
	int r = copy ? clock_take_numbers(&at, ret) : -ENOMEM;

	/* What is left then is the digest. */
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

/* --- as versions before wrote it: an upgrade must not forget how late it is;
 * when the floor was raised they did not say --- */

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

/* A newer program is proof that its build date has passed: what the floor was
 * before is nothing to fall back to. */
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
	 * from before that no more. */
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

/* --- the outside --- */

int64_t clock_wall(void)
{
	return time(NULL);
}

static bool clock_is_synchronised(void)
{
	struct timex t = {.modes = 0};
	int state = adjtimex(&t);

	return state >= 0 && state != TIME_ERROR &&
		!((unsigned)t.status & STA_UNSYNC);
}

struct clock_reading clock_read(void)
{
	struct timespec boot = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	return (struct clock_reading){
		.wall = clock_wall(),
		.boot = boot.tv_sec,
		.synchronised = clock_is_synchronised(),
	};
}
