/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-service.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/provisioning/io.certprov.fetch.varlink.h"

/* Copies are sent: the reply only borrows its descriptors. */
static int fetch_service_add_fds(
	struct varlink_request *req, const struct fetch_reply *reply)
{
	for (size_t i = 0; i < reply->fd_count; i++) {
		int fd = fcntl(reply->fds[i], F_DUPFD_CLOEXEC, 0);
		int r;

		if (fd < 0)
			return -errno;
		r = varlink_request_add_fd(req, fd);
		if (r < 0)
			return r;
	}
	return 0;
}

/* All methods: the session tells them apart and counts them. */
static int fetch_service_on_call(struct varlink_request *req, void *userdata)
{
	CLEANUP(fetch_reply_done) struct fetch_reply reply = {0};
	const char *name = strrchr(varlink_request_method(req), '.');
	int r;

	r = fetch_session_call(userdata, name ? name + 1 : "",
		varlink_request_parameters(req), &reply);
	if (r < 0)
		return r;
	if (reply.error)
		return varlink_error(
			req, reply.error, TAKE_PTR(reply.parameters));
	r = fetch_service_add_fds(req, &reply);
	return r < 0 ? r : varlink_reply(req, TAKE_PTR(reply.parameters));
}

static const struct varlink_method methods[] = {
	{.name = "GetJob", .handle = fetch_service_on_call},
	{.name = "ReportDocument", .handle = fetch_service_on_call},
	{.name = "OfferCertificate", .handle = fetch_service_on_call},
	{.name = "ReportElement", .handle = fetch_service_on_call},
	{.name = "OfferSetting", .handle = fetch_service_on_call},
	{.name = "ReportPeer", .handle = fetch_service_on_call},
	{.name = "ReportServer", .handle = fetch_service_on_call},
	{.name = "Sign", .handle = fetch_service_on_call},
	{.name = "Progress", .handle = fetch_service_on_call},
	{.name = "GetTrust", .handle = fetch_service_on_call},
	{.name = "Finish", .handle = fetch_service_on_call},
};

const struct varlink_interface fetch_service_interface = {
	.name = "io.certprov.fetch",
	.description = varlink_fetch_description,
	.methods = methods,
	.n_methods = ARRAY_SIZE(methods),
};
