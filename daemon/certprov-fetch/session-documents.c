/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of a run: reads them breadth-first, and offers their
 * certificates and settings as they come.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprov-fetch/document.h"
#include "daemon/certprov-fetch/session-state.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/phone/settings-names.h"
#include "lib/phone/settings.h"
#include "lib/x509/decode.h"

/* The name of a document without a url. */
#define INLINE_NAME "inline"
#define READ_BYTES 16384
/* The rest of the body is not needed; not an error. */
#define ENOUGH (-ECANCELED)

/* A document being read. */
struct session_documents_reading {
	struct fetcher_session *s;
	const struct queue_document *entry;
	struct document *document;
	struct queue_place place; /* but for the line */
	char *base;
	/* Told once for each document, not for each element. */
	bool link_limit_told;
	bool certificate_limit_told;
	bool done;
	int error;
	struct download_result download;
	char detail[DOWNLOAD_DETAIL_SIZE];
	char *asked; /* behind redirects, or NULL */
};

static void session_documents_reading_done(struct session_documents_reading *r)
{
	r->document = document_free(r->document);
	free(r->base);
	free(r->asked);
	r->base = NULL;
	r->asked = NULL;
}
DEFINE_CLEANUP_EMBEDDED(
	struct session_documents_reading, session_documents_reading_done);

/* --- reports --- */

static int session_documents_report(
	struct fetcher_session *s, const struct fetch_document *d)
{
	int error = session_settle(s);

	if (error < 0)
		return error;
	if (fetch_document_is_missing_first(d, s->job->url_count))
		s->missing_first++;
	else
		s->failed += fetch_document_is_gap(d);
	if (s->document_reports >= SESSION_MAX_DOCUMENT_REPORTS)
		return 0;
	s->document_reports++;
	return s->config->calls->report_document(s->config->daemon, d);
}

/* One that was not read: entry, or what is known of a refused link. */
static int session_documents_report_unread(struct fetcher_session *s,
	const struct queue_document *d, enum verdict verdict,
	const char *detail)
{
	const struct fetch_document report_of = {
		.url = d->shown,
		.result = verdict,
		.reason = detail,
		.line = -1,
		.column = -1,
		.linked_from = d->linked_from,
		.linked_line = d->linked_from ? d->linked_line : -1,
	};

	return session_documents_report(s, &report_of);
}

static int session_documents_refuse_element(struct session_documents_reading *r,
	int64_t line, const char *url, enum verdict verdict, const char *detail)
{
	const struct fetch_element element = {
		.document = r->place.document,
		.line = line,
		.url = url,
		.result = verdict,
		.reason = detail ? detail : "",
	};

	if (verdict == VERDICT_LIMIT_EXCEEDED) {
		if (r->certificate_limit_told)
			return 0;
		r->certificate_limit_told = true;
		r->s->failed++;
	}
	return session_report_element(r->s, &element);
}

/* --- what is found --- */

static int session_documents_on_link(
	void *userdata, const char *url, int64_t line)
{
	struct session_documents_reading *r = userdata;
	CLEANUP(queue_answer_done) struct queue_answer answer = {0};
	struct queue_place place = r->place;
	struct queue_document refused = {0};
	int error = 0;

	place.line = line;
	error = queue_add_link(r->s->queue, &place, url, &answer);
	if (error < 0 || answer.verdict == VERDICT_ACCEPTED)
		return error;
	if (answer.verdict == VERDICT_LIMIT_EXCEEDED) {
		if (r->link_limit_told)
			return 0;
		r->link_limit_told = true;
	}
	refused.shown = answer.shown;
	refused.linked_from = (char *)r->place.document;
	refused.linked_line = line;
	return session_documents_report_unread(
		r->s, &refused, answer.verdict, answer.detail);
}

static int session_documents_offer_base64(struct session_documents_reading *r,
	const struct document_certificate *c)
{
	CLEANUP(queue_answer_done) struct queue_answer answer = {0};
	CLEANUP(bytes_done) struct bytes der = {0};
	struct decode_refusal refusal = {0};
	struct candidate offer = {
		.from = {.variant = CANDIDATE_BASE64,
			.document = r->place.document,
			.line = c->line,
			.sha256 = c->sha256,
			.authenticated = r->place.authenticated},
	};
	int error = queue_count_certificate(r->s->queue, &answer);

	if (error < 0)
		return error;
	if (answer.verdict != VERDICT_ACCEPTED)
		return session_documents_refuse_element(
			r, c->line, NULL, answer.verdict, answer.detail);
	error = decode_base64(c->text, strlen(c->text), &der, &refusal);
	if (error < 0)
		return error;
	if (!der.data)
		return session_documents_refuse_element(r, c->line, NULL,
			refusal.verdict == VERDICT_TOO_LARGE
				? VERDICT_TOO_LARGE
				: VERDICT_NOT_BASE64,
			refusal.what);
	offer.der = TAKE_OBJECT(der);
	return session_offer(r->s, &offer);
}

