/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/daemon-client.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/fd.h"
#include "lib/trust/snapshot.h"
#include "lib/varlink/json-writer.h"
#include "lib/varlink/varlink-client.h"

#define INTERFACE "io.certprov.fetch."

static_assert(DAEMON_MAX_UNANSWERED <= VARLINK_CLIENT_MAX_WAITING,
	"no more than the client sends ahead");

struct daemon_client {
	struct varlink_client *client;
};

int daemon_client_new(int fd, struct daemon_client **ret)
{
	CLEANUP(fd_close) int owned = fd;
	CLEANUP(daemon_client_free)
	struct daemon_client *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d)
		return -ENOMEM;
	r = varlink_client_new(fd_take(&owned), &d->client);
	if (r == 0)
		*ret = TAKE_PTR(d);
	return r;
}

struct daemon_client *daemon_client_free(struct daemon_client *d)
{
	if (!d)
		return NULL;
	varlink_client_free(d->client);
	free(d);
	return NULL;
}

int daemon_client_fd(const struct daemon_client *d)
{
	return varlink_client_fd(d->client);
}

/* Takes the parameters; an error for a reply ends the run. */
static int daemon_client_call(struct daemon_client *d, const char *method,
	cJSON *parameters, struct varlink_answer *ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = 0;

	if (!parameters)
		return -ENOMEM;
	r = varlink_client_call(d->client, method, parameters,
		varlink_deadline(DAEMON_TIMEOUT_MS), &answer);
	if (r < 0)
		return r;
	if (answer.reply.error)
		return -EPERM;
	*ret = TAKE_OBJECT(answer);
	return 0;
}

static int daemon_client_tell(
	void *daemon, const char *method, cJSON *parameters)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

	return daemon_client_call(daemon, method, parameters, &answer);
}

/* The reply to what was sent; an error for one ends the run. */
static int daemon_client_receive(struct daemon_client *d, int64_t deadline_ms,
	struct varlink_answer *ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = varlink_client_receive(d->client, deadline_ms, &answer);

	if (r < 0)
		return r;
	if (answer.reply.error)
		return -EPERM;
	*ret = TAKE_OBJECT(answer);
	return 0;
}

/* A question of its name alone, which is answered with descriptors. */
static int daemon_client_ask_fds(struct daemon_client *d, const char *method,
	size_t max_fds, struct varlink_answer *ret)
{
	const struct varlink_call question = {.method = (char *)method};
	struct varlink_extra extra = {.fd = -1, .max_fds = max_fds};
	int64_t deadline = varlink_deadline(DAEMON_TIMEOUT_MS);
	int r = varlink_client_send(d->client, &question, &extra, deadline);

	return r < 0 ? r : daemon_client_receive(d, deadline, ret);
}

int daemon_client_get_job(struct daemon_client *d, struct fetch_job *ret_job,
	int *ret_snapshot_fd, int *ret_document_fd)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = daemon_client_ask_fds(
		d, INTERFACE "GetJob", FETCH_JOB_MAX_FDS, &answer);

	if (r < 0)
		return r;
	r = fetch_job_decode(answer.reply.parameters, ret_job);
	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	*ret_snapshot_fd = varlink_fds_take_one(&answer.fds, 0);
	*ret_document_fd = varlink_fds_take_one(&answer.fds, 1);
	return 0;
}

static int daemon_client_report_document(
	void *daemon, const struct fetch_document *d)
{
	return daemon_client_tell(
		daemon, INTERFACE "ReportDocument", fetch_document_encode(d));
}

static int daemon_client_report_element(
	void *daemon, const struct fetch_element *e)
{
	return daemon_client_tell(
		daemon, INTERFACE "ReportElement", fetch_element_encode(e));
}

static int daemon_client_report_peer(void *daemon, const struct fetch_peer *p)
{
	return daemon_client_tell(
		daemon, INTERFACE "ReportPeer", fetch_peer_encode(p));
}

