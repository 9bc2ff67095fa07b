/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call that is being answered: what a method handler sees of it, and all it
 * can answer. Does no I/O: whoever has the connection says through a table
 * how a reply is sent (varlink-service.h).
 */
#ifndef CERTPROV_VARLINK_REQUEST_H
#define CERTPROV_VARLINK_REQUEST_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/bytes.h"
#include "lib/base/macros.h"
#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink-socket.h"
#include "lib/varlink/varlink.h"

struct varlink_request;
struct varlink_service;

/* --- what there is --- */

/*
 * Answers the request, now or, having kept it, later. What it returns is for
 * the case that it did not: a negative errno becomes the error
 * io.systemd.System, 0 and above are fine. Parameters and everything decoded
 * from them live as long as the request.
 */
typedef int varlink_handler(struct varlink_request *req, void *userdata);

struct varlink_method {
	const char *name;        /* without the interface */
	varlink_handler *handle; /* NULL: MethodNotImplemented */
	/* What varlink_request_decode decodes; NULL: there are none. */
	const struct json_table *parameters;
	/* What varlink_reply_struct encodes; NULL: it is not used. */
	const struct json_table *reply;
	bool more;     /* ExpectedMore for a call without more */
	bool takes_fd; /* otherwise descriptors are refused */
};

/* --- for handlers --- */

struct varlink_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/* NULL when there are none. */
const cJSON *varlink_request_parameters(const struct varlink_request *req);
const struct varlink_peer *varlink_request_peer(
	const struct varlink_request *req);
/* Is the caller in this group? False as well when its connection cannot tell.
 */
bool varlink_request_peer_is_in(const struct varlink_request *req, gid_t group);
/* Whom else the connection acts for, as varlink_request_act_for said; NULL:
 * nobody. Borrowed from the connection. */
const char *varlink_request_acts_for(const struct varlink_request *req);
/* From now on the connection acts for somebody (copied); the last word counts.
 * 0, -ENOMEM, or -EOPNOTSUPP where connections do not keep it. */
int varlink_request_act_for(struct varlink_request *req, const char *whom);
/* The name the caller used, interface included. */
const char *varlink_request_method(const struct varlink_request *req);
bool varlink_request_more(const struct varlink_request *req);
/* The text of a call that says nothing but method and parameters (not oneway,
 * more or upgrade), borrowed until the handler returns; else NULL. */
const struct bytes *varlink_request_message(const struct varlink_request *req);
/* Take a descriptor that came with the call; -1 when there is none. */
int varlink_request_take_fd(struct varlink_request *req, size_t index);

/*
 * Decode the parameters by the table of the method. Returns 0; 1 when one is
 * wrong, then InvalidParameter has been answered; or a negative errno.
 */
int varlink_request_decode(struct varlink_request *req, void *ret);

/*
 * Send a reply; takes the parameters (NULL: none), also on failure. After the
 * last reply or an error the request is answered and takes no other. Returns
 * 0, -ENOTCONN when the caller has gone, -ENOBUFS when it does not read,
 * -EMSGSIZE when the reply is too large (the request is not answered then).
 *
 * A reply that continues is not sent when the caller did not say more; none
 * is sent to a oneway call.
 */
int varlink_reply(struct varlink_request *req, cJSON *parameters);
int varlink_reply_continues(struct varlink_request *req, cJSON *parameters);
/* Encoded by the table of the method. */
int varlink_reply_struct(struct varlink_request *req, const void *from);
int varlink_reply_struct_continues(
	struct varlink_request *req, const void *from);
/* {name: item}; takes the item, NULL is -ENOMEM. */
int varlink_reply_member(
	struct varlink_request *req, const char *name, cJSON *item);
int varlink_error(
	struct varlink_request *req, const char *error, cJSON *parameters);
int varlink_error_writer(
	struct varlink_request *req, const char *error, struct json_writer *w);
/* An error that one text says more about, as NoSuchCertificate(sha256). */
int varlink_error_text(struct varlink_request *req, const char *error,
	const char *member, const char *text);
/* One that a number says more about, as NoSuchRun(id). */
int varlink_error_number(struct varlink_request *req, const char *error,
	const char *member, int64_t number);
