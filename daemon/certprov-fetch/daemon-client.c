/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/daemon-client.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/varlink/varlink-client.h"

#define INTERFACE "io.certprov.fetch."

struct daemon {
	struct varlink_client *client;
};

int daemon_new(int fd, struct daemon **ret)
{
	CLEANUP(close_fd) int owned = fd;
	CLEANUP(daemon_free) struct daemon *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d)
		return -ENOMEM;
	r = varlink_client_new(take_fd(&owned), &d->client);
	if (r == 0)
		*ret = TAKE_PTR(d);
	return r;
}

struct daemon *daemon_free(struct daemon *d)
{
	if (!d)
		return NULL;
	varlink_client_free(d->client);
	free(d);
	return NULL;
}

int daemon_fd(const struct daemon *d)
{
	return varlink_client_fd(d->client);
}

/* Takes the parameters; an error for a reply ends the run. */
static int call(struct daemon *d, const char *method, cJSON *parameters,
	struct varlink_answer *ret)
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

static int tell(void *daemon, const char *method, cJSON *parameters)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

	return call(daemon, method, parameters, &answer);
}

int daemon_get_job(struct daemon *d, struct fetch_job *ret_job,
	int *ret_snapshot_fd, int *ret_document_fd)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	const struct varlink_call question = {.method = INTERFACE "GetJob"};
	struct varlink_extra extra = {.fd = -1, .max_fds = FETCH_JOB_MAX_FDS};
	int64_t deadline = varlink_deadline(DAEMON_TIMEOUT_MS);
	int r = varlink_client_send(d->client, &question, &extra, deadline);

	if (r == 0)
		r = varlink_client_receive(d->client, deadline, &answer);
	if (r < 0)
		return r;
	if (answer.reply.error)
		return -EPERM;
	r = fetch_job_decode(answer.reply.parameters, ret_job);
	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	*ret_snapshot_fd = varlink_fds_take_one(&answer.fds, 0);
	*ret_document_fd = varlink_fds_take_one(&answer.fds, 1);
	return 0;
}

static int report_document(void *daemon, const struct fetch_document *d)
{
	return tell(
		daemon, INTERFACE "ReportDocument", fetch_document_encode(d));
}

static int report_element(void *daemon, const struct fetch_element *e)
{
	return tell(daemon, INTERFACE "ReportElement", fetch_element_encode(e));
}

static int report_peer(void *daemon, const struct fetch_peer *p)
{
	return tell(daemon, INTERFACE "ReportPeer", fetch_peer_encode(p));
}

static int unreadable(int r)
{
	return r == -EINVAL ? -EBADMSG : r;
}

static int offer_certificate(void *daemon, const struct fetch_certificate *c,
	struct offer_answer *ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = call(daemon, INTERFACE "OfferCertificate",
		fetch_certificate_encode(c), &answer);

	if (r < 0)
		return r;
	return unreadable(fetch_answer_decode(answer.reply.parameters, ret));
}

static int offer_setting(
	void *daemon, const struct fetch_setting *s, bool *ret_good)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = call(daemon, INTERFACE "OfferSetting", fetch_setting_encode(s),
		&answer);

	if (r < 0)
		return r;
	return unreadable(
		fetch_setting_answer_decode(answer.reply.parameters, ret_good));
}

static int progress(void *daemon, const struct fetch_progress *p,
	struct fetch_distrusted *ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = call(daemon, INTERFACE "Progress", fetch_progress_encode(p),
		&answer);

	if (r < 0)
		return r;
	return unreadable(
		fetch_distrusted_decode(answer.reply.parameters, ret));
}

static int finish(void *daemon, const struct fetch_finish *f)
{
	return tell(daemon, INTERFACE "Finish", fetch_finish_encode(f));
}

const struct daemon_calls daemon_calls = {
	.report_document = report_document,
	.report_element = report_element,
	.report_peer = report_peer,
	.offer_certificate = offer_certificate,
	.offer_setting = offer_setting,
	.progress = progress,
	.finish = finish,
};
