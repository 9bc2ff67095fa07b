/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/macros.h"
#include "lib/x509/openssl-errors.h"

#define ZONE_MAX_CHARS 64

DEFINE_CLEANUP(GENERAL_NAMES, GENERAL_NAMES_free);

/* --- syntax --- */

static bool names_is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool names_label_is_valid(const char *label, size_t len)
{
	if (len == 0 || len > HOST_LABEL_MAX_CHARS || label[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!names_is_host_char(label[i]))
			return false;
	return true;
}

/* What inet_aton and its kin would read as part of an address. */
static bool names_label_is_number(const char *label, size_t len)
{
	const char *digits = "0123456789";
	size_t skip = 0;

	if (len > 2 && label[0] == '0' && (label[1] | 0x20) == 'x') {
		digits = "0123456789abcdefABCDEF";
		skip = 2;
	}
	for (size_t i = skip; i < len; i++)
		if (!memchr(digits, label[i], strlen(digits)))
			return false;
	return true;
}

/* Valid labels with single dots between; the last one is not a number. */
static bool names_labels_are_valid(const char *name, size_t len)
{
	const char *end = name + len;

	if (len == 0 || len > HOST_NAME_MAX_CHARS)
		return false;
	for (;;) {
		const char *dot = memchr(name, '.', (size_t)(end - name));
		size_t label = (size_t)((dot ? dot : end) - name);

		if (!names_label_is_valid(name, label))
			return false;
		if (!dot)
			return !names_label_is_number(name, label);
		name = dot + 1;
	}
}

bool dns_pattern_is_valid(const char *name, size_t len)
{
	if (len > 2 && name[0] == '*' && name[1] == '.')
		return names_labels_are_valid(name + 2, len - 2);
	return names_labels_are_valid(name, len);
}

static bool names_zone_is_valid(const char *zone, size_t len)
{
	if (len == 0 || len > ZONE_MAX_CHARS)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!names_is_host_char(zone[i]) && zone[i] != '.' &&
			zone[i] != '~' && zone[i] != '%')
			return false;
	return true;
}

/* An IPv6 address, perhaps in brackets, perhaps with a zone: which interface
 * it is reached by is not what a certificate is about. */
static bool names_parse_address6(const char *text, size_t len, struct host *ret)
{
	char copy[INET6_ADDRSTRLEN];
	const char *zone = NULL;

	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	zone = memchr(text, '%', len);
	if (zone &&
		!names_zone_is_valid(zone + 1, len - (size_t)(zone + 1 - text)))
		return false;
	len = zone ? (size_t)(zone - text) : len;
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = 0;
	if (inet_pton(AF_INET6, copy, ret->address) != 1)
		return false;
	ret->address_len = 16;
	return true;
}

static bool names_parse_address(const char *text, size_t len, struct host *ret)
{
	if (memchr(text, ':', len))
		return names_parse_address6(text, len, ret);
	if (inet_pton(AF_INET, text, ret->address) != 1)
		return false;
	ret->address_len = 4;
	return true;
}

static char names_lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

int host_parse(const char *text, struct host *ret)
{
	struct host h = {.kind = HOST_ADDRESS};
	size_t len = strnlen(text, HOST_TEXT_MAX_CHARS + 1);

	if (len > HOST_TEXT_MAX_CHARS)
		return -EINVAL;
	if (names_parse_address(text, len, &h)) {
		*ret = h;
		return 0;
	}
	if (len > 1 && text[len - 1] == '.')
		len--;
	if (!names_labels_are_valid(text, len))
		return -EINVAL;
	h = (struct host){.kind = HOST_DNS};
	for (size_t i = 0; i < len; i++)
		h.name[i] = names_lower(text[i]);
	*ret = h;
	return 0;
}

