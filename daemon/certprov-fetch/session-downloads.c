/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates that documents name by URL: downloads several at once, and
 * offers them in the order of the documents.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/session-state.h"
#include "lib/base/string.h"

/* A download of the window: it may be done before earlier ones. */
struct slot {
	struct fetcher_session *s;
	const struct queue_certificate *entry;
	struct download_request request;
	struct bytes body;
	bool done;
	int error;
	enum verdict verdict;
	bool not_modified;
	bool authenticated;
	char detail[DOWNLOAD_DETAIL_SIZE];
	char *validator;
	char *asked; /* behind redirects, or NULL */
	long status;
	enum fetch_cause cause;
	enum fetch_client client;
};

static void session_downloads_slot_done(struct slot *slot)
{
	bytes_done(&slot->body);
	free(slot->validator);
	free(slot->asked);
	*slot = (struct slot){0};
}

static int session_downloads_on_body(void *userdata,
	const struct download_result *so_far, const void *data, size_t len)
{
	struct slot *slot = userdata;
	uint8_t *more = realloc(slot->body.data, slot->body.len + len);

	(void)so_far;
	if (!more)
		return -ENOMEM;
	memcpy(more + slot->body.len, data, len);
	slot->body.data = more;
	slot->body.len += len;
	return 0;
}

static void session_downloads_on_restart(void *userdata)
{
	struct slot *slot = userdata;

	bytes_done(&slot->body);
}

static void session_downloads_on_done(
	void *userdata, const struct download_result *result)
{
	struct slot *slot = userdata;

	slot->done = true;
	slot->verdict = result->verdict;
	slot->not_modified = result->not_modified;
	slot->authenticated = result->authenticated;
	slot->error = result->error;
	memcpy(slot->detail, result->detail, sizeof(slot->detail));
	if (slot->error == 0)
		slot->error =
			string_replace(&slot->validator, result->validator);
	slot->status = result->status;
	slot->cause = result->cause;
	slot->client = result->client;
	if (slot->error == 0)
		slot->error = session_find_asked(
			result, slot->entry->shown, &slot->asked);
	if (slot->error == 0 && result->peer)
		slot->error = session_report_peer(slot->s, result->peer,
			&(struct fetch_peer){
				.document = slot->entry->document,
				.line = slot->entry->line,
				.url = slot->entry->shown,
				.asked = slot->asked,
			});
}

static int session_downloads_start(struct fetcher_session *s, struct slot *slot,
	const struct queue_certificate *c)
{
	char digest[SHA256_HEX_SIZE];
	int error = url_digest(c->shown, digest);

	if (error < 0)
		return error;
	*slot = (struct slot){.s = s, .entry = c};
	slot->request = (struct download_request){
		.url = c->url,
		.authenticated = c->authenticated,
		.validator = fetch_pairs_find(&s->job->validators, digest),
		.max_bytes = SESSION_MAX_CERTIFICATE_BYTES,
		.body = session_downloads_on_body,
		.restart = session_downloads_on_restart,
		.done = session_downloads_on_done,
		.userdata = slot,
	};
	return downloader_add(s->downloader, &slot->request);
}

/* --- in document order --- */

static int session_downloads_tell(struct fetcher_session *s,
	const struct queue_certificate *c, enum verdict verdict,
	const char *detail, const struct fetch_server *server)
{
	const struct fetch_element element = {
		.document = c->document,
		.line = c->line,
		.url = c->shown,
		.result = verdict,
		.reason = detail,
		.server = *server,
	};

	s->failed += !verdict_is_positive(verdict);
	return session_report_element(s, &element);
}

static int session_downloads_refuse(struct fetcher_session *s,
	const struct queue_certificate *c, enum verdict verdict,
	const char *detail)
{
	static const struct fetch_server nobody;

	return session_downloads_tell(s, c, verdict, detail, &nobody);
}

static int session_downloads_refuse_download(
	struct fetcher_session *s, const struct slot *slot)
{
	const struct queue_certificate *c = slot->entry;
	const struct fetch_server server = {
		.asked = slot->asked,
		.status = slot->status,
		.cause = slot->cause,
		.client = slot->client,
	};
	CLEANUP(free) char *detail = NULL;

	if (!c->unknown)
		return session_downloads_tell(
			s, c, slot->verdict, slot->detail, &server);
	if (string_format(&detail, "%s%sleft as written: %s", slot->detail,
		    *slot->detail ? "; " : "", c->unknown) < 0)
		return -ENOMEM;
	return session_downloads_tell(s, c, slot->verdict, detail, &server);
}

