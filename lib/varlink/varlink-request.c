/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/varlink-request.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

/* Lives while the connection or a holder needs it: one reference each. */
struct varlink_request {
	unsigned references;
	const struct varlink_service *service;
	const struct varlink_method *method; /* NULL until it is found */
	struct varlink_call call;
	struct bytes message;         /* borrowed while dispatching */
	struct varlink_fds fds;       /* came with the call */
	struct varlink_fds reply_fds; /* go with the next reply */
	struct varlink_peer peer;
	const struct varlink_transport *transport; /* NULL once detached */
	void *connection;
	struct varlink_watch watch;
	bool dispatching; /* the handler has not returned */
	bool kept;
	bool answered;
};

void varlink_incoming_done(struct varlink_incoming *in)
{
	varlink_call_done(&in->call);
	varlink_fds_done(&in->fds);
}

struct varlink_request *varlink_request_new(
	const struct varlink_service *service, struct varlink_incoming *in)
{
	struct varlink_request *req = calloc(1, sizeof(*req));

	if (!req)
		return NULL;
	req->references = 1;
	req->dispatching = true;
	req->service = service;
	req->call = in->call;
	req->message = in->message;
	req->fds = varlink_fds_take(&in->fds);
	req->peer = in->peer;
	req->transport = in->transport;
	req->connection = in->connection;
	in->call = (struct varlink_call){0};
	return req;
}

static struct varlink_request *request_unref(struct varlink_request *req)
{
	if (!req || --req->references > 0)
		return NULL;
	varlink_call_done(&req->call);
	varlink_fds_done(&req->fds);
	varlink_fds_done(&req->reply_fds);
	free(req);
	return NULL;
}

/* --- what a handler asks --- */

const cJSON *varlink_request_parameters(const struct varlink_request *req)
{
	return req->call.parameters;
}

const struct varlink_peer *varlink_request_peer(
	const struct varlink_request *req)
{
	return &req->peer;
}

bool varlink_request_peer_is_in(const struct varlink_request *req, gid_t group)
{
	return req->transport && req->transport->peer_is_in &&
		req->transport->peer_is_in(req->connection, group);
}

const char *varlink_request_acts_for(const struct varlink_request *req)
{
	return req->transport && req->transport->acts_for
		? req->transport->acts_for(req->connection)
		: NULL;
}

int varlink_request_act_for(struct varlink_request *req, const char *whom)
{
	return req->transport && req->transport->act_for
		? req->transport->act_for(req->connection, whom)
		: -EOPNOTSUPP;
}

const char *varlink_request_method(const struct varlink_request *req)
{
	return req->call.method;
}

bool varlink_request_more(const struct varlink_request *req)
{
	return req->call.more;
}

const struct bytes *varlink_request_message(const struct varlink_request *req)
{
	bool plain = !req->call.oneway && !req->call.more && !req->call.upgrade;

	return plain && req->message.data ? &req->message : NULL;
}

int varlink_request_take_fd(struct varlink_request *req, size_t index)
{
	return varlink_fds_take_one(&req->fds, index);
}

int varlink_request_decode(struct varlink_request *req, void *ret)
{
	static const struct json_table none;
	const struct json_table *t =
		req->method->parameters ? req->method->parameters : &none;
	const char *wrong = NULL;
	int r = json_fields_decode(
		t->fields, t->count, req->call.parameters, ret, &wrong);

	if (r != -EINVAL)
		return r;
	r = varlink_invalid_parameter(req, wrong);
	return r < 0 ? r : 1;
}

bool varlink_request_open(const struct varlink_request *req)
{
	return req->transport && !req->answered;
}

bool varlink_request_backlogged(const struct varlink_request *req)
{
	return req->transport && req->transport->backlogged &&
		req->transport->backlogged(req->connection);
}

void varlink_request_want_turn(struct varlink_request *req)
{
	if (req->transport && req->transport->want_turn)
		req->transport->want_turn(req->connection);
}

void varlink_request_charge(struct varlink_request *req, unsigned work)
{
	if (req->transport && req->transport->charge)
		req->transport->charge(req->connection, work);
}

/* --- replies --- */

/* The last word is said: let the connection go on, unless it is the one that
 * waits for dispatch to return. */
static void varlink_request_mark_answered(struct varlink_request *req)
{
	req->answered = true;
	if (req->dispatching || !req->transport)
		return;
	req->transport->answered(req->connection, req);
}

static int varlink_request_send_reply(
	struct varlink_request *req, const struct varlink_reply *reply)
{
	CLEANUP(varlink_fds_done)
	struct varlink_fds fds = varlink_fds_take(&req->reply_fds);
	CLEANUP(bytes_done) struct bytes message = {0};
	int r = 0;

	assert(!req->answered);
	if (!req->transport)
		return -ENOTCONN;
	if (req->call.oneway || (reply->continues && !req->call.more))
		return 0;
	r = varlink_reply_encode(reply, &message);
	if (r < 0)
		return r;
	return req->transport->send(req->connection, &message, &fds);
}

