/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is this, if it is no certificate in DER form? Looks at shapes only,
 * so that a refusal can name the mistake and the command that cures it; no
 * decision rests on it.
 */
#ifndef CERTPROV_RECOGNISE_H
#define CERTPROV_RECOGNISE_H

#include <stdbool.h>
#include <stddef.h>

/* Constant strings; convert may be NULL. */
struct recognised {
	const char *what;    /* "a PEM file" */
	const char *convert; /* a command, FILE standing for the file */
};

/* True and what it is; false, *ret untouched, when it is nothing known. */
bool recognise(const void *data, size_t len, struct recognised *ret);

/* Nothing but base64 and white space, and long enough to be meant so. */
bool recognise_base64(const void *data, size_t len);

#endif
