/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/connection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/certprov-fetch/daemon-client.h"
#include "daemon/certprov-fetch/document.h"
#include "daemon/certprov-fetch/download.h"
#include "daemon/certprov-fetch/replay.h"
#include "daemon/certprov-fetch/rights.h"
#include "daemon/certprov-fetch/session.h"
#include "lib/base/fd.h"
#include "lib/trust/snapshot.h"

#define RETRY_MS 500

static enum exit_status connection_complain(
	enum exit_status status, const char *what, int error)
{
	(void)fprintf(
		stderr, "certprov-fetch: %s: %s\n", what, strerror(-error));
	return status;
}

static bool connection_peer_is_allowed(int fd, const struct allowed_peer *peer)
{
	struct ucred who = {.uid = (uid_t)-1};
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return false;
	return who.uid == 0 || who.uid == geteuid() ||
		(peer->has_uid && who.uid == peer->uid);
}

/* What libraries read or build once, while they still may. */
static int connection_prepare(void)
{
	document_prepare();
	return download_prepare();
}

/* What a run is given, before it gives up its rights. */
struct connection_run {
	struct daemon_client *daemon;
	struct fetch_job job;
	struct trust *trust;
	int document_fd;
	struct replay *replay; /* if there is more than one job */
};

static void connection_run_done(struct connection_run *r)
{
	r->daemon = daemon_client_free(r->daemon);
	fetch_job_done(&r->job);
	r->trust = trust_free(r->trust);
	r->document_fd = fd_close(r->document_fd);
	r->replay = replay_free(r->replay);
}
DEFINE_CLEANUP_EMBEDDED(struct connection_run, connection_run_done);

static int connection_get_job(struct connection_run *run)
{
	CLEANUP(fd_close) int snapshot = -1;
	int r = daemon_client_get_job(
		run->daemon, &run->job, &snapshot, &run->document_fd);

	if (r < 0)
		return r;
	return snapshot < 0 ? -EBADMSG : snapshot_open(snapshot, &run->trust);
}

static int connection_give_up_rights(const struct connection_run *run)
{
	const int keep[] = {daemon_client_fd(run->daemon), run->document_fd};

	return rights_give_up(keep, run->document_fd < 0 ? 1 : 2);
}

static enum exit_status connection_do_run(struct connection_run *run)
{
	const struct session_config config = {
		.job = &run->job,
		.trust = run->trust,
		.document_fd = run->document_fd,
		.watch_fd = daemon_client_fd(run->daemon),
		.calls = &daemon_calls,
		.daemon = run->daemon,
		.retry_ms = RETRY_MS,
		.replay = run->replay,
	};
	int r = session_run(&config);

	if (r < 0)
		return connection_complain(
			EXIT_RUN_FAILED, "the run ended early", r);
	return EXIT_RUN_FINISHED;
}

/* The same documents for other rules; what was fetched is kept. */
static int connection_get_next_job(struct connection_run *run)
{
	fetch_job_done(&run->job);
	run->job = FETCH_JOB_INIT;
	run->trust = trust_free(run->trust);
	run->document_fd = fd_close(run->document_fd);
	return connection_get_job(run);
}

static enum exit_status connection_do_runs(struct connection_run *run)
{
	enum exit_status status = EXIT_RUN_FINISHED;
	int r = run->job.another ? replay_new(&run->replay) : 0;

	if (r == 0)
		status = connection_do_run(run);
	while (r == 0 && status == EXIT_RUN_FINISHED && run->job.another) {
		r = connection_get_next_job(run);
		if (r == 0)
			status = connection_do_run(run);
	}
	return r < 0 ? connection_complain(
			       EXIT_RUN_FAILED, "getting the next job", r)
		     : status;
}

enum exit_status connection_serve(int fd, const struct allowed_peer *peer)
{
	CLEANUP(fd_close) int socket_fd = fd;
	CLEANUP(connection_run_done)
	struct connection_run run = {.document_fd = -1};
	int r = 0;

	if (!connection_peer_is_allowed(fd, peer))
		return connection_complain(
			EXIT_PEER_REFUSED, "connection", -EPERM);
	r = connection_prepare();
	if (r < 0)
		return connection_complain(
			EXIT_RUN_FAILED, "preparing libraries", r);
	run.job = FETCH_JOB_INIT;
	r = daemon_client_new(fd_take(&socket_fd), &run.daemon);
	if (r == 0)
		r = connection_get_job(&run);
	if (r < 0)
		return connection_complain(
			EXIT_RUN_FAILED, "getting the job", r);
	r = connection_give_up_rights(&run);
	if (r < 0)
		return connection_complain(
			EXIT_NO_SANDBOX, "giving up rights", r);
	return connection_do_runs(&run);
}
