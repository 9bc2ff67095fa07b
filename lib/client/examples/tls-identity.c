/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls-identity PROVIDER CA HOST PORT - connects by TLS to HOST, which has to
 * show a certificate that CA, a file, issued, and shows it the certificate of
 * the phone, whose key never comes here. PROVIDER is the path of
 * libcertprov-provider.so, or the name that openssl.cnf has for it. Prints what
 * the server says; 0 when it did.
 */
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <stdio.h>

/* What of this type comes first in a store, or NULL. */
static OSSL_STORE_INFO *find(const char *uri, int type)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	OSSL_STORE_INFO *info = NULL;

	if (store && OSSL_STORE_expect(store, type) == 1)
		info = OSSL_STORE_load(store);
	OSSL_STORE_close(store);
	return info;
}

/* The phone's own certificate; servers that do not have its issuer are shown
 * the rest of the chain as well, as tls-server.c does. */
static int use_identity(SSL_CTX *context, const char *uri)
{
	OSSL_STORE_INFO *certificate = find(uri, OSSL_STORE_INFO_CERT);
	OSSL_STORE_INFO *key = find(uri, OSSL_STORE_INFO_PKEY);
	int r = certificate && key &&
		SSL_CTX_use_certificate(
			context, OSSL_STORE_INFO_get0_CERT(certificate)) == 1 &&
		SSL_CTX_use_PrivateKey(
			context, OSSL_STORE_INFO_get0_PKEY(key)) == 1;

	OSSL_STORE_INFO_free(certificate);
	OSSL_STORE_INFO_free(key);
	return r;
}

static SSL_CTX *make_context(const char *provider, const char *ca)
{
	SSL_CTX *context = NULL;

	/* With another provider OpenSSL does not load its own by itself. */
	if (!OSSL_PROVIDER_load(NULL, "default") ||
		!OSSL_PROVIDER_load(NULL, provider))
		return NULL;
	context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_load_verify_file(context, ca) == 1 &&
		use_identity(context, "certprov:client"))
		return context;
	SSL_CTX_free(context);
	return NULL;
}

static int talk(SSL_CTX *context, const char *host, const char *target)
{
	BIO *tcp = BIO_new_connect(target);
	SSL *ssl = SSL_new(context);
	char text[256];
	int n = -1;

	if (BIO_do_connect(tcp) == 1 && SSL_set1_host(ssl, host) == 1 &&
		SSL_set_tlsext_host_name(ssl, host) == 1) {
		(void)BIO_up_ref(tcp);
		SSL_set_bio(ssl, tcp, tcp);
		if (SSL_connect(ssl) == 1)
			n = SSL_read(ssl, text, sizeof(text));
	}
	if (n > 0)
		(void)fwrite(text, 1, (size_t)n, stdout);
	else
		ERR_print_errors_fp(stderr);
	SSL_free(ssl);
	BIO_free(tcp);
	return n > 0;
}

int main(int argc, char **argv)
{
	SSL_CTX *context = argc == 5 ? make_context(argv[1], argv[2]) : NULL;
	char target[512];
	int good = 0;

	if (!context) {
		ERR_print_errors_fp(stderr);
		return 2;
	}
	(void)snprintf(target, sizeof(target), "%s:%s", argv[3], argv[4]);
	good = talk(context, argv[3], target);
	SSL_CTX_free(context);
	return good ? 0 : 1;
}
