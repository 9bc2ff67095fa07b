/* SPDX-License-Identifier: Apache-2.0 */
/* What a session is run with: for session.h and for session-state.h. */
#ifndef CERTPROV_FETCH_SESSION_CONFIG_H
#define CERTPROV_FETCH_SESSION_CONFIG_H

#include "daemon/certprov-fetch/daemon-client.h"
#include "daemon/certprov-fetch/tls.h"
#include "lib/trust/trust.h"

/* Downloads that may be ahead of the oldest one that is not offered yet. */
#define SESSION_WINDOW 64
/* The largest certificate that is downloaded. */
#define SESSION_MAX_CERTIFICATE_BYTES ((size_t)64 * 1024)
/* The daemon counts these calls: we stop before it refuses. */
#define SESSION_MAX_DOCUMENT_REPORTS 3840
#define SESSION_MAX_SETTINGS 4096
/* Settings of others whose names are looked at. */
#define SESSION_MAX_LOOKED_AT 65536
#define SESSION_MAX_PEERS 64
/* What was accepted is kept for the connections to come, up to so many bytes
 * of certificates; what is past them is asked for when a server is not trusted
 * without it. */
#define SESSION_MAX_KEPT_BYTES ((size_t)128 * 1024)

struct replay;

struct session_config {
	const struct fetch_job *job;
	struct trust *trust; /* of the run: grows with what is accepted */
	int document_fd;     /* read when the job has neither url nor text */
	int watch_fd;        /* ends the run when readable; -1: none */
	const struct daemon_client_calls *calls;
	void *daemon;
	/* In place of lib/verify, for tests; NULL: lib/verify. */
	const struct tls_verifier *verifier;
	unsigned retry_ms; /* before the second try of a request */
	/* What earlier jobs fetched, and where this one's goes; or NULL. */
	struct replay *replay;
};

#endif
