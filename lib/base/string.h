/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings in memory of their own.
 */
#ifndef CERTPROV_STRING_H
#define CERTPROV_STRING_H

#include <stdbool.h>

#include "lib/base/macros.h"

/* printf into new memory that the caller frees. 0 or -ENOMEM. */
int string_format(char **ret, const char *format, ...) PRINTF_LIKE(2, 3);
/* Replace *text by a copy of value (NULL for none); 0 or -ENOMEM. */
int string_replace(char **text, const char *value);

/* A and B are equal; NULL equals only NULL. */
bool string_equal(const char *a, const char *b);

#endif
