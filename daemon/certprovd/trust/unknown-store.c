/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/unknown-store.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/der.h"
#include "lib/varlink/json-fields.h"
#include "lib/x509/names.h"

/* --- reading --- */

/* The certificates lie one after the other: DER says where each ends. */
static int unknown_split_chain(
	const uint8_t *data, size_t len, struct unknown_entry *ret)
{
	struct der_value value = {0};
	const uint8_t *end = data + len;
	int r = 0;

	ret->chain = calloc(CHAIN_MAX_CERTIFICATES, sizeof(*ret->chain));
	if (!ret->chain)
		return -ENOMEM;
	while (r == 0 && data < end) {
		if (ret->chain_count == CHAIN_MAX_CERTIFICATES ||
			!der_read(data, (size_t)(end - data), &value))
			return -EBADMSG;
		r = bytes_copy(data, (size_t)(value.end - data),
			&ret->chain[ret->chain_count]);
		ret->chain_count += r == 0 ? 1 : 0;
		data = value.end;
	}
	return r;
}

typedef int unknown_add_fn(
	struct unknown_texts *s, const char *text, size_t max);

/* An earlier version may have accepted invalid hosts. */
static int unknown_add_host(
	struct unknown_texts *s, const char *text, size_t max)
{
	char name[HOST_NAME_SIZE];
	struct host host;

	if (host_parse(text, &host) < 0)
		return 0;
	host_format(&host, name);
	return unknown_texts_add(s, name, max);
}

static int unknown_read_texts(const char *json, struct unknown_texts *ret,
	size_t max, unknown_add_fn *add)
{
	CLEANUP(json_free) cJSON *array = cJSON_Parse(json);
	const cJSON *item = NULL;
	int r = 0;

	cJSON_ArrayForEach(item, array)
	{
		if (r == 0 && cJSON_IsString(item))
			r = add(ret, item->valuestring, max);
	}
	return r;
}

static int unknown_store_restore(
	void *userdata, const struct store_unknown *row)
{
	CLEANUP(unknown_entry_done)
	struct unknown_entry e = {.first_seen = row->first_seen,
		.last_seen = row->last_seen,
		.seen = row->seen > 0 ? (uint64_t)row->seen : 1};
	int r = unknown_split_chain(row->chain, row->chain_len, &e);

	memcpy(e.sha256, row->sha256, SHA256_BYTES);
	if (r == 0)
		r = unknown_read_texts(row->hosts, &e.hosts, UNKNOWN_MAX_HOSTS,
			unknown_add_host);
	if (r == 0)
		r = unknown_read_texts(row->results, &e.results,
			UNKNOWN_MAX_RESULTS, unknown_texts_add);
	if (r == 0)
		r = unknown_read_texts(row->purposes, &e.purposes,
			UNKNOWN_MAX_PURPOSES, unknown_texts_add);
	if (r == 0)
		r = unknown_read_texts(row->reporters, &e.reporters,
			UNKNOWN_MAX_REPORTERS, unknown_texts_add);
	if (r == 0)
		r = unknown_restore(userdata, &e);
	return r == -ENOMEM || r == -EIO ? r : 0;
}

int unknown_load(struct unknown *u, struct store *store)
{
	return store_each_unknown(store, unknown_store_restore, u);
}

/* --- writing --- */

/* The texts of one row; freed together. */
struct row_texts {
	char *hosts;
	char *results;
	char *purposes;
	char *reporters;
	struct bytes chain;
};

static void unknown_row_texts_done(struct row_texts *t)
{
	free(t->hosts);
	free(t->results);
	free(t->purposes);
	free(t->reporters);
	bytes_done(&t->chain);
}
DEFINE_CLEANUP_EMBEDDED(struct row_texts, unknown_row_texts_done);

static int unknown_write_texts(const struct unknown_texts *s, char **ret)
{
	static const char *const none[1];
	CLEANUP(json_free)
	cJSON *array = cJSON_CreateStringArray(
		s->count > 0 ? (const char *const *)s->texts : none,
		(int)s->count);

	if (array)
		*ret = cJSON_PrintUnformatted(array);
	return *ret ? 0 : -ENOMEM;
}

static int unknown_join_chain(const struct unknown_entry *e, struct bytes *ret)
{
	size_t len = 0;

	for (size_t i = 0; i < e->chain_count; i++)
		len += e->chain[i].len;
	ret->data = malloc(len ? len : 1);
	if (!ret->data)
		return -ENOMEM;
	for (size_t i = 0; i < e->chain_count; i++) {
		memcpy(ret->data + ret->len, e->chain[i].data, e->chain[i].len);
		ret->len += e->chain[i].len;
	}
	return 0;
}

/* The chain only if it is not there yet. */
static int unknown_write_entry(
	struct store *store, const struct unknown_entry *e)
{
	CLEANUP(unknown_row_texts_done) struct row_texts t = {0};
	struct store_unknown row = {.first_seen = e->first_seen,
		.last_seen = e->last_seen,
		.seen = (int64_t)e->seen};
	int r = unknown_write_texts(&e->hosts, &t.hosts);

