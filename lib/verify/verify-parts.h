/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts that lib/verify is made of, bottom to top; each uses only those
 * above it in this file, and all of them the context. Nobody else includes
 * this. "False" without more means that context_fail was called.
 */
#ifndef CERTPROV_VERIFY_PARTS_H
#define CERTPROV_VERIFY_PARTS_H

#include "lib/verify/verify-context.h"
#include "lib/x509/name-mismatch.h"

/* --- verify-sent.c --- */

/* 0, -ENOMEM or -EIO. */
int sent_set(struct context *ctx, const struct bytes *sent, size_t sent_count);
/* Decode this one unless it was before; not when that would cost too much. */
int sent_get(struct context *ctx, struct sent *sent);

/* --- verify-signatures.c --- */

/* Is this certificate signed by that one? OpenSSL is asked once. */
bool signatures_check(struct context *ctx, const struct certificate *issued,
	const struct certificate *issuer);

/* Was it, or may it be, without using up what the search needs? */
bool signatures_may_check(struct context *ctx, const struct certificate *issued,
	const struct certificate *issuer);

/* Is it self-signed, by its signature? No when that would cost too much. */
bool signatures_by_itself(struct context *ctx, const struct certificate *c);

/* --- verify-distrust.c --- */

/*
 * Is it distrusted (lib/trust)? Asked once. Also true when that could not be
 * found out: then the search is over, exhausted or with an error.
 */
bool verify_distrust_applies(struct context *ctx, const struct certificate *c);
/* What that question costs. */
unsigned verify_distrust_cost(
	const struct trust *t, const struct certificate *c);
/* May it be asked of a possible issuer? False: it is skipped. */
bool verify_distrust_may_ask(struct context *ctx, const struct certificate *c);
/* Was it signed by a distrusted certificate of the store? Then by which. */
bool verify_distrust_of_issuer(struct context *ctx, const struct certificate *c,
	const struct certificate **ret);
/*
 * Before a search: is neither the leaf distrusted, nor anything that was
 * sent, nor anything in the store that might have issued one of them? Then a
 * search that is cut short leaves no doubt about it. Also no when that could
 * not be found out. 0, -ENOMEM or -EIO.
 */
int verify_distrust_is_absent(struct context *ctx, bool *ret);

/* --- verify-names.c --- */

/* 0 and *ret, -EIO or -ENOMEM. */
int verify_names_within_budget(struct context *ctx, bool *ret);
int verify_names_are_good(struct context *ctx, bool *ret);
/* By which rules the leaf is compared with the host, below such constraints
 * or not. */
struct name_rules verify_names_rules(
	const struct context *ctx, bool constrained);
/* Does the leaf have the host among its names? */
int verify_names_has_host(struct context *ctx, bool *ret);
/* Do this issuer's constraints permit the host? Costs names; yes when that
 * would cost too much. */
bool verify_names_permit_host(
	struct context *ctx, const struct certificate *issuer);

/* --- verify-identifiers.c --- */

/*
 * Does the certificate ask for another issuer than this one, by its
 * authorityKeyIdentifier? That is a hint and refuses nothing (RFC 5280
 * 4.2.1.1, RFC 4158 3.5.12): a CA that is renewed with its key has another
 * serial number, and may have another identifier. The signature decides.
 */
bool identifiers_differ(
	const struct certificate *c, const struct certificate *issuer);

/* --- verify-strict.c --- */

bool strict_accepts_path(struct context *ctx);

/* --- verify-policy.c --- */

/*
 * Certificate policies decide nothing on a phone, unless a certificate of the
 * path demands one: then policies_decide is set, and verify_policy_ask (0 or
 * -ENOMEM) makes OpenSSL look at them.
 */
bool verify_policy_is_there(struct context *ctx);
int verify_policy_ask(const struct context *ctx, X509_VERIFY_PARAM *param);

/* --- verify-openssl.c --- */

/* RFC 5280 section 6 by OpenSSL, on exactly this path. */
int openssl_verify_path(struct context *ctx, bool *ret);

/* --- verify-attempt.c --- */

/* Judge the complete path, anchor last. 0 and whether it holds, -ENOMEM or
 * -EIO. */
int attempt_path(struct context *ctx, bool *ret);
/* Is its key of a kind and size that we use? */
bool attempt_takes_key(struct context *ctx, const struct certificate *c);
/* Is the leaf, looked at by itself, meant for this use? */
bool attempt_leaf_is_for_use(const struct context *ctx);
/*
 * Would an issuer do, looked at by itself: its key, its use, its signature,
 * its constraints and the host? Only to try the better ones first.
 */
