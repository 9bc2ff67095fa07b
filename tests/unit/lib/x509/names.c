/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/unit/lib/x509/openssl-memory.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

/* --- syntax --- */

/* What is asked for, and what it is taken as; NULL: refused. */
static const struct {
	const char *text;
	const char *name; /* of a DNS name; "v4", "v6" for an address */
} hosts[] = {
	{"pbx.example.com", "pbx.example.com"},
	{"PBX.Example.COM.", "pbx.example.com"},
	{"localhost", "localhost"},
	{"a_b.example.com", "a_b.example.com"},
	{"xn--nxasmq6b.example", "xn--nxasmq6b.example"},
	{"3com.example", "3com.example"},
	{"192.0.2.1", "v4"},
	{"2001:db8::1", "v6"},
	{"[2001:db8::1]", "v6"},
	{"fe80::1%eth0", "v6"},
	{"[fe80::1%25eth0]", "v6"},
	{"::ffff:192.0.2.1", "v6"},
	{"", NULL},
	{".", NULL},
	{".example.com", NULL},
	{"example..com", NULL},
	{"example.com..", NULL},
	{"-a.example.com", NULL},
	{"*.example.com", NULL},
	{"b\xc3\xbc.example", NULL},
	{"a b", NULL},
	{"host:5061", NULL},
	{"https://host", NULL},
	{"192.0.2.1.", NULL},
	{"192.0.2", NULL},
	{"192.0.2.256", NULL},
	{"1.2.3.4.5", NULL},
	{"0x7f000001", NULL},
	{"host.0x7f", NULL},
	{"3232235521", NULL},
	{"[192.0.2.1]", NULL},
	{"[2001:db8::1", NULL},
	{"2001:db8::1]", NULL},
	{"fe80::1%", NULL},
	{"fe80::1%a b", NULL},
	{"2001:db8::12345", NULL},
	{"[]", NULL},
};

START_TEST(host_is_read_strictly)
{
	struct host h = {.kind = HOST_DNS};
	int r = host_parse(hosts[_i].text, &h);

	if (!hosts[_i].name) {
		ck_assert_msg(r == -EINVAL, "%s", hosts[_i].text);
		return;
	}
	ck_assert_msg(r == 0, "%s", hosts[_i].text);
	if (strcmp(hosts[_i].name, "v4") == 0)
		ck_assert_uint_eq(h.address_len, 4);
	else if (strcmp(hosts[_i].name, "v6") == 0)
		ck_assert_uint_eq(h.address_len, 16);
	else
		ck_assert_str_eq(h.name, hosts[_i].name);
}
END_TEST

START_TEST(zone_and_brackets_make_no_difference)
{
	struct host a;
	struct host b;

	ck_assert_int_eq(host_parse("fe80::1%eth0", &a), 0);
	ck_assert_int_eq(host_parse("[FE80:0::1%eth1]", &b), 0);
	ck_assert(host_equal(&a, &b));
	ck_assert_int_eq(host_parse("fe80::2", &b), 0);
	ck_assert(!host_equal(&a, &b));
	ck_assert_int_eq(host_parse("fe80.example", &b), 0);
	ck_assert(!host_equal(&a, &b));
}
END_TEST

START_TEST(label_and_name_end_at_their_maximum)
{
	char text[2 * HOST_TEXT_MAX_CHARS];
	struct host h;

	memset(text, 'a', sizeof(text));
	memcpy(text + HOST_LABEL_MAX_CHARS, ".example", 9);
	ck_assert_int_eq(host_parse(text, &h), 0);
	memset(text, 'a', sizeof(text));
	memcpy(text + HOST_LABEL_MAX_CHARS + 1, ".example", 9);
	ck_assert_int_eq(host_parse(text, &h), -EINVAL);

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? '.' : 'a';
	text[HOST_NAME_MAX_CHARS] = 0;
	ck_assert_int_eq(host_parse(text, &h), 0);
	text[HOST_NAME_MAX_CHARS] = '.';
	text[HOST_NAME_MAX_CHARS + 1] = 'a';
	text[HOST_NAME_MAX_CHARS + 2] = 0;
	ck_assert_int_eq(host_parse(text, &h), -EINVAL);
	text[HOST_NAME_MAX_CHARS + 2] = '.';
	text[sizeof(text) - 1] = 0;
	ck_assert_int_eq(host_parse(text, &h), -EINVAL);
}
END_TEST

