/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/stream.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/varlink/json-fields.h"

struct stream_reply {
	struct stream_source source;
	struct varlink_request *req; /* ours once it is kept */
	cJSON *ahead; /* the next reply: only the last does not continue */
	bool kept;
	bool sending; /* a function further up the stack uses it */
	bool gone;
};

static struct stream_reply *stream_free(struct stream_reply *s)
{
	if (!s)
		return NULL;
	if (s->kept)
		(void)varlink_request_release(s->req);
	json_free(s->ahead);
	s->source.done(s->source.userdata);
	free(s);
	return NULL;
}
DEFINE_CLEANUP(struct stream_reply, stream_free);

/* Send the reply read ahead. Without a next one it is the last, and then 1 is
 * returned. */
static int stream_send_one(struct stream_reply *s)
{
	cJSON *next = NULL;
	int more = s->source.next(s->source.userdata, &next);
	int r = 0;

	varlink_request_charge(s->req, STREAM_REPLY_WORK);
	if (more < 0)
		return more;
	if (more == 0) {
		r = varlink_reply(s->req, TAKE_PTR(s->ahead));
		return r < 0 ? r : 1;
	}
	r = varlink_reply_continues(s->req, TAKE_PTR(s->ahead));
	s->ahead = next;
	return r;
}

/* 1 after the last reply, 0 when there are more. */
static int stream_send_slice(struct stream_reply *s)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < STREAM_SLICE; i++) {
		if (s->gone)
			return -ENOTCONN;
		if (varlink_request_backlogged(s->req))
			return 0;
		r = stream_send_one(s);
	}
	return r;
}

static void stream_go_on(struct stream_reply *s)
{
	if (!varlink_request_backlogged(s->req))
		varlink_request_want_turn(s->req);
}

static void stream_on_turn(struct varlink_request *req, void *userdata)
{
	struct stream_reply *s = userdata;
	int r = 0;

	(void)req;
	s->sending = true;
	r = stream_send_slice(s);
	if (r < 0 && varlink_request_open(s->req))
		(void)varlink_error_errno(s->req, r);
	s->sending = false;
	if (r != 0 || s->gone)
		(void)stream_free(s);
	else
		stream_go_on(s);
}

static void stream_on_gone(struct varlink_request *req, void *userdata)
{
	struct stream_reply *s = userdata;

	(void)req;
	s->gone = true;
	if (!s->sending)
		(void)stream_free(s);
}

static void stream_on_drained(struct varlink_request *req, void *userdata)
{
	struct stream_reply *s = userdata;

	(void)req;
	if (!s->sending)
		stream_go_on(s);
}

/* What does not fit into this turn is sent in the next ones. */
static void stream_keep(struct stream_reply *s)
{
	varlink_request_keep(s->req,
		&(struct varlink_watch){
			.gone = stream_on_gone,
			.drained = stream_on_drained,
			.turn = stream_on_turn,
			.userdata = s,
		});
	s->kept = true;
	stream_go_on(s);
}

int stream_start(
	struct varlink_request *req, const struct stream_source *source)
{
	CLEANUP(stream_free) struct stream_reply *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s) {
		source->done(source->userdata);
		return -ENOMEM;
	}
	s->source = *source;
	s->req = req;
	r = s->source.next(s->source.userdata, &s->ahead);
	if (r < 0)
		return r;
	assert(r == 1);
	r = stream_send_slice(s);
	if (r != 0)
		return r < 0 ? r : 0;
	stream_keep(TAKE_PTR(s));
	return 0;
}
