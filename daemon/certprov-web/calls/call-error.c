/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/call-error.h"

#include <errno.h>
#include <string.h>

#include "daemon/certprov-web/http/exchange.h"
#include "lib/base/macros.h"
#include "lib/varlink/json-writer.h"
#include "lib/varlink/varlink.h"

#define WEB "io.certprov.web."
#define START "systemctl start certprovd"

static const struct call_error_row {
	int status;
	const char *error;
	const char *sentence;
	const char *remedy;
} call_error_failures[] = {
	[CALL_ABSENT] = {503, WEB "DaemonAbsent", "certprovd is not running",
		"Start it: " START},
	[CALL_BUSY] = {503, WEB "DaemonAbsent",
		"certprovd does not take any more connections",
		"Try again; if it goes on, restart it: systemctl restart "
		"certprovd"},
	[CALL_KEPT_OUT] = {503, WEB "DaemonAbsent",
		"certprov-web may not use the socket of certprovd",
		"Put its user into the groups certprov-admin and "
		"certprov-key, and restart it"},
	[CALL_GONE] = {503, WEB "DaemonAbsent",
		"certprovd ended before it answered; whether it has made a "
		"change, its history says",
		"Try again; if it is not running: " START},
	[CALL_LATE] = {504, WEB "DaemonTimeout",
		"certprovd has not answered in time; whether it has made a "
		"change, its history says",
		"Try again; if it goes on, restart it: systemctl restart "
		"certprovd"},
	[CALL_NONSENSE] = {502, WEB "DaemonProtocol",
		"What certprovd answers is not understood",
		"Install certprovd and certprov-web of the same version"},
	[CALL_NOT_RECORDED] = {502, WEB "DaemonProtocol",
		"certprovd would not record for whom this is done, so it was "
		"not done",
		"Install certprovd and certprov-web of the same version"},
	[CALL_TOO_MANY] = {429, WEB "TooManyRequests",
		"Too many calls are under way",
		"Wait until some have been answered, then try again"},
	[CALL_NOT_SIGNED_IN] = {401, WEB "NotSignedIn", "The session has ended",
		"Sign in again"},
	[CALL_NOT_READ] = {429, WEB "NotRead",
		"The stream was not read as fast as there was something to "
		"say",
		"Read it faster, or ask for what has changed"},
	[CALL_NOT_JSON] = {400, WEB "NotJson",
		"The body of the request is not strict JSON, or has too many "
		"values",
		"Send the parameters of the method as one JSON object"},
	[CALL_NO_OBJECT] = {400, WEB "NotJson",
		"The body of the request is not a JSON object",
		"Send the parameters of the method as one JSON object"},
	[CALL_NOT_TYPED] = {415, WEB "NotJson",
		"The body of the request does not say that it is JSON",
		"Send Content-Type: application/json"},
	[CALL_TOO_LARGE] = {413, WEB "TooLarge",
		"The parameters are too large for a call",
		"Send fewer or smaller ones"},
	[CALL_NO_MEMORY] = {503, WEB "NoMemory",
		"certprov-web has no memory or no descriptor left",
		"Try again in a while"},
};
_Static_assert(
	ARRAY_SIZE(call_error_failures) == CALL_FAILURE__END, "a row for each");

/* Of certprovd; an error that is none of these is 409. */
static const struct {
	const char *error;
	int status;
} statuses[] = {
	{VARLINK_INVALID_PARAMETER, 400},
	{VARLINK_EXPECTED_MORE, 400},
	{VARLINK_PERMISSION_DENIED, 403},
	{VARLINK_METHOD_NOT_FOUND, 404},
	{VARLINK_METHOD_NOT_IMPLEMENTED, 404},
	{VARLINK_INTERFACE_NOT_FOUND, 404},
	{VARLINK_SYSTEM_ERROR, 500},
};

int call_error_status(const char *error)
{
	const char *dot = strrchr(error, '.');
	const char *name = dot ? dot + 1 : error;

	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (strcmp(statuses[i].error, error) == 0)
			return statuses[i].status;
	if (strcmp(name, "LimitExceeded") == 0)
		return 429;
	return strncmp(name, "NoSuch", strlen("NoSuch")) == 0 ? 404 : 409;
}

enum call_failure call_error_of(int error)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		return CALL_ABSENT;
	case -EAGAIN:
		return CALL_BUSY;
	case -EACCES:
	case -EPERM:
		return CALL_KEPT_OUT;
	case -ETIMEDOUT:
		return CALL_LATE;
	case -EBADMSG:
		return CALL_NONSENSE;
	case -EMSGSIZE:
	case -ENOBUFS:
		return CALL_TOO_LARGE;
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		return CALL_NO_MEMORY;
	default:
		return CALL_GONE;
	}
}

cJSON *call_error_body(const char *error, const cJSON *parameters)
{
	CLEANUP(json_done) struct json_writer w = {0};
	cJSON *body = NULL;

	json_put_string(&w, "error", error);
	json_put_item(&w, "parameters",
		parameters ? cJSON_Duplicate(parameters, true)
			   : cJSON_CreateObject());
	return json_take(&w, &body) < 0 ? NULL : body;
}

cJSON *call_error_failure_body(enum call_failure failure)
{
	const struct call_error_row *row = &call_error_failures[failure];
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *parameters = NULL;

	json_put_string(&w, "sentence", row->sentence);
	json_put_string(&w, "remedy", row->remedy);
	if (json_take(&w, &parameters) < 0)
		return NULL;
	return call_error_body(row->error, parameters);
}

void call_error_answer(
	struct exchange *e, const char *error, const cJSON *parameters)
{
	CLEANUP(json_free) cJSON *body = call_error_body(error, parameters);

	if (body)
		exchange_answer_json(e, call_error_status(error), body);
	else
		call_error_answer_failure(e, CALL_NO_MEMORY);
}

void call_error_answer_failure(struct exchange *e, enum call_failure failure)
{
	const struct call_error_row *row = &call_error_failures[failure];

	if (row->status == 429)
		(void)exchange_set_header(e, "Retry-After", "1");
	exchange_answer_error(
		e, row->status, row->error, row->sentence, row->remedy);
}
