/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a certificate came from: a document, whose name all certificates of it
 * share, and a line. Not for several threads at once.
 */
#ifndef CERTPROV_ANCHOR_PLACE_H
#define CERTPROV_ANCHOR_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* A longer name of a document is cut. */
#define ANCHOR_MAX_SOURCE_BYTES 512

struct anchor_origin;

/* Zeroed: that is not known. */
struct anchor_place {
	struct anchor_origin *origin;
	int64_t line; /* below 0: none */
};

/* 0 or -ENOMEM. */
int anchor_origin_new(const char *document, struct anchor_origin **ret);
struct anchor_origin *anchor_origin_ref(struct anchor_origin *o);
struct anchor_origin *anchor_origin_free(struct anchor_origin *o);
/* NULL is of no document. */
bool anchor_origin_is_of(const struct anchor_origin *o, const char *document);

/* Forget what was there, and refer to this. NULL: not known. */
void anchor_place_set(
	struct anchor_place *p, struct anchor_origin *origin, int64_t line);
/* "document:line", printable; NULL in *ret when that is not known. The caller
 * frees it. 0 or -ENOMEM. */
int anchor_place_text(const struct anchor_place *p, char **ret);

#endif
