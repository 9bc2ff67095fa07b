/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which results a fetcher can know by itself, and so may claim: about an
 * element, a download, a document or a server. It never decides about a
 * certificate.
 */
#ifndef CERTPROV_FETCH_CLAIMS_H
#define CERTPROV_FETCH_CLAIMS_H

#include <stdbool.h>

#include "lib/verdict/verdict.h"

enum fetch_claim {
	FETCH_CLAIM_DOCUMENT = 1,
	FETCH_CLAIM_ELEMENT = 2,
	FETCH_CLAIM_PEER = 4,
};

bool fetch_may_claim(enum fetch_claim about, enum verdict v);

#endif
