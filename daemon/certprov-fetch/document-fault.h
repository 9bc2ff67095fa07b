/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parser complains about, in the words of those who write documents.
 * Part of document-error.c; knows libxml2's codes and where the parser stands.
 */
#ifndef CERTPROV_FETCH_DOCUMENT_FAULT_H
#define CERTPROV_FETCH_DOCUMENT_FAULT_H

#include "daemon/certprov-fetch/document-state.h"

/* What is told of it. */
struct fault {
	enum mistake mistake;
	int64_t line;
	int64_t column; /* 0: none */
	char detail[DOCUMENT_DETAIL_SIZE];
};
#define FAULT_SAY(f, ...)                                                      \
	((void)snprintf((f)->detail, sizeof((f)->detail), __VA_ARGS__))

/* Mistake and detail of an error; never empty. */
void document_fault_tell(
	struct document *d, const xmlError *error, struct fault *f);

/* The innermost element that is open; NULL: none. */
const struct open_element *document_fault_element(const struct document *d);
void document_fault_put_name(
	char *ret, size_t size, const struct open_element *e);
bool document_fault_at_end(const struct document *d);
/* It begins with <?xml. */
bool document_fault_has_declaration(const struct document *d);

#endif
