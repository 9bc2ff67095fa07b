/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document tells whoever reads it: its elements, how it ended, and how
 * large everything may be. Types of document.h.
 */
#ifndef CERTPROV_FETCH_DOCUMENT_EVENTS_H
#define CERTPROV_FETCH_DOCUMENT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/provisioning/markup.h"
#include "lib/verdict/mistake.h"
#include "lib/verdict/verdict.h"

/* Distinct names of elements, attributes and namespaces in one document, and
 * what they may take together. */
#define DOCUMENT_MAX_NAMES 4096
#define DOCUMENT_MAX_NAME_BYTES ((size_t)512 * 1024)
/* Elements inside each other. */
#define DOCUMENT_MAX_DEPTH 64
/* One tag, comment or processing instruction, as UTF-8. */
#define DOCUMENT_MAX_MARKUP_BYTES ((size_t)256 * 1024)
/* Value of one attribute. */
#define DOCUMENT_MAX_ATTRIBUTE_BYTES ((size_t)64 * 1024)
/* Text of one certificate: base64 of 64 KiB in lines; runs of white space
 * count as one. */
#define DOCUMENT_MAX_CERTIFICATE_BYTES ((size_t)100000)
/* Value of one setting. */
#define DOCUMENT_MAX_SETTING_BYTES ((size_t)64 * 1024)

/* How a report names the limits that end a document. */
#define DOCUMENT_NO_KEY "; no key of certprovd.conf raises this limit"
#define DOCUMENT_TOO_DEEP                                                      \
	"elements are more than 64 deep inside each other" DOCUMENT_NO_KEY
#define DOCUMENT_TOO_MANY_NAMES                                                \
	"it has more than 4,096 different names of elements and "              \
	"attributes" DOCUMENT_NO_KEY
#define DOCUMENT_TOO_LONG_NAMES                                                \
	"the different names of its elements and attributes have more than "   \
	"524,288 bytes" DOCUMENT_NO_KEY
#define DOCUMENT_TOO_LONG_MARKUP                                               \
	"a tag, comment or instruction has more than 262,144 "                 \
	"bytes" DOCUMENT_NO_KEY
#define DOCUMENT_TOO_LONG_ATTRIBUTE                                            \
	"an attribute has more than 65,536 bytes" DOCUMENT_NO_KEY

/* A child of <certificates>; exactly one of url and text is there. All
 * strings below are borrowed and end with the call back. */
struct document_certificate {
	const char *url;    /* as written, variables and all */
	const char *text;   /* of type="base64", unchecked; runs of white space
			       are one newline */
	const char *sha256; /* NULL when there is none */
	int64_t line;
};

/* A child of <phone-settings>. */
struct document_setting {
	const char *name;
	const char *value; /* never NULL: empty means set to empty */
	const char *index; /* the rest NULL when there is none */
	const char *perm;
	const char *action;
	int64_t line;
	/* Where the value begins; -1: its line ends are not those of the
	 * document, because they are written as references, say. */
	int64_t text_line;
};

/* What an element is, or is taken for. */
enum document_kind {
	DOCUMENT_LINK,
	DOCUMENT_CERTIFICATE,
	DOCUMENT_SETTING,
};

/* An element that cannot be used. */
struct document_refusal {
	enum document_kind kind;
	const char *element; /* its name, without a prefix */
	const char *url;     /* or NULL */
	const char *detail;
	enum verdict verdict;
	struct markup markup; /* how it should have been written */
	int64_t line;         /* of the start tag, as everywhere here */
};

/* None may be NULL. A negative errno stops the document. */
struct document_handler {
	int (*link)(void *userdata, const char *url, int64_t line);
	int (*certificate)(
		void *userdata, const struct document_certificate *c);
	int (*setting)(void *userdata, const struct document_setting *s);
	/* Positive: no more certificates that stand elsewhere. */
	int (*refused)(void *userdata, const struct document_refusal *r);
};

#define DOCUMENT_DETAIL_SIZE 400
/* How it ended. */
struct document_result {
	enum verdict verdict;
	int64_t line; /* 0: does not apply */
	int64_t column;
	char detail[DOCUMENT_DETAIL_SIZE]; /* UTF-8; may be empty */
	enum mistake mistake;              /* decides the remedy */
};

#endif