static int session_documents_on_certificate(
	void *userdata, const struct document_certificate *c)
{
	struct session_documents_reading *r = userdata;
	CLEANUP(queue_answer_done) struct queue_answer answer = {0};
	struct queue_place place = r->place;
	int error = 0;

	if (c->text)
		return session_documents_offer_base64(r, c);
	place.line = c->line;
	error = queue_add_certificate(
		r->s->queue, &place, c->url, c->sha256, &answer);
	if (error < 0 || answer.verdict == VERDICT_ACCEPTED)
		return error;
	return session_documents_refuse_element(
		r, c->line, answer.shown, answer.verdict, answer.detail);
}

static int64_t session_documents_parse_index(const char *text)
{
	char *end = NULL;
	long value = 0;

	if (!text || !*text)
		return -1;
	errno = 0;
	value = strtol(text, &end, 10);
	return *end || errno || value < 0 || value > INT32_MAX ? -1 : value;
}

/* misplaced: why it is not read, or NULL. */
static int session_documents_offer_setting(struct session_documents_reading *r,
	const struct document_setting *found, const char *misplaced)
{
	enum setting_id id = SETTING__END;
	bool ours = setting_find(found->name, &id) == 0;
	const struct fetch_setting setting = {
		.name = found->name,
		.index = session_documents_parse_index(found->index),
		/* What it is not needed for may be a key. */
		.value = ours && !misplaced ? found->value : NULL,
		.permission = found->perm,
		.action = found->action,
		.document = r->place.document,
		.line = found->line,
		.authenticated = r->place.authenticated,
		.misplaced = misplaced,
		.text_line = id == SETTING_WEBSERVER_CERT && !misplaced
			? found->text_line
			: -1,
	};

	bool good = false;
	int error = 0;

	if (r->s->settings >= SESSION_MAX_SETTINGS)
		return 0;
	r->s->settings++;
	error = session_settle(r->s);
	if (error == 0)
		error = r->s->config->calls->offer_setting(
			r->s->config->daemon, &setting, &r->s->scope, &good);
	if (error < 0 || !good || !ours)
		return error;
	/* Whoever wrote it knows it, and may get it. */
	return http_users_bring(&r->s->users, r->place.base, id, found->value);
}

/* It is near one of ours, or one that we should act on: worth a word. So
 * many names are looked at. */
static bool session_documents_is_worth_telling(
	struct fetcher_session *s, const struct document_setting *found)
{
	enum setting_id near = SETTING__END;

	if (setting_is_unserved(found->name, found->value))
		return true;
	return s->looked_at++ < SESSION_MAX_LOOKED_AT &&
		setting_find_near(found->name, &near) == 0;
}

static int session_documents_on_setting(
	void *userdata, const struct document_setting *found)
{
	struct session_documents_reading *r = userdata;
	enum setting_id id = SETTING__END;

	/* The phone has a thousand others, which do not concern us. */
	if (setting_find(found->name, &id) < 0) {
		r->s->others++;
		if (!session_documents_is_worth_telling(r->s, found))
			return 0;
	}
	return session_documents_offer_setting(r, found, NULL);
}

/* A link that is not written as one. */
static int session_documents_refuse_link(struct session_documents_reading *r,
	const struct document_refusal *refusal)
{
	static char nothing[] = "";
	CLEANUP(free) char *shown = NULL;
	struct fetch_document report_of = {
		.url = nothing,
		.result = refusal->verdict == VERDICT_EMPTY
			? VERDICT_URL_NOT_SUPPORTED
			: refusal->verdict,
		.reason = refusal->detail,
		.line = -1,
		.column = -1,
		.linked_from = r->place.document,
		.linked_line = refusal->line,
		.markup = refusal->markup,
	};

	if (refusal->url && *refusal->url) {
		int error = url_redact_userinfo(refusal->url, &shown);

		if (error < 0)
			return error;
		report_of.url = shown;
	}
	return session_documents_report(r->s, &report_of);
}

