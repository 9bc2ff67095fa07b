/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/skeleton.h"
#include "lib/x509/name-digest.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

static void digest_of(const X509_NAME *name, uint8_t *ret)
{
	const unsigned char *der = NULL;
	size_t len = 0;

	ck_assert(X509_NAME_get0_der(name, &der, &len));
	ck_assert_int_eq(name_digest((struct span){der, len}, ret), 0);
}

static X509_NAME *name_with(
	const char *field, int type, const void *value, int len, int set)
{
	X509_NAME *name = X509_NAME_new();

	ck_assert_ptr_nonnull(name);
	ck_assert(X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC,
		(const unsigned char *)"DE", -1, -1, 0));
	ck_assert(X509_NAME_add_entry_by_txt(
		name, field, type, value, len, -1, set));
	return name;
}

/* Names, and whether RFC 5280 7.1 compares each equal to the first. */
static const struct {
	const char *field;
	int type;
	const char *value;
	int len;
	bool equal;
} names[] = {
	{"CN", V_ASN1_PRINTABLESTRING, "Some CA", 7, true},
	{"CN", V_ASN1_UTF8STRING, "Some CA", 7, true},
	{"CN", V_ASN1_UTF8STRING, "  sOME \t cA ", 12, true},
	{"CN", V_ASN1_BMPSTRING, "\0S\0o\0m\0e\0 \0C\0A", 14, true},
	{"CN", V_ASN1_UNIVERSALSTRING,
		"\0\0\0S\0\0\0o\0\0\0m\0\0\0e\0\0\0 \0\0\0C\0\0\0A", 28, true},
	{"CN", V_ASN1_T61STRING, "SOME CA", 7, true},
	{"CN", V_ASN1_UTF8STRING, "SomeCA", 6, false},
	{"O", V_ASN1_UTF8STRING, "Some CA", 7, false},
	{"CN", V_ASN1_NUMERICSTRING, "Some CA", 7, false},
	{"CN", V_ASN1_UTF8STRING, "Some CB", 7, false},
};

START_TEST(names_that_compare_equal_have_one_digest_and_others_another)
{
	X509_NAME *first = name_with(
		names[0].field, names[0].type, names[0].value, names[0].len, 0);
	X509_NAME *name = name_with(names[_i].field, names[_i].type,
		names[_i].value, names[_i].len, 0);
	uint8_t expected[SHA256_BYTES];
	uint8_t digest[SHA256_BYTES];

	digest_of(first, expected);
	digest_of(name, digest);
	ck_assert_int_eq(X509_NAME_cmp(first, name) == 0, names[_i].equal);
	ck_assert_int_eq(
		memcmp(digest, expected, SHA256_BYTES) == 0, names[_i].equal);
	X509_NAME_free(first);
	X509_NAME_free(name);
}
END_TEST

/* The encoded order in a set follows the encoding, not the meaning. */
START_TEST(order_within_a_relative_name_makes_no_difference)
{
	X509_NAME *a = name_with("CN", V_ASN1_UTF8STRING, "x", 1, -1);
	X509_NAME *b = X509_NAME_new();
	X509_NAME *apart = name_with("CN", V_ASN1_UTF8STRING, "x", 1, 0);
	uint8_t one[SHA256_BYTES];
	uint8_t other[SHA256_BYTES];

	ck_assert(X509_NAME_add_entry_by_txt(b, "CN", V_ASN1_BMPSTRING,
		(const unsigned char *)"\0X", 2, -1, 0));
	ck_assert(X509_NAME_add_entry_by_txt(b, "C", V_ASN1_UTF8STRING,
		(const unsigned char *)"de", 2, -1, -1));
	ck_assert_int_eq(X509_NAME_cmp(a, b), 0);
	digest_of(a, one);
	digest_of(b, other);
	ck_assert_mem_eq(one, other, SHA256_BYTES);
	digest_of(apart, other);
	ck_assert(memcmp(one, other, SHA256_BYTES) != 0);
	X509_NAME_free(a);
	X509_NAME_free(b);
	X509_NAME_free(apart);
}
END_TEST