/* --- matching --- */

#define CN NAME_IN_COMMON_NAME
#define SAN NAME_IN_SAN
#define NO NAME_NOT_FOUND

static const struct {
	const char *cn;
	const char *san;
	const char *host;
	struct name_rules rules;
	enum name_match expected;
} matches[] = {
	/* Bit by bit what host_name_validation_flags may say. */
	{"cn.example.com", "DNS:a.example.com", "a.example.com",
		{.common_name = true}, SAN},
	{"cn.example.com", "DNS:a.example.com", "cn.example.com",
		{.common_name = true}, NO},
	{"cn.example.com", "DNS:a.example.com", "cn.example.com",
		{.common_name = true, .flags = 1}, CN},
	{"cn.example.com", "DNS:a.example.com", "cn.example.com",
		{.common_name = false, .flags = 1}, NO},
	{"x", "DNS:*.example.com", "a.example.com", {.flags = 0}, SAN},
	{"x", "DNS:*.example.com", "a.example.com", {.flags = 2}, NO},
	{"x", "DNS:a*.example.com", "ab.example.com", {.flags = 0}, SAN},
	{"x", "DNS:a*.example.com", "ab.example.com", {.flags = 4}, NO},
	{"x", "DNS:a*.example.com", "ab.example.com", {.no_partial = true}, NO},
	{"x", "DNS:*.example.com", "a.b.example.com", {.flags = 0}, NO},
	{"x", "DNS:*.example.com", "a.b.example.com", {.flags = 8}, SAN},
	{"x", "DNS:*.example.com", "a.example.com", {.flags = 16}, SAN},
	{"x", "DNS:.example.com", "a.example.com", {.flags = 0}, NO},
	{"x", "DNS:.example.com", "a.example.com", {.flags = 16}, NO},
	{"x", "DNS:*b.example.com", "ab.example.com", {.flags = 0}, SAN},
	{"x", "DNS:*b.example.com", "ab.example.com", {.flags = 4}, NO},
	{"x", "DNS:a*.example.com", "ab.example.com", {.flags = 8}, SAN},
	{"x", "DNS:*.example.com", "a.b.example.com", {.flags = 8 | 2}, NO},
	{"*.example.com", "DNS:x.org", "a.example.com",
		{.common_name = true, .flags = 1}, CN},
	{"*.example.com", "DNS:x.org", "a.example.com",
		{.common_name = true, .flags = 1 | 2}, NO},
	/* International names are compared as A-labels. */
	{"x", "DNS:xn--bcher-kva.example", "xn--bcher-kva.example",
		{.flags = 0}, SAN},
	{"x", "DNS:XN--BCHER-KVA.example", "xn--bcher-kva.example",
		{.flags = 0}, SAN},
	{"x", "DNS:*.example", "xn--bcher-kva.example", {.flags = 0}, NO},
	{"x", "DNS:*.a.example", "xn--bcher-kva.a.example", {.flags = 0}, SAN},
	{"x", "DNS:xn--b*.a.example", "xn--bcher-kva.a.example", {.flags = 0},
		NO},
	{"x", "DNS:b*.a.example", "xn--bcher-kva.a.example", {.flags = 0}, NO},
	/* Bits that are not the vendor's do nothing. */
	{"cn.example.com", "IP:192.0.2.1", "cn.example.com",
		{.common_name = true, .flags = 0x20}, CN},
	/* The common name, where there is no DNS name. */
	{"cn.example.com", NULL, "cn.example.com", {.common_name = true}, CN},
	{"cn.example.com", NULL, "cn.example.com", {.common_name = false}, NO},
	{"cn.example.com", "URI:http://a", "cn.example.com",
		{.common_name = true}, CN},
	/* Addresses match iPAddress only. */
	{"192.0.2.1", NULL, "192.0.2.1", {.common_name = true, .flags = 1}, NO},
	{"x", "DNS:192.0.2.1", "192.0.2.1", {.common_name = true}, NO},
	{"x", "DNS:*.0.2.1", "192.0.2.1", {.common_name = true}, NO},
	{"x", "IP:192.0.2.1", "192.0.2.1", {.flags = 0}, SAN},
	{"x", "IP:192.0.2.1", "192.0.2.2", {.flags = 0}, NO},
	{"x", "IP:2001:db8::1", "[2001:db8:0::1]", {.flags = 0}, SAN},
	{"x", "IP:fe80::1", "fe80::1%eth0", {.flags = 0}, SAN},
	{"x", "IP:fe80::1", "[fe80::1%25eth0]", {.flags = 0}, SAN},
	{"x", "IP:192.0.2.1", "::ffff:192.0.2.1", {.flags = 0}, NO},
	{"x", "IP:::ffff:192.0.2.1", "192.0.2.1", {.flags = 0}, NO},
	{"x", "DNS:[2001:db8::1]", "2001:db8::1", {.flags = 0}, NO},
	{"2001:db8::1", NULL, "2001:db8::1", {.common_name = true, .flags = 1},
		NO},
	/* RFC 5922: sip: URIs without user part, DNS names only without any. */
	{"x", "URI:sip:example.com", "example.com", {.sip = true}, SAN},
	{"x", "URI:SIP:Example.COM", "example.com", {.sip = true}, SAN},
	{"x", "URI:sip:example.com:5061;transport=tls", "example.com",
		{.sip = true}, SAN},
	{"x", "URI:sip:example.com", "example.com", {.sip = false}, NO},
	{"x", "URI:sip:alice@example.com", "example.com", {.sip = true}, NO},
	{"x", "URI:sips:example.com", "example.com", {.sip = true}, NO},
	{"x", "URI:sip:*.example.com", "a.example.com", {.sip = true}, NO},
	{"x", "URI:sip:other.com,DNS:example.com", "example.com", {.sip = true},
		NO},
	{"x", "URI:sip:alice@other.com,DNS:example.com", "example.com",
		{.sip = true}, SAN},
	{"x", "URI:sip:a.com,URI:sip:b.com", "b.com", {.sip = true}, SAN},
	{"x", "URI:sips:example.com,DNS:example.com", "example.com",
		{.sip = true}, SAN},
	{"x", "URI:sip:*.example.com,DNS:a.example.com", "a.example.com",
		{.sip = true}, NO},
	{"x", "URI:http://a,DNS:example.com", "example.com", {.sip = true},
		SAN},
	{"x", "URI:sip:192.0.2.1", "192.0.2.1", {.sip = true}, NO},
	{"x", "URI:sip:example.com.", "example.com", {.sip = true}, SAN},
	{"x", "URI:sip:example.com.evil", "example.com", {.sip = true}, NO},
	{"x", "URI:sip:b.example.com", "example.com", {.sip = true}, NO},
	/* And the common name without any subjectAltName only. */
	{"example.com", NULL, "example.com", {.sip = true, .common_name = true},
		CN},
	{"example.com", "URI:sips:example.com", "example.com",
		{.sip = true, .common_name = true}, NO},
	{"example.com", "IP:192.0.2.1", "example.com",
		{.sip = true, .common_name = true}, NO},
	{"example.com", "IP:192.0.2.1", "example.com",
		{.sip = true, .common_name = true, .flags = 1}, CN},
	{"example.com", "URI:sip:other.com", "example.com",
		{.sip = true, .common_name = true, .flags = 1}, NO},
	{"x", "DNS:*.example.com", "a.example.com", {.sip = true}, SAN},
	{"x", "DNS:*.example.com", "a.example.com",
		{.sip = true, .sip_strict = true}, NO},
	{"x", "DNS:*.example.com", "a.example.com",
		{.sip = false, .sip_strict = true}, NO},
	{"x", "URI:sip:example.com,IP:192.0.2.1", "192.0.2.1", {.sip = true},
		SAN},
};