/*
 * A setting of ours is offered with a value that none can have, so that the
 * daemon refuses it, or with what is wrong with its place or name. Other
 * settings of the phone are ignored.
 */
static const char *session_documents_refused_value(
	const struct document_refusal *refusal)
{
	static char long_text[DOCUMENT_MAX_SETTING_BYTES + 2];

	if (refusal->verdict != VERDICT_TOO_LARGE)
		return "(an element instead of a value)";
	if (strcmp(refusal->element,
		    setting_get(SETTING_WEBSERVER_CERT)->name) != 0)
		return "(too long a value)";
	/* One more than a text of that kind may have. */
	memset(long_text, '-', sizeof(long_text) - 1);
	return long_text;
}

static int session_documents_refuse_setting(struct session_documents_reading *r,
	const struct document_refusal *refusal)
{
	const struct document_setting setting = {
		.name = refusal->element,
		.value = session_documents_refused_value(refusal),
		.line = refusal->line,
		.text_line = -1,
	};
	enum setting_id id = SETTING__END;

	if (refusal->verdict == VERDICT_MISPLACED ||
		refusal->verdict == VERDICT_UNKNOWN_ELEMENT)
		return session_documents_offer_setting(r, &setting,
			setting_find(refusal->element, &id) == 0 ||
					setting_is_foreseen(refusal->element)
				? refusal->detail
				: NULL);
	return session_documents_on_setting(r, &setting);
}

static int session_documents_refuse_certificate(
	struct session_documents_reading *r,
	const struct document_refusal *refusal)
{
	CLEANUP(queue_answer_done) struct queue_answer answer = {0};
	CLEANUP(free) char *shown = NULL;
	struct fetch_element element = {
		.document = r->place.document,
		.line = refusal->line,
		.result = refusal->verdict,
		.reason = refusal->detail,
		.markup = refusal->markup,
	};
	int error = queue_count_certificate(r->s->queue, &answer);

	if (error == 0 && answer.verdict != VERDICT_ACCEPTED) {
		error = session_documents_refuse_element(
			r, refusal->line, NULL, answer.verdict, answer.detail);
		return error < 0 ? error : r->certificate_limit_told;
	}
	if (error == 0 && refusal->url && *refusal->url)
		error = url_redact_userinfo(refusal->url, &shown);
	if (error < 0)
		return error;
	element.url = shown;
	return session_report_element(r->s, &element);
}

static int session_documents_on_refused(
	void *userdata, const struct document_refusal *refusal)
{
	struct session_documents_reading *r = userdata;

	switch (refusal->kind) {
	case DOCUMENT_LINK:
		return session_documents_refuse_link(r, refusal);
	case DOCUMENT_CERTIFICATE:
		return session_documents_refuse_certificate(r, refusal);
	case DOCUMENT_SETTING:
		return session_documents_refuse_setting(r, refusal);
	}
	return 0;
}

static const struct document_handler handler = {
	.link = session_documents_on_link,
	.certificate = session_documents_on_certificate,
	.setting = session_documents_on_setting,
	.refused = session_documents_on_refused,
};

/* --- one document --- */

/* What a piece of a document offers is answered before the next one is read. */
static int session_documents_push(
	struct session_documents_reading *r, const void *data, size_t len)
{
	int error = document_push(r->document, data, len);

	return error < 0 ? error : session_settle(r->s);
}

static int session_documents_on_body(void *userdata,
	const struct download_result *so_far, const void *data, size_t len)
{
	struct session_documents_reading *r = userdata;
	int error = 0;

	if (!r->base) {
		r->base = strdup(so_far->url);
		if (!r->base)
			return -ENOMEM;
		r->place.base = r->base;
		r->place.authenticated =
			r->entry->authenticated && so_far->authenticated;
		error = session_report_servers(r->s);
		if (error < 0)
			return error;
	}
	error = session_documents_push(r, data, len);
	if (error < 0)
		return error;
	if (session_check_time(r->s) < 0)
		return -ETIME;
	return document_is_decided(r->document) ? ENOUGH : 0;
}

static int session_documents_report_peer(
	struct session_documents_reading *r, const struct tls_check *peer)
{
	const struct queue_document *entry = r->entry;
	const struct fetch_peer from = {
		.document =
			entry->linked_from ? entry->linked_from : entry->shown,
		.line = entry->linked_from ? entry->linked_line : -1,
		.url = entry->shown,
		.asked = r->asked,
	};

	return session_report_peer(r->s, peer, &from);
}

