/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tls/tls-lists.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

static const struct {
	const char *list;
	const char *fault; /* part of it; NULL: it is taken */
} ciphers[] = {
	{TLS_CIPHERS_DEFAULT, NULL},
	{"ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM", NULL},
	{"ECDHE-RSA-AES128-GCM-SHA256", NULL},
	{"HIGH:!aNULL:!RC4:!EXPORT:-SHA:+CAMELLIA:@STRENGTH", NULL},
	{"AES128-SHA,AES256-SHA AES128-SHA256", NULL},
	{"", "1 to 255 characters"},
	{"AES128-SHA\n", "1 to 255 characters"},
	{"AES128-SHA:AES128-GMC-SHA256",
		"no cipher suite up to TLS 1.2 that \"AES128-GMC-SHA256\""},
	{"TLS_AES_128_GCM_SHA256", "\"TLS_AES_128_GCM_SHA256\" means"},
	{"AES128-SHA:+NONSENSE", "\"NONSENSE\" means"},
	{"ALL", "which needs no certificate; add :!aNULL"},
	{"HIGH:aNULL", "which needs no certificate"},
	{"eNULL:!aNULL", "which does not encrypt; add :!eNULL"},
	{"DEFAULT:@SECLEVEL=0", "@SECLEVEL=0 has no place in it"},
	{"AES128-SHA:!AES128-SHA", "nothing is left of it"},
};

static const struct {
	const char *list;
	const char *fault;
} suites[] = {
	{TLS_SUITES_DEFAULT, NULL},
	{"TLS_AES_128_CCM_SHA256", NULL},
	{"", "1 to 255 characters"},
	{"TLS_AES_128_GCM_SHA256:TLS_AES_128_GMC_SHA256",
		"TLS 1.3 that is called \"TLS_AES_128_GMC_SHA256\""},
	{"AES128-SHA", "called \"AES128-SHA\""},
	{"TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384", "is called"},
};

static void expect(int r, const char *said, const char *fault)
{
	ck_assert_int_eq(r, fault ? -EINVAL : 0);
	ck_assert_int_eq(said == NULL, fault == NULL);
	if (said && fault)
		ck_assert_msg(strstr(said, fault) != NULL, "%s", said);
}

START_TEST(each_word_of_a_list_of_ciphers_means_something)
{
	CLEANUP(free) char *fault = NULL;
	int r = tls_ciphers_check(ciphers[_i].list, &fault);

	expect(r, fault, ciphers[_i].fault);
}
END_TEST

START_TEST(each_name_of_a_list_of_suites_is_known)
{
	CLEANUP(free) char *fault = NULL;
	int r = tls_suites_check(suites[_i].list, &fault);

	expect(r, fault, suites[_i].fault);
}
END_TEST

START_TEST(a_list_of_one_character_more_is_refused)
{
	CLEANUP(free) char *fault = NULL;
	char list[TLS_LIST_SIZE + 1] = {0};

	for (size_t i = 0; i < TLS_LIST_SIZE - 1; i++)
		list[i] = "AES128-SHA:"[i % strlen("AES128-SHA:")];
	memcpy(list + TLS_LIST_SIZE - 4, ":::", 3);
	ck_assert_uint_eq(strlen(list), TLS_LIST_SIZE - 1);
	ck_assert(tls_list_is_text(list, strlen(list)));
	list[TLS_LIST_SIZE - 1] = ':';
	ck_assert_int_eq(tls_ciphers_check(list, &fault), -EINVAL);
	ck_assert_str_eq(fault, "it is not a text of 1 to 255 characters");
}
END_TEST

/* How many suites the context offers, and whether this is one. */
static bool offers(SSL_CTX *context, const char *name)
{
	SSL *ssl = SSL_new(context);
	STACK_OF(SSL_CIPHER) *all = SSL_get1_supported_ciphers(ssl);
	bool found = false;

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++)
		found = found ||
			strcmp(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i)),
				name) == 0;
	sk_SSL_CIPHER_free(all);
	SSL_free(ssl);
	return found;
}

START_TEST(a_context_offers_what_it_is_told_and_no_more)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	struct tls_offer offer = {.minimum = TLS_MINIMUM_1_2,
		.ciphers = "ECDHE-RSA-AES128-GCM-SHA256",
		.suites = "TLS_CHACHA20_POLY1305_SHA256"};

	ck_assert_int_eq(tls_offer_apply(&offer, context), 0);
	ck_assert_int_eq(
		SSL_CTX_get_min_proto_version(context), TLS1_2_VERSION);
	ck_assert(offers(context, "ECDHE-RSA-AES128-GCM-SHA256"));
	ck_assert(offers(context, "TLS_CHACHA20_POLY1305_SHA256"));
	ck_assert(!offers(context, "ECDHE-RSA-AES256-GCM-SHA384"));
	ck_assert(!offers(context, "TLS_AES_128_GCM_SHA256"));
	offer.minimum = TLS_MINIMUM_1_3;
	ck_assert_int_eq(tls_offer_apply(&offer, context), 0);
	ck_assert(!offers(context, "ECDHE-RSA-AES128-GCM-SHA256"));
	offer = TLS_OFFER_DEFAULT;
	ck_assert_int_eq(tls_offer_apply(&offer, context), 0);
	ck_assert(offers(context, "TLS_AES_128_GCM_SHA256"));
	memcpy(offer.ciphers, "?", sizeof("?"));
	ck_assert_int_eq(tls_offer_apply(&offer, context), -EIO);
	SSL_CTX_free(context);
}
END_TEST

START_TEST(the_versions_are_openssls)
{
	static const int numbers[] = {
		TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
	static const char *const names[] = {"1.0", "1.1", "1.2", "1.3"};

	for (enum tls_minimum m = 0; m < TLS_MINIMUM__END; m++) {
		ck_assert_int_eq(tls_minimum_number(m), numbers[m]);
		ck_assert_str_eq(tls_minimum_names[m], names[m]);
	}
	ck_assert_ptr_null(tls_minimum_names[TLS_MINIMUM__END]);
}
END_TEST

TCase *tls_lists_tests(void);

TCase *tls_lists_tests(void)
{
	TCase *tc = tcase_create("tls-lists");

	tcase_add_loop_test(tc, each_word_of_a_list_of_ciphers_means_something,
		0, ARRAY_SIZE(ciphers));
	tcase_add_loop_test(tc, each_name_of_a_list_of_suites_is_known, 0,
		ARRAY_SIZE(suites));
	tcase_add_test(tc, a_list_of_one_character_more_is_refused);
	tcase_add_test(tc, a_context_offers_what_it_is_told_and_no_more);
	tcase_add_test(tc, the_versions_are_openssls);
	return tc;
}
