/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/reply-run.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/phone/firmware.h"

/* Outcomes held for a caller who reads slowly; past this the caller gets no
 * more. The run goes on, and its report is in the store. */
#define WATCH_MAX_QUEUED_BYTES ((size_t)4 * 1024 * 1024)

/* --- the caller that watches a run --- */

/* An outcome as text takes a tenth of the memory of an object. */
struct admin_provision_waiting {
	struct admin_provision_waiting *next;
	char text[];
};

struct watch {
	struct varlink_request *req;
	struct run_watch *watch;
	/* The last progress, which each reply repeats. */
	char *phase;
	int64_t done;
	int64_t total;
	struct admin_provision_waiting *first;
	struct admin_provision_waiting **last;
	size_t queued_bytes;
	cJSON *finished; /* the last reply, when outcomes wait before it */
	bool kept;
	bool sending; /* a function further up the stack uses it */
	bool gone;
};

static void admin_provision_drop_queue(struct watch *w)
{
	while (w->first) {
		struct admin_provision_waiting *one = w->first;

		w->first = one->next;
		free(one);
	}
	w->last = &w->first;
	w->queued_bytes = 0;
}

static struct watch *admin_provision_watch_free(struct watch *w)
{
	if (!w)
		return NULL;
	w->watch = run_unwatch(w->watch);
	if (w->kept)
		(void)varlink_request_release(w->req);
	admin_provision_drop_queue(w);
	json_free(w->finished);
	free(w->phase);
	free(w);
	return NULL;
}
DEFINE_CLEANUP(struct watch, admin_provision_watch_free);

static int admin_provision_watch_new(
	struct varlink_request *req, struct watch **ret)
{
	CLEANUP(admin_provision_watch_free)
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->req = req;
	w->last = &w->first;
	if (string_replace(&w->phase, "queued") < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(w);
	return 0;
}

/* The caller gets no more replies, but the run goes on. */
static void admin_provision_give_up(struct watch *w, int error)
{
	if (varlink_request_open(w->req))
		(void)varlink_error_errno(w->req, error);
	w->gone = true;
}

/* All calls into the request go through here, because the caller may disconnect
 * while it is being written to. */
static void admin_provision_settle(struct watch *w)
{
	w->sending = false;
	if (w->gone)
		(void)admin_provision_watch_free(w);
}

/* phase, done, total, and one more member (taken) or none. */
struct provision_reply {
	const char *phase;
	int64_t done;
	int64_t total;
	const cJSON *outcome;
	const struct store_run *run;
};

static const struct json_field reply_fields[] = {
	JSON_FIELD(struct provision_reply, phase, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct provision_reply, done, JSON_INT64, JSON_MUST),
	JSON_FIELD(struct provision_reply, total, JSON_INT64, JSON_MUST),
	JSON_FIELD(struct provision_reply, outcome, JSON_OBJECT),
	JSON_FIELD(struct provision_reply, run, JSON_STRUCT_AT,
		.nested = &reply_run_table),
};
const struct json_table admin_provision_reply =
	JSON_TABLE(struct provision_reply, reply_fields);

static int admin_provision_say(const struct watch *w, const cJSON *outcome,
	const struct store_run *run)
{
	return varlink_reply_struct_continues(w->req,
		&(struct provision_reply){
			w->phase, w->done, w->total, outcome, run});
}

/* Takes the outcome. */
static void admin_provision_say_outcome(struct watch *w, cJSON *outcome)
{
	int r = outcome ? admin_provision_say(w, outcome, NULL) : -ENOMEM;

	json_free(outcome);
	if (r < 0)
		admin_provision_give_up(w, r);
}

static void admin_provision_say_progress(struct watch *w)
{
	int r = admin_provision_say(w, NULL, NULL);

	if (r < 0)
		admin_provision_give_up(w, r);
}

static void admin_provision_say_last(struct watch *w)
{
	int r = varlink_reply(w->req, TAKE_PTR(w->finished));

	if (r < 0)
		admin_provision_give_up(w, r);
	w->gone = true;
}

/* --- what waits for a slow reader --- */

static void admin_provision_queue_outcome(struct watch *w, const cJSON *outcome)
{
	CLEANUP(free) char *text = cJSON_PrintUnformatted(outcome);
	size_t size = text ? strlen(text) + 1 : 0;
	struct admin_provision_waiting *one = NULL;

	if (size > WATCH_MAX_QUEUED_BYTES - w->queued_bytes) {
		(void)admin_reply_limit_exceeded(w->req, ADMIN_INTERFACE,
			"backlog", (int64_t)WATCH_MAX_QUEUED_BYTES);
		admin_provision_give_up(w, -ENOBUFS);
		return;
	}
	if (text)
		one = malloc(sizeof(*one) + size);
	if (!one) {
		admin_provision_give_up(w, -ENOMEM);
		return;
	}
	one->next = NULL;
	memcpy(one->text, text, size);
	*w->last = one;
	w->last = &one->next;
	w->queued_bytes += size;
}

static void admin_provision_send_waiting(struct watch *w)
{
	while (!w->gone && w->first && !varlink_request_backlogged(w->req)) {
		struct admin_provision_waiting *one = w->first;

		w->first = one->next;
		if (!w->first)
			w->last = &w->first;
		w->queued_bytes -= strlen(one->text) + 1;
		admin_provision_say_outcome(w, cJSON_Parse(one->text));
		free(one);
	}
	if (!w->gone && !w->first && w->finished)
		admin_provision_say_last(w);
}

static void admin_provision_on_drained(
	struct varlink_request *req, void *userdata)
{
	struct watch *w = userdata;

