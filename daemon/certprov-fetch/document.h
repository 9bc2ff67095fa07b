/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provisioning document: bytes in, events out, in constant memory and with
 * exact lines. Its parts (document-*.c) are the only users of libxml2. Knows
 * the nesting of the format, but not what links, certificates and settings are
 * for. Resolves, fetches, expands and includes nothing.
 *
 * Every callback happens inside document_push(), at the end tag of its element
 * and before anything after it is read.
 */
#ifndef CERTPROV_FETCH_DOCUMENT_H
#define CERTPROV_FETCH_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/certprov-fetch/document-events.h"
#include "lib/base/macros.h"

struct document;

/* Once in a process, before the sandbox: makes libxml2's tables, and keeps it
 * from printing. */
void document_prepare(void);

int document_new(const struct document_handler *handler, void *userdata,
	struct document **ret);
struct document *document_free(struct document *d); /* NULL is fine */
DEFINE_CLEANUP(struct document, document_free);

/*
 * More of the document, in pieces of any size. Returns 0, also for a document
 * that is refused already; -ENOMEM; or what a callback returned.
 */
int document_push(struct document *d, const void *data, size_t len);
/* It is refused already: more bytes would change nothing. */
bool document_is_decided(const struct document *d);
/* No more bytes. Returns 0 and how it ended, otherwise as document_push. */
int document_finish(struct document *d, struct document_result *ret);

#endif