static int daemon_client_report_server(
	void *daemon, const struct fetch_guarded *g)
{
	return daemon_client_tell(
		daemon, INTERFACE "ReportServer", fetch_guarded_encode(g));
}

static int daemon_client_unreadable(int r)
{
	return r == -EINVAL ? -EBADMSG : r;
}

static int daemon_client_offer_certificate(
	void *daemon, const struct candidate *c)
{
	struct daemon_client *d = daemon;
	CLEANUP(json_free) cJSON *parameters = fetch_candidate_encode(c);
	const struct varlink_call call = {
		.method = (char *)INTERFACE "OfferCertificate",
		.parameters = parameters,
	};

	return parameters ? varlink_client_send_behind(d->client, &call,
				    varlink_deadline(DAEMON_TIMEOUT_MS))
			  : -ENOMEM;
}

static int daemon_client_await_offer(void *daemon, struct offer_answer *ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = daemon_client_receive(
		daemon, varlink_deadline(DAEMON_TIMEOUT_MS), &answer);

	if (r < 0)
		return r;
	return daemon_client_unreadable(
		fetch_answer_decode(answer.reply.parameters, ret));
}

static int daemon_client_offer_setting(void *daemon,
	const struct fetch_setting *s, enum fetch_scope *ret_scope,
	bool *ret_good)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	struct fetch_setting_answer said = {0};
	int r = daemon_client_call(daemon, INTERFACE "OfferSetting",
		fetch_setting_encode(s), &answer);

	if (r < 0)
		return r;
	r = fetch_setting_answer_decode(answer.reply.parameters, &said);
	if (r == 0) {
		*ret_scope = said.scope;
		*ret_good = said.good;
	}
	return daemon_client_unreadable(r);
}

static int daemon_client_progress(void *daemon, const struct fetch_progress *p,
	struct fetch_distrusted *ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = daemon_client_call(daemon, INTERFACE "Progress",
		fetch_progress_encode(p), &answer);

	if (r < 0)
		return r;
	return daemon_client_unreadable(
		fetch_distrusted_decode(answer.reply.parameters, ret));
}

static int daemon_client_read_signature(
	const struct varlink_reply *reply, struct bytes *ret)
{
	if (!reply->error)
		return daemon_client_unreadable(
			fetch_signature_decode(reply->parameters, ret));
	return strcmp(reply->error, INTERFACE "NoIdentity") == 0 ? -ENODATA
								 : -EPERM;
}

static int daemon_client_sign(
	void *daemon, const struct fetch_signing *what, struct bytes *ret)
{
	struct daemon_client *d = daemon;
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	cJSON *parameters = fetch_signing_encode(what);
	int r = parameters
		? varlink_client_call(d->client, INTERFACE "Sign", parameters,
			  varlink_deadline(DAEMON_TIMEOUT_MS), &answer)
		: -ENOMEM;

	return r < 0 ? r : daemon_client_read_signature(&answer.reply, ret);
}

static int daemon_client_get_trust(void *daemon, struct trust **ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	CLEANUP(fd_close) int snapshot = -1;
	int r = daemon_client_ask_fds(daemon, INTERFACE "GetTrust", 1, &answer);

	if (r < 0)
		return r;
	snapshot = varlink_fds_take_one(&answer.fds, 0);
	return snapshot < 0 ? -EBADMSG : snapshot_open(snapshot, ret);
}

static int daemon_client_finish(void *daemon, const struct fetch_finish *f)
{
	return daemon_client_tell(
		daemon, INTERFACE "Finish", fetch_finish_encode(f));
}

const struct daemon_client_calls daemon_calls = {
	.report_document = daemon_client_report_document,
	.report_element = daemon_client_report_element,
	.report_peer = daemon_client_report_peer,
	.report_server = daemon_client_report_server,
	.offer_certificate = daemon_client_offer_certificate,
	.await_offer = daemon_client_await_offer,
	.offer_setting = daemon_client_offer_setting,
	.progress = daemon_client_progress,
	.sign = daemon_client_sign,
	.get_trust = daemon_client_get_trust,
	.finish = daemon_client_finish,
};
