/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/call-output.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "daemon/certprov-web/http/exchange.h"
#include "lib/base/macros.h"
#include "lib/base/string.h"
#include "lib/varlink/json-writer.h"

#define EVENTS "text/event-stream"
#define DATA "data: "
#define END "event: end\ndata: {}\n\n"
#define NOTHING ":\n\n"

/* Among others, without regard to their weights: nobody asks for it who could
 * not read it. */
bool call_output_is_wanted_as_stream(const struct exchange *e)
{
	const char *accept = exchange_header(e, "Accept");

	while (accept) {
		accept += strspn(accept, ", \t");
		if (strncasecmp(accept, EVENTS, strlen(EVENTS)) == 0 &&
			strchr(",; \t", accept[strlen(EVENTS)]))
			return true;
		accept = strchr(accept, ',');
	}
	return false;
}

/* --- events --- */

/* Without what stands before "data:" if it is a reply. A text of cJSON's has no
 * line ends. */
static int call_output_encode_event(
	const char *before, const cJSON *data, bool last, struct bytes *ret)
{
	char *text = data ? cJSON_PrintUnformatted(data) : NULL;
	char *event = NULL;
	int r = data && !text ? -ENOMEM : 0;

	if (r == 0)
		r = string_format(&event, "%s" DATA "%s\n\n%s", before,
			text ? text : "{}", last ? END : "");
	cJSON_free(text);
	if (r < 0)
		return r;
	ret->data = (uint8_t *)event;
	ret->len = strlen(event);
	return 0;
}

int call_output_encode(const cJSON *parameters, bool last, struct bytes *ret)
{
	return call_output_encode_event("", parameters, last, ret);
}

/* A session may end while its stream goes on. */
static int call_output_write_text(
	struct call_output *o, const void *text, size_t size)
{
	return access_goes_on(o->access, &o->user)
		? exchange_stream_write(o->exchange, text, size)
		: -EACCES;
}

int call_output_write(struct call_output *o, const struct bytes *events)
{
	int r = o->begun ? 0 : exchange_stream_begin(o->exchange, EVENTS);

	if (r < 0)
		return r;
	o->begun = true;
	return call_output_write_text(o, events->data, events->len);
}

int call_output_beat(struct call_output *o)
{
	return o->begun ? call_output_write_text(o, NOTHING, strlen(NOTHING))
			: 0;
}

/* --- ends --- */

void call_output_answer(struct call_output *o, const cJSON *parameters)
{
	CLEANUP(json_free) cJSON *none = cJSON_CreateObject();

	exchange_answer_json(
		TAKE_PTR(o->exchange), 200, parameters ? parameters : none);
}

void call_output_end(struct call_output *o)
{
	exchange_stream_end(TAKE_PTR(o->exchange));
}

/* Takes the body; NULL: there was no memory for it. */
static void call_output_end_with(struct call_output *o, cJSON *body)
{
	CLEANUP(json_free) cJSON *owned = body;
	CLEANUP(bytes_done) struct bytes event = {0};

	if (owned &&
		call_output_encode_event(
			"event: error\n", owned, false, &event) == 0)
		(void)exchange_stream_write(o->exchange, event.data, event.len);
	call_output_end(o);
}

void call_output_error(
	struct call_output *o, const char *error, const cJSON *parameters)
{
	if (o->begun)
		call_output_end_with(o, call_error_body(error, parameters));
	else
		call_error_answer(TAKE_PTR(o->exchange), error, parameters);
}

void call_output_fail(struct call_output *o, enum call_failure failure)
{
	if (o->begun)
		call_output_end_with(o, call_error_failure_body(failure));
	else
		call_error_answer_failure(TAKE_PTR(o->exchange), failure);
}

void call_output_give_up(struct call_output *o, int error)
{
	switch (error) {
	case -EBUSY:
		call_output_fail(o, CALL_NOT_READ);
		break;
	case -EACCES:
		call_output_fail(o, CALL_NOT_SIGNED_IN);
		break;
	default:
		call_output_fail(o, CALL_NO_MEMORY);
	}
}
