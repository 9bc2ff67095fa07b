/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioning runs and what they changed: provision, runs, report, cancel,
 * history. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/check/document-file.h"
#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/progress.h"
#include "daemon/certprovctl/session/listing.h"
#include "daemon/certprovctl/session/outcomes.h"
#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"

#define MAX_NUMBER 9007199254740991

/* The number in a word or an option; negative if it is not one. */
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

/* --- provision --- */

/* What the replies about a run have said so far. */
struct watching {
	struct table *table;
	struct progress progress;
	cJSON *run; /* how it ended */
};

static void runs_watching_done(struct watching *w)
{
	table_free(w->table);
	json_free(w->run);
}
DEFINE_CLEANUP_EMBEDDED(struct watching, runs_watching_done);

static enum exit_status runs_keep_run(
	struct session *s, struct watching *w, const cJSON *run)
{
	json_free(w->run);
	w->run = cJSON_Duplicate(run, true);
	return w->run ? EXIT_COMPLETE
		      : session_trouble(s, "the reply", -ENOMEM);
}

static enum exit_status runs_on_progress(
	struct session *s, const cJSON *parameters, void *userdata)
{
	struct watching *w = userdata;
	const cJSON *run = cJSON_GetObjectItemCaseSensitive(parameters, "run");
	const cJSON *outcome =
		cJSON_GetObjectItemCaseSensitive(parameters, "outcome");
	const char *phase = view_text(parameters, "phase");
	int r = 0;

	if (!session_json(s) && phase)
		progress_show(&w->progress, phase,
			view_number(parameters, "done", 0),
			view_number(parameters, "total", 0));
	if (!session_json(s) && cJSON_IsObject(outcome))
		r = view_add(w->table, outcome);
	if (r < 0)
		return session_trouble(s, "the reply", r);
	return cJSON_IsObject(run) ? runs_keep_run(s, w, run) : EXIT_COMPLETE;
}

static enum exit_status runs_print_report(
	struct session *s, const struct watching *w)
{
	int r = 0;

	if (table_rows(w->table) > 0) {
		r = table_print(w->table, &s->screen);
		(void)fputc('\n', s->screen.out);
	}
	if (r == 0 && w->run)
		r = outcomes_print_run(&s->screen, w->run);
	return session_printed(s, r);
}

static enum exit_status runs_watch(
	struct session *s, const struct service_parameters *with, int *fd)
{
	CLEANUP(runs_watching_done)
	struct watching w = {.progress = {.screen = &s->screen}};
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "Provision",
		.more = true,
		.patient = true,
		.with = *with,
		.fd = *fd >= 0 ? fd : NULL,
		.reply = runs_on_progress,
		.userdata = &w,
	};
	enum exit_status status = EXIT_COMPLETE;
	int r = table_new(outcome_columns, outcome_column_count, &w.table);

	if (r < 0)
		return session_trouble(s, "printing", r);
	status = service_call(s, &call);
	progress_end(&w.progress);
	/* Outcomes that arrived before the connection broke are printed too. */
	if (!session_json(s)) {
		enum exit_status printed = runs_print_report(s, &w);

		if (!status)
			status = printed;
	}
	return status ? status : outcomes_status(w.run);
}

/* The document, or nothing and its descriptor. */
static enum exit_status runs_read_document(const struct session *s,
	const char *path, struct bytes *ret, int *ret_fd)
{
	CLEANUP(bytes_done) struct bytes document = {0};
	int r = document_file_read(path, &document);

	if (r == 0 && !document_file_fits_inline(&document))
		r = document_file_seal(&document, ret_fd);
	else if (r == 0)
		*ret = TAKE_OBJECT(document);
	if (r == -ENOENT) {
		screen_complainf(&s->screen,
			"A URL begins with http:// or https://.",
			"there is no file %s", path);
		return EXIT_TROUBLE;
	}
	return r < 0 ? session_trouble(s, path, r) : EXIT_COMPLETE;
}

static enum exit_status command_provision(struct session *s)
{
	CLEANUP(bytes_done) struct bytes document = {0};
	CLEANUP(fd_close) int fd = -1;
	const struct arguments *a = &s->arguments;
	struct service_parameters with = {
		.dry_run = arguments_has(a, OPTION_DRY_RUN)};
	const char *source = session_word(s, 0);
	enum exit_status status = EXIT_COMPLETE;

