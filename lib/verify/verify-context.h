/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of lib/verify share during one verification: the leaf, what
 * was sent with it, the path so far, the best reason found, and the budget.
 */
#ifndef CERTPROV_VERIFY_CONTEXT_H
#define CERTPROV_VERIFY_CONTEXT_H

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/trust/trust.h"
#include "lib/verdict/verdict.h"
#include "lib/verify/verify-demands.h"
#include "lib/verify/verify-limits.h"
#include "lib/x509/certificate.h"
#include "lib/x509/names.h"

#define DETAIL_SIZE 640

/*
 * The weights of verify_work.cost, measured with OpenSSL 3.0. lib/x509/key.h
 * has those of keys.
 */
enum verify_cost {
	COST_CERTIFICATE = 270, /* to decode one */
	COST_PART = 1,          /* for each value in it */
	COST_LOOK = 4,          /* to see whether it is an issuer */
	COST_ISSUER = 20,       /* to rank it as one */
	COST_DISTRUST = 10,     /* to ask whether it is distrusted */
	COST_ATTEMPT = 100,
	COST_OF_TRYING = 2500, /* kept back while issuers are looked for */
	BYTES_A_UNIT = 128,    /* sent, and of a certificate signed */
	DIGESTED_A_UNIT = 512, /* its other forms, where some are distrusted */
	NAMES_A_UNIT = 16,
	NAME_BYTES_A_UNIT = 1024,
};

/* Why a path failed. The certificate is borrowed. */
struct failure {
	enum verdict verdict; /* VERDICT_TRUSTED: nothing failed yet */
	const struct certificate *about;
	/* It is about as well: the issuer known here by that name. */
	const struct certificate *other;
	bool same_name; /* and which signed it, but OpenSSL does not see that */
	char detail[DETAIL_SIZE]; /* empty: nothing to add */
	const char *clause;       /* of a standard; NULL: the verdict's */
	size_t depth;             /* length of the path then */
	/* As it was; borrowed as long as the context is. */
	const struct certificate *path[VERIFY_MAX_PATH];
	size_t path_count;
};

/* One certificate sent; it is decoded when its name is asked for. */
struct sent {
	const struct bytes *der;
	bool usable;
	uint8_t subject[SHA256_BYTES];
	unsigned cost;            /* of decoding it */
	struct certificate *kept; /* decoded before; taken when it is paid */
	struct certificate *certificate;
};

/* A signature that was checked before. */
struct signature {
	const struct certificate *issued;
	const struct certificate *issuer;
	bool good;
};

/* Whether a certificate is distrusted, asked before. */
struct looked_up {
	const struct certificate *certificate;
	bool distrusted;
};
/* Room for every issuer considered, the leaf, and some more of the store;
 * beyond that a question is paid for again. */
#define CONTEXT_MAX_LOOKED_UP (VERIFY_MAX_ISSUERS + 64)

struct issuer {
	const struct certificate *certificate;
	bool anchor;
	bool other_id;  /* the certificate asks for another identifier */
	unsigned order; /* the lowest is tried first */
};

/* It has the name of the issuer but may not issue. */
struct barred {
	const struct certificate *certificate;
	enum verdict why;
};
/* More are not told. */
#define CONTEXT_MAX_BARRED 4
/* Issuers of one certificate with other identifiers than it asks for. */
#define CONTEXT_MAX_OTHER_ID 8

/* The issuers of one certificate of the path that are still to be tried. */
struct level {
	size_t count;
	size_t looked; /* at certificates of that name */
	size_t next;
	size_t fitting;  /* those that have the identifiers asked for */
	bool one_only;   /* its signature is left to the attempt */
	bool led_on;     /* some issuer was good enough to continue with */
	bool distrusted; /* the certificate itself, unless it is the leaf */
	size_t barred_count;
	const struct certificate *other_key; /* has the name, did not sign */

	/* As many as are counted above; the rest is not set. */
	struct issuer issuers[VERIFY_MAX_ISSUERS_OF_NAME];
	struct barred barred[CONTEXT_MAX_BARRED];
};

struct context {
	const struct trust *trust;
	const struct verify_demands *demands;
	enum verify_use use;
	bool sip;        /* purpose sip with the rule of RFC 5922 */
	bool for_sip;    /* purpose sip, also without that rule */
	bool issued;     /* the leaf is a candidate, not a peer */
	bool host_given; /* the name is to be checked */
	bool host_valid; /* and can be */
	struct host host;
	const char *host_text; /* as it was asked for; borrowed */
	int64_t now;           /* not before the floor */
	bool clock_trusted;

	struct certificate *leaf;
	struct sent *sent;
	size_t sent_count;
	size_t sent_bytes; /* with the leaf */

	const struct certificate *path[VERIFY_MAX_PATH];
	size_t path_count;
	size_t signature_count;
	size_t looked_up_count;
	struct verify_work work;
	bool exhausted; /* the budget is; the search is over */
	bool skipped;   /* some issuers were not considered */
	bool clear;     /* no path can lead to a distrusted certificate */
	bool other_id;  /* some have the name, but not the identifiers */
	bool any_id;    /* now those are issuers, too */

	int error;            /* a check could not be made; negative errno */
	struct failure best;  /* the most useful reason so far */
	bool dated;           /* a path failed for its dates */
	unsigned behind;      /* faults that all such paths have besides */
	int64_t next_change;  /* when something refused becomes valid */
	bool policies_decide; /* in the path that is tried */
	unsigned warnings;    /* of the path that holds */
	int64_t valid_until;  /* the same */

	/* What is counted above, and a level for each certificate of the path
	 * whose issuers were looked for. The rest is not set: to clear it all
	 * would cost more than the search. */
	struct level levels[VERIFY_MAX_PATH];
	struct signature signatures[VERIFY_MAX_SIGNATURES];
	struct looked_up looked_up[CONTEXT_MAX_LOOKED_UP];
};

/* Nothing listed or counted. */
void context_clear_level(struct level *level);

/* Takes a reference to the leaf. 0 or -ENOMEM. */
int context_new(const struct trust *trust, struct certificate *leaf,
	int64_t now, struct context **ret);
struct context *context_free(struct context *ctx); /* NULL is fine */
DEFINE_CLEANUP(struct context, context_free);

/* Remember why a path failed, if it is a better reason than the last. */
void context_fail(struct context *ctx, enum verdict verdict,
	const struct certificate *about, const char *detail);
/* The same by another clause than the verdict's; a constant string. */
void context_fail_by(struct context *ctx, enum verdict verdict,
	const struct certificate *about, const char *detail,
	const char *clause);
/* The same with all there is to say; depth 0: the length of the path. */
void context_fail_with(struct context *ctx, const struct failure *failure);
/* The bit of enum warning for a verdict about a path. */
unsigned context_fault_of(enum verdict verdict);

/*
 * Take this much of the budget. False when less is left: then the search is
 * over and context_fail was called.
 */
bool context_spend(struct context *ctx, uint64_t cost);
/* The same for looking for issuers, which has to leave something to try them
 * with: false means that this one is skipped. */
bool context_spend_on_issuers(struct context *ctx, unsigned cost);
/* The same for words, after the search: false when too little is left, which
 * changes no answer. */
bool context_spend_on_words(struct context *ctx, uint64_t cost, uint64_t names);
/* The search is over. */
void context_exhaust(struct context *ctx, const char *what);
/* A limit of ours: there may be other issuers of this name. */
void context_skip(struct context *ctx, const char *what);

#endif
