/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprov-fetch/http-server.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/varlink/json-fields.h"
#include "tests/unit/pki.h"

#define MAX_ROUTES 64
#define LOG_SIZE 65536
#define HEAD_SIZE 8192
#define STOP_SECONDS 10
#define QUIET_NS 200000000L
/* Then those that are awaited do not come. */
#define MAX_QUIET_TURNS 50

struct http_server {
	const struct http_route *routes;
	unsigned failed[MAX_ROUTES];
	int fd;
	uint16_t port;
	SSL_CTX *tls;
	char *certificate;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	unsigned open; /* connections */
	unsigned arrivals;
	unsigned held;
	unsigned max_held;
	unsigned awaited;
	char log[LOG_SIZE];
	size_t log_len;
};

struct http_connection {
	struct http_server *server;
	int fd;
	SSL *tls;
};

static SSL_CTX *self_signed(char **ret_base64)
{
	unsigned char *der = NULL;
	int len = 0;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	(void)X509_set_version(certificate, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	pki_set_time(X509_getm_notBefore(certificate), time(NULL) - 60);
	pki_set_time(X509_getm_notAfter(certificate), time(NULL) + 3600);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)"server", -1, -1, 0);
	(void)X509_set_issuer_name(certificate, name);
	(void)X509_set_pubkey(certificate, key);
	ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
	ck_assert_int_eq(SSL_CTX_use_certificate(context, certificate), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, key), 1);
	len = i2d_X509(certificate, &der);
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(base64_encode(der, (size_t)len, ret_base64), 0);
	OPENSSL_free(der);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return context;
}

static ssize_t receive(struct http_connection *c, char *data, size_t len)
{
	return c->tls ? SSL_read(c->tls, data, (int)len)
		      : read(c->fd, data, len);
}

