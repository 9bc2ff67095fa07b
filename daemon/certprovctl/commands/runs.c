/* SPDX-License-Identifier: Apache-2.0 */
/* runs, report, cancel, history. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/session/listing.h"
#include "daemon/certprovctl/session/outcomes.h"
#include "lib/varlink/json-fields.h"

#define MAX_NUMBER 9007199254740991

/* A whole number of a word or an option; negative when it is none. */
static int64_t runs_number_of(const char *text)
{
	char *end = NULL;
	long long value = 0;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno || *end || value > MAX_NUMBER ? -EINVAL : (int64_t)value;
}

/* --- runs --- */

static int runs_make_result(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *result = view_text(row, member);
	const char *dry = view_flag(row, "dryRun") ? " (dry run)" : "";

	switch (result ? outcomes_status(row) : EXIT_PARTIAL) {
	case EXIT_COMPLETE:
		ret->style = STYLE_GOOD;
		break;
	case EXIT_PARTIAL:
		ret->style = STYLE_WARNING;
		break;
	case EXIT_FAILED:
	case EXIT_REFUSED:
	case EXIT_NO_DAEMON:
	case EXIT_TROUBLE:
	case EXIT_WRONG_USE:
		ret->style = STYLE_BAD;
		break;
	}
	return format_string(
		&ret->text, "%s%s", result ? result : "under way", dry);
}

static const struct view_column runs_columns[] = {
	{{.title = "Run", .fit = FIT_WHOLE, .right = true}, "id", NULL},
	{{.title = "Started (UTC)", .fit = FIT_WHOLE}, "started", view_time},
	{{.title = "Result", .fit = FIT_WHOLE}, "result", runs_make_result},
	{{.title = "Documents", .fit = FIT_WHOLE, .right = true}, "documents",
		NULL},
	{{.title = "Accepted", .fit = FIT_WHOLE, .right = true}, "accepted",
		NULL},
	{{.title = "Refused", .fit = FIT_WHOLE, .right = true}, "refused",
		NULL},
	{{.title = "From", .fit = FIT_TAIL, .least = 16, .below = true}, "url",
		NULL},
};

enum exit_status command_runs(struct session *s)
{
	static const struct listing listing = {
		.service = SERVICE_ADMIN,
		.method = "ListRuns",
		.member = "runs",
		.many = true,
		.none = "There was no run yet.",
		.columns = runs_columns,
		.column_count = ARRAY_SIZE(runs_columns),
	};

	return listing_run(s, &listing, NULL);
}

/* --- which run --- */

struct runs_choice {
	bool under_way; /* only a run that has no end yet */
	int64_t id;     /* the highest of those that fit; negative: none */
};

static enum exit_status runs_on_runs(
	struct session *s, const cJSON *parameters, void *userdata)
{
	struct runs_choice *choice = userdata;
	const cJSON *run = NULL;

	(void)s;
	cJSON_ArrayForEach(
		run, cJSON_GetObjectItemCaseSensitive(parameters, "runs"))
	{
		int64_t id = view_number(run, "id", -1);

		if (choice->under_way && view_text(run, "finished"))
			continue;
		if (id > choice->id)
			choice->id = id;
	}
	return EXIT_COMPLETE;
}

/* The run that is named, or else the one that is meant. */
static enum exit_status runs_choose_run(
	struct session *s, bool under_way, int64_t *ret)
{
	struct runs_choice choice = {.under_way = under_way, .id = -1};
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "ListRuns",
		.quiet = true,
		.reply = runs_on_runs,
		.userdata = &choice,
	};
	const char *word = session_word(s, 0);
	enum exit_status status = EXIT_COMPLETE;

	if (word) {
		*ret = runs_number_of(word);
		return *ret >= 0
			? EXIT_COMPLETE
			: session_wrong_use(
				  s, "\"%s\" is not the number of a run", word);
	}
	status = service_call(s, &call);
	if (status)
		return status;
	if (choice.id < 0) {
		screen_complain(&s->screen,
			under_way ? "no run is under way"
				  : "there was no run yet",
			under_way ? NULL : "Start one: certprovctl provision");
		return EXIT_REFUSED;
	}
	*ret = choice.id;
	return EXIT_COMPLETE;
}

