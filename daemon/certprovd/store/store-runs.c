/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/store/store-internal.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/utf8.h"

/* Keep only counts of a report's lines. */
static int store_clear_report(struct store *s, int64_t run)
{
	int r = store_execute(
		s, SQL_REPORT_COUNT_LINES, STORE_VALUES(store_integer(run)));

	if (r == 0)
		r = store_execute(s, SQL_OUTCOME_REMOVE,
			STORE_VALUES(store_integer(run)));
	if (r == 0)
		r = store_execute(
			s, SQL_REPORT_CLEAR, STORE_VALUES(store_integer(run)));
	return r;
}

/* Done at the start of a run, so that no line of it has to look at other
 * reports. */
static int store_make_room_for_a_report(struct store *s)
{
	int64_t total = 0;
	int64_t oldest = 0;
	int r = 0;

	for (;;) {
		r = store_query_integer(
			s, SQL_REPORT_TOTAL, STORE_NO_VALUES, &total);
		if (r < 0 ||
			total <= (int64_t)(STORE_MAX_REPORTS_BYTES -
					 STORE_MAX_REPORT_BYTES))
			return r;
		r = store_query_integer(
			s, SQL_REPORT_OLDEST, STORE_NO_VALUES, &oldest);
		if (r == 0)
			r = store_clear_report(s, oldest);
		if (r < 0)
			return r;
	}
}

int store_run_start(
	struct store *s, const struct store_run *run, int64_t *ret_id)
{
	CLEANUP(free) char *chain = NULL;
	int64_t id = 0;
	int rows = 0;
	int r = 0;

	if (run->chain) {
		chain = cJSON_PrintUnformatted(run->chain);
		if (!chain)
			return -ENOMEM;
	}
	r = store_change_rows(s, SQL_RUN_START,
		STORE_VALUES(store_text(run->url), store_integer(run->started),
			store_integer(run->dry_run), store_text(run->firmware),
			store_text(run->source), store_text(run->cause),
			store_integer(run->previous), store_text(chain)),
		&rows);
	if (r < 0)
		return r;
	id = sqlite3_last_insert_rowid(s->db);
	r = store_change_rows(s, SQL_RUN_PRUNE,
		STORE_VALUES(store_integer(STORE_MAX_RUNS)), &rows);
	if (r == 0)
		r = store_make_room_for_a_report(s);
	if (r == 0)
		*ret_id = id;
	return r;
}

int store_run_outcome(
	struct store *s, int64_t run, const struct store_line *line)
{
	size_t bytes = strlen(line->json) + STORE_REPORT_LINE_BYTES;
	int rows = 0;
	int r = store_change_rows(s, SQL_REPORT_GROW,
		STORE_VALUES(store_integer(run), store_integer((int64_t)bytes),
			store_integer((int64_t)STORE_MAX_REPORT_BYTES)),
		&rows);

	if (r < 0)
		return r;
	if (rows == 0)
		return store_execute(s, SQL_OMITTED_ADD,
			STORE_VALUES(store_integer(run), store_text(line->kind),
				store_text(line->result)));
	return store_execute(s, SQL_OUTCOME_ADD,
		STORE_VALUES(store_integer(run), store_text(line->sha256),
			store_text(line->json)));
}

int store_run_omit(struct store *s, int64_t run, const struct store_line *line,
	int64_t lines)
{
	return store_execute(s, SQL_OMITTED_ADD_LINES,
		STORE_VALUES(store_integer(run), store_text(line->kind),
			store_text(line->result), store_integer(lines)));
}

struct omitted_rows {
	store_omitted_fn *fn;
	void *userdata;
};

static int store_take_omitted(void *userdata, sqlite3_stmt *row)
{
	const struct omitted_rows *rows = userdata;

	return rows->fn(rows->userdata, store_column_text(row, 0),
		store_column_text(row, 1), sqlite3_column_int64(row, 2));
}

int store_each_omitted(
	struct store *s, int64_t run, store_omitted_fn *fn, void *userdata)
{
	struct omitted_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_OMITTED_EACH,
		STORE_VALUES(store_integer(run)), store_take_omitted, &rows);
}

int store_run_finish(struct store *s, const struct store_run *run)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_RUN_FINISH,
		STORE_VALUES(store_integer(run->id), store_text(run->url),
			store_integer(run->finished), store_text(run->result),
			store_text(run->reason), store_integer(run->documents),
			store_integer(run->certificates),
			store_integer(run->accepted),
			store_integer(run->refused), store_integer(run->bytes),
			store_text(run->next)),
		&rows);

	return r == 0 && rows == 0 ? -ENOENT : r;
}

struct run_rows {
	store_run_fn *fn;
	void *userdata;
	bool any;
};

/* What is damaged is left out. */
static cJSON *store_read_chain(const char *json)
{
	cJSON *chain = json ? cJSON_Parse(json) : NULL;

	if (cJSON_IsArray(chain))
		return chain;
	cJSON_Delete(chain);
	return NULL;
}

