/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that were answered before, known again by their bytes alone, so
 * that a repeated question is neither parsed nor decoded. Says what the reply
 * was and under which key the verdict cache has the answer; whether that
 * still holds is the cache's to say. Found by a comparison of all bytes, which
 * ends at the first that differs: two messages are never taken for each other,
 * and to look costs VERDICT_MESSAGES_MAX * VERDICT_MESSAGES_MAX_BYTES at most.
 */
#ifndef CERTPROVD_VERDICT_MESSAGES_H
#define CERTPROVD_VERDICT_MESSAGES_H

#include "lib/base/bytes.h"
#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"

/* The least recently used goes first. */
#define VERDICT_MESSAGES_MAX 16
/* A longer message, or one with a longer reply, is not kept. */
#define VERDICT_MESSAGES_MAX_BYTES ((size_t)8 * 1024)

struct trust;

struct verdict_message {
	struct bytes text;
	struct bytes reply;        /* as it is sent */
	uint8_t key[SHA256_BYTES]; /* of the answer */
};

struct verdict_messages;

int verdict_messages_new(struct verdict_messages **ret);
struct verdict_messages *verdict_messages_free(
	struct verdict_messages *m); /* NULL is fine */
DEFINE_CLEANUP(struct verdict_messages, verdict_messages_free);

/* Borrowed until the next put or forget; NULL: it is not known, or was put
 * under another trust. */
const struct verdict_message *verdict_messages_find(struct verdict_messages *m,
	const struct trust *trust, const void *text, size_t len);
/* Copies all of it; what is too long is left out. 0 or -ENOMEM. */
int verdict_messages_put(struct verdict_messages *m, const struct trust *trust,
	const struct verdict_message *message);
void verdict_messages_forget(struct verdict_messages *m);
/* There is another answer under this key: what was replied counts no more. */
void verdict_messages_end(
	struct verdict_messages *m, const uint8_t key[SHA256_BYTES]);

#endif
