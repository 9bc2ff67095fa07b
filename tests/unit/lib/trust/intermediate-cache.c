/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/intermediate-cache.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

TCase *intermediate_cache_tests(void);

static struct intermediate_cache cache;

static struct certificate *decoded(const struct pki_cert *cert)
{
	struct certificate *c = NULL;
	enum verdict why = VERDICT_MALFORMED;

	ck_assert_int_eq(
		certificate_decode(cert->der.data, cert->der.len, &c, &why), 0);
	ck_assert_ptr_nonnull(c);
	return c;
}

static void add(const struct pki_cert *cert)
{
	CLEANUP(certificate_free) struct certificate *c = decoded(cert);

	intermediate_cache_add(&cache, c, NULL);
}

static bool is_known(const struct pki_cert *cert)
{
	CLEANUP(certificate_free)
	struct certificate *c =
		intermediate_cache_find(&cache, cert->der.data, cert->der.len);

	return c != NULL;
}

static void teardown(void)
{
	intermediate_cache_done(&cache);
	pki_free_all();
}

START_TEST(a_certificate_is_known_by_all_of_its_bytes)
{
	const struct pki_cert *one = pki_root("One");
	CLEANUP(bytes_done) struct bytes other = {0};

	ck_assert(!is_known(one));
	add(one);
	ck_assert(is_known(one));
	ck_assert(!is_known(pki_root("Two")));
	ck_assert_int_eq(bytes_copy(one->der.data, one->der.len, &other), 0);
	other.data[other.len - 1] ^= 1;
	ck_assert_ptr_null(
		intermediate_cache_find(&cache, other.data, other.len));
	ck_assert_ptr_null(intermediate_cache_find(
		&cache, one->der.data, one->der.len - 1));
}
END_TEST

START_TEST(one_more_than_there_is_room_for_replaces_the_first)
{
	const struct pki_cert *first = pki_root("First");
	const struct pki_cert *last = NULL;
	char cn[32];

	add(first);
	for (unsigned i = 1; i < INTERMEDIATE_CACHE_MAX; i++) {
		(void)snprintf(cn, sizeof(cn), "Number %u", i);
		last = pki_root(cn);
		add(last);
		add(first);
	}
	ck_assert(is_known(first));
	add(pki_root("One more"));
	ck_assert(!is_known(first));
	ck_assert(is_known(last));
}
END_TEST

/* --- whose signature is good --- */

START_TEST(a_signature_is_known_by_the_certificate_and_the_key)
{
	static const uint8_t signer[SHA256_BYTES] = {1, 2, 3};
	static const uint8_t other[SHA256_BYTES] = {1, 2, 4};
	const struct pki_cert *one = pki_root("One");
	CLEANUP(certificate_free) struct certificate *c = decoded(one);
	CLEANUP(certificate_free) struct certificate *again = decoded(one);

	intermediate_cache_add(&cache, c, NULL);
	ck_assert(!intermediate_cache_is_signed(&cache, c, signer));
	intermediate_cache_add(&cache, c, signer);
	ck_assert(intermediate_cache_is_signed(&cache, c, signer));
	ck_assert(!intermediate_cache_is_signed(&cache, c, other));
	/* The same bytes, but not what is kept. */
	ck_assert(!intermediate_cache_is_signed(&cache, again, signer));
	/* One that is added later without a signer takes nothing away. */
	intermediate_cache_add(&cache, again, NULL);
	ck_assert(intermediate_cache_is_signed(&cache, c, signer));
	/* The last key counts. */
	intermediate_cache_add(&cache, again, other);
	ck_assert(intermediate_cache_is_signed(&cache, c, other));
	ck_assert(!intermediate_cache_is_signed(&cache, c, signer));
}
END_TEST

