/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"

/* As they are stored in the database. */
static const char *const role_names[STORE_ROLE__END] = {
	[STORE_ROLE_ANCHOR] = "anchor",
	[STORE_ROLE_INTERMEDIATE] = "intermediate",
};

static enum store_role store_role_find(const char *name)
{
	for (int i = 0; name && i < STORE_ROLE__END; i++)
		if (string_equal(role_names[i], name))
			return (enum store_role)i;
	return STORE_ROLE_NONE;
}

int store_set_role(struct store *s, const uint8_t sha256[SHA256_BYTES],
	enum store_role role)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_CERTIFICATE_ROLE,
		STORE_VALUES(
			store_sha256(sha256), store_text(role_names[role])),
		&rows);

	if (r == 0 && rows > 0)
		store_touch(s);
	return r;
}

/* Counting takes the longer the more there are. -EDQUOT when a certificate that
 * has no row may not have one. */
static int store_find_room(struct store *s, const uint8_t sha256[SHA256_BYTES])
{
	int64_t there = 0;
	int64_t count = 0;
	int r = store_query_integer(s, SQL_CERTIFICATE_THERE,
		STORE_VALUES(store_sha256(sha256)), &there);

	if (r == 0)
		r = store_query_integer(
			s, SQL_CERTIFICATE_COUNT, STORE_NO_VALUES, &count);
	if (r < 0)
		return r;
	s->room = (int64_t)s->options.max_servers - count;
	return s->room > 0 || there > 0 ? 0 : -EDQUOT;
}

int store_add_certificate(
	struct store *s, const struct store_certificate *c, bool *ret_added)
{
	uint8_t sha256[SHA256_BYTES];
	int rows = 0;
	int r = digest_sha256(c->der, c->der_len, sha256);

	if (r < 0)
		return r;
	if (memcmp(sha256, c->sha256, sizeof(sha256)) != 0)
		return -EINVAL;
	if (s->room <= 0)
		r = store_find_room(s, c->sha256);
	if (r < 0)
		return r;

	r = store_change_rows(s, SQL_CERTIFICATE_ADD,
		STORE_VALUES(store_sha256(c->sha256),
			store_blob(c->der, c->der_len), store_text(c->origin),
			store_text(c->url), store_text(c->document),
			store_integer(c->line), store_integer(c->run),
			store_integer(c->added),
			store_integer(c->authenticated),
			store_text(role_names[c->role])),
		&rows);
	if (r < 0)
		return r;
	if (rows > 0) {
		store_touch(s);
		s->room--;
	}
	*ret_added = rows > 0;
	return 0;
}

int store_set_refused(
	struct store *s, const uint8_t sha256[SHA256_BYTES], const char *result)
{
	return store_execute(s, SQL_CERTIFICATE_REFUSE,
		STORE_VALUES(store_sha256(sha256), store_text(result)));
}

int store_remove_certificate(
	struct store *s, const uint8_t sha256[SHA256_BYTES], bool *ret_removed)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_CERTIFICATE_REMOVE,
		STORE_VALUES(store_sha256(sha256)), &rows);

	if (r < 0)
		return r;
	if (rows > 0)
		store_touch(s);
	*ret_removed = rows > 0;
	return 0;
}

/* A row that is not what its key says. */
struct damaged_row {
	int64_t number;
	char sha256[SHA256_HEX_SIZE];
};

struct certificate_rows {
	store_certificate_fn *fn;
	void *userdata;
	struct damaged_row *damaged;
	size_t damaged_count;
	bool any;
};