	if (a->firmware_count > 1)
		return session_wrong_use(s, "provision takes one --firmware");
	if (a->firmware_count == 1 && !with.dry_run)
		return session_wrong_use(s,
			"--firmware needs --dry-run: only the phone's own "
			"firmware may change trust");
	if (source && strstr(source, "://"))
		with.url = source;
	else if (source)
		status = runs_read_document(s, source, &document, &fd);
	if (status)
		return status;
	/* The bytes are terminated by a zero byte. */
	with.document = (const char *)document.data;
	if (a->firmware_count == 1)
		with.firmware = a->firmware[0];
	return runs_watch(s, &with, &fd);
}

/* --- runs --- */

static int runs_make_result(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *result = view_text(row, member);
	const char *note = view_flag(row, "dryRun") ? " (dry run)" : "";

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
	if (view_flag(row, "lastComplete"))
		note = " (last)";
	return string_format(
		&ret->text, "%s%s", result ? result : "in progress", note);
}

static const struct column runs_columns[] = {
	{"Run", FIT_WHOLE, .right = true, .member = "id"},
	{"Started (UTC)", FIT_WHOLE, .member = "started", .make = view_time},
	{"Result", FIT_WHOLE, .member = "result", .make = runs_make_result},
	{"Documents", FIT_WHOLE, .right = true, .member = "documents"},
	{"Accepted", FIT_WHOLE, .right = true, .member = "accepted"},
	{"Refused", FIT_WHOLE, .right = true, .member = "refused"},
	{"From", FIT_TAIL, 16, .below = true, .member = "url"},
};

static enum exit_status command_runs(struct session *s)
{
	static const struct listing listing = {
		.service = SERVICE_ADMIN,
		.method = "ListRuns",
		.member = "runs",
		.many = true,
		.none = "There are no runs yet.",
		.columns = runs_columns,
		.column_count = ARRAY_SIZE(runs_columns),
	};

	return listing_run(s, &listing, NULL);
}

/* --- which run --- */

enum runs_wanted {
	RUNS_LAST,
	RUNS_UNDER_WAY,
	RUNS_LAST_COMPLETE,
	RUNS_WANTED__END
};

struct runs_choice {
	enum runs_wanted wanted;
	int64_t id; /* the highest that matches; negative: none */
};

static bool runs_is_wanted(const cJSON *run, enum runs_wanted wanted)
{
	switch (wanted) {
	case RUNS_UNDER_WAY:
		return !view_text(run, "finished");
	case RUNS_LAST_COMPLETE:
		return view_flag(run, "lastComplete");
	case RUNS_LAST:
	case RUNS_WANTED__END:
		break;
	}
	return true;
}

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

		if (runs_is_wanted(run, choice->wanted) && id > choice->id)
			choice->id = id;
	}
	return EXIT_COMPLETE;
}

static enum exit_status runs_have_none(
	const struct session *s, enum runs_wanted wanted)
{
	static const char *const none[RUNS_WANTED__END] = {
		[RUNS_LAST] = "there are no runs yet",
		[RUNS_UNDER_WAY] = "no run is in progress",
		[RUNS_LAST_COMPLETE] = "no run was complete yet",
	};
	static const char *const remedies[RUNS_WANTED__END] = {
		[RUNS_LAST] = "Start one: certprovctl provision",
		[RUNS_LAST_COMPLETE] =
			"certprovctl report shows what the last one lacks.",
	};

	screen_complain(&s->screen, none[wanted], remedies[wanted]);
	return EXIT_REFUSED;
}

/* The run that is named, or else the one that is wanted. */
static enum exit_status runs_choose_run(
	struct session *s, enum runs_wanted wanted, int64_t *ret)
{
	struct runs_choice choice = {.wanted = wanted, .id = -1};
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
		return *ret >= 0 ? EXIT_COMPLETE
				 : session_wrong_use(s,
					   "\"%s\" is not a run number", word);
	}
	status = service_call(s, &call);
	if (status)
		return status;
	if (choice.id < 0)
		return runs_have_none(s, wanted);
	*ret = choice.id;
	return EXIT_COMPLETE;
}

