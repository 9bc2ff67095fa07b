/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, unknown certificates and small facts. */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/base/string.h"

int store_put_setting(struct store *s, const struct store_setting *v,
	bool trust, bool *ret_changed)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_SETTING_PUT,
		STORE_VALUES(store_text(v->name), store_text(v->value),
			store_text(v->origin), store_text(v->permission),
			store_integer(v->admin_set)),
		&rows);

	if (r < 0)
		return r;
	if (rows > 0 && trust)
		store_touch(s);
	*ret_changed = rows > 0;
	return 0;
}

int store_remove_setting(
	struct store *s, const char *name, bool trust, bool *ret_removed)
{
	int rows = 0;
	int r = store_change_rows(
		s, SQL_SETTING_REMOVE, STORE_VALUES(store_text(name)), &rows);

	if (r < 0)
		return r;
	if (rows > 0 && trust)
		store_touch(s);
	*ret_removed = rows > 0;
	return 0;
}

struct setting_rows {
	store_setting_fn *fn;
	void *userdata;
};

static int store_take_setting(void *userdata, sqlite3_stmt *row)
{
	const struct setting_rows *rows = userdata;
	struct store_setting v = {
		.name = store_column_text(row, 0),
		.value = store_column_text(row, 1),
		.origin = store_column_text(row, 2),
		.permission = store_column_text(row, 3),
		.admin_set = sqlite3_column_int64(row, 4) != 0,
	};

	return rows->fn(rows->userdata, &v);
}

int store_each_setting(struct store *s, store_setting_fn *fn, void *userdata)
{
	struct setting_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_SETTING_EACH, STORE_NO_VALUES,
		store_take_setting, &rows);
}

static const char *const fact_names[STORE_FACT__END] = {
	[STORE_WAS_AUTHENTICATED] = "was-authenticated",
	[STORE_SETTING_SERVER_AUTHENTICATED] = "setting-server-authenticated",
	[STORE_HTTP_PASSWORD_AUTHENTICATED] = "http-password-authenticated",
	[STORE_BOOTSTRAP_CLOSED_BY] = "bootstrap-closed-by",
	[STORE_BOOTSTRAP_CLOSED_AT] = "bootstrap-closed-at",
	[STORE_AUTHORITIES_SEEN] = "authorities-seen",
	[STORE_ENDINGS_TOLD] = "endings-told",
	[STORE_RESET_UNFINISHED] = "reset-unfinished",
};

int store_get_fact(struct store *s, enum store_fact fact, int64_t *ret)
{
	int64_t value = 0;
	int r = 0;

	assert(fact < STORE_FACT__END);

	r = store_query_integer(s, SQL_META_GET,
		STORE_VALUES(store_text(fact_names[fact])), &value);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = value;
	return 0;
}

int store_set_fact(struct store *s, enum store_fact fact, int64_t value)
{
	int64_t before = 0;
	int rows = 0;
	int r = store_get_fact(s, fact, &before);

	if (r < 0 || before == value)
		return r;
	return store_change_rows(s, SQL_META_PUT,
		STORE_VALUES(
			store_text(fact_names[fact]), store_integer(value)),
		&rows);
}

/* --- texts --- */

#define BOOTSTRAP_REASON "bootstrap-reason"
#define LAST_SERVERS "last-servers"
#define FIRMWARE "firmware"

static int store_set_text(struct store *s, const char *name, const char *text)
{
	int rows = 0;

	return store_change_rows(s, SQL_META_PUT,
		STORE_VALUES(store_text(name), store_text(text)), &rows);
}

static int store_take_text(void *userdata, sqlite3_stmt *row)
{
	return string_replace(userdata, store_column_text(row, 0));
}

static int store_get_text(struct store *s, const char *name, char **ret)
{
	CLEANUP(free) char *text = NULL;
	int r = store_query(s, SQL_META_GET, STORE_VALUES(store_text(name)),
		store_take_text, &text);

	if (r == 0)
		*ret = TAKE_PTR(text);
	return r;
}

int store_set_bootstrap_reason(struct store *s, const char *text)
{
	return store_set_text(s, BOOTSTRAP_REASON, text);
}

int store_get_bootstrap_reason(struct store *s, char **ret)
{
	return store_get_text(s, BOOTSTRAP_REASON, ret);
}

int store_set_last_servers(struct store *s, const char *text)
{
	return store_set_text(s, LAST_SERVERS, text);
}

int store_get_last_servers(struct store *s, char **ret)
{
	return store_get_text(s, LAST_SERVERS, ret);
}

int store_set_firmware(struct store *s, const char *text)
{
	CLEANUP(free) char *before = NULL;
	int r = store_get_firmware(s, &before);

	return r < 0 || string_equal(before, text)
		? r
		: store_set_text(s, FIRMWARE, text);
}

int store_get_firmware(struct store *s, char **ret)
{
	return store_get_text(s, FIRMWARE, ret);
}

/* --- unknown certificates --- */

int store_put_unknown(struct store *s, const struct store_unknown *u)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_UNKNOWN_PUT,
		STORE_VALUES(store_sha256(u->sha256), store_text(u->results),
			store_text(u->hosts), store_text(u->purposes),
			store_text(u->reporters), store_integer(u->first_seen),
			store_integer(u->last_seen), store_integer(u->seen)),
		&rows);

	if (r == 0 && u->chain)
		r = store_execute(s, SQL_UNKNOWN_PUT_CHAIN,
			STORE_VALUES(store_sha256(u->sha256),
				store_blob(u->chain, u->chain_len)));
	if (r < 0)
		return r;
	return store_change_rows(s, SQL_UNKNOWN_PRUNE,
		STORE_VALUES(store_integer(s->options.max_unknown)), &rows);
}

int store_remove_unknown(
	struct store *s, const uint8_t sha256[SHA256_BYTES], bool *ret_removed)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_UNKNOWN_REMOVE,
		STORE_VALUES(store_sha256(sha256)), &rows);

	if (r == 0)
		*ret_removed = rows > 0;
	return r;
}

struct key_rows {
	store_key_fn *fn;
	void *userdata;
};

static int store_take_key(void *userdata, sqlite3_stmt *row)
{
	const struct key_rows *rows = userdata;
	uint8_t sha256[SHA256_BYTES];

	return store_column_sha256(row, 0, sha256)
		? rows->fn(rows->userdata, sha256)
		: 0;
}

int store_each_unknown_key(struct store *s, store_key_fn *fn, void *userdata)
{
	struct key_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(
		s, SQL_UNKNOWN_KEYS, STORE_NO_VALUES, store_take_key, &rows);
}

struct unknown_rows {
	store_unknown_fn *fn;
	void *userdata;
};

static int store_take_unknown(void *userdata, sqlite3_stmt *row)
{
	const struct unknown_rows *rows = userdata;
	struct store_unknown u = {
		.chain = sqlite3_column_blob(row, 1),
		.chain_len = (size_t)sqlite3_column_bytes(row, 1),
		.results = store_column_text(row, 2),
		.hosts = store_column_text(row, 3),
		.purposes = store_column_text(row, 4),
		.reporters = store_column_text(row, 5),
		.first_seen = sqlite3_column_int64(row, 6),
		.last_seen = sqlite3_column_int64(row, 7),
		.seen = sqlite3_column_int64(row, 8),
	};

	if (!store_column_sha256(row, 0, u.sha256))
		return 0;
	return rows->fn(rows->userdata, &u);
}

int store_each_unknown(struct store *s, store_unknown_fn *fn, void *userdata)
{
	struct unknown_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_UNKNOWN_EACH, STORE_NO_VALUES,
		store_take_unknown, &rows);
}
