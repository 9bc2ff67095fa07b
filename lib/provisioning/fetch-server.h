/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a download asked at last and what failed there, as a fetcher tells it
 * beside the result of a document or element; and that made into facts for
 * sentences. Every word that tells somebody what to do is ours.
 */
#ifndef CERTPROV_FETCH_SERVER_H
#define CERTPROV_FETCH_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/net/url.h"
#include "lib/provisioning/fetch-causes.h"
#include "lib/provisioning/fetch-client.h"
#include "lib/verdict/verdict.h"

#define FETCH_MAX_STATUS 999
/* A server may not send a phone away for longer. */
#define FETCH_MAX_RETRY_AFTER_SECONDS 86400

/* Zeroed: nothing is known. Borrowed. */
struct fetch_server {
	const char *asked; /* the URL behind redirects, if it is another */
	int64_t status;    /* of HTTP; 0: none came */
	enum fetch_cause cause;
	/* How many seconds it asks to wait (Retry-After); 0: it does not. */
	int64_t retry_after;
	enum fetch_client client;
};

/* "host:port" */
#define FETCH_SERVER_SIZE (URL_HOST_MAX_CHARS + 8)

/* The texts that facts borrow. Zeroed is empty. */
struct fetch_server_words {
	char server[FETCH_SERVER_SIZE];
	char *asked;
	char *shown;
};
void fetch_server_words_done(struct fetch_server_words *w);
DEFINE_CLEANUP_EMBEDDED(struct fetch_server_words, fetch_server_words_done);

/* A cause of this verdict, or none; a status that can be. */
bool fetch_server_is_plausible(
	const struct fetch_server *s, enum verdict verdict);
/* Fill in who was asked and what helps. url: as the document has it. 0 or
 * -ENOMEM. */
int fetch_server_explain(const struct fetch_server *s, enum verdict verdict,
	const char *url, struct fetch_server_words *w, struct facts *facts);
/* "host:port" of a URL that was asked, also a redacted one; empty when it
 * cannot be told. */
void fetch_server_name(const char *url, char ret[FETCH_SERVER_SIZE]);

#endif
