/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/intermediate-cache.h"

#include <pthread.h>
#include <stdio.h>

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

	intermediate_cache_add(&cache, c);
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

/* --- threads --- */

#define THREADS 4
#define CERTIFICATES (INTERMEDIATE_CACHE_MAX + 8)

static struct certificate *shared[CERTIFICATES];

/* What is found is what was asked for, whoever adds meanwhile. */
static void *add_and_find(void *userdata)
{
	for (size_t i = 0; i < 50UL * CERTIFICATES; i++) {
		struct certificate *wanted = shared[i % CERTIFICATES];
		CLEANUP(certificate_free) struct certificate *found = NULL;

		intermediate_cache_add(&cache, shared[i * 7 % CERTIFICATES]);
		found = intermediate_cache_find(
			&cache, wanted->der.data, wanted->der.len);
		if (found && found != wanted)
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

TCase *intermediate_cache_tests(void)
{
	TCase *tc = tcase_create("intermediate-cache");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, a_certificate_is_known_by_all_of_its_bytes);
	tcase_add_test(tc, one_more_than_there_is_room_for_replaces_the_first);
	tcase_add_test(tc, threads_add_and_find_at_once);
	tcase_add_test(tc,
		an_intermediate_that_led_to_an_anchor_is_known_from_then_on);
	return tc;
}
