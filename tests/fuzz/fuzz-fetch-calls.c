/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile fetcher: the first byte picks firmware and Bootstrap=, the rest
 * is a stream of calls, framed and decoded as on a connection. Whatever they
 * say, the listener hears of nothing outside its phase, of nothing after a
 * violation or the end, of nothing past the limits, of no text with a control
 * character; and nothing is pending when the session has ended.
 */
#include "lib/provisioning/fetch-calls.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/varlink/varlink.h"

#define INTERFACE "io.certprov.fetch."
#define NOW 1780000000LL
#define MOST_CERTIFICATES 8
#define MOST_DOCUMENTS 4

/* NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

struct fuzz_run {
	struct fetch_session *session;
	enum fetch_phase before; /* the call that is under way */
	bool ending;
	struct fetch_job job;
	size_t accepted;
	size_t processed;
	size_t finished;
	size_t violated;
};

/* Only while calls of these phases are heard, and nobody misbehaved. */
static void require_phase(const struct fuzz_run *run, unsigned phases)
{
	require(run->ending || ((unsigned)run->before & phases) != 0);
	require(run->violated == 0 || run->ending);
}

static void require_clean(const char *text)
{
	for (; text && *text; text++)
		require((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void check_change(struct fuzz_run *run, const struct decision *d)
{
	if (d->outcome.kind == OUTCOME_SETTING) {
		require_phase(run, FETCH_DOCUMENTS);
		require((unsigned)d->setting < SETTING__END);
		return;
	}
	require(d->lists != 0 && d->certificate && !run->ending);
	require(++run->accepted <= MOST_CERTIFICATES);
}

static int on_decided(void *userdata, struct decision *d)
{
	const struct outcome *o = &d->outcome;
	enum verdict verdict = VERDICT__END;

	require_phase(userdata, FETCH_DOCUMENTS | FETCH_DOWNLOADING);
	require_clean(o->document);
	require_clean(o->url);
	require_clean(o->name);
	require_clean(o->reason);
	require_clean(d->from.validator);
	require(o->line >= 0 && o->verdict != VERDICT_PENDING);
	if (o->kind != OUTCOME_SETTING)
		require(verdict_find(outcome_result_name(o), &verdict) == 0);
	if (decision_is_change(d))
		check_change(userdata, d);
	return 0;
}

static int on_document(void *userdata, const struct fetch_document *document)
{
	struct fuzz_run *run = userdata;

	require_phase(run, FETCH_DOCUMENTS);
	if (document->result == VERDICT_PROCESSED)
		require(++run->processed <= MOST_DOCUMENTS);
	return 0;
}

static int on_rejected(void *userdata, const struct fetch_peer *peer)
{
	require_phase(userdata, FETCH_DOCUMENTS | FETCH_DOWNLOADING);
	require(!verdict_is_positive(peer->result));
	require(peer->chain.count <= CHAIN_MAX_CERTIFICATES);
	return 0;
}

static int on_progress(void *userdata, const struct fetch_progress *progress)
{
	require_phase(userdata, FETCH_DOCUMENTS | FETCH_DOWNLOADING);
	require(progress->done <= progress->total);
	return 0;
}

static int on_finished(void *userdata, enum fetch_result result)
{
	struct fuzz_run *run = userdata;

	require_phase(run, FETCH_DOCUMENTS | FETCH_DOWNLOADING);
	require((unsigned)result < FETCH_RESULT__END && ++run->finished == 1);
	return 0;
}

static void on_violated(void *userdata, const char *what)
{
	struct fuzz_run *run = userdata;

	require_clean(what);
	require(++run->violated == 1);
}

static const struct run_listener listener = {
	.decided = on_decided,
	.document = on_document,
	.rejected = on_rejected,
	.progress = on_progress,
	.finished = on_finished,
	.violated = on_violated,
};

static void take_call(struct fuzz_run *run, const struct varlink_call *call)
{
	CLEANUP(fetch_reply_done) struct fetch_reply reply = {0};
	size_t accepted = run->accepted;

	if (strncmp(call->method, INTERFACE, strlen(INTERFACE)) != 0)
		return;
	run->before = fetch_session_phase(run->session);
	require(fetch_session_call(run->session,
			call->method + strlen(INTERFACE), call->parameters,
			&reply) == 0);
	require(fetch_session_phase(run->session) >= run->before);
	require(fetch_session_violated(run->session) == (run->violated == 1));
	require(!reply.error || run->accepted == accepted);
}

static void take_stream(struct fuzz_run *run, const uint8_t *data, size_t size)
{
	CLEANUP(varlink_input_done) struct varlink_input in = {0};
	const char *text = NULL;
	size_t len = 0;

	while (size > 0) {
		size_t piece =
			size < VARLINK_READ_BYTES ? size : VARLINK_READ_BYTES;

		require(varlink_input_append(&in, data, piece) == 0);
		data += piece;
		size -= piece;
		while (varlink_input_next(&in, &text, &len) > 0) {
			CLEANUP(varlink_call_done)
			struct varlink_call call = {0};

			if (varlink_call_decode(text, len, &call) == 0)
				take_call(run, &call);
		}
	}
}

static void start(struct fuzz_run *run, struct trust *trust,
	struct bootstrap_policy *bootstrap, struct settings *settings)
{
	struct fetch_session_config config = {
		.judge = {.trust = trust,
			.bootstrap = bootstrap,
			.servers_max = 4,
			.now = NOW},
		.settings = settings,
		.job = &run->job,
		.listener = &listener,
		.userdata = run,
		.source_authenticated = true,
	};

	run->job.limits.certificates = MOST_CERTIFICATES;
	run->job.limits.documents = MOST_DOCUMENTS;
	require(fetch_session_new(&config, &run->session) == 0);
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const versions[] = {
		"8.9.3.40", "10.1.33.33", "8.2.29", "8.9.3.41"};
	CLEANUP(settings_done) struct settings settings = {0};
	CLEANUP(trust_free) struct trust *trust = NULL;
	struct bootstrap_policy bootstrap = {0};
	struct fuzz_run run = {.job = FETCH_JOB_INIT};

	if (size == 0)
		return 0;
	require(trust_new(&trust) == 0);
	require(firmware_parse(
			versions[data[0] & 3], &trust->policy.firmware) == 0);
	bootstrap.mode = (enum bootstrap)((data[0] >> 2) % 3);
	bootstrap.was_authenticated = (data[0] & 0x40) != 0;
	start(&run, trust, &bootstrap, &settings);
	take_stream(&run, data + 1, size - 1);
	run.ending = true;
	require(fetch_session_end(run.session, VERDICT_FETCHER_LOST, NULL) ==
		0);
	require(candidates_pending(fetch_session_candidates(run.session)) == 0);
	fetch_session_free(run.session);
	fetch_job_done(&run.job);
	return 0;
}
