/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/name-mismatch.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/macros.h"
#include "lib/base/string.h"
#include "lib/x509/general-name.h"
#include "lib/x509/openssl-errors.h"

#define FLAGS "host_name_validation_flags"
#define NAMES_SHOWN 8
/* Of a name in a sentence. */
#define SHOWN_CHARS 100
#define WHY_CHARS 250
/* Names that are looked into, so that odd wildcards cost little. */
#define NAMES_LOOKED_INTO 128
#define COMMON_NAMES_LOOKED_INTO 16

DEFINE_CLEANUP(GENERAL_NAMES, GENERAL_NAMES_free);

/* A name of the certificate, wherever it stands. */
struct mismatch_name {
	const char *text; /* as it is shown */
	size_t len;
	const char *what; /* "DNS name" or "CN" */
};

static void mismatch_say(
	struct name_mismatch *m, const struct mismatch_name *n, const char *why)
{
	(void)snprintf(m->why, sizeof(m->why), "its %.20s %.*s %.*s", n->what,
		SHOWN_CHARS, n->text, WHY_CHARS, why);
}

static bool mismatch_is(const char *text, size_t len, const char *host)
{
	return strlen(host) == len && strncasecmp(text, host, len) == 0;
}

/* --- wildcards --- */

/* Would it match if every asterisk stood for any part of one label? */
static bool mismatch_would_match(const char *pattern, const char *host)
{
	const char *star = NULL; /* the last one, and where it matched to */
	const char *upto = NULL;

	while (*host) {
		if (*pattern == '*') {
			star = pattern++;
			upto = host;
		} else if (strncasecmp(pattern, host, 1) == 0) {
			pattern++;
			host++;
		} else if (star && *upto != '.') {
			pattern = star + 1;
			host = ++upto;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == 0;
}

/* "*.example.net" for example.net itself, and for what is deeper below it. */
static bool mismatch_label_count(const struct mismatch_name *n,
	const char *host, struct name_mismatch *m)
{
	const char *base = n->text + 2;
	size_t len = strlen(base);
	size_t host_len = strlen(host);

	if (n->text[0] != '*' || n->text[1] != '.' || strchr(base, '*'))
		return false;
	if (mismatch_is(base, len, host)) {
		mismatch_say(m, n,
			"is for the names below that domain, not for the "
			"domain itself");
		return true;
	}
	if (host_len <= len + 1 || host[host_len - len - 1] != '.' ||
		strcasecmp(host + host_len - len, base) != 0 ||
		!memchr(host, '.', host_len - len - 1))
		return false;
	mismatch_say(m, n, "stands for one label, and the host has more there");
	return true;
}

/* What is wrong with the wildcard on every phone. */
static const char *mismatch_bad_wildcard(const char *pattern, const char *host)
{
	const char *star = strchr(pattern, '*');
	const char *dot = strchr(pattern, '.');
	bool whole = star == pattern && dot == pattern + 1;

	if (!star)
		return NULL;
	if (strchr(star + 1, '*'))
		return "has more than one wildcard, which never counts";
	if (dot && star > dot)
		return "has its wildcard in another label than the first, "
		       "which never counts";
	if (!dot || !strchr(dot + 1, '.'))
		return "has a wildcard directly below a top-level domain, "
		       "which never counts";
	if (whole)
		return NULL;
	if (star > pattern && star[1] != '.')
		return "has its wildcard in the middle of a label, which never "
		       "counts";
	if (strncasecmp(pattern, "xn--", 4) == 0 ||
		strncasecmp(host, "xn--", 4) == 0)
		return "has a wildcard as a part of a label, which never "
		       "stands for an international name";
	return NULL;
}

static void mismatch_say_flag(struct name_mismatch *m,
	const struct mismatch_name *n, unsigned flags, unsigned bit,
	const char *which)
{
	char why[WHY_CHARS];

	(void)snprintf(why, sizeof(why),
		"does not count: " FLAGS
		" is %u, and its bit %u lets no %s count",
		flags, bit, which);
	mismatch_say(m, n, why);
	(void)snprintf(
		m->cure, sizeof(m->cure), "set " FLAGS " to %u", flags & ~bit);
}

/* What the settings of this phone have against it. */
static bool mismatch_settings(const struct name_mismatch_case *c,
	const struct mismatch_name *n, struct name_mismatch *m)
{
	const struct name_rules *rules = c->rules;
	bool whole = n->text[0] == '*' && n->text[1] == '.';

	if (rules->sip_strict) {
		mismatch_say(m, n,
			"does not count: with SipStrict=yes no wildcard counts "
			"for SIP");
		m->clause = "RFC 5922 7.2";
		(void)snprintf(m->cure, sizeof(m->cure),
			"set SipStrict=no in certprovd.conf");
	} else if (rules->flags & X509_CHECK_FLAG_NO_WILDCARDS) {
		mismatch_say_flag(m, n, rules->flags,
			X509_CHECK_FLAG_NO_WILDCARDS, "wildcard");
	} else if (!whole && c->strict) {
		mismatch_say(m, n,
			"does not count: with Profile=strict no wildcard "
			"counts that is a part of a label");
		(void)snprintf(m->cure, sizeof(m->cure),
			"set Profile=compatible in certprovd.conf");
	} else if (!whole &&
		rules->flags & X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS) {
		mismatch_say_flag(m, n, rules->flags,
			X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
			"wildcard that is a part of a label");
	} else {
		return false;
	}
	return true;
}

static bool mismatch_wildcard(const struct name_mismatch_case *c,
	const struct mismatch_name *n, struct name_mismatch *m)
{
	const char *host = c->host->name;
	const char *bad = NULL;

	if (!strchr(n->text, '*') || n->len > HOST_NAME_MAX_CHARS)
		return false;
	if (mismatch_label_count(n, host, m))
		return true;
	if (n->len == 1) {
		mismatch_say(m, n,
			"does not count: a wildcard needs a domain after it");
		return true;
	}
	if (!mismatch_would_match(n->text, host))
		return false;
	bad = mismatch_bad_wildcard(n->text, host);
	if (!bad)
		return mismatch_settings(c, n, m);
	mismatch_say(m, n, bad);
	return true;
}

/* --- other spellings of the host --- */

/* The host in a URL or with a port, a user, a path. */
static bool mismatch_wraps(const char *text, const char *host)
{
	const char *scheme = strstr(text, "://");
	size_t n = 0;

	text = scheme ? scheme + 3 : text;
	n = strcspn(text, ":/?#");
	return (scheme || text[n]) && mismatch_is(text, n, host);
}

static const char *mismatch_spelling(
	const struct mismatch_name *n, const char *host)
{
	const char *text = n->text + strspn(n->text, " \t");
	size_t len = strcspn(text, " \t");

	if (mismatch_is(n->text, n->len, host))
		return NULL;
	if (n->len > 1 && n->text[n->len - 1] == '.' &&
		mismatch_is(n->text, n->len - 1, host))
		return "ends with a dot, which a name in a certificate must "
		       "not";
	if (mismatch_is(text, len, host))
		return "has spaces around it";
	if (mismatch_wraps(n->text, host))
		return "is no host name: it must be the name alone, without "
		       "scheme, port and path";
	if (strncmp(n->text + strlen(host), "\\0", 2) == 0 &&
		mismatch_is(n->text, strlen(host), host))
		return "has a zero byte in it";
	return NULL;
}

static bool mismatch_is_beyond_ascii(const char *text)
{
	for (; *text; text++)
		if (*text & 0x80)
			return true;
	return false;
}

static bool mismatch_has_a_label(const char *host)
{
	return strncmp(host, "xn--", 4) == 0 || strstr(host, ".xn--");
}

static bool mismatch_dns(const struct name_mismatch_case *c,
	const struct mismatch_name *n, struct name_mismatch *m)
{
	const char *why = NULL;

	if (n->len >= strlen(c->host->name))
		why = mismatch_spelling(n, c->host->name);
	if (!why && mismatch_has_a_label(c->host->name) &&
		mismatch_is_beyond_ascii(n->text))
		why = "has letters beyond ASCII, so no host matches it: it "
		      "must be written as A-labels, xn--...";
	if (!why)
		return mismatch_wildcard(c, n, m);
	mismatch_say(m, n, why);
	return true;
}

/* --- names of other kinds --- */

/* "192.0.2.*": somebody hoped for it. */
static bool mismatch_is_address_pattern(const char *text)
{
	return strchr(text, '*') && strchr(text, '.') &&
		strspn(text, "0123456789.*") == strlen(text);
}

static bool mismatch_is_same_address(const char *text, const struct host *host)
{
	struct host other;

	return host_parse(text, &other) == 0 && host_equal(&other, host);
}

/* A DNS name or CN that has the address asked for. */
static bool mismatch_address_as_text(const struct name_mismatch_case *c,
	const struct mismatch_name *n, struct name_mismatch *m)
{
	const char *why = NULL;

	if (mismatch_is_same_address(n->text, c->host))
		why = "does not count: an address counts only as an iPAddress "
		      "in subjectAltName";
	else if (mismatch_is_address_pattern(n->text))
		why = "does not count: there are no wildcards for addresses";
	if (why)
		mismatch_say(m, n, why);
	return why;
}

/* The host of a URI; false when it has none. */
static bool mismatch_uri_host(const char *uri, struct host *ret)
{
	char text[HOST_TEXT_MAX_CHARS + 1];
	const char *begin = strchr(uri, ':');
	const char *at = NULL;
	size_t n = 0;

	if (!begin)
		return false;
	begin++;
	begin += strspn(begin, "/");
	at = strchr(begin, '@');
	begin = at ? at + 1 : begin;
	n = *begin == '[' ? strcspn(begin, "]") + 1 : strcspn(begin, ":;?/");
	if (n > HOST_TEXT_MAX_CHARS || n > strlen(begin))
		return false;
	memcpy(text, begin, n);
	text[n] = 0;
	return host_parse(text, ret) == 0;
}

static bool mismatch_uri(const struct name_mismatch_case *c,
	const struct mismatch_name *n, struct name_mismatch *m)
{
	bool sip = strncasecmp(n->text, "sip:", 4) == 0;
	struct host host;

	if (!mismatch_uri_host(n->text, &host) || !host_equal(&host, c->host))
		return false;
	if (c->host->kind == HOST_ADDRESS)
		mismatch_say(m, n,
			"does not count: an address counts only as an "
			"iPAddress in subjectAltName");
	else if (sip && strchr(n->text, '@'))
		mismatch_say(m, n,
			"does not count: it is the identity of a user, not of "
			"the domain");
	else if (sip && c->sip)
		mismatch_say(m, n,
			"does not count: this firmware does not look at sip: "
			"URIs");
	else if (sip)
		mismatch_say(m, n, "counts for the purpose sip only");
	else
		mismatch_say(m, n,
			c->sip ? "does not count: only URIs that begin with "
				 "sip: do"
			       : "does not count: the host must be a DNS name "
				 "in subjectAltName");
	if (sip || c->sip)
		m->clause = "RFC 5922 7.1";
	return true;
}

static bool mismatch_mapped(const struct name_mismatch_case *c,
	const ASN1_OCTET_STRING *address, struct name_mismatch *m)
{
	static const uint8_t prefix[12] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (c->host->address_len != 16 || ASN1_STRING_length(address) != 4 ||
		memcmp(c->host->address, prefix, sizeof(prefix)) != 0 ||
		memcmp(c->host->address + sizeof(prefix),
			ASN1_STRING_get0_data(address), 4) != 0)
		return false;
	(void)snprintf(m->why, sizeof(m->why),
		"it has that address as IPv4: ask for it without ::ffff:");
	return true;
}

/* --- all names --- */

static bool mismatch_alt_name(const struct name_mismatch_case *c,
	const GENERAL_NAME *name, struct name_mismatch *m)
{
	char text[GENERAL_NAME_TEXT_SIZE];
	struct mismatch_name n = {
		.text = text, .what = general_name_kind(name->type)};

	if (name->type == GEN_IPADD)
		return mismatch_mapped(c, name->d.iPAddress, m);
	if (name->type != GEN_DNS && name->type != GEN_URI)
		return false;
	general_name_text(name, text);
	n.len = strlen(text);
	if (name->type == GEN_URI)
		return mismatch_uri(c, &n, m);
	return c->host->kind == HOST_ADDRESS
		? mismatch_address_as_text(c, &n, m)
		: mismatch_dns(c, &n, m);
}

/* Why the CN was not compared with the host; NULL: it was. */
static const char *mismatch_why_no_cn(const struct name_mismatch_case *c,
	const GENERAL_NAMES *names, bool has_dns, struct name_mismatch *m)
{
	bool always = c->rules->flags & X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT;

	if (c->strict) {
		(void)snprintf(m->cure, sizeof(m->cure),
			"set Profile=compatible in certprovd.conf");
		return "does not count: with Profile=strict no CN counts";
	}
	if (c->constrained)
		return "does not count: below a CA with name constraints only "
		       "the subjectAltName counts";
	if (c->rules->sip && names && !always) {
		m->clause = "RFC 5922 7.1";
		return "does not count: for SIP the CN counts only without a "
		       "subjectAltName";
	}
	if (has_dns && !always)
		return "does not count: there are DNS names in subjectAltName, "
		       "and then only those do";
	return NULL;
}

static bool mismatch_common_name(const struct name_mismatch_case *c,
	const struct mismatch_name *n, const GENERAL_NAMES *names, bool has_dns,
	struct name_mismatch *m)
{
	struct name_mismatch not_counted = {.clause = NULL};
	const char *why = NULL;
	struct host host;

	if (c->host->kind == HOST_ADDRESS)
		return mismatch_address_as_text(c, n, m);
	why = mismatch_why_no_cn(c, names, has_dns, &not_counted);
	if (why && mismatch_would_match(n->text, c->host->name)) {
		*m = not_counted;
		mismatch_say(m, n, why);
		return true;
	}
	if (mismatch_dns(c, n, m))
		return true;
	if (has_dns || strchr(n->text, '*') || host_parse(n->text, &host) == 0)
		return false;
	mismatch_say(m, n,
		names ? "is not a host name, and its subjectAltName has no DNS "
			"name"
		      : "is not a host name, and it has no subjectAltName");
	return true;
}

static bool mismatch_common_names(const struct name_mismatch_case *c,
	const GENERAL_NAMES *names, bool has_dns, struct name_mismatch *m)
{
	const X509_NAME *subject = X509_get_subject_name(c->leaf->x509);
	int at = -1;
	unsigned left = COMMON_NAMES_LOOKED_INTO;
	bool found = false;

	while (!found && left-- > 0 &&
		(at = X509_NAME_get_index_by_NID(
			 (X509_NAME *)subject, NID_commonName, at)) >= 0) {
		const ASN1_STRING *cn = X509_NAME_ENTRY_get_data(
			X509_NAME_get_entry(subject, at));
		char text[GENERAL_NAME_TEXT_SIZE];
		unsigned char *utf8 = NULL;
		int len = ASN1_STRING_to_UTF8(&utf8, cn);
		struct mismatch_name n = {.text = text, .what = "CN"};

		if (len < 0)
			continue;
		general_name_copy(utf8, (size_t)len, text, sizeof(text));
		OPENSSL_free(utf8);
		n.len = strlen(text);
		found = mismatch_common_name(c, &n, names, has_dns, m);
	}
	return found;
}

static void mismatch_put_wanted(const struct host *host, const char *kind,
	char ret[NAME_MISMATCH_WANTED_SIZE])
{
	char text[HOST_NAME_SIZE];

	host_format(host, text);
	(void)snprintf(ret, NAME_MISMATCH_WANTED_SIZE, "%s%s", kind, text);
}

void name_mismatch_wanted(
	const struct host *host, char ret[NAME_MISMATCH_WANTED_SIZE])
{
	mismatch_put_wanted(host, host->kind == HOST_DNS ? "DNS:" : "IP:", ret);
}

/* None is like the host: then at least that there is none of its kind. */
static void mismatch_nothing(const struct name_mismatch_case *c,
	const GENERAL_NAMES *names, bool has_kind, struct name_mismatch *m)
{
	if (!names)
		(void)snprintf(
			m->why, sizeof(m->why), "it has no subjectAltName");
	else if (!has_kind)
		(void)snprintf(m->why, sizeof(m->why),
			"its subjectAltName has no %s",
			general_name_kind(c->host->kind == HOST_DNS
					? GEN_DNS
					: GEN_IPADD));
}

void name_mismatch_find(
	const struct name_mismatch_case *c, struct name_mismatch *ret)
{
	CLEANUP(GENERAL_NAMES_free)
	GENERAL_NAMES *names = X509_get_ext_d2i(
		c->leaf->x509, NID_subject_alt_name, NULL, NULL);
	bool has_dns = false;
	bool has_address = false;
	bool found = false;

	*ret = (struct name_mismatch){.clause = NULL};
	if (c->rules->sip && c->host->kind == HOST_DNS &&
		names_have_sip_identity(c->leaf->x509)) {
		(void)snprintf(ret->why, sizeof(ret->why),
			"it has a sip: URI, so for SIP only such URIs count");
		ret->clause = "RFC 5922 7.1";
		mismatch_put_wanted(c->host, "URI:sip:", ret->wanted);
		return;
	}
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		has_dns = has_dns || name->type == GEN_DNS;
		has_address = has_address || name->type == GEN_IPADD;
		found = found ||
			(i < NAMES_LOOKED_INTO &&
				mismatch_alt_name(c, name, ret));
	}
	if (!found)
		found = mismatch_common_names(c, names, has_dns, ret);
	if (!found)
		mismatch_nothing(c, names,
			c->host->kind == HOST_DNS ? has_dns : has_address, ret);
	name_mismatch_wanted(c->host, ret->wanted);
	openssl_clear_errors();
}

/* --- the names that are there --- */

/* How many characters at the end are the same; all that are of the kind that
 * is asked for come first. */
static size_t mismatch_likeness(const char *name, const struct host *host)
{
	const char *text = strchr(name, ':');
	bool address = strncmp(name, "IP:", 3) == 0;
	char asked[HOST_NAME_SIZE];
	size_t kind = address == (host->kind == HOST_ADDRESS)
		? HOST_NAME_MAX_CHARS
		: 0;
	size_t len = 0;
	size_t asked_len = 0;
	size_t same = 0;

	host_format(host, asked);
	text = text ? text + 1 : name;
	len = strlen(text);
	asked_len = strlen(asked);
	while (same < len && same < asked_len &&
		strncasecmp(text + len - same - 1, asked + asked_len - same - 1,
			1) == 0)
		same++;
	return kind + same;
}

/* The one most alike of those that are left. */
static size_t mismatch_take_nearest(const struct certificate *c,
	const struct host *host, bool taken[CERTIFICATE_MAX_NAMES])
{
	size_t best = 0;
	size_t most = 0;

	for (size_t i = 0; i < c->name_count; i++) {
		size_t like =
			taken[i] ? 0 : 1 + mismatch_likeness(c->names[i], host);

		if (like <= most)
			continue;
		most = like;
		best = i;
	}
	taken[best] = true;
	return best;
}

int name_mismatch_names(
	const struct certificate *c, const struct host *host, char **ret)
{
	CLEANUP(free) char *text = NULL;
	bool taken[CERTIFICATE_MAX_NAMES] = {false};
	size_t more = c->name_count + c->names_left_out;
	int r = string_format(&text, "%s", more > 0 ? "" : "no names");

	for (size_t n = 0; r == 0 && n < NAMES_SHOWN && n < c->name_count;
		n++) {
		CLEANUP(free) char *before = TAKE_PTR(text);
		size_t best = mismatch_take_nearest(c, host, taken);

		more--;
		r = string_format(&text, "%s%s%s", before, n > 0 ? ", " : "",
			c->names[best]);
	}
	if (r == 0 && more > 0) {
		CLEANUP(free) char *before = TAKE_PTR(text);

		r = string_format(&text, "%s and %zu more", before, more);
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(text);
	return 0;
}
