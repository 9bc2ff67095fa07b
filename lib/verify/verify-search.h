/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts lib/verify is made of; nobody else includes this. One search is
 * one call: a leaf, what was sent with it, and the paths found so far. The
 * search proposes complete paths, verify-attempt.c judges each by itself.
 */
#ifndef CERTPROV_VERIFY_SEARCH_H
#define CERTPROV_VERIFY_SEARCH_H

#include "lib/verify/verify.h"
#include "lib/x509/names.h"

#define DETAIL_SIZE 160

/*
 * The weights of verify_work.cost, measured with OpenSSL 3.0: what is sent is
 * digested and looked through; a certificate is decoded, with every value in
 * it; it is looked at as an issuer, in an attempt; names are compared, and
 * long ones take longer. Where something is distrusted, it is digested again in
 * other forms. Keys have theirs in lib/key.
 */
enum search_cost {
	COST_CERTIFICATE = 270,
	COST_PART = 1,
	COST_LOOK = 4,
	COST_ISSUER = 20,
	COST_DISTRUST = 10,
	COST_ATTEMPT = 100,
	COST_OF_TRYING = 2500, /* not for looking for issuers */
	BYTES_A_UNIT = 128,
	DIGESTED_A_UNIT = 512,
	NAMES_A_UNIT = 16,
	NAME_BYTES_A_UNIT = 1024,
};

/* Why a path failed. The certificate is borrowed from search or anchors. */
struct failure {
	enum verdict verdict; /* VERDICT_TRUSTED: nothing failed yet */
	const struct certificate *about;
	char detail[DETAIL_SIZE]; /* empty: nothing to add */
	size_t depth;             /* how much of a path there was */
};

/* One certificate sent; decoded when its name is asked for. */
struct sent {
	const struct bytes *der;
	bool usable;
	uint8_t subject[SHA256_BYTES];
	unsigned cost; /* of decoding it */
	struct certificate *certificate;
};

/* A signature that was checked before. */
struct signature {
	const struct certificate *issued;
	const struct certificate *issuer;
	bool good;
};

/* What was asked of the distrusted before. */
struct looked_up {
	const struct certificate *certificate;
	bool distrusted;
};
/* All that are taken for issuers, the leaf, and some that stand in the store;
 * of more each question is paid for again. */
#define SEARCH_MAX_LOOKED_UP (VERIFY_MAX_ISSUERS + 64)

struct issuer {
	const struct certificate *certificate;
	bool anchor;
	unsigned order; /* less is tried first */
};

/* The issuers of one certificate of the path that are still to be tried. */
struct level {
	struct issuer issuers[VERIFY_MAX_ISSUERS_OF_NAME];
	size_t count;
	size_t looked; /* at certificates of that name */
	size_t next;
	bool one_only;   /* its signature is left to the attempt */
	bool other_key;  /* one has the name, but not the key identifier */
	bool led_on;     /* some issuer was good enough to go on with */
	bool distrusted; /* what is to be issued, unless it is the leaf */
};

struct search {
	const struct trust *trust;
	const struct verify_demands *demands; /* or NULL */
	enum verify_use use;
	bool sip;        /* purpose sip with the rule of RFC 5922 */
	bool issued;     /* the leaf is a candidate, not a peer */
	bool host_given; /* the name is to be checked */
	bool host_valid; /* and can be */
	struct host host;
	const char *host_text; /* as it was asked for; borrowed */
	int64_t now;           /* the floor applied */
	bool clock_trusted;

	struct certificate *leaf;
	struct sent *sent;
	size_t sent_count;
	size_t sent_bytes; /* with the leaf */

	const struct certificate *path[VERIFY_MAX_PATH];
	size_t path_count;
	struct level levels[VERIFY_MAX_PATH];
	struct signature signatures[VERIFY_MAX_SIGNATURES];
	size_t signature_count;
	struct looked_up looked_up[SEARCH_MAX_LOOKED_UP];
	size_t looked_up_count;
	struct verify_work work;
	bool exhausted; /* a budget was; the search is over */
	bool skipped;   /* a name had more issuers than are looked at */
	bool clear;     /* no path there may be leads to what is distrusted */

	int error;            /* could not look; negative errno */
	struct failure best;  /* the most useful reason so far */
	bool dated;           /* a path failed for its dates */
	unsigned behind;      /* and what all such lack besides: faults */
	int64_t next_change;  /* when something refused becomes valid */
	bool policies_decide; /* in the path that is tried */
	unsigned warnings;    /* of the path that holds */
	int64_t valid_until;  /* the same */
};

