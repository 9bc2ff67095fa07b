/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange kept for the next job, and one of an earlier job in place of an
 * exchange. What depends on the job is decided again: whether the peer is
 * trusted, whether the answer is authenticated, where a redirect may lead.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/transfer.h"
#include "lib/base/string.h"

/* --- keeping --- */

void transfer_forget_kept(struct transfer *t)
{
	replay_exchange_done(&t->kept);
	t->kept_room = 0;
	t->kept_lost = false;
}

int transfer_keep_peer(struct transfer *t, const SSL *connection)
{
	struct replay_exchange *k = &t->kept;

	if (!t->policy->replay || k->chain_count > 0)
		return 0;
	return tls_copy_chain(connection, &k->chain, &k->chain_count);
}

int transfer_keep_body(struct transfer *t, const void *data, size_t len)
{
	struct bytes *body = &t->kept.body;
	uint8_t *more = NULL;

	if (!t->policy->replay || t->kept_lost)
		return 0;
	t->kept_lost = len > replay_room(t->policy->replay) ||
		body->len > replay_room(t->policy->replay) - len;
	if (t->kept_lost)
		return 0;
	if (body->len + len > t->kept_room) {
		t->kept_room = 2 * (body->len + len);
		more = realloc(body->data, t->kept_room);
		if (!more)
			return -ENOMEM;
		body->data = more;
	}
	memcpy(body->data + body->len, data, len);
	body->len += len;
	return 0;
}

/* The chain that was refused is with the check. */
static int transfer_keep_refused_peer(struct transfer *t)
{
	struct replay_exchange *k = &t->kept;
	int r = 0;

	for (size_t i = 0; i < k->chain_count; i++)
		bytes_done(&k->chain[i]);
	free(k->chain);
	k->chain_count = 0;
	k->chain = calloc(t->tls.chain_count, sizeof(*k->chain));
	if (!k->chain)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < t->tls.chain_count; i++) {
		r = bytes_copy(t->tls.chain[i].data, t->tls.chain[i].len,
			&k->chain[i]);
		k->chain_count += r == 0;
	}
	return r;
}

/* What depends on this run alone does not count for the next: its end of time,
 * its memory, and a chain that was too long to be copied. */
static bool transfer_is_worth_keeping(const struct transfer *t)
{
	return !t->kept_lost &&
		(t->result.error == 0 || t->result.error == -ECANCELED) &&
		!(t->tls.done && t->tls.result.verdict == VERDICT_BUDGET);
}

int transfer_keep(struct transfer *t, bool redirect)
{
	struct replay_exchange *k = &t->kept;
	bool refused = t->tls.done && !t->tls.result.trusted;
	int r = 0;

	if (!t->policy->replay || !transfer_is_worth_keeping(t))
		return 0;
	k->max_bytes = t->request->max_bytes;
	k->answered = !refused;
	k->result = t->result;
	k->stopped = t->result.error < 0;
	r = string_replace(&k->url, t->url_text);
	if (r == 0 && refused)
		r = transfer_keep_refused_peer(t);
	if (r == 0 && redirect)
		r = string_replace(&k->location, t->location);
	if (r == 0)
		r = string_replace(&k->validator, t->result.validator);
	return r < 0 ? r : replay_keep(t->policy->replay, k);
}

/* --- in place of an exchange --- */

/* 0; or whether the peer may be asked, by what this job trusts. */
static int transfer_verify_again(
	struct transfer *t, const struct replay_exchange *e)
{
	int r = 0;

	if (!t->url.https || e->chain_count == 0) {
		t->authenticated = false;
		return 0;
	}
	r = tls_repeat_check(&t->tls, e->chain, e->chain_count);
	if (r == 0 && !tls_verdict_authenticates(t->tls.result.verdict))
		t->authenticated = false;
	return r;
}

static void transfer_replay_body(
	struct transfer *t, const struct replay_exchange *e)
{
	t->result.url = t->url_text;
	t->result.authenticated = t->authenticated;
	if (e->body.len == 0)
		return;
	t->body_delivered = true;
	t->result.error = t->request->body(
		t->request->userdata, &t->result, e->body.data, e->body.len);
	/* It had enough of this then, and wants more of it now. */
	if (e->stopped && t->result.error == 0)
		transfer_refuse(t, VERDICT_CONNECTION_FAILED, "");
}

static void transfer_replay_result(
	struct transfer *t, const struct replay_exchange *e)
{
	t->result = e->result;
	t->result.error = 0;
	t->result.peer = NULL;
	t->result.validator = e->validator;
	transfer_replay_body(t, e);
}

enum transfer_replayed transfer_replay(struct transfer *t)
{
	const struct replay_exchange *e = NULL;

	/* A look is part of an exchange that is not kept yet. */
	if (t->policy->replay && !t->looking)
		e = replay_find(
			t->policy->replay, t->url_text, t->request->max_bytes);
	if (!e)
		return TRANSFER_NOT_KEPT;
	t->result.error = transfer_verify_again(t, e);
	if (t->tls.done && !t->tls.result.trusted) {
		(void)transfer_end(t, CURLE_PEER_FAILED_VERIFICATION);
		return TRANSFER_REPLAYED;
	}
	if (!e->answered && t->result.error == 0) {
		t->tls.done = false;
		return TRANSFER_NOT_KEPT;
	}
	curl_easy_cleanup(t->easy);
	t->easy = NULL;
	if (t->result.error < 0)
		return TRANSFER_REPLAYED;
	transfer_replay_result(t, e);
	if (!e->location)
		return TRANSFER_REPLAYED;
	return string_replace(&t->location, e->location) < 0
		? TRANSFER_REPLAYED
		: TRANSFER_REDIRECTED;
}