START_TEST(names_match_by_the_rules)
{
	const struct pki_cert *c =
		pki_make(&(struct pki_spec){.cn = matches[_i].cn,
				 .san = matches[_i].san},
			NULL);
	enum name_match found = NAME_NOT_FOUND;
	struct host host;

	ck_assert_int_eq(host_parse(matches[_i].host, &host), 0);
	ck_assert_int_eq(
		names_match(c->x509, &host, &matches[_i].rules, &found), 0);
	ck_assert_msg(found == matches[_i].expected, "%s in %s: %d",
		matches[_i].host, matches[_i].san, (int)found);
}
END_TEST

/* --- constraints --- */

static const struct {
	const char *constraints;
	const char *host;
	bool permitted;
} constraints[] = {
	{"permitted;DNS:example.com", "example.com", true},
	{"permitted;DNS:example.com", "a.example.com", true},
	{"permitted;DNS:example.com", "A.EXAMPLE.com", true},
	{"permitted;DNS:example.com", "notexample.com", false},
	{"permitted;DNS:example.com", "com", false},
	{"permitted;DNS:.example.com", "a.example.com", true},
	{"permitted;DNS:.example.com", "example.com", false},
	{"permitted;DNS:a.com,permitted;DNS:b.com", "x.b.com", true},
	{"excluded;DNS:a.example.com", "a.example.com", false},
	{"excluded;DNS:a.example.com", "b.a.example.com", false},
	{"excluded;DNS:a.example.com", "example.com", true},
	{"permitted;DNS:example.com,excluded;DNS:x.example.com",
		"x.example.com", false},
	{"permitted;DNS:example.com", "192.0.2.1", true},
	{"permitted;IP:192.0.2.0/255.255.255.0", "192.0.2.77", true},
	{"permitted;IP:192.0.2.0/255.255.255.0", "192.0.3.1", false},
	{"permitted;IP:192.0.2.0/255.255.255.0", "2001:db8::1", false},
	{"permitted;IP:192.0.2.0/255.255.255.0", "a.example.com", true},
	{"excluded;IP:2001:db8::/ffff:ffff::", "2001:db8:9::1", false},
	{"excluded;IP:2001:db8::/ffff:ffff::", "2001:db9::1", true},
};

