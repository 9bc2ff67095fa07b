/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a complete run no longer found of what earlier runs of the same URL
 * brought: noted in the store, and told in its report. With WithdrawMissing=yes
 * it is removed by an authenticated run: but not what the provisioning server
 * needs to be trusted, what is distrusted, or what an administrator made an
 * exception for.
 */
#ifndef CERTPROVD_WITHDRAWN_H
#define CERTPROVD_WITHDRAWN_H

#include "daemon/certprovd/run/findings.h"
#include "daemon/certprovd/store/store.h"
#include "lib/provisioning/decision.h"
#include "lib/provisioning/guard.h"
#include "lib/trust/trust.h"

/* Lines about them in a report; the others are counted in it. */
#define WITHDRAWN_MAX_LINES 50
#define WITHDRAWN_GUARDS 2

struct withdrawn_run {
	struct store *store;
	const struct trust *trust;
	struct findings *findings;
	const uint8_t *source; /* digest of its URL */
	int64_t id;            /* 0: a dry run, nothing is written */
	int64_t now;
	const char *asker;  /* who asked for it, or NULL */
	bool authenticated; /* all documents were */
	bool remove;        /* WithdrawMissing= */
	/* What must stay trusted: the servers of this run, and the last good
	 * ones. */
	const struct guard *servers[WITHDRAWN_GUARDS];
};

/* How many of each. */
struct withdrawn_counts {
	size_t news; /* kept, and not noted before */
	size_t removed;
};

/* In the transaction that ends the run: note or remove them, write the lines,
 * and add these to *told. 0 or negative errno. */
int withdrawn_write(const struct withdrawn_run *run, struct decisions *told,
	struct withdrawn_counts *ret);

#endif