void host_format(const struct host *host, char ret[HOST_NAME_SIZE])
{
	_Static_assert(HOST_NAME_SIZE >= INET6_ADDRSTRLEN, "holds either");

	if (host->kind == HOST_DNS)
		memcpy(ret, host->name, HOST_NAME_SIZE);
	else
		(void)inet_ntop(host->address_len == 4 ? AF_INET : AF_INET6,
			host->address, ret, HOST_NAME_SIZE);
}

bool host_equal(const struct host *a, const struct host *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == HOST_DNS)
		return strcmp(a->name, b->name) == 0;
	return a->address_len == b->address_len &&
		memcmp(a->address, b->address, a->address_len) == 0;
}

/* --- matching --- */

static GENERAL_NAMES *names_subject_alt_names(const X509 *x)
{
	return X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
}

/*
 * RFC 5922 7.1: an identity has the scheme sip, which covers sips too (a
 * sips: URI is not an identity), and no user part.
 */
static bool names_is_sip_identity(const ASN1_IA5STRING *uri)
{
	const char *text = (const char *)ASN1_STRING_get0_data(uri);
	size_t len = (size_t)ASN1_STRING_length(uri);

	return len >= 4 && strncasecmp(text, "sip:", 4) == 0 &&
		!memchr(text, '@', len);
}

/* The domain of an identity; false when it cannot be a host, for instance a
 * wildcard. */
static bool names_sip_domain(const ASN1_IA5STRING *uri, struct host *ret)
{
	const char *text = (const char *)ASN1_STRING_get0_data(uri) + 4;
	size_t len = (size_t)ASN1_STRING_length(uri) - 4;
	char domain[HOST_TEXT_MAX_CHARS + 1];
	size_t n = 0;

	if (memchr(text, 0, len))
		return false;
	if (len > 0 && text[0] == '[')
		while (n < len && text[n] != ']')
			n++;
	while (n < len && !strchr(":;?", text[n]))
		n++;
	if (n == 0 || n > HOST_TEXT_MAX_CHARS)
		return false;
	memcpy(domain, text, n);
	domain[n] = 0;
	return host_parse(domain, ret) == 0;
}

/* Does the certificate have SIP identities at all; is the host one? */
static bool names_match_sip_uris(
	X509 *leaf, const struct host *host, bool *ret_any)
{
	CLEANUP(GENERAL_NAMES_free)
	GENERAL_NAMES *names = names_subject_alt_names(leaf);
	bool found = false;

	*ret_any = false;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		struct host identity;

		if (name->type != GEN_URI ||
			!names_is_sip_identity(
				name->d.uniformResourceIdentifier))
			continue;
		*ret_any = true;
		found = found ||
			(names_sip_domain(name->d.uniformResourceIdentifier,
				 &identity) &&
				host_equal(&identity, host));
	}
	return found;
}

static unsigned names_openssl_flags(const struct name_rules *rules)
{
	unsigned flags = rules->flags & 31U;

	if (rules->no_partial)
		flags |= X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
	if (rules->sip_strict)
		flags |= X509_CHECK_FLAG_NO_WILDCARDS;
	return flags;
}

/* OpenSSL's answer for a name: -2 is a malformed host, and -1 a common name of
 * a type that is no text: no match. Without memory it may be any, also of a
 * common name, as if there were no subjectAltName. */
static int names_matched(
	int answer, enum name_match found, enum name_match *ret)
{
	if (openssl_was_out_of_memory())
		return -EIO;
	*ret = answer == 1 ? found : NAME_NOT_FOUND;
	return 0;
}

/* RFC 5922 7.1 2: for SIP, if and only if there is no subjectAltName, unless
 * the flags ask for the subject whatever there is. */
static bool names_common_name_counts(
	const X509 *leaf, const struct name_rules *rules)
{
	return rules->common_name &&
		(!rules->sip ||
			rules->flags & X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT ||
			X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1) <
				0);
}

