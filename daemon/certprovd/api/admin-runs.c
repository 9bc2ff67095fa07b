/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/reply-run.h"
#include "daemon/certprovd/sys/stream.h"
#include "lib/net/url.h"
#include "lib/provisioning/outcome.h"
#include "lib/verdict/verdict.h"

/* Lines of a report read from the store at once. */
#define OUTCOMES_AT_ONCE 64

struct run_parameters {
	int64_t id;
};

static const struct json_field run_fields[] = {
	JSON_FIELD(struct run_parameters, id, JSON_INT64, .required = true),
};
const struct json_table admin_runs_id_parameters =
	JSON_TABLE(struct run_parameters, run_fields);

int admin_runs_on_cancel(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	CLEANUP(free) char *who = NULL;
	struct run_parameters p = {0};
	int r = varlink_request_decode(req, &p);

	if (r == 0)
		r = admin_who(req, &who);
	if (r != 0)
		return r;
	r = provision_cancel(api->provision, p.id);
	if (r == -ENOENT)
		return admin_reply_no_such_run(req, p.id);
	if (r < 0)
		return r;
	/* It changes no trust, and its report says that it was cancelled. */
	log_event(LOG_ADMIN_CHANGE,
		LOG_FIELDS(LOG_FIELD_WHO(who), LOG_FIELD_RUN(LOG_NUMBER(p.id))),
		"%s: cancelled run %lld", who, (long long)p.id);
	return varlink_reply(req, NULL);
}

/* --- ListRuns --- */

/* The run under way is in the store without its numbers so far. */
static const struct run_summary *admin_runs_find_current(
	const struct api *api, int64_t id)
{
	const struct run_summary *current = provision_current(api->provision);

	return current && current->id == id ? current : NULL;
}

static struct store_run admin_runs_either(
	const struct api *api, const struct store_run *run)
{
	const struct run_summary *current =
		admin_runs_find_current(api, run->id);

	return current ? reply_run_of(current) : *run;
}

struct run_list {
	const struct api *api;
	cJSON *runs;
};

static int admin_runs_add_run(void *userdata, const struct store_run *run)
{
	const struct run_list *list = userdata;
	const struct store_run either = admin_runs_either(list->api, run);

	return json_fields_append(list->runs, reply_run_table.fields,
		reply_run_table.count, &either);
}

int admin_runs_on_list(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	CLEANUP(json_free) cJSON *runs = cJSON_CreateArray();
	struct run_list list = {api, runs};
	int r = varlink_request_decode(req, NULL);

	if (r != 0)
		return r;
	r = store_each_run(api->store, admin_runs_add_run, &list);
	return r < 0 ? r : varlink_reply_member(req, "runs", TAKE_PTR(runs));
}

/* --- GetRun --- */

/* A report being sent: some lines are read ahead, the rest is in the store. */
struct report {
	const struct api *api;
	int64_t id;
	cJSON *run; /* of the first reply, until it is given */
	cJSON *ahead[OUTCOMES_AT_ONCE];
	size_t count;
	size_t next;
	int64_t after;   /* the number of the last line read */
	int64_t omitted; /* lines that are only counted, until that is sent */
};

static void admin_runs_report_done(void *userdata)
{
	struct report *report = userdata;

	json_free(report->run);
	for (size_t i = report->next; i < report->count; i++)
		json_free(report->ahead[i]);
	free(report);
}

static int admin_runs_take_outcome(
	void *userdata, int64_t number, const char *json)
{
	struct report *report = userdata;

	report->after = number;
	report->ahead[report->count] = cJSON_Parse(json);
	/* A damaged line must not hold back the others. */
	if (report->ahead[report->count])
		report->count++;
	return 0;
}

static int admin_runs_read_ahead(struct report *report)
{
	report->count = 0;
	report->next = 0;
	return store_next_outcomes(report->api->store, report->id,
		report->after, OUTCOMES_AT_ONCE, admin_runs_take_outcome,
		report);
}

/* Kinds and results with their counts, most first. */
struct omitted_text {
	FILE *out;
	unsigned count;
};

static int admin_runs_add_omitted(
	void *userdata, const char *kind, const char *result, int64_t lines)
{
	struct omitted_text *text = userdata;

	(void)fprintf(text->out, "%s%lld %s %s", text->count++ ? ", " : ": ",
		(long long)lines, kind, result);
	return 0;
}

static int admin_runs_omitted_reason(const struct report *report, char **ret)
{
	CLEANUP(free) char *reason = NULL;
	size_t len = 0;
	struct omitted_text text = {.out = open_memstream(&reason, &len)};
	int r = 0;

	if (!text.out)
		return -ENOMEM;
	(void)fprintf(text.out,
		"The report is full: %lld more lines are only counted",
		(long long)report->omitted);
	r = store_each_omitted(
		report->api->store, report->id, admin_runs_add_omitted, &text);
	if (fputc('.', text.out) == EOF)
		r = -ENOMEM;
	if (fclose(text.out) != 0)
		r = -ENOMEM;
	if (r == 0)
		*ret = TAKE_PTR(reason);
	return r;
}

