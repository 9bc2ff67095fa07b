/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a transfer ended: turns what libcurl and the server say into a verdict
 * and a reason, and decides whether another try may help.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/certprov-fetch/transfer.h"

#define STATUS_NOT_MODIFIED 304

static void transfer_tell(
	struct transfer *t, enum verdict verdict, const char *detail)
{
	t->result.verdict = verdict;
	(void)snprintf(
		t->result.detail, sizeof(t->result.detail), "%s", detail);
}

void transfer_refuse(
	struct transfer *t, enum verdict verdict, const char *detail)
{
	if (t->over)
		return;
	t->over = true;
	transfer_tell(t, verdict, detail);
}

long transfer_status(const struct transfer *t)
{
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* What libcurl says, what that is to us, and whether another try may help.
 * What is not here is a failed connection that will fail again. */
static const struct meaning {
	CURLcode code;
	enum verdict verdict;
	bool transient;
} meanings[] = {
	{CURLE_COULDNT_RESOLVE_HOST, VERDICT_CONNECTION_FAILED, true},
	{CURLE_COULDNT_RESOLVE_PROXY, VERDICT_CONNECTION_FAILED, true},
	{CURLE_COULDNT_CONNECT, VERDICT_CONNECTION_FAILED, true},
	{CURLE_OPERATION_TIMEDOUT, VERDICT_TIMEOUT, true},
	{CURLE_GOT_NOTHING, VERDICT_CONNECTION_FAILED, true},
	{CURLE_PARTIAL_FILE, VERDICT_CONNECTION_FAILED, true},
	{CURLE_SEND_ERROR, VERDICT_CONNECTION_FAILED, true},
	{CURLE_RECV_ERROR, VERDICT_CONNECTION_FAILED, true},
	{CURLE_SSL_CONNECT_ERROR, VERDICT_TLS_REJECTED, false},
	{CURLE_PEER_FAILED_VERIFICATION, VERDICT_TLS_REJECTED, false},
};

static const long transient_statuses[] = {408, 425, 429, 500, 502, 503, 504};
static const long redirects[] = {301, 302, 303, 307, 308};

static bool transfer_is_among(long status, const long *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == status)
			return true;
	return false;
}

static bool transfer_explain_failure(struct transfer *t, CURLcode code)
{
	if (t->address_refused && code == CURLE_COULDNT_CONNECT) {
		transfer_tell(t, VERDICT_ADDRESS_REFUSED, t->host);
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++) {
		if (meanings[i].code == code) {
			transfer_tell(t, meanings[i].verdict,
				curl_easy_strerror(code));
			return meanings[i].transient;
		}
	}
	transfer_tell(t, VERDICT_CONNECTION_FAILED, curl_easy_strerror(code));
	return false;
}

static struct transfer_end transfer_explain_status(struct transfer *t)
{
	struct transfer_end end = {0};
	char status[32];

	(void)snprintf(
		status, sizeof(status), "HTTP status %ld", t->result.status);
	transfer_tell(t, VERDICT_HTTP_STATUS, status);
	end.redirect = t->location &&
		transfer_is_among(
			t->result.status, redirects, ARRAY_SIZE(redirects));
	end.transient = transfer_is_among(t->result.status, transient_statuses,
		ARRAY_SIZE(transient_statuses));
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
	t->result.url = t->url_text;
	t->result.authenticated = t->authenticated;
	t->result.validator = t->validator;
	t->result.not_modified =
		t->result.status == STATUS_NOT_MODIFIED && t->headers != NULL;
	if (t->result.status != TRANSFER_STATUS_OK && !t->result.not_modified)
		return transfer_explain_status(t);
	if (t->encoded) /* and without a body */
		transfer_tell(t, VERDICT_ENCODING_REFUSED, "");
	else
		transfer_tell(t, VERDICT_PROCESSED, "");
	return (struct transfer_end){0};
}

struct transfer_end transfer_end(struct transfer *t, CURLcode code)
{
	struct transfer_end end = {0};
	bool ignored = t->ignored_bytes > DOWNLOAD_MAX_IGNORED_BYTES;

	t->result.status = transfer_status(t);
	if (t->result.error < 0 || t->over)
		; /* said already */
	else if (t->tls.done && !t->tls.result.trusted) {
		transfer_tell(t, VERDICT_TLS_REJECTED,
			transfer_without_stop(t->tls.result.reason));
		t->result.peer = &t->tls;
		t->result.error = t->tls.error;
	} else if (code == CURLE_OK || ignored)
		end = transfer_explain_response(t);
	else
		end.transient = transfer_explain_failure(t, code);
	curl_easy_cleanup(t->easy);
	t->easy = NULL;
	return end;
}
