/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intermediates that were on a path that held, decoded: servers under one
 * intermediate send it with every handshake, and decoding it costs more than
 * verifying all of the path. Found by their exact bytes only, so that nothing
 * is ever judged by another certificate; what was sent by a stranger and led
 * nowhere never gets in here.
 */
#ifndef CERTPROV_INTERMEDIATE_CACHE_H
#define CERTPROV_INTERMEDIATE_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lib/x509/certificate.h"

/* The one added first goes first. */
#define KNOWN_MAX 32
/* Larger ones are decoded each time. */
#define KNOWN_MAX_BYTES ((size_t)4096)

/* Zeroed is empty. For any number of threads: it is looked at by one at a time,
 * and nobody waits for that, so another finds nothing and adds nothing. */
struct intermediate_cache {
	atomic_bool busy;
	struct certificate *certificates[KNOWN_MAX];
	size_t next;
};
void intermediate_cache_done(struct intermediate_cache *k);

/* A new reference, or NULL when it is not known. */
struct certificate *intermediate_cache_find(
	struct intermediate_cache *k, const void *der, size_t len);
/* Takes a reference of its own; one that is there stays where it is. */
void intermediate_cache_add(
	struct intermediate_cache *k, struct certificate *c);

#endif
