/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovd/durable-file.h"
#include "lib/digest.h"
#include "lib/util.h"

/*
 * The record: what it is, the floor, the last step in seconds since boot, and
 * a digest over these lines; a bit that flips must not move the floor.
 */
#define FILE_HEAD "certprov clock 2\n"
#define FILE_HEAD_1 "certprov clock 1\n" /* then the floor alone */
#define FILE_MAX_BYTES 256

int64_t clock_build_time(void)
{
	return CERTPROV_BUILD_TIME;
}

void clock_init(struct clock *c, int64_t build)
{
	*c = (struct clock){
		.build = build,
		.floor = build,
		.stepped = CLOCK_NO_STEP,
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

/* A step at a later time since boot than now was before another boot. */
static bool step_is_due(const struct clock *c, int64_t boot)
{
	return c->stepped == CLOCK_NO_STEP || boot < c->stepped ||
		boot - c->stepped >= CLOCK_STEP_INTERVAL;
}

bool clock_advance(struct clock *c, const struct clock_reading *now)
{
	int64_t latest = c->build + CLOCK_MAX_AGE;
	int64_t to = c->floor + CLOCK_MAX_STEP;

	if (!now->synchronised || now->wall < c->floor ||
		now->wall - c->floor < CLOCK_MIN_STEP ||
		!step_is_due(c, now->boot))
		return false;
	if (now->wall < to)
		to = now->wall;
	if (to > latest)
		to = latest;
	if (to <= c->floor)
		return false;
	c->floor = to;
	c->stepped = now->boot;
	return true;
}

void clock_reset(struct clock *c, const struct clock_reading *now)
{
	c->floor = c->build;
	c->stepped = now->boot;
}

int64_t clock_jump(
	const struct clock_reading *before, const struct clock_reading *now)
{
	return now->wall - before->wall - (now->boot - before->boot);
}

/* --- the record --- */

static int format_record(const struct clock *c, char **ret)
{
	CLEANUP(free) char *lines = NULL;
	char floor[TIME_TEXT_SIZE];
	char sum[SHA256_HEX_SIZE];
	int r = 0;

	time_format(c->floor, floor);
	r = format_string(&lines, "%s%s\n%lld\n", FILE_HEAD, floor,
		(long long)c->stepped);
	if (r == 0)
		r = digest_sha256_hex(lines, strlen(lines), sum);
	return r < 0 ? r : format_string(ret, "%s%s\n", lines, sum);
}

/* By writing it again: what is not exactly as we write it is damaged. */
static int parse_record(const char *text, struct clock *ret)
{
	CLEANUP(free) char *again = NULL;
	const char *at = text + strlen(FILE_HEAD);
	char floor[TIME_TEXT_SIZE];
	char *end = NULL;
	int r = 0;

	if (strncmp(text, FILE_HEAD, strlen(FILE_HEAD)) != 0 ||
		strlen(at) < TIME_TEXT_SIZE)
		return -EBADMSG;
	memcpy(floor, at, TIME_TEXT_SIZE - 1);
	floor[TIME_TEXT_SIZE - 1] = 0;
	if (time_parse(floor, &ret->floor) < 0)
		return -EBADMSG;
	ret->stepped = strtoll(at + TIME_TEXT_SIZE, &end, 10);
	r = format_record(ret, &again);
	if (r < 0)
		return r;
	return strcmp(text, again) == 0 ? 0 : -EBADMSG;
}

/* As the version before wrote it: an upgrade must not forget how late it is. */
static int parse_first_version(const char *text, struct clock *ret)
{
	const char *at = text + strlen(FILE_HEAD_1);
	char floor[TIME_TEXT_SIZE] = "";

	if (strlen(at) != TIME_TEXT_SIZE || at[TIME_TEXT_SIZE - 1] != '\n')
		return -EBADMSG;
	memcpy(floor, at, TIME_TEXT_SIZE - 1);
	ret->stepped = CLOCK_NO_STEP;
	return time_parse(floor, &ret->floor) < 0 ? -EBADMSG : 0;
}

static bool is_ours_alone(int fd)
{
	struct stat st = {0};

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		(st.st_uid == geteuid() || st.st_uid == 0) &&
		(st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int read_record(const char *path, struct clock *ret)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	CLEANUP(close_fd)
	int fd = open(path,
		O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	const char *text = NULL;
	int r = 0;

	if (fd < 0)
		return errno == ELOOP ? -EPERM : -errno;
	if (!is_ours_alone(fd))
		return -EPERM;
	r = read_all(fd, FILE_MAX_BYTES, &file);
	if (r == -EFBIG)
		return -EBADMSG;
	if (r < 0)
		return r;
	if (memchr(file.data, 0, file.len))
		return -EBADMSG;
	text = (const char *)file.data;
	return strncmp(text, FILE_HEAD_1, strlen(FILE_HEAD_1)) == 0
		? parse_first_version(text, ret)
		: parse_record(text, ret);
}

int clock_load(struct clock *c, const char *path)
{
	struct clock record = {0};
	int r = 0;

	clock_init(c, c->build);
	r = read_record(path, &record);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (record.floor > c->build + CLOCK_MAX_AGE ||
		record.stepped < CLOCK_NO_STEP)
		return -EBADMSG;
	/* An older program may have written it: the build date counts. */
	if (record.floor > c->build)
		c->floor = record.floor;
	c->stepped = record.stepped;
	return 0;
}

int clock_save(const struct clock *c, const char *path)
{
	CLEANUP(free) char *text = NULL;
	int r = format_record(c, &text);

	return r < 0 ? r : durable_file_write(path, text, strlen(text));
}

/* --- the outside --- */

int64_t clock_wall(void)
{
	return time(NULL);
}

static bool is_synchronised(void)
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
		.synchronised = is_synchronised(),
	};
}
