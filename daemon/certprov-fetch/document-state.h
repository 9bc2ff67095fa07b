/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of a document share: document.c reads it, document-elements.c
 * delivers what is in it, document-error.c says what is wrong with it. For
 * those alone.
 */
#ifndef CERTPROV_FETCH_DOCUMENT_STATE_H
#define CERTPROV_FETCH_DOCUMENT_STATE_H

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "daemon/certprov-fetch/document-bytes.h"
#include "daemon/certprov-fetch/document-events.h"
#include "daemon/certprov-fetch/document-grammar.h"
#include "daemon/certprov-fetch/text-buffer.h"

/* The beginning is kept to tell what it is if it is not XML. */
#define DOCUMENT_HEAD_BYTES 4096
/* Four places inside each other, and the document itself. */
#define MAX_LEVEL 5

/* The attributes we know, and where they are kept until the end tag. */
enum attribute {
	ATTRIBUTE_URL,
	ATTRIBUTE_TYPE,
	ATTRIBUTE_SHA256,
	ATTRIBUTE_IDX,
	ATTRIBUTE_PERM,
	ATTRIBUTE_ACTION,
	ATTRIBUTE__END
};

/* The element that is being read. */
struct element {
	char *name;
	char *attributes[ATTRIBUTE__END];
	int64_t line;
	bool has_child;
};

/* A start tag whose end tag is still to come; the name is the parser's. */
struct open_element {
	const xmlChar *prefix;
	const xmlChar *name;
	int64_t line;
};

struct document {
	const struct document_handler *handler;
	void *userdata;
	xmlParserCtxtPtr parser;
	enum grammar_place places[MAX_LEVEL]; /* [0] is the document */
	size_t level;
	size_t depth;
	size_t skipping; /* elements open inside what is skipped */
	struct element element;
	struct text_buffer text;
	struct open_element open[DOCUMENT_MAX_DEPTH]; /* [0] is the root */
	struct document_bytes bytes;
	char head[DOCUMENT_HEAD_BYTES + 1];
	size_t head_len;
	bool has_root;
	bool ending;  /* no more bytes will come */
	bool judging; /* the parser is done: what is it? Else the result. */
	bool decided;
	struct document_result result;
	int error; /* negative errno that ended it */
};

/* Decided once; what comes later does not count. */
void document_decide(struct document *d, enum verdict verdict, int64_t line,
	const char *detail);
/* Decided, and the parser reads no more: for a mistake, or without one. */
void document_stop_for(struct document *d, enum verdict verdict,
	enum mistake mistake, int64_t line, const char *detail);
void document_stop(struct document *d, enum verdict verdict, int64_t line,
	const char *detail);
/* The parser reads no more; when its beginning is there, document_conclude()
 * decides: this, unless it is something else than XML. */
void document_judge(struct document *d, enum verdict verdict,
	enum mistake mistake, int64_t line, const char *detail);
/* It could not be done: a negative errno. */
void document_fail(struct document *d, int error);
bool document_is_over(const struct document *d);
/* Where the parser stands. */
int64_t document_current_line(const struct document *d);
/* Of the start tag the parser has just read. */
int64_t document_line_of_tag(const struct document *d);

/* document-elements.c: an element that is delivered at its end; attributes as
 * libxml2 gives them. */
void document_element_done(struct element *e);
void document_begin_element(struct document *d, const char *name, int count,
	const xmlChar **attributes);
/* Deliver the element that ends in the place the document is in. */
int document_deliver(struct document *d);

/* document-root.c: decide about a root that the grammar does not have. */
void document_root_unknown(struct document *d, const char *name,
	const char *prefix, const char *namespace);

/* document-head.c */
void document_keep_head(struct document *d, const char *data, size_t len);
void document_conclude(struct document *d);

/* document-error.c: what the parser complains about, and the document that
 * ends too early, or cannot be converted. */
void document_on_error(void *userdata, xmlErrorPtr error);
void document_cut_off(struct document *d);
void document_encoding_failed(struct document *d);

#endif
