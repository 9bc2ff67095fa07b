/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-json.h"

#include <errno.h>

#include "daemon/certprovctl/output/view.h"
#include "lib/varlink/json-fields.h"

/* Takes the value. */
static int check_json_print_line(const struct check_file *f, size_t version,
	const char *member, cJSON *value, const struct screen *s)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *line = NULL;
	int r = 0;

	json_put_string(&w, "file", f->name);
	json_put_string(&w, "firmware", matrix_version(f->matrix, version));
	json_put_item(&w, member, value);
	r = json_take(&w, &line);
	return r < 0 ? r : view_print_json(s, line);
}

static int check_json_print_version(
	const struct check_file *f, size_t version, const struct screen *s)
{
	const struct outcome *o = NULL;
	size_t of = 0;
	size_t i = 0;
	int r = 0;

	while (r == 0 && (o = matrix_next(f->matrix, &i, &of)))
		if (of == version)
			r = check_json_print_line(
				f, version, "outcome", outcome_encode(o), s);
	return r < 0
		? r
		: check_json_print_line(f, version, "result",
			  cJSON_CreateString(check_file_result(f, version)), s);
}

int check_json_print(const struct check_file *f, const struct screen *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < matrix_version_count(f->matrix); i++)
		r = check_json_print_version(f, i, s);
	if (r == 0 && f->counts.not_followed > 0)
		r = check_json_print_line(f, 0, "linksNotFollowed",
			cJSON_CreateNumber((double)f->counts.not_followed), s);
	return r;
}

int check_json_print_skipped(const struct check_list *l, const struct screen *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->skipped_count; i++) {
		CLEANUP(json_done) struct json_writer w = {0};
		CLEANUP(json_free) cJSON *line = NULL;

		json_put_string(&w, "skipped", l->skipped[i].path);
		json_put_string(&w, "reason", l->skipped[i].why);
		r = json_take(&w, &line);
		if (r == 0)
			r = view_print_json(s, line);
	}
	return r;
}