bool attempt_issuer_is_promising(
	struct context *ctx, const struct certificate *c, bool anchor);

/* --- verify-faults.c --- */

/* All that is wrong where no path holds, as bits of enum warning. 0, -ENOMEM
 * or -EIO. */
int faults_find(struct context *ctx, unsigned *ret);

/* --- verify-issuers.c --- */

/* List those of the last certificate of the path, best first. 0, -ENOMEM or
 * -EIO. */
int issuers_find(struct context *ctx, struct level *level);

/* --- verify-search.c --- */

/* Try paths until one holds: *ret says whether path, warnings and
 * valid_until are its. 0, -ENOMEM or -EIO. */
int search_run(struct context *ctx, bool *ret);

/* --- verify-reasons.c --- */

/* What was looked up for the sentence. Empty texts and NULL: nothing. */
struct reasons {
	char detail[DETAIL_SIZE];
	const char *clause;             /* that decides, if not the verdict's */
	const char *remedy;             /* template, if not the verdict's */
	char unwanted[DETAIL_SIZE / 2]; /* a name that can be left out */
	char wanted[NAME_MISMATCH_WANTED_SIZE]; /* a name that is missing */
	char cure[NAME_MISMATCH_CURE_SIZE];     /* a setting that would do */
};
/*
 * Look up what explains a refusal: once, after the search and within what is
 * left of its budget. What cannot be looked up is only not said.
 */
void reasons_find(
	struct context *ctx, const struct failure *why, struct reasons *ret);

/* --- verify-violation.c --- */

/* Which name of the certificate breaks which constraint of which issuer. */
void violation_find(
	struct context *ctx, const struct failure *why, struct reasons *ret);

/* --- verify-related.c --- */

/* What the trust knows of the names in a failure. Borrowed; zeroed: nothing. */
struct related {
	bool self_signed; /* the certificate that failed, by its signature */
	bool unsent;      /* the peer did not send its issuer */
	const struct anchor *stored;      /* that certificate, if it is there */
	const struct anchor *newer;       /* a CA of its name, not expired */
	const struct anchor *earlier;     /* of the peer's name */
	const struct exception *excepted; /* of the host, another certificate */
};
/* 0, -ENOMEM or -EIO. */
int related_find(struct context *ctx, struct related *ret);

/* --- verify-clauses.c --- */

/* Parts of a sentence, without capital and full stop, in new memory. 0 (*ret is
 * left alone where there is nothing to say) or -ENOMEM. */
int clauses_other_key(const struct trust *trust,
	const struct certificate *about, const struct certificate *other,
	char **ret);
int clauses_identifiers(const struct certificate *about,
	const struct certificate *issuer, char **ret);
int clauses_earlier(const struct trust *trust, const struct related *related,
	const struct certificate *leaf, char **ret);
/* Which issuer of the leaf is of no use, and why. */
int clauses_issuer_at_fault(
	const struct failure *why, const struct certificate *leaf, char **ret);
int clauses_from(const struct trust *trust, const struct anchor *stored,
	const struct certificate *about, char **ret);
int clauses_newer(const struct anchor *newer, char **ret);

/* Where the certificate says that its issuer can be had; empty: nowhere. */
#define CLAUSES_URL_SIZE 256
void clauses_issuer_url(
	const struct certificate *c, char ret[CLAUSES_URL_SIZE]);

/* --- verify-warnings.c --- */

/* The words of the warnings in new memory. -ENOMEM, or 0: then, and only
 * then, the outputs are set; NULL without warnings. */
int warnings_explain(const struct context *ctx, unsigned warnings,
	struct warning_words **ret, size_t *ret_count);

/* --- verify-explain.c --- */

/* What an answer in words is made of. Borrowed. */
struct answer {
	const struct trust *trust;
	const struct failure *why;
	const struct related *related;  /* or NULL */
	const struct certificate *leaf; /* or NULL */
	const char *host;               /* or NULL */
	int64_t now;                    /* not before the floor */
	int64_t wall;                   /* what the clock says */
	bool unrecorded;                /* as in the query */
	const char *correct;            /* as in the query */
	const struct reasons *reasons;  /* or NULL */
};
/* Sentence and remedy, or NULL, in new memory. 0 or -ENOMEM. */
int explain_answer(
	const struct answer *a, char **ret_reason, char **ret_remedy);

#endif
