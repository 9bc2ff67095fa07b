/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/listing.h"

#include <errno.h>

struct listing_rows {
	const struct listing *listing;
	struct table *table;
};

static int listing_add_all(struct table *table, const cJSON *array)
{
	const cJSON *row = NULL;
	int r = 0;

	cJSON_ArrayForEach(row, array)
	{
		r = view_add(table, row);
		if (r < 0)
			break;
	}
	return r;
}

static enum exit_status listing_on_reply(
	struct session *s, const cJSON *parameters, void *userdata)
{
	struct listing_rows *rows = userdata;
	const struct listing *l = rows->listing;
	const cJSON *item = parameters;
	int r = 0;

	if (session_json(s))
		return EXIT_COMPLETE;
	if (l->member)
		item = cJSON_GetObjectItemCaseSensitive(parameters, l->member);
	if (l->many)
		r = listing_add_all(rows->table, item);
	else if (cJSON_IsObject(item))
		r = view_add(rows->table, item);
	return r < 0 ? session_trouble(s, "the reply", r) : EXIT_COMPLETE;
}

static enum exit_status listing_print(
	struct session *s, const struct listing_rows *rows)
{
	int r = 0;

	if (table_rows(rows->table) == 0) {
		(void)fprintf(s->screen.out, "%s\n", rows->listing->none);
		return EXIT_COMPLETE;
	}
	r = rows->listing->block ? table_print_blocks(rows->table, &s->screen)
				 : table_print(rows->table, &s->screen);
	return session_printed(s, r);
}

enum exit_status listing_run(struct session *s, const struct listing *l,
	const struct service_parameters *with)
{
	CLEANUP(table_free) struct table *table = NULL;
	struct listing_rows rows = {.listing = l};
	struct service_call call = {
		.service = l->service,
		.method = l->method,
		.more = l->more,
		.reply = listing_on_reply,
		.userdata = &rows,
	};
	enum exit_status status = EXIT_COMPLETE;
	int r = table_new(l->columns, l->column_count, &table);

	if (r < 0)
		return session_trouble(s, "printing", r);
	rows.table = table;
	if (with)
		call.with = *with;
	status = service_call(s, &call);
	return status || session_json(s) ? status : listing_print(s, &rows);
}
