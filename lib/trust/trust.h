/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything a verdict depends on, in memory: anchors, distrusted
 * certificates and keys, exceptions, and the policy that firmware and
 * settings make. The daemon fills it from the store, fetcher and client
 * library from a snapshot (lib/snapshot). Decides nothing, does no I/O.
 */
#ifndef CERTPROV_TRUST_H
#define CERTPROV_TRUST_H

#include "lib/base/date.h"
#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/phone/policy.h"
#include "lib/trust/anchors.h"
#include "lib/trust/intermediate-cache.h"

#define TRUST_MAX_DISTRUSTED 1024
#define TRUST_MAX_EXCEPTIONS 4096
#define STORE_ID_SIZE 33 /* 32 hex digits and the zero byte */

enum distrust_kind {
	DISTRUST_CERTIFICATE, /* SHA-256 of the DER encoding */
	DISTRUST_PUBLIC_KEY,  /* SHA-256 of the SubjectPublicKeyInfo */
	DISTRUST__END,
};
/* What they are called on the sockets and in files; NULL at the end. */
extern const char *const distrust_kinds[DISTRUST__END + 1];

struct distrusted {
	enum distrust_kind kind;
	uint8_t sha256[SHA256_BYTES];
};

struct exception {
	uint8_t sha256[SHA256_BYTES]; /* the exact certificate */
	char *host;                   /* NULL: for every host */
	int64_t expires;              /* INT64_MAX: never */
};

/* What the kernel says of its wall clock. */
enum clock_source {
	CLOCK_NOT_ASKED, /* in a snapshot, and without a phone */
	CLOCK_UNSYNCHRONISED,
	CLOCK_SYNCHRONISED,
	CLOCK_SOURCE__END,
};

struct trust {
	struct anchors *anchors;
	struct intermediate_cache
		*intermediates;        /* decoded before; decides nothing */
	struct distrusted *distrusted; /* sorted; lookup is by bisection */
	size_t distrusted_count;
	struct exception *exceptions; /* sorted by certificate */
	size_t exception_count;
	struct policy policy;
	int64_t clock_floor; /* seconds since the epoch */
	enum clock_source clock_source;
	int64_t clock_since; /* of the source; 0: not known */
	char store[STORE_ID_SIZE];
	uint64_t generation;
};

int trust_new(struct trust **ret);
struct trust *trust_free(struct trust *t); /* NULL is fine */
DEFINE_CLEANUP(struct trust, trust_free);
/* A copy that shares the encodings, and has what is decoded of them by now:
 * what a run works on. */
int trust_copy(const struct trust *t, struct trust **ret);
/* What another trust has decoded of the same bytes, and which signatures it
 * found good, is not done again in a new one. Says nothing about whom that
 * trusts. */
void trust_adopt_decoded(struct trust *t, const struct trust *from);

/* What a sentence says of the clock; "" for what is not known. */
struct trust_clock_words {
	char now[DATE_TEXT_SIZE]; /* unless the clock is behind the floor */
	char clock[96];           /* what kind of time that is */
};
void trust_clock_words(
	const struct trust *t, int64_t wall, struct trust_clock_words *ret);

/* 0; -ENOSPC past the maximum; -ENOMEM. Adding twice is fine; the second
 * exception for a certificate and host replaces the expiry. */
int trust_add_distrusted(struct trust *t, enum distrust_kind kind,
	const uint8_t sha256[SHA256_BYTES]);
/* Distrust here all that is distrusted there: 1 when some of it is new, 0, or
 * as above. */
int trust_follow_distrust(struct trust *t, const struct trust *from);
int trust_add_exception(struct trust *t, const uint8_t sha256[SHA256_BYTES],
	const char *host, int64_t expires);
/* Those for a certificate, one after the other in the order of addition;
 * borrowed until the next change. NULL when there is none. */
const struct exception *trust_exceptions_of(const struct trust *t,
	const uint8_t sha256[SHA256_BYTES], size_t *ret_count);
/*
 * Certificates that are in the list of server certificates only because of an
 * exception. They take room there but are not anchors: an exception says
 * nothing about what a certificate has signed.
 */
size_t trust_count_excepted(const struct trust *t);
/* Is this an entry of the list? That says little about a certificate: ask
 * trust_distrusts. */
bool trust_lists_distrusted(const struct trust *t, enum distrust_kind kind,
	const uint8_t sha256[SHA256_BYTES]);

/* Why a certificate is distrusted, and by which entry: that is what can be
 * lifted. */
enum distrust_reason {
	DISTRUST_NOT,
	DISTRUST_FINGERPRINT, /* its own */
	DISTRUST_KEY,         /* its key, in any form (lib/x509/key-forms.h) */
	DISTRUST_OTHER_FORM,  /* it is the other ECDSA form of one
				 (lib/x509/signature-malleability.h) */
	DISTRUST_COPY,        /* it has subject and key of one in the store */
};
struct distrust {
	enum distrust_reason reason;
	struct distrusted entry; /* unless DISTRUST_NOT */
};

/*
 * Is it distrusted, and why? Everybody asks here or with trust_distrusts:
 * verification, judging, export, lists. Costs nothing while nothing is
 * distrusted. 0 and *ret; -ENOMEM or -EIO when that could not be found out,
 * which must not be taken for a no.
 */
int trust_find_distrust(const struct trust *t, const struct certificate *c,
	struct distrust *ret);
/*
 * The same as yes or no, of these bytes and of what they decode to. Where
 * that is NULL there is no key and no subject to compare: then only the
 * fingerprint and those of the other ECDSA forms count.
 */
int trust_distrusts(const struct trust *t, const struct bytes *der,
	const struct certificate *c, bool *ret);
/* The bytes that are digested to answer that, at most. */
size_t trust_distrust_bytes(const struct trust *t, const struct certificate *c);

/* The arguments of "certprovctl lift" that lift it; empty for DISTRUST_NOT. */
#define TRUST_LIFT_SIZE (sizeof("--kind public-key ") + SHA256_HEX_SIZE)
void trust_lift_words(const struct distrust *d, char ret[TRUST_LIFT_SIZE]);

#endif
