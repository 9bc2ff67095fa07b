/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of many replies: a few at each turn of its user, so that a long list
 * keeps nobody else waiting, and only as fast as the caller reads, so that it
 * never lies in memory as a whole. There are no more of them than requests in
 * flight, which the server limits. Knows nothing of what the replies say.
 */
#ifndef CERTPROVD_STREAM_H
#define CERTPROVD_STREAM_H

#include <cjson/cJSON.h>

#include "lib/varlink/varlink-request.h"

/* Replies sent in one turn, at most: one of a certificate takes a fifth of a
 * millisecond on a quick processor, and whoever asks for a verdict waits. */
#define STREAM_SLICE 1
/* What each costs besides its bytes: most of them describe a certificate. */
#define STREAM_REPLY_WORK 200

struct stream_source {
	/* 1 and the parameters of the next reply, which become the stream's;
	 * 0 at the end; a negative errno ends the answer with it. The first
	 * call gives a reply: an empty list has one that says so. */
	int (*next)(void *userdata, cJSON **ret);
	/* The last call. */
	void (*done)(void *userdata);
	void *userdata;
};

/*
 * Answer the request with what the source gives; done is called sooner or
 * later, also on failure. Returns 0 when it is under way or over, else what a
 * handler returns: a negative errno.
 */
int stream_start(
	struct varlink_request *req, const struct stream_source *source);

#endif
