/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/export-set.h"

#include <check.h>
#include <openssl/pem.h>
#include <string.h>

#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

static struct trust *trust;
static struct export_set set;
static const struct pki_cert *authority;
static int64_t now;

static void setup(void)
{
	authority = pki_root("Authority");
	now = PKI_NOW;
	set = (struct export_set){0};
	ck_assert_int_eq(trust_new(&trust), 0);
	ck_assert_int_eq(anchors_add(trust->anchors, authority->der.data,
				 authority->der.len, ANCHOR_AUTHORITY),
		0);
}

static void teardown(void)
{
	export_set_done(&set);
	trust = trust_free(trust);
	pki_free_all();
}

static void add(const struct pki_cert *c)
{
	ck_assert_int_eq(anchors_add(trust->anchors, c->der.data, c->der.len,
				 ANCHOR_SERVER),
		0);
}

static void choose(void)
{
	struct export_set next = {0};

	ck_assert_int_eq(export_set_choose(trust, now, &set, &next), 0);
	SWAP(set, next);
	export_set_done(&next);
}

/* Read back as any program would: is it there? */
static bool exports(const struct pki_cert *c)
{
	CLEANUP(bytes_done) struct bytes text = {0};
	BIO *bio = NULL;
	X509 *x509 = NULL;
	size_t count = 0;
	bool found = false;

	choose();
	ck_assert_int_eq(export_set_text(&set, &text), 0);
	bio = BIO_new_mem_buf(text.data, (int)text.len);
	while ((x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		found = found || X509_cmp(x509, c->x509) == 0;
		X509_free(x509);
		count++;
	}
	BIO_free(bio);
	ck_assert_uint_eq(count, set.chosen);
	return found;
}

START_TEST(authorities_and_cas_among_the_servers_are_exported)
{
	const struct pki_cert *server = pki_root("Private CA");
	const struct pki_cert *intermediate = pki_make(
		&(struct pki_spec){.cn = "Intermediate", .ca = true}, server);

	add(server);
	add(intermediate);
	ck_assert(exports(authority));
	ck_assert(exports(server));
	ck_assert(exports(intermediate));
	ck_assert_uint_eq(set.chosen, 3);
}
END_TEST

START_TEST(an_intermediate_is_not_exported_unless_it_is_an_authority_too)
{
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, authority);

	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_INTERMEDIATE),
		0);
	ck_assert(!exports(ca));
	ck_assert_uint_eq(set.chosen, 1);
	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_AUTHORITY),
		0);
	ck_assert(exports(ca));
}
END_TEST

START_TEST(leaves_and_version_1_are_not)
{
	const struct pki_cert *leaf = pki_leaf("DNS:pbx.example", authority);
	const struct pki_cert *own = pki_leaf("DNS:own.example", NULL);
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){.cn = "old", .version_1 = true}, NULL);

	add(leaf);
	add(own);
	add(old);
	ck_assert(!exports(leaf));
	ck_assert(!exports(own));
	ck_assert(!exports(old));
	ck_assert_uint_eq(set.chosen, 1);
}
END_TEST

START_TEST(an_exception_takes_nothing_away_from_a_ca)
{
	const struct pki_cert *c = pki_root("Private CA");

	add(c);
	ck_assert_int_eq(
		trust_add_exception(trust, c->sha256, "pbx.example", INT64_MAX),
		0);
	ck_assert_int_eq(trust_add_exception(trust, authority->sha256,
				 "pbx.example", INT64_MAX),
		0);
	ck_assert(exports(c));
	ck_assert(exports(authority));
}
END_TEST

START_TEST(what_is_distrusted_is_not)
{
	const struct pki_cert *a = pki_root("A");
	const struct pki_cert *b = pki_root("B");

	add(a);
	add(b);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, a->sha256),
		0);
	ck_assert_int_eq(trust_add_distrusted(
				 trust, DISTRUST_PUBLIC_KEY, b->spki_sha256),
		0);
	ck_assert_int_eq(trust_add_distrusted(trust, DISTRUST_CERTIFICATE,
				 authority->sha256),
		0);
	ck_assert(!exports(a));
	ck_assert(!exports(b));
	ck_assert(!exports(authority));
}
END_TEST

/* Issued again with another end, the distrusted CA is still the same one. */
START_TEST(a_copy_of_what_is_distrusted_is_not)
{
	const struct pki_cert *copy = pki_make(
		&(struct pki_spec){
			.cn = "Authority", .ca = true, .same_key = authority},
		NULL);
	const struct pki_cert *namesake = pki_root("Authority");
	const struct pki_cert *other = pki_make(
		&(struct pki_spec){
			.cn = "Other", .ca = true, .same_key = authority},
		NULL);

	add(copy);
	add(namesake);
	add(other);
	ck_assert(exports(copy));
	ck_assert_int_eq(trust_add_distrusted(trust, DISTRUST_CERTIFICATE,
				 authority->sha256),
		0);
	ck_assert(!exports(copy));
	ck_assert(exports(namesake));
	ck_assert(exports(other));
}
END_TEST

