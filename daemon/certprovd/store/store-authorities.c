/* SPDX-License-Identifier: Apache-2.0 */
/* The list of the firmware's authorities as it was seen last. It trusts nobody:
 * it is there to tell what came and went. */
#include "daemon/certprovd/store/store-internal.h"

struct authority_rows {
	store_authority_fn *fn;
	void *userdata;
};

static int store_take_authority(void *userdata, sqlite3_stmt *row)
{
	const struct authority_rows *rows = userdata;
	const char *subject = store_column_text(row, 1);
	uint8_t sha256[SHA256_BYTES];

	if (!store_column_sha256(row, 0, sha256))
		return 0;
	return rows->fn(rows->userdata, sha256, subject ? subject : "");
}

int store_each_authority(
	struct store *s, store_authority_fn *fn, void *userdata)
{
	struct authority_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_AUTHORITY_EACH, STORE_NO_VALUES,
		store_take_authority, &rows);
}

int store_put_authority(struct store *s, const uint8_t sha256[SHA256_BYTES],
	const char *subject)
{
	return store_execute(s, SQL_AUTHORITY_PUT,
		STORE_VALUES(store_sha256(sha256), store_text(subject)));
}

int store_remove_authority(struct store *s, const uint8_t sha256[SHA256_BYTES])
{
	return store_execute(
		s, SQL_AUTHORITY_REMOVE, STORE_VALUES(store_sha256(sha256)));
}

int store_clear_authorities(struct store *s)
{
	return store_execute(s, SQL_AUTHORITY_CLEAR, STORE_NO_VALUES);
}