/* The last line of a report with lines that are only counted. */
static int admin_runs_tell_omitted(struct report *report, cJSON **ret)
{
	CLEANUP(outcome_done)
	struct outcome o = {
		.kind = OUTCOME_OMITTED, .verdict = VERDICT_LIMIT_EXCEEDED};
	int r = admin_runs_omitted_reason(report, &o.reason);

	report->omitted = 0;
	if (r == 0)
		r = json_wrap("outcome", outcome_encode(&o), ret);
	return r < 0 ? r : 1;
}

static int admin_runs_next_line(void *userdata, cJSON **ret)
{
	struct report *report = userdata;
	int r = 0;

	if (report->run) {
		r = json_wrap("run", TAKE_PTR(report->run), ret);
		return r < 0 ? r : 1;
	}
	if (report->next == report->count)
		r = admin_runs_read_ahead(report);
	if (r == 0 && report->next == report->count && report->omitted > 0)
		return admin_runs_tell_omitted(report, ret);
	if (r < 0 || report->next == report->count)
		return r;
	r = json_wrap("outcome", report->ahead[report->next++], ret);
	return r < 0 ? r : 1;
}

static int admin_runs_take_run(void *userdata, const struct store_run *run)
{
	struct report *report = userdata;
	const struct store_run either = admin_runs_either(report->api, run);

	report->omitted = run->omitted;
	return json_fields_encode(reply_run_table.fields, reply_run_table.count,
		&either, &report->run);
}

int admin_runs_on_get(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct run_parameters p = {0};
	struct report *report = NULL;
	int r = varlink_request_decode(req, &p);

	if (r != 0)
		return r;
	report = calloc(1, sizeof(*report));
	if (!report)
		return -ENOMEM;
	report->api = api;
	report->id = p.id;
	r = store_find_run(api->store, p.id, admin_runs_take_run, report);
	if (r < 0) {
		admin_runs_report_done(report);
		return r == -ENOENT ? admin_reply_no_such_run(req, p.id) : r;
	}
	return stream_start(req,
		&(struct stream_source){
			.next = admin_runs_next_line,
			.done = admin_runs_report_done,
			.userdata = report,
		});
}

/* --- History --- */

struct history_parameters {
	int64_t limit;
};

static const struct json_field history_fields[] = {
	JSON_FIELD(struct history_parameters, limit, JSON_INT64, .min = 1,
		.max = STORE_MAX_CHANGES),
};
const struct json_table admin_runs_history_parameters =
	JSON_TABLE(struct history_parameters, history_fields);

/* At most STORE_MAX_CHANGES short lines. */
struct history {
	cJSON *changes;
	bool said;
};

static void admin_runs_history_done(void *userdata)
{
	struct history *h = userdata;

	json_free(h->changes);
	free(h);
}

static const struct json_field change_fields[] = {
	JSON_FIELD(struct store_change, when, JSON_TIME, JSON_MUST),
	JSON_FIELD(struct store_change, who, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct store_change, what, JSON_STRING, JSON_MUST,
		.rewrite = url_redact_userinfo),
	JSON_FIELD(struct store_change, sha256, JSON_STRING),
	JSON_FIELD(struct store_change, name, JSON_STRING),
	JSON_FIELD(struct store_change, run, JSON_INT64),
	JSON_FIELD(struct store_change, generation, JSON_INT64, JSON_MUST),
};

static int admin_runs_add_change(
	void *userdata, const struct store_change *change)
{
	const struct history *h = userdata;

	return json_fields_append(
		h->changes, change_fields, ARRAY_SIZE(change_fields), change);
}

static int admin_runs_next_change(void *userdata, cJSON **ret)
{
	struct history *h = userdata;
	cJSON *change = cJSON_DetachItemFromArray(h->changes, 0);
	int r = 0;

	if (!change && h->said)
		return 0;
	h->said = true;
	/* An empty history still has a reply. */
	r = change ? json_wrap("change", change, ret)
		   : json_take(&(struct json_writer){0}, ret);
	return r < 0 ? r : 1;
}

int admin_runs_on_history(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct history_parameters p = {.limit = STORE_MAX_CHANGES};
	struct history *h = NULL;
	int r = varlink_request_decode(req, &p);

	if (r != 0)
		return r;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->changes = cJSON_CreateArray();
	r = h->changes ? store_each_change(api->store, (unsigned)p.limit,
				 admin_runs_add_change, h)
		       : -ENOMEM;
	if (r < 0) {
		admin_runs_history_done(h);
		return r;
	}
	return stream_start(req,
		&(struct stream_source){
			.next = admin_runs_next_change,
			.done = admin_runs_history_done,
			.userdata = h,
		});
}
