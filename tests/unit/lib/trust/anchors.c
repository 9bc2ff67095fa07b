/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/anchors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/text.h"
#include "lib/x509/name-digest.h"
#include "lib/x509/skeleton.h"
#include "tests/unit/lib/x509/openssl-memory.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

static struct anchors *set;

static void setup(void)
{
	ck_assert_int_eq(anchors_new(&set), 0);
}

static void teardown(void)
{
	set = anchors_free(set);
	pki_free_all();
}

static void add(const struct pki_cert *c, enum anchor_list list)
{
	ck_assert_int_eq(anchors_add(set, c->der.data, c->der.len, list), 0);
}

static const uint8_t *subject_of(const struct pki_cert *c)
{
	static uint8_t digest[SHA256_BYTES];
	const unsigned char *der = NULL;
	size_t len = 0;

	ck_assert(
		X509_NAME_get0_der(X509_get_subject_name(c->x509), &der, &len));
	ck_assert_int_eq(name_digest((struct span){der, len}, digest), 0);
	return digest;
}

static size_t count_named(const struct anchors *a, const struct pki_cert *c)
{
	size_t cursor = 0;
	size_t n = 0;

	while (anchors_next_of_subject(a, subject_of(c), &cursor))
		n++;
	return n;
}

static void is_encoding_of(const struct anchor *a, const struct pki_cert *c)
{
	const struct bytes der = anchor_der(a);

	ck_assert_uint_eq(der.len, c->der.len);
	ck_assert_mem_eq(der.data, c->der.data, der.len);
}

static void set_source(struct anchors *a, const struct pki_cert *c,
	const char *document, int64_t line)
{
	const struct anchor *anchor = anchors_find(a, c->sha256);

	ck_assert_ptr_nonnull(anchor);
	ck_assert_int_eq(anchors_set_source(a, anchor, document, line), 0);
}

static const struct certificate *decoded(const struct anchor *a)
{
	const struct certificate *c = NULL;

	ck_assert_int_eq(anchor_decode(a, &c), 0);
	return c;
}

/* The skeleton of a certificate with a serial number and a name: all the
 * index looks at, and made a thousand times faster than a real one. */
static size_t fake(uint8_t *to, uint32_t serial, uint32_t name)
{
	uint8_t der[] = {0x30, 0x30, 0x30, 0x29, 0x02, 0x04, 0, 0, 0, 0, 0x30,
		0x00, 0x30, 0x00, 0x30, 0x00, 0x30, 0x19, 0x31, 0x17, 0x30,
		0x15, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x0e, 'n', 'a', 'm',
		'e', ' ', '0', '0', '0', '0', '0', '0', '0', '0', '0', 0x30,
		0x00, 0x30, 0x00, 0x03, 0x01, 0x00};
	char digits[10];

	for (size_t i = 0; i < 4; i++)
		der[6 + i] = (uint8_t)(serial >> (8 * i));
	(void)snprintf(digits, sizeof(digits), "%09u", name % 1000000000U);
	memcpy(der + 34, digits, 9);
	memcpy(to, der, sizeof(der));
	return sizeof(der);
}

static void add_fakes(uint32_t from, uint32_t count, uint32_t names)
{
	uint8_t der[64];

	for (uint32_t i = from; i < from + count; i++) {
		size_t len = fake(der, i, i % names);

		ck_assert_int_eq(
			anchors_add(set, der, len, ANCHOR_AUTHORITY), 0);
	}
}

START_TEST(certificate_is_found_by_digest_and_by_every_spelling_of_its_name)
{
	const struct pki_cert *ca = pki_root("Some Root");
	const struct pki_cert *alike = pki_root("SOME  root");
	const struct pki_cert *other = pki_root("Other");
	const struct anchor *found = NULL;
	size_t cursor = 0;

	add(ca, ANCHOR_AUTHORITY);
	add(other, ANCHOR_AUTHORITY);
	found = anchors_find(set, ca->sha256);
	ck_assert_ptr_nonnull(found);
	is_encoding_of(found, ca);
	ck_assert_ptr_null(anchors_find(set, alike->sha256));
	ck_assert_ptr_eq(
		anchors_next_of_subject(set, subject_of(alike), &cursor),
		found);
	ck_assert_ptr_null(
		anchors_next_of_subject(set, subject_of(alike), &cursor));
}
END_TEST

