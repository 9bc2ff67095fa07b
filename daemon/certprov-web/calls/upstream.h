/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to one of certprovd's sockets: calls, one at a time, and their
 * replies, as events of the loop. It never waits for anybody, and nothing that
 * certprovd does not say goes on for longer than its caller allows.
 */
#ifndef CERTPROV_WEB_UPSTREAM_H
#define CERTPROV_WEB_UPSTREAM_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "lib/base/macros.h"
#include "lib/varlink/varlink.h"

struct event_base;
struct upstream;

/* Either may free the upstream. */
struct upstream_watcher {
	/* A reply, lent; after one that does not continue, the next call may
	 * be made. */
	void (*reply)(const struct varlink_reply *reply, void *userdata);
	/*
	 * There will be none; the upstream is of no use any more. -ETIMEDOUT:
	 * none came in time; -EBADMSG: certprovd does not keep to the
	 * protocol; others: it has gone.
	 */
	void (*failed)(int error, void *userdata);
	void *userdata;
};

/*
 * 0; -ENOENT or -ECONNREFUSED: certprovd is not running; -EAGAIN: it has no
 * time for one more; -EACCES; or another negative errno.
 */
int upstream_open(struct event_base *base, const char *path,
	const struct upstream_watcher *watcher, struct upstream **ret);
struct upstream *upstream_free(struct upstream *u);
DEFINE_CLEANUP(struct upstream, upstream_free);

/*
 * Call; the parameters (NULL: none) are lent. Each reply has to come within
 * this time; 0: ever. 0 or a negative errno, -EMSGSIZE when they are too
 * many.
 */
int upstream_call(struct upstream *u, const char *method, cJSON *parameters,
	bool more, int reply_ms);

/* Not to read further replies for now, so that certprovd notices. No time
 * passes meanwhile. */
void upstream_pause(struct upstream *u);
void upstream_resume(struct upstream *u);

#endif
