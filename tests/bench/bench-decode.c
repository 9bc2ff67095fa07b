/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-decode DIRECTORY COUNT - how many certificates in a second one process
 * decodes (d2i_X509, its key, and free): the first COUNT of roots.der.
 */
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"

int main(int argc, char **argv)
{
	struct bytes all = {0};
	const unsigned char *at = NULL;
	int64_t since = 0;
	size_t count = 0;

	if (argc != 3)
		die("usage: bench-decode DIRECTORY COUNT");
	count = strtoul(argv[2], NULL, 10);
	all = bench_read(argv[1], "roots.der");
	at = all.data;
	since = now_ns();
	for (size_t i = 0; i < count; i++) {
		X509 *x = d2i_X509(NULL, &at, (long)(all.data + all.len - at));

		if (!x || !X509_get0_pubkey(x))
			die("certificate %zu does not decode", i);
		X509_free(x);
	}
	(void)printf(
		"%.1f\n", (double)count * 1e9 / (double)(now_ns() - since));
	bytes_done(&all);
	return 0;
}