START_TEST(what_takes_the_place_of_a_signed_one_is_not_signed)
{
	static const uint8_t signer[SHA256_BYTES] = {1};
	CLEANUP(certificate_free)
	struct certificate *first = decoded(pki_root("First"));
	CLEANUP(certificate_free) struct certificate *last = NULL;
	char cn[32];

	intermediate_cache_add(&cache, first, signer);
	for (unsigned i = 0; i < INTERMEDIATE_CACHE_MAX; i++) {
		(void)certificate_free(last);
		(void)snprintf(cn, sizeof(cn), "Number %u", i);
		last = decoded(pki_root(cn));
		intermediate_cache_add(&cache, last, NULL);
	}
	ck_assert(!intermediate_cache_is_signed(&cache, first, signer));
	ck_assert(!intermediate_cache_is_signed(&cache, last, signer));
}
END_TEST

START_TEST(a_copy_keeps_all_of_it)
{
	static const uint8_t signer[SHA256_BYTES] = {1};
	struct intermediate_cache copy = {.next = 0};
	const struct pki_cert *one = pki_root("One");
	CLEANUP(certificate_free) struct certificate *c = decoded(one);
	CLEANUP(certificate_free) struct certificate *found = NULL;

	add(pki_root("Before"));
	intermediate_cache_add(&cache, c, signer);
	intermediate_cache_copy(&copy, &cache);
	intermediate_cache_done(&cache);
	found = intermediate_cache_find(&copy, one->der.data, one->der.len);
	ck_assert_ptr_eq(found, c);
	ck_assert(intermediate_cache_is_signed(&copy, c, signer));
	ck_assert_uint_eq(copy.next, 2);
	intermediate_cache_done(&copy);
}
END_TEST

START_TEST(one_that_is_in_use_is_not_copied)
{
	struct intermediate_cache copy = {.next = 0};

	add(pki_root("One"));
	atomic_store(&cache.busy, true);
	intermediate_cache_copy(&copy, &cache);
	ck_assert_ptr_null(copy.entries[0].certificate);
	atomic_store(&cache.busy, false);
}
END_TEST

/* --- threads --- */

#define THREADS 4
#define CERTIFICATES (INTERMEDIATE_CACHE_MAX + 8)

static struct certificate *shared[CERTIFICATES];
static uint8_t keys[CERTIFICATES][SHA256_BYTES];

/* What is found is what was asked for, whoever adds meanwhile. */
static void *add_and_find(void *userdata)
{
	for (size_t i = 0; i < 50UL * CERTIFICATES; i++) {
		struct certificate *wanted = shared[i % CERTIFICATES];
		CLEANUP(certificate_free) struct certificate *found = NULL;

		intermediate_cache_add(&cache, shared[i * 7 % CERTIFICATES],
			keys[i * 7 % CERTIFICATES]);
		found = intermediate_cache_find(
			&cache, wanted->der.data, wanted->der.len);
		if (found && found != wanted)
			return NULL;
		if (intermediate_cache_is_signed(
			    &cache, wanted, keys[(i + 1) % CERTIFICATES]))
			return NULL;
	}
	return userdata;
}

START_TEST(threads_add_and_find_at_once)
{
	pthread_t threads[THREADS];
	char cn[32];

	for (unsigned i = 0; i < CERTIFICATES; i++) {
		(void)snprintf(cn, sizeof(cn), "Number %u", i);
		shared[i] = decoded(pki_root(cn));
		memset(keys[i], (int)i, SHA256_BYTES);
	}
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, add_and_find, shared),
			0);
	for (size_t i = 0; i < THREADS; i++) {
		void *good = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &good), 0);
		ck_assert_ptr_nonnull(good);
	}
	for (size_t i = 0; i < CERTIFICATES; i++)
		shared[i] = certificate_free(shared[i]);
}
END_TEST

/* --- as verifying uses it --- */

static bool verifying_knows(const struct pki_cert *cert)
{
	CLEANUP(certificate_free)
	struct certificate *c = intermediate_cache_find(
		trust->intermediates, cert->der.data, cert->der.len);

	return c != NULL;
}

