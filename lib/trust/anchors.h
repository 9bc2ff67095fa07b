/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust anchors, and the intermediates that complete chains to them: an
 * index of DER certificates by canonical subject name and by fingerprint.
 * Nothing is decoded before it is needed, because decoding costs more than
 * verifying. Copies share the encodings, so a run can have anchors of its own
 * for the price of an array.
 */
#ifndef CERTPROV_ANCHORS_H
#define CERTPROV_ANCHORS_H

#include <openssl/x509.h>

#include "lib/base/bytes.h"
#include "lib/base/sha256-size.h"
#include "lib/trust/anchor-place.h"
#include "lib/x509/certificate.h"

/* Named maximum of all lists together: authorities and servers. */
#define ANCHORS_MAX 16384

/*
 * What a certificate is there for; an intermediate that is added as a server
 * as well becomes one, and a server never becomes an intermediate.
 */
enum anchor_list {
	ANCHOR_AUTHORITY = 1,    /* shipped with the firmware */
	ANCHOR_SERVER = 2,       /* accepted in its own right */
	ANCHOR_INTERMEDIATE = 4, /* accepted because of its issuer: paths go
				    on from it to an anchor */
	/* Beside one of them, and not a list by itself: it came from an
	 * authenticated source. Such certificates are tried first. */
	ANCHOR_AUTHENTICATED = 8,
};
/* So many sets of lists there are. */
#define ANCHOR_LISTS_SETS 16U
/* The list of server certificates, whatever their role. */
#define ANCHOR_SERVERS ((unsigned)ANCHOR_SERVER | (unsigned)ANCHOR_INTERMEDIATE)

/* So many bytes of the digest of a name are kept. */
#define ANCHOR_SUBJECT_BYTES 8

/*
 * One certificate: at most 24 bytes, and its DER in an arena, because with
 * thousands of authorities all else is what costs. So the digests of
 * certificate and name are kept only to find it by, and made again where more
 * is asked for. Read-only; lists is a set of enum anchor_list, the rest is for
 * anchors.c.
 */
struct anchor {
	/* Its DER in the arena; or, once that was asked for, by any thread, one
	 * byte into what it is decoded to. NULL: removed. */
	uint8_t *_Atomic held;
	uint8_t subject[ANCHOR_SUBJECT_BYTES]; /* of name_digest() */
	unsigned sha256_tag : 28; /* a keyed hash of the fingerprint */
	unsigned lists : 4;
	uint16_t next_of_sha256; /* in its bucket */
	uint16_t next_of_subject;
};

struct anchors;

int anchors_new(struct anchors **ret);
struct anchors *anchors_free(struct anchors *a); /* NULL is fine */
DEFINE_CLEANUP(struct anchors, anchors_free);
/* A second set with the same certificates. */
int anchors_copy(const struct anchors *a, struct anchors **ret);
/* A set of those in this list, which are in no other one there, and of which it
 * is not known where they came from. */
int anchors_copy_list(
	const struct anchors *a, enum anchor_list list, struct anchors **ret);

/*
 * Add a certificate to lists (a set of enum anchor_list); the bytes stay the
 * caller's. 0, also when it was there; -EINVAL when the bytes do not even
 * have the skeleton of a certificate, or are more than CERTIFICATE_MAX_BYTES;
 * -ENOSPC past ANCHORS_MAX; -ENOMEM; -EIO when there is no digest.
 */
int anchors_add(struct anchors *a, const void *der, size_t len, unsigned lists);
/* The same when the caller has just made the digest of these very bytes: under
 * a digest that is not theirs nobody would find them. */
int anchors_add_known(struct anchors *a, const void *der, size_t len,
	const uint8_t sha256[SHA256_BYTES], unsigned lists);
/* What the other set has decoded of the same certificates is not decoded
 * again. */
void anchors_adopt_decoded(struct anchors *a, const struct anchors *from);
/* Say where one of this set came from: a document, and the line in it (below
 * 0: none). A longer text is cut. It decides nothing, and a snapshot does not
 * have it. 0 or -ENOMEM. */
int anchors_set_source(struct anchors *a, const struct anchor *anchor,
	const char *document, int64_t line);
/* "document:line", printable, where it came from; NULL in *ret when that is not
 * known. The caller frees it. 0 or -ENOMEM. */
int anchors_source_of(
	const struct anchors *a, const struct anchor *anchor, char **ret);
/* Take it out of lists; true when it was in one of them. Where that cannot be
 * found out, for want of a digest, all that may be it are taken: too little
 * trust is the safe mistake. */
bool anchors_remove(
	struct anchors *a, const uint8_t sha256[SHA256_BYTES], unsigned lists);
/* Borrowed until the set changes; NULL when there is none, or when that cannot
 * be found out, for want of a digest. */
const struct anchor *anchors_find(
	const struct anchors *a, const uint8_t sha256[SHA256_BYTES]);
/* The same for who must not take the one for the other: 0, and NULL in *ret
 * when there is none; or -EIO. With a subject, as for
 * anchors_next_of_subject(), only one of that name; no digest is made of
 * others. */
int anchors_look_up(const struct anchors *a, const uint8_t sha256[SHA256_BYTES],
	const uint8_t *subject, const struct anchor **ret);
/* The same for who has the certificate itself: no digest is made, so this does
 * not fail. */
const struct anchor *anchors_find_certificate(
	const struct anchors *a, const struct certificate *c);
const struct anchor *anchors_find_encoding(const struct anchors *a,
	const uint8_t sha256[SHA256_BYTES], const void *der, size_t len);
/* Those in any of these lists. */
size_t anchors_count(const struct anchors *a, unsigned lists);
/* Server certificates that did not come from an authenticated source. Both
 * are known: nothing is counted. */
size_t anchors_count_unauthenticated(const struct anchors *a);
/* Its fingerprint: 0; -EIO, and *ret untouched, when there is no digest. */
int anchors_sha256_of(const struct anchors *a, const struct anchor *anchor,
	uint8_t ret[SHA256_BYTES]);
/* A new set keeps the fingerprints, which a start asks for several times, and
 * so do its copies. This one does not from now on. */
void anchors_forget_digests(struct anchors *a);
/* Its encoding; borrowed, for as long as the anchor. */
struct bytes anchor_der(const struct anchor *anchor);
/* May a path end with it? */
bool anchor_begins_trust(const struct anchor *anchor);
/* "anchor" or "intermediate", of a set of enum anchor_list. */
const char *anchor_role_name(unsigned lists);

/*
 * All anchors of a subject name, one after the other: *cursor starts at 0,
 * NULL ends. The name is given by its digest, as a decoded certificate has it:
 * so it may be encoded in any way that RFC 5280 7.1 compares equal. Of one that
 * is not decoded only ANCHOR_SUBJECT_BYTES are compared: who goes on to trust
 * it compares the whole then.
 */
const struct anchor *anchors_next_of_subject(const struct anchors *a,
	const uint8_t subject[SHA256_BYTES], size_t *cursor);
/* All of them in order of insertion, the same way. */
const struct anchor *anchors_next(const struct anchors *a, size_t *cursor);

/* The decoded form, kept by the anchor: 0, and NULL when it is not a
 * certificate; -ENOMEM or -EIO when that could not be found out. Any number of
 * threads may call this at once, but only one may make, change or free sets
 * that share an anchor. */
int anchor_decode(const struct anchor *anchor, const struct certificate **ret);
/* Has it been decoded already? */
bool anchor_is_decoded(const struct anchor *anchor);

#endif
