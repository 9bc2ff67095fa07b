/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What bytes are if they are not a certificate in DER, so that a refusal can
 * name the mistake and the command that corrects it. Decides nothing.
 */
#ifndef CERTPROV_DECODE_HINT_H
#define CERTPROV_DECODE_HINT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/content.h"

/* Constant strings; convert may be NULL. */
struct decode_hint {
	const char *what;    /* "a PEM file" */
	const char *convert; /* a command; FILE is a placeholder */
};

/* True and what it is; false, and *ret untouched, when it is not known. */
bool decode_hint(const void *data, size_t len, struct decode_hint *ret);

/* The same for bytes that may be anything, also a certificate: what documents
 * are that are no XML. */
void decode_recognise(const void *data, size_t len, struct content *ret);

#endif
