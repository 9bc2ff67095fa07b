/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcertprov-openssl: servers verified by the trust daemon in OpenSSL's
 * handshakes. One call on an SSL_CTX, one on each SSL; certprov-openssl(3) is
 * the manual.
 *
 *	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
 *	certprov_openssl_install(context, NULL);
 *	...
 *	SSL *ssl = SSL_new(context);
 *	certprov_openssl_set_host(ssl, "example.com", CERTPROV_SIP);
 *	SSL_connect(ssl);
 *
 * Functions return what those of certprov.h return, and -EIO when OpenSSL
 * itself fails. Everything here is locked where threads share it.
 */
#ifndef CERTPROV_OPENSSL_H
#define CERTPROV_OPENSSL_H

#include "certprov.h"
#include <openssl/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * Verify the servers of all connections that will be made of this context
 * (those that exist already go on as they were). The settings of `like` are
 * copied; NULL is the defaults.
 *
 * For client connections; one in the server role refuses every client that
 * shows a certificate. Sets SSL_VERIFY_PEER and takes the certificate verify
 * callback and the info callback; an info callback that was there before is
 * still called. A resumed session or a renegotiation would come without a
 * verdict, so both are off: certprov-openssl(3) says how, and what breaks it.
 *
 * -EALREADY when it is installed. Goes with the SSL_CTX.
 */
int certprov_openssl_install(SSL_CTX *context, const struct certprov *like);

/*
 * Verify in this process, from a snapshot of the daemon's trust that is
 * renewed whenever that changes, without asking for each verdict. Before the
 * first connection. flags: CERTPROV_LOCAL_*.
 */
int certprov_openssl_set_local(SSL_CTX *context, unsigned flags);

/*
 * Whom this connection is for, as the user's configuration has it; copied.
 * Without this call it is the server name of SSL_set_tlsext_host_name with
 * CERTPROV_ANY; without either every server is refused ("host-missing").
 * host NULL with CERTPROV_ANY: no name is checked. -ENOENT when the SSL is of
 * a context where nothing is installed.
 */
int certprov_openssl_set_host(
	SSL *ssl, const char *host, enum certprov_purpose purpose);

/* The verdict on the server of this connection, borrowed until the next
 * handshake or SSL_free; NULL when there was none (yet), or not even a
 * verdict could be made: CERTPROV_ABSENT_FAIL, no memory. */
const struct certprov_verdict *certprov_openssl_verdict(const SSL *ssl);

/* The X509_V_ERR_* that comes closest to a result: what
 * SSL_get_verify_result returns, and what OpenSSL makes the alert of. */
int certprov_openssl_error(const struct certprov_verdict *v);

/* --- local verification by itself --- */

/* While the daemon is away go on with the last snapshot. Without this flag
 * what certprov_set_absent says holds then. */
#define CERTPROV_LOCAL_KEEP 1U
/* Do not tell the daemon what was rejected. */
#define CERTPROV_LOCAL_SILENT 2U

struct certprov_local;

/* Never connects by itself. May be used by several threads at once. */
int certprov_local_new(const struct certprov *like, unsigned flags,
	struct certprov_local **ret);
struct certprov_local *certprov_local_free(struct certprov_local *l);

/*
 * As certprov_verify, with the same answers, but made in this process; a server
 * that was trusted is recognised for up to an hour while nothing changes. Takes
 * a snapshot when there is none, the daemon's trust has changed since, or the
 * daemon has gone: then, and only then, it waits for the daemon, within the
 * time limit.
 */
int certprov_local_verify(struct certprov_local *l,
	const struct certprov_der *chain, size_t count, const char *host,
	enum certprov_purpose purpose, struct certprov_verdict **ret);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
