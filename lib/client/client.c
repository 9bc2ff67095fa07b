/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles of libcertprov: their settings, the connection to the daemon, and
 * calls with a time limit.
 */
#include "lib/client/certprov.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/string.h"
#include "lib/client/client-internal.h"

/* A daemon that was there a moment ago is waited for in steps of this. */
#define RETURN_POLL_MS 20

/* --- a handle --- */

int certprov_new(struct certprov **ret)
{
	CLEANUP(certprov_free) struct certprov *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c)
		return -ENOMEM;
	c->timeout_ms = CERTPROV_TIMEOUT_MS;
	r = certprov_set_socket(c, NULL);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

int certprov_dup(const struct certprov *c, struct certprov **ret)
{
	CLEANUP(certprov_free) struct certprov *copy = NULL;
	int r = certprov_new(&copy);

	if (r < 0)
		return r;
	r = certprov_set_socket(copy, c->path);
	if (r < 0)
		return r;
	copy->timeout_ms = c->timeout_ms;
	copy->absent = c->absent;
	*ret = TAKE_PTR(copy);
	return 0;
}

static void client_disconnect(struct certprov *c)
{
	c->connection = varlink_client_free(c->connection);
}

struct certprov *certprov_free(struct certprov *c)
{
	if (!c)
		return NULL;
	client_disconnect(c);
	free(c->path);
	free(c);
	return NULL;
}

/* What the next connection leads to may be another daemon. */
static void client_start_over(struct certprov *c)
{
	client_disconnect(c);
	c->no_digest = false;
	memset(c->seen, 0, sizeof(c->seen));
}

int certprov_set_socket(struct certprov *c, const char *path)
{
	const struct sockaddr_un *address = NULL;
	int r = 0;

	path = path ? path : CERTPROV_SOCKET;
	if (*path == 0 || strlen(path) >= sizeof(address->sun_path))
		return -EINVAL;
	r = string_replace(&c->path, path);
	if (r < 0)
		return r;
	client_start_over(c);
	return 0;
}

int certprov_set_timeout(struct certprov *c, int timeout_ms)
{
	if (timeout_ms < 1 || timeout_ms > TIMEOUT_MAX_MS)
		return -EINVAL;
	c->timeout_ms = timeout_ms;
	return 0;
}

int certprov_set_absent(struct certprov *c, enum certprov_absent absent)
{
	if ((unsigned)absent > CERTPROV_ABSENT_ALLOW)
		return -EINVAL;
	c->absent = absent;
	return 0;
}

/* --- errors --- */

int client_errno(int r)
{
	switch (-r) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		return -ENOTCONN;
	case EPERM:
		return -EACCES;
	case EPIPE:
		return -ECONNRESET;
	case EMSGSIZE:
	case EPROTOTYPE:
	case ENOTSOCK:
		return -EBADMSG;
	default:
		return r;
	}
}

static const struct client_error_row {
	const char *name;
	int error;
} error_rows[] = {
	{VARLINK_METHOD_NOT_FOUND, -EOPNOTSUPP},
	{VARLINK_METHOD_NOT_IMPLEMENTED, -EOPNOTSUPP},
	{VARLINK_INTERFACE_NOT_FOUND, -EOPNOTSUPP},
	{VARLINK_INVALID_PARAMETER, -EINVAL},
	{VARLINK_PERMISSION_DENIED, -EACCES},
	{TRUST_INTERFACE ".LimitExceeded", -EBUSY},
	{TRUST_INTERFACE ".NeedCertificates", NEED_CERTIFICATES},
	{TRUST_INTERFACE ".NoSuchCertificate", -ENODATA},
	{IDENTITY_INTERFACE ".LimitExceeded", -EBUSY},
	{IDENTITY_INTERFACE ".NoIdentity", -ENODATA},
	{IDENTITY_INTERFACE ".SchemeNotSupported", -EPROTONOSUPPORT},
};

int client_reply_errno(const struct varlink_reply *reply)
{
	if (!reply->error)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(error_rows); i++)
		if (strcmp(error_rows[i].name, reply->error) == 0)
			return error_rows[i].error;
	return -EREMOTEIO;
}

/* --- connecting --- */

/* A connection on which nothing is expected: has the daemon left it, or has
 * it said what nobody asked for? */
static bool client_is_stale(const struct certprov *c)
{
	char byte = 0;
	ssize_t n = recv(varlink_client_fd(c->connection), &byte, 1,
		MSG_PEEK | MSG_DONTWAIT);

	return n >= 0 || errno != EAGAIN;
}

