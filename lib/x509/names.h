/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of a server: host names and addresses are parsed strictly and
 * compared with the names of a certificate and the constraints of its issuers.
 * OpenSSL compares; what counts as a host is decided here, because OpenSSL
 * would let ".example.com" match every subdomain and "1.2.3.4" a DNS name.
 * Resolves nothing.
 */
#ifndef CERTPROV_NAMES_H
#define CERTPROV_NAMES_H

#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_NAME_MAX_CHARS 253
#define HOST_LABEL_MAX_CHARS 63
#define HOST_TEXT_MAX_CHARS 320 /* an address with brackets and zone */

enum host_kind {
	HOST_DNS,
	HOST_ADDRESS,
};

/* What was asked for. A value. */
struct host {
	enum host_kind kind;
	char name[HOST_NAME_MAX_CHARS + 1]; /* lower case, no trailing dot */
	uint8_t address[16];
	size_t address_len; /* 4 or 16 */
};

/*
 * "pbx.example.com", "pbx.example.com.", "192.0.2.1", "2001:db8::1",
 * "[2001:db8::1]", "fe80::1%eth0". Labels have letters, digits, hyphens (not
 * first) and underscores; international names come as A-labels; what ends in
 * a number must be an address. 0, or -EINVAL and *ret untouched.
 */
int host_parse(const char *text, struct host *ret);
/* As text again, in one form for equal hosts; an address without brackets and
 * zone. */
#define HOST_NAME_SIZE (HOST_NAME_MAX_CHARS + 1)
void host_format(const struct host *host, char ret[HOST_NAME_SIZE]);
bool host_equal(const struct host *a, const struct host *b);

/*
 * Can this dNSName be compared with a constraint: labels as above, the first
 * may be an asterisk, no trailing dot?
 */
bool dns_pattern_is_valid(const char *name, size_t len);

struct name_rules {
	unsigned flags;   /* X509_CHECK_FLAG_*: host_name_validation_flags */
	bool common_name; /* the CN counts where the SAN has no DNS name */
	bool no_partial;  /* no wildcard as a part of a label */
	bool sip;         /* RFC 5922: sip: URIs before DNS names, and the
			     CN only where there is no SAN */
	bool sip_strict;  /* SIP, by RFC 5922 7.2: no wildcards at all */
};

enum name_match {
	NAME_NOT_FOUND,
	NAME_IN_SAN,
	NAME_IN_COMMON_NAME,
};

/* Is the host among the names? 0, or -EIO when OpenSSL could not tell. */
int names_match(X509 *leaf, const struct host *host,
	const struct name_rules *rules, enum name_match *ret);

/* Does it have SIP identities (sip: URIs)? Then no other name counts for SIP
 * (RFC 5922 7.1). */
bool names_have_sip_identity(X509 *leaf);

/* Subtrees, permitted and excluded. */
unsigned constraints_count(const NAME_CONSTRAINTS *constraints);
/* May an issuer with these constraints issue for this host? The host, not
 * the SANs: a wildcard reaches into what is excluded. */
bool constraints_permit_host(
	const NAME_CONSTRAINTS *constraints, const struct host *host);

#endif
