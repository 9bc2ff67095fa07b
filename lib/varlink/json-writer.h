/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds a JSON object member by member, without a check at every line. What
 * has a table of fields is written by that: json-fields.h.
 */
#ifndef CERTPROV_JSON_WRITER_H
#define CERTPROV_JSON_WRITER_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base64.h"
#include "lib/base/macros.h"

/* CLEANUP(json_free) cJSON *item = NULL; */
cJSON *json_free(cJSON *item); /* NULL is fine; returns NULL */
DEFINE_CLEANUP(cJSON, json_free);

/*
 * Builds one JSON object. Failures stick: put everything, look once, at
 * json_take. Zeroed is an empty object.
 *
 *	CLEANUP(json_done) struct json_writer w = {0};
 *	json_put_string(&w, "sha256", hex);
 *	return json_take(&w, &object);
 */
struct json_writer {
	cJSON *object;
	bool failed;
};

void json_done(struct json_writer *w);
DEFINE_CLEANUP_EMBEDDED(struct json_writer, json_done);

/* Take the object, never NULL; the writer is empty then. 0 or -ENOMEM. */
int json_take(struct json_writer *w, cJSON **ret);

/* A NULL text is left out. Bytes that are not UTF-8 become U+FFFD, so that
 * what we send always passes json_check. */
void json_put_string(struct json_writer *w, const char *name, const char *text);
void json_put_bool(struct json_writer *w, const char *name, bool value);
void json_put_int(struct json_writer *w, const char *name, int64_t value);
/* Seconds since the epoch as RFC 3339 UTC. */
void json_put_time(struct json_writer *w, const char *name, int64_t seconds);
/* NULL is left out. */
void json_put_base64(
	struct json_writer *w, const char *name, const void *data, size_t len);
void json_put_hex(
	struct json_writer *w, const char *name, const void *data, size_t len);
void json_put_null(struct json_writer *w, const char *name);

/* An object with this one member. Takes the item, also on failure; NULL is a
 * failure. 0 or -ENOMEM. */
int json_wrap(const char *name, cJSON *item, cJSON **ret);
/* Takes the item, also on failure; NULL is a failure. */
void json_put_item(struct json_writer *w, const char *name, cJSON *item);
/* Takes the inner writer's object and failure. */
void json_put_object(
	struct json_writer *w, const char *name, struct json_writer *inner);

/* The array of that name, made when it is not there yet. */
void json_put_array(struct json_writer *w, const char *name);
/* Append to it, making it first where needed. */
void json_append_string(
	struct json_writer *w, const char *name, const char *text);
void json_append_base64(
	struct json_writer *w, const char *name, const void *data, size_t len);
void json_append_object(
	struct json_writer *w, const char *name, struct json_writer *inner);

#endif
