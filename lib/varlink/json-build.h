/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cJSON's tree of a text that json_check has passed, as cJSON itself makes it,
 * but without looking at each character again: nearly all of a question is
 * base64. What is not just copied is left to cJSON.
 */
#ifndef CERTPROV_JSON_BUILD_H
#define CERTPROV_JSON_BUILD_H

#include <cjson/cJSON.h>
#include <stddef.h>

/* NULL: no memory. Only for what json_check or json_check_call takes; nothing
 * is checked here. */
cJSON *json_build(const char *text, size_t len);

#endif