START_TEST(an_intermediate_that_led_to_an_anchor_is_known_from_then_on)
{
	const struct pki_cert *root = NULL;
	const struct pki_cert *issuing = NULL;

	ask_setup();
	root = pki_root("Root");
	issuing =
		pki_make(&(struct pki_spec){.cn = "Issuing", .ca = true}, root);
	SEND(pki_leaf("DNS:pbx.example.com", issuing), issuing);
	EXPECT("pbx.example.com", VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert(!verifying_knows(issuing));
	trust_cert(root);
	EXPECT("pbx.example.com", VERDICT_TRUSTED);
	ck_assert(verifying_knows(issuing));
	ck_assert(!verifying_knows(root));
	SEND(pki_leaf("DNS:sip.example.com", issuing), issuing);
	EXPECT("sip.example.com", VERDICT_TRUSTED);
	EXPECT("pbx.example.com", VERDICT_NAME_MISMATCH);
	/* Known is not trusted. */
	SEND(pki_leaf("DNS:sip.example.com", issuing));
	EXPECT("sip.example.com", VERDICT_ISSUER_NOT_TRUSTED);
	ask_teardown();
}
END_TEST

/*
 * Another root of the same name signed nothing, whatever is known; the first
 * one does so again when it is back. Distrust counts at once.
 */
START_TEST(a_known_signature_is_that_of_one_key)
{
	const struct pki_cert *root = NULL;
	const struct pki_cert *issuing = NULL;
	const struct pki_cert *leaf = NULL;

	ask_setup();
	root = pki_make(
		&(struct pki_spec){
			.cn = "Root", .ca = true, .no_key_ids = true},
		NULL);
	issuing = pki_make(
		&(struct pki_spec){
			.cn = "Issuing", .ca = true, .no_key_ids = true},
		root);
	leaf = pki_leaf("DNS:pbx.example.com", issuing);
	trust_cert(root);
	SEND(leaf, issuing);
	EXPECT("pbx.example.com", VERDICT_TRUSTED);
	EXPECT("pbx.example.com", VERDICT_TRUSTED);
	ck_assert_uint_eq(result.work.signatures, 2);
	(void)anchors_remove(trust->anchors, root->sha256, ANCHOR_SERVER);
	trust_cert(pki_make(
		&(struct pki_spec){
			.cn = "Root", .ca = true, .no_key_ids = true},
		NULL));
	ck_assert(verifying_knows(issuing));
	EXPECT("pbx.example.com", VERDICT_BAD_SIGNATURE);
	trust_cert(root);
	EXPECT("pbx.example.com", VERDICT_TRUSTED);
	EXPECT_PATH(leaf, issuing, root);
	ck_assert_int_eq(trust_add_distrusted(
				 trust, DISTRUST_CERTIFICATE, issuing->sha256),
		0);
	ck_assert(verifying_knows(issuing));
	EXPECT("pbx.example.com", VERDICT_DISTRUSTED);
	ask_teardown();
}
END_TEST

TCase *intermediate_cache_tests(void)
{
	TCase *tc = tcase_create("intermediate-cache");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, a_certificate_is_known_by_all_of_its_bytes);
	tcase_add_test(tc, one_more_than_there_is_room_for_replaces_the_first);
	tcase_add_test(tc, a_signature_is_known_by_the_certificate_and_the_key);
	tcase_add_test(tc, what_takes_the_place_of_a_signed_one_is_not_signed);
	tcase_add_test(tc, a_copy_keeps_all_of_it);
	tcase_add_test(tc, one_that_is_in_use_is_not_copied);
	tcase_add_test(tc, threads_add_and_find_at_once);
	tcase_add_test(tc,
		an_intermediate_that_led_to_an_anchor_is_known_from_then_on);
	tcase_add_test(tc, a_known_signature_is_that_of_one_key);
	return tc;
}
