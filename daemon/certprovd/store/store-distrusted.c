/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>

int store_add_distrusted(
	struct store *s, const struct store_distrusted *d, bool *ret_added)
{
	int64_t count = 0;
	int rows = 0;
	int r = store_query_integer(
		s, SQL_DISTRUSTED_COUNT, STORE_NO_VALUES, &count);

	assert(d->kind < DISTRUST__END);

	if (r < 0)
		return r;
	if ((d->reason && strlen(d->reason) > STORE_MAX_DISTRUSTED_TEXT) ||
		(d->who && strlen(d->who) > STORE_MAX_DISTRUSTED_TEXT))
		return -EINVAL;
	if (count >= s->options.max_distrusted && !s->opening)
		return -EDQUOT;
	r = store_change_rows(s, SQL_DISTRUSTED_ADD,
		STORE_VALUES(store_integer(d->kind), store_sha256(d->sha256),
			store_text(d->reason), store_integer(d->added),
			store_text(d->who)),
		&rows);
	if (r < 0)
		return r;
	if (rows > 0) {
		store_touch(s);
		s->distrusted_changed = true;
	}
	*ret_added = rows > 0;
	return 0;
}

int store_lift_distrusted(struct store *s, enum distrust_kind kind,
	const uint8_t sha256[SHA256_BYTES], bool *ret_lifted)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_DISTRUSTED_LIFT,
		STORE_VALUES(store_integer(kind), store_sha256(sha256)), &rows);

	if (r < 0)
		return r;
	if (rows > 0) {
		store_touch(s);
		s->distrusted_changed = true;
	}
	*ret_lifted = rows > 0;
	return 0;
}

struct distrusted_rows {
	store_distrusted_fn *fn;
	void *userdata;
};

static int store_take_distrusted(void *userdata, sqlite3_stmt *row)
{
	const struct distrusted_rows *rows = userdata;
	int64_t kind = sqlite3_column_int64(row, 0);
	struct store_distrusted d = {
		.reason = store_column_text(row, 2),
		.added = sqlite3_column_int64(row, 3),
		.who = store_column_text(row, 4),
	};

	if (kind < 0 || kind >= DISTRUST__END ||
		!store_column_sha256(row, 1, d.sha256))
		return 0;
	d.kind = (enum distrust_kind)kind;
	return rows->fn(rows->userdata, &d);
}

int store_each_distrusted(
	struct store *s, store_distrusted_fn *fn, void *userdata)
{
	struct distrusted_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_DISTRUSTED_EACH, STORE_NO_VALUES,
		store_take_distrusted, &rows);
}
