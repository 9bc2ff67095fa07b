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
#include "lib/fetch-job.h"
#include "lib/outcome.h"

/* Phases of a run as the fetcher's calls see them; bits. */
enum fetch_phase {
	FETCH_STARTING = 1,    /* connected, GetJob not called */
	FETCH_DOCUMENTS = 2,   /* reading documents */
	FETCH_DOWNLOADING = 4, /* after the last document */
	FETCH_FINISHED = 8,
};
const char *fetch_phase_name(enum fetch_phase phase);

#endif