static int store_note_damaged(struct certificate_rows *rows, sqlite3_stmt *row)
{
	const uint8_t *key = sqlite3_column_blob(row, 0);
	size_t len = (size_t)sqlite3_column_bytes(row, 0);
	struct damaged_row *more = realloc(
		rows->damaged, (rows->damaged_count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	rows->damaged = more;
	more += rows->damaged_count++;
	*more = (struct damaged_row){.number = sqlite3_column_int64(row, 9)};
	hex_format(key, len < SHA256_BYTES ? len : SHA256_BYTES, more->sha256);
	return 0;
}

static int store_take_certificate(void *userdata, sqlite3_stmt *row)
{
	struct certificate_rows *rows = userdata;
	struct store_certificate c = {
		.der = sqlite3_column_blob(row, 1),
		.der_len = (size_t)sqlite3_column_bytes(row, 1),
		.origin = store_column_text(row, 2),
		.url = store_column_text(row, 3),
		.document = store_column_text(row, 4),
		.line = sqlite3_column_int64(row, 5),
		.run = sqlite3_column_int64(row, 6),
		.added = sqlite3_column_int64(row, 7),
		.authenticated = sqlite3_column_int64(row, 8) != 0,
		.role = store_role_find(store_column_text(row, 10)),
		.missing_run = sqlite3_column_int64(row, 11),
		.missing_since = sqlite3_column_int64(row, 12),
		.found_run = sqlite3_column_int64(row, 13),
		.found_at = sqlite3_column_int64(row, 14),
		.refused = store_column_text(row, 15),
	};
	uint8_t sha256[SHA256_BYTES];
	int r = digest_sha256(c.der, c.der_len, sha256);

	if (r < 0)
		return r;
	/* A byte of flash gone wrong must not become another anchor. */
	if (!store_column_sha256(row, 0, c.sha256) ||
		memcmp(sha256, c.sha256, sizeof(sha256)) != 0)
		return store_note_damaged(rows, row);
	rows->any = true;
	return rows->fn(rows->userdata, &c);
}

static int store_move_to_quarantine(
	struct store *s, const struct damaged_row *row)
{
	int r = store_execute(s, SQL_QUARANTINE_ADD,
		STORE_VALUES(store_integer(row->number),
			store_integer(s->options.now)));

	if (r == 0)
		r = store_execute(s, SQL_QUARANTINE_REMOVE,
			STORE_VALUES(store_integer(row->number)));
	if (r == 0)
		r = store_execute(s, SQL_QUARANTINE_PRUNE,
			STORE_VALUES(store_integer(STORE_MAX_QUARANTINED)));
	store_touch(s);
	return r;
}

/* They are no longer trusted, whether or not this can be written. */
static int store_quarantine(
	struct store *s, const struct certificate_rows *rows)
{
	bool own = !s->in_transaction;
	int r = 0;

	for (size_t i = 0; i < rows->damaged_count; i++)
		store_tell(s,
			&(struct store_event){.kind = STORE_QUARANTINED,
				.sha256 = rows->damaged[i].sha256,
				.path = s->path,
				.text = "A stored certificate is damaged: it "
					"is no longer trusted and is kept "
					"apart."});
	if (rows->damaged_count == 0 || s->read_only)
		return 0;
	if (own)
		r = store_begin(s);
	for (size_t i = 0; r == 0 && i < rows->damaged_count; i++)
		r = store_move_to_quarantine(s, &rows->damaged[i]);
	if (own && s->in_transaction)
		r = store_commit(s);
	if (r < 0 && own) {
		(void)store_say(s, STORE_WRITE_FAILED, r, s->path,
			"A damaged certificate could not be moved to "
			"quarantine; it is not trusted anyway.");
		return 0;
	}
	return r;
}

static int store_query_certificates(struct store *s, enum statement statement,
	const struct store_value *values, size_t count,
	struct certificate_rows *rows)
{
	int r = store_query(
		s, statement, values, count, store_take_certificate, rows);
	int failed = store_quarantine(s, rows);

	free(rows->damaged);
	rows->damaged = NULL;
	return r != 0 ? r : failed;
}

int store_each_certificate(
	struct store *s, store_certificate_fn *fn, void *userdata)
{
	struct certificate_rows rows = {.fn = fn, .userdata = userdata};

	return store_query_certificates(
		s, SQL_CERTIFICATE_EACH, STORE_NO_VALUES, &rows);
}

int store_each_without_role(
	struct store *s, store_certificate_fn *fn, void *userdata)
{
	struct certificate_rows rows = {.fn = fn, .userdata = userdata};

	return store_query_certificates(s, SQL_CERTIFICATE_WITHOUT_ROLE,
		STORE_VALUES(store_text(STORE_ORIGIN_EXCEPTION)), &rows);
}

int store_find_certificate(struct store *s, const uint8_t sha256[SHA256_BYTES],
	store_certificate_fn *fn, void *userdata)
{
	struct certificate_rows rows = {.fn = fn, .userdata = userdata};
	int r = store_query_certificates(s, SQL_CERTIFICATE_FIND,
		STORE_VALUES(store_sha256(sha256)), &rows);

	return r == 0 && !rows.any ? -ENOENT : r;
}

struct store_certificates_seen {
	int64_t run;
	int64_t time;
};

static int store_take_seen(void *userdata, sqlite3_stmt *row)
{
	struct store_certificates_seen *seen = userdata;

	seen->run = sqlite3_column_int64(row, 0);
	seen->time = sqlite3_column_int64(row, 1);
	return 0;
}

int store_certificate_seen(struct store *s, const uint8_t sha256[SHA256_BYTES],
	int64_t *ret_run, int64_t *ret_time)
{
	char hex[SHA256_HEX_SIZE];
	struct store_certificates_seen seen = {0};
	int r = 0;

	hex_format(sha256, SHA256_BYTES, hex);
	r = store_query(s, SQL_CERTIFICATE_SEEN, STORE_VALUES(store_text(hex)),
		store_take_seen, &seen);
	if (r < 0)
		return r;
	if (seen.run == 0)
		return -ENOENT;
	*ret_run = seen.run;
	*ret_time = seen.time;
	return 0;
}

/* Asked first, because a broken foreign key would end the transaction. */
static int store_must_be_stored(
	struct store *s, const uint8_t sha256[SHA256_BYTES])
{
	int64_t count = 0;
	int r = store_query_integer(s, SQL_CERTIFICATE_THERE,
		STORE_VALUES(store_sha256(sha256)), &count);

	return r == 0 && count == 0 ? -ENOENT : r;
}

static int store_exceptions_fit(
	struct store *s, const struct store_exception *e)
{
	int64_t all = 0;
	int64_t each = 0;
	int r = store_query_integer(
		s, SQL_EXCEPTION_COUNT, STORE_NO_VALUES, &all);

	if (r == 0)
		r = store_query_integer(s, SQL_EXCEPTION_COUNT_OF,
			STORE_VALUES(store_sha256(e->sha256)), &each);
	if (r < 0)
		return r;
	return all < TRUST_MAX_EXCEPTIONS && each < STORE_MAX_EXCEPTIONS_EACH
		? 0
		: -EDQUOT;
}

int store_put_exception(struct store *s, const struct store_exception *e)
{
	const char *host = e->host ? e->host : "";
	int64_t there = 0;
	int rows = 0;
	int r = store_must_be_stored(s, e->sha256);

	if (r == 0)
		r = store_query_integer(s, SQL_EXCEPTION_THERE,
			STORE_VALUES(store_sha256(e->sha256), store_text(host)),
			&there);
	if (r == 0 && there == 0)
		r = store_exceptions_fit(s, e);
	if (r < 0)
		return r;
	r = store_change_rows(s, SQL_EXCEPTION_PUT,
		STORE_VALUES(store_sha256(e->sha256), store_text(host),
			store_integer(e->expires), store_text(e->results),
			store_integer(e->added), store_text(e->who)),
		&rows);
	if (r == 0)
		store_touch(s);
	return r;
}

/* When exceptions go, certificates that were stored only for them go too. */
static int store_follow_exceptions(struct store *s, int rows)
{
	if (rows == 0)
		return 0;
	store_touch(s);
	return store_execute(s, SQL_CERTIFICATE_PRUNE, STORE_NO_VALUES);
}

int store_remove_exception(struct store *s, const uint8_t sha256[SHA256_BYTES],
	const char *host, bool *ret_removed)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_EXCEPTION_REMOVE,
		STORE_VALUES(
			store_sha256(sha256), store_text(host ? host : "")),
		&rows);

	if (r == 0)
		r = store_follow_exceptions(s, rows);
	if (r < 0)
		return r;
	*ret_removed = rows > 0;
	return 0;
}

