/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/run.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovd/run/run-state.h"
#include "daemon/certprovd/run/withdrawn.h"
#include "daemon/certprovd/sys/log.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/provisioning/fetch-service.h"
#include "lib/trust/snapshot.h"

const char *run_result_name(enum run_result result)
{
	static const char *const names[RUN_RESULT__END] = {
		[RUN_COMPLETE] = "complete",
		[RUN_PARTIAL] = "partial",
		[RUN_FAILED] = "failed",
		[RUN_CANCELLED] = "cancelled",
	};

	return names[result];
}

const char *run_source_name(enum run_source source)
{
	static const char *const names[RUN_SOURCE__END] = {
		[RUN_FROM_REQUEST] = "request",
		[RUN_FROM_SETTING] = "setting-server",
		[RUN_FROM_CONFIGURATION] = "configuration",
		[RUN_FROM_REDIRECTION] = "redirection",
		[RUN_FROM_PNP] = "pnp",
		[RUN_FROM_DHCP] = "dhcp",
		[RUN_FROM_DHCP114] = "dhcp114",
		[RUN_FROM_TR69] = "tr69",
	};

	return source < RUN_SOURCE__END ? names[source] : NULL;
}

const char *run_cause_name(enum run_cause cause)
{
	static const char *const names[RUN_CAUSE__END] = {
		[RUN_BY_SCHEDULE] = "schedule",
		[RUN_BY_REQUEST] = "request",
		[RUN_BY_OFFER] = "offer",
		[RUN_BY_SETTING_SERVER] = "setting-server",
		[RUN_BY_ORDER] = "provisioning-order",
		[RUN_BY_FAILURE] = "source-failed",
		[RUN_BY_PROCEEDING] = "source-proceeds",
	};

	return cause < RUN_CAUSE__END ? names[cause] : NULL;
}

/* For the fetcher: of the run's own trust in a dry run. */
static int run_make_snapshot(struct run *r)
{
	CLEANUP(bytes_done) struct bytes bytes = {0};
	size_t size = 0;
	int fd = -1;
	int error = 0;

	if (r->summary.dry_run) {
		error = snapshot_encode(r->trust, &bytes);
		return error < 0 ? error
				 : snapshot_seal(&bytes, &r->snapshot_fd);
	}
	/* A copy: the state may drop its own during the run. */
	error = trust_state_snapshot(r->context.state, &fd, &size);
	if (error < 0)
		return error;
	r->snapshot_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return r->snapshot_fd < 0 ? -errno : 0;
}

/* --- the fetcher's socket --- */

/* The listener must be root (systemd), our own user, or the fetcher's. */
static int run_check_listener(const struct run *r, int fd)
{
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -errno;
	if (peer.uid == 0 || peer.uid == geteuid() ||
		peer.uid == *r->context.fetch_uid)
		return 0;
	return -EPERM;
}