START_TEST(all_certificates_of_a_name_come_in_order_of_insertion)
{
	const struct pki_cert *made[5];
	size_t cursor = 0;

	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		made[i] = pki_root("Same");
		add(made[i], ANCHOR_SERVER);
		add(pki_root("Another"), ANCHOR_SERVER);
	}
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		const struct anchor *a = anchors_next_of_subject(
			set, subject_of(made[0]), &cursor);

		ck_assert_ptr_nonnull(a);
		is_encoding_of(a, made[i]);
	}
	ck_assert_uint_eq(count_named(set, made[0]), 5);
}
END_TEST

START_TEST(nothing_is_decoded_before_it_is_asked_for)
{
	const struct pki_cert *ca = pki_root("Root");
	const struct anchor *a = NULL;

	add(ca, ANCHOR_AUTHORITY);
	ck_assert_uint_eq(count_named(set, ca), 1);
	a = anchors_find(set, ca->sha256);
	ck_assert(!anchor_is_decoded(a));
	ck_assert_int_eq(X509_cmp(decoded(a)->x509, ca->x509), 0);
	ck_assert_ptr_eq(decoded(a), decoded(a));
	ck_assert(anchor_is_decoded(a));
	is_encoding_of(a, ca);
	ck_assert_uint_eq(count_named(set, ca), 1);
	ck_assert_ptr_eq(anchors_find(set, ca->sha256), a);
}
END_TEST

START_TEST(anchor_that_does_not_decode_is_none_without_failing)
{
	uint8_t der[64];
	size_t len = fake(der, 1, 1);
	size_t cursor = 0;

	ck_assert_int_eq(anchors_add(set, der, len, ANCHOR_SERVER), 0);
	ck_assert_ptr_null(decoded(anchors_next(set, &cursor)));
}
END_TEST

START_TEST(lists_are_counted_and_left_one_by_one)
{
	const struct pki_cert *ca = pki_root("Root");

	add(ca, ANCHOR_AUTHORITY);
	add(ca, ANCHOR_SERVER);
	add(ca, ANCHOR_SERVER);
	ck_assert_uint_eq(anchors_count(set, ANCHOR_AUTHORITY), 1);
	ck_assert_uint_eq(anchors_count(set, ANCHOR_SERVER), 1);
	ck_assert(anchors_remove(set, ca->sha256, ANCHOR_AUTHORITY));
	ck_assert(!anchors_remove(set, ca->sha256, ANCHOR_AUTHORITY));
	ck_assert_uint_eq(anchors_count(set, ANCHOR_AUTHORITY), 0);
	ck_assert_ptr_nonnull(anchors_find(set, ca->sha256));
	ck_assert(anchors_remove(set, ca->sha256, ANCHOR_SERVER));
	ck_assert_ptr_null(anchors_find(set, ca->sha256));
	ck_assert_uint_eq(count_named(set, ca), 0);
	add(ca, ANCHOR_SERVER);
	ck_assert_uint_eq(count_named(set, ca), 1);
}
END_TEST

static size_t count_one_by_one(const struct anchors *a, unsigned lists)
{
	const struct anchor *at = NULL;
	size_t cursor = 0;
	size_t n = 0;

	while ((at = anchors_next(a, &cursor)))
		n += at->lists & lists ? 1 : 0;
	return n;
}

static void counts_are_right(const struct anchors *a)
{
	for (unsigned lists = 0; lists < ANCHOR_LISTS_SETS; lists++)
		ck_assert_uint_eq(
			anchors_count(a, lists), count_one_by_one(a, lists));
}

static void came_from(
	const struct anchors *a, const struct pki_cert *c, const char *source)
{
	CLEANUP(free) char *is = NULL;
	const struct anchor *anchor = anchors_find(a, c->sha256);

	ck_assert_ptr_nonnull(anchor);
	ck_assert_int_eq(anchors_source_of(a, anchor, &is), 0);
	ck_assert_pstr_eq(is, source);
}

