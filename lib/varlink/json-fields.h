/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the JSON of a message and a C struct: a table decodes parameters
 * and names the one that is wrong; a writer builds replies without a check at
 * every line. Knows JSON and C types, nothing of methods or meanings.
 *
 *	struct get { const char *sha256; bool with_der; };
 *	static const struct json_field get_fields[] = {
 *		JSON_FIELD(struct get, sha256, JSON_SHA256_TEXT, .required =
 *true), JSON_FIELD_NAMED("withDer", struct get, with_der, JSON_BOOL),
 *	};
 *	struct get get = {0};
 *	r = json_fields_decode(get_fields, ARRAY_SIZE(get_fields), params,
 *		&get, &wrong);
 */
#ifndef CERTPROV_JSON_FIELDS_H
#define CERTPROV_JSON_FIELDS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base64.h"
#include "lib/base/util.h"

/* CLEANUP(json_free) cJSON *item = NULL; */
cJSON *json_free(cJSON *item); /* NULL is fine; returns NULL */
DEFINE_CLEANUP(cJSON, json_free);

/* --- decoding --- */

/*
 * What a member must be and what it becomes. Everything but JSON_BYTES and
 * JSON_BYTES_LIST is borrowed from the decoded cJSON object and lives as long
 * as that (in a method handler: as long as the request).
 */
enum json_type {
	JSON_STRING,      /* const char *; max: bytes */
	JSON_CHOICE,      /* int: index into choices */
	JSON_BOOL,        /* bool */
	JSON_INT64,       /* int64_t; min and max, both 0: +-2^53 */
	JSON_TIME,        /* int64_t; RFC 3339 UTC */
	JSON_SHA256_TEXT, /* const char *; 64 lower-case hex digits */
	JSON_SHA256,      /* struct json_sha256 */
	JSON_STRINGS,     /* const cJSON *, an array; max: items */
	JSON_STRING_MAP,  /* const cJSON *, an object; max: members */
	JSON_OBJECT,      /* const cJSON * */
	JSON_ARRAY,       /* const cJSON *, of objects; max: items */
	JSON_BYTES,       /* struct bytes, from base64; max: bytes */
	JSON_BYTES_LIST,  /* struct json_bytes_list; max: bytes of all */
	JSON_TYPE__END,
};

struct json_sha256 {
	bool set;
	uint8_t bytes[SHA256_BYTES];
};

struct json_bytes_list {
	struct bytes *items;
	size_t count;
};

/*
 * One member. One that is absent or null leaves what the struct held before,
 * and is refused when it is required. max 0: no limit but the message's.
 */
struct json_field {
	const char *name;
	enum json_type type;
	bool required;
	size_t offset;
	int64_t min;
	int64_t max;
	int64_t max_items;          /* of JSON_BYTES_LIST */
	const char *const *choices; /* ends with NULL */
};

#define JSON_FIELD_NAMED(json_name, struct_type, member, ...)                  \
	{                                                                      \
		.name = (json_name), .offset = offsetof(struct_type, member),  \
		.type = __VA_ARGS__                                            \
	}
#define JSON_FIELD(struct_type, member, ...)                                   \
	JSON_FIELD_NAMED(#member, struct_type, member, __VA_ARGS__)

/*
 * Decode the members of an object (NULL: none) into the struct at ret, which
 * the caller has filled with the defaults. Unknown members are refused.
 *
 * Returns 0; -EINVAL when a member is missing, unknown or wrong, then
 * *ret_wrong is its name, borrowed from the table or the object; -ENOMEM.
 * After a failure ret owns nothing and holds nothing of use.
 */
int json_fields_decode(const struct json_field *fields, size_t count,
	const cJSON *object, void *ret, const char **ret_wrong);

/* The same for the replies of others: members not in the table are passed
 * over, so that a newer peer may say more. */
int json_fields_decode_known(const struct json_field *fields, size_t count,
	const cJSON *object, void *ret, const char **ret_wrong);

/* Free what JSON_BYTES and JSON_BYTES_LIST members own. */
void json_fields_done(
	const struct json_field *fields, size_t count, void *object);

/* The strings of an array or the values of a map, one by one: see
 * cJSON_ArrayForEach; item->valuestring is the text, item->string the key. */

/* --- encoding --- */

/*
 * Builds one JSON object. Failures stick: put everything, look once, at
 * json_take. Zeroed is an empty object.
 *
 *	CLEANUP(json_done) struct json_writer w = {0};
 *	json_put_string(&w, "sha256", hex);
 *	return varlink_reply_writer(req, &w);
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
