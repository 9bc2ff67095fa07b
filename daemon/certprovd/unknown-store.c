/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/unknown-store.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/der.h"
#include "lib/json-fields.h"

/* --- reading --- */

/* The certificates lie one after the other: DER says where each ends. */
static int split_chain(
	const uint8_t *data, size_t len, struct unknown_entry *ret)
{
	struct der_value value = {0};
	const uint8_t *end = data + len;
	int r = 0;

	ret->chain = calloc(UNKNOWN_MAX_CHAIN, sizeof(*ret->chain));
	if (!ret->chain)
		return -ENOMEM;
	while (r == 0 && data < end) {
		if (ret->chain_count == UNKNOWN_MAX_CHAIN ||
			!der_read(data, (size_t)(end - data), &value))
			return -EBADMSG;
		r = bytes_copy(data, (size_t)(value.end - data),
			&ret->chain[ret->chain_count]);
		ret->chain_count += r == 0 ? 1 : 0;
		data = value.end;
	}
	return r;
}

static int read_texts(const char *json, struct text_set *ret, size_t max)
{
	CLEANUP(json_free) cJSON *array = cJSON_Parse(json);
	const cJSON *item = NULL;
	int r = 0;

	cJSON_ArrayForEach(item, array)
	{
		if (r == 0 && cJSON_IsString(item))
			r = text_set_add(ret, item->valuestring, max);
	}
	return r;
}

static int restore(void *userdata, const struct store_unknown *row)
{
	CLEANUP(unknown_entry_done)
	struct unknown_entry e = {.first_seen = row->first_seen,
		.last_seen = row->last_seen,
		.seen = row->seen > 0 ? (uint64_t)row->seen : 1};
	int r = split_chain(row->chain, row->chain_len, &e);

	memcpy(e.sha256, row->sha256, SHA256_BYTES);
	if (r == 0)
		r = read_texts(row->hosts, &e.hosts, UNKNOWN_MAX_HOSTS);
	if (r == 0)
		r = read_texts(row->results, &e.results, UNKNOWN_MAX_RESULTS);
	if (r == 0)
		r = read_texts(
			row->purposes, &e.purposes, UNKNOWN_MAX_PURPOSES);
	if (r == 0)
		r = read_texts(
			row->reporters, &e.reporters, UNKNOWN_MAX_REPORTERS);
	if (r == 0)
		r = unknown_restore(userdata, &e);
	return r == -ENOMEM || r == -EIO ? r : 0;
}

int unknown_load(struct unknown *u, struct store *store)
{
	return store_each_unknown(store, restore, u);
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

static void row_texts_done(struct row_texts *t)
{
	free(t->hosts);
	free(t->results);
	free(t->purposes);
	free(t->reporters);
	bytes_done(&t->chain);
}
DEFINE_CLEANUP_EMBEDDED(struct row_texts, row_texts_done);

static int write_texts(const struct text_set *s, char **ret)
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

static int join_chain(const struct unknown_entry *e, struct bytes *ret)
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

static int write_entry(struct store *store, const struct unknown_entry *e)
{
	CLEANUP(row_texts_done) struct row_texts t = {0};
	struct store_unknown row = {.first_seen = e->first_seen,
		.last_seen = e->last_seen,
		.seen = (int64_t)e->seen};
	int r = write_texts(&e->hosts, &t.hosts);

	if (r == 0)
		r = write_texts(&e->results, &t.results);
	if (r == 0)
		r = write_texts(&e->purposes, &t.purposes);
	if (r == 0)
		r = write_texts(&e->reporters, &t.reporters);
	if (r == 0)
		r = join_chain(e, &t.chain);
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

int unknown_save(struct unknown *u, struct store *store)
{
	const struct unknown_entry *e = NULL;
	size_t cursor = 0;
	int r = 0;

	if (!unknown_unsaved(u))
		return 0;
	r = store_begin(store);
	while (r == 0 && (e = unknown_next(u, &cursor)))
		if (e->unsaved)
			r = write_entry(store, e);
	if (r < 0) {
		store_rollback(store);
		return r;
	}
	r = store_commit(store);
	if (r == 0)
		unknown_saved(u);
	return r;
}