START_TEST(counts_follow_every_change)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	const struct pki_cert *ca = pki_root("Root");
	const struct pki_cert *server = pki_root("Server");

	counts_are_right(set);
	add(ca, ANCHOR_AUTHORITY);
	add(server, ANCHOR_INTERMEDIATE);
	counts_are_right(set);
	ck_assert_uint_eq(anchors_count_unauthenticated(set), 1);
	ck_assert_int_eq(anchors_copy(set, &copy), 0);
	add(server, ANCHOR_SERVER);
	ck_assert_uint_eq(anchors_count_unauthenticated(set), 1);
	ck_assert_int_eq(anchors_add(set, server->der.data, server->der.len,
				 (unsigned)ANCHOR_SERVER |
					 (unsigned)ANCHOR_AUTHENTICATED),
		0);
	add(ca, ANCHOR_SERVER);
	counts_are_right(set);
	ck_assert_uint_eq(anchors_count_unauthenticated(set), 1);
	ck_assert(anchors_remove(set, ca->sha256, ANCHOR_AUTHORITY));
	counts_are_right(set);
	ck_assert(anchors_remove(set, server->sha256, ANCHOR_SERVER));
	ck_assert(anchors_remove(set, ca->sha256, ANCHOR_SERVER));
	counts_are_right(set);
	ck_assert_uint_eq(anchors_count_unauthenticated(set), 0);
	counts_are_right(copy);
	ck_assert_uint_eq(anchors_count(copy, ANCHOR_SERVERS), 1);
}
END_TEST

START_TEST(known_digest_finds_what_was_added_without_it)
{
	const struct pki_cert *ca = pki_root("Root");
	const struct pki_cert *other = pki_root("Other");

	add(ca, ANCHOR_AUTHORITY);
	ck_assert_int_eq(anchors_add_known(set, ca->der.data, ca->der.len,
				 ca->sha256, ANCHOR_SERVER),
		0);
	ck_assert_uint_eq(count_named(set, ca), 1);
	ck_assert_uint_eq(anchors_find(set, ca->sha256)->lists,
		ANCHOR_AUTHORITY | ANCHOR_SERVER);
	ck_assert_int_eq(anchors_add_known(set, other->der.data, other->der.len,
				 other->sha256, ANCHOR_SERVER),
		0);
	ck_assert_ptr_nonnull(anchors_find(set, other->sha256));
	ck_assert_int_eq(anchors_add_known(set, "x", 1,
				 (const uint8_t[SHA256_BYTES]){0}, 0),
		-EINVAL);
	ck_assert_int_eq(anchors_add_known(set, other->der.data,
				 CERTIFICATE_MAX_BYTES + 1, other->sha256,
				 ANCHOR_SERVER),
		-EINVAL);
}
END_TEST

START_TEST(what_another_set_has_decoded_is_taken_over)
{
	CLEANUP(anchors_free) struct anchors *other = NULL;
	const struct pki_cert *ca = pki_root("Root");
	const struct pki_cert *both = pki_root("Both");
	const struct pki_cert *gone = pki_root("Gone");
	const struct certificate *own = NULL;

	add(ca, ANCHOR_AUTHORITY);
	add(both, ANCHOR_AUTHORITY);
	ck_assert_int_eq(anchors_new(&other), 0);
	for (size_t i = 0; i < 3; i++) {
		const struct pki_cert *c =
			(const struct pki_cert *[]){ca, both, gone}[i];

		ck_assert_int_eq(anchors_add(other, c->der.data, c->der.len,
					 ANCHOR_SERVER),
			0);
		(void)decoded(anchors_find(other, c->sha256));
	}
	own = decoded(anchors_find(set, both->sha256));
	anchors_adopt_decoded(set, other);
	ck_assert_ptr_eq(decoded(anchors_find(set, ca->sha256)),
		decoded(anchors_find(other, ca->sha256)));
	ck_assert_ptr_eq(decoded(anchors_find(set, both->sha256)), own);
	ck_assert_ptr_null(anchors_find(set, gone->sha256));
}
END_TEST