	(void)req;
	if (w->sending || w->gone)
		return;
	w->sending = true;
	admin_provision_send_waiting(w);
	admin_provision_settle(w);
}

static void admin_provision_on_gone(struct varlink_request *req, void *userdata)
{
	struct watch *w = userdata;

	(void)req;
	w->gone = true;
	if (!w->sending)
		(void)admin_provision_watch_free(w);
}

/* --- what the run reports --- */

static void admin_provision_on_outcome(
	void *userdata, const struct outcome *outcome)
{
	struct watch *w = userdata;
	cJSON *json = NULL;

	if (w->gone || !varlink_request_more(w->req))
		return;
	w->sending = true;
	json = outcome_encode(outcome);
	if (!json) {
		admin_provision_give_up(w, -ENOMEM);
	} else if (w->first || varlink_request_backlogged(w->req)) {
		admin_provision_queue_outcome(w, json);
		json_free(json);
	} else {
		admin_provision_say_outcome(w, json);
	}
	admin_provision_settle(w);
}

/* A slow reader does not need this: the next reply has the progress too. */
static void admin_provision_on_progress(
	void *userdata, const char *phase, int64_t done, int64_t total)
{
	struct watch *w = userdata;

	if (w->gone || string_replace(&w->phase, phase) < 0)
		return;
	w->done = done;
	w->total = total;
	if (w->first || varlink_request_backlogged(w->req))
		return;
	w->sending = true;
	admin_provision_say_progress(w);
	admin_provision_settle(w);
}

static int admin_provision_last_reply(
	const struct watch *w, const struct run_summary *summary, cJSON **ret)
{
	const struct store_run run = reply_run_of(summary);

	return json_fields_encode(reply_fields, ARRAY_SIZE(reply_fields),
		&(struct provision_reply){
			.phase = "finished",
			.done = w->done,
			.total = w->total,
			.run = &run,
		},
		ret);
}

static void admin_provision_on_finished(
	void *userdata, const struct run_summary *summary)
{
	struct watch *w = userdata;
	int r = 0;

	w->watch = run_unwatch(w->watch);
	if (w->gone)
		return;
	w->sending = true;
	r = admin_provision_last_reply(w, summary, &w->finished);
	if (r < 0)
		admin_provision_give_up(w, r);
	else
		admin_provision_send_waiting(w);
	admin_provision_settle(w);
}

static const struct run_watcher watcher = {
	.outcome = admin_provision_on_outcome,
	.progress = admin_provision_on_progress,
	.finished = admin_provision_on_finished,
};

/* --- Provision --- */

struct provision_parameters {
	const char *url;
	const char *document;
	bool dry_run;
	const char *firmware;
};

static const struct json_field provision_fields[] = {
	JSON_FIELD(struct provision_parameters, url, JSON_STRING,
		.max = URL_MAX_CHARS),
	JSON_FIELD(struct provision_parameters, document, JSON_STRING),
	JSON_FIELD_NAMED(
		"dryRun", struct provision_parameters, dry_run, JSON_BOOL),
	JSON_FIELD(struct provision_parameters, firmware, JSON_STRING,
		.max = FIRMWARE_MAX_CHARS),
};
const struct json_table admin_provision_parameters =
	JSON_TABLE(struct provision_parameters, provision_fields);

/* The name of the parameter that is wrong, or NULL. */
static const char *admin_provision_find_wrong(
	const struct provision_parameters *p, const struct run_request *request)
{
	struct firmware f;
	struct stat st;

	if (p->url && (p->document || request->document_fd >= 0))
		return "url";
	if (p->document && request->document_fd >= 0)
		return "document";
	if (p->firmware && (!p->dry_run || firmware_parse(p->firmware, &f) < 0))
		return "firmware";
	/* Only a plain file has a size to rely on; a pipe or a device may never
	 * end. */
	if (request->document_fd >= 0 &&
		(fstat(request->document_fd, &st) < 0 || !S_ISREG(st.st_mode)))
		return "document";
	return NULL;
}

/* 1 when the refusal has been answered. */
static int admin_provision_check(struct varlink_request *req,
	const struct api *api, const struct provision_parameters *p,
	const struct run_request *request)
{
	const char *wrong = admin_provision_find_wrong(p, request);
	int r = 0;

	if (wrong)
		r = varlink_invalid_parameter(req, wrong);
	else if (p->document &&
		strlen(p->document) > api->config->inline_document_bytes)
		r = admin_reply_limit_exceeded(req, ADMIN_INTERFACE,
			"inline-document-bytes",
			(int64_t)api->config->inline_document_bytes);
	else
		return 0;
	return r < 0 ? r : 1;
}

static int admin_provision_refuse(
	struct varlink_request *req, int error, int64_t id)
{
	switch (-error) {
	case EINVAL:
		return varlink_invalid_parameter(req, "url");
	case EDESTADDRREQ:
		return varlink_error(
			req, ADMIN_INTERFACE ".NoSettingServer", NULL);
	case EUSERS:
		return admin_reply_limit_exceeded(
			req, ADMIN_INTERFACE, "watches", RUN_MAX_WATCHES);
	case EBUSY:
		return varlink_error_number(
			req, ADMIN_INTERFACE ".RunInProgress", "id", id);
	default:
		return error;
	}
}

static void admin_provision_log_start(const struct varlink_request *req,
	const struct run_request *request, int64_t id)
{
	CLEANUP(free) char *who = NULL;
	CLEANUP(free) char *url = NULL;
	const char *from = "the setting server";

	if (admin_who(req, &who) < 0)
		return;
	if (request->url && url_redact(request->url, &url) < 0)
		return;
	if (request->document || request->document_fd >= 0)
		from = "a document";
	log_message(LOG_INFO, "%s: run %lld from %s%s", who, (long long)id,
		url ? url : from, request->dry_run ? ", a dry run" : "");
}

/* The first reply says which run it is, so that it can be cancelled. */
static int admin_provision_greet(const struct watch *w, const struct api *api)
{
	const struct run_summary *current = provision_current(api->provision);
	struct store_run run = {0};

	if (!current)
		return admin_provision_say(w, NULL, NULL);
	run = reply_run_of(current);
	return admin_provision_say(w, NULL, &run);
}

static int admin_provision_start(struct varlink_request *req, struct api *api,
	const struct run_request *request)
{
	CLEANUP(admin_provision_watch_free) struct watch *w = NULL;
	int64_t id = 0;
	int r = admin_provision_watch_new(req, &w);

	if (r < 0)
		return r;
	r = provision_start(
		api->provision, request, &watcher, w, &w->watch, &id);
	if (r < 0)
		return admin_provision_refuse(req, r, id);
	admin_provision_log_start(req, request, id);
	r = admin_provision_greet(w, api);
	if (r < 0)
		return r;
	varlink_request_keep(req,
		&(struct varlink_watch){
			.gone = admin_provision_on_gone,
			.drained = admin_provision_on_drained,
			.userdata = w,
		});
	w->kept = true;
	(void)TAKE_PTR(w);
	return 0;
}

int admin_provision_on_call(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	CLEANUP(fd_close) int fd = varlink_request_take_fd(req, 0);
	CLEANUP(free) char *who = NULL;
	struct provision_parameters p = {0};
	struct run_request request = {.document_fd = fd};
	int r = varlink_request_decode(req, &p);

	if (r != 0)
		return r;
	request.url = p.url;
	request.document = p.document;
	request.dry_run = p.dry_run;
	request.firmware = p.firmware;
	r = admin_provision_check(req, api, &p, &request);
	if (r == 0)
		r = admin_who(req, &who);
	if (r != 0)
		return r;
	request.asker = who;
	return admin_provision_start(req, api, &request);
}
