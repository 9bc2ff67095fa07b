/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-local DIRECTORY SOCKET COUNT - verifies one known leaf COUNT times in
 * local mode, between two calls of getppid, so that strace shows what else
 * enters the kernel.
 */
#include <stdlib.h>
#include <unistd.h>

#include "lib/client/certprov-openssl.h"
#include "tests/bench/bench.h"
#include "tests/bench/question.h"

static struct question_set set;

static void verify(struct certprov_local *l)
{
	struct certprov_der chain[] = {
		{set.leaves[0].data, set.leaves[0].len},
		{set.intermediate.data, set.intermediate.len},
	};
	struct certprov_verdict *v = NULL;

	must(certprov_local_verify(l, chain, ARRAY_SIZE(chain), BENCH_HOST,
		     CERTPROV_HTTPS, &v),
		"local mode");
	if (certprov_verdict_trusted(v) != 1)
		die("not trusted: %s", certprov_verdict_reason(v));
	certprov_verdict_free(v);
}

int main(int argc, char **argv)
{
	struct certprov *like = NULL;
	struct certprov_local *local = NULL;
	unsigned long count = 0;

	if (argc != 4)
		die("usage: bench-local DIRECTORY SOCKET COUNT");
	question_load(argv[1], "rsa", &set);
	must(certprov_new(&like), "libcertprov");
	must(certprov_set_socket(like, argv[2]), "libcertprov");
	must(certprov_local_new(like, CERTPROV_LOCAL_SILENT, &local),
		"local mode");
	verify(local);
	verify(local);
	count = strtoul(argv[3], NULL, 10);
	(void)getppid();
	for (unsigned long i = 0; i < count; i++)
		verify(local);
	(void)getppid();
	certprov_local_free(local);
	certprov_free(like);
	question_set_done(&set);
	return 0;
}
