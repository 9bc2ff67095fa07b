/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a transfer ended: turns what libcurl and the server say into a verdict
 * and a reason, and decides whether another try may help.
 */
#include <string.h>

#include "daemon/certprov-fetch/transfer-end.h"

#define STATUS_REDIRECT 300
#define STATUS_NOT_MODIFIED 304
#define STATUS_BAD_REQUEST 400
#define STATUS_USER 401

static const long transient_statuses[] = {408, 425, 429, 500, 502, 503, 504};
static const long redirects[] = {301, 302, 303, 307, 308};

static bool transfer_is_among(long status, const long *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == status)
			return true;
	return false;
}

/* --- answers --- */

/* Web servers say in the body of an error that they want a certificate, or
 * another: a handshake in which they asked for one went well. Once they have
 * ours, only the statuses for that are about it: others are the business of
 * who knows who we are. */
static bool transfer_answer_is_about_client(const struct transfer *t)
{
	static const long refusals[] = {400, 495, 496, 401, 403};
	size_t count = t->result.client == FETCH_CLIENT_SENT
		? 3
		: ARRAY_SIZE(refusals);

	return t->tls.seen && t->tls.seen->requested &&
		transfer_is_among(t->result.status, refusals, count) &&
		strcasestr(t->ignored, "certificate");
}

static void transfer_tell_status(struct transfer *t)
{
	long status = t->result.status;

	if (transfer_answer_is_about_client(t))
		transfer_tell(t,
			t->result.client == FETCH_CLIENT_SENT
				? VERDICT_CLIENT_CERTIFICATE_REFUSED
				: VERDICT_CLIENT_CERTIFICATE_REQUIRED,
			FETCH_CAUSE_NONE, "HTTP status %ld", status);
	else if (status == STATUS_USER || status == TRANSFER_STATUS_PROXY_USER)
		transfer_explain_user(t, status);
	else if (t->result.retry_after > 0)
		transfer_tell(t, VERDICT_HTTP_STATUS, FETCH_CAUSE_NONE,
			"HTTP status %ld, and it asks to wait %lld seconds",
			status, (long long)t->result.retry_after);
	else
		transfer_tell(t, VERDICT_HTTP_STATUS, FETCH_CAUSE_NONE,
			"HTTP status %ld", status);
}

static struct transfer_end transfer_explain_status(struct transfer *t)
{
	struct transfer_end end = {0};

	t->result.retry_after = transfer_retry_after(t);
	transfer_tell_status(t);
	end.redirect = t->location &&
		transfer_is_among(
			t->result.status, redirects, ARRAY_SIZE(redirects));
	end.transient =
		t->result.retry_after <= DOWNLOAD_MAX_RETRY_AFTER_SECONDS &&
		transfer_is_among(t->result.status, transient_statuses,
			ARRAY_SIZE(transient_statuses));
	/* Many servers of HTTPS say this to a request in the clear. */
	end.look = t->result.status == STATUS_BAD_REQUEST && !t->url.https &&
		!t->policy->proxy;
	return end;
}

/* A sentence that becomes part of another. */
static const char *transfer_without_stop(char *sentence)
{
	size_t len = strlen(sentence);

	if (len > 0 && sentence[len - 1] == '.')
		sentence[len - 1] = 0;
	return sentence;
}

static struct transfer_end transfer_explain_response(struct transfer *t)
{
	t->result.authenticated = t->authenticated;
	t->result.validator = t->validator;
	t->result.not_modified =
		t->result.status == STATUS_NOT_MODIFIED && t->headers != NULL;
	if (t->result.status != TRANSFER_STATUS_OK && !t->result.not_modified)
		return transfer_explain_status(t);
	if (t->encoded) /* and without a body */
		transfer_tell(t, VERDICT_ENCODING_REFUSED, FETCH_CAUSE_NONE,
			"%s", "");
	else
		transfer_tell(t, VERDICT_PROCESSED, FETCH_CAUSE_NONE, "%s", "");
	return (struct transfer_end){0};
}

/* It answered, if not to the end: with an error whose body does not matter. */
static bool transfer_has_answer(const struct transfer *t, CURLcode code)
{
	bool cut = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR ||
		code == CURLE_GOT_NOTHING;

	return code == CURLE_OK ||
		t->ignored_bytes > DOWNLOAD_MAX_IGNORED_BYTES ||
		(cut && t->result.status >= STATUS_REDIRECT);
}

static struct transfer_end transfer_explain(struct transfer *t, CURLcode code)
{
	t->result.status = transfer_status(t);
	t->result.url = t->url_text;
	if (t->tls.seen)
		t->result.client = t->tls.seen->client;
	if (t->result.error < 0 || t->over)
		return (struct transfer_end){0}; /* said already */
	if (t->tls.done && !t->tls.result.trusted) {
		transfer_tell(t, VERDICT_TLS_REJECTED, FETCH_CAUSE_NONE, "%s",
			transfer_without_stop(t->tls.result.reason));
		t->result.peer = &t->tls;
		t->result.error = t->tls.error;
		return (struct transfer_end){0};
	}
	if (transfer_has_answer(t, code))
		return transfer_explain_response(t);
	return transfer_explain_failure(t, code);
}

struct transfer_end transfer_end(struct transfer *t, CURLcode code)
{
	struct transfer_end end = t->before;

	if (t->looking) {
		t->result.url = t->url_text;
		end.transient = !transfer_explain_look(t) && end.transient;
	}
	if (!t->looking)
		end = transfer_explain(t, code);
	t->before = end;
	t->looking = false;
	curl_easy_cleanup(t->easy);
	t->easy = NULL;
	return end;
}
