/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calling a Varlink service from a program that may wait: blocking, but never
 * past a deadline. For certprovctl and certprov-fetch; the daemon does not
 * wait for anybody.
 *
 * One call at a time, unless it is sent behind another: after a call that says
 * more, receive until a reply no longer continues.
 */
#ifndef CERTPROV_VARLINK_CLIENT_H
#define CERTPROV_VARLINK_CLIENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/varlink/varlink-socket.h"
#include "lib/varlink/varlink.h"

/*
 * Deadlines are milliseconds on CLOCK_MONOTONIC. What a function below
 * returns when it could not:
 *
 *	-ENOENT, -ECONNREFUSED	nobody listens there: not running
 *	-EACCES			not allowed to connect
 *	-ETIMEDOUT		the deadline passed; receiving may be tried
 *again -ECONNRESET, -EPIPE	the service has gone
 *	-EBADMSG, -EMSGSIZE	it does not keep to the protocol
 *	-EBUSY			a reply is still to be received
 *	-ENOTCONN		a failure before has ended this client
 */
#define VARLINK_FOREVER INT64_MAX
int64_t varlink_deadline(int64_t timeout_ms); /* from now */

struct varlink_client;

int varlink_client_connect(
	const char *path, int64_t deadline_ms, struct varlink_client **ret);
/* On a connected stream socket; takes fd, also on failure. 0 or -ENOMEM. */
int varlink_client_new(int fd, struct varlink_client **ret);
struct varlink_client *varlink_client_free(struct varlink_client *client);
DEFINE_CLEANUP(struct varlink_client, varlink_client_free);

/*
 * For a program that polls other things as well: readable means receive. One
 * read may hold several replies, so then receive with a deadline of 0 until
 * -ETIMEDOUT. Borrowed.
 */
int varlink_client_fd(const struct varlink_client *client);

/* A reply and its descriptors. */
struct varlink_answer {
	struct varlink_reply reply;
	struct varlink_fds fds;
};

void varlink_answer_done(struct varlink_answer *answer);
DEFINE_CLEANUP_EMBEDDED(struct varlink_answer, varlink_answer_done);

/* What goes along with a call; nothing if zeroed, with fd = -1. */
struct varlink_extra {
	int fd;         /* sent with the call; taken, also on failure */
	size_t max_fds; /* the reply may bring; others are refused */
};

/* Send a call, lent. extra may be NULL. */
int varlink_client_send(struct varlink_client *client,
	const struct varlink_call *call, struct varlink_extra *extra,
	int64_t deadline_ms);

/*
 * The same while replies to others are still to come, none of which says more
 * or may bring descriptors, nor does this one: replies come in the order of the
 * calls. -EBUSY when they are so many, or when one is not like that.
 */
#define VARLINK_CLIENT_MAX_WAITING 64
int varlink_client_send_behind(struct varlink_client *client,
	const struct varlink_call *call, int64_t deadline_ms);

/*
 * Wait for the next reply; one that is an error is a success here, look at
 * answer.reply.error. *ret is untouched on failure.
 */
int varlink_client_receive(struct varlink_client *client, int64_t deadline_ms,
	struct varlink_answer *ret);

/* A call with one reply: takes the parameters (NULL: none), also on failure. */
int varlink_client_call(struct varlink_client *client, const char *method,
	cJSON *parameters, int64_t deadline_ms, struct varlink_answer *ret);

#endif
