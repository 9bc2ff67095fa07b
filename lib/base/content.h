/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What bytes from the network are, by how they begin, when they are not what
 * was expected: so that a refusal can name the mistake. The one recogniser for
 * documents and certificates; lib/x509/decode-hint.h adds what is in DER.
 * Decides nothing. Cost: a few passes over the first CONTENT_MAX_BYTES.
 */
#ifndef CERTPROV_CONTENT_H
#define CERTPROV_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

/* Nothing behind them is looked at. */
#define CONTENT_MAX_BYTES ((size_t)64 * 1024)
/* Of a title or a line; longer ones are cut. */
#define CONTENT_EXCERPT_SIZE 128

enum content_kind {
	CONTENT_UNKNOWN,
	CONTENT_EMPTY,
	CONTENT_BLANK,
	CONTENT_XML,
	CONTENT_MARKUP, /* XML or HTML: a comment */
	CONTENT_WEB_PAGE,
	CONTENT_PHP_MESSAGE,
	CONTENT_PHP_SOURCE,
	CONTENT_JSON,
	CONTENT_INI,
	CONTENT_ASSIGNMENTS, /* name=value */
	CONTENT_TEXT,
	CONTENT_BASE64,
	CONTENT_UTF16,
	CONTENT_GZIP,
	CONTENT_ZIP,
	CONTENT_COMPRESSED, /* otherwise */
	CONTENT_JAVA_STORE,
	CONTENT_PDF,
	CONTENT_BINARY,
	/* PEM: the worst first, as a file may have several. */
	CONTENT_KEY, /* in DER as well */
	CONTENT_PEM_TRUSTED,
	CONTENT_PEM_REQUEST,
	CONTENT_PEM_CERTIFICATE,
	CONTENT_PEM_PKCS7,
	CONTENT_PEM_CRL,
	CONTENT_PEM_PUBLIC_KEY,
	CONTENT_PEM_OTHER,
	/* DER: recognised by lib/x509/decode-hint.h. */
	CONTENT_CERTIFICATE,
	CONTENT_PKCS7,
	CONTENT_PKCS12,
	CONTENT_REQUEST,
	CONTENT_CRL,
	CONTENT_PUBLIC_KEY,
	CONTENT_DER, /* something else, or cut */

	CONTENT__END
};

struct content {
	enum content_kind kind;
	/* The title of a web page, the message of PHP, the first line of
	 * text: as it is written, not escaped. May be empty. */
	char excerpt[CONTENT_EXCERPT_SIZE];
	size_t line; /* of the excerpt, from 1; 0: none */
};

/* "a web page, maybe an error page of the server"; NULL for
 * CONTENT_UNKNOWN. */
const char *content_name(enum content_kind kind);

void content_recognise(const void *data, size_t len, struct content *ret);

/* The text of markup, without its tags; what fits. */
void content_text(const void *data, size_t len, char ret[CONTENT_EXCERPT_SIZE]);

/* Only base64 and white space, and too long for a word. */
bool content_is_base64(const void *data, size_t len);

#endif
