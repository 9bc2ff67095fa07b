/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/outcomes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

/* The outcome of a document names no element: it is about the document. */
static int outcomes_make_place(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	if (!view_text(row, "document"))
		return view_plain(row, "url", ret);
	return view_place(row, member, ret);
}

static const char *outcomes_first_text(
	const cJSON *row, const char *const *members)
{
	const char *text = NULL;

	for (; !text && *members; members++)
		text = view_text(row, *members);
	return text;
}

/* What an outcome is about, in a few words. */
static int outcome_what(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	static const char *const telling[] = {
		"name", "subject", "url", "sha256", NULL};
	const char *kind = view_text(row, "kind");
	const char *text = outcomes_first_text(row, telling);

	(void)member;
	if (!kind)
		kind = "";
	/* Reports are about certificates, so the kind need not be named. */
	if (text && strcmp(kind, "certificate") == 0)
		return string_replace(&ret->text, text);
	return string_format(
		&ret->text, "%s%s%s", kind, text ? " " : "", text ? text : "");
}

static bool outcomes_is_withdrawn(const cJSON *row)
{
	const char *result = view_text(row, "result");

	return result &&
		(strcmp(result, "withdrawn") == 0 ||
			strcmp(result, "removed") == 0 ||
			strcmp(result, "would-lock-out") == 0);
}

int outcome_result(const cJSON *row, const char *member, struct view_cell *ret)
{
	bool warned = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(
			      row, "warnings")) > 0;

	if (!view_flag(row, "accepted"))
		ret->style = STYLE_BAD;
	else
		ret->style = warned || outcomes_is_withdrawn(row)
			? STYLE_WARNING
			: STYLE_GOOD;
	return view_plain(row, member, ret);
}

/* Text behind text, with a blank between. */
static int outcomes_append(char **text, const char *more)
{
	CLEANUP(free) char *longer = NULL;

	if (!more || !*more)
		return 0;
	if (string_format(&longer, "%s%s%s", *text ? *text : "",
		    *text && **text ? " " : "", more) < 0)
		return -ENOMEM;
	free(*text);
	*text = TAKE_PTR(longer);
	return 0;
}

/* "identifier: sentence" of each, with its remedy or without. */
static int outcomes_append_warnings(
	const cJSON *list, bool with_remedy, char **text)
{
	const cJSON *item = NULL;
	int r = 0;

	cJSON_ArrayForEach(item, list)
	{
		CLEANUP(free) char *one = NULL;
		const char *identifier = view_text(item, "identifier");
		const char *sentence = view_text(item, "sentence");

		r = string_format(&one, "%s: %s", identifier ? identifier : "",
			sentence ? sentence : "");
		if (r == 0)
			r = outcomes_append(text, one);
		if (r == 0 && with_remedy)
			r = outcomes_append(text, view_text(item, "remedy"));
		if (r < 0)
			return r;
	}
	return 0;
}

static int outcomes_append_remedies(const cJSON *list, char **text)
{
	const cJSON *item = NULL;
	int r = 0;

	cJSON_ArrayForEach(item, list)
	{
		r = outcomes_append(text, view_text(item, "remedy"));
		if (r < 0)
			return r;
	}
	return 0;
}

int outcome_warnings(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(row, member);

	return outcomes_append_warnings(list, true, &ret->text);
}

/* "Accepted" needs no reason. What a setting is now is news, and what is no
 * longer there. */
static bool outcomes_reason_is_news(const cJSON *row)
{
	const char *kind = view_text(row, "kind");

	return !view_flag(row, "accepted") || outcomes_is_withdrawn(row) ||
		(kind && strcmp(kind, "setting") == 0);
}

static int outcomes_make_reason(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	int r = outcomes_reason_is_news(row)
		? outcomes_append(&ret->text, view_text(row, member))
		: 0;

	return r < 0
		? r
		: outcomes_append_warnings(
			  cJSON_GetObjectItemCaseSensitive(row, "warnings"),
			  false, &ret->text);
}

