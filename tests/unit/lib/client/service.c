/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/client/service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/varlink/json-writer.h"
#include "tests/unit/contract.h"

#define STEP_MS 5

void service_init(struct service *s)
{
	*s = (struct service){
		.directory = "/tmp/certprov-unit-XXXXXX",
		.listener = -1,
		.wake = {-1, -1},
	};
	ck_assert_ptr_nonnull(mkdtemp(s->directory));
	(void)stpcpy(stpcpy(s->path, s->directory), "/socket");
	ck_assert_int_eq(pthread_mutex_init(&s->lock, NULL), 0);
}

void service_done(struct service *s)
{
	service_stop(s);
	ck_assert_msg(!*s->fault, "%s", s->fault);
	for (unsigned i = 0; i < s->log_count; i++)
		free(s->log[i]);
	(void)rmdir(s->directory);
	(void)pthread_mutex_destroy(&s->lock);
}

/* --- what the interface says --- */

/* The first fault is for the test to fail by: this may be the thread. */
static void note_fault(struct service *s, const char *fault)
{
	if (fault && !*s->fault)
		(void)snprintf(s->fault, sizeof(s->fault), "%s", fault);
}

static void check_call(struct service_connection *c, const char *text)
{
	CLEANUP(json_free) cJSON *call = cJSON_Parse(text);
	const char *method =
		cJSON_GetStringValue(cJSON_GetObjectItem(call, "method"));

	note_fault(c->service, contract_call_message(call));
	(void)snprintf(
		c->method, sizeof(c->method), "%s", method ? method : "");
}

/* As it is sent: with all its members. */
static char *prepare_reply(struct service_connection *c, const char *text)
{
	char *whole = NULL;

	if (!c->service->may_be_wrong)
		note_fault(
			c->service, contract_complete(c->method, text, &whole));
	return whole ? whole : strdup(text);
}

/* --- the thread --- */

static void accept_one(struct service *s)
{
	struct service_connection *c = NULL;
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

	s->deaf = fd < 0;
	if (s->deaf)
		return;
	(void)pthread_mutex_lock(&s->lock);
	ck_assert_uint_lt(s->accepted, SERVICE_CONNECTIONS);
	c = &s->connections[s->accepted];
	c->service = s;
	c->number = s->accepted++;
	c->open = true;
	varlink_socket_init(&c->socket, fd);
	(void)pthread_mutex_unlock(&s->lock);
}

static void hang_up(struct service_connection *c)
{
	varlink_socket_done(&c->socket);
	c->open = false;
}

static void keep(struct service *s, const char *text)
{
	ck_assert_uint_lt(s->log_count, ARRAY_SIZE(s->log));
	ck_assert_int_eq(string_replace(&s->log[s->log_count], text), 0);
	s->log_count++;
	s->messages++;
}

static void serve(struct service_connection *c)
{
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};
	const char *text = NULL;
	size_t len = 0;

	if (varlink_socket_receive(&c->socket) <= 0) {
		hang_up(c);
		return;
	}
	while (c->open &&
		varlink_socket_next(&c->socket, &text, &len, &fds) > 0) {
		keep(c->service, text);
		check_call(c, text);
		if (c->service->answer(c, text) == HANG_UP)
			hang_up(c);
	}
}

static void serve_ready(struct service *s, const struct pollfd *polled)
{
	(void)pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
		if (polled[i].revents && s->connections[i].open)
			serve(&s->connections[i]);
	(void)pthread_mutex_unlock(&s->lock);
}

static void *run(void *userdata)
{
	struct service *s = userdata;
	struct pollfd polled[SERVICE_CONNECTIONS + 2];
	struct pollfd *extra = &polled[SERVICE_CONNECTIONS];

	for (;;) {
		for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
			polled[i] = (struct pollfd){
				.fd = s->connections[i].open
					? s->connections[i].socket.fd
					: -1,
				.events = POLLIN,
			};
		extra[0] =
			(struct pollfd){s->deaf ? -1 : s->listener, POLLIN, 0};
		extra[1] = (struct pollfd){s->wake[0], POLLIN, 0};
		(void)poll(polled, ARRAY_SIZE(polled), -1);
		if (extra[1].revents)
			return NULL;
		serve_ready(s, polled);
		if (extra[0].revents)
			accept_one(s);
	}
}

/* --- life --- */

static void listen_there(struct service *s)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)stpcpy(address.sun_path, s->path);
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
		bind(s->listener, (struct sockaddr *)&address, sizeof(address)),
		0);
	ck_assert_int_eq(listen(s->listener, SERVICE_CONNECTIONS), 0);
}

int service_moment_ms(void)
{
	const char *factor = getenv("TEST_TIME_FACTOR");
	long times = factor ? strtol(factor, NULL, 10) : 1;

	return MOMENT_MS * (times > 1 && times < 1000 ? (int)times : 1);
}

void service_start(struct service *s, service_answer *answer, void *userdata)
{
	s->answer = answer;
	s->userdata = userdata;
	listen_there(s);
	ck_assert_int_eq(pipe2(s->wake, O_CLOEXEC), 0);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, run, s), 0);
}

void service_stop(struct service *s)
{
	if (s->listener < 0)
		return;
	s->wake[1] = fd_close(s->wake[1]);
	ck_assert_int_eq(pthread_join(s->thread, NULL), 0);
	s->wake[0] = fd_close(s->wake[0]);
	s->listener = fd_close(s->listener);
	for (size_t i = 0; i < SERVICE_CONNECTIONS; i++)
		if (s->connections[i].open)
			hang_up(&s->connections[i]);
	ck_assert_int_eq(unlink(s->path), 0);
}

/* --- talking --- */

void service_say_fd(
	struct service_connection *connection, const char *text, int fd)
{
	CLEANUP(free) char *reply = prepare_reply(connection, text);
	struct bytes b = {0};
	struct varlink_fds fds = {0};

	if (fd >= 0)
		(void)varlink_fds_add(&fds, fd);
	ck_assert_int_eq(bytes_copy(reply, strlen(reply) + 1, &b), 0);
	ck_assert_int_eq(
		varlink_socket_queue(&connection->socket, &b, &fds), 0);
	(void)varlink_socket_flush(&connection->socket);
}

void service_say(struct service_connection *connection, const char *text)
{
	service_say_fd(connection, text, -1);
}

void service_push(struct service *s, unsigned number, const char *text)
{
	(void)pthread_mutex_lock(&s->lock);
	ck_assert(s->connections[number].open);
	service_say(&s->connections[number], text);
	(void)pthread_mutex_unlock(&s->lock);
}

const char *service_message(struct service *s, unsigned index)
{
	const char *text = NULL;

	for (int waited = 0; waited < PATIENCE_MS && s->messages <= index;
		waited += STEP_MS)
		(void)poll(NULL, 0, STEP_MS);
	(void)pthread_mutex_lock(&s->lock);
	ck_assert_uint_gt(s->log_count, index);
	text = s->log[index];
	(void)pthread_mutex_unlock(&s->lock);
	return text;
}

struct certprov *service_handle(const struct service *s)
{
	struct certprov *c = NULL;

	ck_assert_int_eq(certprov_new(&c), 0);
	ck_assert_int_eq(certprov_set_socket(c, s->path), 0);
	ck_assert_int_eq(certprov_set_timeout(c, PATIENCE_MS), 0);
	return c;
}
