/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/session.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/certprov-fetch/session-state.h"
#include "lib/base/digest.h"
#include "lib/verify/verify.h"

#define MILLION 1000000
#define CONNECT_MS 15000
#define IDLE_SECONDS 30
#define TOTAL_MS 300000
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
	return s->config->calls->report_element(s->config->daemon, element);
}

int session_report_peer(struct fetcher_session *s, const struct tls_check *peer)
{
	const struct fetch_peer report = {
		.chain = {peer->chain, peer->chain_count},
		.host = peer->host,
		.result = peer->result.verdict,
	};

	if (s->peers >= SESSION_MAX_PEERS || peer->chain_count == 0 ||
		peer->result.verdict == VERDICT_ACCEPTED)
		return 0;
	s->peers++;
	return s->config->calls->report_peer(s->config->daemon, &report);
}

/* What cannot be distrusted here ends the run. */
static int session_distrust(
	struct fetcher_session *s, const struct fetch_distrusted *d)
{
	int r = 0;

	for (size_t i = 0; i < d->count && r == 0; i++)
		r = trust_add_distrusted(s->config->trust, d->entries[i].kind,
			d->entries[i].sha256);
	if (d->count > 0 && s->downloader)
		downloader_forget(s->downloader);
	return r;
}

static int session_say_progress(struct fetcher_session *s)
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
	return session_say_progress(s);
}

/* The same once more: for what the daemon says to it. */
static int session_before_tls(void *userdata)
{
	return session_say_progress(userdata);
}

/* --- trust within the run --- */

/* From the next connection on. What does not fit is not used, that is all. */
static int session_trust_it(
	struct fetcher_session *s, const struct bytes *der, unsigned lists)
{
	int r = anchors_add(
		s->config->trust->anchors, der->data, der->len, lists);

	return r == -ENOMEM ? r : 0;
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

int session_offer(struct fetcher_session *s, const struct candidate *c)
{
	CLEANUP(offer_answer_done) struct offer_answer answer = {0};
	int r = s->config->calls->offer_certificate(
		s->config->daemon, c, &answer);

	if (r < 0)
		return r;
	/* What was trusted before is as it was. */
	if (answer.verdict == VERDICT_ACCEPTED)
		r = session_trust_it(s, &c->der,
			answer.lists |
				(c->from.authenticated
						? (unsigned)ANCHOR_AUTHENTICATED
						: 0U));
	else if (answer.verdict == VERDICT_PENDING)
		r = session_wait_for_issuer(s, &c->der);
	for (size_t i = 0; i < answer.woken_count && r == 0; i++)
		r = session_wake(s, answer.woken[i]);
	return r;
}

static int session_verify(void *userdata, const struct bytes *chain,
	size_t count, const char *host, struct tls_verdict *ret)
{
	const struct fetcher_session *s = userdata;
	CLEANUP(verify_result_done) struct verify_result result = {0};
	const struct verify_query query = {
		.chain = chain,
		.chain_count = count,
		.host = host,
		.purpose = PURPOSE_PROVISIONING,
		.now = time(NULL),
	};
	int r = verify_peer(s->config->trust, &query, &result);

	if (r < 0)
		return r;
	ret->trusted = result.trusted;
	ret->verdict = result.verdict;
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s",
		result.reason ? result.reason : verdict_name(result.verdict));
	return 0;
}

/* --- life --- */

static int session_set_verifier(struct fetcher_session *s)
{
	const struct policy *policy = &s->config->trust->policy;
	int version = TLS1_2_VERSION;

	if (s->job->tls_minimum &&
		tls_version_parse(s->job->tls_minimum, &version) < 0)
		return -EBADMSG;
	if (s->config->verifier) {
		s->verifier = *s->config->verifier;
	} else {
		s->verifier.verify = session_verify;
		s->verifier.userdata = s;
	}
	s->verifier.minimum_version = version;
	/* Before 1.2, OpenSSL needs level 0 for the handshake's SHA-1; what
	 * certificates may be is lib/verify's. */
	if (version < TLS1_2_VERSION)
		s->verifier.security_level = 0;
	else
		s->verifier.security_level =
			policy->profile == PROFILE_STRICT ? 2 : 1;
	return 0;
}

static void session_set_policy(struct fetcher_session *s)
{
	const struct fetch_job *job = s->job;

	s->policy = (struct download_policy){
		.user_agent = job->user_agent,
		.proxy = job->proxy,
		.allow_local = job->allow_local,
		.local_origin = job->local_origin,
		.parallel = job->limits.parallel,
		.per_host = job->limits.per_host,
		.tries = job->retries,
		.retry_ms = s->config->retry_ms,
		.connect_ms = CONNECT_MS,
		.idle_seconds = IDLE_SECONDS,
		.total_ms = TOTAL_MS,
		.tls = &s->verifier,
		.before_tls = session_before_tls,
		.userdata = s,
	};
}

static int session_begin(struct fetcher_session *s)
{
	const struct url_variables variables = {
		.mac = s->job->mac_address,
		.phone_type = s->job->phone_type,
	};
	int r = session_set_verifier(s);

	if (r < 0)
		return r;
	session_set_policy(s);
	s->deadline_ms =
		session_now_ms() + (int64_t)s->job->limits.seconds * 1000;
	s->scope = s->job->scope;
	r = queue_new(&s->job->limits, &variables, &s->queue);
	if (r < 0)
		return r;
	return downloader_new(&s->policy, s->config->watch_fd, &s->downloader);
}

static void session_end(struct fetcher_session *s)
{
	s->downloader = downloader_free(s->downloader);
	s->queue = queue_free(s->queue);
	for (size_t i = 0; i < s->waiting_count; i++)
		bytes_done(&s->waiting[i].der);
	free(s);
}

static int session_finish(struct fetcher_session *s)
{
	struct fetch_finish f = {.result = FETCH_COMPLETE};

	if (s->failed > 0 ||
		(s->missing_first > 0 && s->missing_first == s->job->url_count))
		f.result = s->succeeded > 0 ? FETCH_PARTIAL : FETCH_FAILED;
	return s->config->calls->finish(s->config->daemon, &f);
}

int session_run(const struct session_config *config)
{
	struct fetcher_session *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return -ENOMEM;
	s->config = config;
	s->job = config->job;
	r = session_begin(s);
	if (r == 0)
		r = session_documents(s);
	if (r == 0)
		r = session_downloads(s);
	if (r == 0)
		r = session_finish(s);
	session_end(s);
	return r;
}
