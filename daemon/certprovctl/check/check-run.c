/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/certprovctl/check/fetcher-process.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/net/url.h"
#include "lib/phone/settings.h"
#include "lib/provisioning/fetch-service.h"
#include "lib/provisioning/job-plan.h"
#include "lib/trust/snapshot.h"
#include "lib/trust/trust.h"
#include "lib/varlink/varlink-client.h"
#include "lib/varlink/varlink-service.h"
#include "lib/varlink/varlink-socket.h"

/* Certificates a phone has room for. */
#define SERVERS_MAX 4096
/* Beyond the time limit of the run, which the fetcher keeps by itself. */
#define GRACE_MS 15000
/* The name of a document without a URL on the wire. */
#define INLINE_NAME "inline"

struct check_run {
	const struct check_plan *plan;
	const struct check_subject *subject;
	const struct check_listener *listener;
	void *userdata;

	/* The version under way. */
	size_t version;
	struct check_result result;
	int failure; /* of the listener: the version cannot go on */
	int fatal;   /* the run cannot go on */
	struct settings settings;
	struct trust *trust;
	struct bootstrap_policy bootstrap;
	struct fetch_job job;
	char *first; /* the document that is checked, as outcomes call it */
	int snapshot_fd;
	struct fetch_session *session;
	int64_t deadline_ms;

	/* For as many versions as it lives. */
	struct fetcher fetcher;
	struct varlink_socket socket;
	bool sending; /* there is more than could be sent */
};

void check_result_done(struct check_result *r)
{
	free(r->trouble);
	*r = (struct check_result){0};
}

static void check_run_forget_version(struct check_run *r)
{
	r->session = fetch_session_free(r->session);
	r->snapshot_fd = fd_close(r->snapshot_fd);
	fetch_job_done(&r->job);
	r->job = FETCH_JOB_INIT;
	free(r->first);
	r->first = NULL;
	r->trust = trust_free(r->trust);
	settings_done(&r->settings);
	r->settings = (struct settings){0};
	check_result_done(&r->result);
	r->failure = 0;
}

struct check_run *check_run_free(struct check_run *r)
{
	if (!r)
		return NULL;
	check_run_forget_version(r);
	varlink_socket_done(&r->socket);
	fetcher_done(&r->fetcher);
	free(r);
	return NULL;
}

bool check_run_is_over(const struct check_run *r)
{
	return r->version >= r->subject->version_count;
}

int check_run_fd(const struct check_run *r)
{
	return r->socket.fd;
}

short check_run_events(const struct check_run *r)
{
	return (short)(POLLIN | (r->sending ? POLLOUT : 0));
}

int64_t check_run_deadline(const struct check_run *r)
{
	return r->deadline_ms;
}

/* The first trouble is the cause of those that follow. */
static int check_run_set_trouble(struct check_run *r, const char *what)
{
	return r->result.trouble ? 0 : string_replace(&r->result.trouble, what);
}

/* --- what the session tells; nothing is kept --- */

/* The name of the document here replaces the one on the wire. */
static int check_run_rename_inline(const struct check_run *r, char **text)
{
	if (!string_equal(*text, INLINE_NAME) || r->subject->url)
		return 0;
	return string_replace(text, r->subject->name);
}

/* Here it is the user who wants nothing fetched. */
static int check_run_explain_offline(
	const struct check_run *r, struct outcome *o)
{
	if (!r->plan->offline || o->verdict != VERDICT_NOT_ATTEMPTED)
		return 0;
	if (string_replace(&o->reason,
		    "It was not fetched, because of --offline.") < 0)
		return -ENOMEM;
	return string_replace(&o->remedy, "Check it again without --offline.");
}

static int check_run_on_decided(void *userdata, struct decision *decision)
{
	struct check_run *r = userdata;
	struct outcome *o = &decision->outcome;
	bool own =
		o->kind == OUTCOME_DOCUMENT && string_equal(o->url, r->first);
	int error = check_run_rename_inline(r, &o->document);

	if (error == 0)
		error = check_run_rename_inline(r, &o->url);
	if (error == 0)
		error = check_run_explain_offline(r, o);
	if (error == 0)
		error = r->listener->outcome(r->userdata, r->version, own, o);
	if (error < 0)
		r->failure = error;
	return error;
}

static int check_run_on_finished(void *userdata, enum fetch_result result)
{
	struct check_run *r = userdata;

	r->result.finished = true;
	r->result.result = result;
	return 0;
}

static void check_run_on_violated(void *userdata, const char *what)
{
	struct check_run *r = userdata;
	CLEANUP(free) char *text = NULL;

	if (string_format(&text,
		    "The fetcher made a call that it is not allowed to make: %s.",
		    what) == 0)
		(void)check_run_set_trouble(r, text);
}

static const struct run_listener session_listener = {
	.decided = check_run_on_decided,
	.finished = check_run_on_finished,
	.violated = check_run_on_violated,
};

/* --- the job --- */

