/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/wiped-memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

void *wiped_memory_new(size_t len)
{
	return malloc(len);
}

void *wiped_memory_new_cleared(size_t count, size_t len)
{
	return calloc(count, len);
}

void wiped_memory_free(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* Never in realloc(3): what it leaves behind is not wiped. */
void *wiped_memory_resize(void *memory, size_t len)
{
	size_t room = memory ? malloc_usable_size(memory) : 0;
	void *other = NULL;

	if (memory && len == 0) {
		wiped_memory_free(memory);
		return NULL;
	}
	if (memory && len <= room && len > room / 2)
		return memory;
	other = malloc(len);
	if (!other)
		return NULL;
	if (memory)
		memcpy(other, memory, room < len ? room : len);
	wiped_memory_free(memory);
	return other;
}

char *wiped_memory_text(const char *text)
{
	return strdup(text);
}

static void *wiped_memory_openssl_new(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(len);
}

static void *wiped_memory_openssl_resize(
	void *memory, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return wiped_memory_resize(memory, len);
}

static void wiped_memory_openssl_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	wiped_memory_free(memory);
}

int wiped_memory_use(void)
{
	cJSON_Hooks hooks = {
		.malloc_fn = wiped_memory_new, .free_fn = wiped_memory_free};

	cJSON_InitHooks(&hooks);
	return CRYPTO_set_mem_functions(wiped_memory_openssl_new,
		       wiped_memory_openssl_resize,
		       wiped_memory_openssl_free) == 1
		? 0
		: -EBUSY;
}
