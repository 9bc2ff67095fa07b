/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a complete run no longer found of what earlier runs of the same URL
 * brought: noted in the store, and told in its report. Ends no trust.
 */
#ifndef CERTPROVD_WITHDRAWN_H
#define CERTPROVD_WITHDRAWN_H

#include "daemon/certprovd/run/findings.h"
#include "daemon/certprovd/store/store.h"
#include "lib/provisioning/decision.h"
#include "lib/trust/anchors.h"

/* Lines about them in a report; the others are counted in it. */
#define WITHDRAWN_MAX_LINES 50

struct withdrawn_run {
	struct store *store;
	const struct anchors *anchors; /* for their subjects */
	struct findings *findings;
	const uint8_t *source; /* digest of its URL */
	int64_t id;
	int64_t now;
	bool authenticated; /* all documents were */
};

/* In the transaction that ends the run: note them, write the lines, and add
 * these to *told; *ret_news is how many were not noted before. 0 or negative
 * errno. */
int withdrawn_write(const struct withdrawn_run *run, struct decisions *told,
	size_t *ret_news);

#endif
