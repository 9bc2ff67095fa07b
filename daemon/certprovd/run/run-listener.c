/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the outcomes of a run: counts, logs and reports them, once they are
 * durable.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/certprovd/run/run-state.h"
#include "daemon/certprovd/sys/log.h"
#include "lib/net/url.h"

/* --- reported once it is durable --- */

/* As the report calls it. */
static const char *run_document_of(const struct outcome *o)
{
	return o->document ? o->document : "inline";
}

static size_t run_length(const char *text)
{
	return text ? strlen(text) : 0;
}

/* The author of the documents decides how many lines there could be. */
static bool run_may_log(
	struct run *r, enum run_line line, const struct outcome *o)
{
	size_t bytes = run_length(o->document) + run_length(o->url) +
		run_length(o->subject) + run_length(o->reason) +
		run_length(o->name);

	if (r->log_lines >= RUN_MAX_LOG_LINES ||
		bytes > RUN_MAX_LOG_BYTES - r->log_bytes) {
		r->unlogged[line]++;
		return false;
	}
	r->log_lines++;
	r->log_bytes += bytes;
	return true;
}

void run_log_rest(const struct run *r)
{
	const int64_t *n = r->unlogged;

	if (n[RUN_LINE_ACCEPTED] + n[RUN_LINE_REFUSED] + n[RUN_LINE_PEER] +
			n[RUN_LINE_DOCUMENT] ==
		0)
		return;
	log_message(LOG_NOTICE,
		"run %lld: not logged besides: %lld certificates accepted, "
		"%lld refused, %lld servers rejected, %lld documents failed",
		(long long)r->summary.id, (long long)n[RUN_LINE_ACCEPTED],
		(long long)n[RUN_LINE_REFUSED], (long long)n[RUN_LINE_PEER],
		(long long)n[RUN_LINE_DOCUMENT]);
}

/* Not found, whatever becomes of it. */
static bool run_is_missing(const struct outcome *o)
{
	return o->verdict == VERDICT_WITHDRAWN ||
		o->verdict == VERDICT_REMOVED ||
		o->verdict == VERDICT_WOULD_LOCK_OUT;
}

static enum log_event run_certificate_event(const struct outcome *o)
{
	if (o->verdict == VERDICT_REMOVED)
		return LOG_CERTIFICATE_REMOVED;
	if (o->verdict == VERDICT_WOULD_LOCK_OUT)
		return LOG_WOULD_LOCK_OUT;
	return o->accepted ? LOG_CERTIFICATE_ACCEPTED : LOG_CERTIFICATE_REFUSED;
}

static void run_log_certificate(struct run *r, const struct outcome *o)
{
	/* The log has only news; the report has all. */
	if (o->verdict == VERDICT_ALREADY_TRUSTED ||
		o->verdict == VERDICT_WITHDRAWN ||
		!run_may_log(r,
			o->accepted ? RUN_LINE_ACCEPTED : RUN_LINE_REFUSED, o))
		return;
	log_event(run_certificate_event(o),
		LOG_FIELDS(LOG_FIELD_RUN(LOG_NUMBER(r->summary.id)),
			LOG_FIELD_DOCUMENT(run_document_of(o)),
			LOG_FIELD_LINE(LOG_NUMBER(o->line)),
			LOG_FIELD_URL(o->url), LOG_FIELD_SHA256(o->sha256),
			LOG_FIELD_SUBJECT(o->subject),
			LOG_FIELD_RESULT(outcome_result_name(o))),
		"%s:%lld: %s: %s", run_document_of(o), (long long)o->line,
		outcome_result_name(o), o->reason);
}

/* A rejected peer has neither url nor document, but a name: the host; a link
 * that names no file has an empty url. */
static const char *run_what_it_is(const struct outcome *o)
{
	if (o->url && *o->url)
		return o->url;
	if (o->document)
		return o->document;
	return o->name ? o->name : "a server";
}

