/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/authorities-change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/base/text.h"

/* Who made a change that no caller asked for. */
#define WHO "certprovd"

void authorities_change_done(struct authorities_change *c)
{
	free(c->came_names);
	free(c->went_names);
	*c = (struct authorities_change){0};
}

/* --- those kept --- */

struct authorities_kept_row {
	uint8_t sha256[SHA256_BYTES]; /* first */
	char *subject;                /* of one that went; else NULL */
};

struct authorities_kept {
	const struct anchors *anchors;
	struct authorities_kept_row *rows;
	size_t count;
	size_t room;
};

static void authorities_kept_done(struct authorities_kept *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->rows[i].subject);
	free(k->rows);
}
DEFINE_CLEANUP_EMBEDDED(struct authorities_kept, authorities_kept_done);

static bool authorities_change_is_there(
	const struct anchors *anchors, const uint8_t sha256[SHA256_BYTES])
{
	const struct anchor *a = anchors_find(anchors, sha256);

	return a && a->lists & ANCHOR_AUTHORITY;
}

static int authorities_kept_take(
	void *userdata, const uint8_t sha256[SHA256_BYTES], const char *subject)
{
	struct authorities_kept *k = userdata;
	struct authorities_kept_row *row = NULL;

	if (k->count == k->room) {
		size_t room = k->room ? 2 * k->room : 256;
		void *more = reallocarray(k->rows, room, sizeof(*k->rows));

		if (!more)
			return -ENOMEM;
		k->rows = more;
		k->room = room;
	}
	row = &k->rows[k->count];
	*row = (struct authorities_kept_row){.subject = NULL};
	memcpy(row->sha256, sha256, SHA256_BYTES);
	k->count++;
	return authorities_change_is_there(k->anchors, sha256)
		? 0
		: string_replace(&row->subject, subject);
}

static int authorities_kept_compare(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_BYTES);
}

static int authorities_kept_read(struct store *store,
	const struct anchors *anchors, struct authorities_kept *ret)
{
	int r = 0;

	ret->anchors = anchors;
	r = store_each_authority(store, authorities_kept_take, ret);
	if (r == 0 && ret->count > 0)
		qsort(ret->rows, ret->count, sizeof(*ret->rows),
			authorities_kept_compare);
	return r;
}

static bool authorities_kept_have(
	const struct authorities_kept *k, const uint8_t sha256[SHA256_BYTES])
{
	return k->count > 0 &&
		bsearch(sha256, k->rows, k->count, sizeof(*k->rows),
			authorities_kept_compare);
}

/* --- writing --- */

struct authorities_change_context {
	struct store *store;
	const struct anchors *anchors;
	int64_t now;
	struct authorities_change *change;
};

static int authorities_change_add_name(char **names, const char *subject)
{
	CLEANUP(free) char *before = *names;

	*names = NULL;
	return before ? string_format(names, "%s; %s", before, subject)
		      : string_replace(names, subject);
}

/* One line of the history, and of the journal, for each of the first. */
static int authorities_change_name(const struct authorities_change_context *x,
	const uint8_t sha256[SHA256_BYTES], const char *subject, bool came)
{
	CLEANUP(free) char *what = NULL;
	char hex[SHA256_HEX_SIZE];
	int r = 0;

	/* The history keeps its last lines only: a first list is no change. */
	if (x->change->first)
		return 0;
	r = string_format(&what, "the firmware's authorities %s %s",
		came ? "now have" : "no longer have", subject);
	hex_format(sha256, SHA256_BYTES, hex);
	if (r == 0)
		r = store_add_change(x->store,
			&(struct store_change){.when = x->now,
				.who = WHO,
				.what = what,
				.sha256 = hex});
	return r < 0
		? r
		: authorities_change_add_name(came ? &x->change->came_names
						   : &x->change->went_names,
			  subject);
}

static int authorities_change_subject(const struct anchor *a, char **ret)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	const struct bytes der = anchor_der(a);
	enum verdict ignored = VERDICT_MALFORMED;
	int r = certificate_decode(der.data, der.len, &c, &ignored);
	const char *subject = c ? certificate_subject(c) : "a certificate";

	return r < 0 ? r
		     : text_escape(subject, strlen(subject),
			       AUTHORITIES_CHANGE_MAX_SUBJECT, ret);
}

static int authorities_change_come(const struct authorities_change_context *x,
	const struct anchor *a, const uint8_t sha256[SHA256_BYTES])
{
	CLEANUP(free) char *subject = NULL;
	bool named = x->change->came++ < AUTHORITIES_CHANGE_MAX_NAMED;
	int r = authorities_change_subject(a, &subject);

	if (r == 0 && named)
		r = authorities_change_name(x, sha256, subject, true);
	if (r == 0)
		r = store_put_authority(x->store, sha256, subject);
	return r;
}

