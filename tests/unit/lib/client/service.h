/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service with the manners a test wants, in a thread of its own: it answers
 * each message by a function of the test, and keeps what it was sent.
 */
#ifndef CERTPROV_TESTS_CLIENT_SERVICE_H
#define CERTPROV_TESTS_CLIENT_SERVICE_H

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "lib/client/certprov.h"
#include "lib/varlink/varlink-socket.h"

#define PATIENCE_MS 20000 /* for what must happen */
#define MOMENT_MS 30      /* for what must not */
#define LONG_MOMENT_MS 120
/* MOMENT_MS where everything is as slow as tests/run expects: time enough for
 * what comes at once. */
int service_moment_ms(void);
#define SERVICE_CONNECTIONS 64

struct service;

/* One connection. number counts from 0. */
struct service_connection {
	struct service *service;
	unsigned number;
	struct varlink_socket socket;
	bool open;
	char method[64]; /* of the last call */
};

enum manners {
	STAY,
	HANG_UP,
};

/* Answer a message, by service_say or not at all. In the thread. */
typedef enum manners service_answer(
	struct service_connection *connection, const char *text);

struct service {
	char directory[32];
	char path[64];
	int listener;
	bool deaf;   /* the listener was shut down by the test */
	int wake[2]; /* closing the second ends the thread */
	pthread_t thread;
	service_answer *answer;
	void *userdata;    /* the test's */
	bool may_be_wrong; /* replies need not be what the interface says */
	char fault[512];   /* what was not; fails the test at its end */
	atomic_uint accepted;
	atomic_uint messages;
	pthread_mutex_t lock; /* over what follows */
	char *log[1024];      /* every message */
	unsigned log_count;
	struct service_connection connections[SERVICE_CONNECTIONS];
};

/* A directory and a path, nobody there yet. */
void service_init(struct service *s);
void service_done(struct service *s); /* also ends it */
void service_start(struct service *s, service_answer *answer, void *userdata);
/* Closes all connections and the listener, as a daemon that ends. */
void service_stop(struct service *s);

/* In answers: send text (and a descriptor, which is taken, unless -1). */
void service_say(struct service_connection *connection, const char *text);
void service_say_fd(
	struct service_connection *connection, const char *text, int fd);
/* From the test: the same on connection `number`, when the thread is idle. */
void service_push(struct service *s, unsigned number, const char *text);

/* A message received; waits for it. Lives as long as the service. */
const char *service_message(struct service *s, unsigned index);

/* A handle for it. */
struct certprov *service_handle(const struct service *s);

#endif
