/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/tls-client.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/provider/provider.h"
#include "lib/provisioning/fetch-messages.h"

#define ROLE "client"

struct tls_client {
	struct tls_client_identity identity;
	/* Of its own: a provider in the default one could be asked for the
	 * keys of servers. */
	OSSL_LIB_CTX *libctx;
	OSSL_PROVIDER *provider;
	EVP_PKEY *key;
	X509 *leaf;
	STACK_OF(X509) * above;
	struct url origins[TLS_CLIENT_MAX_ORIGINS];
	size_t origin_count;
	bool kept_back; /* from a server, for its origin */
	bool changed;
	bool lost;         /* a signature failed */
	unsigned promised; /* to handshakes that are under way, or were */
};

/* --- the key --- */

static int tls_client_open(void *userdata, const char *role, void **ret)
{
	*ret = userdata;
	return strcmp(role, ROLE) == 0 ? 0 : -ENODATA;
}

static void tls_client_close(void *key)
{
	(void)key;
}

static const void *tls_client_certificate(
	const void *key, size_t index, size_t *ret_len)
{
	const struct tls_client *c = key;

	if (index >= c->identity.count)
		return NULL;
	*ret_len = c->identity.chain[index].len;
	return c->identity.chain[index].data;
}

static int tls_client_sign(void *key, const struct provider_digest *d,
	void *signature, size_t *size)
{
	struct tls_client *c = key;
	CLEANUP(bytes_done) struct bytes made = {0};
	CLEANUP(bytes_done) struct bytes digest = {0};
	int r = bytes_copy(d->digest, d->len, &digest);

	if (r == 0)
		r = c->identity.sign(c->identity.userdata,
			&(struct fetch_signing){d->scheme, digest}, &made);
	if (r == 0 && !made.data)
		r = -EBADMSG;
	if (r == 0 && made.len > *size)
		r = -ENOSPC;
	c->lost = r != 0;
	if (r != 0)
		return r;
	memcpy(signature, made.data, made.len);
	*size = made.len;
	return 0;
}

static const struct provider_transport transport = {
	.open = tls_client_open,
	.close = tls_client_close,
	.certificate = tls_client_certificate,
	.sign = tls_client_sign,
};

/* OpenSSL hands nothing of ours to the entry of a provider. */
static struct tls_client *beginning;

static int tls_client_provide(const OSSL_CORE_HANDLE *core,
	const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **context)
{
	const struct provider_core from = {core, in};

	return provider_init(&from, &transport, beginning, out, context);
}

static int tls_client_load_provider(struct tls_client *c)
{
	c->libctx = OSSL_LIB_CTX_new();
	if (!c->libctx ||
		OSSL_PROVIDER_add_builtin(
			c->libctx, PROVIDER_NAME, tls_client_provide) != 1)
		return -ENOMEM;
	beginning = c;
	c->provider = OSSL_PROVIDER_load(c->libctx, PROVIDER_NAME);
	beginning = NULL;
	return c->provider ? 0 : -ENOMEM;
}

static int tls_client_load_key(struct tls_client *c)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open_ex(PROVIDER_URI_SCHEME ":" ROLE,
		c->libctx, NULL, NULL, NULL, NULL, NULL, NULL);

	while (store && !c->key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (!info)
			break;
		c->key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	(void)OSSL_STORE_close(store);
	ERR_clear_error();
	return c->key ? 0 : -EBADMSG;
}

/* --- the certificate --- */

static X509 *tls_client_decode(const struct bytes *der)
{
	const unsigned char *at = der->data;

	return d2i_X509(NULL, &at, (long)der->len);
}

static int tls_client_load_chain(struct tls_client *c)
{
	c->leaf = tls_client_decode(&c->identity.chain[0]);
	c->above = sk_X509_new_null();
	if (!c->above)
		return -ENOMEM;
	for (size_t i = 1; i < c->identity.count; i++) {
		X509 *x509 = tls_client_decode(&c->identity.chain[i]);

		if (!x509)
			return -EBADMSG;
		if (sk_X509_push(c->above, x509) == 0) {
			X509_free(x509);
			return -ENOMEM;
		}
	}
	return c->leaf ? 0 : -EBADMSG;
}

int tls_client_new(
	const struct tls_client_identity *identity, struct tls_client **ret)
{
	CLEANUP(tls_client_free) struct tls_client *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c)
		return -ENOMEM;
	c->identity = *identity;
	r = tls_client_load_provider(c);
	if (r == 0)
		r = tls_client_load_chain(c);
	if (r == 0)
		r = tls_client_load_key(c);
	if (r == 0)
		*ret = TAKE_PTR(c);
	return r;
}

