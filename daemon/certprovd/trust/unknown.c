/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/unknown.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/digest.h"

#define FIRST_ROOM 8

/* In order of sight, the most recent last: at most some hundred entries, so
 * a search is a walk and a sight is a move to the end. */
struct unknown {
	struct unknown_entry *entries;
	size_t count;
	size_t room; /* for so many; most phones need little */
	size_t max;
	size_t bytes;
	uint64_t version;
	unknown_unsaved_fn *unsaved;
	void *userdata;
};

static void unknown_texts_done(struct unknown_texts *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->texts[i]);
	free(s->texts);
	*s = (struct unknown_texts){0};
}

int unknown_texts_add(struct unknown_texts *s, const char *text, size_t max)
{
	char **more = NULL;

	if (!text || s->count >= max || strlen(text) > UNKNOWN_MAX_TEXT_BYTES)
		return 0;
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->texts[i], text) == 0)
			return 0;
	more = reallocarray(s->texts, s->count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->texts = more;
	more[s->count] = strdup(text);
	if (!more[s->count])
		return -ENOMEM;
	s->count++;
	return 0;
}

void unknown_entry_done(struct unknown_entry *e)
{
	for (size_t i = 0; i < e->chain_count; i++)
		bytes_done(&e->chain[i]);
	free(e->chain);
	unknown_texts_done(&e->hosts);
	unknown_texts_done(&e->results);
	unknown_texts_done(&e->purposes);
	unknown_texts_done(&e->reporters);
	*e = (struct unknown_entry){0};
}

int unknown_new(size_t max_entries, struct unknown **ret)
{
	CLEANUP(unknown_free) struct unknown *u = calloc(1, sizeof(*u));

	assert(max_entries > 0);
	if (!u)
		return -ENOMEM;
	u->max = max_entries;
	*ret = TAKE_PTR(u);
	return 0;
}

struct unknown *unknown_free(struct unknown *u)
{
	if (!u)
		return NULL;
	for (size_t i = 0; i < u->count; i++)
		unknown_entry_done(&u->entries[i]);
	free(u->entries);
	free(u);
	return NULL;
}

static size_t unknown_texts_bytes(const struct unknown_texts *s)
{
	size_t bytes = 0;

	for (size_t i = 0; i < s->count; i++)
		bytes += strlen(s->texts[i]) + 1;
	return bytes;
}

size_t unknown_entry_bytes(const struct unknown_entry *e)
{
	size_t bytes = UNKNOWN_ENTRY_BYTES + unknown_texts_bytes(&e->hosts) +
		unknown_texts_bytes(&e->results) +
		unknown_texts_bytes(&e->purposes) +
		unknown_texts_bytes(&e->reporters);

	for (size_t i = 0; i < e->chain_count; i++)
		bytes += e->chain[i].len;
	return bytes;
}

static void unknown_take_out(
	struct unknown *u, size_t index, struct unknown_entry *ret)
{
	*ret = u->entries[index];
	u->bytes -= unknown_entry_bytes(ret);
	u->count--;
	memmove(&u->entries[index], &u->entries[index + 1],
		(u->count - index) * sizeof(*u->entries));
}