int store_drop_expired_exceptions(
	struct store *s, int64_t now, unsigned *ret_dropped)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_EXCEPTION_EXPIRE,
		STORE_VALUES(store_integer(now)), &rows);

	if (r == 0)
		r = store_follow_exceptions(s, rows);
	if (r < 0)
		return r;
	*ret_dropped = (unsigned)rows;
	return 0;
}

struct exception_rows {
	store_exception_fn *fn;
	void *userdata;
};

static int store_take_exception(void *userdata, sqlite3_stmt *row)
{
	const struct exception_rows *rows = userdata;
	const char *host = store_column_text(row, 1);
	struct store_exception e = {
		.host = host && *host ? host : NULL,
		.expires = sqlite3_column_int64(row, 2),
		.results = store_column_text(row, 3),
		.added = sqlite3_column_int64(row, 4),
		.who = store_column_text(row, 5),
	};

	if (!store_column_sha256(row, 0, e.sha256))
		return 0;
	return rows->fn(rows->userdata, &e);
}

int store_each_exception(
	struct store *s, store_exception_fn *fn, void *userdata)
{
	struct exception_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_EXCEPTION_EACH, STORE_NO_VALUES,
		store_take_exception, &rows);
}

int store_exceptions_of(struct store *s, const uint8_t sha256[SHA256_BYTES],
	store_exception_fn *fn, void *userdata)
{
	struct exception_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_EXCEPTION_OF,
		STORE_VALUES(store_sha256(sha256)), store_take_exception,
		&rows);
}

int store_put_validator(struct store *s, const struct store_validator *v)
{
	int rows = 0;
	int r = store_must_be_stored(s, v->sha256);

	if (r < 0 || strlen(v->value) > STORE_MAX_VALIDATOR_BYTES)
		return r;
	r = store_change_rows(s, SQL_VALIDATOR_PUT,
		STORE_VALUES(store_sha256(v->url), store_sha256(v->sha256),
			store_text(v->value)),
		&rows);
	return r < 0
		? r
		: store_execute(s, SQL_VALIDATOR_PRUNE,
			  STORE_VALUES(store_integer(STORE_MAX_VALIDATORS)));
}

struct validator_rows {
	store_validator_fn *fn;
	void *userdata;
};

static int store_take_validator(void *userdata, sqlite3_stmt *row)
{
	const struct validator_rows *rows = userdata;
	struct store_validator v = {.value = store_column_text(row, 2)};

	if (!store_column_sha256(row, 0, v.url) ||
		!store_column_sha256(row, 1, v.sha256))
		return 0;
	return rows->fn(rows->userdata, &v);
}

int store_each_validator(
	struct store *s, store_validator_fn *fn, void *userdata)
{
	struct validator_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_VALIDATOR_EACH, STORE_NO_VALUES,
		store_take_validator, &rows);
}