START_TEST(copy_shares_certificates_and_nothing_else)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	const struct pki_cert *kept = pki_root("Kept");
	const struct pki_cert *removed = pki_root("Removed");
	const struct pki_cert *later = pki_root("Later");

	add(kept, ANCHOR_AUTHORITY);
	add(removed, ANCHOR_AUTHORITY);
	ck_assert_int_eq(anchors_copy(set, &copy), 0);
	/* The encodings are the same bytes. */
	ck_assert_ptr_eq(anchor_der(anchors_find(copy, kept->sha256)).data,
		anchor_der(anchors_find(set, kept->sha256)).data);
	add(later, ANCHOR_SERVER);
	ck_assert(anchors_remove(set, removed->sha256, ANCHOR_AUTHORITY));
	add(kept, ANCHOR_SERVER);

	ck_assert_ptr_null(anchors_find(copy, later->sha256));
	ck_assert_uint_eq(count_named(copy, removed), 1);
	ck_assert_uint_eq(
		anchors_find(copy, kept->sha256)->lists, ANCHOR_AUTHORITY);
	ck_assert_uint_eq(anchors_find(set, kept->sha256)->lists,
		ANCHOR_AUTHORITY | ANCHOR_SERVER);
}
END_TEST

START_TEST(copy_outlives_its_original)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	const struct pki_cert *ca = pki_root("Root");

	add(ca, ANCHOR_AUTHORITY);
	ck_assert_int_eq(anchors_copy(set, &copy), 0);
	set = anchors_free(set);
	ck_assert_ptr_nonnull(decoded(anchors_find(copy, ca->sha256)));
}
END_TEST

START_TEST(copy_of_a_list_has_nothing_of_the_other_lists)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	const struct pki_cert *ca = pki_root("Root");
	const struct pki_cert *both = pki_root("Both");
	const struct pki_cert *server = pki_root("Server");
	size_t cursor = 0;

	add(both, ANCHOR_AUTHORITY);
	add(server, ANCHOR_SERVER);
	add(ca, ANCHOR_AUTHORITY);
	add(both, ANCHOR_SERVER);
	set_source(set, both, "a", 1);
	ck_assert_int_eq(anchors_copy_list(set, ANCHOR_AUTHORITY, &copy), 0);
	is_encoding_of(anchors_next(copy, &cursor), both);
	is_encoding_of(anchors_next(copy, &cursor), ca);
	ck_assert_ptr_null(anchors_next(copy, &cursor));
	ck_assert_uint_eq(
		anchors_find(copy, both->sha256)->lists, ANCHOR_AUTHORITY);
	came_from(copy, both, NULL);
	counts_are_right(copy);
	/* The set itself is as it was. */
	ck_assert_uint_eq(anchors_find(set, both->sha256)->lists,
		ANCHOR_AUTHORITY | ANCHOR_SERVER);
	came_from(set, both, "a:1");
}
END_TEST

START_TEST(source_is_of_one_set_and_of_bounded_length)
{
	const struct pki_cert *c = pki_root("Root");
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	char most[ANCHOR_MAX_SOURCE_BYTES + 2] = "";
	char cut[ANCHOR_MAX_SOURCE_BYTES + 1] = "";

	add(c, ANCHOR_SERVER);
	came_from(set, c, NULL);
	ck_assert_int_eq(anchors_copy(set, &copy), 0);
	set_source(copy, c, "a.xml\n", 1);
	came_from(set, c, NULL);
	came_from(copy, c, "a.xml\\x0A:1");
	/* It stays with what is moved to other lists. */
	set = anchors_free(set);
	ck_assert_int_eq(anchors_copy(copy, &set), 0);
	add(c, ANCHOR_AUTHORITY);
	came_from(set, c, "a.xml\\x0A:1");
	memset(most, 'a', ANCHOR_MAX_SOURCE_BYTES);
	set_source(copy, c, most, -1);
	came_from(copy, c, most);
	most[ANCHOR_MAX_SOURCE_BYTES] = 'a';
	set_source(copy, c, most, -1);
	(void)snprintf(cut, sizeof(cut), "%.*s" TEXT_CUT,
		(int)(ANCHOR_MAX_SOURCE_BYTES - strlen(TEXT_CUT)), most);
	came_from(copy, c, cut);
}
END_TEST