/* Empty but for what the trust says of clock and policy; the leaf becomes
 * the search's. search_free is fine with NULL. */
int search_new(const struct trust *trust, struct certificate *leaf, int64_t now,
	struct search **ret);
struct search *search_free(struct search *s);
DEFINE_CLEANUP(struct search, search_free);
int search_set_sent(
	struct search *s, const struct bytes *sent, size_t sent_count);

/* Try paths until one holds: *ret says whether path, warnings and
 * valid_until are its. 0, -ENOMEM or -EIO. */
int search_run(struct search *s, bool *ret);

/* Remember why a path failed if it tells more than what is remembered. */
void search_fail(struct search *s, enum verdict verdict,
	const struct certificate *about, const char *detail);

/*
 * Would an issuer do, looked at by itself: its key, its use, its signature,
 * its constraints and the host? Only to try the better ones first.
 */
bool issuer_is_promising(
	struct search *s, const struct certificate *c, bool anchor);

/* By what the administrator said of it, its key, or another copy of it; asked
 * once. Also true where nobody can tell: then the search is over, exhausted or
 * with an error. */
bool search_distrusts(struct search *s, const struct certificate *c);

/* What the first question costs; 0 when it was asked. */
unsigned search_distrust_cost(
	const struct search *s, const struct certificate *c);
unsigned distrust_cost(const struct trust *t, const struct certificate *c);

/* Who signed it is distrusted and stands here: then that one. */
bool search_signed_by_distrusted(struct search *s, const struct certificate *c,
	const struct certificate **ret);

/*
 * Before a search: is nothing distrusted among the leaf, what was sent, and
 * whoever in the store might have issued any of it? Then it is not known after
 * the search only because it was cut short. No where nobody can tell. 0,
 * -ENOMEM or -EIO.
 */
int search_is_clear(struct search *s, bool *ret);

/* All that is wrong where no path holds, as bits of enum warning. 0, -ENOMEM,
 * -EIO. */
int search_faults(struct search *s, unsigned *ret);
/* The bit of one verdict about a path. */
unsigned search_fault_of(enum verdict verdict);
/* The leaf alone: is it for what is asked, and for the host? */
bool leaf_is_for_use(const struct search *s);
int leaf_is_named(struct search *s, bool *ret);

/* Is it a key we use, and strong enough? False when search_fail was told. */
bool search_takes_key(struct search *s, const struct certificate *c);

/* Judge the complete path of the search, anchor last. 0 and *ret: does it
 * hold (else search_fail was told)? -ENOMEM, -EIO. */
int attempt_path(struct search *s, bool *ret);

/*
 * Take so much from what the call may cost; false, the search is over and
 * search_fail was told when less is left.
 */
bool search_spend(struct search *s, uint64_t cost);

/* Is this signed by that? Each such question is answered by OpenSSL once. */
bool search_check_signature(struct search *s, const struct certificate *issued,
	const struct certificate *issuer);

/* RFC 5280 section 6 by OpenSSL, on exactly this path. */
int openssl_verify_path(struct search *s, bool *ret);

/* What an answer in words is made of. Borrowed. */
struct answer {
	const struct trust *trust;
	const struct failure *why;
	const struct certificate *leaf; /* or NULL */
	const char *host;               /* or NULL */
	int64_t now;                    /* the floor applied */
};
/* Sentence and remedy, or NULL, in new memory. 0 or -ENOMEM. */
int answer_explain(
	const struct answer *a, char **ret_reason, char **ret_remedy);

/*
 * Certificate policies decide nothing on a phone, unless a certificate of the
 * path (or a test case) demands one: then policies_decide is set, and
 * OpenSSL has to be asked by policies_ask: 0 or -ENOMEM. False, and
 * search_fail was told, when the one demanded cannot be there.
 */
bool path_policies_are_there(struct search *s);
int policies_ask(const struct search *s, X509_VERIFY_PARAM *param);

/* Parts of an attempt: false when search_fail was told. */
bool path_satisfies_strict(struct search *s);
/* Names: 0 and *ret, or -EIO, -ENOMEM. */
int path_within_budget_of_names(struct search *s, bool *ret);
int path_names_are_good(struct search *s, bool *ret);
/* May this issuer's constraints be for the host asked for? Costs names; what
 * cannot be looked at is permitted. */
bool issuer_permits_host(struct search *s, const struct certificate *issuer);

#endif