static void run_log_other(struct run *r, const struct outcome *o)
{
	enum log_event event = o->kind == OUTCOME_PEER ? LOG_PEER_REJECTED
						       : LOG_DOCUMENT_FAILED;

	if (o->kind == OUTCOME_SETTING || o->accepted ||
		!run_may_log(r,
			o->kind == OUTCOME_PEER ? RUN_LINE_PEER
						: RUN_LINE_DOCUMENT,
			o))
		return;
	log_event(event,
		LOG_FIELDS(LOG_FIELD_RUN(LOG_NUMBER(r->summary.id)),
			LOG_FIELD_DOCUMENT(o->document),
			LOG_FIELD_LINE(LOG_NUMBER(o->line)),
			LOG_FIELD_URL(o->url),
			LOG_FIELD_RESULT(outcome_result_name(o)),
			LOG_FIELD_HOST(o->kind == OUTCOME_PEER
					? run_what_it_is(o)
					: NULL)),
		"%s: %s: %s", run_what_it_is(o), outcome_result_name(o),
		o->reason);
}

static void run_count(struct run *r, const struct outcome *o)
{
	switch (o->kind) {
	case OUTCOME_DOCUMENT:
		r->summary.documents++;
		break;
	case OUTCOME_CERTIFICATE:
		if (run_is_missing(o))
			break;
		r->summary.certificates++;
		/* The first element with its URL was counted. */
		if (o->verdict == VERDICT_DUPLICATE_URL)
			break;
		if (o->accepted)
			r->summary.accepted++;
		else
			r->summary.refused++;
		break;
	case OUTCOME_SETTING:
	case OUTCOME_PEER:
	case OUTCOME_OMITTED:
	case OUTCOME__END:
		break;
	}
}

void run_report(struct run *r, const struct outcome *o)
{
	run_count(r, o);
	if (!r->summary.dry_run) {
		if (o->kind == OUTCOME_CERTIFICATE)
			run_log_certificate(r, o);
		else
			run_log_other(r, o);
	}
	for (size_t i = 0; i < RUN_MAX_WATCHES; i++)
		if (r->watches[i] && r->watches[i]->watcher.outcome)
			r->watches[i]->watcher.outcome(
				r->watches[i]->userdata, o);
}

static void run_commit_failed(struct run *r, int error)
{
	r->failure = error;
	log_event(LOG_STORE_FAILED,
		LOG_FIELDS(LOG_FIELD_RUN(LOG_NUMBER(r->summary.id))),
		"cannot write what the run accepted: %s", strerror(-error));
	run_end(r, "The trust store could not be written.");
}

int run_commit(struct run *r)
{
	int error = r->failure;

	(void)sd_event_source_set_enabled(r->commit_timer, SD_EVENT_OFF);
	if (commit_batch_count(r->batch) == 0)
		return 0;
	r->commits++;
	/* After a failure, decisions rest on trust that was not stored. */
	if (error < 0)
		commit_batch_fail(r->batch, error);
	else
		error = commit_batch_commit(r->batch, run_now(r));
	for (size_t i = 0; i < commit_batch_count(r->batch); i++)
		run_report(r, commit_batch_outcome(r->batch, i));
	commit_batch_clear(r->batch);
	if (error < 0 && r->failure == 0)
		run_commit_failed(r, error);
	return error;
}

static int run_arm_timer(struct run *r)
{
	int error = sd_event_source_set_time_relative(r->commit_timer,
		commit_batch_delay_ms(r->commits) * UINT64_C(1000));

	if (error >= 0)
		error = sd_event_source_set_enabled(
			r->commit_timer, SD_EVENT_ONESHOT);
	return error < 0 ? error : 0;
}

/* --- what the session tells --- */

/* It was not reached, not read or not kept; everything else was judged. */
static bool run_is_gap(const struct run *r, const struct outcome *o)
{
	enum verdict v = o->verdict;

	if (o->kind != OUTCOME_CERTIFICATE || o->accepted)
		return false;
	return (v >= VERDICT_HTTP_STATUS && v <= VERDICT_CANCELLED) ||
		v == VERDICT_STORE_FAILED || r->failure < 0;
}

/* For what is no longer found. An element without anything in it is none. */
static void run_note_finding(struct run *r, const struct outcome *o)
{
	if (!r->has_source || o->kind != OUTCOME_CERTIFICATE)
		return;
	if (o->sha256)
		findings_add(&r->findings, FINDING_CERTIFICATE, o->sha256);
	else if (o->url && *o->url)
		findings_add(&r->findings, FINDING_UNREAD_URL, o->url);
	else if (o->verdict != VERDICT_EMPTY)
		findings_add(&r->findings, FINDING_UNREAD_ELEMENT, o->document);
}