/* --- report --- */

static enum exit_status runs_on_report(
	struct session *s, const cJSON *parameters, void *userdata)
{
	struct table *table = userdata;
	const cJSON *run = cJSON_GetObjectItemCaseSensitive(parameters, "run");
	const cJSON *outcome =
		cJSON_GetObjectItemCaseSensitive(parameters, "outcome");
	int r = 0;

	if (session_json(s))
		return EXIT_COMPLETE;
	if (cJSON_IsObject(run))
		r = outcomes_print_run(&s->screen, run);
	if (r == 0 && cJSON_IsObject(outcome))
		r = view_add(table, outcome);
	return r < 0 ? session_trouble(s, "the reply", r) : EXIT_COMPLETE;
}

static enum exit_status command_report(struct session *s)
{
	CLEANUP(table_free) struct table *table = NULL;
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "GetRun",
		.table = &service_run_table,
		.more = true,
		.reply = runs_on_report,
	};
	bool complete = arguments_has(&s->arguments, OPTION_COMPLETE);
	enum exit_status status = EXIT_COMPLETE;
	int r = 0;

	if (complete && session_word(s, 0))
		return session_wrong_use(
			s, "report takes a run or --complete, not both");
	status = runs_choose_run(
		s, complete ? RUNS_LAST_COMPLETE : RUNS_LAST, &call.with.id);
	if (status)
		return status;
	r = table_new(outcome_columns, outcome_column_count, &table);
	if (r < 0)
		return session_trouble(s, "printing", r);
	call.userdata = table;
	status = service_call(s, &call);
	if (status || session_json(s) || table_rows(table) == 0)
		return status;
	(void)fputc('\n', s->screen.out);
	r = table_print(table, &s->screen);
	return session_printed(s, r);
}

/* --- cancel --- */

static enum exit_status command_cancel(struct session *s)
{
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "CancelRun",
		.table = &service_run_table,
	};
	enum exit_status status =
		runs_choose_run(s, RUNS_UNDER_WAY, &call.with.id);

	if (!status)
		status = service_call(s, &call);
	if (!status && !session_json(s))
		(void)fprintf(s->screen.out, "run %lld: cancelled\n",
			(long long)call.with.id);
	return status;
}

/* --- history --- */

static const struct column history_columns[] = {
	{"When (UTC)", FIT_WHOLE, .member = "when", .make = view_time},
	{"Who", FIT_WRAP, 10, .member = "who"},
	{"What", FIT_WRAP, 10, .member = "what"},
	{"SHA-256", FIT_WHOLE, .member = "sha256", .make = view_fingerprint},
	{"Name", FIT_HEAD, 8, .member = "name"},
	{"Run", FIT_WHOLE, .right = true, .member = "run"},
	{"Generation", FIT_WHOLE, .right = true, .member = "generation"},
};

static enum exit_status command_history(struct session *s)
{
	static const struct listing listing = {
		.service = SERVICE_ADMIN,
		.method = "History",
		.member = "change",
		.more = true,
		.none = "There are no changes yet.",
		.columns = history_columns,
		.column_count = ARRAY_SIZE(history_columns),
	};
	const char *limit = s->arguments.value[OPTION_LIMIT];
	int64_t count = limit ? runs_number_of(limit) : 1;

	if (count < 1)
		return session_wrong_use(s,
			"--limit must be a number from 1, not \"%s\"", limit);
	return listing_run(s, &listing,
		&(struct service_parameters){.limit = limit ? count : 0});
}

const struct verb runs_verbs[] = {
	{10, "provision", "[URL|FILE]", 0, 1, TAKES(DRY_RUN) | TAKES(FIRMWARE),
		command_provision,
		"provision now: from the configured server, a URL or a document"},
	{70, "runs", NULL, 0, 0, 0, command_runs,
		"list the last provisioning runs"},
	{80, "report", "[ID]", 0, 1, TAKES(COMPLETE), command_report,
		"show the report of a run, by default the last one"},
	{90, "cancel", "[ID]", 0, 1, 0, command_cancel,
		"cancel a run, by default the one in progress"},
	{190, "history", NULL, 0, 0, TAKES(LIMIT), command_history,
		"list who changed what, newest first"},
	{0},
};
