/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "daemon/certprovd/durable-file.h"
#include "lib/util.h"

#define FILE_HEAD "certprov clock 1\n"
#define FILE_MAX_BYTES 256

int64_t clock_build_time(void)
{
	return CERTPROV_BUILD_TIME;
}

void clock_init(struct clock *c, int64_t build)
{
	*c = (struct clock){.build = build, .floor = build};
}

int64_t clock_now(const struct clock *c, int64_t wall)
{
	return wall > c->floor ? wall : c->floor;
}

bool clock_trusted(const struct clock *c, int64_t wall)
{
	return wall >= c->floor;
}

static void set_floor(struct clock *c, int64_t floor)
{
	int64_t latest = c->build + CLOCK_MAX_AGE;

	if (floor > latest)
		floor = latest;
	c->floor = floor > c->build ? floor : c->build;
}

bool clock_advance(struct clock *c, int64_t wall, bool synchronised)
{
	int64_t before = c->floor;
	int64_t furthest = c->floor + CLOCK_MAX_STEP;

	if (!synchronised || wall < c->floor ||
		wall - c->floor < CLOCK_MIN_STEP)
		return false;
	set_floor(c, wall < furthest ? wall : furthest);
	return c->floor != before;
}

void clock_reset(struct clock *c)
{
	c->floor = c->build;
}

int clock_load(struct clock *c, const char *path)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	char *text = NULL;
	int64_t floor = 0;
	int r = 0;

	clock_reset(c);
	r = read_file(path, FILE_MAX_BYTES, &file);
	if (r == -ENOENT)
		return 0;
	if (r == -EFBIG)
		return -EBADMSG;
	if (r < 0)
		return r;

	text = (char *)file.data;
	if (file.len != strlen(FILE_HEAD) + TIME_TEXT_SIZE ||
		strncmp(text, FILE_HEAD, strlen(FILE_HEAD)) != 0 ||
		text[file.len - 1] != '\n')
		return -EBADMSG;
	text[file.len - 1] = 0;
	if (time_parse(text + strlen(FILE_HEAD), &floor) < 0)
		return -EBADMSG;
	set_floor(c, floor);
	return 0;
}

int clock_save(const struct clock *c, const char *path)
{
	CLEANUP(free) char *text = NULL;
	char floor[TIME_TEXT_SIZE];
	int r = 0;

	time_format(c->floor, floor);
	r = format_string(&text, "%s%s\n", FILE_HEAD, floor);
	if (r < 0)
		return r;
	return durable_file_write(path, text, strlen(text));
}

int64_t clock_wall(void)
{
	return time(NULL);
}

bool clock_synchronised(void)
{
	struct timex t = {.modes = 0};
	int state = adjtimex(&t);

	return state >= 0 && state != TIME_ERROR &&
		!((unsigned)t.status & STA_UNSYNC);
}
