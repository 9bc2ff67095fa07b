/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/output/table.h"
#include "lib/base/string.h"

/* --- a line a file --- */

enum {
	COLUMN_FILE,
	COLUMN_OUTCOME,
	COLUMN_ACCEPTED,
	COLUMN_REFUSED,
	COLUMN_WARNINGS,
	COLUMN_PHONE,
	COLUMN__END,
};

static const struct column columns[COLUMN__END] = {
	[COLUMN_FILE] = {.title = "File", .fit = FIT_TAIL, .least = 14},
	[COLUMN_OUTCOME] = {.title = "Outcome", .fit = FIT_WHOLE},
	[COLUMN_ACCEPTED] = {.title = "Accepted", .right = true},
	[COLUMN_REFUSED] = {.title = "Refused", .right = true},
	[COLUMN_WARNINGS] = {.title = "Warnings", .right = true},
	[COLUMN_PHONE] = {.title = "Phone", .fit = FIT_WRAP, .least = 12},
};

static const char *check_summary_word(const struct check_file *f)
{
	if (f->unread)
		return f->why_unread;
	if (!f->worst)
		return f->counts.accepted > 0 ? "accepted" : "no certificate";
	if (f->worst_state == MATRIX_WARNED)
		return f->worst->warnings[0].identifier;
	return outcome_result_name(f->worst);
}

static enum style check_summary_style(const struct check_file *f)
{
	if (f->unread)
		return STYLE_BAD;
	if (!f->worst)
		return f->counts.accepted > 0 ? STYLE_GOOD : STYLE_PLAIN;
	if (f->worst_state == MATRIX_REFUSED)
		return STYLE_BAD;
	return f->worst_state == MATRIX_WARNED ? STYLE_WARNING : STYLE_PLAIN;
}

static void check_summary_put_number(struct table *t, size_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%zu", n);
	table_put(t, STYLE_PLAIN, text);
}

/* "snomD785 10.1.33.33, 10.1.63.0" */
static int check_summary_put_phone(struct table *t, const struct check_phone *p)
{
	CLEANUP(free) char *all = NULL;
	int r = string_replace(&all, p->type ? p->type : "");

	for (size_t i = 0; r == 0 && i < p->versions.count; i++) {
		CLEANUP(free) char *longer = NULL;

		r = string_format(&longer, "%s%s%s", all,
			i > 0          ? ", "
				: *all ? " "
				       : "",
			p->versions.names[i]);
		SWAP(all, longer);
	}
	table_put(t, STYLE_PLAIN, all);
	return r;
}

static int check_summary_put(struct table *t, const struct check_report *r,
	const struct check_file *f)
{
	table_put(t, STYLE_PLAIN, f->name);
	table_put(t, check_summary_style(f), check_summary_word(f));
	check_summary_put_number(t, f->counts.accepted);
	check_summary_put_number(t, f->counts.refused);
	check_summary_put_number(t, f->counts.warned);
	return r->has_phones ? check_summary_put_phone(t, f->phone) : 0;
}

static bool check_summary_is_wanted(
	const struct check_report *r, const struct check_file *f)
{
	return r->rows != CHECK_ROWS_PROBLEMS ||
		(f->worst && f->worst_state != MATRIX_SKIPPED);
}

static int check_summary_print_files(
	const struct check_report *report, const struct screen *s)
{
	CLEANUP(table_free) struct table *t = NULL;
	int r = table_new(columns, COLUMN__END - !report->has_phones, &t);

	for (size_t i = 0; r == 0 && i < report->count; i++)
		if (check_summary_is_wanted(report, &report->files[i]))
			r = check_summary_put(t, report, &report->files[i]);
	return r < 0 || table_rows(t) == 0 ? r : table_print(t, s);
}

/* --- what there is to say of all --- */

static int check_summary_print_problems(
	const struct check_report *report, const struct screen *s)
{
	CLEANUP(problems_done) struct problems problems = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < report->count; i++)
		r = problems_add(&problems, report->files[i].matrix, i);
	if (r < 0)
		return r;
	problems_group(&problems);
	return check_text_problems(&problems, s);
}

