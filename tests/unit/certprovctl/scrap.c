/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprovctl/scrap.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tests/unit/runner.h"

#define MAX_SCRAPS 4
#define PATH_SIZE 64

static char paths[MAX_SCRAPS][PATH_SIZE];
static size_t count;

void scrap_setup(void)
{
	count = 0;
}

void scrap_teardown(void)
{
	while (count > 0)
		ck_assert_int_eq(unlink(paths[--count]), 0);
	pki_free_all();
}

const char *scrap_new(void)
{
	int fd = -1;

	ck_assert_uint_lt(count, MAX_SCRAPS);
	strcpy(paths[count], "/tmp/certprovctl-scrap-XXXXXX");
	fd = mkstemp(paths[count]);
	ck_assert_int_ge(fd, 0);
	fd_close(fd);
	return paths[count++];
}

void scrap_add(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "ae");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

void scrap_add_text(const char *path, const char *text)
{
	scrap_add(path, text, strlen(text));
}

void scrap_add_pem(const char *path, const struct pki_cert *c)
{
	FILE *f = fopen(path, "ae");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(PEM_write_X509(f, c->x509), 1);
	ck_assert_int_eq(fclose(f), 0);
}

const char *scrap_words(const char *words, const char *path)
{
	static char all[512];

	ck_assert_int_lt(snprintf(all, sizeof(all), "%s %s", words, path),
		(int)sizeof(all));
	return all;
}