int varlink_invalid_parameter(struct varlink_request *req, const char *name);
/* io.systemd.System with a positive or negative errno. */
int varlink_error_errno(struct varlink_request *req, int error);

/* Send this descriptor with the next reply. Takes it; 0 or -ENOSPC. */
int varlink_request_add_fd(struct varlink_request *req, int fd);

/* --- for handlers that answer later --- */

struct varlink_watch {
	/* The caller has gone, or cannot be written to: nothing can be
	 * answered any more. Release the request (here or later). */
	void (*gone)(struct varlink_request *req, void *userdata);
	/* What was sent is out: time for what backlogged() held back. */
	void (*drained)(struct varlink_request *req, void *userdata);
	/* The turn that was wanted. */
	void (*turn)(struct varlink_request *req, void *userdata);
	void *userdata;
};

/* Keep the request beyond the handler; once. watch (copied) may be NULL. */
void varlink_request_keep(
	struct varlink_request *req, const struct varlink_watch *watch);
/* The holder's last word. One that was never answered gets an error. NULL is
 * fine; returns NULL. */
struct varlink_request *varlink_request_release(struct varlink_request *req);
DEFINE_CLEANUP(struct varlink_request, varlink_request_release);

/* The caller reads more slowly than it is written to: who can leave replies
 * out should now, and send the state when drained is called. */
bool varlink_request_backlogged(const struct varlink_request *req);
/* Neither answered nor gone. */
bool varlink_request_open(const struct varlink_request *req);
/* Go on later, when others have had their turn: for a kept request. */
void varlink_request_want_turn(struct varlink_request *req);
/* What answering has cost beyond its messages; the unit is the connection's
 * (daemon/certprovd/sys/turns.h). */
void varlink_request_charge(struct varlink_request *req, unsigned work);

/* --- for those who have the connection --- */

struct varlink_transport {
	/* Take an encoded reply and its descriptors, also on failure. */
	int (*send)(void *connection, struct bytes *message,
		struct varlink_fds *fds);
	bool (*backlogged)(void *connection);
	/* A request that dispatch returned has been answered: the connection
	 * detaches it and may take the next call (later, not in here). */
	void (*answered)(void *connection, struct varlink_request *req);
	/* varlink_request_turn is wanted (later, not in here). May be NULL. */
	void (*want_turn)(void *connection);
	/* May be NULL. */
	void (*charge)(void *connection, unsigned work);
	/* May be NULL: nobody is in any group. */
	bool (*peer_is_in)(void *connection, gid_t group);
	/* May be NULL: it acts for nobody. */
	int (*act_for)(void *connection, const char *whom);
	const char *(*acts_for)(void *connection);
};

/* A call as it came from a connection. */
struct varlink_incoming {
	struct bytes message; /* its text, borrowed; or empty */
	struct varlink_call call;
	struct varlink_fds fds;
	struct varlink_peer peer;
	const struct varlink_transport *transport;
	void *connection;
};

void varlink_incoming_done(struct varlink_incoming *in);
DEFINE_CLEANUP_EMBEDDED(struct varlink_incoming, varlink_incoming_done);

/* The connection lets go of a request that dispatch returned. When it has not
 * been answered, its holder is notified that the caller has gone. */
void varlink_request_detach(struct varlink_request *req);
/* Everything was sent: notify the holder of the request. */
void varlink_request_drained(struct varlink_request *req);
/* It is the request's turn: notify the holder. */
void varlink_request_turn(struct varlink_request *req);

/* --- for varlink-service.c --- */

/* Takes call and descriptors out of in; NULL when there is no memory. The
 * reference is the connection's. */
struct varlink_request *varlink_request_new(
	const struct varlink_service *service, struct varlink_incoming *in);
/*
 * The handler has returned r. Returns the request when it is kept and will be
 * answered, else NULL, and the connection's reference is gone. A failure that
 * has not been answered is answered here.
 */
struct varlink_request *varlink_request_settle(
	struct varlink_request *req, int r);
const struct varlink_service *varlink_request_service(
	const struct varlink_request *req);
const struct varlink_call *varlink_request_call(
	const struct varlink_request *req);
void varlink_request_set_method(
	struct varlink_request *req, const struct varlink_method *method);
/* Close what came with the call; returns whether there was anything. */
bool varlink_request_drop_fds(struct varlink_request *req);

#endif
