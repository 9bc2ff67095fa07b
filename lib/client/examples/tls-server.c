/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls-server PROVIDER CA PORT - answers TLS connections on loopback with the
 * certificate of the phone, whose key never comes here. PROVIDER is the path
 * of libcertprov-provider.so, or the name that openssl.cnf has for it. Clients
 * have to show a certificate that CA, a file, issued. Prints whom it has
 * answered, a line each.
 */
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <stdio.h>

/* The key and the chain, as certprov-provider(7) names them. */
static int use_identity(SSL_CTX *context, const char *uri)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	STACK_OF(X509) *chain = sk_X509_new_null();
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;
	int r = 0;

	while (store && chain && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);
		int type = info ? OSSL_STORE_INFO_get_type(info) : 0;

		if (type == OSSL_STORE_INFO_PKEY && !key)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		if (type == OSSL_STORE_INFO_CERT)
			(void)sk_X509_push(
				chain, OSSL_STORE_INFO_get1_CERT(info));
		OSSL_STORE_INFO_free(info);
	}
	leaf = sk_X509_shift(chain);
	r = key && leaf &&
		SSL_CTX_use_cert_and_key(context, leaf, key, chain, 1) == 1;
	OSSL_STORE_close(store);
	X509_free(leaf);
	EVP_PKEY_free(key);
	sk_X509_pop_free(chain, X509_free);
	return r;
}

static SSL_CTX *make_context(const char *provider, const char *ca)
{
	SSL_CTX *context = NULL;

	/* With another provider OpenSSL does not load its own by itself. */
	if (!OSSL_PROVIDER_load(NULL, "default") ||
		!OSSL_PROVIDER_load(NULL, provider))
		return NULL;
	context = SSL_CTX_new(TLS_server_method());
	if (context && use_identity(context, "certprov:web-server") &&
		SSL_CTX_load_verify_file(context, ca) == 1) {
		SSL_CTX_set_verify(context,
			SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			NULL);
		return context;
	}
	SSL_CTX_free(context);
	return NULL;
}

static void answer(SSL_CTX *context, BIO *tcp)
{
	static const char text[] = "this phone\n";
	SSL *ssl = SSL_new(context);
	char name[256] = "";

	SSL_set_bio(ssl, tcp, tcp);
	if (SSL_accept(ssl) == 1) {
		X509_NAME_oneline(
			X509_get_subject_name(SSL_get0_peer_certificate(ssl)),
			name, sizeof(name));
		(void)SSL_write(ssl, text, sizeof(text) - 1);
		(void)SSL_shutdown(ssl);
		printf("%s by %s\n", name, SSL_get_version(ssl));
	} else {
		printf("refused\n");
		ERR_print_errors_fp(stdout);
	}
	(void)fflush(stdout);
	SSL_free(ssl);
}

int main(int argc, char **argv)
{
	SSL_CTX *context = argc == 4 ? make_context(argv[1], argv[2]) : NULL;
	BIO *listener = context ? BIO_new_accept(argv[3]) : NULL;

	if (!listener || BIO_do_accept(listener) != 1) {
		ERR_print_errors_fp(stderr);
		SSL_CTX_free(context);
		return 2;
	}
	printf("listening on %s\n", BIO_get_accept_port(listener));
	(void)fflush(stdout);
	while (BIO_do_accept(listener) == 1)
		answer(context, BIO_pop(listener));
	BIO_free(listener);
	SSL_CTX_free(context);
	return 0;
}
