/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one verification may cost, and what it did cost. Tests count work,
 * they do not measure time. A good chain (leaf and intermediate sent,
 * RSA-2048, no anchor in the chain) that is seen for the first time costs
 * about VERIFY_GOOD_COST; no question costs more than VERIFY_MAX_COST.
 */
#ifndef CERTPROV_VERIFY_LIMITS_H
#define CERTPROV_VERIFY_LIMITS_H

#define VERIFY_GOOD_COST 1000
#define VERIFY_MAX_COST 9000
#define VERIFY_MAX_ATTEMPTS 8    /* complete paths given to OpenSSL */
#define VERIFY_MAX_SIGNATURES 64 /* signatures checked, each once */
#define VERIFY_MAX_ISSUERS 256   /* certificates considered as issuers */
/* The same for one certificate of a path; more of that name are skipped. */
#define VERIFY_MAX_ISSUERS_OF_NAME 64
/* Certificates of one name that are looked at to explain a refusal. */
#define VERIFY_MAX_RELATED 8
#define VERIFY_MAX_PATH 16 /* certificates in a path */
#define VERIFY_MAX_PATH_TEXT "16"
/* Comparisons of a name with the host or with a subtree of a constraint. */
#define VERIFY_MAX_NAMES 65536
#define VERIFY_MAX_CHAIN 256 /* certificates sent */

struct verify_work {
	unsigned cost; /* everything, weighted: see VERIFY_GOOD_COST */
	unsigned attempts;
	unsigned signatures;
	unsigned issuers;
	unsigned names;
	unsigned decoded; /* certificates, the leaf included */
};

#endif
