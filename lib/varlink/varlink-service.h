/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service answers: interfaces as tables of methods, the errors every
 * service gives by itself, org.varlink.service. Does no I/O: whoever has the
 * connection says through a table how a reply is sent (daemon/certprovd's
 * server; a test; certprovctl on a socket pair).
 *
 * A handler decodes, does, replies:
 *
 *	static int on_get(struct varlink_request *req, void *userdata)
 *	{
 *		struct get get = {0};
 *		int r = varlink_request_decode(req, &get);
 *
 *		if (r != 0)
 *			return r;
 *		...
 *		return varlink_reply_struct(req, &reply);
 *	}
 *
 *	{.name = "Get", .handle = on_get, .parameters = &get_parameters,
 *		.reply = &get_reply},
 *
 * One that answers later keeps the request; see varlink_request_keep.
 */
#ifndef CERTPROV_VARLINK_SERVICE_H
#define CERTPROV_VARLINK_SERVICE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/varlink/varlink-request.h"

/* --- what there is --- */

struct varlink_interface {
	const char *name;
	const char *description; /* the text of its .varlink file */
	const struct varlink_method *methods;
	size_t n_methods;
};

struct varlink_service {
	const char *product;
	const char *version;
	const char *url;
	const struct varlink_interface *const *interfaces;
	size_t n_interfaces; /* without org.varlink.service, always there */
	void *userdata;      /* given to every handler */
	bool plain; /* no call and no answer has a secret: none is wiped */
	/* Answers a message that came without descriptors by its bytes (without
	 * the zero byte), before it is parsed: 1, and a reply as it is sent,
	 * borrowed until the next; or 0, and it is parsed. NULL: every one
	 * is. */
	int (*recall)(void *userdata, const struct bytes *message,
		const struct bytes **ret);
};

/* --- for those who have the connection --- */

/*
 * Answer a call or hand it to its handler. Takes call and descriptors out of
 * in. Returns 0 and in *ret NULL when it is done with, else the request,
 * which is the connection's until it calls varlink_request_detach; -ENOMEM.
 */
int varlink_service_dispatch(const struct varlink_service *service,
	struct varlink_incoming *in, struct varlink_request **ret);
/* Answer a message by recall: 1 when it is, 0 when it has to be parsed. */
int varlink_service_recall(
	const struct varlink_service *service, struct varlink_incoming *in);
/* Answer any call with this error, for a connection that is not served. Takes
 * the parameters; what is in in stays there. 0 or a negative errno. */
int varlink_service_refuse(
	struct varlink_incoming *in, const char *error, cJSON *parameters);

#endif