/* Takes the parameters. */
static int varlink_request_answer(struct varlink_request *req,
	const char *error, cJSON *parameters, bool continues)
{
	CLEANUP(varlink_reply_done)
	struct varlink_reply reply = {
		.parameters = parameters,
		.continues = continues,
	};
	int r = string_replace(&reply.error, error);

	if (r == 0)
		r = varlink_request_send_reply(req, &reply);
	if (r == 0 && !continues)
		varlink_request_mark_answered(req);
	return r;
}

int varlink_reply(struct varlink_request *req, cJSON *parameters)
{
	return varlink_request_answer(req, NULL, parameters, false);
}

int varlink_reply_continues(struct varlink_request *req, cJSON *parameters)
{
	return varlink_request_answer(req, NULL, parameters, true);
}

int varlink_error(
	struct varlink_request *req, const char *error, cJSON *parameters)
{
	return varlink_request_answer(req, error, parameters, false);
}

static int varlink_request_answer_struct(
	struct varlink_request *req, const void *from, bool continues)
{
	const struct json_table *t = req->method->reply;
	cJSON *parameters = NULL;
	int r = json_fields_encode(t->fields, t->count, from, &parameters);

	return r < 0 ? r
		     : varlink_request_answer(req, NULL, parameters, continues);
}

int varlink_reply_struct(struct varlink_request *req, const void *from)
{
	return varlink_request_answer_struct(req, from, false);
}

int varlink_reply_struct_continues(
	struct varlink_request *req, const void *from)
{
	return varlink_request_answer_struct(req, from, true);
}

int varlink_reply_member(
	struct varlink_request *req, const char *name, cJSON *item)
{
	cJSON *parameters = NULL;
	int r = json_wrap(name, item, &parameters);

	return r < 0 ? r : varlink_reply(req, parameters);
}

int varlink_error_writer(
	struct varlink_request *req, const char *error, struct json_writer *w)
{
	cJSON *parameters = NULL;
	int r = json_take(w, &parameters);

	return r < 0 ? r : varlink_error(req, error, parameters);
}

int varlink_error_text(struct varlink_request *req, const char *error,
	const char *member, const char *text)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, member, text);
	return varlink_error_writer(req, error, &w);
}

int varlink_error_number(struct varlink_request *req, const char *error,
	const char *member, int64_t number)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_int(&w, member, number);
	return varlink_error_writer(req, error, &w);
}

int varlink_invalid_parameter(struct varlink_request *req, const char *name)
{
	return varlink_error_text(
		req, VARLINK_INVALID_PARAMETER, "parameter", name);
}

int varlink_error_errno(struct varlink_request *req, int error)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "origin", "linux");
	json_put_int(&w, "errno", error < 0 ? -error : error);
	return varlink_error_writer(req, VARLINK_SYSTEM_ERROR, &w);
}

int varlink_request_add_fd(struct varlink_request *req, int fd)
{
	return varlink_fds_add(&req->reply_fds, fd);
}

/* --- requests that are kept --- */

void varlink_request_keep(
	struct varlink_request *req, const struct varlink_watch *watch)
{
	assert(!req->kept);
	req->kept = true;
	req->references++;
	if (watch)
		req->watch = *watch;
}

struct varlink_request *varlink_request_release(struct varlink_request *req)
{
	if (!req)
		return NULL;
	assert(req->kept);
	req->watch = (struct varlink_watch){0};
	if (varlink_request_open(req))
		(void)varlink_error_errno(req, ECANCELED);
	return request_unref(req);
}

void varlink_request_detach(struct varlink_request *req)
{
	struct varlink_watch watch = req->watch;

	if (!req->transport)
		return;
	req->transport = NULL;
	if (watch.gone && !req->answered)
		watch.gone(req, watch.userdata);
	(void)request_unref(req);
}

void varlink_request_drained(struct varlink_request *req)
{
	if (req->watch.drained)
		req->watch.drained(req, req->watch.userdata);
}

void varlink_request_turn(struct varlink_request *req)
{
	if (req->watch.turn)
		req->watch.turn(req, req->watch.userdata);
}

/* --- for varlink-service.c --- */

struct varlink_request *varlink_request_settle(
	struct varlink_request *req, int r)
{
	if (r < 0 && varlink_request_open(req))
		(void)varlink_error_errno(req, r);
	req->dispatching = false;
	req->message = (struct bytes){0};
	/* A handler that neither answers nor keeps is a mistake of ours. */
	assert(r < 0 || req->answered || req->kept || !req->transport);
	if (varlink_request_open(req) && req->kept)
		return req;
	req->transport = NULL;
	return request_unref(req);
}

const struct varlink_service *varlink_request_service(
	const struct varlink_request *req)
{
	return req->service;
}

const struct varlink_call *varlink_request_call(
	const struct varlink_request *req)
{
	return &req->call;
}

void varlink_request_set_method(
	struct varlink_request *req, const struct varlink_method *method)
{
	req->method = method;
}

bool varlink_request_drop_fds(struct varlink_request *req)
{
	bool any = req->fds.count > 0;

	varlink_fds_done(&req->fds);
	return any;
}