static int run_decided(void *userdata, struct decision *decision)
{
	struct run *r = userdata;
	bool first = commit_batch_count(r->batch) == 0;
	const struct outcome *o = &decision->outcome;
	bool gap = run_is_gap(r, o);
	int error = 0;

	if (gap)
		run_note(&r->gap, o->url ? o->url : o->document,
			verdict_name(o->verdict));
	run_note_finding(r, o);
	error = commit_batch_add(r->batch, decision);
	if (error < 0 && run_commit(r) == 0 && r->failure == 0)
		run_commit_failed(r, error);
	if (error < 0)
		return error;
	r->incomplete = r->incomplete || gap;
	if (commit_batch_count(r->batch) >= COMMIT_BATCH_MAX_DECISIONS)
		return run_commit(r);
	return first ? run_arm_timer(r) : 0;
}

static int run_document(void *userdata, const struct fetch_document *d)
{
	struct run *r = userdata;

	if (d->bytes > 0)
		r->summary.bytes += d->bytes;
	findings_add(&r->findings,
		d->result == VERDICT_PROCESSED ? FINDING_DOCUMENT
					       : FINDING_UNREAD_DOCUMENT,
		d->url);
	if (fetch_document_is_missing_first(d, r->job.url_count))
		r->first_missing++;
	else if (fetch_document_is_gap(d)) {
		r->incomplete = true;
		run_note(&r->gap, d->url, verdict_name(d->result));
	}
	/* Of the server that was asked; others have no say about it. */
	if (!d->linked_from && d->server.retry_after > r->summary.retry_after_s)
		r->summary.retry_after_s = d->server.retry_after;
	/* Only documents that were read are flushed one by one; there may be
	 * thousands of others, which the timer commits. */
	if (d->result != VERDICT_PROCESSED)
		return 0;
	r->processed++;
	if (!d->authenticated) {
		r->unauthenticated = true;
		run_note(&r->plain, d->url, "not authenticated");
	}
	return run_commit(r);
}

static int run_rejected(void *userdata, const struct fetch_peer *peer)
{
	struct run *r = userdata;
	int error = 0;

	if (r->summary.dry_run || peer->chain.count == 0)
		return 0;
	error = rejections_add(r->context.rejections,
		&(struct rejection){
			.chain = peer->chain.items,
			.chain_count = peer->chain.count,
			.host = peer->host,
			.purpose = peer->host ? "provisioning" : NULL,
			.result = verdict_name(peer->result),
			.reporter = "fetcher",
			.when = run_now(r),
			.by_run = true,
		},
		NULL);
	/* A chain past the limits is reported; there is no room to keep it. */
	return error == -E2BIG || error == -EINVAL ? 0 : error;
}

static int run_progress(void *userdata, const struct fetch_progress *p)
{
	static const char *const phases[FETCH_STAGE__END] = {
		[FETCH_STAGE_DOCUMENTS] = "documents",
		[FETCH_STAGE_DOWNLOADS] = "downloads",
	};
	struct run *r = userdata;

	if (r->owner.progress)
		r->owner.progress(
			r->userdata, phases[p->stage], p->done, p->total);
	for (size_t i = 0; i < RUN_MAX_WATCHES; i++)
		if (r->watches[i] && r->watches[i]->watcher.progress)
			r->watches[i]->watcher.progress(r->watches[i]->userdata,
				phases[p->stage], p->done, p->total);
	return 0;
}

static int run_finished(void *userdata, enum fetch_result result)
{
	struct run *r = userdata;

	r->said_finish = true;
	r->fetcher_says = result;
	(void)sd_event_source_set_time_relative(
		r->deadline, (uint64_t)RUN_FAREWELL_SECONDS * 1000000);
	return run_commit(r);
}

static void run_violated(void *userdata, const char *what)
{
	struct run *r = userdata;

	log_event(LOG_FETCHER_MISBEHAVED,
		LOG_FIELDS(LOG_FIELD_RUN(LOG_NUMBER(r->summary.id))),
		"the fetcher made a call that it is not allowed to make: %s",
		what);
	r->incomplete = true;
	r->broken = true;
	run_end(r, "The fetcher made a call that it is not allowed to make.");
}

const struct run_listener run_fetch_listener = {
	.decided = run_decided,
	.document = run_document,
	.rejected = run_rejected,
	.progress = run_progress,
	.finished = run_finished,
	.violated = run_violated,
};
