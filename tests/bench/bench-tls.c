/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS handshakes in a second, client and server on one CPU:
 *
 *	bench-tls DIRECTORY BUNDLE DAEMON-SOCKET PLACE
 *
 * The server is a child with the first leaf of rsa.*, at a socket below PLACE.
 * The client verifies, in turn: plainly by OpenSSL, with BUNDLE loaded before;
 * by the daemon, through libcertprov-openssl; and in this process, by the same
 * library. TLS 1.3, no tickets, nothing resumed; the connection is closed
 * when the handshake has ended.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/string.h"
#include "lib/client/certprov-openssl.h"
#include "tests/bench/bench.h"

enum way { PLAIN, DAEMON, LOCAL, WAY__END };

static int listen_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		die("%s: no socket", path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 8) < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

/* --- the server --- */

static void serve_one(SSL_CTX *context, int fd)
{
	char byte = 0;
	SSL *ssl = SSL_new(context);

	if (!ssl || SSL_set_fd(ssl, fd) != 1)
		die("memory");
	if (SSL_accept(ssl) == 1)
		(void)SSL_read(ssl, &byte, 1); /* until the other end closes */
	ERR_clear_error();
	SSL_free(ssl);
	(void)close(fd);
}

static void serve(const char *directory, int listener)
{
	CLEANUP(free) char *path = NULL;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	must(string_format(&path, "%s/rsa.server.pem", directory), "memory");
	if (!context ||
		SSL_CTX_use_certificate_chain_file(context, path) != 1 ||
		SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) !=
			1 ||
		SSL_CTX_set_num_tickets(context, 0) != 1)
		die("no TLS server");
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			serve_one(context, fd);
	}
}

static pid_t start_server(const char *directory, int listener)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid != 0) {
		(void)close(listener);
		return pid;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (getppid() == parent)
		serve(directory, listener);
	_exit(1);
}

/* --- the clients --- */

static SSL_CTX *make_context(enum way way, char **argv)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	struct certprov *like = NULL;

	if (!context)
		die("memory");
	if (way == PLAIN) {
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
		if (SSL_CTX_load_verify_file(context, argv[2]) != 1)
			die("%s: no authorities", argv[2]);
		return context;
	}
	must(certprov_new(&like), "libcertprov");
	must(certprov_set_socket(like, argv[3]), "libcertprov");
	must(certprov_openssl_install(context, like), "libcertprov-openssl");
	if (way == LOCAL)
		must(certprov_openssl_set_local(context, 0), "local mode");
	certprov_free(like);
	return context;
}

static void handshake(SSL_CTX *context, enum way way, const char *path)
{
	int fd = bench_connect(path);
	SSL *ssl = SSL_new(context);

	if (!ssl || SSL_set_fd(ssl, fd) != 1)
		die("memory");
	if (way == PLAIN)
		(void)SSL_set1_host(ssl, BENCH_HOST);
	else
		must(certprov_openssl_set_host(ssl, BENCH_HOST, CERTPROV_HTTPS),
			"host");
	if (SSL_connect(ssl) != 1)
		die("no connection: %s",
			X509_verify_cert_error_string(
				SSL_get_verify_result(ssl)));
	SSL_free(ssl);
	(void)close(fd);
}

static double measure(SSL_CTX *context, enum way way, const char *path)
{
	int64_t since = now_ns();

	for (int i = 0; i < BENCH_A_ROUND; i++)
		handshake(context, way, path);
	return BENCH_A_ROUND * 1e9 / (double)(now_ns() - since);
}

static void run(SSL_CTX *const contexts[WAY__END], const char *path)
{
	double rate[WAY__END][BENCH_ROUNDS];

	for (enum way w = 0; w < WAY__END; w++)
		handshake(contexts[w], w, path);
	bench_begin();
	for (size_t round = 0; round < BENCH_ROUNDS; round++)
		for (enum way w = 0; w < WAY__END; w++)
			rate[w][round] = measure(contexts[w], w, path);
	bench_ratio(&(struct figure){.name = "tls-daemon",
			    .unit = "/s",
			    .what = "handshakes verified by the daemon / by "
				    "OpenSSL alone"},
		rate[DAEMON], rate[PLAIN]);
	bench_ratio(&(struct figure){.name = "tls-local",
			    .unit = "/s",
			    .what = "handshakes verified in local mode / by "
				    "OpenSSL alone"},
		rate[LOCAL], rate[PLAIN]);
}

int main(int argc, char **argv)
{
	CLEANUP(free) char *path = NULL;
	SSL_CTX *contexts[WAY__END];
	pid_t server = 0;

	if (argc != 5)
		die("usage: bench-tls DIRECTORY BUNDLE DAEMON PLACE");
	must(string_format(&path, "%s/tls", argv[4]), "memory");
	server = start_server(argv[1], listen_at(path));
	if (server < 0)
		die("cannot fork");
	for (enum way w = 0; w < WAY__END; w++)
		contexts[w] = make_context(w, argv);
	run(contexts, path);
	for (enum way w = 0; w < WAY__END; w++)
		SSL_CTX_free(contexts[w]);
	(void)kill(server, SIGTERM);
	(void)waitpid(server, NULL, 0);
	return 0;
}