static int authorities_change_take_new(
	const struct authorities_change_context *x,
	const struct authorities_kept *kept)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;
	int r = 0;

	while (r == 0 && (a = anchors_next(x->anchors, &cursor))) {
		uint8_t sha256[SHA256_BYTES];

		if (!(a->lists & ANCHOR_AUTHORITY))
			continue;
		r = anchors_sha256_of(x->anchors, a, sha256);
		if (r == 0 && !authorities_kept_have(kept, sha256))
			r = authorities_change_come(x, a, sha256);
	}
	return r;
}

static int authorities_change_take_old(
	const struct authorities_change_context *x,
	const struct authorities_kept *kept)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < kept->count; i++) {
		const struct authorities_kept_row *row = &kept->rows[i];

		if (!row->subject)
			continue;
		if (x->change->went++ < AUTHORITIES_CHANGE_MAX_NAMED)
			r = authorities_change_name(
				x, row->sha256, row->subject, false);
		if (r == 0)
			r = store_remove_authority(x->store, row->sha256);
	}
	return r;
}

/* The line that counts all of them. */
static int authorities_change_count(const struct authorities_change_context *x)
{
	CLEANUP(free) char *what = NULL;
	int r = string_format(&what,
		"the firmware's authorities changed: %zu came, %zu went",
		x->change->came, x->change->went);

	return r < 0
		? r
		: store_add_change(x->store,
			  &(struct store_change){
				  .when = x->now, .who = WHO, .what = what});
}

/* A list that is too long to keep: by its number. */
static int authorities_change_take_numbers(
	const struct authorities_change_context *x, int64_t before,
	int64_t count)
{
	struct authorities_change *c = x->change;
	struct authorities_change untold = {.first = true};
	struct authorities_change_context silent = *x;
	struct authorities_kept none = {.count = 0};
	int r = store_clear_authorities(x->store);

	c->came = count > before ? (size_t)(count - before) : 0;
	c->went = count < before ? (size_t)(before - count) : 0;
	silent.change = &untold;
	return r == 0 && count <= AUTHORITIES_CHANGE_MAX_KEPT
		? authorities_change_take_new(&silent, &none)
		: r;
}

static int authorities_change_write(const struct authorities_change_context *x,
	const struct authorities_kept *kept, int64_t before)
{
	struct authorities_change *c = x->change;
	int64_t count = (int64_t)anchors_count(x->anchors, ANCHOR_AUTHORITY);
	bool whole = count <= AUTHORITIES_CHANGE_MAX_KEPT;
	bool known = before <= AUTHORITIES_CHANGE_MAX_KEPT;
	int r = 0;

	if (!whole || !known)
		r = authorities_change_take_numbers(x, before, count);
	else
		r = authorities_change_take_old(x, kept);
	if (r == 0 && whole && known)
		r = authorities_change_take_new(x, kept);
	if (r == 0 && !c->first && c->came + c->went > 0)
		r = authorities_change_count(x);
	return r < 0
		? r
		: store_set_fact(x->store, STORE_AUTHORITIES_SEEN, count + 1);
}

/* Nothing is written when nothing changed. */
static bool authorities_change_is_same(const struct anchors *anchors,
	const struct authorities_kept *kept, int64_t before)
{
	int64_t count = (int64_t)anchors_count(anchors, ANCHOR_AUTHORITY);

	if (before != count)
		return false;
	if (count > AUTHORITIES_CHANGE_MAX_KEPT)
		return true;
	for (size_t i = 0; i < kept->count; i++)
		if (kept->rows[i].subject)
			return false;
	return kept->count == (size_t)count;
}

static int authorities_change_commit(const struct authorities_change_context *x,
	const struct authorities_kept *kept, int64_t before)
{
	int r = store_begin(x->store);

	if (r < 0)
		return r;
	r = authorities_change_write(x, kept, before);
	if (r == 0)
		return store_commit(x->store);
	store_rollback(x->store);
	return r;
}

int authorities_change_settle(struct store *store,
	const struct anchors *anchors, int64_t now,
	struct authorities_change *ret)
{
	CLEANUP(authorities_change_done) struct authorities_change change = {0};
	CLEANUP(authorities_kept_done) struct authorities_kept kept = {0};
	struct authorities_change_context x = {
		.store = store,
		.anchors = anchors,
		.now = now,
		.change = &change,
	};
	int64_t seen = 0; /* one more than there were; 0: never */
	int r = store_get_fact(store, STORE_AUTHORITIES_SEEN, &seen);

	if (r == 0)
		r = authorities_kept_read(store, anchors, &kept);
	if (r < 0)
		return r;
	change.first = seen == 0;
	if (change.first ||
		!authorities_change_is_same(anchors, &kept, seen - 1))
		r = authorities_change_commit(
			&x, &kept, change.first ? 0 : seen - 1);
	if (r < 0)
		return r;
	*ret = change;
	change = (struct authorities_change){0};
	return 0;
}
