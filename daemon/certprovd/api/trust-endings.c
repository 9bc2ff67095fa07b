/* SPDX-License-Identifier: Apache-2.0 */
/* ListEndings: what ends with time, the first end first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/sys/stream.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"

/* --- the question --- */

struct trust_endings_parameters {
	int64_t days;
};

static const struct json_field parameters_fields[] = {
	JSON_FIELD(struct trust_endings_parameters, days, JSON_INT64, .min = 0,
		.max = ENDINGS_MAX_DAYS, .absent = INT64_MAX),
};
const struct json_table trust_endings_parameters =
	JSON_TABLE(struct trust_endings_parameters, parameters_fields);

/* --- the reply --- */

struct trust_endings_row {
	const char *kind;
	const char *sha256;
	const char *subject;
	char *host; /* owned */
	int64_t ends;
	int64_t ends_in;
	char hex[SHA256_HEX_SIZE];
};

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct trust_endings_row, member, __VA_ARGS__)
static const struct json_field row_fields[] = {
	F("kind", kind, JSON_STRING, JSON_MUST),
	F("sha256", sha256, JSON_STRING, JSON_MUST),
	F("subject", subject, JSON_STRING),
	F("host", host, JSON_STRING),
	F("ends", ends, JSON_TIME, JSON_MUST),
	F("endsIn", ends_in, JSON_INT64, JSON_MUST),
};
#undef F
static const struct json_table row_table =
	JSON_TABLE(struct trust_endings_row, row_fields);

struct trust_endings_reply {
	const struct trust_endings_row *ending;
	int64_t now;
};

static const struct json_field reply_fields[] = {
	JSON_FIELD(struct trust_endings_reply, ending, JSON_STRUCT_AT,
		.nested = &row_table),
	JSON_FIELD(struct trust_endings_reply, now, JSON_TIME, JSON_MUST),
};

/* --- gathering --- */

/* As they were at the time of the call. */
struct trust_endings {
	const struct api *api;
	int64_t now;
	int64_t until;
	struct trust_endings_row *rows;
	size_t count;
	size_t room;
	size_t next;
	bool said;
	int error;
};

static void trust_endings_done(void *userdata)
{
	struct trust_endings *l = userdata;

	for (size_t i = 0; i < l->count; i++)
		free(l->rows[i].host);
	free(l->rows);
	free(l);
}

static int trust_endings_fingerprint(
	const struct ending *e, char ret[SHA256_HEX_SIZE])
{
	uint8_t sha256[SHA256_BYTES];
	int r = 0;

	if (e->exception)
		memcpy(sha256, e->exception->sha256, SHA256_BYTES);
	else if (e->own)
		memcpy(sha256, e->own->sha256, SHA256_BYTES);
	else
		r = anchors_sha256_of(e->in, e->certificate, sha256);
	if (r == 0)
		hex_format(sha256, SHA256_BYTES, ret);
	return r;
}

static int trust_endings_make_room(struct trust_endings *l)
{
	size_t room = l->room ? 2 * l->room : 16;
	void *more = NULL;

	if (l->count < l->room)
		return 0;
	more = reallocarray(l->rows, room, sizeof(*l->rows));
	if (!more)
		return -ENOMEM;
	l->rows = more;
	l->room = room;
	return 0;
}

static void trust_endings_take(void *userdata, const struct ending *e)
{
	struct trust_endings *l = userdata;
	struct trust_endings_row *row = NULL;

	if (l->error < 0 || e->end > l->until)
		return;
	l->error = trust_endings_make_room(l);
	if (l->error < 0)
		return;
	row = &l->rows[l->count];
	*row = (struct trust_endings_row){
		.kind = ending_kind_name(e->kind),
		.ends = e->end,
		.ends_in = e->end - l->now,
	};
	l->error = trust_endings_fingerprint(e, row->hex);
	if (l->error == 0 && e->exception)
		l->error = string_replace(&row->host, e->exception->host);
	l->count++;
}