START_TEST(source_is_shared_by_those_of_one_document_alone)
{
	const struct pki_cert *one = pki_root("One");
	const struct pki_cert *two = pki_root("Two");
	const struct pki_cert *other = pki_root("Other");

	add(one, ANCHOR_SERVER);
	add(two, ANCHOR_SERVER);
	add(other, ANCHOR_SERVER);
	set_source(set, one, "a.xml", 1);
	set_source(set, two, "a.xml", 0);
	set_source(set, other, "a.xm", 3);
	came_from(set, one, "a.xml:1");
	came_from(set, two, "a.xml:0");
	came_from(set, other, "a.xm:3");
	ck_assert(anchors_remove(set, one->sha256, ANCHOR_SERVER));
	came_from(set, two, "a.xml:0");
	set_source(set, two, "b", -1);
	came_from(set, two, "b");
}
END_TEST

/* --- two of one tag --- */

static int compare_tags(const void *x, const void *y)
{
	const struct anchor *const *a = x;
	const struct anchor *const *b = y;

	return (*a)->sha256_tag < (*b)->sha256_tag
		? -1
		: (*a)->sha256_tag > (*b)->sha256_tag;
}

static bool find_pair(const struct anchors *in, const struct anchor *ret[2])
{
	static const struct anchor *all[ANCHORS_MAX];
	size_t count = 0;
	size_t cursor = 0;

	while ((all[count] = anchors_next(in, &cursor)))
		if (++count == ANCHORS_MAX)
			break;
	qsort(all, count, sizeof(struct anchor *), compare_tags);
	for (size_t i = 1; i < count; i++)
		if (all[i]->sha256_tag == all[i - 1]->sha256_tag) {
			ret[0] = all[i - 1];
			ret[1] = all[i];
			return true;
		}
	return false;
}

/* Two encodings of one tag in the set, which has nothing else. Of 16,384 two
 * have one with every second or third key. */
static void add_pair(uint8_t der[2][64], size_t *ret_len)
{
	const struct anchor *pair[2] = {NULL, NULL};

	while (!find_pair(set, pair)) {
		set = anchors_free(set);
		ck_assert_int_eq(anchors_new(&set), 0);
		add_fakes(0, ANCHORS_MAX, 1);
	}
	*ret_len = anchor_der(pair[0]).len;
	for (size_t i = 0; i < 2; i++)
		memcpy(der[i], anchor_der(pair[i]).data, *ret_len);
	for (uint32_t i = 0; i < ANCHORS_MAX; i++) {
		uint8_t sha256[SHA256_BYTES];
		uint8_t other[64];
		size_t len = fake(other, i, 0);

		ck_assert_int_eq(digest_sha256(other, len, sha256), 0);
		if (memcmp(other, der[0], len) != 0 &&
			memcmp(other, der[1], len) != 0)
			ck_assert(
				anchors_remove(set, sha256, ANCHOR_AUTHORITY));
	}
	ck_assert_uint_eq(anchors_count(set, ANCHOR_AUTHORITY), 2);
}

START_TEST(alike_fingerprints_are_told_apart)
{
	uint8_t der[2][64];
	uint8_t sha256[2][SHA256_BYTES];
	const struct anchor *found[2];
	size_t len = 0;

	add_pair(der, &len);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(digest_sha256(der[i], len, sha256[i]), 0);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < 2; i++) {
			found[i] = anchors_find(set, sha256[i]);
			ck_assert_ptr_eq(anchors_find_encoding(
						 set, sha256[i], der[i], len),
				found[i]);
			ck_assert_mem_eq(
				anchor_der(found[i]).data, der[i], len);
		}
		ck_assert_ptr_ne(found[0], found[1]);
		ck_assert_uint_eq(found[0]->sha256_tag, found[1]->sha256_tag);
		/* And when each digest has to be made again. */
		anchors_forget_digests(set);
	}
	ck_assert(anchors_remove(set, sha256[1], ANCHOR_AUTHORITY));
	ck_assert_ptr_null(anchors_find(set, sha256[1]));
	ck_assert_ptr_eq(anchors_find(set, sha256[0]), found[0]);
}
END_TEST

START_TEST(all_that_may_be_it_are_removed_for_want_of_a_digest)
{
	uint8_t der[2][64];
	uint8_t sha256[SHA256_BYTES];
	size_t len = 0;

	add_pair(der, &len);
	anchors_forget_digests(set);
	ck_assert_int_eq(digest_sha256(der[1], len, sha256), 0);
	/* The first one's. */
	openssl_memory_fails_at(1);
	ck_assert(anchors_remove(set, sha256, ANCHOR_AUTHORITY));
	ck_assert(openssl_memory_did_fail());
	openssl_memory_fails_at(0);
	ck_assert_ptr_null(anchors_find(set, sha256));
	ck_assert_uint_eq(anchors_count(set, ANCHOR_AUTHORITY), 0);
}
END_TEST

