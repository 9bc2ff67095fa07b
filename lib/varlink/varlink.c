/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/varlink.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/string.h"
#include "lib/varlink/json-check.h"
#include "lib/varlink/json-fields.h"

/* --- framing --- */

/* What is behind so many bytes: it may have been a private key. */
static void varlink_input_wipe(struct varlink_input *in, size_t keep)
{
	if (!in->plain && in->len > keep)
		explicit_bzero(in->data + keep, in->len - keep);
}

void varlink_input_done(struct varlink_input *in)
{
	varlink_input_wipe(in, 0);
	free(in->data);
	*in = (struct varlink_input){
		.max_bytes = in->max_bytes,
		.plain = in->plain,
	};
}

/* Move what is left to the front and make room for len more. */
static int varlink_make_room(struct varlink_input *in, size_t len)
{
	size_t left = in->len - in->start;
	size_t room = in->room;
	char *more = NULL;

	if (in->start > 0)
		memmove(in->data, in->data + in->start, left);
	varlink_input_wipe(in, left);
	in->scanned -= in->start;
	in->start = 0;
	in->len = left;
	if (left + len <= room)
		return 0;
	room = 2 * room > left + len ? 2 * room : left + len;
	more = malloc(room);
	if (!more)
		return -ENOMEM;
	if (left > 0)
		memcpy(more, in->data, left);
	varlink_input_wipe(in, 0);
	free(in->data);
	in->data = more;
	in->room = room;
	return 0;
}

int varlink_input_append(struct varlink_input *in, const void *data, size_t len)
{
	int r = 0;

	assert(len <= VARLINK_READ_BYTES);
	if (len == 0)
		return 0;
	r = varlink_make_room(in, len);
	if (r < 0)
		return r;
	memcpy(in->data + in->len, data, len);
	in->len += len;
	return 0;
}

int varlink_input_next(
	struct varlink_input *in, const char **ret, size_t *ret_len)
{
	size_t max = in->max_bytes ? in->max_bytes : VARLINK_MESSAGE_MAX_BYTES;
	const char *end = NULL;
	size_t len = 0;

	if (in->len > in->scanned)
		end = memchr(in->data + in->scanned, 0, in->len - in->scanned);
	in->scanned = end ? (size_t)(end - in->data) : in->len;
	len = in->scanned - in->start;
	if (len > max)
		return -EMSGSIZE;
	if (!end)
		return 0;
	*ret = in->data + in->start;
	*ret_len = len;
	in->start = in->scanned + 1;
	in->scanned = in->start;
	return 1;
}

bool varlink_input_unfinished(const struct varlink_input *in)
{
	return in->len > in->start;
}

/* --- decoding --- */

void varlink_call_done(struct varlink_call *call)
{
	free(call->method);
	cJSON_Delete(call->parameters);
	*call = (struct varlink_call){0};
}

void varlink_reply_done(struct varlink_reply *reply)
{
	free(reply->error);
	cJSON_Delete(reply->parameters);
	*reply = (struct varlink_reply){0};
}

static int varlink_parse_object(const char *text, size_t len, cJSON **ret)
{
	cJSON *object = NULL;

	object = cJSON_ParseWithLengthOpts(text, len, NULL, false);
	if (!object)
		return -ENOMEM; /* what passed the check parses */
	if (!cJSON_IsObject(object)) {
		cJSON_Delete(object);
		return -EBADMSG;
	}
	*ret = object;
	return 0;
}

/* The members of both kinds of message; a name the other kind has is unknown
 * to this one. */
struct message {
	const char *name; /* method or error */
	const cJSON *parameters;
	bool oneway, more, upgrade, continues;
};

static const struct json_field call_fields[] = {
	JSON_FIELD_NAMED(
		"method", struct message, name, JSON_STRING, .required = true),
	JSON_FIELD(struct message, parameters, JSON_OBJECT),
	JSON_FIELD(struct message, oneway, JSON_BOOL),
	JSON_FIELD(struct message, more, JSON_BOOL),
	JSON_FIELD(struct message, upgrade, JSON_BOOL),
};

static const struct json_field reply_fields[] = {
	JSON_FIELD_NAMED("error", struct message, name, JSON_STRING),
	JSON_FIELD(struct message, parameters, JSON_OBJECT),
	JSON_FIELD(struct message, continues, JSON_BOOL),
};

/* Decode a message by its table. What message holds is borrowed from object.
 */
