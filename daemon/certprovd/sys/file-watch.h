/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches a file that others replace, or a directory of files, and tells when
 * it has changed and then stayed the same for a while.
 */
#ifndef CERTPROVD_FILE_WATCH_H
#define CERTPROVD_FILE_WATCH_H

#include <systemd/sd-event.h>

/* Zeroed watches nothing; fn and userdata are set by the owner. */
struct file_watch {
	void (*fn)(void *userdata);
	void *userdata;
	sd_event_source *changes;
	sd_event_source *settle;
};

/* Watch this path instead of the one before. 0 or a negative errno. */
int file_watch_start(struct file_watch *w, sd_event *event, const char *path);
void file_watch_stop(struct file_watch *w);

#endif
