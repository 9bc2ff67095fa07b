/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the JSON of a message and a C struct: one table of its fields decodes
 * the JSON, naming the member that is wrong, and encodes the struct. Knows JSON
 * and C types, nothing of methods or meanings.
 *
 *	struct get {
 *		const char *sha256;
 *		bool with_der;
 *	};
 *	static const struct json_field get_fields[] = {
 *		JSON_FIELD(struct get, sha256, JSON_SHA256_TEXT, JSON_MUST),
 *		JSON_FIELD_NAMED("withDer", struct get, with_der, JSON_BOOL),
 *	};
 *	struct get get = {0};
 *
 *	r = json_fields_decode(get_fields, ARRAY_SIZE(get_fields), parameters,
 *		&get, &wrong);
 *	r = json_fields_encode(get_fields, ARRAY_SIZE(get_fields), &get,
 *		&parameters);
 */
#ifndef CERTPROV_JSON_FIELDS_H
#define CERTPROV_JSON_FIELDS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base64.h"
#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/varlink/json-writer.h"

struct bytes;

/* --- tables --- */

/*
 * What a member is in JSON, and the C type at its offset. An enum may stand
 * where it says int. What is a pointer is borrowed: after decoding from the
 * cJSON object, which has to live as long (in a method handler it lives as long
 * as the request). json_fields_done frees what is marked as owned.
 */
enum json_type {
	JSON_STRING,      /* const char *; max: bytes */
	JSON_CHOICE,      /* int: index into choices */
	JSON_NAME,        /* int: by the functions of names */
	JSON_BOOL,        /* bool */
	JSON_INT64,       /* int64_t; min and max, both 0: +-2^53 */
	JSON_TIME,        /* int64_t; RFC 3339 UTC */
	JSON_SHA256_TEXT, /* const char *; 64 lower-case hex digits */
	JSON_SHA256,      /* struct json_sha256 */
	JSON_DIGEST,      /* uint8_t[SHA256_BYTES]; required */
	JSON_STRINGS,     /* const cJSON *, an array; max: items */
	JSON_STRING_MAP,  /* const cJSON *, an object; max: members */
	JSON_OBJECT,      /* const cJSON * */
	JSON_ARRAY,       /* const cJSON *, of objects; max: items */
	JSON_BYTES,       /* struct bytes, owned; base64; max: bytes */
	JSON_BYTES_LIST,  /* struct json_bytes_list, owned; max: bytes of all */
	JSON_TEXTS,       /* struct json_texts, owned; max: items */
	JSON_STRUCT,      /* the struct of the table nested */
	JSON_STRUCT_AT,   /* a pointer to one; encoded only */
	JSON_STRUCTS,     /* struct json_structs, owned; max: items */
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

/* The array is owned once decoded, the texts are borrowed. */
struct json_texts {
	const char *const *items;
	size_t count;
};

/* An array of the structs of the nested table, owned once decoded. */
struct json_structs {
	const void *items;
	size_t count;
};

/* Between an enum and its names, where those are another module's. */
struct json_names {
	const char *(*name)(int value);
	int (*find)(const char *name, int *ret); /* 0 or negative */
};

/*
 * One member.
 *
 * Decoding: a member that is absent or null leaves what the struct held before,
 * and is refused when it is required. max 0: no limit but the message's.
 *
 * Encoding: a member that is not required is left out when the struct has none:
 * a pointer or bytes of NULL, an empty list, a digest that is not set, a
 * negative choice or name, a number or time that equals absent. A bool is
 * always written, unless omit_false is set. A required text must not be NULL; a
 * required list is written empty.
 */
struct json_field {
	const char *name;
	/* By the type. */
	union {
		const char *const *choices; /* of JSON_CHOICE; NULL ends them */
		const struct json_names *names; /* of JSON_NAME */
		/* Encoding a JSON_STRING: what is written for it, e.g. without
		 * a password; new memory. 0 or negative. */
		int (*rewrite)(const char *text, char **ret);
		const struct json_table *nested; /* of JSON_STRUCT and others */
	};
	int64_t min;
	int64_t max;
	int64_t absent; /* the number that means none */
	enum json_type type;
	uint16_t offset;
	uint8_t max_items; /* of JSON_BYTES_LIST */
	bool required : 1;
	bool omit_false : 1;
};
/* There are hundreds, each relocated and so in private memory. */
_Static_assert(sizeof(struct json_field) <= 48, "a row has no holes");

/* Of a struct in another. Decoded, it must not own anything, and members that
 * it does not have are passed over. */
struct json_table {
	const struct json_field *fields;
	size_t count;
	size_t size; /* of the struct */
};

#define JSON_TABLE(struct_type, table_fields)                                  \
	{                                                                      \
		.fields = (table_fields), .count = ARRAY_SIZE(table_fields),   \
		.size = sizeof(struct_type)                                    \
	}
#define JSON_MUST .required = true
#define JSON_FIELD_NAMED(json_name, struct_type, member, ...)                  \
	{                                                                      \
		.name = (json_name), .offset = offsetof(struct_type, member),  \
		.type = __VA_ARGS__                                            \
	}
#define JSON_FIELD(struct_type, member, ...)                                   \
	JSON_FIELD_NAMED(#member, struct_type, member, __VA_ARGS__)

/* --- decoding --- */

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

/* Free what a decoded struct owns. */
void json_fields_done(
	const struct json_field *fields, size_t count, void *object);

/* The strings of an array or the values of a map, one by one: see
 * cJSON_ArrayForEach; item->valuestring is the text, item->string the key. */

/* --- encoding --- */

/* A new object with the members of the struct at from. Nothing of it is
 * borrowed. 0 or -ENOMEM. */
int json_fields_encode(const struct json_field *fields, size_t count,
	const void *from, cJSON **ret);

/* The same as one more item of an array. */
int json_fields_append(cJSON *array, const struct json_field *fields,
	size_t count, const void *from);

/* The same into a writer, after what it has; failures stick. */
void json_put_fields(struct json_writer *w, const struct json_field *fields,
	size_t count, const void *from);

#endif