static int run_connect_fetcher(const struct run *r, int *ret)
{
	CLEANUP(fd_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = r->context.config->fetch_socket;
	int error = 0;

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	error = run_check_listener(r, fd);
	if (error < 0)
		return error;
	*ret = fd_take(&fd);
	return 0;
}

/* --- the end --- */

/* Candidates that still wait get the verdict that fits the end. */
static void run_end_session(struct run *r)
{
	enum verdict v = r->cancelled ? VERDICT_CANCELLED
		: r->timed_out        ? VERDICT_LIMIT_EXCEEDED
				      : VERDICT_FETCHER_LOST;
	int error = 0;

	if (!r->said_finish && !r->cancelled && !r->broken && !r->timed_out &&
		r->failure == 0) {
		r->broken = true;
		run_set_reason(
			r, "The fetcher ended before the run was finished.");
		log_event(LOG_FETCHER_LOST,
			LOG_FIELDS(LOG_FIELD_RUN(LOG_NUMBER(r->summary.id))),
			"the fetcher ended before the run was finished");
	}
	error = fetch_session_end(r->session, v, r->summary.reason);
	if (error < 0 && r->failure == 0)
		r->failure = error;
	(void)run_commit(r);
}

static enum run_result run_judge_end(const struct run *r)
{
	if (r->cancelled)
		return RUN_CANCELLED;
	/* A fetcher keeps to the time limit by itself, unless it hangs. */
	if (r->broken || r->timed_out || r->failure < 0 || r->processed == 0 ||
		r->fetcher_says == FETCH_FAILED)
		return RUN_FAILED;
	if (r->incomplete || r->fetcher_says != FETCH_COMPLETE ||
		(r->first_missing > 0 &&
			r->first_missing == (int64_t)r->job.url_count))
		return RUN_PARTIAL;
	return RUN_COMPLETE;
}

/* Only a complete run of a URL can tell what it no longer found. */
static int run_write_withdrawn(struct run *r, struct decisions *told)
{
	const struct guard *met = fetch_session_servers(r->session);
	CLEANUP(guard_done) struct guard others = {.count = 0};
	const struct withdrawn_run run = {
		.store = r->context.store,
		.trust = trust_state_trust(r->context.state),
		.findings = &r->findings,
		.source = r->source,
		.id = r->summary.id,
		.now = r->summary.finished,
		.asker = r->asker,
		.authenticated = !r->unauthenticated,
		.remove = r->context.config->withdraw_missing,
		.servers = {met, &others},
	};
	int error = 0;

	if (r->summary.result != RUN_COMPLETE || !r->has_source)
		return 0;
	error = guard_copy_but(&r->guard, met, &others);
	return error < 0 ? error : withdrawn_write(&run, told, &r->withdrawn);
}

/* Stored, so that a restored backup does not open the phone again. */
static int run_close_bootstrap(struct run *r)
{
	struct store *store = r->context.store;
	int error = store_set_fact(store, STORE_WAS_AUTHENTICATED, 1);

	if (error == 0)
		error = store_set_fact(
			store, STORE_BOOTSTRAP_CLOSED_BY, r->summary.id);
	if (error == 0)
		error = store_set_fact(
			store, STORE_BOOTSTRAP_CLOSED_AT, r->summary.finished);
	return error;
}

/* What a run lacked to close it: whatever waits says for what. */
static int run_write_bootstrap(struct run *r)
{
	const struct run_summary *s = &r->summary;
	CLEANUP(free) char *text = NULL;
	const char *why = r->gap ? r->gap : s->reason;
	int error = 0;

	if (s->result == RUN_COMPLETE && !r->unauthenticated &&
		!r->asked_document)
		return run_close_bootstrap(r);
	if (s->result != RUN_COMPLETE)
		error = string_format(&text, "run %lld was %s%s%s",
			(long long)s->id, run_result_name(s->result),
			why ? ": " : "", why ? why : "");
	else
		error = string_format(&text, "run %lld read %s",
			(long long)s->id,
			r->asked_document  ? "a document that was handed to it"
				: r->plain ? r->plain
					   : "an unauthenticated document");
	return error < 0 ? error
			 : store_set_bootstrap_reason(r->context.store, text);
}

static int run_write_end(struct run *r, struct decisions *told)
{
	const struct run_summary *s = &r->summary;
	struct store_run row = {
		.id = s->id,
		.url = s->url,
		.started = s->started,
		.finished = s->finished,
		.result = run_result_name(s->result),
		.reason = s->reason,
		.documents = s->documents,
		.certificates = s->certificates,
		.accepted = s->accepted,
		.refused = s->refused,
		.bytes = s->bytes,
		.firmware = s->firmware,
		.next = s->next,
	};
	CLEANUP(guard_done) struct guard servers = {.count = 0};
	struct store *store = r->context.store;
	bool keep = false;
	int error = store_begin(store);

	if (error < 0)
		return error;
	error = store_run_finish(store, &row);
	if (error == 0)
		error = run_write_servers(r, &servers, &keep);
	if (error == 0)
		error = run_write_withdrawn(r, told);
	if (error == 0 && !r->bootstrap.was_authenticated)
		error = run_write_bootstrap(r);
	if (error < 0) {
		store_rollback(store);
		return error;
	}
	error = store_commit(store);
	if (error == 0 && keep)
		trust_state_take_guard(r->context.state, &servers);
	return error;
}

static void run_log_end(const struct run *r)
{
	const struct run_summary *s = &r->summary;

	log_event(s->result == RUN_FAILED ? LOG_RUN_FAILED : LOG_RUN_FINISHED,
		LOG_FIELDS(LOG_FIELD_RUN(LOG_NUMBER(s->id)),
			LOG_FIELD_URL(s->url),
			LOG_FIELD_RESULT(run_result_name(s->result))),
		"run %lld %s: %lld documents, %lld certificates, %lld "
		"accepted, %lld refused%s%s",
		(long long)s->id, run_result_name(s->result),
		(long long)s->documents, (long long)s->certificates,
		(long long)s->accepted, (long long)s->refused,
		s->reason ? ": " : "", s->reason ? s->reason : "");
}

static void run_log_withdrawn(const struct run *r)
{
	const struct withdrawn_counts *n = &r->withdrawn;

	if (n->news > 0)
		log_message(LOG_NOTICE,
			"run %lld: the files no longer have %zu certificates "
			"that this phone keeps: certprovctl list servers",
			(long long)r->summary.id, n->news);
	if (n->removed > 0)
		log_message(LOG_NOTICE,
			"run %lld: removed %zu certificates that the files no "
			"longer have (WithdrawMissing=yes)",
			(long long)r->summary.id, n->removed);
}

/* The end is durable: take it over, and tell it. */
static void run_follow_end(struct run *r, const struct decisions *told)
{
	if (r->withdrawn.removed > 0 &&
		trust_state_refresh(r->context.state) < 0)
		log_message(LOG_ERR,
			"A removal is stored but takes effect only with the "
			"next change.");
	for (size_t i = 0; i < told->count; i++)
		run_report(r, &told->items[i].outcome);
	run_log_withdrawn(r);
}

/* What a run would not have found. */
static void run_conclude_dry(struct run *r)
{
	CLEANUP(decisions_done) struct decisions told = {0};

	if (run_write_withdrawn(r, &told) < 0)
		return;
	for (size_t i = 0; i < told.count; i++)
		run_report(r, &told.items[i].outcome);
}

static void run_conclude_written(struct run *r)
{
	CLEANUP(decisions_done) struct decisions told = {0};
	int error = run_write_end(r, &told);

	if (error < 0)
		log_event(LOG_STORE_FAILED,
			LOG_FIELDS(LOG_FIELD_RUN(LOG_NUMBER(r->summary.id))),
			"cannot write the end of the run: %s",
			strerror(-error));
	else
		run_follow_end(r, &told);
	trust_state_all_added(r->context.state);
	(void)store_after_run(r->context.store);
	run_log_rest(r);
	run_log_end(r);
}

/* Everything but telling the owner and the watchers. */
static void run_conclude(struct run *r)
{
	if (r->summary.result != RUN_UNDER_WAY)
		return;
	r->connection = server_detach(r->connection);
	run_end_session(r);
	r->summary.finished = run_now(r);
	r->summary.result = run_judge_end(r);
	if (r->summary.dry_run) {
		run_conclude_dry(r);
		return;
	}
	if (r->owner.ends)
		r->owner.ends(r->userdata, &r->summary);
	run_conclude_written(r);
}

static void run_tell_finished(struct run *r)
{
	for (size_t i = 0; i < RUN_MAX_WATCHES; i++) {
		struct run_watch *w = TAKE_PTR(r->watches[i]);

		if (!w)
			continue;
		w->run = NULL;
		if (w->watcher.finished)
			w->watcher.finished(w->userdata, &r->summary);
	}
}

static int run_on_ending(sd_event_source *source, void *userdata)
{
	struct run *r = userdata;

	(void)source;
	run_conclude(r);
	if (r->owner.finished)
		r->owner.finished(r->userdata, &r->summary);
	run_tell_finished(r);
	return 0;
}

/* --- the connection --- */

/* End of file; all calls before it were handled. */
static void run_on_close(void *userdata)
{
	struct run *r = userdata;

	r->connection = NULL;
	run_end(r, NULL);
}

static int run_on_deadline(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	struct run *r = userdata;

	(void)source;
	(void)usec;
	if (!r->said_finish) {
		r->timed_out = true;
		run_end(r, "The time limit of the run has passed.");
	} else {
		run_end(r, NULL);
	}
	return 0;
}

static int run_on_commit_timer(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	struct run *r = userdata;

	(void)source;
	(void)usec;
	(void)run_commit(r);
	return 0;
}

static int run_add_sources(struct run *r)
{
	sd_event *event = r->context.event;
	uint64_t limit = r->context.config->time_limit + RUN_GRACE_SECONDS;
	int error = sd_event_add_time_relative(event, &r->commit_timer,
		CLOCK_MONOTONIC, 0, 0, run_on_commit_timer, r);

	if (error >= 0)
		error = sd_event_source_set_enabled(
			r->commit_timer, SD_EVENT_OFF);
	if (error >= 0)
		error = sd_event_add_time_relative(event, &r->deadline,
			CLOCK_MONOTONIC, limit * 1000000, 0, run_on_deadline,
			r);
	if (error >= 0)
		error = sd_event_add_defer(event, &r->ending, run_on_ending, r);
	if (error >= 0)
		error = sd_event_source_set_enabled(r->ending, SD_EVENT_OFF);
	return error < 0 ? error : 0;
}

/* --- the beginning --- */

static int run_make_session(struct run *r)
{
	struct fetch_session_config config = {
		.judge = {.trust = r->trust,
			.bootstrap = &r->bootstrap,
			.servers_max = store_max_servers(r->context.store),
			.now = run_now(r)},
		.settings = &r->settings,
		.job = &r->job,
		.fds = {r->snapshot_fd, r->document_fd},
		.fd_count = r->document_fd >= 0 ? 2 : 1,
		.delivered = &r->validated,
		.listener = &run_fetch_listener,
		.userdata = r,
		.guard = &r->guard,
		.source_authenticated = r->root_authenticated,
		.sign = r->job.identity_count > 0 ? run_sign : NULL,
		.no_identity = r->no_identity,
		.unrecorded = r->summary.dry_run,
	};
	struct commit_batch_target target = {
		.store = r->summary.dry_run ? NULL : r->context.store,
		.state = r->context.state,
		.rejections = r->context.rejections,
		.run = r->summary.id,
		.asker = r->asker,
		.source = r->has_source ? r->source : NULL,
		.state_directory = r->context.config->state_directory,
	};
	int error = commit_batch_new(&target, &r->batch);

	if (error == 0)
		error = guard_copy_but(
			trust_state_guard(r->context.state), NULL, &r->guard);
	if (error == 0)
		error = fetch_session_new(&config, &r->session);
	return error;
}

static int run_write_start(struct run *r)
{
	struct store *store = r->context.store;
	struct store_run row = {
		.url = r->summary.url,
		.started = r->summary.started,
		.firmware = r->summary.firmware,
		.source = run_source_name(r->summary.source),
		.cause = run_cause_name(r->summary.cause),
		.previous = r->summary.previous,
		.chain = r->summary.chain,
	};
	int error = 0;

	if (r->summary.dry_run)
		return 0;
	error = store_begin_lazily(store);
	if (error == 0)
		error = store_run_start(store, &row, &r->summary.id);
	if (error < 0) {
		store_rollback(store);
		return error;
	}
	return store_commit(store);
}

static void run_make_service(struct run *r)
{
	r->interface = &fetch_service_interface;
	r->service = (struct varlink_service){
		.product = "certprovd",
		.version = CERTPROV_VERSION,
		.interfaces = &r->interface,
		.n_interfaces = 1,
		.userdata = r->session,
	};
}

/* Without a fetcher the run starts and ends; it does not fail to start. */
static int run_reach_fetcher(struct run *r)
{
	CLEANUP(fd_close) int fd = -1;
	char text[256];
	int error = run_connect_fetcher(r, &fd);

	if (error == 0)
		error = server_attach(r->context.server, fd_take(&fd),
			&r->service,
			&(struct server_hooks){
				.closed = run_on_close, .userdata = r},
			&r->connection);
	if (error < 0) {
		r->broken = true;
		(void)snprintf(text, sizeof(text),
			"The fetcher cannot be reached at %.150s: %s.",
			r->context.config->fetch_socket, strerror(-error));
		run_end(r, text);
	}
	return 0;
}

static int run_keep_request(struct run *r, const struct run_request *request)
{
	const struct run_start *start = request->start;
	int error = string_replace(&r->asked_url, request->url);

	if (error == 0)
		error = string_replace(&r->asker, request->asker);
	r->summary.source = start ? start->source : RUN_FROM_REQUEST;
	r->summary.cause = start ? start->cause : RUN_BY_REQUEST;
	if (start && start->chain) {
		r->summary.previous = start->previous;
		r->summary.chain = cJSON_Duplicate(start->chain, true);
		if (!r->summary.chain)
			error = -ENOMEM;
	}
	r->asked_document = request->document || request->document_fd >= 0;
	r->summary.dry_run = request->dry_run;
	r->summary.started = run_now(r);
	return error;
}

static void run_log_start(const struct run *r)
{
	if (!r->summary.dry_run)
		log_event(LOG_RUN_STARTED,
			LOG_FIELDS(LOG_FIELD_RUN(LOG_NUMBER(r->summary.id)),
				LOG_FIELD_URL(r->summary.url)),
			"run %lld: %s (%s)", (long long)r->summary.id,
			r->summary.url ? r->summary.url : "a document",
			run_source_name(r->summary.source));
}

int run_start(const struct run_context *context,
	const struct run_request *request, const struct run_watcher *owner,
	void *userdata, struct run **ret)
{
	CLEANUP(run_free) struct run *r = NULL;
	int error = 0;

	assert(!request->firmware || request->dry_run);
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->context = *context;
	r->owner = *owner;
	r->userdata = userdata;
	r->job = FETCH_JOB_INIT;
	r->document_fd = -1;
	r->snapshot_fd = -1;
	error = run_keep_request(r, request);
	if (error == 0)
		error = run_make_job(r, request);
	if (error == 0)
		error = run_make_snapshot(r);
	if (error == 0)
		error = run_write_start(r);
	if (error == 0)
		error = run_make_session(r);
	if (error == 0)
		error = run_add_sources(r);
	if (error < 0)
		return error;
	run_make_service(r);
	r->started = true;
	error = run_reach_fetcher(r);
	if (error < 0)
		return error;
	run_log_start(r);
	*ret = TAKE_PTR(r);
	return 0;
}

void run_cancel(struct run *r)
{
	r->cancelled = true;
	run_end(r, "The run was cancelled.");
}

void run_cancel_now(struct run *r)
{
	r->cancelled = true;
	run_set_reason(r, "The run was cancelled.");
	if (r->ending)
		(void)sd_event_source_set_enabled(r->ending, SD_EVENT_OFF);
	(void)run_on_ending(NULL, r);
}

struct run *run_free(struct run *r)
{
	if (!r)
		return NULL;
	if (r->started && r->summary.result == RUN_UNDER_WAY) {
		r->cancelled = true;
		run_set_reason(r, "The daemon was stopped.");
		run_conclude(r);
	}
	for (size_t i = 0; i < RUN_MAX_WATCHES; i++)
		if (r->watches[i])
			r->watches[i]->run = NULL;
	server_detach(r->connection);
	sd_event_source_disable_unref(r->commit_timer);
	sd_event_source_disable_unref(r->deadline);
	sd_event_source_disable_unref(r->ending);
	fetch_session_free(r->session);
	commit_batch_free(r->batch);
	fetch_job_done(&r->job);
	fetch_pairs_done(&r->validated);
	trust_free(r->trust);
	settings_done(&r->settings);
	fd_close(r->document_fd);
	fd_close(r->snapshot_fd);
	findings_done(&r->findings);
	guard_done(&r->guard);
	free(r->pins);
	free(r->asked_url);
	free(r->asker);
	free(r->gap);
	free(r->plain);
	free(r->summary.url);
	free(r->summary.firmware);
	free(r->summary.reason);
	free(r->summary.next);
	cJSON_Delete(r->summary.chain);
	free(r);
	return NULL;
}

int run_watch(struct run *r, const struct run_watcher *watcher, void *userdata,
	struct run_watch **ret)
{
	size_t i = 0;

	while (i < RUN_MAX_WATCHES && r->watches[i])
		i++;
	if (i == RUN_MAX_WATCHES)
		return -EUSERS;
	r->watches[i] = calloc(1, sizeof(*r->watches[i]));
	if (!r->watches[i])
		return -ENOMEM;
	*r->watches[i] = (struct run_watch){
		.run = r, .watcher = *watcher, .userdata = userdata};
	*ret = r->watches[i];
	return 0;
}

struct run_watch *run_unwatch(struct run_watch *w)
{
	if (!w)
		return NULL;
	for (size_t i = 0; w->run && i < RUN_MAX_WATCHES; i++)
		if (w->run->watches[i] == w)
			w->run->watches[i] = NULL;
	free(w);
	return NULL;
}

const struct run_summary *run_summary(const struct run *r)
{
	return &r->summary;
}

bool run_is_for(const struct run *r, const struct run_request *request)
{
	/* Documents are not compared: two are never the same request. */
	return !r->asked_document && !request->document &&
		request->document_fd < 0 &&
		r->summary.dry_run == request->dry_run &&
		string_equal(r->asked_url, request->url) &&
		string_equal(r->summary.firmware,
			request->firmware ? request->firmware
					  : r->context.phone->firmware);
}
