/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's queue of errors, which every call leaves empty. */
#ifndef CERTPROV_OPENSSL_ERRORS_H
#define CERTPROV_OPENSSL_ERRORS_H

#include <stdbool.h>

#include <openssl/err.h>

/* A verdict does this a dozen times, and ERR_clear_error() empties each of the
 * queue's places, also when none is taken. */
static inline void openssl_clear_errors(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

/* Did memory run out? Empties the queue. */
static inline bool openssl_was_out_of_memory(void)
{
	bool found = false;
	unsigned long e = 0;

	while ((e = ERR_get_error()) != 0)
		found = found || ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE;
	return found;
}

#endif
