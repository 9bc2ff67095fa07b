/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this chain trusted, for this host and purpose, at this time? Pure: all
 * it depends on are parameters. The only user of X509_STORE_CTX; daemon,
 * fetcher, certprovctl and the client library share it.
 *
 * OpenSSL does not backtrack, so the path is searched here: depth first from
 * the leaf over every possible issuer among anchors, intermediates of the
 * store and certificates sent. X509_verify_cert (RFC 5280 section 6) is given
 * one complete path at a time. Issuers that anybody could have put there are
 * tried last, and past a limit the rest of one name are skipped, so junk hides
 * nothing.
 */
#ifndef CERTPROV_VERIFY_H
#define CERTPROV_VERIFY_H

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/trust/trust.h"
#include "lib/verdict/verdict.h"
#include "lib/verify/verify-limits.h"
#include "lib/x509/certificate.h"

enum purpose {
	PURPOSE_ANY,
	PURPOSE_SIP,
	PURPOSE_HTTPS,
	PURPOSE_PROVISIONING,
	PURPOSE_LDAP,
	PURPOSE__END
};
const char *purpose_name(enum purpose purpose);
int purpose_find(const char *name, enum purpose *ret); /* 0 or -ENOENT */

struct verify_demands;

struct verify_query {
	const struct bytes *chain; /* DER, leaf first */
	size_t chain_count;
	/* The first of the chain, where it is decoded already (such as by
	 * certificate_adopt); of other bytes it is ignored. Borrowed, or NULL.
	 */
	struct certificate *leaf;
	const char *host; /* DNS name, address or, for sip, domain; NULL: the
			     name is not checked */
	enum purpose purpose;
	int64_t now; /* the clock; the floor of the trust is applied here */
	/* It is in no list of unknown certificates: there is no command that
	 * makes an exception for it. */
	bool unrecorded;
	/* A URL with one of its names, for the remedy of a name mismatch; or
	 * NULL. */
	const char *correct;
	/* Of test cases (verify-demands.h); NULL for a phone. */
	const struct verify_demands *demands;
};

/* An answer. Zeroed is empty; verify_result_done frees. */
struct verify_result {
	bool trusted;
	enum verdict verdict;
	char *reason; /* the sentence with the facts */
	char *remedy; /* or NULL */
	bool recoverable;
	bool clock_trusted; /* the clock was not below the floor */
	uint8_t path[VERIFY_MAX_PATH][SHA256_BYTES]; /* leaf to anchor */
	size_t path_count; /* 0 when no path was found */
	unsigned warnings; /* bits of enum warning; where no path holds and
			      an exception passes or could be made, all that
			      is wrong besides the result */
	struct warning_words *words; /* of each warning, in their order */
	size_t word_count;
	unsigned faults;     /* the same, and the result with it */
	int64_t valid_until; /* the answer must not outlive it: the earliest
				notAfter of the path, the end of the exception;
				for a refusal the last second before something
				tried becomes valid, INT64_MAX if nothing will
			      */
	struct verify_work work;
};
void verify_result_done(struct verify_result *r);
DEFINE_CLEANUP_EMBEDDED(struct verify_result, verify_result_done);

/*
 * Judge a peer, in this order: decoding and limits, distrust, verification
 * switched off, exceptions, path, dates, keys, use, name. When several paths
 * fail, the reason is that of the one that came furthest.
 *
 * A clock that shows a time before the floor is wrong. Then the floor is
 * taken for the time, and a certificate that is not valid yet passes with a
 * warning, because the real time is later by an unknown amount.
 *
 * Returns 0 and an answer, good or bad; -ENOMEM or -EIO (OpenSSL itself
 * failed) and *ret untouched otherwise.
 */
int verify_peer(const struct trust *trust, const struct verify_query *query,
	struct verify_result *ret);

/* Why nothing that is trusted has signed a certificate. Zeroed is empty. */
struct verify_issue {
	enum verdict verdict;
	bool self_signed; /* by its signature */
	bool same_name;   /* VARIANT_SAME_NAME */
	char *issuer;     /* that is missing, the nearest to a root */
	char *known;      /* a clause, as in struct facts */
	char *detail;     /* the same, of an issuer that is there */
};
void verify_issue_done(struct verify_issue *i);
DEFINE_CLEANUP_EMBEDDED(struct verify_issue, verify_issue_done);

/*
 * Is this certificate signed by an authority or server certificate: a
 * complete path to an anchor that is not the certificate itself, for any
 * use? A leaf among the anchors issues nothing, neither does a version 1
 * certificate. The verdict of *ret is TRUSTED, ISSUER_NOT_TRUSTED (only the
 * issuer is missing), or another reason. 0, -ENOMEM or -EIO.
 */
int verify_issued(const struct trust *trust, const struct certificate *c,
	int64_t now, struct verify_issue *ret);

/* What is left where the firmware wants a chain and there is a private CA, as
 * the end of a sentence. */
#define VERIFY_WAY_SIZE (RULE_TEXT_SIZE + 128)
void verify_way_around_chain_rule(const struct firmware *firmware, bool upload,
	char ret[VERIFY_WAY_SIZE]);

#endif
