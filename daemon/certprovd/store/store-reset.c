/* SPDX-License-Identifier: Apache-2.0 */
/* A factory reset: everything is forgotten but what is distrusted. */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/base/string.h"

/* Tables by name, whatever a later version adds. Of meta, what each database
 * has stays. */
#define TABLES                                                                 \
	"SELECT name FROM sqlite_schema WHERE type = 'table'"                  \
	" AND name NOT IN ('meta', 'distrusted')"                              \
	" AND name NOT LIKE 'sqlite%'"
#define FACTS "DELETE FROM meta WHERE name NOT IN ('store', 'generation')"
#define RESET_MAX_TABLES 64

struct store_reset_tables {
	char *names[RESET_MAX_TABLES];
	size_t count;
};

static void store_reset_tables_done(struct store_reset_tables *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->names[i]);
}
DEFINE_CLEANUP_EMBEDDED(struct store_reset_tables, store_reset_tables_done);

static int store_reset_take_name(
	void *userdata, int count, char **values, char **names)
{
	struct store_reset_tables *t = userdata;

	(void)names;
	if (count < 1 || !values[0] || t->count == RESET_MAX_TABLES)
		return 1;
	return string_replace(&t->names[t->count++], values[0]) < 0;
}

static int store_reset_table(struct store *s, const char *name)
{
	char *text = sqlite3_mprintf("DELETE FROM \"%w\"", name);
	int r = text ? store_exec(s, text) : -ENOMEM;

	sqlite3_free(text);
	return r;
}

static int store_reset_tables(struct store *s)
{
	CLEANUP(store_reset_tables_done) struct store_reset_tables t = {0};
	int r = store_error(s,
		sqlite3_exec(s->db, TABLES, store_reset_take_name, &t, NULL));

	for (size_t i = 0; r == 0 && i < t.count; i++)
		r = store_reset_table(s, t.names[i]);
	return r == 0 ? store_exec(s, FACTS) : r;
}

int store_reset(struct store *s)
{
	int r = 0;

	assert(s->in_transaction);

	/* Before the commit: after it, a damaged database must find none of
	 * what was forgotten. */
	r = store_drop_copies(s);
	if (r == 0)
		r = store_reset_tables(s);
	if (r == 0)
		r = store_set_fact(s, STORE_RESET_UNFINISHED, 1);
	if (r == 0)
		r = store_make_id(s, s->next_id);
	if (r == 0)
		store_touch(s);
	else
		s->next_id[0] = 0;
	return r;
}

int store_reset_done(struct store *s)
{
	int r = store_exec(s, "VACUUM");

	return r == 0 ? store_checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE) : r;
}
