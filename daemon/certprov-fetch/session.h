/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provisioning run from the fetcher's end: documents first, then the
 * certificates to download, everything that is found offered or reported,
 * and one Finish. Decides nothing about trust: it asks the daemon, and lib/
 * verify about the servers it meets.
 */
#ifndef CERTPROV_FETCH_SESSION_H
#define CERTPROV_FETCH_SESSION_H

#include "daemon/certprov-fetch/daemon-client.h"
#include "daemon/certprov-fetch/download.h"
#include "lib/trust/trust.h"

/* Downloads that may be ahead of the oldest one that is not offered yet. */
#define SESSION_WINDOW 64
/* A downloaded certificate; one byte more is told from too many. */
#define SESSION_MAX_CERTIFICATE_BYTES ((size_t)64 * 1024)
/* Calls the daemon counts: we stop before it must refuse. */
#define SESSION_MAX_DOCUMENT_REPORTS 3840
#define SESSION_MAX_SETTINGS 4096
#define SESSION_MAX_PEERS 64

struct session_config {
	const struct fetch_job *job;
	struct trust *trust; /* of the run: grows with what is accepted */
	int document_fd;     /* read when the job has neither url nor text */
	int watch_fd;        /* ends the run when it speaks; -1: none */
	const struct daemon_client_calls *calls;
	void *daemon;
	/* In place of lib/verify, for tests; NULL: lib/verify. */
	const struct tls_verifier *verifier;
	unsigned retry_ms; /* before the second try of a request */
};

/* Returns 0 when Finish was said and heard; a negative errno when the run
 * could not go on: then there is nobody left to tell. */
int session_run(const struct session_config *config);

#endif