START_TEST(looking_up_tells_none_from_no_digest)
{
	const struct pki_cert *ca = pki_root("Root");
	const struct pki_cert *other = pki_root("Other");
	const struct anchor *a = NULL;

	add(ca, ANCHOR_AUTHORITY);
	anchors_forget_digests(set);
	ck_assert_int_eq(anchors_look_up(set, ca->sha256, NULL, &a), 0);
	ck_assert_ptr_eq(a, anchors_find(set, ca->sha256));
	ck_assert_int_eq(
		anchors_look_up(set, ca->sha256, subject_of(ca), &a), 0);
	ck_assert_ptr_nonnull(a);
	openssl_memory_fails_at(1);
	ck_assert_int_eq(anchors_look_up(set, ca->sha256, NULL, &a), -EIO);
	/* Of another name nothing is digested. */
	openssl_memory_fails_at(0);
	openssl_memory_fails_at(1);
	ck_assert_int_eq(anchors_look_up(set, ca->sha256,
				 (const uint8_t[SHA256_BYTES]){0}, &a),
		0);
	ck_assert_ptr_null(a);
	ck_assert_int_eq(anchors_look_up(set, other->sha256, NULL, &a), 0);
	ck_assert_ptr_null(a);
	openssl_memory_fails_at(0);
}
END_TEST

START_TEST(fingerprints_that_are_not_kept_are_made_again)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	const struct pki_cert *decoded_one = pki_root("Decoded");
	const struct pki_cert *other = pki_root("Other");
	const struct pki_cert *later = pki_root("Later");

	add(decoded_one, ANCHOR_AUTHORITY);
	add(other, ANCHOR_AUTHORITY);
	(void)decoded(anchors_find(set, decoded_one->sha256));
	anchors_forget_digests(set);
	add(later, ANCHOR_SERVER);
	ck_assert_int_eq(anchors_copy(set, &copy), 0);
	for (size_t i = 0; i < 6; i++) {
		const struct pki_cert *c = (const struct pki_cert *[]){
			decoded_one, other, later}[i % 3];
		const struct anchors *a = i < 3 ? set : copy;
		uint8_t sha256[SHA256_BYTES];

		ck_assert_int_eq(anchors_sha256_of(
					 a, anchors_find(a, c->sha256), sha256),
			0);
		ck_assert_mem_eq(sha256, c->sha256, SHA256_BYTES);
	}
}
END_TEST

START_TEST(copy_keeps_the_fingerprints_that_its_set_keeps)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	const struct pki_cert *ca = pki_root("Root");
	uint8_t sha256[SHA256_BYTES];

	add(ca, ANCHOR_AUTHORITY);
	ck_assert_int_eq(anchors_copy(set, &copy), 0);
	/* None has to be made. */
	openssl_memory_fails_at(1);
	ck_assert_int_eq(
		anchors_sha256_of(copy, anchors_find(copy, ca->sha256), sha256),
		0);
	openssl_memory_fails_at(0);
	ck_assert_mem_eq(sha256, ca->sha256, SHA256_BYTES);
}
END_TEST

START_TEST(without_a_digest_nothing_is_found_and_less_is_trusted)
{
	const struct pki_cert *ca = pki_root("Root");
	const struct anchor *a = NULL;
	uint8_t sha256[SHA256_BYTES];

	add(ca, ANCHOR_AUTHORITY);
	a = anchors_find(set, ca->sha256);
	anchors_forget_digests(set);
	openssl_memory_fails_at(1);
	ck_assert_ptr_null(anchors_find(set, ca->sha256));
	openssl_memory_fails_at(1);
	ck_assert_int_eq(anchors_sha256_of(set, a, sha256), -EIO);
	openssl_memory_fails_at(1);
	ck_assert_ptr_eq(anchors_find_encoding(
				 set, ca->sha256, ca->der.data, ca->der.len),
		a);
	ck_assert(anchors_remove(set, ca->sha256, ANCHOR_AUTHORITY));
	ck_assert(openssl_memory_did_fail());
	openssl_memory_fails_at(0);
	ck_assert_uint_eq(anchors_count(set, ANCHOR_AUTHORITY), 0);
}
END_TEST