static int trust_endings_compare(const void *a, const void *b)
{
	const struct trust_endings_row *x = a;
	const struct trust_endings_row *y = b;

	if (x->ends != y->ends)
		return x->ends < y->ends ? -1 : 1;
	return strcmp(x->hex, y->hex);
}

/* --- telling --- */

/* The phone's own, or NULL. */
static const struct certificate *trust_endings_find_own(
	const struct endings_sources *sources, const char *hex)
{
	const struct certificate *own[ENDINGS_MAX_OWN];
	size_t count = sources->own ? sources->own(sources->userdata, own) : 0;

	for (size_t i = 0; i < count; i++)
		if (strcmp(own[i]->sha256_hex, hex) == 0)
			return own[i];
	return NULL;
}

/* While it is there. A list of thousands must not leave thousands of decoded
 * certificates behind: it is decoded for this alone. */
static int trust_endings_decode(
	const struct trust_state *s, const char *hex, struct certificate **ret)
{
	const struct anchor *a = NULL;
	uint8_t sha256[SHA256_BYTES];
	enum verdict ignored = VERDICT_MALFORMED;
	struct bytes der;

	if (hex_parse(hex, sha256, SHA256_BYTES) < 0)
		return 0;
	a = trust_state_find_server(s, sha256);
	if (!a)
		a = anchors_find(trust_state_trust(s)->anchors, sha256);
	if (!a)
		return 0;
	der = anchor_der(a);
	return certificate_decode(der.data, der.len, ret, &ignored);
}

static int trust_endings_encode(const struct trust_endings *l,
	struct trust_endings_row *row, cJSON **ret)
{
	CLEANUP(certificate_free) struct certificate *decoded = NULL;
	const struct certificate *c = NULL;
	struct trust_endings_reply reply = {.ending = row, .now = l->now};
	int r = 0;

	if (row)
		c = trust_endings_find_own(l->api->endings, row->hex);
	if (row && !c)
		r = trust_endings_decode(l->api->state, row->hex, &decoded);
	if (r < 0)
		return r;
	c = c ? c : decoded;
	if (row) {
		row->sha256 = row->hex;
		row->subject = c ? certificate_subject(c) : NULL;
	}
	return json_fields_encode(
		reply_fields, ARRAY_SIZE(reply_fields), &reply, ret);
}

static int trust_endings_next(void *userdata, cJSON **ret)
{
	struct trust_endings *l = userdata;
	struct trust_endings_row *row = NULL;
	int r = 0;

	if (l->next < l->count)
		row = &l->rows[l->next++];
	else if (l->said)
		return 0;
	l->said = true;
	r = trust_endings_encode(l, row, ret);
	return r < 0 ? r : 1;
}

static int trust_endings_gather(
	const struct api *api, int64_t days, struct trust_endings **ret)
{
	struct trust_endings *l = calloc(1, sizeof(*l));
	int r = 0;

	if (!l)
		return -ENOMEM;
	l->api = api;
	l->now = clock_now(api->clock, clock_wall());
	l->until = days == INT64_MAX ? INT64_MAX
				     : l->now + days * CLOCK_DAY_SECONDS;
	endings_each(api->endings, trust_endings_take, l);
	r = l->error;
	if (r < 0) {
		trust_endings_done(l);
		return r;
	}
	if (l->count > 0)
		qsort(l->rows, l->count, sizeof(*l->rows),
			trust_endings_compare);
	*ret = l;
	return 0;
}

int trust_endings_on_list(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct trust_endings_parameters p = {.days = INT64_MAX};
	struct trust_endings *l = NULL;
	int r = varlink_request_decode(req, &p);

	if (r == 0)
		r = trust_endings_gather(api, p.days, &l);
	if (r != 0)
		return r;
	return stream_start(req,
		&(struct stream_source){
			.next = trust_endings_next,
			.done = trust_endings_done,
			.userdata = l,
		});
}
