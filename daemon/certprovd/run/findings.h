/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run came across, as digests: to tell at its end what it no longer
 * found. Decides nothing.
 */
#ifndef CERTPROVD_FINDINGS_H
#define CERTPROVD_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"

/* More, and the run tells nothing of what it no longer found. */
#define FINDINGS_MAX ((size_t)128 * 1024)

enum finding {
	FINDING_CERTIFICATE = 'c',     /* its fingerprint in hex */
	FINDING_DOCUMENT = 'd',        /* URL of one that was read to its end */
	FINDING_UNREAD_DOCUMENT = 'u', /* URL of another one */
	/* Of an element whose certificate is not known: the URL of its download
	 * or else that of its document. */
	FINDING_UNREAD_URL = 'l',
	FINDING_UNREAD_ELEMENT = 'e',
};

/* Zeroed is empty. */
struct findings {
	uint8_t (*digests)[SHA256_BYTES];
	size_t count;
	size_t room;
	bool sorted;
	bool lost; /* one could not be kept */
};
void findings_done(struct findings *f);

/* A failure is kept in lost. NULL is nothing. */
void findings_add(struct findings *f, enum finding kind, const char *text);
bool findings_have(struct findings *f, enum finding kind, const char *text);

#endif
