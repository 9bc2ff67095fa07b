/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of a session share: time, what the daemon is told, and trust
 * within the run. For session.c, session-documents.c and session-downloads.c
 * alone.
 */
#ifndef CERTPROV_FETCH_SESSION_STATE_H
#define CERTPROV_FETCH_SESSION_STATE_H

#include "daemon/certprov-fetch/download.h"
#include "daemon/certprov-fetch/http-users.h"
#include "daemon/certprov-fetch/queue.h"
#include "daemon/certprov-fetch/session-config.h"
#include "lib/base/bytes.h"
#include "lib/base/sha256-size.h"
#include "lib/provisioning/guard.h"

/* Why something was not fetched. */
#define SESSION_OUT_OF_SCOPE "update_policy is never_update"
#define SESSION_OFFLINE "offline"
#define SESSION_OUT_OF_TIME                                                    \
	"the run takes longer than it may; TimeLimit= of certprovd.conf "      \
	"raises this limit"

/* Offered and waiting for an issuer: may be woken later. */
struct session_waiting {
	char sha256[SHA256_HEX_SIZE];
	struct bytes der;
};

/* Offered ahead, and not answered yet. */
struct session_offered {
	struct bytes der;
	bool authenticated;
};

struct fetcher_session {
	const struct session_config *config;
	const struct fetch_job *job;
	struct queue *queue;
	struct downloader *downloader;
	struct download_policy policy;
	struct tls_verifier verifier;
	struct http_users users;
	struct tls_client *client; /* NULL: the phone tells nobody who it is */
	int64_t deadline_ms;
	struct fetch_progress progress; /* as it was said last */
	unsigned progress_calls;
	struct session_waiting waiting[CANDIDATES_MAX_PENDING];
	size_t waiting_count;
	struct session_offered offered[DAEMON_MAX_UNANSWERED];
	size_t offered_count;
	size_t kept_bytes;    /* accepted since the trust was asked for */
	bool behind;          /* something that was accepted is not kept */
	unsigned trust_calls; /* so often it was asked for */
	unsigned document_reports;
	unsigned settings;
	unsigned looked_at; /* settings that are not ours */
	int64_t others;     /* how many there were */
	unsigned peers;
	bool reading_first; /* a document that the job asks for by itself */
	/* Servers behind it that the daemon has not been told of. */
	struct guard servers;
	unsigned servers_told;
	unsigned succeeded; /* documents and downloads */
	unsigned failed;
	size_t missing_first; /* of the job's own urls, with no such file */
	enum fetch_scope
		scope; /* what may be fetched, as the daemon said last */
};

/* Begin to count the time of the run. */
void session_start_time(struct fetcher_session *s);
/* 0, or -ETIME when the run has lasted as long as it may. */
int session_check_time(const struct fetcher_session *s);
/* One turn of the downloads; as downloader_step(). */
int session_step(struct fetcher_session *s);

int session_report_element(
	struct fetcher_session *s, const struct fetch_element *element);
/* The URL that was asked behind redirects, without userinfo, in new memory;
 * NULL when it is the one that is shown. 0 or -ENOMEM. */
int session_find_asked(
	const struct download_result *result, const char *shown, char **ret);
/* A server that was rejected, as often as the daemon wants to hear; of the
 * download that led to it, *from has the rest. */
int session_report_peer(struct fetcher_session *s, const struct tls_check *peer,
	const struct fetch_peer *from);
/* A server that may deliver a first document; and that one did. */
int session_note_server(struct fetcher_session *s, const char *host,
	const struct bytes *chain, size_t count);
int session_report_servers(struct fetcher_session *s);
/* Offer; what becomes of it is known after session_settle(). Takes its bytes,
 * also on failure. Waits only when so many are open. */
int session_offer(struct fetcher_session *s, struct candidate *c);
/* Wait for the answers, and use what is good: before anything else is said to
 * the daemon, and before a connection is made. */
int session_settle(struct fetcher_session *s);
/* How far it is; and what was distrusted since is no longer trusted here. */
int session_progress(struct fetcher_session *s, enum fetch_stage stage,
	size_t done, size_t total);

/* The same again: for what the daemon answers. */
int session_repeat_progress(struct fetcher_session *s);

/* Trust all that was accepted, which is not all kept here (behind). */
int session_catch_up(struct fetcher_session *s);

/* session-documents.c: read all documents. */
int session_documents(struct fetcher_session *s);
/* session-downloads.c: then download all certificates they list. */
int session_downloads(struct fetcher_session *s);

#endif
