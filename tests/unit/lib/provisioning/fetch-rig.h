/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fetch session and a listener that writes down what it hears, for the tests
 * of fetch-calls.c and fetch-handlers.c. Parameters are well-formed, and
 * every URL in them that can has a password in it: "secret".
 */
#ifndef CERTPROV_TESTS_FETCH_RIG_H
#define CERTPROV_TESTS_FETCH_RIG_H

#include "lib/provisioning/fetch-calls.h"
#include "tests/unit/pki.h"

#define DOC "http://provisioning.example.com/certs.xml"
#define SECRET_DOC "http://admin:secret@provisioning.example.com/certs.xml"
#define REDACTED_DOC "http://***@provisioning.example.com/certs.xml"
#define CERT_URL "http://provisioning.example.com/ca.der"
#define NOT_NOW "io.certprov.fetch.NotNow"
#define LIMIT "io.certprov.fetch.LimitExceeded"
#define SCHEME "ecdsa_secp256r1_sha256"
/* The fingerprint of what CERT_URL delivered before. */
#define UNMODIFIED "5a"
#define VALIDATOR "\"v1\""

/* What the listener heard. */
struct rig_heard {
	struct outcome last;
	struct outcome before; /* the last */
	size_t outcomes;
	size_t accepted;
	size_t applied;
	size_t documents;
	size_t rejected;
	size_t validated;
	size_t finished;
	size_t violated;
	struct fetch_progress progress;
	enum fetch_result result;
	char violation[128];
	char signed_with[64]; /* scheme */
	size_t signatures;
	int fail; /* what the listener returns */
};

/* What a session is started with, and what came of it. */
extern struct rig {
	struct trust *trust;
	struct bootstrap_policy bootstrap;
	struct settings settings;
	struct fetch_job job; /* with an identity: the root */
	int cannot_sign;      /* what signing returns */
	enum fetch_no_identity no_identity;
	struct fetch_pairs delivered;
	const struct pki_cert *root;
	struct fetch_session *session;
	struct fetch_reply reply;
	struct rig_heard heard;
} rig;

void rig_setup(void);
void rig_teardown(void);
/* A new session with the rig as it is now; nothing was heard. */
void rig_start(void);
void rig_use_firmware(const char *text);
/* A new session, brought into this phase. */
void rig_go_to(enum fetch_phase phase);

/* Takes the parameters; the error, or "". */
const char *rig_call(const char *method, cJSON *parameters);
void rig_get_job(void);
/* A text of the last reply; "" when there is none. */
const char *rig_reply_text(const char *member);
/* The last outcome: identifier and place, and nothing secret in it. */
void rig_assert_outcome(const char *result, const char *where, int64_t line);

/* Parameters; the place of a certificate is line 12, of an element 34, of a
 * setting 56, of the link to a document 3. */
cJSON *rig_certificate(const struct pki_cert *c, enum candidate_variant v);
cJSON *rig_element(enum verdict result, const char *url);
cJSON *rig_document(enum verdict result, int64_t line);
cJSON *rig_setting(const char *name, const char *value, bool authenticated);
cJSON *rig_peer(enum verdict result);
cJSON *rig_server(const char *host, const struct pki_cert *c);
cJSON *rig_progress(enum fetch_stage stage);
cJSON *rig_finish(void);
cJSON *rig_signing(const char *scheme, size_t digest_len);
/* Of the call of this name; NULL where it has none. */
cJSON *rig_parameters_of(const char *name);

#endif
