/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict look at a JSON text before cJSON sees it. cJSON takes the first of
 * two equal keys, ends a string at an escaped zero, lets bad UTF-8 through
 * and nests a thousand deep; whoever reads our messages with another parser
 * would see something else. What passes here means the same to everybody:
 * RFC 8259, valid UTF-8, no U+0000, no lone surrogate, no key twice in an
 * object, nothing before or after the value, bounded depth and numbers.
 *
 * It keeps nothing of the text, never recurses, and its cost is bounded by
 * n log n of the text's length whatever the text says.
 */
#ifndef CERTPROV_JSON_CHECK_H
#define CERTPROV_JSON_CHECK_H

#include <stddef.h>

#define JSON_MAX_DEPTH 16        /* arrays and objects in one another */
#define JSON_MAX_KEYS 65536      /* in all objects that are open at once */
#define JSON_MAX_NUMBER_CHARS 63 /* cJSON cuts longer ones */
#define JSON_MAX_EXPONENT 307    /* of a fraction; what a double surely holds */
#define JSON_MAX_INTEGER 9007199254740992LL /* 2^53, either sign */

/* Where and why a text was refused. */
struct json_fault {
	const char *reason; /* static */
	size_t offset;      /* in bytes, from 0 */
};

/*
 * Returns 0 when the text may be parsed, -EBADMSG when not (then ret_fault,
 * which may be NULL, says why), -ENOMEM. The text need not end in a zero byte.
 */
int json_check(const char *text, size_t len, struct json_fault *ret_fault);

/*
 * The same for a text from whoever may speak: each value costs its parser some
 * memory and time, however short it is, so there are this many at most.
 */
#define JSON_MAX_VALUES_OF_CALL 4096
int json_check_call(const char *text, size_t len, struct json_fault *ret_fault);

#endif
