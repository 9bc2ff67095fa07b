/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/x509/openssl-memory.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static unsigned left; /* blocks until the one that is refused */
static bool refused;
static _Atomic size_t blocks;

static bool openssl_memory_refuses(void)
{
	if (left == 0 || --left > 0)
		return false;
	refused = true;
	return true;
}

static void *openssl_memory_allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	void *block = openssl_memory_refuses() ? NULL : malloc(size);

	blocks += block != NULL;
	return block;
}

static void *openssl_memory_reallocate(
	void *block, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	void *more = openssl_memory_refuses() ? NULL : realloc(block, size);

	blocks += !block && more;
	return more;
}

static void openssl_memory_free(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	blocks -= block != NULL;
	free(block);
}

void openssl_memory_install(void)
{
	if (CRYPTO_set_mem_functions(openssl_memory_allocate,
		    openssl_memory_reallocate, openssl_memory_free) != 1)
		abort();
}

void openssl_memory_fails_at(unsigned n)
{
	left = n;
	refused = false;
}

bool openssl_memory_did_fail(void)
{
	return refused;
}

size_t openssl_memory_blocks(void)
{
	return blocks;
}