/* For one more; with max of them, another one goes. */
static int unknown_make_room(struct unknown *u)
{
	size_t room = u->room ? 2 * u->room : FIRST_ROOM;
	struct unknown_entry *more = NULL;

	if (u->count < u->room || u->room == u->max)
		return 0;
	if (room > u->max)
		room = u->max;
	more = reallocarray(u->entries, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	u->entries = more;
	u->room = room;
	return 0;
}

/* The least recently seen goes first. There is room. */
static void unknown_put_last(struct unknown *u, struct unknown_entry *entry)
{
	size_t bytes = unknown_entry_bytes(entry);

	while (u->count == u->max ||
		(u->count > 0 && u->bytes + bytes > UNKNOWN_MAX_BYTES)) {
		struct unknown_entry oldest = {0};

		unknown_take_out(u, 0, &oldest);
		unknown_entry_done(&oldest);
	}
	u->bytes += bytes;
	u->entries[u->count++] = *entry;
	*entry = (struct unknown_entry){0};
	u->version++;
}

static int unknown_index_of(
	const struct unknown *u, const uint8_t *sha256, size_t *ret_index)
{
	for (size_t i = 0; i < u->count; i++) {
		if (memcmp(u->entries[i].sha256, sha256, SHA256_BYTES) != 0)
			continue;
		*ret_index = i;
		return 0;
	}
	return -ENOENT;
}

static int unknown_check_chain(const struct bytes *chain, size_t count)
{
	size_t total = 0;

	if (count == 0 || chain[0].len == 0)
		return -EINVAL;
	if (count > CHAIN_MAX_CERTIFICATES)
		return -E2BIG;
	for (size_t i = 0; i < count; i++) {
		if (chain[i].len > CHAIN_MAX_BYTES - total)
			return -E2BIG;
		total += chain[i].len;
	}
	return 0;
}

static int unknown_new_entry(
	const struct rejection *r, struct unknown_entry *ret)
{
	int error = 0;

	ret->chain = calloc(r->chain_count, sizeof(*ret->chain));
	if (!ret->chain)
		return -ENOMEM;
	for (size_t i = 0; i < r->chain_count && error == 0; i++) {
		error = bytes_copy(
			r->chain[i].data, r->chain[i].len, &ret->chain[i]);
		ret->chain_count += error == 0 ? 1 : 0;
	}
	ret->first_seen = r->when;
	return error;
}

static int unknown_note_sight(
	struct unknown_entry *e, const struct rejection *r)
{
	int error = unknown_texts_add(&e->hosts, r->host, UNKNOWN_MAX_HOSTS);

	if (error == 0)
		error = unknown_texts_add(
			&e->results, r->result, UNKNOWN_MAX_RESULTS);
	if (error == 0)
		error = unknown_texts_add(
			&e->purposes, r->purpose, UNKNOWN_MAX_PURPOSES);
	if (error == 0)
		error = unknown_texts_add(
			&e->reporters, r->reporter, UNKNOWN_MAX_REPORTERS);
	e->last_seen = r->when;
	e->seen++;
	e->unsaved = true;
	return error;
}

static bool unknown_texts_has(const struct unknown_texts *s, const char *text)
{
	for (size_t i = 0; text && i < s->count; i++)
		if (strcmp(s->texts[i], text) == 0)
			return true;
	return !text;
}

static bool unknown_is_news(
	const struct unknown_entry *e, const struct rejection *r)
{
	return !unknown_texts_has(&e->hosts, r->host) ||
		!unknown_texts_has(&e->results, r->result) ||
		!unknown_texts_has(&e->purposes, r->purpose) ||
		!unknown_texts_has(&e->reporters, r->reporter);
}

int unknown_add(struct unknown *u, const struct rejection *r,
	const struct unknown_entry **ret_entry)
{
	CLEANUP(unknown_entry_done) struct unknown_entry e = {0};
	uint8_t sha256[SHA256_BYTES];
	size_t index = 0;
	bool known = false;
	int error = unknown_check_chain(r->chain, r->chain_count);

	if (error == 0)
		error = digest_sha256(
			r->chain[0].data, r->chain[0].len, sha256);
	if (error < 0)
		return error;
	known = unknown_index_of(u, sha256, &index) == 0;
	if (known && r->by_run && !unknown_is_news(&u->entries[index], r)) {
		if (ret_entry)
			*ret_entry = &u->entries[index];
		return 0;
	}
	if (known)
		unknown_take_out(u, index, &e);
	else
		error = unknown_make_room(u);
	if (!known && error == 0)
		error = unknown_new_entry(r, &e);
	if (error < 0)
		return error;
	memcpy(e.sha256, sha256, SHA256_BYTES);
	/* A known entry stays, even if a new host cannot be remembered. */
	error = unknown_note_sight(&e, r);
	unknown_put_last(u, &e);
	if (u->unsaved)
		u->unsaved(u->userdata);
	if (error == 0 && ret_entry)
		*ret_entry = &u->entries[u->count - 1];
	return error;
}

bool unknown_knows(const struct unknown *u, const struct rejection *r)
{
	uint8_t sha256[SHA256_BYTES];
	size_t index = 0;

	return unknown_check_chain(r->chain, r->chain_count) == 0 &&
		digest_sha256(r->chain[0].data, r->chain[0].len, sha256) == 0 &&
		unknown_index_of(u, sha256, &index) == 0;
}

int unknown_restore(struct unknown *u, struct unknown_entry *entry)
{
	uint8_t sha256[SHA256_BYTES];
	size_t index = 0;
	int r = 0;

	if (unknown_check_chain(entry->chain, entry->chain_count) < 0 ||
		unknown_index_of(u, entry->sha256, &index) == 0)
		return -EINVAL;
	/* Bytes that were stored as one certificate and read as several. */
	r = digest_sha256(entry->chain[0].data, entry->chain[0].len, sha256);
	if (r == 0)
		r = unknown_make_room(u);
	if (r < 0)
		return r;
	if (memcmp(sha256, entry->sha256, SHA256_BYTES) != 0)
		return -EINVAL;
	entry->stored = true;
	unknown_put_last(u, entry);
	return 0;
}

bool unknown_remove(struct unknown *u, const uint8_t sha256[SHA256_BYTES])
{
	CLEANUP(unknown_entry_done) struct unknown_entry e = {0};
	size_t index = 0;

	if (unknown_index_of(u, sha256, &index) < 0)
		return false;
	unknown_take_out(u, index, &e);
	u->version++;
	return true;
}

void unknown_clear(struct unknown *u)
{
	const struct unknown_entry *e = NULL;
	size_t cursor = 0;

	while ((e = unknown_next(u, &cursor))) {
		uint8_t sha256[SHA256_BYTES];

		memcpy(sha256, e->sha256, sizeof(sha256));
		(void)unknown_remove(u, sha256);
		cursor = 0;
	}
}

const struct unknown_entry *unknown_find(
	const struct unknown *u, const uint8_t sha256[SHA256_BYTES])
{
	size_t index = 0;

	return unknown_index_of(u, sha256, &index) == 0 ? &u->entries[index]
							: NULL;
}

const struct unknown_entry *unknown_next(
	const struct unknown *u, size_t *cursor)
{
	if (*cursor >= u->count)
		return NULL;
	return &u->entries[u->count - ++*cursor];
}

size_t unknown_count(const struct unknown *u)
{
	return u->count;
}

void unknown_on_unsaved(
	struct unknown *u, unknown_unsaved_fn *unsaved, void *userdata)
{
	u->unsaved = unsaved;
	u->userdata = userdata;
}

uint64_t unknown_version(const struct unknown *u)
{
	return u->version;
}

void unknown_saved(struct unknown *u, const uint8_t sha256[SHA256_BYTES])
{
	size_t index = 0;

	if (unknown_index_of(u, sha256, &index) < 0)
		return;
	u->entries[index].stored = true;
	u->entries[index].unsaved = false;
}
