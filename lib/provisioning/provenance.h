/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a certificate came from: the one record of it, embedded by whatever
 * carries the certificate on its way through a run.
 */
#ifndef CERTPROV_PROVENANCE_H
#define CERTPROV_PROVENANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"

enum candidate_variant {
	CANDIDATE_BASE64, /* <certificate type="base64"> */
	CANDIDATE_URL,    /* <certificate url> */
	CANDIDATE_UPLOAD, /* by hand: the chain rule always holds */
	CANDIDATE__END
};

/* Texts are borrowed, except in what provenance_copy() made. URLs of a run's
 * report are redacted. */
struct provenance {
	enum candidate_variant variant;
	const char *document; /* URL of the document */
	int64_t line;
	const char *url;       /* of the download, or NULL */
	const char *sha256;    /* sha256= of the element, or NULL */
	const char *validator; /* ETag or Last-Modified, or NULL */
	/* The digest of the whole url, for the next conditional request. */
	uint8_t url_sha256[SHA256_BYTES];
	bool authenticated;
};
/* 0 or -ENOMEM; provenance_done() it. */
int provenance_copy(const struct provenance *from, struct provenance *ret);
void provenance_done(struct provenance *p);
DEFINE_CLEANUP_EMBEDDED(struct provenance, provenance_done);

#endif