START_TEST(what_is_distrusted_does_not_come_back_in_disguise)
{
	const struct pki_cert *bad = pki_root("Bad");
	const struct pki_cert *good = pki_root("Good");
	CLEANUP(bytes_done) struct bytes disguised = pki_other_form(bad, bad);

	add(good);
	ck_assert_int_eq(anchors_add(trust->anchors, disguised.data,
				 disguised.len, ANCHOR_SERVER),
		0);
	choose();
	ck_assert_uint_eq(set.chosen, 3);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, bad->sha256),
		0);
	/* The second time it is known from the first. */
	for (int i = 0; i < 2; i++) {
		choose();
		ck_assert_uint_eq(set.chosen, 2);
	}
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, good->sha256),
		0);
	choose();
	ck_assert_uint_eq(set.chosen, 1);
}
END_TEST

START_TEST(the_expired_leave_and_the_early_stay)
{
	const struct pki_cert *soon = pki_make(
		&(struct pki_spec){
			.cn = "Soon", .ca = true, .not_after = PKI_NOW},
		NULL);
	const struct pki_cert *early =
		pki_make(&(struct pki_spec){.cn = "Early",
				 .ca = true,
				 .not_before = PKI_NOW + PKI_DAY},
			NULL);

	add(soon);
	add(early);
	ck_assert(exports(soon));
	ck_assert(exports(early));
	now++;
	ck_assert(!exports(soon));
	now--;
	ck_assert(exports(soon));
}
END_TEST

START_TEST(one_set_has_one_text_whatever_the_order)
{
	CLEANUP(bytes_done) struct bytes first = {0};
	CLEANUP(bytes_done) struct bytes second = {0};
	const struct pki_cert *a = pki_root("A");
	const struct pki_cert *b = pki_root("B");
	uint8_t digest[SHA256_BYTES];

	add(a);
	add(b);
	choose();
	memcpy(digest, set.digest, sizeof(digest));
	ck_assert_int_eq(export_set_text(&set, &first), 0);
	ck_assert(anchors_remove(trust->anchors, a->sha256, ANCHOR_SERVER));
	choose();
	ck_assert_mem_ne(set.digest, digest, sizeof(digest));
	add(a);
	choose();
	ck_assert_mem_eq(set.digest, digest, sizeof(digest));
	ck_assert_int_eq(export_set_text(&set, &second), 0);
	ck_assert_uint_eq(first.len, second.len);
	ck_assert_mem_eq(first.data, second.data, first.len);
}
END_TEST

START_TEST(the_text_is_as_openssl_writes_it)
{
	CLEANUP(bytes_done) struct bytes text = {0};
	BIO *bio = BIO_new(BIO_s_mem());
	const char *expected = NULL;
	long len = 0;

	/* Of every remainder that a last line can have. */
	for (int i = 0; i < 48; i++) {
		char cn[64] = "";

		memset(cn, 'a', (size_t)i + 1);
		trust->anchors = anchors_free(trust->anchors);
		ck_assert_int_eq(anchors_new(&trust->anchors), 0);
		authority = pki_root(cn);
		add(authority);
		choose();
		bytes_done(&text);
		ck_assert_int_eq(export_set_text(&set, &text), 0);
		(void)BIO_reset(bio);
		ck_assert(PEM_write_bio_X509(bio, authority->x509));
		len = BIO_get_mem_data(bio, &expected);
		ck_assert_uint_eq(text.len, (size_t)len);
		ck_assert_mem_eq(text.data, expected, text.len);
	}
	BIO_free(bio);
}
END_TEST

START_TEST(without_anchors_nothing_is_chosen)
{
	CLEANUP(bytes_done) struct bytes text = {0};

	ck_assert(anchors_remove(
		trust->anchors, authority->sha256, ANCHOR_AUTHORITY));
	choose();
	ck_assert_uint_eq(set.chosen, 0);
	ck_assert_int_eq(export_set_text(&set, &text), 0);
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

TCase *export_set_tests(void);

TCase *export_set_tests(void)
{
	TCase *tc = tcase_create("export-set");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, authorities_and_cas_among_the_servers_are_exported);
	tcase_add_test(tc,
		an_intermediate_is_not_exported_unless_it_is_an_authority_too);
	tcase_add_test(tc, leaves_and_version_1_are_not);
	tcase_add_test(tc, an_exception_takes_nothing_away_from_a_ca);
	tcase_add_test(tc, what_is_distrusted_is_not);
	tcase_add_test(tc, a_copy_of_what_is_distrusted_is_not);
	tcase_add_test(tc, what_is_distrusted_does_not_come_back_in_disguise);
	tcase_add_test(tc, the_expired_leave_and_the_early_stay);
	tcase_add_test(tc, one_set_has_one_text_whatever_the_order);
	tcase_add_test(tc, the_text_is_as_openssl_writes_it);
	tcase_add_test(tc, without_anchors_nothing_is_chosen);
	return tc;
}
