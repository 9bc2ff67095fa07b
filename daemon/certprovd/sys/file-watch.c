/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/file-watch.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/base/macros.h"

#define SETTLE_US ((uint64_t)500 * 1000)

static int file_watch_on_settled(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	const struct file_watch *w = userdata;

	(void)source;
	(void)usec;
	w->fn(w->userdata);
	return 0;
}

/* A firmware upgrade writes in steps: the last one counts. */
static int file_watch_on_change(sd_event_source *source,
	const struct inotify_event *event, void *userdata)
{
	struct file_watch *w = userdata;

	(void)source;
	(void)event;
	(void)sd_event_source_set_time_relative(w->settle, SETTLE_US);
	return sd_event_source_set_enabled(w->settle, SD_EVENT_ONESHOT);
}

static int file_watch_add_timer(struct file_watch *w, sd_event *event)
{
	int r = sd_event_add_time_relative(event, &w->settle, CLOCK_MONOTONIC,
		0, 0, file_watch_on_settled, w);

	if (r >= 0)
		r = sd_event_source_set_enabled(w->settle, SD_EVENT_OFF);
	return r;
}

int file_watch_start(struct file_watch *w, sd_event *event, const char *path)
{
	CLEANUP(free) char *copy = strdup(path);
	const char *directory = copy;
	struct stat st = {0};
	int r = 0;

	if (!copy)
		return -ENOMEM;
	/* Files are replaced by renaming, which only their directory sees. */
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		directory = dirname(copy);
	w->changes = sd_event_source_disable_unref(w->changes);
	if (!w->settle)
		r = file_watch_add_timer(w, event);
	if (r >= 0)
		r = sd_event_add_inotify(event, &w->changes, directory,
			IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_CREATE,
			file_watch_on_change, w);
	return r < 0 ? r : 0;
}

void file_watch_stop(struct file_watch *w)
{
	w->changes = sd_event_source_disable_unref(w->changes);
	w->settle = sd_event_source_disable_unref(w->settle);
}
