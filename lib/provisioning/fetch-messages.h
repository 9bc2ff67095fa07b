/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of what a fetcher calls, as structs, encoded by the fetcher
 * and decoded by whom it calls, both from one table a message. Types and
 * presence are checked here; what a value may be, and when, is for
 * fetch-calls.h.
 */
#ifndef CERTPROV_FETCH_MESSAGES_H
#define CERTPROV_FETCH_MESSAGES_H

#include <cjson/cJSON.h>

#include "lib/base/bytes.h"
#include "lib/base/macros.h"
#include "lib/provisioning/candidates.h"
#include "lib/provisioning/fetch-job.h"
#include "lib/provisioning/fetch-server.h"
#include "lib/provisioning/markup.h"
#include "lib/varlink/json-fields.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/chain-limits.h"

/* Numbers that are absent are -1, texts NULL. */
struct fetch_document {
	const char *url;
	int64_t bytes;
	enum verdict result;
	const char *reason; /* detail, or NULL */
	int64_t line;       /* where the parser stopped */
	int64_t column;
	bool authenticated;
	const char *linked_from; /* document that links it, or NULL */
	int64_t linked_line;
	struct markup markup; /* of a link that was written otherwise */
	const char *mistake;  /* of lib/verdict/mistake, or NULL */
	struct fetch_server server;
};

/* One of several names the phone makes of one URL: a server need not have all
 * of them. url_count: how many the job has. */
bool fetch_document_is_missing_first(
	const struct fetch_document *d, size_t url_count);
/* It was not read, and is missing in the run. */
bool fetch_document_is_gap(const struct fetch_document *d);

struct fetch_element {
	const char *document;
	int64_t line;
	const char *url;
	enum verdict result;
	const char *reason; /* detail */
	struct markup markup;
	struct fetch_server server;
};

struct fetch_setting {
	const char *name;
	int64_t index;
	const char *value; /* NULL: the element has none */
	const char *permission;
	const char *action;
	const char *document;
	int64_t line;
	bool authenticated;
	const char *misplaced; /* why it is not read, or NULL */
	/* Where its value begins, if all line ends of it are those of the
	 * document; -1: not known. */
	int64_t text_line;
};

struct fetch_peer {
	/* DER, leaf first; owned once decoded, borrowed when encoding */
	struct json_bytes_list chain;
	const char *host;
	enum verdict result;
	/* The download that led to it: where its URL stands, the URL, and the
	 * one that was asked, behind redirects. NULL: no download. */
	const char *document;
	int64_t line; /* -1: none */
	const char *url;
	const char *asked;
};
void fetch_peer_done(struct fetch_peer *p);
DEFINE_CLEANUP_EMBEDDED(struct fetch_peer, fetch_peer_done);

/* A server that a first document comes from. */
struct fetch_guarded {
	/* DER, leaf first; owned once decoded, borrowed when encoding */
	struct json_bytes_list chain;
	const char *host;
};
void fetch_guarded_done(struct fetch_guarded *g);
DEFINE_CLEANUP_EMBEDDED(struct fetch_guarded, fetch_guarded_done);

enum fetch_stage {
	FETCH_STAGE_DOCUMENTS,
	FETCH_STAGE_DOWNLOADS,
	FETCH_STAGE__END
};

struct fetch_progress {
	enum fetch_stage stage;
	int64_t done;
	int64_t total;
};

enum fetch_result {
	FETCH_COMPLETE,
	FETCH_PARTIAL,
	FETCH_FAILED,
	FETCH_RESULT__END
};
const char *fetch_result_name(enum fetch_result result);

struct fetch_finish {
	enum fetch_result result;
	int64_t others; /* settings that certprov does not use; not kept */
};

/* To be signed: with a scheme of RFC 8446, a digest of its hash. */
struct fetch_signing {
	const char *scheme;
	struct bytes digest; /* owned once decoded, borrowed when encoding */
};
void fetch_signing_done(struct fetch_signing *m);
DEFINE_CLEANUP_EMBEDDED(struct fetch_signing, fetch_signing_done);

/* The parameters of each call, in new memory; NULL when out of memory. */
cJSON *fetch_document_encode(const struct fetch_document *m);
cJSON *fetch_candidate_encode(const struct candidate *m);
cJSON *fetch_element_encode(const struct fetch_element *m);
cJSON *fetch_setting_encode(const struct fetch_setting *m);
cJSON *fetch_peer_encode(const struct fetch_peer *m);
cJSON *fetch_guarded_encode(const struct fetch_guarded *m);
cJSON *fetch_progress_encode(const struct fetch_progress *m);
cJSON *fetch_signing_encode(const struct fetch_signing *m);
cJSON *fetch_finish_encode(const struct fetch_finish *m);

/* What OfferCertificate is answered. Decoding returns 0, -EINVAL when it is
 * none, or -ENOMEM. */
cJSON *fetch_answer_encode(const struct offer_answer *a);
int fetch_answer_decode(const cJSON *parameters, struct offer_answer *ret);
/* What Progress is answered: what was distrusted since. Zeroed is empty. */
struct fetch_distrusted {
	struct distrusted *entries; /* at most TRUST_MAX_DISTRUSTED */
	size_t count;
};
void fetch_distrusted_done(struct fetch_distrusted *d);
DEFINE_CLEANUP_EMBEDDED(struct fetch_distrusted, fetch_distrusted_done);
cJSON *fetch_distrusted_encode(const struct fetch_distrusted *d);
int fetch_distrusted_decode(
	const cJSON *parameters, struct fetch_distrusted *ret);
/* What Sign is answered: bytes that are the caller's. */
cJSON *fetch_signature_encode(const struct bytes *signature);
int fetch_signature_decode(const cJSON *parameters, struct bytes *ret);
/* What OfferSetting is answered. */
struct fetch_setting_answer {
	bool good;
	const char *result;     /* name of an enum setting_result; borrowed */
	enum fetch_scope scope; /* of the run from now on */
};
cJSON *fetch_setting_answer_encode(const struct fetch_setting_answer *a);
int fetch_setting_answer_decode(
	const cJSON *parameters, struct fetch_setting_answer *ret);

/*
 * The parameters of a call: 0; -ENOMEM; or -EINVAL with the field that is
 * wrong, missing or unknown in *ret_field: a name of ours, or a text of the
 * message. Texts are borrowed from the message. *ret is untouched on failure.
 */
int fetch_document_decode(const cJSON *parameters, struct fetch_document *ret,
	const char **ret_field);
int fetch_element_decode(const cJSON *parameters, struct fetch_element *ret,
	const char **ret_field);
int fetch_setting_decode(const cJSON *parameters, struct fetch_setting *ret,
	const char **ret_field);
int fetch_progress_decode(const cJSON *parameters, struct fetch_progress *ret,
	const char **ret_field);
int fetch_finish_decode(const cJSON *parameters, struct fetch_finish *ret,
	const char **ret_field);
/* The bytes are the caller's: fetch_signing_done(). */
int fetch_signing_decode(const cJSON *parameters, struct fetch_signing *ret,
	const char **ret_field);
/* The bytes are the caller's. */
int fetch_candidate_decode(
	const cJSON *parameters, struct candidate *ret, const char **ret_field);
/* It owns bytes as well: fetch_peer_done(). */
int fetch_peer_decode(const cJSON *parameters, struct fetch_peer *ret,
	const char **ret_field);
/* So does this: fetch_guarded_done(). */
int fetch_guarded_decode(const cJSON *parameters, struct fetch_guarded *ret,
	const char **ret_field);

#endif
