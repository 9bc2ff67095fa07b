/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What json_check lets through, cJSON parses, and what cJSON then prints is
 * let through again and means the same. But for numbers beyond 2^53: written
 * with an exponent they are let through, and cJSON may print them without.
 */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/varlink/json-check.h"
#include "lib/varlink/json-fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXACT_MAX 9007199254740992.0
#define DEPTH 17

static bool is_exact(const cJSON *item)
{
	return !cJSON_IsNumber(item) ||
		(item->valuedouble <= EXACT_MAX &&
			item->valuedouble >= -EXACT_MAX);
}

/* json_check bounds the depth. */
static bool is_all_exact(const cJSON *root)
{
	const cJSON *next[DEPTH] = {root};
	size_t depth = 1;

	while (depth > 0) {
		const cJSON *item = next[depth - 1];

		if (!item) {
			depth--;
			continue;
		}
		if (!is_exact(item))
			return false;
		next[depth - 1] = item->next;
		if (item->child && depth < DEPTH)
			next[depth++] = item->child;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	CLEANUP(json_free) cJSON *first = NULL;
	CLEANUP(json_free) cJSON *second = NULL;
	CLEANUP(free) char *printed = NULL;

	if (json_check(text, size, NULL) < 0)
		return 0;
	if (utf8_valid_bytes(text, size) != size)
		abort();
	first = cJSON_ParseWithLength(text, size);
	if (!first)
		abort();
	if (!is_all_exact(first))
		return 0;
	printed = cJSON_PrintUnformatted(first);
	if (!printed || json_check(printed, strlen(printed), NULL) < 0)
		abort();
	second = cJSON_Parse(printed);
	if (!second || !cJSON_Compare(first, second, 1))
		abort();
	return 0;
}