static int session_downloads_deliver(
	struct fetcher_session *s, struct slot *slot)
{
	const struct queue_certificate *c = slot->entry;
	struct candidate offer = {
		.from = {.variant = CANDIDATE_URL,
			.document = c->document,
			.line = c->line,
			.url = c->shown,
			.sha256 = c->sha256,
			/* The daemon adds what a matching digest is worth. */
			.authenticated = c->authenticated &&
				(slot->authenticated || c->sha256),
			.validator = slot->validator},
	};
	int r = 0;

	if (slot->error < 0)
		return slot->error;
	if (slot->verdict != VERDICT_PROCESSED)
		return session_downloads_refuse_download(s, slot);
	s->succeeded++;
	if (slot->not_modified)
		return session_downloads_refuse(
			s, c, VERDICT_ALREADY_TRUSTED, "not modified");
	offer.der = TAKE_OBJECT(slot->body);
	r = session_offer(s, &offer);
	return r < 0 ? r : session_settle(s);
}

/* The downloads between first and started, a ring of slots. */
struct window {
	struct slot slots[SESSION_WINDOW];
	size_t first;   /* not delivered yet */
	size_t started; /* not started yet */
	size_t count;
};

static struct slot *session_downloads_slot_of(struct window *w, size_t index)
{
	return &w->slots[index % SESSION_WINDOW];
}

static int session_downloads_start_what_fits(
	struct fetcher_session *s, struct window *w)
{
	int error = 0;

	while (error == 0 && w->started < w->count &&
		w->started < w->first + SESSION_WINDOW) {
		error = session_downloads_start(s,
			session_downloads_slot_of(w, w->started),
			queue_certificate(s->queue, w->started));
		w->started++;
	}
	return error;
}

static int session_downloads_deliver_what_is_next(
	struct fetcher_session *s, struct window *w)
{
	int error = 0;

	while (error == 0 && w->first < w->started &&
		session_downloads_slot_of(w, w->first)->done) {
		error = session_downloads_deliver(
			s, session_downloads_slot_of(w, w->first));
		session_downloads_slot_done(
			session_downloads_slot_of(w, w->first));
		w->first++;
		if (error == 0)
			error = session_progress(
				s, FETCH_STAGE_DOWNLOADS, w->first, w->count);
	}
	return error;
}

static int session_downloads_refuse_rest(struct fetcher_session *s, size_t from,
	enum verdict verdict, const char *detail)
{
	int error = 0;

	for (size_t i = from; i < queue_certificates(s->queue) && error == 0;
		i++)
		error = session_downloads_refuse(
			s, queue_certificate(s->queue, i), verdict, detail);
	return error;
}

static int session_downloads_run_window(
	struct fetcher_session *s, struct window *w)
{
	int error = 0;

	while (error == 0 && w->first < w->count) {
		error = session_downloads_start_what_fits(s, w);
		if (error == 0)
			error = session_step(s);
		if (error == 0)
			error = session_downloads_deliver_what_is_next(s, w);
	}
	/* What still runs would call back into the window. */
	s->downloader = downloader_free(s->downloader);
	for (size_t i = 0; i < SESSION_WINDOW; i++)
		session_downloads_slot_done(&w->slots[i]);
	return error;
}

int session_downloads(struct fetcher_session *s)
{
	size_t count = queue_certificates(s->queue);
	CLEANUP(free) struct window *w = NULL;
	int error = session_progress(s, FETCH_STAGE_DOWNLOADS, 0, count);

	if (error < 0 || count == 0)
		return error;
	if (s->job->offline)
		return session_downloads_refuse_rest(
			s, 0, VERDICT_NOT_ATTEMPTED, SESSION_OFFLINE);
	if (s->scope != FETCH_SCOPE_ALL)
		return session_downloads_refuse_rest(
			s, 0, VERDICT_NOT_ATTEMPTED, SESSION_OUT_OF_SCOPE);
	if (session_check_time(s) < 0)
		return session_downloads_refuse_rest(
			s, 0, VERDICT_LIMIT_EXCEEDED, SESSION_OUT_OF_TIME);
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->count = count;
	error = session_downloads_run_window(s, w);
	if (error == -ETIME)
		error = session_downloads_refuse_rest(s, w->first,
			VERDICT_LIMIT_EXCEEDED, SESSION_OUT_OF_TIME);
	return error;
}
