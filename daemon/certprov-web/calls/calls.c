/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/calls.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/certprov-web/calls/call-error.h"
#include "daemon/certprov-web/calls/call-output.h"
#include "daemon/certprov-web/calls/call-table.h"
#include "daemon/certprov-web/calls/call.h"
#include "daemon/certprov-web/calls/shared.h"
#include "daemon/certprov-web/http/web-time.h"
#include "lib/base/macros.h"
#include "lib/varlink/json-check.h"
#include "lib/varlink/json-writer.h"
#include "lib/varlink/varlink.h"

#define JSON "application/json"
/* Monitor and MonitorRejections. */
#define MAX_SHARED 2

struct calls {
	struct access *access;
	struct call_list *list;
	struct shared *shared[MAX_SHARED];
	size_t shared_count;
	struct event beat;
};

/* --- the request --- */

/* Of what has no body, none is needed. */
static bool calls_is_json(const struct exchange *e)
{
	const char *type = exchange_header(e, "Content-Type");
	size_t len = strlen(JSON);

	return type && strncasecmp(type, JSON, len) == 0 &&
		strchr("; \t", type[len]);
}

/* 0 and the parameters (NULL: none); or -EBADMSG, and why not. */
static int calls_read_body(
	const struct exchange *e, cJSON **ret, enum call_failure *ret_failure)
{
	size_t size = 0;
	const char *body = exchange_body(e, &size);
	cJSON *parameters = NULL;

	if (size == 0)
		return 0;
	*ret_failure = CALL_NOT_TYPED;
	if (!calls_is_json(e))
		return -EBADMSG;
	*ret_failure = CALL_NOT_JSON;
	if (json_check_call(body, size, NULL) < 0)
		return -EBADMSG;
	*ret_failure = CALL_NO_OBJECT;
	parameters = cJSON_ParseWithLength(body, size);
	if (!cJSON_IsObject(parameters)) {
		json_free(parameters);
		return -EBADMSG;
	}
	*ret = parameters;
	return 0;
}

static void calls_answer_no_method(struct calls *c, struct exchange *e)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *parameters = NULL;
	struct access_user user = {0};

	/* Strangers are not told what there is. */
	if (access_check(c->access, e, ACCESS_LOOK, false, &user) < 0)
		return;
	json_put_string(&w, "method", exchange_path(e) + strlen(CALLS_PREFIX));
	(void)json_take(&w, &parameters);
	call_error_answer(e, VARLINK_METHOD_NOT_FOUND, parameters);
}

/* Both are of that row. */
static bool calls_replies_fit(const struct call_row *row, bool stream)
{
	return stream || row->replies < CALL_STREAM;
}

/* What all have one stream of has no parameters. Takes them. */
static void calls_share(struct shared *shared, cJSON *parameters,
	const struct call_output *output)
{
	CLEANUP(json_free) cJSON *owned = parameters;
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *wrong = NULL;

	if (!owned || !owned->child) {
		shared_add(shared, output);
		return;
	}
	json_put_string(&w, "parameter", owned->child->string);
	(void)json_take(&w, &wrong);
	call_error_answer(output->exchange, VARLINK_INVALID_PARAMETER, wrong);
}

static void calls_pass_on(struct calls *c, const struct call_row *row,
	cJSON *parameters, const struct call_output *output)
{
	for (size_t i = 0; i < c->shared_count; i++) {
		if (shared_row(c->shared[i]) != row)
			continue;
		calls_share(c->shared[i], parameters, output);
		return;
	}
	call_begin(c->list, row, parameters, output);
}

void calls_handle(struct calls *c, struct exchange *e)
{
	const char *path = exchange_path(e);
	const struct call_row *row =
		call_table_find(path + strlen(CALLS_PREFIX));
	struct call_output output = {.exchange = e, .access = c->access};
	enum call_failure failure = CALL_NO_MEMORY;
	cJSON *parameters = NULL;

	if (!row) {
		calls_answer_no_method(c, e);
		return;
	}
	if (access_check(c->access, e, row->role, call_table_changes(row),
		    &output.user) < 0)
		return;
	if (calls_read_body(e, &parameters, &failure) < 0) {
		call_error_answer_failure(e, failure);
		return;
	}
	output.stream = call_output_is_wanted_as_stream(e);
	if (calls_replies_fit(row, output.stream)) {
		calls_pass_on(c, row, parameters, &output);
		return;
	}
	json_free(parameters);
	call_error_answer(e, VARLINK_EXPECTED_MORE, NULL);
}

/* --- life --- */

static void calls_on_beat(evutil_socket_t fd, short what, void *userdata)
{
	struct calls *c = userdata;

	(void)fd;
	(void)what;
	call_list_beat(c->list);
	for (size_t i = 0; i < c->shared_count; i++)
		shared_beat(c->shared[i]);
}

static int calls_open_shared(struct calls *c, struct event_base *base,
	const char *const sockets[CALL_SOCKET__END])
{
	size_t count = 0;
	const struct call_row *rows = call_table_rows(&count);
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (!call_table_is_shared(&rows[i]))
			continue;
		r = c->shared_count == MAX_SHARED
			? -ENOSPC
			: shared_new(base, &rows[i], sockets[rows[i].socket],
				  &c->shared[c->shared_count]);
		c->shared_count += r == 0;
	}
	return r;
}

int calls_new(struct event_base *base, const struct calls_config *config,
	struct access *access, struct calls **ret)
{
	CLEANUP(calls_free) struct calls *c = calloc(1, sizeof(*c));
	int beat_ms = config->times ? config->times->beat_ms : CALL_BEAT_MS;
	const char *const sockets[CALL_SOCKET__END] = {
		[CALL_TRUST] = config->trust_socket,
		[CALL_ADMIN] = config->admin_socket,
		[CALL_IDENTITY] = config->identity_socket,
	};
	int r = c ? call_list_new(base, sockets, config->times, &c->list)
		  : -ENOMEM;

	if (r == 0)
		r = calls_open_shared(c, base, sockets);
	if (r < 0)
		return r;
	c->access = access;
	(void)event_assign(&c->beat, base, -1, EV_PERSIST, calls_on_beat, c);
	r = web_time_add(&c->beat, beat_ms);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

struct calls *calls_free(struct calls *c)
{
	if (!c)
		return NULL;
	if (event_initialized(&c->beat))
		(void)event_del(&c->beat);
	for (size_t i = 0; i < c->shared_count; i++)
		(void)shared_free(c->shared[i]);
	(void)call_list_free(c->list);
	free(c);
	return NULL;
}
