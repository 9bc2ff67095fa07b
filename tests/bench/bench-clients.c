/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight clients at once:
 *
 *	bench-clients DIRECTORY DAEMON-SOCKET ECHO-SOCKET DIRMNGR-HOME PLACE
 *		[CPU]
 *
 * on the processor that all is on; or on processor CPU, and the servers stay
 * behind on the one they are on, which makes figures of its own.
 *
 * Each client is a thread with a connection of its own. In every round, in
 * turn: leaves that nobody has seen, as many to the daemon and to dirmngr
 * (which listens below PLACE); then one known leaf, to the daemon and to
 * bench-echo. A figure is the ratio of answers in a second, from the moment
 * all begin until the last has ended.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/string.h"
#include "tests/bench/bench.h"
#include "tests/bench/dirmngr.h"
#include "tests/bench/question.h"

/* A known leaf is asked about so often by each client in a round. */
#define REPEATS 500

enum whom { DAEMON_NEW, DIRMNGR_NEW, DAEMON_AGAIN, ECHO_AGAIN, WHOM__END };

struct client {
	pthread_t thread;
	unsigned number;
	int daemon;
	int echo;
	struct dirmngr *dirmngr; /* or NULL */
};

static struct question_set set;
static struct client clients[BENCH_CLIENTS];
static pthread_barrier_t begin;
static enum whom whom;
static unsigned round_number;

static bool ask(const struct client *c, size_t leaf)
{
	switch (whom) {
	case DIRMNGR_NEW:
		return dirmngr_validate(
			c->dirmngr, &set.leaves[leaf], &set.intermediate);
	case ECHO_AGAIN:
		return question_is_trusted(
			bench_exchange(c->echo, &set.messages[0]));
	case DAEMON_NEW:
	case DAEMON_AGAIN:
	case WHOM__END:
		break;
	}
	return question_is_trusted(
		bench_exchange(c->daemon, &set.messages[leaf]));
}

static void *run_client(void *userdata)
{
	const struct client *c = userdata;
	bool again = whom == DAEMON_AGAIN || whom == ECHO_AGAIN;
	size_t first =
		1 + (round_number * BENCH_CLIENTS + c->number) * BENCH_A_CLIENT;
	size_t count = again ? REPEATS : BENCH_A_CLIENT;

	(void)pthread_barrier_wait(&begin);
	for (size_t i = 0; i < count; i++)
		if (!ask(c, again ? 0 : first + i))
			die("not trusted");
	return NULL;
}

/* Answers in a second. */
static double measure(void)
{
	int64_t since = 0;
	size_t each = whom == DAEMON_AGAIN || whom == ECHO_AGAIN
		? REPEATS
		: BENCH_A_CLIENT;

	for (size_t i = 0; i < BENCH_CLIENTS; i++)
		if (pthread_create(&clients[i].thread, NULL, run_client,
			    &clients[i]) != 0)
			die("no thread");
	(void)pthread_barrier_wait(&begin);
	since = now_ns();
	for (size_t i = 0; i < BENCH_CLIENTS; i++)
		(void)pthread_join(clients[i].thread, NULL);
	return (double)(BENCH_CLIENTS * each) * 1e9 /
		(double)(now_ns() - since);
}

static void teach(int echo, const char *reply)
{
	CLEANUP(bytes_done) struct bytes same = {0};

	must(bytes_copy(reply, strlen(reply) + 1, &same), "memory");
	(void)bench_exchange(echo, &same);
}

/* All are asked about the one leaf that is in no round. False: no dirmngr. */
static bool meet(char **argv, const char *dirmngr)
{
	bool all = dirmngr != NULL;

	for (unsigned i = 0; i < BENCH_CLIENTS; i++) {
		struct client *c = &clients[i];

		*c = (struct client){.number = i,
			.daemon = bench_connect(argv[2]),
			.echo = bench_connect(argv[3])};
		teach(c->echo, bench_exchange(c->daemon, &set.messages[0]));
		if (all)
			c->dirmngr = dirmngr_connect(dirmngr);
		all = all && c->dirmngr &&
			dirmngr_validate(
				c->dirmngr, &set.leaves[0], &set.intermediate);
	}
	return all;
}

/* The clients, which are begun later, are on this processor; not dirmngr. */
static void move_to(const char *cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)strtoul(cpu, NULL, 10), &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		die("there is no processor %s", cpu);
}

static const struct figure figures[][2] = {
	{{.name = "clients-new",
		 .what = "8 clients, leaves never seen: daemon / dirmngr, "
			 "which becomes slower the longer it runs"},
		{.name = "clients-repeated",
			.what = "8 clients, one leaf again and again: "
				"daemon / echo server"}},
	{{.name = "clients-apart-new",
		 .what = "8 clients on another processor than the server, "
			 "leaves never seen: daemon / dirmngr"},
		{.name = "clients-apart-repeated",
			.what = "8 clients on another processor than the "
				"server, one leaf again and again: daemon / "
				"echo server, which has two speeds there"}},
};

static void tell(const struct figure *f, const double over[BENCH_ROUNDS],
	const double under[BENCH_ROUNDS])
{
	struct figure whole = *f;

	whole.style = "rsa";
	whole.unit = "/s";
	bench_ratio(&whole, over, under);
}

static void run(bool dirmngr, const struct figure figure[2])
{
	static double rate[WHOM__END][BENCH_ROUNDS];

	bench_begin();
	for (round_number = 0; round_number < BENCH_ROUNDS; round_number++)
		for (whom = 0; whom < WHOM__END; whom++)
			if (whom != DIRMNGR_NEW || dirmngr)
				rate[whom][round_number] = measure();
	if (dirmngr)
		tell(&figure[0], rate[DAEMON_NEW], rate[DIRMNGR_NEW]);
	else
		bench_skip(figure[0].name, "rsa",
			"dirmngr is not here, or does not validate this");
	tell(&figure[1], rate[DAEMON_AGAIN], rate[ECHO_AGAIN]);
}

int main(int argc, char **argv)
{
	CLEANUP(free) char *path = NULL;
	struct dirmngr *d = NULL;
	bool apart = argc == 7;

	if (argc != 6 && !apart)
		die("usage: bench-clients DIRECTORY DAEMON ECHO DIRMNGR PLACE "
		    "[CPU]");
	must(string_format(&path, "%s/dirmngr", argv[5]), "memory");
	question_load(argv[1], "rsa", &set);
	(void)pthread_barrier_init(&begin, NULL, BENCH_CLIENTS + 1);
	if (strcmp(argv[4], "-") != 0)
		d = dirmngr_listen(argv[4], path);
	if (apart)
		move_to(argv[6]);
	run(meet(argv, d ? path : NULL), figures[apart]);
	for (size_t i = 0; i < BENCH_CLIENTS; i++) {
		dirmngr_stop(clients[i].dirmngr);
		(void)close(clients[i].daemon);
		(void)close(clients[i].echo);
	}
	dirmngr_stop(d);
	question_set_done(&set);
	return 0;
}
