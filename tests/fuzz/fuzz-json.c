/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What json_check lets through, cJSON parses, and what cJSON then prints is
 * let through again and means the same.
 */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-check.h"
#include "lib/json-fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	printed = cJSON_PrintUnformatted(first);
	if (!printed || json_check(printed, strlen(printed), NULL) < 0)
		abort();
	second = cJSON_Parse(printed);
	if (!second || !cJSON_Compare(first, second, 1))
		abort();
	return 0;
}
