/* SPDX-License-Identifier: Apache-2.0 */
/* What runs find of the server certificates, and what they no longer find. No
 * change of trust. */
#include "daemon/certprovd/store/store-internal.h"

#include <errno.h>

#include "lib/base/hex.h"

int store_note_found(struct store *s, const struct store_finding *f)
{
	return store_execute(s, SQL_CERTIFICATE_FOUND,
		STORE_VALUES(store_sha256(f->sha256), store_sha256(f->source),
			store_integer(f->authenticated)));
}

int store_note_missing(struct store *s, const uint8_t sha256[SHA256_BYTES],
	int64_t run, int64_t when)
{
	char hex[SHA256_HEX_SIZE];

	hex_format(sha256, SHA256_BYTES, hex);
	return store_execute(s, SQL_CERTIFICATE_MISSING,
		STORE_VALUES(store_sha256(sha256), store_integer(run),
			store_integer(when), store_text(hex)));
}

struct provisioned_rows {
	store_provisioned_fn *fn;
	void *userdata;
	bool any;
};

static int store_take_provisioned(void *userdata, sqlite3_stmt *row)
{
	struct provisioned_rows *rows = userdata;
	struct store_provisioned p = {
		.document = store_column_text(row, 1),
		.url = store_column_text(row, 2),
		.authenticated = sqlite3_column_int64(row, 3) != 0,
		.missing_run = sqlite3_column_int64(row, 5),
		.found_run = sqlite3_column_int64(row, 6),
		.found_at = sqlite3_column_int64(row, 7),
		.found_document = store_column_text(row, 8),
		.found_line = sqlite3_column_int64(row, 9),
	};

	if (!store_column_sha256(row, 0, p.sha256))
		return 0;
	p.has_source = store_column_sha256(row, 4, p.source);
	rows->any = true;
	return rows->fn(rows->userdata, &p);
}

int store_each_provisioned(
	struct store *s, store_provisioned_fn *fn, void *userdata)
{
	struct provisioned_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_PROVISIONED_EACH, STORE_NO_VALUES,
		store_take_provisioned, &rows);
}

int store_find_provisioned(struct store *s, const uint8_t sha256[SHA256_BYTES],
	store_provisioned_fn *fn, void *userdata)
{
	struct provisioned_rows rows = {.fn = fn, .userdata = userdata};
	int r = store_query(s, SQL_PROVISIONED_FIND,
		STORE_VALUES(store_sha256(sha256)), store_take_provisioned,
		&rows);

	return r == 0 && !rows.any ? -ENOENT : r;
}