START_TEST(host_is_held_against_constraints)
{
	const struct pki_cert *c = pki_make(
		&(struct pki_spec){.cn = "CA",
			.ca = true,
			.name_constraints = constraints[_i].constraints},
		NULL);
	NAME_CONSTRAINTS *nc =
		X509_get_ext_d2i(c->x509, NID_name_constraints, NULL, NULL);
	struct host host;

	ck_assert_ptr_nonnull(nc);
	ck_assert_int_eq(host_parse(constraints[_i].host, &host), 0);
	ck_assert_msg(
		constraints_permit_host(nc, &host) == constraints[_i].permitted,
		"%s", constraints[_i].constraints);
	NAME_CONSTRAINTS_free(nc);
}
END_TEST

START_TEST(empty_constraint_holds_every_name)
{
	NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();
	GENERAL_SUBTREE *all = GENERAL_SUBTREE_new();
	struct host host;

	ck_assert_ptr_nonnull(nc);
	ck_assert_ptr_nonnull(all);
	nc->excludedSubtrees = sk_GENERAL_SUBTREE_new_null();
	GENERAL_NAME_set0_value(all->base, GEN_DNS, ASN1_IA5STRING_new());
	ck_assert(sk_GENERAL_SUBTREE_push(nc->excludedSubtrees, all));
	ck_assert_uint_eq(constraints_count(nc), 1);
	ck_assert_int_eq(host_parse("a.example.com", &host), 0);
	ck_assert(!constraints_permit_host(nc, &host));
	NAME_CONSTRAINTS_free(nc);
}
END_TEST

/* --- outside data --- */

/*
 * Rows on which we mean to differ. Most come from a function that compares
 * two strings, of which neither is said to be a host.
 */
