/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One execution of provisioning, from the daemon's end: the job for a fetcher,
 * what it offers judged, what is accepted made durable in batches, and the
 * report. Never reads the network or a document.
 *
 * A certificate changes hands six times on its way from a document to the
 * reply of Monitor:
 *
 *  1. document.c has an element: struct document_certificate, to
 *     session-documents.c in certprov-fetch.
 *  2. The fetcher offers its bytes: struct candidate, by OfferCertificate, to
 *     the fetch session (lib/provisioning/fetch-certificates.c).
 *  3. The session cleans what was said about it and passes the candidate to
 *     candidates_offer(), which returns a struct decision.
 *  4. The session tells struct run_listener the decision; run-listener.c is it.
 *  5. The run puts the decision into its batch (commit-batch.c), unchanged.
 *  6. Once it is durable, the run tells each struct run_watcher the outcome,
 *     and the method that watches replies with it.
 */
#ifndef CERTPROVD_RUN_H
#define CERTPROVD_RUN_H

#include "daemon/certprovd/run/run-context.h"
#include "lib/base/macros.h"

struct run;

/*
 * Begin. -EINVAL for an invalid url or firmware, -EDESTADDRREQ when no setting
 * server is known, -ENOMEM, and the errors of the store. Otherwise the run is
 * under way; if no fetcher can be reached, it ends soon. The owner hears of
 * progress and of the end, before all watchers, and must not free the run
 * then.
 */
int run_start(const struct run_context *context,
	const struct run_request *request, const struct run_watcher *owner,
	void *userdata, struct run **ret);
/* Settings or trust have changed: the run no longer overwrites what an admin
 * has set, does not accept what is distrusted now, and tells its fetcher. 0,
 * -ENOSPC or -ENOMEM; after an error, cancel the run. */
int run_follow_admin(struct run *r);
/* Ends it at the next turn of the loop. */
void run_cancel(struct run *r);
/* The same, and it has ended when this returns. */
void run_cancel_now(struct run *r);
/* One that is under way is ended at once and reported as cancelled, without
 * telling anybody. NULL is fine. */
struct run *run_free(struct run *r);
DEFINE_CLEANUP(struct run, run_free);

/* Watch it until its end. 0, -ENOMEM, or -EUSERS past RUN_MAX_WATCHES. */
struct run_watch;
int run_watch(struct run *r, const struct run_watcher *watcher, void *userdata,
	struct run_watch **ret);
/* Hear no more. Has to be called, also after the end; NULL is fine. */
struct run_watch *run_unwatch(struct run_watch *w);

const struct run_summary *run_summary(const struct run *r);
/* Whether this request asks for what the run does. */
bool run_is_for(const struct run *r, const struct run_request *request);

#endif
