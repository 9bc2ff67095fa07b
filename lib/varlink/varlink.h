/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Varlink on bytes: where a message ends, what a call and a reply say, and
 * the bytes they become. One JSON object a message, ended by a zero byte; as
 * the specification and systemd have it. Does no I/O; see varlink-socket.h.
 */
#ifndef CERTPROV_VARLINK_H
#define CERTPROV_VARLINK_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/macros.h"

struct bytes;

#define VARLINK_MESSAGE_MAX_BYTES ((size_t)256 * 1024) /* without the end */
#define VARLINK_READ_BYTES ((size_t)32 * 1024)         /* most in one append */

/* The errors every service knows, and the member that says more. */
#define VARLINK_METHOD_NOT_FOUND "org.varlink.service.MethodNotFound"
#define VARLINK_METHOD_NOT_IMPLEMENTED                                         \
	"org.varlink.service.MethodNotImplemented"
#define VARLINK_INVALID_PARAMETER "org.varlink.service.InvalidParameter"
#define VARLINK_INTERFACE_NOT_FOUND "org.varlink.service.InterfaceNotFound"
#define VARLINK_PERMISSION_DENIED "org.varlink.service.PermissionDenied"
#define VARLINK_EXPECTED_MORE "org.varlink.service.ExpectedMore"
/* What systemd says when a handler could not: {origin, errno}. */
#define VARLINK_SYSTEM_ERROR "io.systemd.System"

/* --- framing --- */

/* Bytes as they arrive, and the messages in them. Zeroed but for max_bytes is
 * empty; max_bytes 0 is VARLINK_MESSAGE_MAX_BYTES. */
struct varlink_input {
	size_t max_bytes; /* of a message, without the zero byte */
	bool plain;       /* no message has a secret: none is wiped */
	char *data;
	size_t start;   /* of the message that is next */
	size_t scanned; /* no zero byte between start and here */
	size_t len;
	size_t room;
};

void varlink_input_done(struct varlink_input *in);
DEFINE_CLEANUP_EMBEDDED(struct varlink_input, varlink_input_done);

/*
 * Append what was received, at most VARLINK_READ_BYTES, when next has just
 * said that there is no message: so never more than one message and one
 * append are kept. Returns 0 or -ENOMEM.
 */
int varlink_input_append(
	struct varlink_input *in, const void *data, size_t len);

/*
 * The next whole message: *ret ends in its zero byte and stays valid until
 * the next call with this input. Returns 1; 0 when more bytes are needed;
 * -EMSGSIZE when it is longer than the limit (and ever after).
 */
int varlink_input_next(
	struct varlink_input *in, const char **ret, size_t *ret_len);

/* Part of a message is there: an end of file now is in the middle of it. */
bool varlink_input_unfinished(const struct varlink_input *in);

/* --- messages --- */

struct varlink_call {
	char *method;      /* interface and method, with a dot between */
	cJSON *parameters; /* NULL when absent, null or {} */
	bool oneway;
	bool more;
	bool upgrade;
};

void varlink_call_done(struct varlink_call *call);
DEFINE_CLEANUP_EMBEDDED(struct varlink_call, varlink_call_done);

struct varlink_reply {
	char *error; /* NULL when the call succeeded */
	cJSON *parameters;
	bool continues;
};

void varlink_reply_done(struct varlink_reply *reply);
DEFINE_CLEANUP_EMBEDDED(struct varlink_reply, varlink_reply_done);

/*
 * Decode a message that varlink_input_next returned. What is not strict JSON
 * (json-check.h), has an unknown or wrong member, is both oneway and more, or
 * is an error that continues, is refused: -EBADMSG. Or -ENOMEM. *ret is
 * untouched on failure.
 */
int varlink_call_decode(const char *text, size_t len, struct varlink_call *ret);
int varlink_reply_decode(
	const char *text, size_t len, struct varlink_reply *ret);

/*
 * The bytes of a message with the zero byte that ends it. Returns 0, -ENOMEM,
 * -EMSGSIZE past VARLINK_MESSAGE_MAX_BYTES (the reader would refuse it).
 */
int varlink_call_encode(const struct varlink_call *call, struct bytes *ret);
int varlink_reply_encode(const struct varlink_reply *reply, struct bytes *ret);

/* The parameters of LimitExceeded, which every interface here has. */
int varlink_limit_encode(const char *limit, int64_t maximum, cJSON **ret);

#endif
