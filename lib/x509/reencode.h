/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does OpenSSL encode a certificate as it was? Finds what der_is_canonical()
 * does not know, such as unused bits in an implicitly tagged bit string.
 */
#ifndef CERTPROV_REENCODE_H
#define CERTPROV_REENCODE_H

#include <stdbool.h>

#include "lib/base/bytes.h"

/* Of DER, as far as der_is_canonical() knows, that OpenSSL has decoded before.
 * 0 or -ENOMEM. */
int reencode_is_same(const struct bytes *der, bool *ret);

#endif
