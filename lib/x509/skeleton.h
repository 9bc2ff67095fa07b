/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the parts of a certificate are, found by its DER lengths alone:
 * decoding a key costs a hundred times as much. Does not check the parts.
 */
#ifndef CERTPROV_SKELETON_H
#define CERTPROV_SKELETON_H

#include "lib/base/der.h"
#include "lib/x509/key.h"

struct skeleton {
	struct span version;    /* the INTEGER's content; empty: version 1 */
	struct span issuer;     /* the whole Name */
	struct span not_after;  /* the whole Time; empty when there is none */
	struct span subject;    /* the whole Name */
	struct span spki;       /* the whole SubjectPublicKeyInfo */
	struct span extensions; /* one after the other; empty: none */
};

/* 0, or -EINVAL unless the bytes have the form of exactly one certificate. */
int skeleton_read(const void *der, size_t len, struct skeleton *ret);

/* The end of its validity; false, and *ret untouched, when it is no date of
 * RFC 5280 4.1.2.5. */
bool skeleton_not_after(const struct skeleton *o, int64_t *ret);

/*
 * How many DER values there are, nested ones and those in extensions included:
 * what decoding costs. What cannot be read counts by its bytes.
 */
unsigned skeleton_parts(const void *der, size_t len, const struct skeleton *o);
/* How many extensions. Bytes that are no extension count by their number. */
unsigned skeleton_extensions(const struct skeleton *o);

/*
 * May a certificate issue others? Read without decoding, because an export
 * looks at every anchor. Says yes only where lib/verify accepts the certificate
 * as an issuer with a supported key; the
 * answer is no where only OpenSSL could tell. Other extensions are not
 * examined, nor whether it is trusted.
 */
struct skeleton_issuer {
	bool may_issue;    /* zeroed: may not */
	int64_t not_after; /* seconds since the epoch; only if it may */
	struct public_key key;
};

/*
 * RFC 5280 4.2.1.9 and 4.2.1.3: version 3, basicConstraints with cA, and
 * keyCertSign where there is a keyUsage. Fills *ret whatever the bytes are.
 */
void skeleton_read_issuer(
	const void *der, size_t len, struct skeleton_issuer *ret);

#endif
