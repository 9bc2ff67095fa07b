/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/session.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/certprov-fetch/session-state.h"
#include "lib/verify/verify.h"

#define CONNECT_MS 15000
#define IDLE_SECONDS 30
#define TOTAL_MS 300000

static int session_before_tls(void *userdata)
{
	return session_repeat_progress(userdata);
}

static int session_verify(void *userdata, const struct bytes *chain,
	size_t count, const char *host, struct tls_verdict *ret)
{
	struct fetcher_session *s = userdata;
	CLEANUP(verify_result_done) struct verify_result result = {0};
	const struct verify_query query = {
		.chain = chain,
		.chain_count = count,
		.host = host,
		.purpose = PURPOSE_PROVISIONING,
		.now = time(NULL),
	};
	int r = verify_peer(s->config->trust, &query, &result);

	/* What this run has accepted may speak for it. */
	if (r == 0 && !result.trusted && s->behind) {
		verify_result_done(&result);
		r = session_catch_up(s);
		if (r == 0)
			r = verify_peer(s->config->trust, &query, &result);
	}
	if (r < 0)
		return r;
	ret->trusted = result.trusted;
	ret->verdict = result.verdict;
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s",
		result.reason ? result.reason : verdict_name(result.verdict));
	return result.trusted ? session_note_server(s, host, chain, count) : 0;
}

static int session_sign(
	void *userdata, const struct fetch_signing *what, struct bytes *ret)
{
	const struct fetcher_session *s = userdata;

	return s->config->calls->sign(s->config->daemon, what, ret);
}

/* --- life --- */

static int session_set_client(struct fetcher_session *s)
{
	const struct tls_client_identity identity = {
		.chain = s->job->identity,
		.count = s->job->identity_count,
		.sign = session_sign,
		.userdata = s,
	};

	return identity.count > 0 ? tls_client_new(&identity, &s->client) : 0;
}

static void session_set_verifier(struct fetcher_session *s)
{
	const struct policy *policy = &s->config->trust->policy;

	if (s->config->verifier) {
		s->verifier = *s->config->verifier;
	} else {
		s->verifier.verify = session_verify;
		s->verifier.userdata = s;
	}
	s->verifier.offer = &policy->tls;
	s->verifier.security_level = policy->profile == PROFILE_STRICT ? 2 : 1;
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
		.users = &s->users,
		.client = s->client,
		.replay = s->config->replay,
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
	int r = http_users_init(s->job, &s->users);

	if (r == 0)
		r = session_set_client(s);
	if (r < 0)
		return r;
	session_set_verifier(s);
	session_set_policy(s);
	session_start_time(s);
	s->scope = s->job->scope;
	r = queue_new(&s->job->limits, &variables, &s->queue);
	if (r < 0)
		return r;
	return downloader_new(&s->policy, s->config->watch_fd, &s->downloader);
}

static void session_end(struct fetcher_session *s)
{
	s->downloader = downloader_free(s->downloader);
	s->client = tls_client_free(s->client);
	s->queue = queue_free(s->queue);
	http_users_done(&s->users);
	for (size_t i = 0; i < s->waiting_count; i++)
		bytes_done(&s->waiting[i].der);
	for (size_t i = 0; i < s->offered_count; i++)
		bytes_done(&s->offered[i].der);
	guard_done(&s->servers);
	free(s);
}

static int session_finish(struct fetcher_session *s)
{
	struct fetch_finish f = {.result = FETCH_COMPLETE, .others = s->others};

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
