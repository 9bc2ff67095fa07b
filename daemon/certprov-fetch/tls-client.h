/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the phone is, told to servers that ask in a TLS handshake: its
 * certificate, with a key that is not here: each signature is a call. Shown to
 * verified servers only, and to those alone that the run was led to in an
 * authenticated way; each signature counts. One for each run.
 */
#ifndef CERTPROV_FETCH_TLS_CLIENT_H
#define CERTPROV_FETCH_TLS_CLIENT_H

#include <openssl/types.h>
#include <stddef.h>

#include "daemon/certprov-fetch/tls-watch.h"
#include "lib/base/macros.h"

struct bytes;
struct fetch_signing;
struct url;

/* Servers that may ask; no more signatures are made. */
#define TLS_CLIENT_MAX_ORIGINS FETCH_MAX_SIGNATURES

/* The certificate, leaf first, DER, and who signs: 0, or a negative errno.
 * Borrowed, for as long as the client lives. */
struct tls_client_identity {
	const struct bytes *chain;
	size_t count; /* at least 1 */
	int (*sign)(void *userdata, const struct fetch_signing *what,
		struct bytes *ret);
	void *userdata;
};

struct tls_client;

/* 0, -ENOMEM, or -EBADMSG when it is no chain whose key can be used. */
int tls_client_new(
	const struct tls_client_identity *identity, struct tls_client **ret);
/* Behind the last connection. NULL is fine. */
struct tls_client *tls_client_free(struct tls_client *c);
DEFINE_CLEANUP(struct tls_client, tls_client_free);

/* The run was led to this server in an authenticated way. 0 or -ENOMEM; past
 * TLS_CLIENT_MAX_ORIGINS it is forgotten. */
int tls_client_allow(struct tls_client *c, const struct url *server);
/* It was. */
bool tls_client_allows(const struct tls_client *c, const struct url *server);
/* Whether an earlier connection was made without, to a server that is allowed
 * by now: it must not be used again. */
bool tls_client_has_changed(const struct tls_client *c);

/* A signature was refused: there will be no more. */
bool tls_client_has_failed(const struct tls_client *c);

/* Answer the servers of this context when they ask, and note in seen, which
 * lives as long, with what. c NULL: the phone has no certificate. */
void tls_client_install(SSL_CTX *context, struct tls_client *c, bool may_tell,
	struct tls_seen *seen);

#endif