	if (r == 0)
		r = unknown_write_texts(&e->results, &t.results);
	if (r == 0)
		r = unknown_write_texts(&e->purposes, &t.purposes);
	if (r == 0)
		r = unknown_write_texts(&e->reporters, &t.reporters);
	if (r == 0 && !e->stored)
		r = unknown_join_chain(e, &t.chain);
	if (r < 0)
		return r;
	memcpy(row.sha256, e->sha256, SHA256_BYTES);
	row.chain = t.chain.data;
	row.chain_len = t.chain.len;
	row.hosts = t.hosts;
	row.results = t.results;
	row.purposes = t.purposes;
	row.reporters = t.reporters;
	return store_put_unknown(store, &row);
}

/* Keys of entries that were pushed out of memory. */
struct stale {
	const struct unknown *unknown;
	uint8_t (*keys)[SHA256_BYTES];
	size_t count;
};

static int unknown_note_stale(
	void *userdata, const uint8_t sha256[SHA256_BYTES])
{
	struct stale *stale = userdata;
	void *more = NULL;

	if (unknown_find(stale->unknown, sha256))
		return 0;
	more = reallocarray(
		stale->keys, stale->count + 1, sizeof(*stale->keys));
	if (!more)
		return -ENOMEM;
	stale->keys = more;
	memcpy(stale->keys[stale->count++], sha256, SHA256_BYTES);
	return 0;
}

static int unknown_remove_stale(const struct unknown_saver *s)
{
	struct stale stale = {.unknown = s->unknown};
	bool removed = false;
	int r = store_each_unknown_key(s->store, unknown_note_stale, &stale);

	for (size_t i = 0; r == 0 && i < stale.count; i++)
		r = store_remove_unknown(s->store, stale.keys[i], &removed);
	free(stale.keys);
	return r;
}

/* --- the day --- */

static bool unknown_new_day(struct unknown_saver *s, int64_t now_ms)
{
	if (now_ms - s->day_ms < UNKNOWN_DAY_MS)
		return false;
	s->day_ms = now_ms;
	s->written = 0;
	s->exhausted = false;
	return true;
}

/* Into the WAL and into the file. */
static uint64_t unknown_cost_of(const struct unknown_entry *e)
{
	return 2 * (uint64_t)(unknown_entry_bytes(e) + STORE_PAGE_BYTES);
}

/* What one save is going to write; the keys are the entries'. */
struct batch {
	const struct unknown_entry **entries;
	size_t count;
	bool any_new;
};

static void unknown_batch_done(struct batch *b)
{
	free(b->entries);
}
DEFINE_CLEANUP_EMBEDDED(struct batch, unknown_batch_done);

static int unknown_choose(
	struct unknown_saver *s, bool counters, struct batch *ret)
{
	const struct unknown_entry *e = NULL;
	uint64_t planned = s->written + 2 * UNKNOWN_PAGES_BYTES;
	bool left_out = false;
	size_t cursor = 0;

	ret->entries = calloc(
		unknown_count(s->unknown) + 1, sizeof(struct unknown_entry *));
	if (!ret->entries)
		return -ENOMEM;
	while ((e = unknown_next(s->unknown, &cursor))) {
		if (!e->unsaved || (e->stored && !counters))
			continue;
		if (!e->stored &&
			planned + unknown_cost_of(e) >
				UNKNOWN_MAX_BYTES_A_DAY) {
			left_out = true;
			continue;
		}
		if (!e->stored)
			planned += unknown_cost_of(e);
		ret->any_new = ret->any_new || !e->stored;
		ret->entries[ret->count++] = e;
	}
	/* What is left out of a write that costs less than it may comes with
	 * the next one. */
	s->exhausted = s->exhausted || (left_out && !ret->any_new);
	return 0;
}

static int unknown_write_batch(
	const struct unknown_saver *s, const struct batch *b)
{
	int r = store_begin(s->store);

	if (r < 0)
		return r;
	r = unknown_remove_stale(s);
	for (size_t i = 0; r == 0 && i < b->count; i++)
		r = unknown_write_entry(s->store, b->entries[i]);
	if (r < 0) {
		store_rollback(s->store);
		return r;
	}
	return store_commit(s->store);
}

static int unknown_store_save(struct unknown_saver *s, bool counters)
{
	CLEANUP(unknown_batch_done) struct batch b = {0};
	uint64_t before = store_bytes_written(s->store);
	int r = unknown_choose(s, counters, &b);

	if (r < 0 || b.count == 0)
		return r;
	r = unknown_write_batch(s, &b);
	/* What failed may have been written as well. */
	if (b.any_new)
		s->written += store_bytes_written(s->store) - before;
	for (size_t i = 0; r == 0 && i < b.count; i++)
		unknown_saved(s->unknown, b.entries[i]->sha256);
	return r;
}

int unknown_save(struct unknown_saver *s, int64_t now_ms)
{
	return unknown_store_save(s, unknown_new_day(s, now_ms));
}

int64_t unknown_save_due_ms(const struct unknown_saver *s, int64_t now_ms)
{
	const struct unknown_entry *e = NULL;
	int64_t due_ms = -1;
	size_t cursor = 0;

	while ((e = unknown_next(s->unknown, &cursor))) {
		if (!e->unsaved)
			continue;
		if (!e->stored && !s->exhausted)
			return 0;
		due_ms = s->day_ms + UNKNOWN_DAY_MS - now_ms;
	}
	return due_ms;
}

int unknown_save_all(struct unknown_saver *s, int64_t now_ms)
{
	(void)unknown_new_day(s, now_ms);
	return unknown_store_save(s, true);
}