static void session_documents_on_done(
	void *userdata, const struct download_result *result)
{
	struct session_documents_reading *r = userdata;

	r->done = true;
	r->download = *result;
	r->download.url = NULL;
	r->download.validator = NULL;
	r->download.peer = NULL;
	memcpy(r->detail, result->detail, sizeof(r->detail));
	r->error = result->error == ENOUGH ? 0 : result->error;
	if (r->error == 0)
		r->error =
			session_find_asked(result, r->entry->shown, &r->asked);
	if (result->peer && r->error == 0)
		r->error = session_documents_report_peer(r, result->peer);
}

/* A page of another server than the one that was asked: of the network, as
 * often as not. */
static void session_documents_suspect_portal(struct fetch_document *d,
	const struct url *asked, const struct url *came_from)
{
	if (mistake_find(d->mistake) == MISTAKE_WEB_PAGE && asked->host &&
		came_from->host && strcmp(asked->host, came_from->host) != 0)
		d->mistake = mistake_name(MISTAKE_CAPTIVE_PORTAL);
}

/* Where something else than a document came from, if not from where it was
 * asked for. */
static int session_documents_add_redirect(struct session_documents_reading *r,
	struct fetch_document *d, char **ret)
{
	CLEANUP(url_done) struct url asked = {0};
	CLEANUP(url_done) struct url came_from = {0};
	CLEANUP(free) char *shown = NULL;
	int error = 0;

	if (d->result == VERDICT_PROCESSED || !r->base || !r->entry->url)
		return 0;
	error = url_parse(r->entry->url, &asked);
	if (error == 0)
		error = url_parse(r->base, &came_from);
	if (error < 0)
		return error == -ENOMEM ? error : 0;
	if (url_equal(&asked, &came_from))
		return 0;
	session_documents_suspect_portal(d, &asked, &came_from);
	error = url_redact(r->base, &shown);
	if (error == 0)
		error = string_format(ret, "%s%sa redirect led to %s",
			d->reason, *d->reason ? "; " : "", shown);
	if (error == 0)
		d->reason = *ret;
	return error;
}

/* Report the document, whether it came whole or not. */
static int session_documents_conclude(struct session_documents_reading *r)
{
	CLEANUP(free) char *unknown = NULL;
	CLEANUP(free) char *redirected = NULL;
	bool arrived = r->download.verdict == VERDICT_PROCESSED ||
		r->download.error == ENOUGH;
	struct document_result parsed = {.verdict = r->download.verdict};
	struct fetch_document d = {
		.url = r->place.document,
		.bytes = (int64_t)r->download.bytes,
		.reason = r->detail,
		.line = -1,
		.column = -1,
		.authenticated = r->place.authenticated,
		.linked_from = r->entry->linked_from,
		.linked_line =
			r->entry->linked_from ? r->entry->linked_line : -1,
	};
	int error = 0;

	if (!arrived)
		d.server = (struct fetch_server){
			.asked = r->asked,
			.status = r->download.status,
			.cause = r->download.cause,
			.retry_after = r->download.retry_after,
		};
	d.server.client = r->download.client;

	if (arrived) {
		error = document_finish(r->document, &parsed);
		if (error < 0)
			return error;
		d.reason = parsed.detail;
	}
	d.result = parsed.verdict;
	d.line = parsed.line > 0 ? parsed.line : -1;
	d.column = parsed.column > 0 ? parsed.column : -1;
	d.mistake = mistake_name(parsed.mistake);
	error = arrived ? session_documents_add_redirect(r, &d, &redirected)
			: 0;
	if (error < 0)
		return error;
	if (r->entry->unknown) {
		error = string_format(&unknown, "%s%sleft as written: %s",
			d.reason, *d.reason ? "; " : "", r->entry->unknown);
		if (error < 0)
			return error;
		d.reason = unknown;
	}
	if (!*d.reason)
		d.reason = NULL;
	r->s->succeeded += d.result == VERDICT_PROCESSED;
	return session_documents_report(r->s, &d);
}

static int session_documents_reading_init(struct session_documents_reading *r,
	struct fetcher_session *s, const struct queue_document *entry)
{
	*r = (struct session_documents_reading){
		.s = s,
		.entry = entry,
		.place = {.document = entry->shown, .depth = entry->depth},
	};
	return document_new(&handler, r, &r->document);
}

static int session_documents_fetch(
	struct fetcher_session *s, const struct queue_document *entry)
{
	CLEANUP(session_documents_reading_done)
	struct session_documents_reading r = {0};
	const struct download_request request = {
		.url = entry->url,
		.authenticated = entry->authenticated,
		.max_bytes = s->job->limits.document_bytes,
		.body = session_documents_on_body,
		.done = session_documents_on_done,
		.userdata = &r,
	};
	int error = session_documents_reading_init(&r, s, entry);

