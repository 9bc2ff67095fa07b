/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/tls-level.h"

#include <assert.h>
#include <openssl/ssl.h>
#include <stdbool.h>

/* OpenSSL's own, which asks the level. */
static int (*tls_level_ask)(const SSL *connection, const SSL_CTX *context,
	int operation, int bits, int id, void *other, void *extra);

/* The server has chosen such a version. */
static bool tls_level_is_old(const SSL *connection)
{
	return connection && SSL_version(connection) < TLS1_2_VERSION;
}

/* Which versions there are, [tls] says; what was offered for TLS 1.2 and later
 * has no signature with SHA-1.
 * The signature is OpenSSL's. NOLINTNEXTLINE(readability-function-size) */
static int tls_level_on_security(const SSL *connection, const SSL_CTX *context,
	int operation, int bits, int id, void *other, void *extra)
{
	if (operation == SSL_SECOP_VERSION)
		return id >= TLS1_VERSION;
	if ((operation == SSL_SECOP_SIGALG_SUPPORTED ||
		    operation == SSL_SECOP_SIGALG_CHECK) &&
		tls_level_is_old(connection))
		return 1;
	return tls_level_ask(
		connection, context, operation, bits, id, other, extra);
}

void tls_level_set(SSL_CTX *context, int level)
{
	assert(level > 0);
	SSL_CTX_set_security_level(context, level);
	if (!tls_level_ask)
		tls_level_ask = SSL_CTX_get_security_callback(context);
	SSL_CTX_set_security_callback(context, tls_level_on_security);
}
