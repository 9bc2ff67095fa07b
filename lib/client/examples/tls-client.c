/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls-client [--local] HOST PORT [ADDRESS] - connect by TLS, verified by the
 * trust daemon (--local: in this process, from its trust), and print what
 * became of it; 0 when HOST was trusted, 1 when not. ADDRESS: connect there
 * instead. For each line of standard input once, so that it can be seen how
 * a process learns of changes while it runs. CERTPROV_EXAMPLE_SOCKET is
 * another place to ask.
 */
#include <certprov-openssl.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All there is to it: once for a context ... */
static SSL_CTX *make_context(int local)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	struct certprov *settings = NULL;
	int r = certprov_new(&settings);

	if (r == 0)
		r = certprov_set_socket(
			settings, getenv("CERTPROV_EXAMPLE_SOCKET"));
	if (r == 0)
		r = certprov_openssl_install(context, settings);
	if (r == 0 && local)
		r = certprov_openssl_set_local(context, 0);
	certprov_free(settings);
	if (r == 0)
		return context;
	(void)fprintf(stderr, "tls-client: %s\n", strerror(-r));
	SSL_CTX_free(context);
	return NULL;
}

/* ... and once for a connection. */
static int set_host(SSL *ssl, const char *host)
{
	return SSL_set_tlsext_host_name(ssl, host) == 1
		? certprov_openssl_set_host(ssl, host, CERTPROV_SIP)
		: -1;
}

static void show(const SSL *ssl, int connected)
{
	const struct certprov_verdict *v = certprov_openssl_verdict(ssl);

	printf("%s: %s: %s\n", connected ? "connected" : "refused",
		X509_verify_cert_error_string(SSL_get_verify_result(ssl)),
		v ? certprov_verdict_reason(v) : "no verdict");
	(void)fflush(stdout);
}

static int connect_once(SSL_CTX *context, const char *host, const char *target)
{
	BIO *tcp = BIO_new_connect(target);
	SSL *ssl = SSL_new(context);
	int connected = 0;

	if (!tcp || !ssl || BIO_do_connect(tcp) != 1 ||
		set_host(ssl, host) < 0) {
		printf("no connection to %s\n", target);
		(void)fflush(stdout);
		BIO_free_all(tcp);
		SSL_free(ssl);
		return 0;
	}
	SSL_set_bio(ssl, tcp, tcp); /* the connection's from here on */
	connected = SSL_connect(ssl) == 1;
	show(ssl, connected);
	if (connected)
		SSL_shutdown(ssl);
	SSL_free(ssl);
	ERR_clear_error();
	return connected;
}

int main(int argc, char **argv)
{
	int local = argc > 1 && strcmp(argv[1], "--local") == 0;
	SSL_CTX *context = NULL;
	char target[512];
	char line[16];
	int connected = 0;

	argv += local;
	argc -= local;
	if (argc < 3 || !(context = make_context(local)))
		return 2;
	(void)snprintf(target, sizeof(target), "%s:%s",
		argc > 3 ? argv[3] : argv[1], argv[2]);
	connected = connect_once(context, argv[1], target);
	while (fgets(line, sizeof(line), stdin))
		connected = connect_once(context, argv[1], target);
	SSL_CTX_free(context);
	return connected ? 0 : 1;
}