static const struct {
	const char *pattern;
	const char *host;
	const char *reason;
} exceptions[] = {
	{"\\xff", "\\xff", "no host name: not a letter, digit or hyphen"},
	{"192.168.0.1", "192.168.0.1", "an address matches iPAddress only"},
	{"fe80::3285:a9ff:fe46:b619", "fe80::3285:a9ff:fe46:b619",
		"an address matches iPAddress only"},
	{"*.e.llo", " h.e.llo", "no host name: a blank"},
	{"*.e.llo", "*.e.llo.", "no host name: an asterisk"},
	{"*.e.llo", "************.e.llo.", "no host name: asterisks"},
	{"*.e.llo", "AAAA", "no host name: a label of more than 63"},
	{"*.e.llo", "\\xfe\\xfe.e.llo.", "no host name: bytes beyond ASCII"},
	{"*.e.llo.", "h.e.llo.", "a dNSName has no trailing dot"},
	{"*.e.llo.", "h.e.llo", "a dNSName has no trailing dot"},
	{"www.example..com", "www.example..com", "no host name: empty label"},
	{"example.com.", "example.com.", "a dNSName has no trailing dot"},
	{"*.com", "example.com", "no wildcard right below a top level"},
	{"*.com", "example.com.", "no wildcard right below a top level"},
	{"foo:bar", "foo:bar", "no host name: a colon"},
};

static bool is_excepted(const char *pattern, const char *host)
{
	for (size_t i = 0; i < ARRAY_SIZE(exceptions); i++)
		if (strcmp(exceptions[i].pattern, pattern) == 0 &&
			(strcmp(exceptions[i].host, host) == 0 ||
				(strcmp(exceptions[i].host, "AAAA") == 0 &&
					strncmp(host, "AAAA", 4) == 0)))
			return true;
	return false;
}

/* "\xfe" as the byte it stands for; in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		char hex[3] = {0};

		if (strncmp(from, "\\x", 2) != 0) {
			*to = *from++;
			continue;
		}
		memcpy(hex, from + 2, 2);
		*to = (char)strtoul(hex, NULL, 16);
		from += 4;
	}
	*to = 0;
}

/* A certificate whose only name is this dNSName, whatever it is. */
static X509 *with_dns_name(const char *name)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *dns = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	X509 *x = X509_new();

	ck_assert(names && dns && text && x);
	ck_assert(ASN1_STRING_set(text, name, (int)strlen(name)));
	GENERAL_NAME_set0_value(dns, GEN_DNS, text);
	ck_assert(sk_GENERAL_NAME_push(names, dns));
	ck_assert(X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0));
	GENERAL_NAMES_free(names);
	return x;
}

/* A subject of this type of string; OpenSSL takes any. */
static X509 *with_common_name(int type, const char *name)
{
	X509 *x = X509_new();

	ck_assert_ptr_nonnull(x);
	ck_assert_int_eq(
		X509_NAME_add_entry_by_NID(X509_get_subject_name(x),
			NID_commonName, type, (const uint8_t *)name, -1, -1, 0),
		1);
	return x;
}

START_TEST(common_name_that_is_no_text_is_no_match_and_no_failure)
{
	static const int types[] = {V_ASN1_EXTERNAL, V_ASN1_UTF8STRING};
	const struct name_rules rules = {.common_name = true};
	struct host host;

	ck_assert_int_eq(host_parse("host.example.com", &host), 0);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		enum name_match match = NAME_IN_SAN;
		X509 *x = with_common_name(types[i], "host.example.com");

		ck_assert_int_eq(names_match(x, &host, &rules, &match), 0);
		ck_assert_int_eq(match,
			types[i] == V_ASN1_UTF8STRING ? NAME_IN_COMMON_NAME
						      : NAME_NOT_FOUND);
		X509_free(x);
	}
}
END_TEST

/* A common name counts only where there is no subjectAltName, and without
 * memory OpenSSL sees none. */