static int check_run_make_trust(struct check_run *r)
{
	struct anchors *anchors = NULL;
	int error = trust_new(&r->trust);

	if (error == 0)
		error = anchors_copy(r->plan->authorities, &anchors);
	if (error < 0)
		return error;
	anchors_free(r->trust->anchors);
	r->trust->anchors = anchors;
	r->trust->clock_floor = CERTPROV_BUILD_TIME;
	memset(r->trust->store, '0', STORE_ID_SIZE - 1);
	settings_fill_policy(&r->settings, &r->subject->versions[r->version],
		&r->trust->policy);
	return 0;
}

static int check_run_make_snapshot(struct check_run *r)
{
	CLEANUP(bytes_done) struct bytes snapshot = {0};
	int error = snapshot_encode(r->trust, &snapshot);

	return error < 0 ? error : snapshot_seal(&snapshot, &r->snapshot_fd);
}

/* Whoever types the url is believed. */
static int check_run_make_job(struct check_run *r)
{
	const struct check_plan *p = r->plan;
	const struct job_server server = {
		.url = r->subject->url, .trusted = true, .authenticated = true};
	struct job_plan plan = {
		.settings = &r->settings,
		.trust = r->trust,
		.mac = r->subject->mac,
		.phone_type = r->subject->phone_type,
		.mac_in_user_agent = true,
		.limits = p->limits,
		.retries = r->job.retries,
		.allow_local = p->allow_local,
		.offline = p->offline,
		.another = r->version + 1 < r->subject->version_count,
		.server = server.url ? &server : NULL,
	};

	if (!p->follow)
		plan.limits.depth = 1;
	if (r->subject->document_fd >= 0 &&
		lseek(r->subject->document_fd, 0, SEEK_SET) < 0)
		return -errno;
	return job_build(&plan, &r->job);
}

/* As the fetcher writes it, and the session then. */
static int check_run_name_first(struct check_run *r)
{
	CLEANUP(url_done) struct url url = {0};
	CLEANUP(free) char *canonical = NULL;
	CLEANUP(free) char *redacted = NULL;
	int error = 0;

	if (r->job.url_count == 0)
		return string_replace(&r->first, INLINE_NAME);
	error = url_parse(r->job.urls[0], &url);
	if (error == 0)
		error = url_format(&url, &canonical);
	if (error == 0 && canonical)
		error = url_redact(canonical, &redacted);
	return error < 0 || !redacted ? error
				      : text_escape(redacted, strlen(redacted),
						FETCH_MAX_URL_BYTES, &r->first);
}

static int check_run_make_session(struct check_run *r)
{
	const struct fetch_session_config config = {
		.judge = {.trust = r->trust,
			.bootstrap = &r->bootstrap,
			.servers_max = SERVERS_MAX,
			.now = r->plan->now},
		.settings = &r->settings,
		.job = &r->job,
		.fds = {r->snapshot_fd, r->subject->document_fd},
		.fd_count = r->subject->document_fd >= 0 ? 2 : 1,
		.listener = &session_listener,
		.userdata = r,
		.source_authenticated = true,
		.no_identity = FETCH_IDENTITY_ELSEWHERE,
		.unrecorded = true,
	};

	return fetch_session_new(&config, &r->session);
}

/* --- serving --- */

static int check_run_send_reply(
	void *connection, struct bytes *message, struct varlink_fds *fds)
{
	struct check_run *r = connection;

	return varlink_socket_queue(&r->socket, message, fds);
}

static bool check_run_is_backlogged(void *connection)
{
	(void)connection;
	return false;
}

/* Every call of the interface is answered before its handler returns. */
static void check_run_on_answered(void *connection, struct varlink_request *req)
{
	(void)connection;
	(void)req;
}

static const struct varlink_transport transport = {
	.send = check_run_send_reply,
	.backlogged = check_run_is_backlogged,
	.answered = check_run_on_answered,
};

static int check_run_serve_message(struct check_run *r,
	const struct varlink_service *service, const char *text, size_t len,
	struct varlink_fds *fds)
{
	CLEANUP(varlink_incoming_done)
	struct varlink_incoming in = {
		.fds = varlink_fds_take(fds),
		.transport = &transport,
		.connection = r,
	};
	struct varlink_request *open = NULL;
	int error = varlink_call_decode(text, len, &in.call);

	if (error == 0)
		error = varlink_service_dispatch(service, &in, &open);
	if (error == 0 && open)
		varlink_request_detach(open);
	return error;
}

/* All whole messages that are there, or up to the end of the version. */
static int check_run_serve_messages(struct check_run *r)
{
	const struct varlink_interface *interface = &fetch_service_interface;
	const struct varlink_service service = {
		.product = "certprovctl",
		.version = CERTPROV_VERSION,
		.interfaces = &interface,
		.n_interfaces = 1,
		.userdata = r->session,
	};
	int error = 1;

	while (error > 0 && !r->result.finished) {
		struct varlink_fds fds = {0};
		const char *text = NULL;
		size_t len = 0;

		error = varlink_socket_next(&r->socket, &text, &len, &fds);
		if (error <= 0)
			return error;
		error = check_run_serve_message(r, &service, text, len, &fds);
		varlink_fds_done(&fds);
		if (error < 0)
			return error;
		error = 1;
	}
	return 0;
}

