/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates of a peer, its own first, as DER: from a file, or as they
 * come. Judges nothing: what does not decode is for certprovd to say.
 */
#ifndef CERTPROVCTL_CHAIN_H
#define CERTPROVCTL_CHAIN_H

#include "daemon/certprovctl/session/session.h"
#include "lib/base/bytes.h"

/* Named maxima of what is sent on: more fits into no message. certprovd has
 * its own, which are smaller. */
#define CHAIN_MAX_CERTIFICATES 64
#define CHAIN_MAX_BYTES ((size_t)180 * 1024)
#define CHAIN_MAX_FILE_BYTES ((size_t)1024 * 1024)

/* Zeroed is empty. */
struct chain {
	struct bytes items[CHAIN_MAX_CERTIFICATES];
	size_t count;
	size_t bytes; /* of all */
	bool was_pem; /* the file it was read from */
};
void chain_done(struct chain *c);
DEFINE_CLEANUP_EMBEDDED(struct chain, chain_done);

/* A copy behind the others; 0, -E2BIG past the maxima, -ENOMEM. */
int chain_add(struct chain *c, const void *der, size_t len);

/*
 * From a file, "-" is standard input: every CERTIFICATE of a PEM file in its
 * order, or one in DER. What the file is instead is said on the screen, with
 * the command that converts it. A file with a private key is refused.
 */
enum exit_status chain_load(
	const struct session *s, const char *path, struct chain *ret);

/* The same, but what is no PEM is taken as it is. */
enum exit_status chain_load_as_is(
	const struct session *s, const char *path, struct chain *ret);

#endif