START_TEST(lack_of_memory_is_no_match)
{
	const struct name_rules rules = {.common_name = true};
	X509 *x = with_dns_name("other.example.com");
	struct host host;
	unsigned n = 0;

	ck_assert_int_eq(
		X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
			MBSTRING_UTF8, (const uint8_t *)"host.example.com", -1,
			-1, 0),
		1);
	ck_assert_int_eq(host_parse("host.example.com", &host), 0);
	do {
		enum name_match match = NAME_NOT_FOUND;
		int r = 0;

		openssl_memory_fails_at(++n);
		r = names_match(x, &host, &rules, &match);
		ck_assert_int_eq(r, openssl_memory_did_fail() ? -EIO : 0);
		ck_assert_int_eq(match, NAME_NOT_FOUND);
	} while (openssl_memory_did_fail());
	ck_assert_uint_gt(n, 5);
	openssl_memory_fails_at(0);
	X509_free(x);
}
END_TEST

static bool row_matches(const char *pattern, const char *name)
{
	const struct name_rules rules = {.no_partial = true};
	enum name_match match = NAME_NOT_FOUND;
	X509 *x = with_dns_name(pattern);
	struct host host;

	if (host_parse(name, &host) == 0)
		ck_assert_int_eq(names_match(x, &host, &rules, &match), 0);
	X509_free(x);
	return match != NAME_NOT_FOUND;
}

static bool row_agrees(const char *kind, const char *pattern, const char *name,
	const char *expect)
{
	struct host host;

	if (strcmp(kind, "validhost") == 0)
		return (host_parse(name, &host) == 0) ==
			(strcmp(expect, "valid") == 0);
	if (strcmp(kind, "validpattern") == 0)
		return dns_pattern_is_valid(pattern, strlen(pattern)) ==
			(strcmp(expect, "valid") == 0);
	ck_assert_str_eq(kind, "match");
	return row_matches(pattern, name) == (strcmp(expect, "match") == 0);
}

/* One row: source, kind, pattern, host, expect. */
static void check_row(char *line)
{
	char *field[5];
	bool excepted = false;
	bool agrees = false;

	line[strcspn(line, "\n")] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(field); i++)
		field[i] = strsep(&line, "\t");
	ck_assert_ptr_nonnull(field[4]);
	excepted = strcmp(field[1], "match") == 0 &&
		is_excepted(field[2], field[3]);
	unescape(field[2]);
	unescape(field[3]);
	agrees = row_agrees(field[1], field[2], field[3], field[4]);
	ck_assert_msg(agrees != excepted, "%s %s %s: expected %s%s", field[1],
		field[2], field[3], field[4],
		excepted ? ", and is excepted for nothing" : "");
}

START_TEST(pairs_of_other_projects_match_as_there_or_are_excepted)
{
	const char *dir = corpora_or_skip("hostname/dev.tsv");
	CLEANUP(free) char *path = NULL;
	CLEANUP(free) char *line = NULL;
	size_t room = 0;
	size_t rows = 0;
	FILE *file = NULL;

	if (!dir)
		return;
	ck_assert_int_eq(string_format(&path, "%s/hostname/dev.tsv", dir), 0);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_gt((int)getline(&line, &room, file), 0);
	while (getline(&line, &room, file) > 0) {
		check_row(line);
		rows++;
	}
	(void)fclose(file);
	ck_assert_uint_eq(rows, 114);
}
END_TEST

test_case_maker names_tests;

TCase *names_tests(void)
{
	TCase *tc = tcase_create("names");

	tcase_add_checked_fixture(tc, NULL, pki_free_all);
	tcase_add_loop_test(tc, host_is_read_strictly, 0, ARRAY_SIZE(hosts));
	tcase_add_test(tc, zone_and_brackets_make_no_difference);
	tcase_add_test(tc, label_and_name_end_at_their_maximum);
	tcase_add_test(
		tc, common_name_that_is_no_text_is_no_match_and_no_failure);
	tcase_add_test(tc, lack_of_memory_is_no_match);
	tcase_add_loop_test(
		tc, names_match_by_the_rules, 0, ARRAY_SIZE(matches));
	tcase_add_loop_test(tc, host_is_held_against_constraints, 0,
		ARRAY_SIZE(constraints));
	tcase_add_test(tc, empty_constraint_holds_every_name);
	tcase_add_test(
		tc, pairs_of_other_projects_match_as_there_or_are_excepted);
	return tc;
}