/* --- the end --- */

/* Why a run did not come to its end. */
static int check_run_explain_loss(struct check_run *r, int error, int status)
{
	CLEANUP(free) char *text = NULL;
	int done = 0;

	if (error == -ETIMEDOUT)
		return check_run_set_trouble(r, "The fetcher took too long.");
	if (r->failure < 0)
		done = string_format(
			&text, "Judging failed: %s.", strerror(-r->failure));
	else if (error < 0 && error != -EPIPE && error != -ECONNRESET)
		done = string_format(&text,
			"Talking to the fetcher failed: %s.", strerror(-error));
	else if (status >= 0 && WIFSIGNALED(status))
		done = string_format(&text,
			"The fetcher was ended by signal %d.",
			WTERMSIG(status));
	else if (status >= 0 && WIFEXITED(status))
		done = string_format(&text,
			"The fetcher ended too early, with exit status %d.",
			WEXITSTATUS(status));
	else
		done = string_replace(&text, "The fetcher ended too early.");
	return done < 0 ? done : check_run_set_trouble(r, text);
}

static void check_run_close(struct check_run *r)
{
	varlink_socket_done(&r->socket);
	varlink_socket_init(&r->socket, -1);
	r->sending = false;
}

/* The fetcher is gone or has to go: by itself (0), or for an error. */
static int check_run_end_fetcher(struct check_run *r, int error)
{
	int status = 0;

	check_run_close(r);
	status = fetcher_end(&r->fetcher);
	if (r->result.finished && error == 0)
		return 0;
	r->result.finished = false;
	error = check_run_explain_loss(r, error, status);
	return error < 0 ? error
			 : fetch_session_end(r->session, VERDICT_FETCHER_LOST,
				   r->result.trouble);
}

/* --- versions --- */

static int check_run_begin_version(struct check_run *r)
{
	int error = check_run_make_trust(r);

	if (error == 0)
		error = check_run_make_snapshot(r);
	if (error == 0)
		error = check_run_make_job(r);
	if (error == 0)
		error = check_run_name_first(r);
	if (error == 0)
		error = check_run_make_session(r);
	if (error == 0 && r->fetcher.pid == 0) {
		error = fetcher_start(r->plan->fetcher, &r->fetcher);
		if (error == 0)
			varlink_socket_init(
				&r->socket, fd_take(&r->fetcher.fd));
	}
	r->deadline_ms = varlink_deadline(
		(int64_t)r->job.limits.seconds * 1000 + GRACE_MS);
	return error;
}

/* And begins the next one, if there is one. */
static int check_run_end_version(struct check_run *r)
{
	r->fatal = r->listener->ended(r->userdata, r->version, &r->result);
	check_run_forget_version(r);
	r->version++;
	if (r->fatal == 0 && !check_run_is_over(r))
		r->fatal = check_run_begin_version(r);
	return r->fatal;
}

/* What came, and versions that end with it. */
static int check_run_serve(struct check_run *r)
{
	int error = check_run_serve_messages(r);

	while (error == 0 && r->result.finished && r->job.another) {
		error = check_run_end_version(r);
		if (error == 0)
			error = check_run_serve_messages(r);
	}
	if (error == 0)
		error = varlink_socket_flush(&r->socket);
	r->sending = error > 0;
	return error < 0 ? error : 0;
}

/* 1: the fetcher has closed its end. */
static int check_run_receive(struct check_run *r)
{
	ssize_t n = varlink_socket_receive(&r->socket);

	if (n == -EAGAIN || n > 0)
		return 0;
	return n < 0 ? (int)n : 1;
}

static int check_run_is_late(const struct check_run *r)
{
	return r->deadline_ms <= varlink_deadline(0) ? -ETIMEDOUT : 0;
}

int check_run_step(struct check_run *r)
{
	int closed = check_run_receive(r);
	int error = closed < 0 ? closed : check_run_serve(r);

	if (r->fatal < 0)
		return r->fatal;
	if (error == 0 && closed == 0)
		error = check_run_is_late(r);
	if (error == 0 && closed == 0)
		return 0;
	error = check_run_end_fetcher(r, error);
	return error < 0 ? error : check_run_end_version(r);
}

int check_run_new(const struct check_plan *plan,
	const struct check_subject *subject,
	const struct check_listener *listener, void *userdata,
	struct check_run **ret)
{
	CLEANUP(check_run_free) struct check_run *r = calloc(1, sizeof(*r));
	int error = 0;

	if (!r)
		return -ENOMEM;
	r->plan = plan;
	r->subject = subject;
	r->listener = listener;
	r->userdata = userdata;
	r->job = FETCH_JOB_INIT;
	r->snapshot_fd = -1;
	r->fetcher = FETCHER_NONE;
	varlink_socket_init(&r->socket, -1);
	error = check_run_begin_version(r);
	if (error < 0)
		return error;
	*ret = TAKE_PTR(r);
	return 0;
}
