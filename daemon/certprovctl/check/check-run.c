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
	check_outcome *tell;
	void *userdata;
	const struct firmware *firmware;
	struct check_result result;
	int failure; /* of tell: the run cannot go on */

	struct settings settings;
	struct trust *trust;
	struct bootstrap_policy bootstrap;
	struct fetch_job job;
	int snapshot_fd;

	struct fetch_session *session;
	struct fetcher fetcher;
	struct varlink_socket socket;
};

static void check_run_done(struct check_run *r)
{
	fetch_session_free(r->session);
	varlink_socket_done(&r->socket);
	fetcher_done(&r->fetcher);
	fd_close(r->snapshot_fd);
	fetch_job_done(&r->job);
	trust_free(r->trust);
	settings_done(&r->settings);
	check_result_done(&r->result);
}
DEFINE_CLEANUP_EMBEDDED(struct check_run, check_run_done);

void check_result_done(struct check_result *r)
{
	free(r->trouble);
	*r = (struct check_result){0};
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

static int check_run_on_decided(void *userdata, struct decision *decision)
{
	struct check_run *r = userdata;
	struct outcome *o = &decision->outcome;
	int error = check_run_rename_inline(r, &o->document);

	if (error == 0)
		error = check_run_rename_inline(r, &o->url);
	if (error == 0)
		error = r->tell(r->userdata, o);
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

static const struct run_listener listener = {
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
	settings_fill_policy(&r->settings, r->firmware, &r->trust->policy);
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
		.mac = p->mac,
		.phone_type = p->phone_type,
		.mac_in_user_agent = true,
		.limits = p->limits,
		.retries = r->job.retries,
		.allow_local = p->allow_local,
		.tls_minimum = "1.2",
		.server = server.url ? &server : NULL,
	};

	if (!p->follow)
		plan.limits.depth = 1;
	if (r->subject->document_fd >= 0 &&
		lseek(r->subject->document_fd, 0, SEEK_SET) < 0)
		return -errno;
	return job_build(&plan, &r->job);
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
		.listener = &listener,
		.userdata = r,
		.source_authenticated = true,
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

/* All whole messages that are there; 0 when there is no other. */
static int check_run_serve_messages(
	struct check_run *r, const struct varlink_service *service)
{
	int error = 1;

	while (error > 0) {
		struct varlink_fds fds = {0};
		const char *text = NULL;
		size_t len = 0;

		error = varlink_socket_next(&r->socket, &text, &len, &fds);
		if (error <= 0)
			return error;
		error = check_run_serve_message(r, service, text, len, &fds);
		varlink_fds_done(&fds);
		if (error < 0)
			return error;
		error = 1;
	}
	return error;
}

/* Sleep until something can be received or sent; -ETIMEDOUT. */
static int check_run_wait_for_peer(
	const struct check_run *r, bool sending, int64_t deadline_ms)
{
	struct pollfd waiting = {
		.fd = r->socket.fd,
		.events = (short)(POLLIN | (sending ? POLLOUT : 0)),
	};
	int64_t left = deadline_ms - varlink_deadline(0);
	int n = 0;

	if (left <= 0)
		return -ETIMEDOUT;
	n = poll(&waiting, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

/* Until the fetcher closes its end; its last calls are handled. */
static int check_run_serve(struct check_run *r, int64_t deadline_ms)
{
	const struct varlink_interface *interface = &fetch_service_interface;
	const struct varlink_service service = {
		.product = "certprovctl",
		.version = CERTPROV_VERSION,
		.interfaces = &interface,
		.n_interfaces = 1,
		.userdata = r->session,
	};
	ssize_t n = 1;
	int error = 0;

	while (error == 0 && n != 0) {
		bool sending = false;

		error = check_run_serve_messages(r, &service);
		if (error == 0)
			error = varlink_socket_flush(&r->socket);
		sending = error > 0;
		if (error >= 0)
			error = check_run_wait_for_peer(
				r, sending, deadline_ms);
		if (error < 0)
			break;
		n = varlink_socket_receive(&r->socket);
		if (n < 0 && n != -EAGAIN)
			error = (int)n;
	}
	return error == 0 ? check_run_serve_messages(r, &service) : error;
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

static int check_run_to_the_end(struct check_run *r)
{
	int64_t limit = (int64_t)r->job.limits.seconds * 1000 + GRACE_MS;
	int error = fetcher_start(r->plan->fetcher, &r->fetcher);
	int status = 0;

	if (error < 0)
		return error;
	varlink_socket_init(&r->socket, fd_take(&r->fetcher.fd));
	error = check_run_serve(r, varlink_deadline(limit));
	varlink_socket_done(&r->socket);
	varlink_socket_init(&r->socket, -1);
	status = fetcher_end(&r->fetcher);
	if (r->result.finished && error == 0)
		return 0;
	r->result.finished = false;
	error = check_run_explain_loss(r, error, status);
	return error < 0 ? error
			 : fetch_session_end(r->session, VERDICT_FETCHER_LOST,
				   r->result.trouble);
}

int check_run(const struct check_plan *plan,
	const struct check_subject *subject, const struct firmware *firmware,
	check_outcome *tell, void *userdata, struct check_result *ret)
{
	CLEANUP(check_run_done)
	struct check_run r = {
		.plan = plan,
		.subject = subject,
		.tell = tell,
		.userdata = userdata,
		.firmware = firmware,
		.job = FETCH_JOB_INIT,
		.snapshot_fd = -1,
		.fetcher = FETCHER_NONE,
	};
	int error = 0;

	varlink_socket_init(&r.socket, -1);
	error = check_run_make_trust(&r);
	if (error == 0)
		error = check_run_make_snapshot(&r);
	if (error == 0)
		error = check_run_make_job(&r);
	if (error == 0)
		error = check_run_make_session(&r);
	if (error == 0)
		error = check_run_to_the_end(&r);
	if (error < 0)
		return error;
	*ret = r.result;
	r.result = (struct check_result){0};
	return 0;
}
