/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All a fetcher may ask: one table of calls, in which phases and how often
 * each is permitted, and the decoding of what it says. The daemon and
 * `certprovctl check` serve io.certprov.fetch with it. What has no row, a
 * fetcher cannot do. Whatever it sends is redacted here before it goes on.
 *
 * A fetcher that leaves the table once has lost its say: the owner is told,
 * and every later call is refused. Nothing of a violating call has an effect.
 */
#ifndef CERTPROV_FETCH_CALLS_H
#define CERTPROV_FETCH_CALLS_H

#include <cjson/cJSON.h>

#include "lib/base/macros.h"
#include "lib/phone/settings.h"
#include "lib/provisioning/candidates.h"
#include "lib/provisioning/fetch-job.h"
#include "lib/provisioning/fetch-messages.h"
#include "lib/provisioning/outcome.h"

/* Phases of a run as the fetcher's calls see them; bits. */
enum fetch_phase {
	FETCH_STARTING = 1,    /* connected, GetJob not called */
	FETCH_DOCUMENTS = 2,   /* reading documents */
	FETCH_DOWNLOADING = 4, /* after the last document */
	FETCH_FINISHED = 8,
};
const char *fetch_phase_name(enum fetch_phase phase);

/*
 * How often, beyond what the limits of the run say themselves: documents and
 * certificates. A document that is not fetched is reported as well, and so is
 * an element that is no certificate.
 */
#define FETCH_MAX_DOCUMENT_REPORTS 4096
#define FETCH_MAX_SETTINGS 4096
#define FETCH_MAX_PEERS 64
#define FETCH_MAX_SIGNATURES 256
/* Texts: longer ones are cut, with a mark. */
#define FETCH_MAX_URL_BYTES 2048
#define FETCH_MAX_REASON_BYTES 512
#define FETCH_MAX_NAME_BYTES 256
/* A longer validator is not kept: the next request is unconditional. */
#define FETCH_MAX_VALIDATOR_BYTES 512

/* Whose run it is. Each returns 0 or a negative errno, which ends the call
 * with it: the run cannot go on. All texts are redacted and bounded. */
struct fetch_owner {
	/* The job, borrowed until the session ends, and the descriptors of
	 * its reply (snapshot, large document), borrowed for the reply. */
	int (*get_job)(void *userdata, const struct fetch_job **ret,
		int ret_fds[FETCH_JOB_MAX_FDS], size_t *ret_fd_count);
	/* A certificate that is new: to be made durable. */
	int (*accepted)(void *userdata, const struct certificate *certificate,
		unsigned lists, const struct offer *offer);
	/* A setting whose value is new: to be made durable. */
	int (*applied)(void *userdata, enum setting_id id,
		const struct fetch_setting *setting);
	/* One line of the report. */
	int (*decided)(void *userdata, const struct outcome *outcome);
	/* A document came to its end. */
	int (*document)(void *userdata, const struct fetch_document *document);
	/* A server was rejected: for the list of unknown certificates. */
	int (*rejected)(void *userdata, const struct fetch_peer *peer);
	/* A download is trusted and may be asked for conditionally. */
	int (*validated)(void *userdata, const char *url_sha256,
		const char *validator, const char *sha256);
	/* What a URL delivered that was asked for conditionally, in hex; NULL
	 * when nothing is known. Borrowed. */
	const char *(*unmodified)(void *userdata, const char *url_sha256);
	int (*progress)(void *userdata, const struct fetch_progress *progress);
	/* Finish came; all outcomes were told. */
	int (*finished)(void *userdata, enum fetch_result result);
	/* The fetcher left the table: end the run. Called once. What it was
	 * is a text of ours. */
	void (*violated)(void *userdata, const char *what);
};

struct fetch_session_config {
	struct judge_context judge; /* what it points to must live as long */
	struct fetch_limits limits;
	struct settings *settings; /* the run's own: offers change it */
	const struct fetch_owner *owner;
	void *userdata;
	/* Whoever named the first url may be believed: the configuration, an
	 * admin, or a document that was authenticated. Without it nothing
	 * the fetcher calls authenticated is. */
	bool source_authenticated;
};

struct fetch_session;
int fetch_session_new(
	const struct fetch_session_config *config, struct fetch_session **ret);
struct fetch_session *fetch_session_free(struct fetch_session *s); /* NULL */
DEFINE_CLEANUP(struct fetch_session, fetch_session_free);

/* Zeroed is an empty success. */
struct fetch_reply {
	const char *error; /* qualified; NULL when the call succeeded */
	cJSON *parameters; /* NULL for none */
	int fds[FETCH_JOB_MAX_FDS]; /* borrowed: send copies, do not close */
	size_t fd_count;
};
void fetch_reply_done(struct fetch_reply *r);
DEFINE_CLEANUP_EMBEDDED(struct fetch_reply, fetch_reply_done);

/*
 * One call: method without its interface, parameters as they came (NULL for
 * none). Returns 0 and a reply, which may be an error; a negative errno when
 * the owner or memory failed: *ret is untouched and the run is over.
 */
int fetch_session_call(struct fetch_session *s, const char *method,
	const cJSON *parameters, struct fetch_reply *ret);

/*
 * The connection ended, or the run is cancelled: what still waits gets this
 * verdict. After Finish there is nothing left and this does nothing.
 */
int fetch_session_end(
	struct fetch_session *s, enum verdict verdict, const char *detail);

enum fetch_phase fetch_session_phase(const struct fetch_session *s);
bool fetch_session_violated(const struct fetch_session *s);
/* What is distrusted during the run counts from the next call on, and the
 * reply of the next Progress tells it. What the fetcher has read until then it
 * may have from whoever is distrusted now, and what it calls authenticated as
 * well: nothing is for the rest of the run. 0, -ENOSPC, -ENOMEM. */
int fetch_session_follow_distrust(
	struct fetch_session *s, const struct trust *from);
/* The candidates of the run, borrowed: their trust, how many wait. */
const struct candidates *fetch_session_candidates(
	const struct fetch_session *s);

/* The table, row by row, for tests and documents; false past the end. */
struct fetch_call_row {
	const char *name;
	unsigned allowed; /* bits of enum fetch_phase */
	unsigned maximum; /* in one run */
};
bool fetch_session_row(
	const struct fetch_session *s, size_t i, struct fetch_call_row *ret);

#endif
