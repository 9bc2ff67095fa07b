/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements whose URL was listed before: nobody fetches a URL twice in a run,
 * so the second takes what became of the first, before or after. Remembers
 * verdicts by the digest of the URL; the URLs themselves are not kept.
 */
#ifndef CERTPROV_DUPLICATES_H
#define CERTPROV_DUPLICATES_H

#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/provisioning/outcome.h"
#include "lib/verdict/verdict.h"

/* How many can wait for their first one; one more is limit-exceeded. */
#define DUPLICATES_MAX_WAITING 1024
/* How many URLs are remembered; what comes later is forgotten. */
#define DUPLICATES_MAX_URLS 65536

struct duplicates;

/* Where the outcome of a duplicate goes; a negative errno is passed on. */
typedef int duplicates_sink(void *userdata, const struct outcome *outcome);

int duplicates_new(
	duplicates_sink *sink, void *userdata, struct duplicates **ret);
struct duplicates *duplicates_free(struct duplicates *d); /* NULL is fine */
DEFINE_CLEANUP(struct duplicates, duplicates_free);

/* What became of the first element with this URL. Tells whoever waited. */
int duplicates_decided(struct duplicates *d,
	const uint8_t url_sha256[SHA256_BYTES], enum verdict verdict);

/* An element with a URL that was listed before; texts are redacted. */
int duplicates_add(struct duplicates *d, const uint8_t url_sha256[SHA256_BYTES],
	const char *document, int64_t line, const char *url);

/* Nothing more will be decided: who still waits gets this as the first's. */
int duplicates_finish(struct duplicates *d, enum verdict verdict);

size_t duplicates_waiting(const struct duplicates *d);

#endif