/* What was connected before a fork is the parent's; closing our copy of the
 * descriptor does not disturb it. */
static void client_drop_unusable(struct certprov *c)
{
	if (!c->connection)
		return;
	if (c->owner != getpid() || client_is_stale(c))
		client_start_over(c);
}

static int client_connect_to(struct certprov *c, int64_t deadline_ms)
{
	int r = 0;

	if (c->connection)
		return 0;
	r = varlink_client_connect(c->path, deadline_ms, &c->connection);
	if (r < 0)
		return client_errno(r);
	c->owner = getpid();
	return 0;
}

bool client_wait(int64_t deadline_ms)
{
	int64_t left = deadline_ms - varlink_deadline(0);

	if (left <= 0)
		return false;
	(void)poll(NULL, 0, left < RETURN_POLL_MS ? (int)left : RETURN_POLL_MS);
	return true;
}

/* The daemon is being restarted: it was there when the call began. */
static int client_connect_again(struct certprov *c, int64_t deadline_ms)
{
	int r = client_connect_to(c, deadline_ms);

	while (r == -ENOTCONN && client_wait(deadline_ms))
		r = client_connect_to(c, deadline_ms);
	return r == -ENOTCONN ? -ECONNRESET : r;
}

/* --- calling --- */

static int client_prepare_of(const char *interface, const char *method,
	cJSON *parameters, struct varlink_call *ret)
{
	struct varlink_call call = {.parameters = parameters};
	int r = string_format(&call.method, "%s.%s", interface, method);

	if (r < 0) {
		cJSON_Delete(parameters);
		return r;
	}
	*ret = call;
	return 0;
}

int client_prepare(
	const char *method, cJSON *parameters, struct varlink_call *ret)
{
	return client_prepare_of(TRUST_INTERFACE, method, parameters, ret);
}

/* On the connection there is. After a failure it may be in the middle of a
 * message, so it is given up. */
static int client_exchange(struct certprov *c, const struct varlink_call *call,
	size_t max_fds, int64_t deadline_ms, struct varlink_answer *ret)
{
	struct varlink_extra extra = {.fd = -1, .max_fds = max_fds};
	int r = varlink_client_send(c->connection, call, &extra, deadline_ms);

	if (r == 0 && !call->oneway)
		r = varlink_client_receive(c->connection, deadline_ms, ret);
	if (r < 0)
		client_disconnect(c);
	return client_errno(r);
}

static int client_exchange_twice(struct certprov *c,
	const struct varlink_call *call, size_t max_fds,
	struct varlink_answer *ret)
{
	int64_t deadline_ms = varlink_deadline(c->timeout_ms);
	int r = 0;

	client_drop_unusable(c);
	r = client_connect_to(c, deadline_ms);
	if (r < 0)
		return r;
	r = client_exchange(c, call, max_fds, deadline_ms, ret);
	if (r != -ECONNRESET)
		return r;
	client_start_over(c);
	r = client_connect_again(c, deadline_ms);
	if (r < 0)
		return r;
	return client_exchange(c, call, max_fds, deadline_ms, ret);
}

static int client_call_prepared(struct certprov *c,
	const struct varlink_call *call, size_t max_fds,
	struct varlink_answer *ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int r = client_exchange_twice(c, call, max_fds, &answer);

	if (r < 0)
		return r;
	r = client_reply_errno(&answer.reply);
	/* The daemon closes what is over its limits. */
	if (r == -EBUSY)
		client_disconnect(c);
	if (r < 0)
		return r;
	*ret = TAKE_OBJECT(answer);
	return 0;
}

int client_call(struct certprov *c, const char *method, cJSON *parameters,
	size_t max_fds, struct varlink_answer *ret)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};
	int r = client_prepare(method, parameters, &call);

	return r < 0 ? r : client_call_prepared(c, &call, max_fds, ret);
}

int client_call_identity(struct certprov *c, const char *method,
	cJSON *parameters, struct varlink_answer *ret)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};
	int r = client_prepare_of(
		IDENTITY_INTERFACE, method, parameters, &call);

	return r < 0 ? r : client_call_prepared(c, &call, 0, ret);
}

int client_tell(struct certprov *c, const char *method, cJSON *parameters)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};
	int64_t now = varlink_deadline(0);
	int r = client_prepare(method, parameters, &call);

	if (r < 0)
		return r;
	call.oneway = true;
	client_drop_unusable(c);
	r = client_connect_to(c, now);
	return r < 0 ? r : client_exchange(c, &call, 0, now, NULL);
}
