/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoded intermediates of paths that were good: servers send the same one
 * with every handshake, and decoding it costs more than verifying the whole
 * path. They are found by their exact bytes only, so that no certificate is
 * ever taken for another. Intermediates that led nowhere are not kept.
 */
#ifndef CERTPROV_INTERMEDIATE_CACHE_H
#define CERTPROV_INTERMEDIATE_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lib/x509/certificate.h"

/* The one added first is dropped first. */
#define INTERMEDIATE_CACHE_MAX 32
/* Larger ones are not kept. */
#define INTERMEDIATE_CACHE_MAX_BYTES ((size_t)4096)

/* Zeroed is empty. Any number of threads may use it; while one does, the
 * others do not wait but find nothing and add nothing. */
struct intermediate_cache {
	atomic_bool busy;
	struct certificate *certificates[INTERMEDIATE_CACHE_MAX];
	size_t next;
};
void intermediate_cache_done(struct intermediate_cache *k);

/* A new reference, or NULL when it is not there. */
struct certificate *intermediate_cache_find(
	struct intermediate_cache *k, const void *der, size_t len);
/* Takes a reference of its own; one that is there already stays. */
void intermediate_cache_add(
	struct intermediate_cache *k, struct certificate *c);

#endif
