/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the client library share. certprov.h is the contract;
 * nothing of this leaves the library.
 */
#ifndef CERTPROV_CLIENT_INTERNAL_H
#define CERTPROV_CLIENT_INTERNAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/client/certprov.h"
#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink-client.h"

#define TRUST_INTERFACE "io.certprov.trust"
#define IDENTITY_INTERFACE "io.certprov.identity"
#define TIMEOUT_MAX_MS 3600000

/* Chains answered lately, which are asked for by digest at first. */
#define SEEN_CHAINS 16
struct client_seen {
	bool set;
	uint8_t sha256[SHA256_BYTES];
};

struct certprov {
	char *path; /* of the socket */
	int timeout_ms;
	enum certprov_absent absent;
	struct varlink_client *connection; /* or NULL */
	pid_t owner;                       /* the process that connected */
	bool no_digest; /* this daemon does not know VerifyDigest */
	struct client_seen seen[SEEN_CHAINS];
	size_t next_seen;
};

DEFINE_CLEANUP(struct certprov, certprov_free);
DEFINE_CLEANUP(struct certprov_verdict, certprov_verdict_free);
DEFINE_CLEANUP(struct certprov_certificate, certprov_certificate_free);
DEFINE_CLEANUP(struct certprov_monitor, certprov_monitor_free);
DEFINE_CLEANUP(struct certprov_status, certprov_status_free);
DEFINE_CLEANUP(struct certprov_identity, certprov_identity_free);

/* --- calls; errors are those of certprov.h --- */

/* The daemon says that it needs the certificates: never leaves the library. */
#define NEED_CERTIFICATES (-EAGAIN)

/*
 * Call a method of the trust interface, named without it, and take its one
 * reply; parameters are taken. Connects when needed; when the connection dies
 * in the middle it is tried once more on a new one. max_fds: descriptors the
 * reply may bring.
 */
int client_call(struct certprov *c, const char *method, cJSON *parameters,
	size_t max_fds, struct varlink_answer *ret);
/* The same for a method of the identity interface, without descriptors. */
int client_call_identity(struct certprov *c, const char *method,
	cJSON *parameters, struct varlink_answer *ret);
/* Send and expect no answer; gives up instead of waiting. */
int client_tell(struct certprov *c, const char *method, cJSON *parameters);

/* A moment, for a daemon that has just gone to come back; false when it is
 * past the deadline. */
bool client_wait(int64_t deadline_ms);

/* What a library function says for what happened on a socket. */
int client_errno(int r);
/* ... and for an error a service answered with. */
int client_reply_errno(const struct varlink_reply *reply);

/* A call of the trust interface that is lent until the next statement; 0 or
 * -ENOMEM. Parameters are taken. */
int client_prepare(
	const char *method, cJSON *parameters, struct varlink_call *ret);

/* --- what answers become --- */

/* Each takes the JSON object (NULL: none), also on failure; -EBADMSG when it
 * is not what the interface says. */
int client_verdict_decode(cJSON *object, struct certprov_verdict **ret);
int client_certificate_decode(cJSON *object, struct certprov_certificate **ret);

/* One of the texts; NULL past the end. */
const char *client_text(const struct json_texts *texts, size_t index);

#endif
