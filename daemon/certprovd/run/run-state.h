/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a run, for run.c (its life), run-job.c (what the fetcher is
 * told) and run-listener.c (what becomes of what it says) alone.
 */
#ifndef CERTPROVD_RUN_STATE_H
#define CERTPROVD_RUN_STATE_H

#include "daemon/certprovd/run/commit-batch.h"
#include "daemon/certprovd/run/findings.h"
#include "daemon/certprovd/run/run-context.h"
#include "daemon/certprovd/run/withdrawn.h"
#include "lib/base/sha256-size.h"
#include "lib/provisioning/fetch-calls.h"
#include "lib/provisioning/fetch-service.h"
#include "lib/provisioning/guard.h"

struct run_watch {
	struct run *run; /* NULL once it has finished */
	struct run_watcher watcher;
	void *userdata;
};

/* Kinds of log lines. */
enum run_line {
	RUN_LINE_ACCEPTED,
	RUN_LINE_REFUSED,
	RUN_LINE_PEER,
	RUN_LINE_DOCUMENT,
	RUN_LINE__END
};

struct run {
	struct run_context context;
	struct run_watcher owner;
	void *userdata;
	struct run_watch *watches[RUN_MAX_WATCHES];
	struct run_summary summary;

	/* What was asked for, to know an equal request. */
	char *asked_url;
	char *asker; /* who asked for it, or NULL */
	bool asked_document;

	/* What it is judged by: a dry run has settings and trust of its own. */
	struct settings settings;
	struct firmware firmware;
	struct trust *trust;
	struct bootstrap_policy bootstrap;
	uint8_t (*pins)[SHA256_BYTES]; /* of bootstrap */
	bool root_authenticated; /* who named the first url may be believed */

	struct fetch_job job;
	/* Whose key signs: the fingerprint of the job's identity. */
	uint8_t identity[SHA256_BYTES];
	enum fetch_no_identity no_identity;
	struct fetch_pairs validated; /* digest of a url: what it delivered */
	int document_fd;
	int snapshot_fd;
	struct fetch_session *session;
	struct commit_batch *batch;
	/* What is found belongs to this source: the digest of the first URL,
	 * without its userinfo. Not for a document that came with the call. */
	bool has_source;
	uint8_t source[SHA256_BYTES];
	struct guard guard; /* the last good servers when it began */
	struct findings findings;
	struct withdrawn_counts withdrawn; /* what it did not find */

	const struct varlink_interface *interface;
	struct varlink_service service;
	struct server_connection *connection;
	sd_event_source *commit_timer;
	sd_event_source *deadline;
	sd_event_source *ending;

	unsigned log_lines; /* written so far, and their bytes */
	size_t log_bytes;
	int64_t unlogged[RUN_LINE__END]; /* left out */
	unsigned commits;

	enum fetch_result fetcher_says;
	bool said_finish;
	bool cancelled;
	bool incomplete;      /* something was not fetched or not judged */
	bool unauthenticated; /* a document was not authenticated */
	char *gap;            /* the first that makes it incomplete, in words */
	char *plain; /* the first document that was not authenticated */
	bool broken; /* the fetcher was lost or misbehaved */
	bool timed_out;
	bool started;          /* in the store, with a report */
	int64_t processed;     /* documents read to their end */
	int64_t first_missing; /* first files that the server does not have */
	int failure;           /* negative errno that ended it, or 0 */
};

/* run-job.c: fill job, settings, trust and policy from the request. */
int run_make_job(struct run *r, const struct run_request *request);

/* run-identity.c: the job gets the certificate of the phone, if whoever named
 * its first URL is believed. 0 or -ENOMEM. */
int run_add_identity(struct run *r);
/* For struct fetch_session_config. */
int run_sign(
	void *userdata, const struct fetch_signing *what, struct bytes *ret);

/* run-listener.c */
extern const struct run_listener run_fetch_listener;
/* Make what was judged durable; a failure ends the run. */
int run_commit(struct run *r);
/* Count, log and tell an outcome that is durable. */
void run_report(struct run *r, const struct outcome *o);
/* One line that counts what was not logged, if anything. */
void run_log_rest(const struct run *r);

/* run-server.c, in the transaction that ends the run: keep its servers as the
 * last good ones, if they are; what is to be taken over after it is in *ret,
 * and true in *ret_keep. 0 or negative errno. */
int run_write_servers(struct run *r, struct guard *ret, bool *ret_keep);

/* run-state.c */
/* Why it ended; the first reason stays. NULL is fine. */
void run_set_reason(struct run *r, const char *reason);
/* Keep the first place and what became of it, "URL: identifier". */
void run_note(char **place, const char *url, const char *identifier);
/* End the run at the next turn of the loop, for this reason. */
void run_end(struct run *r, const char *reason);
/* The time verdicts use. */
int64_t run_now(const struct run *r);

#endif
