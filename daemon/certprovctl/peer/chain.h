/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates of a peer as DER, its own first: from a file, or as they
 * arrive. Judges nothing: certprovd says what is wrong with them.
 */
#ifndef CERTPROVCTL_CHAIN_H
#define CERTPROVCTL_CHAIN_H

#include "daemon/certprovctl/session/session.h"
#include "lib/base/bytes.h"

/* Limits of what fits into a message. certprovd has smaller ones of its own. */
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

/* Appends a copy. 0, -E2BIG past the limits, or -ENOMEM. */
int chain_add(struct chain *c, const void *der, size_t len);

/*
 * Reads a file, or standard input for "-": every CERTIFICATE of a PEM file in
 * order, or one certificate in DER. For any other file, says what it is and the
 * command that converts it. A file with a private key is refused.
 */
enum exit_status chain_load(
	const struct session *s, const char *path, struct chain *ret);

/* The same, but takes anything except PEM unchanged. */
enum exit_status chain_load_as_is(
	const struct session *s, const char *path, struct chain *ret);

#endif