static int store_take_run(void *userdata, sqlite3_stmt *row)
{
	struct run_rows *rows = userdata;
	cJSON *chain = store_read_chain(store_column_text(row, 18));
	int r = 0;
	struct store_run run = {
		.id = sqlite3_column_int64(row, 0),
		.url = store_column_text(row, 1),
		.started = sqlite3_column_int64(row, 2),
		.finished = sqlite3_column_int64(row, 3),
		.result = store_column_text(row, 4),
		.reason = store_column_text(row, 5),
		.dry_run = sqlite3_column_int64(row, 6) != 0,
		.documents = sqlite3_column_int64(row, 7),
		.certificates = sqlite3_column_int64(row, 8),
		.accepted = sqlite3_column_int64(row, 9),
		.refused = sqlite3_column_int64(row, 10),
		.bytes = sqlite3_column_int64(row, 11),
		.firmware = store_column_text(row, 12),
		.omitted = sqlite3_column_int64(row, 13),
		.last_complete = sqlite3_column_int64(row, 14) != 0,
		.source = store_column_text(row, 15),
		.cause = store_column_text(row, 16),
		.previous = sqlite3_column_int64(row, 17),
		.chain = chain,
		.next = store_column_text(row, 19),
	};

	rows->any = true;
	r = rows->fn(rows->userdata, &run);
	cJSON_Delete(chain);
	return r;
}

int store_each_run(struct store *s, store_run_fn *fn, void *userdata)
{
	struct run_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(
		s, SQL_RUN_EACH, STORE_NO_VALUES, store_take_run, &rows);
}

int store_find_run(
	struct store *s, int64_t id, store_run_fn *fn, void *userdata)
{
	struct run_rows rows = {.fn = fn, .userdata = userdata};
	int r = store_query(s, SQL_RUN_FIND, STORE_VALUES(store_integer(id)),
		store_take_run, &rows);

	return r == 0 && !rows.any ? -ENOENT : r;
}

struct outcome_rows {
	store_outcome_fn *fn;
	void *userdata;
};

static int store_take_outcome(void *userdata, sqlite3_stmt *row)
{
	const struct outcome_rows *rows = userdata;

	return rows->fn(rows->userdata, store_column_text(row, 0));
}

int store_each_outcome(
	struct store *s, int64_t run, store_outcome_fn *fn, void *userdata)
{
	struct outcome_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_OUTCOME_EACH,
		STORE_VALUES(store_integer(run)), store_take_outcome, &rows);
}

struct numbered_outcome_rows {
	store_numbered_outcome_fn *fn;
	void *userdata;
};

static int store_take_numbered_outcome(void *userdata, sqlite3_stmt *row)
{
	const struct numbered_outcome_rows *rows = userdata;

	return rows->fn(rows->userdata, sqlite3_column_int64(row, 1),
		store_column_text(row, 0));
}

int store_next_outcomes(struct store *s, int64_t run, int64_t after,
	unsigned limit, store_numbered_outcome_fn *fn, void *userdata)
{
	struct numbered_outcome_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_OUTCOME_NEXT,
		STORE_VALUES(store_integer(run), store_integer(after),
			store_integer(limit)),
		store_take_numbered_outcome, &rows);
}

/* A stranger may have chosen the subject: truncate it between characters. */
static struct store_value store_value_truncated(const char *text)
{
	struct store_value v = store_text(text);

	if (v.len > STORE_MAX_CHANGE_TEXT)
		v.len = utf8_valid_bytes(text, STORE_MAX_CHANGE_TEXT);
	return v;
}

int store_add_change(struct store *s, const struct store_change *change)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_CHANGE_ADD,
		STORE_VALUES(store_integer(change->when),
			store_value_truncated(change->who),
			store_value_truncated(change->what),
			store_text(change->sha256),
			store_value_truncated(change->name),
			store_integer(change->run)),
		&rows);

	if (r == 0)
		s->history_changed = true;
	return r;
}

struct change_rows {
	store_change_fn *fn;
	void *userdata;
};

static int store_take_change(void *userdata, sqlite3_stmt *row)
{
	const struct change_rows *rows = userdata;
	struct store_change change = {
		.when = sqlite3_column_int64(row, 0),
		.who = store_column_text(row, 1),
		.what = store_column_text(row, 2),
		.sha256 = store_column_text(row, 3),
		.name = store_column_text(row, 4),
		.run = sqlite3_column_int64(row, 5),
		.generation = (uint64_t)sqlite3_column_int64(row, 6),
	};

	return rows->fn(rows->userdata, &change);
}

int store_each_change(
	struct store *s, unsigned limit, store_change_fn *fn, void *userdata)
{
	struct change_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_CHANGE_EACH,
		STORE_VALUES(store_integer(limit)), store_take_change, &rows);
}
