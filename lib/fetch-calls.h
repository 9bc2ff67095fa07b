/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All a fetcher may ask: one table of calls, in which phases and how often
 * each is permitted, and the decoding of what it says. The daemon and
 * `certprovctl check` serve io.certprov.fetch with it. What has no row, a
 * fetcher cannot do. Whatever it sends is redacted here before it goes on.
 */
#ifndef CERTPROV_FETCH_CALLS_H
#define CERTPROV_FETCH_CALLS_H

#include "lib/candidates.h"
#include "lib/outcome.h"

/* Phases of a run as the fetcher's calls see them; bits. */
enum fetch_phase {
	FETCH_STARTING = 1,    /* connected, GetJob not called */
	FETCH_DOCUMENTS = 2,   /* reading documents */
	FETCH_DOWNLOADING = 4, /* after the last document */
	FETCH_FINISHED = 8,
};
const char *fetch_phase_name(enum fetch_phase phase);

struct fetch_limits {
	unsigned documents;      /* 256 */
	unsigned depth;          /* 8 */
	uint64_t document_bytes; /* 32 MiB */
	unsigned certificates;   /* 20,000 offered */
	unsigned parallel;       /* 8 */
	unsigned per_host;       /* 2 */
	unsigned seconds;        /* 600 */
};
#define FETCH_LIMITS_DEFAULT                                                   \
	((struct fetch_limits){.documents = 256,                               \
		.depth = 8,                                                    \
		.document_bytes = 32ULL << 20,                                 \
		.certificates = 20000,                                         \
		.parallel = 8,                                                 \
		.per_host = 2,                                                 \
		.seconds = 600})

#endif