static int outcomes_make_remedy(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	int r = outcomes_append(&ret->text, view_text(row, member));

	return r < 0
		? r
		: outcomes_append_remedies(
			  cJSON_GetObjectItemCaseSensitive(row, "warnings"),
			  &ret->text);
}

const struct column outcome_columns[] = {
	{"Where", FIT_TAIL, 18, .make = outcomes_make_place},
	{"What", FIT_ENDS, 18, .make = outcome_what},
	{"Outcome", FIT_WHOLE, .member = "result", .make = outcome_result},
	{"Reason", FIT_WRAP, 30, .below = true, .member = "reason",
		.make = outcomes_make_reason},
	{"Remedy", FIT_WRAP, 26, .below = true, .member = "remedy",
		.make = outcomes_make_remedy},
};
const size_t outcome_column_count = ARRAY_SIZE(outcome_columns);

/* --- a run --- */

static int outcomes_make_dry_run(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	return view_flag(row, member) ? view_plain(row, member, ret) : 0;
}

/* A dry run is not kept and has no number. */
static int outcomes_make_id(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	return view_number(row, member, 0) > 0 ? view_plain(row, member, ret)
					       : 0;
}

static int outcomes_make_run_result(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *result = view_text(row, member);

	if (!result)
		return string_replace(&ret->text, "in progress");
	if (strcmp(result, "complete") == 0)
		ret->style = STYLE_GOOD;
	else if (strcmp(result, "partial") == 0)
		ret->style = STYLE_WARNING;
	else
		ret->style = STYLE_BAD;
	return string_replace(&ret->text, result);
}

/* "setting-server, after run 3" */
static int outcomes_make_cause(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *cause = view_text(row, "cause");
	int64_t previous = view_number(row, "previous", 0);

	(void)member;
	if (!cause)
		return 0;
	if (previous == 0)
		return string_replace(&ret->text, cause);
	return string_format(
		&ret->text, "%s, after run %" PRId64, cause, previous);
}

static int outcomes_make_counts(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	(void)member;
	return string_format(&ret->text,
		"%" PRId64 " documents, %" PRId64 " certificates: %" PRId64
		" accepted, %" PRId64 " refused",
		view_number(row, "documents", 0),
		view_number(row, "certificates", 0),
		view_number(row, "accepted", 0),
		view_number(row, "refused", 0));
}

static const struct column run_columns[] = {
	{"Run", .member = "id", .make = outcomes_make_id},
	{"From", .member = "url"},
	{"Named by", .member = "source"},
	{"Began by", .make = outcomes_make_cause},
	{"After", .member = "chain"},
	{"Firmware", .member = "firmware"},
	{"Dry run", .member = "dryRun", .make = outcomes_make_dry_run},
	{"Started", .member = "started", .make = view_time},
	{"Finished", .member = "finished", .make = view_time},
	{"Result", .member = "result", .make = outcomes_make_run_result},
	{"Reason", .member = "reason"},
	{"Next", FIT_WRAP, .member = "next"},
	{"Found", .make = outcomes_make_counts},
	{"Not kept", .member = "omitted"},
};

int outcomes_print_run(const struct screen *s, const cJSON *run)
{
	CLEANUP(table_free) struct table *t = NULL;
	int r = table_new(run_columns, ARRAY_SIZE(run_columns), &t);

	if (r == 0)
		r = view_add(t, run);
	return r < 0 ? r : table_print_blocks(t, s);
}

enum exit_status outcomes_status(const cJSON *run)
{
	const char *result = view_text(run, "result");

	if (!result)
		return EXIT_FAILED;
	if (strcmp(result, "complete") == 0)
		return EXIT_COMPLETE;
	return strcmp(result, "partial") == 0 ? EXIT_PARTIAL : EXIT_FAILED;
}
