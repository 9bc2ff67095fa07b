/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A clock that tests can set, for a program they start with this in
 * LD_PRELOAD: the wall clock is what stands in the file SET_CLOCK names, in
 * seconds since the epoch, and stands still; with the word "synchronised"
 * behind it, the kernel says so. The machine was started with the program, and
 * a number after that is for how many seconds longer it says to be running. All
 * other clocks are the machine's. Does what the kernel does to the timers that
 * TFD_TIMER_CANCEL_ON_SET is for, whenever a file is renamed to that name.
 * (libfaketime can do neither, and shifts monotonic timers along.)
 */
#include <dlfcn.h>
#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define MAX_EVENT_BYTES 4096

/* The one timer there is on the wall clock; the descriptor of a watch. */
static int timer = -1;

/* For how many seconds the machine was running when the program began to ask.
 */
static time_t began = -1;

/* The next object's function of this name, whose type the caller knows. */
static void next(const char *name, void *ret)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (!symbol)
		abort();
	memcpy(ret, &symbol, sizeof(symbol));
}

static const char *clock_path(void)
{
	const char *path = getenv("SET_CLOCK");

	if (!path)
		abort();
	return path;
}

static int64_t wall(bool *ret_synchronised, int64_t *ret_longer)
{
	static const char synchronised[] = " synchronised";
	FILE *f = fopen(clock_path(), "re");
	char line[64] = "";
	char *end = NULL;
	int64_t seconds = 0;

	if (!f || !fgets(line, sizeof(line), f))
		abort();
	(void)fclose(f);
	seconds = strtoll(line, &end, 10);
	*ret_synchronised =
		strncmp(end, synchronised, strlen(synchronised)) == 0;
	if (*ret_synchronised)
		end += strlen(synchronised);
	*ret_longer = strtoll(end, NULL, 10);
	return seconds;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) glibc names
 * parameters with underscores */

time_t time(time_t *ret)
{
	bool synchronised = false;
	int64_t longer = 0;
	time_t now = (time_t)wall(&synchronised, &longer);

	if (ret)
		*ret = now;
	return now;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	(void)zone;
	*ret = (struct timeval){.tv_sec = time(NULL)};
	return 0;
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	int (*real)(clockid_t, struct timespec *) = NULL;
	bool synchronised = false;
	int64_t longer = 0;
	int r = 0;

	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) {
		*ret = (struct timespec){.tv_sec = time(NULL)};
		return 0;
	}
	next("clock_gettime", &real);
	r = real(id, ret);
	if (r == 0 && id == CLOCK_BOOTTIME) {
		(void)wall(&synchronised, &longer);
		if (began < 0)
			began = ret->tv_sec;
		ret->tv_sec += (time_t)longer - began;
	}
	return r;
}

int adjtimex(struct timex *t)
{
	bool synchronised = false;
	int64_t longer = 0;

	if (t->modes != 0) {
		errno = EPERM;
		return -1;
	}
	*t = (struct timex){
		.time.tv_sec = (time_t)wall(&synchronised, &longer)};
	t->status = synchronised ? 0 : STA_UNSYNC;
	return synchronised ? TIME_OK : TIME_ERROR;
}

/* --- the timer that is cancelled --- */

static int watch(int flags)
{
	char *path = strdup(clock_path());
	int fd = inotify_init1(
		flags & TFD_NONBLOCK ? IN_NONBLOCK | IN_CLOEXEC : IN_CLOEXEC);

	if (!path || fd < 0 ||
		inotify_add_watch(fd, dirname(path), IN_MOVED_TO) < 0)
		abort();
	free(path);
	return fd;
}

int timerfd_create(clockid_t id, int flags)
{
	int (*real)(clockid_t, int) = NULL;

	if (id == CLOCK_REALTIME && timer < 0) {
		timer = watch(flags);
		return timer;
	}
	next("timerfd_create", &real);
	return real(id, flags);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *to,
	struct itimerspec *ret_was)
{
	int (*real)(int, int, const struct itimerspec *, struct itimerspec *) =
		NULL;

	if (fd == timer) {
		if ((flags & TFD_TIMER_CANCEL_ON_SET) && to->it_value.tv_sec)
			return 0;
		abort();
	}
	next("timerfd_settime", &real);
	return real(fd, flags, to, ret_was);
}

ssize_t read(int fd, void *data, size_t len)
{
	ssize_t (*real)(int, void *, size_t) = NULL;
	char events[MAX_EVENT_BYTES];

	next("read", &real);
	if (fd != timer || fd < 0)
		return real(fd, data, len);
	if (real(fd, events, sizeof(events)) < 0)
		return -1;
	errno = ECANCELED;
	return -1;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
