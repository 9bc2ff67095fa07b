/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fetch session is made with and what it replies: types for
 * fetch-calls.h (whoever serves a fetcher) and for fetch-session.h (the inside
 * of a session).
 */
#ifndef CERTPROV_FETCH_CONFIG_H
#define CERTPROV_FETCH_CONFIG_H

#include <cjson/cJSON.h>

#include "lib/base/bytes.h"
#include "lib/base/macros.h"
#include "lib/phone/settings.h"
#include "lib/provisioning/fetch-client.h"
#include "lib/provisioning/fetch-job.h"
#include "lib/provisioning/fetch-messages.h"
#include "lib/provisioning/guard.h"
#include "lib/provisioning/judge.h"
#include "lib/provisioning/run-listener.h"

/* Phases of a run as the fetcher's calls see them; bits. */
enum fetch_phase {
	FETCH_STARTING = 1,    /* connected, GetJob not called */
	FETCH_DOCUMENTS = 2,   /* reading documents */
	FETCH_DOWNLOADING = 4, /* after the last document */
	FETCH_FINISHED = 8,
};
const char *fetch_phase_name(enum fetch_phase phase);

/*
 * How often other things than documents and certificates, which have limits of
 * the run, may be reported. Documents that are not fetched count here.
 */
#define FETCH_MAX_DOCUMENT_REPORTS 4096
#define FETCH_MAX_SETTINGS 4096
#define FETCH_MAX_PEERS 64
#define FETCH_MAX_SERVERS 16
#define FETCH_MAX_TRUSTS 2
/* Texts: longer ones are cut, with a mark. */
#define FETCH_MAX_URL_BYTES 2048
#define FETCH_MAX_REASON_BYTES 512
#define FETCH_MAX_NAME_BYTES 256
/* A longer validator is not kept: the next request is unconditional. */
#define FETCH_MAX_VALIDATOR_BYTES 512

/* All borrowed, for as long as the session lives. */
struct fetch_session_config {
	struct judge_context judge;
	struct settings *settings; /* the run's own: offers change it */
	/* What GetJob is answered, and the descriptors that go with it: the
	 * snapshot, and a document that is too large for the message. */
	const struct fetch_job *job;
	int fds[FETCH_JOB_MAX_FDS];
	size_t fd_count;
	/* Of the job's validators: the digest of the url and the fingerprint of
	 * what it delivered. NULL when nothing is known. */
	const struct fetch_pairs *delivered;
	const struct run_listener *listener;
	void *userdata;
	/*
	 * Sign with the key of the job's identity. 0 and new memory; -ENODATA
	 * when it is no longer there; -EOPNOTSUPP for a scheme it cannot use;
	 * -EINVAL for a digest of another length; -ENOMEM, -EIO. NULL: the job
	 * has no identity.
	 */
	int (*sign)(void *userdata, const struct fetch_signing *what,
		struct bytes *ret);
	/* Why the job has no identity, if it has none. */
	enum fetch_no_identity no_identity;
	/* The last good servers, which no setting may end trust in, beside
	 * those of this run; NULL: none is known. */
	const struct guard *guard;
	/* The first url was named by the configuration, an admin, or a document
	 * that was authenticated. Otherwise nothing counts as authenticated,
	 * whatever the fetcher says. */
	bool source_authenticated;
	/* What is rejected is in no list of unknown certificates afterwards. */
	bool unrecorded;
};

/* Zeroed is an empty success. */
struct fetch_reply {
	const char *error; /* qualified; NULL when the call succeeded */
	cJSON *parameters; /* NULL for none */
	int fds[FETCH_JOB_MAX_FDS]; /* borrowed: send copies, do not close */
	size_t fd_count;
	bool owns_fds; /* or made for this reply: closed with it */
};
void fetch_reply_done(struct fetch_reply *r);
DEFINE_CLEANUP_EMBEDDED(struct fetch_reply, fetch_reply_done);

#endif
