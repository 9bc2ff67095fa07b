/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as hexadecimal text.
 */
#ifndef CERTPROV_HEX_H
#define CERTPROV_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Lower-case hex; ret has room for 2 * len + 1 characters. */
void hex_format(const uint8_t *data, size_t len, char *ret);
/* Exactly len bytes of hex in either case, nothing else: 0 or -EINVAL. */
int hex_parse(const char *text, uint8_t *ret, size_t len);

#endif
