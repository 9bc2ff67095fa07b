/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is heard of a run while its fetcher talks: by the daemon, which makes it
 * durable, and by `certprovctl check`, which prints it.
 */
#ifndef CERTPROV_RUN_LISTENER_H
#define CERTPROV_RUN_LISTENER_H

#include "lib/provisioning/decision.h"
#include "lib/provisioning/fetch-messages.h"

/*
 * All but decided may be NULL. A negative errno says that the run cannot go on;
 * the call of the fetcher ends with it. All texts are redacted and bounded.
 */
struct run_listener {
	/* A final decision, one line of the report. It may be taken: what is
	 * left of it is freed after the call. After an error the others that
	 * were made with it are still told, and nothing of them may be kept:
	 * they may rest on the one that failed. */
	int (*decided)(void *userdata, struct decision *decision);
	/* A document came to its end. */
	int (*document)(void *userdata, const struct fetch_document *document);
	/* A chain was rejected: for the list of unknown certificates. */
	int (*rejected)(void *userdata, const struct fetch_peer *peer);
	int (*progress)(void *userdata, const struct fetch_progress *progress);
	/* Finish came, and all decisions were reported. */
	int (*finished)(void *userdata, enum fetch_result result);
	/* The fetcher did what it may not: end the run. Called once; what it
	 * was is a text of ours. */
	void (*violated)(void *userdata, const char *what);
};

#endif