START_TEST(parts_lie_where_openssl_finds_them)
{
	const struct pki_cert *ca = pki_root("Root");
	const struct pki_cert *leaf = pki_leaf("DNS:a.example.com", ca);
	const unsigned char *der = NULL;
	unsigned char *spki = NULL;
	struct skeleton o;
	size_t len = 0;
	ASN1_TIME *end = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf->x509), &spki);

	ck_assert_int_eq(skeleton_read(leaf->der.data, leaf->der.len, &o), 0);
	ck_assert(X509_NAME_get0_der(
		X509_get_subject_name(leaf->x509), &der, &len));
	ck_assert_mem_eq(o.subject.data, der, len);
	ck_assert(X509_NAME_get0_der(
		X509_get_issuer_name(leaf->x509), &der, &len));
	ck_assert_uint_eq(o.issuer.len, len);
	ck_assert_mem_eq(o.issuer.data, der, len);
	ck_assert_uint_eq(o.spki.len, (size_t)n);
	ck_assert_mem_eq(o.spki.data, spki, o.spki.len);
	der = o.not_after.data;
	end = d2i_ASN1_TIME(NULL, &der, (long)o.not_after.len);
	ck_assert_int_eq(
		ASN1_TIME_compare(end, X509_get0_notAfter(leaf->x509)), 0);
	ASN1_TIME_free(end);
	OPENSSL_free(spki);
}
END_TEST

START_TEST(version_1_has_an_outline_too)
{
	const struct pki_cert *c = pki_make(
		&(struct pki_spec){.cn = "old", .version_1 = true}, NULL);
	struct skeleton o;

	ck_assert_int_eq(skeleton_read(c->der.data, c->der.len, &o), 0);
}
END_TEST

START_TEST(whatever_is_cut_short_or_followed_by_more_is_refused)
{
	const struct pki_cert *c = pki_root("Root");
	CLEANUP(bytes_done) struct bytes longer = {0};
	struct skeleton o;

	for (size_t len = 0; len < c->der.len; len++)
		ck_assert_int_eq(skeleton_read(c->der.data, len, &o), -EINVAL);
	ck_assert_int_eq(bytes_copy(c->der.data, c->der.len, &longer), 0);
	longer.data = realloc(longer.data, longer.len + 1);
	ck_assert_ptr_nonnull(longer.data);
	longer.data[longer.len] = 0;
	ck_assert_int_eq(
		skeleton_read(longer.data, longer.len + 1, &o), -EINVAL);
}
END_TEST

START_TEST(what_is_no_name_has_no_digest)
{
	static const struct {
		uint8_t data[16];
		size_t len;
	} bad[] = {
		{{0x31, 0x00}, 2},
		{{0x30, 0x02, 0x30, 0x00}, 4},
		{{0x30, 0x80, 0x00, 0x00}, 4},
		{{0x30, 0x06, 0x31, 0x04, 0x30, 0x02, 0x06, 0x00}, 8},
		{{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, 6},
	};
	uint8_t digest[SHA256_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_int_eq(
			name_digest(
				(struct span){bad[i].data, bad[i].len}, digest),
			-EINVAL);
}
END_TEST

/* 1000 empty sets need more room in the canonical form than they take. */
START_TEST(name_of_many_empty_sets_fits)
{
	uint8_t data[4 + 2000] = {0x30, 0x82, 0x07, 0xd0};
	uint8_t digest[SHA256_BYTES];

	for (size_t i = 4; i < sizeof(data); i += 2)
		data[i] = 0x31;
	ck_assert_int_eq(
		name_digest((struct span){data, sizeof(data)}, digest), 0);
}
END_TEST

test_case_maker skeleton_tests;

TCase *skeleton_tests(void)
{
	TCase *tc = tcase_create("skeleton");

	tcase_add_checked_fixture(tc, NULL, pki_free_all);
	tcase_add_loop_test(tc,
		names_that_compare_equal_have_one_digest_and_others_another, 0,
		ARRAY_SIZE(names));
	tcase_add_test(tc, order_within_a_relative_name_makes_no_difference);
	tcase_add_test(tc, parts_lie_where_openssl_finds_them);
	tcase_add_test(tc, version_1_has_an_outline_too);
	tcase_add_test(
		tc, whatever_is_cut_short_or_followed_by_more_is_refused);
	tcase_add_test(tc, what_is_no_name_has_no_digest);
	tcase_add_test(tc, name_of_many_empty_sets_fits);
	return tc;
}
