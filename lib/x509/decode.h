/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict decoding of certificates that are offered: exactly one, exactly DER,
 * no extension that OpenSSL calls invalid. A refusal says what the bytes are
 * and how to convert them. Never accepts another format, and decides nothing
 * about trust.
 */
#ifndef CERTPROV_DECODE_H
#define CERTPROV_DECODE_H

#include "lib/verdict/verdict.h"
#include "lib/x509/certificate.h"

/* Text of a base64 element, white space included. */
#define DECODE_MAX_BASE64_BYTES ((size_t)256 * 1024)

/* Why not. Constant strings, or NULL. */
struct decode_refusal {
	enum verdict verdict;
	/* For the fact `detail`: "a PEM file" with NOT_DER and NOT_BASE64, a
	 * phrase such as "it is cut short" with the others. */
	const char *what;
	/* For the fact `clause`; NULL: the verdict's own. */
	const char *clause;
	/* For the fact `convert`: a command; FILE is a placeholder for the
	 * file. */
	const char *convert;
};

/*
 * 0 and a new reference; or 0, *ret NULL and the refusal: TOO_LARGE,
 * NOT_DER, TRAILING_DATA, NOT_CANONICAL, MALFORMED, INVALID_EXTENSION; or
 * -ENOMEM.
 */
int decode_der(const void *data, size_t len, struct certificate **ret,
	struct decode_refusal *ret_refusal);

/*
 * Decode base64 (RFC 4648 section 4, padded) with any ASCII white space. The
 * bytes are not examined, except that base64 within base64 is refused.
 * 0 and the bytes; or 0, ret_der->data NULL and the refusal: TOO_LARGE,
 * NOT_BASE64, NOT_DER; or -ENOMEM.
 */
int decode_base64(const char *text, size_t len, struct bytes *ret_der,
	struct decode_refusal *ret_refusal);

#endif