static int check_summary_print_rows(
	const struct check_report *report, const struct screen *s)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < report->count; i++) {
		(void)fprintf(s->out, "\n%s\n\n", report->files[i].name);
		r = check_text_matrix(
			report->files[i].matrix, CHECK_ROWS_ALL, s);
		if (r == 0)
			(void)fputs("There is nothing in it.\n", s->out);
	}
	return r < 0 ? r : 0;
}

/* --- at the end --- */

static int check_summary_print_skipped(
	const struct check_report *report, const struct screen *s)
{
	static const struct column skipped[] = {
		{.title = "Not checked", .fit = FIT_TAIL, .least = 14},
		{.title = "Why", .fit = FIT_WRAP, .least = 20},
	};
	CLEANUP(table_free) struct table *t = NULL;
	const struct check_list *l = report->list;
	int r = 0;

	if (l->skipped_count == 0)
		return 0;
	if (report->rows != CHECK_ROWS_ALL) {
		(void)fprintf(s->out,
			"\nPassed over in directories: %zu (--verbose says "
			"what and why)\n",
			l->skipped_count);
		return 0;
	}
	r = table_new(skipped, ARRAY_SIZE(skipped), &t);
	for (size_t i = 0; r == 0 && i < l->skipped_count; i++) {
		table_put(t, STYLE_PLAIN, l->skipped[i].path);
		table_put(t, STYLE_PLAIN, l->skipped[i].why);
	}
	if (r < 0)
		return r;
	(void)fputc('\n', s->out);
	return table_print(t, s);
}

static struct check_counts check_summary_add(const struct check_report *report)
{
	struct check_counts all = {0};

	for (size_t i = 0; i < report->count; i++) {
		all.refused += report->files[i].counts.refused;
		all.skipped += report->files[i].counts.skipped;
		all.not_followed += report->files[i].counts.not_followed;
	}
	return all;
}

static int check_summary_print_notes(
	const struct check_report *report, const struct screen *s)
{
	struct check_counts all = check_summary_add(report);

	if (all.not_followed > 0)
		(void)fprintf(s->out,
			"\nLinked documents that were not checked: %zu (--follow)\n",
			all.not_followed);
	if (all.skipped > 0)
		(void)fprintf(s->out,
			"\nNot fetched, because of --offline: %zu\n",
			all.skipped);
	return check_summary_print_skipped(report, s);
}

/* "3 files: 1 without problems, 1 with refusals, 1 that could not be read" */
static void check_summary_print_sum(
	const struct check_report *report, const struct screen *s)
{
	size_t unread = 0;
	size_t refused = 0;

	for (size_t i = 0; i < report->count; i++) {
		const struct check_file *f = &report->files[i];

		unread += f->unread;
		refused += !f->unread && f->counts.refused > 0;
	}
	(void)fprintf(s->out,
		"\nFiles: %zu; nothing refused in: %zu; something refused in: "
		"%zu; could not be read: %zu\n",
		report->count, report->count - unread - refused, refused,
		unread);
}

static int check_summary_print_one(
	const struct check_report *report, const struct screen *s)
{
	int r = check_text_matrix(report->files[0].matrix, report->rows, s);

	if (r == 0)
		(void)fputs(report->rows == CHECK_ROWS_PROBLEMS
				? "There is no problem in it.\n"
				: "There is no certificate in it.\n",
			s->out);
	return r < 0 ? r : check_summary_print_problems(report, s);
}

int check_summary_print(
	const struct check_report *report, const struct screen *s)
{
	int r = 0;

	if (report->one) {
		r = check_summary_print_one(report, s);
	} else {
		r = check_summary_print_files(report, s);
		if (r == 0)
			r = check_summary_print_problems(report, s);
		if (r == 0 && report->rows == CHECK_ROWS_ALL)
			r = check_summary_print_rows(report, s);
		if (r == 0)
			check_summary_print_sum(report, s);
	}
	return r < 0 ? r : check_summary_print_notes(report, s);
}
