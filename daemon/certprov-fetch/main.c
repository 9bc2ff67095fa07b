/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certprov-fetch: the network and XML side of one provisioning run. See
 * certprov-fetch(8), and connection.c for what a run does.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/certprov-fetch/connection.h"
#include "daemon/certprov-fetch/listen.h"
#include "daemon/certprov-fetch/wiped-memory.h"
#include "lib/base/macros.h"
#include "lib/base/options.h"

#define FIRST_PASSED_FD 3

struct fetch_main_arguments {
	const char *listen;
	const char *user;
	const char *peer;
	bool help;
	bool version;
};

static const struct options_row options_table[] = {
	{"listen", 0, "PATH", "listen on this Unix socket, one process a run",
		offsetof(struct fetch_main_arguments, listen)},
	{"user", 0, "USER", "with --listen as root: become this user",
		offsetof(struct fetch_main_arguments, user)},
	{"peer", 0, "USER", "serve this user too, besides root and our own",
		offsetof(struct fetch_main_arguments, peer)},
	{"help", 0, NULL, "show this",
		offsetof(struct fetch_main_arguments, help)},
	{"version", 0, NULL, "show the version",
		offsetof(struct fetch_main_arguments, version)},
};

static void fetch_main_help(void)
{
	(void)printf("usage: certprov-fetch --listen=PATH [--user=USER] "
		     "[--peer=USER]\n"
		     "       LISTEN_FDS=1 certprov-fetch [--peer=USER]\n\n");
	options_print_help(options_table, ARRAY_SIZE(options_table), stdout);
}

/* 0, or -EINVAL when it has been said what is wrong. */
static int fetch_main_parse(
	int argc, char **argv, struct fetch_main_arguments *ret)
{
	int rest = options_parse(
		options_table, ARRAY_SIZE(options_table), argc, argv, ret);

	if (rest >= 0 && rest < argc)
		(void)fprintf(stderr, "certprov-fetch: %s is no option\n",
			argv[rest]);
	return rest == argc ? 0 : -EINVAL;
}

/* The number of this process, or unset, as when started by hand. */
static bool fetch_main_is_for_us(const char *pid)
{
	return !pid || strtol(pid, NULL, 10) == (long)getpid();
}

static bool fetch_main_was_passed(void)
{
	const char *count = getenv("LISTEN_FDS");

	return count && strcmp(count, "1") == 0 &&
		fetch_main_is_for_us(getenv("LISTEN_PID"));
}

static int fetch_main_serve_passed(const struct fetch_main_arguments *a)
{
	struct allowed_peer peer = {0};
	gid_t gid = 0;

	if (a->peer && listen_find_user(a->peer, &peer.uid, &gid) < 0) {
		(void)fprintf(stderr, "certprov-fetch: no user %s\n", a->peer);
		return EXIT_USAGE;
	}
	peer.has_uid = a->peer != NULL;
	return (int)connection_serve(FIRST_PASSED_FD, &peer);
}

int main(int argc, char **argv)
{
	struct fetch_main_arguments a = {0};

	if (wiped_memory_use() < 0) {
		(void)fputs(
			"certprov-fetch: memory is in use too early\n", stderr);
		return EXIT_RUN_FAILED;
	}
	if (fetch_main_parse(argc, argv, &a) < 0)
		return EXIT_USAGE;
	if (a.help) {
		fetch_main_help();
		return EXIT_SUCCESS;
	}
	if (a.version) {
		(void)printf("certprov-fetch %s\n", CERTPROV_VERSION);
		return EXIT_SUCCESS;
	}
	if (a.listen)
		return listen_run(&(struct listen_options){
			.path = a.listen, .user = a.user, .peer = a.peer});
	if (fetch_main_was_passed())
		return fetch_main_serve_passed(&a);
	(void)fprintf(stderr,
		"certprov-fetch: neither --listen nor a passed connection; "
		"certprovd starts runs, see certprov-fetch --help\n");
	return EXIT_USAGE;
}
