/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this chain trusted, for this host and purpose, at this time? Pure: all
 * it depends on are parameters. The only user of X509_STORE_CTX; daemon,
 * fetcher, certprovctl and the client library share it.
 *
 * OpenSSL does not backtrack, so the path is searched here: depth first from
 * the leaf over every issuer among anchors, intermediates of the store and
 * sent certificates; each complete path alone goes to X509_verify_cert
 * (RFC 5280 section 6). What anybody could have put there is tried last, and
 * a limit of issuers passes over the rest of one name: junk hides nothing.
 */
#ifndef CERTPROV_VERIFY_H
#define CERTPROV_VERIFY_H

#include "lib/base/util.h"
#include "lib/trust/trust.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/certificate.h"

/*
 * What one call may cost; tests count, they do not measure time. All work is
 * weighed: a good chain (leaf and intermediate sent, RSA-2048, no anchor in
 * the chain) seen for the first time costs about VERIFY_GOOD_COST, and no
 * question more than VERIFY_MAX_COST.
 */
#define VERIFY_GOOD_COST 1000
#define VERIFY_MAX_COST 9000
#define VERIFY_MAX_ATTEMPTS 8    /* complete paths given to OpenSSL */
#define VERIFY_MAX_SIGNATURES 64 /* signatures checked, each once */
#define VERIFY_MAX_ISSUERS 256   /* certificates taken for an issuer */
/* Of them for one certificate of a path; more of that name are passed over. */
#define VERIFY_MAX_ISSUERS_OF_NAME 64
#define VERIFY_MAX_PATH 16 /* certificates in a path */
#define VERIFY_MAX_PATH_TEXT "16"
#define VERIFY_MAX_NAMES                                                       \
	65536                /* comparisons of a name: with the host, or       \
				with one subtree of a constraint */
#define VERIFY_MAX_CHAIN 256 /* certificates sent */

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

/* What the leaf's key is to be used for. */
enum verify_use {
	USE_TLS_SERVER,
	USE_TLS_CLIENT, /* outside test cases only */
	USE_ANY,
};

/* What else outside test cases demand of a path, RFC 5280 6.1.1; no phone
 * does. Borrowed. */
struct verify_demands {
	bool depth_given;
	uint64_t max_intermediates;  /* self-issued ones are not counted */
	const char *const *policies; /* object identifiers; none: any policy */
	size_t policy_count;
	bool explicit_policy;
	bool inhibit_policy_mapping;
	bool inhibit_any_policy;
};

struct verify_query {
	const struct bytes *chain; /* DER, leaf first */
	size_t chain_count;
	const char *host; /* DNS name, address or, for sip, domain; NULL: the
			     name is not checked */
	enum purpose purpose;
	enum verify_use use;
	int64_t now; /* the clock; the floor of the trust is applied here */
	const struct verify_demands *demands; /* or NULL */
};

struct verify_work {
	unsigned cost; /* all of it weighed: see VERIFY_GOOD_COST */
	unsigned attempts;
	unsigned signatures;
	unsigned issuers;
	unsigned names;
	unsigned decoded; /* certificates, the leaf included */
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
	size_t path_count;   /* 0 when no path was found */
	unsigned warnings;   /* bits of enum warning; where no path holds and
				an exception passes or could be made, all that
				is wrong besides the result */
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
 * The whole order of judging a peer: decode and limits, distrusted, not
 * verified by policy, exception, path, dates, key strength, use, name.
 * When
 * several paths fail, the reason is that of the one that came furthest.
 *
 * Below the floor the clock is known to be wrong: it is taken for the floor,
 * and what is not valid yet by it is let pass with a warning, because the
 * real time is later by an unknown amount.
 *
 * Returns 0 and an answer, good or bad; -ENOMEM or -EIO (OpenSSL itself
 * failed) and *ret untouched otherwise.
 */
int verify_peer(const struct trust *trust, const struct verify_query *query,
	struct verify_result *ret);

/*
 * Is this certificate signed by an authority or server certificate: a
 * complete path to an anchor that is not the certificate itself, for any
 * use? A leaf among the anchors issues nothing, neither does a version 1
 * certificate. *ret is TRUSTED, ISSUER_NOT_TRUSTED (only the issuer is
 * missing), or another reason.
 */
int verify_issued(const struct trust *trust, const struct certificate *c,
	int64_t now, enum verdict *ret);

#endif