struct tls_client *tls_client_free(struct tls_client *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->origin_count; i++)
		url_done(&c->origins[i]);
	EVP_PKEY_free(c->key);
	X509_free(c->leaf);
	sk_X509_pop_free(c->above, X509_free);
	if (c->provider)
		(void)OSSL_PROVIDER_unload(c->provider);
	OSSL_LIB_CTX_free(c->libctx);
	free(c);
	return NULL;
}

/* --- which servers --- */

bool tls_client_allows(const struct tls_client *c, const struct url *server)
{
	for (size_t i = 0; i < c->origin_count; i++)
		if (url_same_origin(&c->origins[i], server))
			return true;
	return false;
}

int tls_client_allow(struct tls_client *c, const struct url *server)
{
	struct url *origin = &c->origins[c->origin_count];
	int r = 0;

	if (!server->https || tls_client_allows(c, server) ||
		c->origin_count >= TLS_CLIENT_MAX_ORIGINS)
		return 0;
	*origin = (struct url){.https = true, .port = server->port};
	r = string_replace(&origin->host, server->host);
	if (r < 0)
		return r;
	c->origin_count++;
	c->changed = c->changed || c->kept_back;
	return 0;
}

bool tls_client_has_changed(const struct tls_client *c)
{
	return c->changed;
}

bool tls_client_has_failed(const struct tls_client *c)
{
	return c->lost;
}

/* --- handshakes --- */

/* Sign() has no scheme with MD5, as TLS 1.0 and 1.1 need it. */
static bool tls_client_can_sign(
	const struct tls_client *c, const SSL *connection)
{
	return !c->lost && SSL_version(connection) >= TLS1_2_VERSION;
}

static enum fetch_client tls_client_decide(struct tls_client *c,
	const struct tls_seen *seen, const SSL *connection)
{
	if (!c)
		return FETCH_CLIENT_NONE;
	if (!seen->authenticated)
		return FETCH_CLIENT_NOT_VERIFIED;
	if (!seen->may_tell && c->origin_count < TLS_CLIENT_MAX_ORIGINS) {
		c->kept_back = true;
		return FETCH_CLIENT_ORIGIN;
	}
	if (!tls_client_can_sign(c, connection))
		return FETCH_CLIENT_FAILED;
	if (!seen->may_tell || c->promised >= FETCH_MAX_SIGNATURES)
		return FETCH_CLIENT_LIMIT;
	c->promised++;
	return FETCH_CLIENT_SENT;
}

/* The server asks; behind its own certificate, which was verified. */
static int tls_client_on_request(SSL *connection, void *userdata)
{
	struct tls_seen *seen = userdata;
	struct tls_client *c = seen->teller;

	seen->requested = true;
	seen->client = tls_client_decide(c, seen, connection);
	if (seen->client != FETCH_CLIENT_SENT)
		SSL_certs_clear(connection);
	else if (SSL_use_cert_and_key(
			 connection, c->leaf, c->key, c->above, 1) != 1)
		seen->client = FETCH_CLIENT_FAILED;
	return 1;
}

/* OpenSSL's own, which asks the level. */
static int (*tls_client_level)(const SSL *connection, const SSL_CTX *context,
	int operation, int bits, int id, void *other, void *extra);

/* A phone's own certificate may be older than what is asked of others: RSA of
 * 1024 bits, signed with SHA-1. Nothing else passes below the level.
 * The signature is OpenSSL's. NOLINTNEXTLINE(readability-function-size) */
static int tls_client_on_security(const SSL *connection, const SSL_CTX *context,
	int operation, int bits, int id, void *other, void *extra)
{
	if (operation == SSL_SECOP_EE_KEY || operation == SSL_SECOP_CA_KEY ||
		operation == SSL_SECOP_CA_MD)
		return 1;
	return tls_client_level(
		connection, context, operation, bits, id, other, extra);
}

void tls_client_install(SSL_CTX *context, struct tls_client *c, bool may_tell,
	struct tls_seen *seen)
{
	seen->teller = c;
	seen->may_tell = may_tell;
	SSL_CTX_set_cert_cb(context, tls_client_on_request, seen);
	if (!c)
		return;
	tls_client_level = SSL_CTX_get_security_callback(context);
	SSL_CTX_set_security_callback(context, tls_client_on_security);
}
