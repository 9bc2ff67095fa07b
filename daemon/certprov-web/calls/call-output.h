/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the replies of a call go: into one answer, or, for whoever wants a
 * stream, each into an event of its own (server-sent events, as HTML has
 * them). The stream begins with the first reply, so that an error before it
 * has its status.
 */
#ifndef CERTPROV_WEB_CALL_OUTPUT_H
#define CERTPROV_WEB_CALL_OUTPUT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "daemon/certprov-web/calls/call-error.h"
#include "daemon/certprov-web/users/access.h"
#include "lib/base/bytes.h"

/* Who asks, and how. */
struct call_output {
	struct exchange *exchange; /* NULL: it has ended */
	struct access *access;
	struct access_user user;
	bool stream;
	bool begun; /* of a stream */
};

/* Does whoever asks want events? */
bool call_output_is_wanted_as_stream(const struct exchange *e);

/* Events in bytes: a reply (NULL: none, which is {}), with the end of the
 * stream if it is the last one. 0 or -ENOMEM. */
int call_output_encode(const cJSON *parameters, bool last, struct bytes *ret);

/* The only reply of what is no stream. */
void call_output_answer(struct call_output *o, const cJSON *parameters);
/* Write events. 0; -EBUSY when the peer does not read what was written before;
 * -EACCES when the user may no longer listen; or -ENOMEM. */
int call_output_write(struct call_output *o, const struct bytes *events);
/* A line that says nothing, so that it is noticed when nobody reads. Returns as
 * call_output_write; 0 when there is no stream to write it to. */
int call_output_beat(struct call_output *o);

/* Each is the end of it, as an answer or as an event. One that would wait for
 * the peer to read is left out. */
void call_output_end(struct call_output *o);
void call_output_error(
	struct call_output *o, const char *error, const cJSON *parameters);
void call_output_fail(struct call_output *o, enum call_failure failure);
/* For what call_output_write returned. */
void call_output_give_up(struct call_output *o, int error);

#endif