	s->reading_first = !entry->linked_from;
	if (error == 0)
		error = downloader_add(s->downloader, &request);
	while (error == 0 && !r.done)
		error = session_step(s);
	if (error == 0)
		error = r.error;
	if (error != -ETIME)
		return error < 0 ? error : session_documents_conclude(&r);
	/* This document and the rest are reported as never reached. Transfers
	 * that still run would call back into this frame, so they end. */
	s->downloader = downloader_free(s->downloader);
	return session_documents_report_unread(
		s, entry, VERDICT_LIMIT_EXCEEDED, SESSION_OUT_OF_TIME);
}

/* --- a document that came with the job --- */

static int session_documents_push_fd(
	struct session_documents_reading *r, int fd)
{
	uint64_t left = r->s->job->limits.document_bytes;
	char data[READ_BYTES];
	ssize_t n = 0;
	int error = 0;

	while (error == 0 && (n = read(fd, data, sizeof(data))) > 0) {
		if ((uint64_t)n > left) {
			r->download.verdict = VERDICT_TOO_LARGE;
			return 0;
		}
		left -= (uint64_t)n;
		r->download.bytes += (uint64_t)n;
		error = session_documents_push(r, data, (size_t)n);
	}
	explicit_bzero(data, sizeof(data));
	return n < 0 ? -errno : error;
}

static int session_documents_read_inline(struct fetcher_session *s)
{
	static char name[] = INLINE_NAME;
	const struct queue_document entry = {.shown = name, .depth = 1};
	CLEANUP(session_documents_reading_done)
	struct session_documents_reading r = {0};
	const char *text = s->job->document;
	int error = session_documents_reading_init(&r, s, &entry);

	if (error < 0)
		return error;
	r.download.verdict = VERDICT_PROCESSED;
	/* Only an admin may hand over a document. */
	r.place.authenticated = true;
	if (text) {
		r.download.bytes = strlen(text);
		error = session_documents_push(&r, text, strlen(text));
	} else {
		error = session_documents_push_fd(&r, s->config->document_fd);
	}
	return error < 0 ? error : session_documents_conclude(&r);
}

/* --- all of them --- */

static int session_documents_add_first(struct fetcher_session *s)
{
	int error = 0;

	for (size_t i = 0; i < s->job->url_count && error == 0; i++) {
		CLEANUP(queue_answer_done) struct queue_answer answer = {0};
		struct queue_document refused = {0};

		error = queue_add_first(s->queue, s->job->urls[i], &answer);
		if (error < 0 || answer.verdict == VERDICT_ACCEPTED)
			continue;
		refused.shown = answer.shown;
		error = session_documents_report_unread(
			s, &refused, answer.verdict, answer.detail);
	}
	return error;
}

static bool session_documents_is_forbidden(
	const struct fetcher_session *s, const struct queue_document *entry)
{
	return s->scope == FETCH_SCOPE_NOTHING ||
		(s->scope == FETCH_SCOPE_FIRST && entry->linked_from);
}

static int session_documents_read_next(
	struct fetcher_session *s, const struct queue_document *entry)
{
	if (s->job->offline)
		return session_documents_report_unread(
			s, entry, VERDICT_NOT_ATTEMPTED, SESSION_OFFLINE);
	if (session_documents_is_forbidden(s, entry))
		return session_documents_report_unread(
			s, entry, VERDICT_NOT_ATTEMPTED, SESSION_OUT_OF_SCOPE);
	if (session_check_time(s) < 0)
		return session_documents_report_unread(
			s, entry, VERDICT_LIMIT_EXCEEDED, SESSION_OUT_OF_TIME);
	return session_documents_fetch(s, entry);
}

int session_documents(struct fetcher_session *s)
{
	const struct queue_document *entry = NULL;
	int error = 0;

	if (s->job->url_count > 0)
		error = session_documents_add_first(s);
	else if (s->job->document || s->config->document_fd >= 0)
		error = session_documents_read_inline(s);
	while (error == 0 && (entry = queue_next(s->queue))) {
		error = session_documents_read_next(s, entry);
		if (error == 0)
			error = session_progress(s, FETCH_STAGE_DOCUMENTS,
				queue_taken(s->queue),
				queue_documents(s->queue));
	}
	s->reading_first = false;
	return error;
}