static void send_text(struct http_connection *c, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = c->tls ? SSL_write(c->tls, text, (int)len)
				   : send(c->fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static bool receive_head(struct http_connection *c, char *head)
{
	size_t len = 0;

	head[0] = 0;
	while (!strstr(head, "\r\n\r\n")) {
		ssize_t n = receive(c, head + len, HEAD_SIZE - 1 - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		head[len] = 0;
	}
	return true;
}

static void remember(struct http_server *s, const char *head)
{
	size_t len = strlen(head);

	if (s->log_len + len < LOG_SIZE) {
		memcpy(s->log + s->log_len, head, len + 1);
		s->log_len += len;
	}
}

/* Until as many have been here as are awaited, and no request has arrived for a
 * while: then as many are here as will ever be at a time. */
static void hold(struct http_server *s)
{
	unsigned seen = 0;
	unsigned turns = 0;

	s->held++;
	if (s->held > s->max_held)
		s->max_held = s->held;
	do {
		struct timespec until;

		seen = s->arrivals;
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += QUIET_NS;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		(void)pthread_cond_timedwait(&s->changed, &s->lock, &until);
	} while (seen != s->arrivals ||
		(s->max_held < s->awaited && ++turns < MAX_QUIET_TURNS));
	s->held--;
}

/* The answer, or NULL to close. */
static const char *choose(struct http_server *s, const char *head)
{
	const char *answer = NULL;

	(void)pthread_mutex_lock(&s->lock);
	s->arrivals++;
	(void)pthread_cond_broadcast(&s->changed);
	remember(s, head);
	for (size_t i = 0; s->routes[i].path; i++) {
		const struct http_route *route = &s->routes[i];
		const char *path = strchr(head, '/');
		size_t len = strlen(route->path);

		if (!path || strncmp(path, route->path, len) != 0 ||
			(path[len] != ' ' && path[len] != '\r'))
			continue;
		if (s->failed[i] < route->fail_first) {
			s->failed[i]++;
			break;
		}
		if (route->hold)
			hold(s);
		answer = route->if_head && strstr(head, route->if_head)
			? route->then_response
			: route->response;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return answer;
}

static void send_answer(struct http_connection *c, const char *answer)
{
	const char *port = strstr(answer, "{port}");
	char text[16384];

	if (!port) {
		send_text(c, answer);
		return;
	}
	(void)snprintf(text, sizeof(text), "%.*s%u%s", (int)(port - answer),
		answer, c->server->port, port + strlen("{port}"));
	send_text(c, text);
}

static void *serve(void *userdata)
{
	struct http_connection *c = userdata;
	char head[HEAD_SIZE];
	const char *answer = NULL;

	if (c->server->tls) {
		c->tls = SSL_new(c->server->tls);
		(void)SSL_set_fd(c->tls, c->fd);
	}
	if ((!c->tls || SSL_accept(c->tls) == 1) && receive_head(c, head)) {
		answer = choose(c->server, head);
		if (answer)
			send_answer(c, answer);
	}
	if (c->tls)
		(void)SSL_shutdown(c->tls);
	SSL_free(c->tls);
	(void)shutdown(c->fd, SHUT_WR);
	/* Until the other end is done, so that nothing is lost to a reset. */
	while (read(c->fd, head, sizeof(head)) > 0)
		;
	(void)close(c->fd);
	(void)pthread_mutex_lock(&c->server->lock);
	c->server->open--;
	(void)pthread_cond_broadcast(&c->server->changed);
	(void)pthread_mutex_unlock(&c->server->lock);
	free(c);
	return NULL;
}

static bool serve_next(struct http_server *s)
{
	struct http_connection *c = calloc(1, sizeof(*c));
	pthread_t thread;

	if (!c)
		return false;
	c->server = s;
	c->fd = accept(s->fd, NULL, NULL);
	if (c->fd < 0) {
		free(c);
		return false;
	}
	(void)pthread_mutex_lock(&s->lock);
	s->open++;
	(void)pthread_mutex_unlock(&s->lock);
	if (pthread_create(&thread, NULL, serve, c) != 0)
		return false;
	(void)pthread_detach(thread);
	return true;
}

static void *accept_all(void *userdata)
{
	while (serve_next(userdata))
		;
	return NULL;
}

/* One a test: each runs in a process of its own. */
static struct http_server server;

struct http_server *http_server_start(const struct http_route *routes, bool tls)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);

	server.routes = routes;
	for (size_t i = 0; routes[i].path; i++)
		ck_assert_uint_lt(i, MAX_ROUTES);
	(void)pthread_mutex_init(&server.lock, NULL);
	(void)pthread_cond_init(&server.changed, NULL);
	server.tls = tls ? self_signed(&server.certificate) : NULL;
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(server.fd, 0);
	ck_assert_int_eq(bind(server.fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(server.fd, 64), 0);
	ck_assert_int_eq(
		getsockname(server.fd, (struct sockaddr *)&address, &len), 0);
	server.port = ntohs(address.sin_port);
	ck_assert_int_eq(
		pthread_create(&server.thread, NULL, accept_all, &server), 0);
	return &server;
}

void http_server_stop(void)
{
	struct timespec until;
	int r = 0;

	if (server.port == 0)
		return;
	(void)shutdown(server.fd, SHUT_RDWR);
	(void)pthread_join(server.thread, NULL);
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_SECONDS;
	(void)pthread_mutex_lock(&server.lock);
	while (server.open > 0 && r == 0)
		r = pthread_cond_timedwait(
			&server.changed, &server.lock, &until);
	ck_assert_uint_eq(server.open, 0);
	(void)pthread_mutex_unlock(&server.lock);
	(void)close(server.fd);
	SSL_CTX_free(server.tls);
	free(server.certificate);
}

uint16_t http_server_port(const struct http_server *s)
{
	return s->port;
}

const char *http_server_certificate(const struct http_server *s)
{
	return s->certificate;
}

char *http_server_requests(struct http_server *s)
{
	char *copy = NULL;

	(void)pthread_mutex_lock(&s->lock);
	copy = strdup(s->log);
	(void)pthread_mutex_unlock(&s->lock);
	ck_assert_ptr_nonnull(copy);
	return copy;
}

void http_server_await_held(struct http_server *s, unsigned count)
{
	(void)pthread_mutex_lock(&s->lock);
	s->awaited = count;
	(void)pthread_mutex_unlock(&s->lock);
}

unsigned http_server_max_held(struct http_server *s)
{
	unsigned held = 0;

	(void)pthread_mutex_lock(&s->lock);
	held = s->max_held;
	(void)pthread_mutex_unlock(&s->lock);
	return held;
}
