/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements that look like ours and are not read, since they stand in another
 * place or are written otherwise: each is told. Keeps what is open at the
 * moment; part of document.[ch].
 */
#ifndef CERTPROV_FETCH_DOCUMENT_STRAY_H
#define CERTPROV_FETCH_DOCUMENT_STRAY_H

#include "daemon/certprov-fetch/document-state.h"

void document_strays_done(struct strays *s);

/* "<x:name>", for a sentence. */
void document_stray_tag(
	const char *prefix, const char *local, char ret[STRAY_TAG_SIZE]);

/* A start tag, at the depth the document has; place: GRAMMAR_SKIPPED when it is
 * not read. */
void document_stray_begin(struct document *d, const xmlChar *local,
	const xmlChar *prefix, const xmlChar *uri, enum grammar_place place);
void document_stray_attributes(
	struct document *d, int count, const xmlChar **attributes);
void document_stray_text(struct document *d, const char *text, size_t len);
/* Its end tag: tell it, if there is anything to tell. What refused() says. */
int document_stray_end(struct document *d);

#endif