static void remove_fakes(uint32_t from, uint32_t count, uint32_t names)
{
	uint8_t der[64];
	uint8_t sha256[SHA256_BYTES];

	for (uint32_t i = from; i < from + count; i++) {
		size_t len = fake(der, i, i % names);

		ck_assert_int_eq(digest_sha256(der, len, sha256), 0);
		ck_assert(anchors_remove(set, sha256, ANCHOR_AUTHORITY));
	}
}

/* The encodings of those that are there move together, and those that others
 * share stay theirs. */
START_TEST(what_was_removed_leaves_no_encoding_behind)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	const struct pki_cert *first = pki_root("First");
	const struct pki_cert *shown = pki_root("Shown");
	const uint8_t *before = NULL;

	add(first, ANCHOR_AUTHORITY);
	add(shown, ANCHOR_AUTHORITY);
	set_source(set, first, "a.xml", 1);
	(void)decoded(anchors_find(set, shown->sha256));
	add_fakes(0, 1000, 1000);
	before = anchor_der(anchors_find(set, first->sha256)).data;
	ck_assert_int_eq(anchors_copy(set, &copy), 0);
	remove_fakes(0, 10, 1000);
	add_fakes(2000, 1, 1);
	ck_assert_ptr_eq(
		anchor_der(anchors_find(set, first->sha256)).data, before);
	remove_fakes(10, 990, 1000);
	/* More than a block has room for. */
	add_fakes(3000, 300, 300);
	ck_assert_ptr_ne(
		anchor_der(anchors_find(set, first->sha256)).data, before);
	is_encoding_of(anchors_find(set, first->sha256), first);
	is_encoding_of(anchors_find(set, shown->sha256), shown);
	ck_assert(anchor_is_decoded(anchors_find(set, shown->sha256)));
	came_from(set, first, "a.xml:1");
	ck_assert_uint_eq(anchors_count(set, ANCHOR_AUTHORITY), 303);
	ck_assert_ptr_eq(
		anchor_der(anchors_find(copy, first->sha256)).data, before);
	is_encoding_of(anchors_find(copy, first->sha256), first);
	ck_assert_uint_eq(anchors_count(copy, ANCHOR_AUTHORITY), 1002);
}
END_TEST

START_TEST(source_follows_its_certificate)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	const struct pki_cert *c[3];
	char name[] = "0";

	add_fakes(0, 500, 500);
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		name[0] = (char)('0' + i);
		c[i] = pki_root(name);
		add(c[i], ANCHOR_SERVER);
		if (i != 1)
			set_source(set, c[i], "a.xml", (int64_t)i);
	}
	remove_fakes(0, 500, 500);
	/* Until the tables are rebuilt. */
	add_fakes(1000, 300, 300);
	ck_assert_int_eq(anchors_copy(set, &copy), 0);
	for (size_t i = 0; i < 2; i++) {
		const struct anchors *a = i == 0 ? set : copy;

		came_from(a, c[0], "a.xml:0");
		came_from(a, c[1], NULL);
		came_from(a, c[2], "a.xml:2");
	}
}
END_TEST

START_TEST(what_is_no_certificate_is_refused)
{
	ck_assert_int_eq(anchors_add(set, "hello", 5, ANCHOR_SERVER), -EINVAL);
	ck_assert_int_eq(anchors_add(set, "", 0, ANCHOR_SERVER), -EINVAL);
	ck_assert_uint_eq(anchors_count(set, ANCHOR_SERVER), 0);
}
END_TEST

START_TEST(one_byte_more_than_a_certificate_may_have_is_refused)
{
	static char comment[CERTIFICATE_MAX_BYTES + 1] = "ASN1:UTF8:";
	const struct pki_cert *c = NULL;
	size_t len = strlen(comment);

	memset(comment + len, 'a', sizeof(comment) - 1 - len);
	c = pki_make(&(struct pki_spec){.cn = "big",
			     .extra = {{"1.2.3.4", comment}}},
		NULL);
	ck_assert_uint_gt(c->der.len, CERTIFICATE_MAX_BYTES);
	ck_assert_int_eq(
		anchors_add(set, c->der.data, c->der.len, ANCHOR_SERVER),
		-EINVAL);
	/* Of half the size there is nothing against it. */
	comment[sizeof(comment) / 2] = 0;
	add(pki_make(&(struct pki_spec){.cn = "big",
			     .extra = {{"1.2.3.4", comment}}},
		    NULL),
		ANCHOR_SERVER);
}
END_TEST

