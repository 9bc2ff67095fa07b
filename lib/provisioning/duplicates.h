/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements whose URL was listed before. No URL is fetched twice in a run, so
 * the second element takes the result of the first, whichever comes earlier.
 * Remembers verdicts by the digest of the URL; URLs are not kept.
 */
#ifndef CERTPROV_DUPLICATES_H
#define CERTPROV_DUPLICATES_H

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/provisioning/decision.h"
#include "lib/verdict/verdict.h"

/* How many can wait for their first one; one more is limit-exceeded. */
#define DUPLICATES_MAX_WAITING 1024
/* How many URLs are remembered; later ones are not. */
#define DUPLICATES_MAX_URLS 65536

struct duplicates;

int duplicates_new(struct duplicates **ret);
struct duplicates *duplicates_free(struct duplicates *d); /* NULL is fine */
DEFINE_CLEANUP(struct duplicates, duplicates_free);

/* What became of the first element with this URL. Decides those that waited
 * for it: appended to decisions, as below. */
int duplicates_decided(struct duplicates *d,
	const uint8_t url_sha256[SHA256_BYTES], enum verdict verdict,
	struct decisions *decisions);

/* An element with a URL that was listed before: variant and authenticated do
 * not matter. */
int duplicates_add(struct duplicates *d, const struct provenance *from,
	struct decisions *decisions);

/* Nothing more will be decided: those that still wait get this as the
 * first's. */
int duplicates_finish(struct duplicates *d, enum verdict verdict,
	struct decisions *decisions);

size_t duplicates_waiting(const struct duplicates *d);

#endif
