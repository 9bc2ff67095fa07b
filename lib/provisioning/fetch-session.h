/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a fetch session, for fetch-calls.c (the table), and for
 * fetch-handlers.c and fetch-certificates.c (what a call does) alone.
 */
#ifndef CERTPROV_FETCH_SESSION_H
#define CERTPROV_FETCH_SESSION_H

#include "lib/base/macros.h"
#include "lib/provisioning/candidates.h"
#include "lib/provisioning/duplicates.h"
#include "lib/provisioning/fetch-config.h"
#include "lib/provisioning/fetch-peers.h"
#include "lib/provisioning/guard.h"

/* A setting that would lock the phone out, by what is known so far: it is
 * decided when everything was read. Owns its texts. */
struct fetch_held {
	bool held;
	char *name;
	char *value;
	char *permission;
	char *action;
	char *document;
	int64_t line;
	int64_t index;
	bool authenticated;
	struct guard_answer answer; /* why */
};

/* Of the job's own urls. */
struct fetch_first {
	unsigned missing; /* so many are not there */
	bool there;       /* one is, or failed otherwise */
	/* The first that is not there, until it is known what to tell of it. */
	struct fetch_document document;
	char *url; /* NULL: none is held */
	char *reason;
	char *asked;
};

/* The document that was named last, as it came and as fetch_clean() made it:
 * all elements of a document name it. */
struct fetch_last_document {
	char *named;
	char *cleaned;
};

struct identity_setting;

struct fetch_session {
	struct fetch_session_config config;
	struct candidates *candidates;
	struct duplicates *duplicates;
	struct fetch_peers *peers;
	const char **validators;      /* keys of the job's, sorted */
	struct fetch_distrusted news; /* to be sent to the fetcher */
	enum fetch_phase phase;
	int failure; /* of the listener or of memory, for all calls after it */
	bool violated;
	bool ended;
	bool update_policy_said; /* by a document of this run */
	unsigned processed;      /* documents that were read */
	struct fetch_first first;
	struct fetch_last_document last_document;
	unsigned counts[16];
	struct guard servers; /* of this run */
	struct fetch_held held[SETTING__END];
};

/* How a handler came out, when nothing failed. */
enum handled {
	HANDLED,
	HANDLED_NOT_NOW,   /* not with these parameters in this phase */
	HANDLED_PARAMETER, /* *ret_field is wrong */
	HANDLED_LIMIT,     /* *ret_field and *ret_maximum */
};

struct handling {
	struct fetch_reply *reply;
	const char *field;
	unsigned maximum;
};

/* enum handled, or a negative errno. */
typedef int fetch_handler(
	struct fetch_session *s, const cJSON *parameters, struct handling *h);

fetch_handler fetch_on_get_job;
fetch_handler fetch_on_report_document;
fetch_handler fetch_on_offer_certificate;
fetch_handler fetch_on_report_element;
fetch_handler fetch_on_offer_setting;
fetch_handler fetch_on_report_peer;
fetch_handler fetch_on_sign;
fetch_handler fetch_on_report_server;
fetch_handler fetch_on_progress;
fetch_handler fetch_on_get_trust;
fetch_handler fetch_on_finish;

/* --- for fetch-handlers.c and fetch-certificates.c --- */

/* This parameter is wrong. */
int fetch_wrong(struct handling *h, const char *field);
/* What a decoder returned, as a handler returns it. */
int fetch_undecoded(int r);
/* Redacted, escaped, cut, in new memory; NULL stays NULL. 0 or -ENOMEM. */
int fetch_clean(const char *text, size_t max_bytes, char **ret);
/* The same for the URL of a document. */
int fetch_clean_document(
	struct fetch_session *s, const char *document, char **ret);

/* --- for fetch-handlers.c: fetch-setting.c and fetch-guard.c --- */

/* What is told of an offered setting, beside what was offered. */
struct fetch_setting_told {
	enum setting_id id; /* SETTING__END: nobody knows it */
	enum setting_result result;
	const char *former;               /* the value before */
	const struct guard_answer *guard; /* with SETTING_WOULD_LOCK_OUT */
	struct identity_setting *own;     /* of webserver_cert */
};
int fetch_tell_setting(struct fetch_session *s, const struct fetch_setting *f,
	const struct fetch_setting_told *told);
/* settings_offer(), and the guard: what would lock the phone out becomes
 * SETTING_WOULD_LOCK_OUT, changes nothing and has an answer. */
int fetch_guard_offer(struct fetch_session *s, const struct fetch_setting *f,
	enum setting_result *ret, struct guard_answer *ret_answer);
/* Keep it until everything was read; takes the answer. */
int fetch_guard_hold(struct fetch_session *s, enum setting_id id,
	const struct fetch_setting *f, struct guard_answer *answer);
/* Another value came: one that was held is told as it was judged. */
int fetch_guard_supersede(struct fetch_session *s, enum setting_id id);
/* Everything was read: try again what is held, and tell what became of it. */
int fetch_guard_settle(struct fetch_session *s);
/* The run ends early: nothing of what is held is applied. */
int fetch_guard_give_up(struct fetch_session *s);
void fetch_guard_done(struct fetch_session *s);

/* Texts made fit for reports. Zeroed is empty. */
struct fetch_cleaned {
	char *document;
	char *url;
	char *reason;
	char *name;
	char *asked;
};
void fetch_cleaned_done(struct fetch_cleaned *c);
DEFINE_CLEANUP_EMBEDDED(struct fetch_cleaned, fetch_cleaned_done);

/* Drop what is held. */
void fetch_first_done(struct fetch_first *f);
/* Tell what is held, at the end at the latest. */
int fetch_tell_first(struct fetch_session *s);

/* What an outcome is made of; texts are borrowed. */
struct fetch_line {
	enum outcome_kind kind;
	const char *document;
	int64_t line;
	const char *url;
	const char *name;
	const char *sha256;
	const char *subject;
	enum verdict verdict;
	struct facts facts;
	/* In place of what the verdict makes of the facts; NULL: that. */
	const char *reason;
	const char *remedy;
	/* What helps when a server asked for the phone's certificate and was
	 * sent none, which is told as a warning; NULL: it was not so. */
	const char *withheld_advice;
};
/* One decision of the report; takes it, or frees it. */
int fetch_tell(struct fetch_session *s, struct decision *decision);
int fetch_tell_line(struct fetch_session *s, const struct fetch_line *l);
/* The last decisions of the candidates; elements that wait for another get this
 * as its verdict. */
int fetch_conclude(
	struct fetch_session *s, struct decisions *pending, enum verdict first);
/* What is known of the server of this line, into its facts, which borrow *w: of
 * a download of url that stands in line number of document. 0 or -ENOMEM. */
int fetch_put_server(const struct fetch_session *s,
	const struct fetch_server *server, struct fetch_line *l,
	struct fetch_server_words *w);
/* A chain for the list of unknown certificates. */
int fetch_tell_rejected(struct fetch_session *s, const struct fetch_peer *peer);
/* When the job is given. 0 or -ENOMEM. */
int fetch_index_validators(struct fetch_session *s);
/* A validator of this URL (by digest) came with the job. */
bool fetch_was_validated(const struct fetch_session *s, const char *digest);

#endif
