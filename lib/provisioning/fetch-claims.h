/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which results a fetcher can know by itself, and so may claim: what it saw
 * in an element, of a download, of a document, of a server. What a
 * certificate is worth is never its to say.
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