START_TEST(one_more_than_the_maximum_is_refused)
{
	uint8_t der[64];
	size_t len = 0;

	add_fakes(0, ANCHORS_MAX, ANCHORS_MAX);
	len = fake(der, ANCHORS_MAX, 1);
	ck_assert_int_eq(anchors_add(set, der, len, ANCHOR_SERVER), -ENOSPC);
	len = fake(der, 5, 5);
	ck_assert_int_eq(anchors_add(set, der, len, ANCHOR_SERVER), 0);
	ck_assert_uint_eq(anchors_count(set, ANCHOR_AUTHORITY), ANCHORS_MAX);
}
END_TEST

/* Ten thousand of one name: linear, or the time limit of a test ends it. */
START_TEST(many_of_one_name_come_and_go)
{
	size_t cursor = 0;
	size_t seen = 0;

	add_fakes(0, 10000, 1);
	for (uint32_t round = 0; round < 3; round++) {
		const struct anchor *a = NULL;

		cursor = 0;
		while ((a = anchors_next(set, &cursor)) != NULL) {
			uint8_t sha256[SHA256_BYTES];

			ck_assert_int_eq(anchors_sha256_of(set, a, sha256), 0);
			ck_assert(
				anchors_remove(set, sha256, ANCHOR_AUTHORITY));
		}
		ck_assert_uint_eq(anchors_count(set, ANCHOR_AUTHORITY), 0);
		add_fakes(round, 10000, 1);
	}
	cursor = 0;
	while (anchors_next(set, &cursor))
		seen++;
	ck_assert_uint_eq(seen, 10000);
}
END_TEST

test_case_maker anchors_tests;

TCase *anchors_tests(void)
{
	TCase *tc = tcase_create("anchors");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
		certificate_is_found_by_digest_and_by_every_spelling_of_its_name);
	tcase_add_test(
		tc, all_certificates_of_a_name_come_in_order_of_insertion);
	tcase_add_test(tc, nothing_is_decoded_before_it_is_asked_for);
	tcase_add_test(tc, anchor_that_does_not_decode_is_none_without_failing);
	tcase_add_test(tc, lists_are_counted_and_left_one_by_one);
	tcase_add_test(tc, counts_follow_every_change);
	tcase_add_test(tc, known_digest_finds_what_was_added_without_it);
	tcase_add_test(tc, what_another_set_has_decoded_is_taken_over);
	tcase_add_test(tc, copy_shares_certificates_and_nothing_else);
	tcase_add_test(tc, copy_outlives_its_original);
	tcase_add_test(tc, copy_of_a_list_has_nothing_of_the_other_lists);
	tcase_add_test(tc, source_is_of_one_set_and_of_bounded_length);
	tcase_add_test(tc, source_is_shared_by_those_of_one_document_alone);
	tcase_add_test(tc, alike_fingerprints_are_told_apart);
	tcase_add_test(tc, all_that_may_be_it_are_removed_for_want_of_a_digest);
	tcase_add_test(tc, looking_up_tells_none_from_no_digest);
	tcase_add_test(tc, fingerprints_that_are_not_kept_are_made_again);
	tcase_add_test(tc, copy_keeps_the_fingerprints_that_its_set_keeps);
	tcase_add_test(
		tc, without_a_digest_nothing_is_found_and_less_is_trusted);
	tcase_add_test(tc, what_was_removed_leaves_no_encoding_behind);
	tcase_add_test(tc, source_follows_its_certificate);
	tcase_add_test(tc, what_is_no_certificate_is_refused);
	tcase_add_test(
		tc, one_byte_more_than_a_certificate_may_have_is_refused);
	tcase_add_test(tc, one_more_than_the_maximum_is_refused);
	tcase_add_test(tc, many_of_one_name_come_and_go);
	return tc;
}