static int varlink_decode_message(const char *text, size_t len,
	const struct json_field *fields, size_t count, cJSON **ret_object,
	struct message *ret)
{
	CLEANUP(json_free) cJSON *object = NULL;
	const char *wrong = NULL;
	/* Calls come from strangers. */
	int r = fields == call_fields ? json_check_call(text, len, NULL)
				      : json_check(text, len, NULL);

	if (r == 0)
		r = varlink_parse_object(text, len, &object);

	if (r < 0)
		return r;
	r = json_fields_decode(fields, count, object, ret, &wrong);
	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	if (ret->name && ret->name[0] == 0)
		return -EBADMSG;
	*ret_object = TAKE_PTR(object);
	return 0;
}

/* Take name and parameters out of a message; empty parameters are none. */
static int varlink_take_parts(cJSON *object, const struct message *m,
	char **ret_name, cJSON **ret_parameters)
{
	char *name = NULL;
	int r = string_replace(&name, m->name);

	if (r < 0)
		return r;
	*ret_name = name;
	if (m->parameters && m->parameters->child)
		*ret_parameters = cJSON_DetachItemFromObjectCaseSensitive(
			object, "parameters");
	return 0;
}

int varlink_call_decode(const char *text, size_t len, struct varlink_call *ret)
{
	CLEANUP(json_free) cJSON *object = NULL;
	struct varlink_call call = {0};
	struct message m = {0};
	int r = varlink_decode_message(
		text, len, call_fields, ARRAY_SIZE(call_fields), &object, &m);

	if (r < 0)
		return r;
	if (m.oneway && (m.more || m.upgrade))
		return -EBADMSG;
	r = varlink_take_parts(object, &m, &call.method, &call.parameters);
	if (r < 0)
		return r;
	call.oneway = m.oneway;
	call.more = m.more;
	call.upgrade = m.upgrade;
	*ret = call;
	return 0;
}

int varlink_reply_decode(
	const char *text, size_t len, struct varlink_reply *ret)
{
	CLEANUP(json_free) cJSON *object = NULL;
	struct varlink_reply reply = {0};
	struct message m = {0};
	int r = varlink_decode_message(
		text, len, reply_fields, ARRAY_SIZE(reply_fields), &object, &m);

	if (r < 0)
		return r;
	if (m.name && m.continues)
		return -EBADMSG;
	r = varlink_take_parts(object, &m, &reply.error, &reply.parameters);
	if (r < 0)
		return r;
	reply.continues = m.continues;
	*ret = reply;
	return 0;
}

/* --- encoding --- */

/* Lend the parameters to the message for printing. */
static void varlink_put_parameters(struct json_writer *w, cJSON *parameters)
{
	cJSON *object = NULL;

	if (!parameters || !parameters->child)
		return;
	object = cJSON_CreateObjectReference(parameters->child);
	json_put_item(w, "parameters", object);
}

static void varlink_put_flag(
	struct json_writer *w, const char *name, bool value)
{
	if (value)
		json_put_bool(w, name, true);
}

static int varlink_print_message(struct json_writer *w, struct bytes *ret)
{
	CLEANUP(json_free) cJSON *object = NULL;
	char *text = NULL;
	size_t len = 0;
	int r = json_take(w, &object);

	if (r < 0)
		return r;
	text = cJSON_PrintUnformatted(object);
	if (!text)
		return -ENOMEM;
	len = strlen(text);
	if (len > VARLINK_MESSAGE_MAX_BYTES) {
		free(text);
		return -EMSGSIZE;
	}
	*ret = (struct bytes){.data = (uint8_t *)text, .len = len + 1};
	return 0;
}

int varlink_call_encode(const struct varlink_call *call, struct bytes *ret)
{
	CLEANUP(json_done) struct json_writer w = {0};

	assert(call->method);
	json_put_string(&w, "method", call->method);
	varlink_put_parameters(&w, call->parameters);
	varlink_put_flag(&w, "oneway", call->oneway);
	varlink_put_flag(&w, "more", call->more);
	varlink_put_flag(&w, "upgrade", call->upgrade);
	return varlink_print_message(&w, ret);
}

/* A reply always has parameters: readers in other languages look there. */
int varlink_reply_encode(const struct varlink_reply *reply, struct bytes *ret)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "error", reply->error);
	varlink_put_parameters(&w, reply->parameters);
	if (!reply->parameters || !reply->parameters->child)
		json_put_item(&w, "parameters", cJSON_CreateObject());
	varlink_put_flag(&w, "continues", reply->continues);
	return varlink_print_message(&w, ret);
}

int varlink_limit_encode(const char *limit, int64_t maximum, cJSON **ret)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "limit", limit);
	json_put_int(&w, "maximum", maximum);
	return json_take(&w, ret);
}
