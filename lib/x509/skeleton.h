/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the parts of a certificate lie, found by walking over its DER
 * lengths: decoding a key costs a hundred times more. Says nothing about
 * whether the parts are good; who needs that decodes.
 */
#ifndef CERTPROV_SKELETON_H
#define CERTPROV_SKELETON_H

#include "lib/base/der.h"
#include "lib/base/sha256-size.h"

struct skeleton {
	struct span version;    /* the INTEGER's content; empty: version 1 */
	struct span issuer;     /* the whole Name */
	struct span not_after;  /* the whole Time; empty when there is none */
	struct span subject;    /* the whole Name */
	struct span spki;       /* the whole SubjectPublicKeyInfo */
	struct span extensions; /* one after the other; empty: none */
};

/* 0, or -EINVAL when the bytes have not the outline of one certificate and
 * nothing behind it. */
int skeleton_read(const void *der, size_t len, struct skeleton *ret);

/* The end of its time; false, and *ret untouched, when there is none that
 * RFC 5280 knows. */
bool skeleton_not_after(const struct skeleton *o, int64_t *ret);

/*
 * How many values there are, one in another counted, also in extensions: what
 * decoding costs. What cannot be looked into counts by its bytes.
 */
unsigned skeleton_parts(
	const void *der, size_t len, const struct skeleton *outline);
/* How many extensions; all bytes when they are no list of them. */
unsigned skeleton_extensions(const struct skeleton *outline);

/*
 * SHA-256 of a Name in canonical form: names that RFC 5280 7.1 compares
 * equal (case, white space, string type) have the same digest. -EINVAL when
 * the bytes are no Name, -ENOMEM, -EIO when there is no SHA-256.
 */
int name_digest(struct span name, uint8_t ret[SHA256_BYTES]);

#endif
