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

/*
 * That its signature was checked with a public key, and was good. This follows
 * from the bytes of the certificate and those of the key alone: no change of
 * trust, distrust, settings or time makes it false, so it may be kept as long
 * as the certificate is. It says nothing about whether either is trusted.
 */
struct intermediate_cache_entry {
	struct certificate *certificate;
	bool is_signed;
	uint8_t signer_spki_sha256[SHA256_BYTES];
};

/* Zeroed is empty. Any number of threads may use it; while one does, the
 * others do not wait but find nothing and add nothing. */
struct intermediate_cache {
	atomic_bool busy;
	struct intermediate_cache_entry entries[INTERMEDIATE_CACHE_MAX];
	size_t next;
};
void intermediate_cache_done(struct intermediate_cache *k);

/* A new reference, or NULL when it is not there. */
struct certificate *intermediate_cache_find(
	struct intermediate_cache *k, const void *der, size_t len);
/*
 * Takes a reference of its own; one that is there already stays. The signer is
 * the fingerprint of the key that its signature was good with; NULL: it was not
 * checked.
 */
void intermediate_cache_add(struct intermediate_cache *k, struct certificate *c,
	const uint8_t *signer_spki_sha256);
/* Take over what another one keeps into an empty one, which is the caller's
 * alone; nothing when somebody else uses the other. */
void intermediate_cache_copy(
	struct intermediate_cache *k, struct intermediate_cache *from);
/* Is it the one that is kept, and was its signature good with this key? False
 * also when somebody else uses the cache. */
bool intermediate_cache_is_signed(struct intermediate_cache *k,
	const struct certificate *c, const uint8_t spki_sha256[SHA256_BYTES]);

#endif
