/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mistakes in documents, each with the remedy that helps against it: where one
 * verdict has several causes, the fetcher names the mistake and the remedy is
 * taken from here. Decides nothing.
 */
#ifndef CERTPROV_MISTAKE_H
#define CERTPROV_MISTAKE_H

enum mistake {
	MISTAKE_NONE, /* the remedy is the verdict's own */
	/* Bytes that are no XML. */
	MISTAKE_WEB_PAGE,
	MISTAKE_CAPTIVE_PORTAL,
	MISTAKE_PHP_MESSAGE,
	MISTAKE_PHP_SOURCE,
	MISTAKE_JSON,
	MISTAKE_OTHER_SETTINGS, /* as other phones read them */
	MISTAKE_PLAIN_TEXT,
	MISTAKE_COMPRESSED,
	MISTAKE_CERTIFICATE_FILE,
	MISTAKE_PRIVATE_KEY,
	MISTAKE_BINARY,
	/* The root. */
	MISTAKE_ROOT_NAME,
	MISTAKE_ROOT_NAMESPACE,
	MISTAKE_ROOT_ELEMENT, /* a part of a document */
	MISTAKE_ROOT_FOREIGN,
	/* XML that is not well-formed. */
	MISTAKE_AMPERSAND,
	MISTAKE_ENTITY,
	MISTAKE_LESS_THAN,
	MISTAKE_QUOTES,
	MISTAKE_ATTRIBUTE,
	MISTAKE_END_TAG,
	MISTAKE_CUT_OFF,
	MISTAKE_DECLARATION,
	MISTAKE_BEFORE_DECLARATION,
	MISTAKE_AFTER_ROOT,
	MISTAKE_CHARACTER,
	MISTAKE_ENCODING,
	MISTAKE_COMMENT,
	MISTAKE_CDATA,

	MISTAKE__END
};

/* Its name in messages; NULL for none. */
const char *mistake_name(enum mistake m);
/* By its name; MISTAKE_NONE for NULL and for what is not known. */
enum mistake mistake_find(const char *name);
/* A template as in verdict.h; NULL for none. */
const char *mistake_remedy(enum mistake m);

#endif