static int names_match_dns(X509 *leaf, const struct host *host,
	const struct name_rules *rules, enum name_match *ret)
{
	unsigned flags = names_openssl_flags(rules);
	int r = names_matched(
		X509_check_host(leaf, host->name, 0,
			flags | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL),
		NAME_IN_SAN, ret);

	if (r < 0 || *ret != NAME_NOT_FOUND ||
		!names_common_name_counts(leaf, rules))
		return r;
	return names_matched(X509_check_host(leaf, host->name, 0, flags, NULL),
		NAME_IN_COMMON_NAME, ret);
}

bool names_have_sip_identity(X509 *leaf)
{
	const struct host nobody = {.kind = HOST_DNS};
	bool any = false;

	(void)names_match_sip_uris(leaf, &nobody, &any);
	openssl_clear_errors();
	return any;
}

int names_match(X509 *leaf, const struct host *host,
	const struct name_rules *rules, enum name_match *ret)
{
	bool has_identities = false;
	bool found = false;

	if (host->kind == HOST_ADDRESS)
		return names_matched(X509_check_ip(leaf, host->address,
					     host->address_len, 0),
			NAME_IN_SAN, ret);
	if (rules->sip) {
		found = names_match_sip_uris(leaf, host, &has_identities);
		openssl_clear_errors();
	}
	if (has_identities) {
		*ret = found ? NAME_IN_SAN : NAME_NOT_FOUND;
		return 0;
	}
	return names_match_dns(leaf, host, rules, ret);
}

/* --- constraints --- */

unsigned constraints_count(const NAME_CONSTRAINTS *constraints)
{
	int permitted = sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees);
	int excluded = sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees);

	return (unsigned)(permitted > 0 ? permitted : 0) +
		(unsigned)(excluded > 0 ? excluded : 0);
}

/* RFC 5280 4.2.1.10: names with more labels on the left are within. A leading
 * dot, which guides for private CAs recommend, means subdomains only. */
static bool dns_is_within(const char *host, const ASN1_IA5STRING *base)
{
	const char *suffix = (const char *)ASN1_STRING_get0_data(base);
	size_t len = (size_t)ASN1_STRING_length(base);
	size_t host_len = strlen(host);

	if (len == 0)
		return true;
	if (host_len < len ||
		strncasecmp(host + host_len - len, suffix, len) != 0)
		return false;
	return host_len == len || suffix[0] == '.' ||
		host[host_len - len - 1] == '.';
}

static bool names_address_is_within(
	const struct host *host, const ASN1_OCTET_STRING *base)
{
	const uint8_t *address = ASN1_STRING_get0_data(base);
	const uint8_t *mask = address + host->address_len;

	if ((size_t)ASN1_STRING_length(base) != 2 * host->address_len)
		return false;
	for (size_t i = 0; i < host->address_len; i++)
		if ((host->address[i] ^ address[i]) & mask[i])
			return false;
	return true;
}

static bool names_is_within(const struct host *host, const GENERAL_NAME *base)
{
	if (host->kind == HOST_DNS)
		return dns_is_within(host->name, base->d.dNSName);
	return names_address_is_within(host, base->d.iPAddress);
}

/* How many subtrees are about this kind of name, and is the host in one? */
static bool names_in_subtrees(const STACK_OF(GENERAL_SUBTREE) * subtrees,
	const struct host *host, unsigned *ret_count)
{
	int type = host->kind == HOST_DNS ? GEN_DNS : GEN_IPADD;
	bool within = false;

	*ret_count = 0;
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(subtrees); i++) {
		const GENERAL_SUBTREE *s =
			sk_GENERAL_SUBTREE_value(subtrees, i);

		if (s->base->type != type)
			continue;
		(*ret_count)++;
		within = within || names_is_within(host, s->base);
	}
	return within;
}

bool constraints_permit_host(
	const NAME_CONSTRAINTS *constraints, const struct host *host)
{
	unsigned count = 0;

	if (names_in_subtrees(constraints->excludedSubtrees, host, &count))
		return false;
	return names_in_subtrees(
		       constraints->permittedSubtrees, host, &count) ||
		count == 0;
}
