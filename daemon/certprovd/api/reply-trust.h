/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust that an answer was made from: store and generation, alone or first
 * in the struct of a longer reply.
 */
#ifndef CERTPROVD_REPLY_TRUST_H
#define CERTPROVD_REPLY_TRUST_H

#include "lib/trust/trust.h"
#include "lib/varlink/json-fields.h"

struct reply_trust {
	const char *store; /* borrowed from the trust */
	int64_t generation;
};

/* Rows of a struct that has these two, or has a struct reply_trust first. */
#define REPLY_TRUST_FIELDS                                                     \
	JSON_FIELD(struct reply_trust, store, JSON_STRING, JSON_MUST),         \
		JSON_FIELD(                                                    \
			struct reply_trust, generation, JSON_INT64, JSON_MUST)

extern const struct json_table reply_trust_table;

struct reply_trust reply_trust_of(const struct trust *trust);

#endif