static enum exit_status runs_put_id(
	const struct session *s, int64_t id, cJSON **ret)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_int(&w, "id", id);
	return json_take(&w, ret) < 0
		? session_trouble(s, "asking certprovd", -ENOMEM)
		: EXIT_COMPLETE;
}

/* --- report --- */

static enum exit_status runs_on_report(
	struct session *s, const cJSON *parameters, void *userdata)
{
	struct view *view = userdata;
	const cJSON *run = cJSON_GetObjectItemCaseSensitive(parameters, "run");
	const cJSON *outcome =
		cJSON_GetObjectItemCaseSensitive(parameters, "outcome");
	int r = 0;

	if (session_json(s))
		return EXIT_COMPLETE;
	if (cJSON_IsObject(run))
		r = outcomes_print_run(&s->screen, run);
	if (r == 0 && cJSON_IsObject(outcome))
		r = view_add(view, outcome);
	return r < 0 ? session_trouble(s, "the reply", r) : EXIT_COMPLETE;
}

enum exit_status command_report(struct session *s)
{
	CLEANUP(view_free) struct view *view = NULL;
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "GetRun",
		.more = true,
		.reply = runs_on_report,
	};
	int64_t id = 0;
	enum exit_status status = runs_choose_run(s, false, &id);
	int r = 0;

	if (!status)
		status = runs_put_id(s, id, &call.parameters);
	if (status)
		return status;
	r = view_new(outcome_columns, outcome_column_count, &view);
	if (r < 0) {
		cJSON_Delete(call.parameters);
		return session_trouble(s, "printing", r);
	}
	call.userdata = view;
	status = service_call(s, &call);
	if (status || session_json(s) || view_rows(view) == 0)
		return status;
	(void)fputc('\n', s->screen.out);
	r = view_print(view, &s->screen);
	return session_printed(s, r);
}

/* --- cancel --- */

enum exit_status command_cancel(struct session *s)
{
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "CancelRun",
	};
	int64_t id = 0;
	enum exit_status status = runs_choose_run(s, true, &id);

	if (!status)
		status = runs_put_id(s, id, &call.parameters);
	if (!status)
		status = service_call(s, &call);
	if (!status && !session_json(s))
		(void)fprintf(
			s->screen.out, "run %lld: cancelled\n", (long long)id);
	return status;
}

/* --- history --- */

static const struct view_column history_columns[] = {
	{{.title = "When (UTC)", .fit = FIT_WHOLE}, "when", view_time},
	{{.title = "Who", .fit = FIT_HEAD, .least = 10}, "who", NULL},
	{{.title = "What", .fit = FIT_WRAP, .least = 10}, "what", NULL},
	{{.title = "SHA-256", .fit = FIT_WHOLE}, "sha256", view_fingerprint},
	{{.title = "Name", .fit = FIT_HEAD, .least = 8}, "name", NULL},
	{{.title = "Run", .fit = FIT_WHOLE, .right = true}, "run", NULL},
	{{.title = "Generation", .fit = FIT_WHOLE, .right = true}, "generation",
		NULL},
};

enum exit_status command_history(struct session *s)
{
	static const struct listing listing = {
		.service = SERVICE_ADMIN,
		.method = "History",
		.member = "change",
		.more = true,
		.none = "Nothing was changed yet.",
		.columns = history_columns,
		.column_count = ARRAY_SIZE(history_columns),
	};
	CLEANUP(json_done) struct json_writer w = {0};
	const char *limit = s->arguments.value[OPTION_LIMIT];
	int64_t count = limit ? runs_number_of(limit) : 1;
	cJSON *parameters = NULL;

	if (count < 1)
		return session_wrong_use(
			s, "--limit is a number from 1, not \"%s\"", limit);
	if (limit)
		json_put_int(&w, "limit", count);
	if (json_take(&w, &parameters) < 0)
		return session_trouble(s, "asking certprovd", -ENOMEM);
	return listing_run(s, &listing, parameters);
}
