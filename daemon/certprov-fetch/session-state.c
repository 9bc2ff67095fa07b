/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/session-state.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/base/bytes.h"
#include "lib/base/digest.h"

#define MILLION 1000000
#define STEP_MS 1000

/* --- time --- */

static int64_t session_now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / MILLION;
}

int session_check_time(const struct fetcher_session *s)
{
	return session_now_ms() < s->deadline_ms ? 0 : -ETIME;
}

void session_start_time(struct fetcher_session *s)
{
	s->deadline_ms =
		session_now_ms() + (int64_t)s->job->limits.seconds * 1000;
}

int session_step(struct fetcher_session *s)
{
	int64_t left = s->deadline_ms - session_now_ms();

	if (left <= 0)
		return -ETIME;
	return downloader_step(
		s->downloader, left < STEP_MS ? (int)left : STEP_MS);
}

/* --- what the daemon is told --- */

int session_report_element(
	struct fetcher_session *s, const struct fetch_element *element)
{
	int r = session_settle(s);

	return r < 0
		? r
		: s->config->calls->report_element(s->config->daemon, element);
}

int session_find_asked(
	const struct download_result *result, const char *shown, char **ret)
{
	CLEANUP(free) char *asked = NULL;
	int r = result->url ? url_redact_userinfo(result->url, &asked) : 0;

	if (r == 0 && asked && strcmp(asked, shown) != 0)
		*ret = TAKE_PTR(asked);
	return r;
}

int session_report_peer(struct fetcher_session *s, const struct tls_check *peer,
	const struct fetch_peer *from)
{
	struct fetch_peer report = *from;

	report.chain.items = peer->chain;
	report.chain.count = peer->chain_count;
	report.host = peer->host;
	report.result = peer->result.verdict;
	if (s->peers >= SESSION_MAX_PEERS || peer->chain_count == 0 ||
		peer->result.verdict == VERDICT_ACCEPTED)
		return 0;
	s->peers++;
	return s->config->calls->report_peer(s->config->daemon, &report);
}

int session_note_server(struct fetcher_session *s, const char *host,
	const struct bytes *chain, size_t count)
{
	return s->reading_first ? guard_add(&s->servers, host, chain, count)
				: 0;
}

int session_report_servers(struct fetcher_session *s)
{
	CLEANUP(guard_done) struct guard servers = TAKE_OBJECT(s->servers);
	int r = 0;

	for (size_t i = 0; r == 0 && i < servers.count &&
		s->servers_told < FETCH_MAX_SERVERS;
		i++) {
		const struct guard_server *g = &servers.servers[i];

		s->servers_told++;
		r = s->config->calls->report_server(s->config->daemon,
			&(struct fetch_guarded){
				.chain = {g->chain, g->chain_count},
				.host = g->host,
			});
	}
	return r;
}

/* A failure ends the run. */
static int session_distrust(
	struct fetcher_session *s, const struct fetch_distrusted *d)
{
	int r = 0;

	for (size_t i = 0; i < d->count && r == 0; i++)
		r = trust_add_distrusted(s->config->trust, d->entries[i].kind,
			d->entries[i].sha256);
	if (d->count > 0 && s->downloader)
		downloader_forget(s->downloader);
	/* It counts for copies and for what it issued as well, which only what
	 * is kept can tell. */
	if (r == 0 && d->count > 0 && s->behind)
		r = session_catch_up(s);
	return r;
}

int session_repeat_progress(struct fetcher_session *s)
{
	CLEANUP(fetch_distrusted_done) struct fetch_distrusted d = {0};
	int r = 0;

	if (s->progress_calls >= fetch_limits_progress(&s->job->limits))
		return -EDQUOT;
	s->progress_calls++;
	r = s->config->calls->progress(s->config->daemon, &s->progress, &d);
	return r < 0 ? r : session_distrust(s, &d);
}

int session_progress(struct fetcher_session *s, enum fetch_stage stage,
	size_t done, size_t total)
{
	s->progress = (struct fetch_progress){
		.stage = stage,
		.done = (int64_t)done,
		.total = (int64_t)total,
	};
	return session_repeat_progress(s);
}

/* --- trust within the run --- */

