/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/service.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/certprovctl/output/view.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/varlink/varlink-client.h"

#define MS_PER_SECOND 1000

static const char *const interfaces[SERVICE__END] = {
	[SERVICE_TRUST] = "io.certprov.trust",
	[SERVICE_ADMIN] = "io.certprov.admin",
	[SERVICE_IDENTITY] = "io.certprov.identity",
};

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct service_parameters, member, __VA_ARGS__)
static const struct json_field usual_fields[] = {
	F("list", list, JSON_STRING),
	F("kind", kind, JSON_STRING),
	F("host", host, JSON_STRING),
	F("expires", expires, JSON_TIME),
	F("sha256", sha256, JSON_STRING),
	F("reason", reason, JSON_STRING),
	F("name", name, JSON_STRING),
	F("value", value, JSON_STRING),
	F("source", source, JSON_STRING),
	F("url", url, JSON_STRING),
	F("document", document, JSON_STRING),
	F("dryRun", dry_run, JSON_BOOL, .omit_false = true),
	F("firmware", firmware, JSON_STRING),
	F("limit", limit, JSON_INT64),
	F("keyType", key_type, JSON_STRING),
	F("force", force, JSON_BOOL, .omit_false = true),
	F("certificate", certificate, JSON_BYTES),
};
static const struct json_field run_fields[] = {
	F("id", id, JSON_INT64, JSON_MUST),
};
static const struct json_field verify_fields[] = {
	F("chain", chain, JSON_BYTES_LIST, JSON_MUST),
	F("host", host, JSON_STRING),
	F("purpose", purpose, JSON_STRING),
};
static const struct json_field endings_fields[] = {
	F("days", days, JSON_INT64, JSON_MUST),
};
static const struct json_field install_fields[] = {
	F("chain", chain, JSON_BYTES_LIST, JSON_MUST),
};
#undef F

static const struct json_table usual_table =
	JSON_TABLE(struct service_parameters, usual_fields);
const struct json_table service_run_table =
	JSON_TABLE(struct service_parameters, run_fields);
const struct json_table service_verify_table =
	JSON_TABLE(struct service_parameters, verify_fields);
const struct json_table service_endings_table =
	JSON_TABLE(struct service_parameters, endings_fields);
const struct json_table service_install_table =
	JSON_TABLE(struct service_parameters, install_fields);

/* A call in progress. */
struct service_question {
	struct session *session;
	struct service_call *call;
	struct varlink_client *client;
	char *path;
	int64_t timeout_ms; /* negative: none */
};

static void service_question_done(struct service_question *x)
{
	varlink_client_free(x->client);
	free(x->path);
	if (x->call->fd)
		*x->call->fd = fd_close(*x->call->fd);
}
DEFINE_CLEANUP_EMBEDDED(struct service_question, service_question_done);

enum exit_status service_timeout(const struct session *s, int64_t *ret_ms)
{
	const char *text = s->arguments.value[OPTION_TIMEOUT];
	char *end = NULL;
	unsigned long seconds = SERVICE_USUAL_TIMEOUT;

	if (text) {
		seconds = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10)
						       : 0;
		if (seconds == 0 || *end || seconds > SERVICE_MAX_TIMEOUT)
			return session_wrong_use(s,
				"--timeout takes a number of seconds from 1 to %d",
				SERVICE_MAX_TIMEOUT);
	}
	*ret_ms = (int64_t)seconds * MS_PER_SECOND;
	return EXIT_COMPLETE;
}

static enum exit_status service_read_timeout(struct service_question *x)
{
	bool given = arguments_has(&x->session->arguments, OPTION_TIMEOUT);
	enum exit_status status = service_timeout(x->session, &x->timeout_ms);

	if (!status && x->call->patient && !given)
		x->timeout_ms = -1;
	return status;
}

int service_path(const struct session *s, enum service service, char **ret)
{
	return string_format(ret, "%s/%s", s->socket_dir, interfaces[service]);
}

static int64_t service_deadline(const struct service_question *x)
{
	return x->timeout_ms < 0 ? VARLINK_FOREVER
				 : varlink_deadline(x->timeout_ms);
}

static int service_open_and_send(struct service_question *x)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};
	const struct json_table *table =
		x->call->table ? x->call->table : &usual_table;
	struct varlink_extra extra = {.fd = -1};
	int r = varlink_client_connect(
		x->path, service_deadline(x), &x->client);

	if (r < 0)
		return r;
	r = string_format(&call.method, "%s.%s", interfaces[x->call->service],
		x->call->method);
	if (r < 0)
		return r;
	r = json_fields_encode(
		table->fields, table->count, &x->call->with, &call.parameters);
	if (r < 0)
		return r;
	call.more = x->call->more;
	if (x->call->fd)
		extra.fd = fd_take(x->call->fd);
	return varlink_client_send(
		x->client, &call, &extra, service_deadline(x));
}

static enum exit_status service_take_reply(
	struct service_question *x, const struct varlink_reply *reply)
{
	struct session *s = x->session;

	if (reply->error)
		return service_explain_error(
			&s->screen, reply->error, reply->parameters);
	if (session_json(s) && !x->call->quiet) {
		CLEANUP(json_free) cJSON *none = cJSON_CreateObject();
		int r = view_print_json(&s->screen,
			reply->parameters ? reply->parameters : none);

		/* Readers of a stream want each reply when it comes. */
		(void)fflush(s->screen.out);
		if (r < 0)
			return session_trouble(s, "printing", r);
	}
	if (!x->call->reply)
		return EXIT_COMPLETE;
	return x->call->reply(s, reply->parameters, x->call->userdata);
}

static enum exit_status service_receive_all(struct service_question *x)
{
	bool more = true;

	while (more) {
		CLEANUP(varlink_answer_done)
		struct varlink_answer answer = {0};
		enum exit_status status = EXIT_COMPLETE;
		int r = varlink_client_receive(
			x->client, service_deadline(x), &answer);

		if (r < 0)
			return service_explain_errno(&x->session->screen,
				x->call->service, x->path, r);
		status = service_take_reply(x, &answer.reply);
		if (status)
			return status;
		more = answer.reply.continues;
	}
	return EXIT_COMPLETE;
}

enum exit_status service_call(struct session *s, struct service_call *call)
{
	CLEANUP(service_question_done)
	struct service_question x = {.session = s, .call = call};
	enum exit_status status = service_read_timeout(&x);
	int r = 0;

	if (status)
		return status;
	r = service_path(s, call->service, &x.path);
	if (r < 0)
		return session_trouble(s, "asking certprovd", r);
	r = service_open_and_send(&x);
	if (r < 0)
		return service_explain_errno(
			&s->screen, call->service, x.path, r);
	return service_receive_all(&x);
}
