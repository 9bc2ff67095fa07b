/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the other end of a TLS connection: libcurl's context gets our
 * verifier in place of OpenSSL's, and what it said stays with the connection
 * for as long as that is reused. It also notes what of a handshake tells why
 * it failed. Does not verify by itself: the verifier is handed in.
 */
#ifndef CERTPROV_FETCH_TLS_H
#define CERTPROV_FETCH_TLS_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/certprov-fetch/tls-client.h"
#include "daemon/certprov-fetch/tls-watch.h"
#include "lib/base/macros.h"
#include "lib/net/tls-offer.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/chain-limits.h"

struct bytes;

#define TLS_REASON_SIZE 256

struct tls_verdict {
	bool trusted; /* go on with the connection */
	enum verdict verdict;
	char reason[TLS_REASON_SIZE];
};

/* Chain as sent, leaf first, DER. 0 and a verdict, or a negative errno. */
struct tls_verifier {
	int (*verify)(void *userdata, const struct bytes *chain, size_t count,
		const char *host, struct tls_verdict *ret);
	void *userdata;
	const struct tls_offer *offer; /* what is offered, and no more */
	int security_level;            /* OpenSSL's, for keys and handshake */
};

/* One handshake, from set-up to its verdict. Zeroed, with the first ones
 * filled in, before; tls_check_done frees what it found. */
struct tls_check {
	const struct tls_verifier *verifier;
	const char *host; /* address without brackets, or name */
	bool only_look;   /* offer everything, and end it after ServerHello */
	struct tls_client *client; /* who we are, or NULL; outlives all */
	bool may_tell;             /* this server who we are */
	struct tls_seen *seen;     /* NULL: there was no handshake of its own */
	bool done;                 /* the verifier was asked */
	int error;                 /* negative errno: it could not answer */
	struct tls_verdict result;
	struct bytes *chain; /* of a rejected peer */
	size_t chain_count;
};
void tls_check_done(struct tls_check *c);
DEFINE_CLEANUP_EMBEDDED(struct tls_check, tls_check_done);

/* Once in a process, before the sandbox: OpenSSL reads its configuration.
 * Returns 0 or -EIO. */
int tls_prepare(void);

/* Make a context verify with check, which must outlive the handshake. The
 * rest is set so that no later handshake can happen. 0 or -EIO. */
int tls_install(SSL_CTX *context, struct tls_check *check);

/* The peer of this established connection was trusted by a path or an
 * exception; not so when verification is off. */
bool tls_is_authenticated(const SSL *connection);

bool tls_verdict_authenticates(enum verdict verdict);

/* The chain that the peer of an established connection sent, as DER in new
 * memory. 0, -ENOMEM, -EIO. */
int tls_copy_chain(
	const SSL *connection, struct bytes **ret_chain, size_t *ret_count);
/* The verdict about a chain of an earlier handshake, which is copied, as if
 * it had been sent in one now. 0, -ENOMEM, or what the verifier returned. */
int tls_repeat_check(
	struct tls_check *check, const struct bytes *chain, size_t count);

/* OpenSSL's number as "1.2"; "?" for another one. */
const char *tls_version_name(int version);

/* A handshake under this verifier offers the cipher suite. False as well when
 * that cannot be found out. */
bool tls_offers(const struct tls_verifier *v, uint16_t cipher);

#endif