/* From the next connection on. One that does not fit is not used. When the
 * daemon would answer no more, all is kept. */
static int session_trust_it(
	struct fetcher_session *s, const struct bytes *der, unsigned lists)
{
	int r = 0;

	if (s->trust_calls < FETCH_MAX_TRUSTS &&
		(s->behind ||
			s->kept_bytes + der->len > SESSION_MAX_KEPT_BYTES)) {
		s->behind = true;
		return 0;
	}
	s->kept_bytes += der->len;
	r = anchors_add(s->config->trust->anchors, der->data, der->len, lists);
	return r == -ENOMEM ? r : 0;
}

int session_catch_up(struct fetcher_session *s)
{
	CLEANUP(trust_free) struct trust *now = NULL;
	int r = s->config->calls->get_trust(s->config->daemon, &now);

	s->trust_calls++;
	if (r < 0)
		return r;
	/* The rest is as the job has it, and what was distrusted since. */
	SWAP(s->config->trust->anchors, now->anchors);
	s->kept_bytes = 0;
	s->behind = false;
	r = trust_follow_distrust(s->config->trust, now);
	if (r > 0 && s->downloader)
		downloader_forget(s->downloader);
	return r < 0 ? r : 0;
}

static int session_wait_for_issuer(
	struct fetcher_session *s, const struct bytes *der)
{
	struct session_waiting *w = &s->waiting[s->waiting_count];
	int r = 0;

	if (s->waiting_count >= ARRAY_SIZE(s->waiting))
		return 0;
	r = digest_sha256_hex(der->data, der->len, w->sha256);
	if (r == 0)
		r = bytes_copy(der->data, der->len, &w->der);
	if (r == 0)
		s->waiting_count++;
	return r;
}

static int session_wake(struct fetcher_session *s, const char *sha256)
{
	for (size_t i = 0; i < s->waiting_count; i++) {
		struct session_waiting *w = &s->waiting[i];
		int r = 0;

		if (strcmp(w->sha256, sha256) != 0)
			continue;
		r = session_trust_it(s, &w->der, ANCHOR_INTERMEDIATE);
		bytes_done(&w->der);
		*w = s->waiting[--s->waiting_count];
		return r;
	}
	return 0;
}

/* What became of one that was offered. */
static int session_answered(struct fetcher_session *s, const struct bytes *der,
	bool authenticated, const struct offer_answer *answer)
{
	int r = 0;

	/* One that was trusted before needs nothing. */
	if (answer->verdict == VERDICT_ACCEPTED)
		r = session_trust_it(s, der,
			answer->lists |
				(authenticated ? (unsigned)ANCHOR_AUTHENTICATED
					       : 0U));
	else if (answer->verdict == VERDICT_PENDING)
		r = session_wait_for_issuer(s, der);
	for (size_t i = 0; i < answer->woken_count && r == 0; i++)
		r = session_wake(s, answer->woken[i]);
	return r;
}

int session_offer(struct fetcher_session *s, struct candidate *c)
{
	CLEANUP(bytes_done) struct bytes der = TAKE_OBJECT(c->der);
	int r = s->offered_count < ARRAY_SIZE(s->offered) ? 0
							  : session_settle(s);

	c->der = der;
	if (r == 0)
		r = s->config->calls->offer_certificate(s->config->daemon, c);
	c->der = (struct bytes){0};
	if (r == 0)
		s->offered[s->offered_count++] = (struct session_offered){
			.der = TAKE_OBJECT(der),
			.authenticated = c->from.authenticated,
		};
	return r;
}

static int session_settle_one(
	struct fetcher_session *s, const struct session_offered *o)
{
	CLEANUP(candidates_answer_done) struct offer_answer answer = {0};
	int r = s->config->calls->await_offer(s->config->daemon, &answer);

	return r < 0 ? r
		     : session_answered(s, &o->der, o->authenticated, &answer);
}

int session_settle(struct fetcher_session *s)
{
	int r = 0;

	for (size_t i = 0; i < s->offered_count; i++) {
		if (r == 0)
			r = session_settle_one(s, &s->offered[i]);
		bytes_done(&s->offered[i].der);
	}
	s->offered_count = 0;
	return r;
}
