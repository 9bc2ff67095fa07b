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
#include "daemon/certprov-fetch/document-names.h"
#include "daemon/certprov-fetch/text-buffer.h"

/* The beginning is kept to tell what it is if it is not XML. */
#define DOCUMENT_HEAD_BYTES 4096
/* Four places inside each other, and the document itself. */
#define MAX_LEVEL 5

/* libxml2's array of attributes: local name, prefix, namespace, begin, end. */
#define ATTRIBUTE_FIELDS 5
/* The beginning of the text of each element. */
#define STRAY_LEAD_BYTES 80
/* Of a url that is only shown. */
#define STRAY_MAX_URL_BYTES 2048
/* Names that were looked at, by where the parser keeps them. */
#define STRAY_CACHE_SIZE 64
/* A tag in a sentence: longer names are cut. */
#define STRAY_TAG_SIZE 96

/* An element that is open. Names are of the parser's dictionary. */
struct stray {
	const char *local;
	const char *prefix;
	const char *uri;
	int64_t line;
	struct name_like like;
	bool foreign;  /* it has a prefix or a namespace */
	bool ours;     /* it is read: its name and its place are right */
	bool foretold; /* one like it, below it, is told or read */
	bool language; /* below names of languages, where any word is a name */
	enum value_look look; /* of its attributes */
	char *url;
	char lead[STRAY_LEAD_BYTES];
	size_t lead_len;
};

struct strays {
	struct stray open[DOCUMENT_MAX_DEPTH + 1]; /* [0] is the document */
	bool enough;                               /* certificates were told */
	struct {
		const xmlChar *name;
		struct name_like like;
	} cache[STRAY_CACHE_SIZE];
};
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
	int64_t text_line; /* behind its start tag */
	size_t depth;
	/* An attribute that is none of these, and what it may stand for. */
	char other[STRAY_TAG_SIZE];
	enum markup_meant other_meant;
	/* Its first child. */
	bool has_child;
	char child[STRAY_TAG_SIZE];
	int64_t child_line;
	size_t child_after; /* characters before it, without white space */
	enum markup_meant child_meant;
	bool child_has_text;
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
	struct strays strays;
	struct text_buffer text;
	struct open_element open[DOCUMENT_MAX_DEPTH]; /* [0] is the root */
	struct document_bytes bytes;
	char head[DOCUMENT_HEAD_BYTES + 1];
	size_t head_len;
	bool has_root;
	bool has_instruction; /* of processing, that is whole */
	bool ending;          /* no more bytes will come */
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
/* Something begins, or ends, inside it. */
void document_begin_child(struct document *d);
void document_end_child(struct document *d);
/* Deliver the element that ends in the place the document is in. */
int document_deliver(struct document *d);

/* document-root.c: decide about a root that the grammar does not have. */
void document_root_unknown(struct document *d, const char *name,
	const char *prefix, const char *namespace);

/* document-head.c */
void document_keep_head(struct document *d, const char *data, size_t len);
void document_conclude(struct document *d);
/* It begins as a script of PHP. */
bool document_head_is_script(const struct document *d);

/* document-error.c: what the parser complains about, and the document that
 * ends too early, or cannot be converted. */
void document_on_error(void *userdata, xmlErrorPtr error);
void document_cut_off(struct document *d);
void document_encoding_failed(struct document *d);

#endif
