/* SPDX-License-Identifier: Apache-2.0 */
/* Migrates the database to a schema version, by the steps of store.sql. */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>

struct schema_statement {
	int step;
	const char *sql;
};

/* Made of store.sql, in order. */
static const struct schema_statement schema[] = {
#include "daemon/certprovd/store/store.sql.h"
};

int store_schema_version(void)
{
	return schema[ARRAY_SIZE(schema) - 1].step;
}

int store_schema_migrate(sqlite3 *db, int from, int to)
{
	int result = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	assert(from < to && to <= store_schema_version());

	for (size_t i = 0; result == SQLITE_OK && i < ARRAY_SIZE(schema); i++)
		if (schema[i].step > from && schema[i].step <= to)
			result = sqlite3_exec(
				db, schema[i].sql, NULL, NULL, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (result != SQLITE_OK)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return result;
}
