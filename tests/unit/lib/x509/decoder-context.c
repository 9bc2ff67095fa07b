/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/decoder-context.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/hex.h"
#include "lib/x509/placed-key.h"
#include "lib/x509/skeleton.h"
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/lib/x509/openssl-memory.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"
#define OWN "certprov-decoder"

test_case_maker decoder_context_tests;

static bool fails; /* the next time that it is made */

/* NOLINTBEGIN(readability-identifier-naming) the linker wants these names */

int __real_OSSL_PROVIDER_add_builtin(
	OSSL_LIB_CTX *context, const char *name, OSSL_provider_init_fn *init);
int __wrap_OSSL_PROVIDER_add_builtin(
	OSSL_LIB_CTX *context, const char *name, OSSL_provider_init_fn *init);

int __wrap_OSSL_PROVIDER_add_builtin(
	OSSL_LIB_CTX *context, const char *name, OSSL_provider_init_fn *init)
{
	return fails ? 0
		     : __real_OSSL_PROVIDER_add_builtin(context, name, init);
}

/* NOLINTEND(readability-identifier-naming) */

static const struct {
	enum pki_key key;
	enum pki_form form;
	bool used;
	bool signs;
} kinds[] = {
	{PKI_RSA_1024, PKI_FORM_USUAL, true, true},
	{PKI_RSA_2048, PKI_FORM_USUAL, true, true},
	{PKI_RSA_2048, PKI_FORM_WITHOUT_NULL, true, true},
	{PKI_RSA_2048, PKI_FORM_PSS, true, false},
	{PKI_P256, PKI_FORM_USUAL, true, true},
	{PKI_P256, PKI_FORM_COMPRESSED, true, true},
	{PKI_P384, PKI_FORM_USUAL, true, true},
	{PKI_P521, PKI_FORM_USUAL, true, true},
	{PKI_ED25519, PKI_FORM_USUAL, true, true},
	{PKI_ED448, PKI_FORM_USUAL, true, true},
	{PKI_P256, PKI_FORM_HYBRID, false, true},
	{PKI_P256_SPELT_OUT, PKI_FORM_USUAL, false, true},
	{PKI_P192, PKI_FORM_USUAL, false, true},
	{PKI_BRAINPOOL, PKI_FORM_USUAL, false, true},
	{PKI_SECT571, PKI_FORM_USUAL, false, true},
	{PKI_DSA, PKI_FORM_USUAL, false, true},
	{PKI_X25519, PKI_FORM_USUAL, false, false},
};

static struct certificate *decode(const struct pki_cert *cert)
{
	struct certificate *c = NULL;
	enum verdict why = VERDICT_MALFORMED;

	ck_assert_int_eq(
		certificate_decode(cert->der.data, cert->der.len, &c, &why), 0);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	return c;
}

/* The provider that has the key; NULL without a key, or a provider. */
static const char *provider_of(const struct certificate *c)
{
	const EVP_PKEY *key = X509_get0_pubkey(c->x509);
	const OSSL_PROVIDER *of = key ? EVP_PKEY_get0_provider(key) : NULL;

	ERR_clear_error();
	return of ? OSSL_PROVIDER_get0_name(of) : NULL;
}

/* Does OpenSSL decode the key, rather than placed-key.h? */
static bool goes_through_decoders(const struct pki_cert *cert)
{
	struct skeleton o;
	struct public_key key;

	ck_assert_int_eq(skeleton_read(cert->der.data, cert->der.len, &o), 0);
	key_read(o.spki, &key);
	return !placed_key_is_for_here(o.spki, &key);
}

static const struct pki_cert *leaf_of(int i, const struct pki_cert *issuer)
{
	return pki_make(&(struct pki_spec){.cn = "pbx",
				.san = "DNS:" HOST,
				.key = kinds[i].key,
				.form = kinds[i].form},
		issuer);
}

START_TEST(kinds_in_use_are_decoded_as_openssl_decodes_them)
{
	const struct pki_cert *leaf = leaf_of(_i, pki_root("Root"));
	CLEANUP(certificate_free) struct certificate *c = decode(leaf);

	ck_assert_ptr_null(decoder_context_why_not());
	ck_assert(c->key.used == kinds[_i].used);
	if (!c->key.used) {
		ck_assert_ptr_null(provider_of(c));
		return;
	}
	if (goes_through_decoders(leaf))
		ck_assert_str_eq(provider_of(c), OWN);
	else
		ck_assert_ptr_null(provider_of(c));
	ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(c->x509),
				 X509_get0_pubkey(leaf->x509)),
		1);
}
END_TEST

/* Whatever the rules of key.h let through, it has no others. */
START_TEST(other_kinds_are_unknown_to_it)
{
	const enum key_type kind = (enum key_type)(_i % KEY_DSA);
	const struct pki_cert *leaf =
		pki_make(&(struct pki_spec){.cn = "x",
				 .key = _i < KEY_DSA ? PKI_DSA : PKI_X25519},
			pki_root("Root"));
	X509 *x = X509_new_ex(decoder_context(kind), NULL);
	const uint8_t *p = leaf->der.data;

	ck_assert_ptr_nonnull(d2i_X509(&x, &p, (long)leaf->der.len));
	ck_assert_ptr_null(X509_get0_pubkey(x));
	ck_assert_ptr_nonnull(X509_get0_pubkey(leaf->x509));
	X509_free(x);
	ERR_clear_error();
}
END_TEST

/* Nor any to the one without keys, which reads all the rest. */
START_TEST(certificate_without_its_key_is_read)
{
	const struct pki_cert *leaf = leaf_of(_i, pki_root("Root"));
	X509 *x = X509_new_ex(decoder_context_without_keys(), NULL);
	const uint8_t *p = leaf->der.data;

	ck_assert_ptr_nonnull(d2i_X509(&x, &p, (long)leaf->der.len));
	ck_assert_ptr_null(X509_get0_pubkey(x));
	ck_assert_int_eq(X509_cmp(x, leaf->x509), 0);
	ck_assert_uint_eq(
		X509_get_extension_flags(x) & EXFLAG_NO_FINGERPRINT, 0);
	X509_free(x);
	ERR_clear_error();
}
END_TEST

/* Every digest that OpenSSL has an algorithm with this kind of key for. */
static const struct {
	enum pki_key key;
	const char *digest;
	bool maybe; /* OpenSSL 3.0 makes them, but does not verify them */
} signatures[] = {
	{PKI_P256, "SHA1", false},
	{PKI_P256, "SHA224", false},
	{PKI_P256, "SHA256", false},
	{PKI_P384, "SHA384", false},
	{PKI_P521, "SHA512", false},
	{PKI_P256, "SHA3-224", true},
	{PKI_P256, "SHA3-256", true},
	{PKI_P256, "SHA3-384", true},
	{PKI_P256, "SHA3-512", true},
	{PKI_RSA_2048, "MD5", false},
	{PKI_RSA_2048, "SHA1", false},
	{PKI_RSA_2048, "SHA224", false},
	{PKI_RSA_2048, "SHA256", false},
	{PKI_RSA_2048, "SHA384", false},
	{PKI_RSA_2048, "SHA512", false},
	{PKI_RSA_2048, "SHA512-256", true},
	{PKI_RSA_2048, "SHA3-256", false},
	{PKI_RSA_2048, "RIPEMD160", false},
	{PKI_ED25519, "", false},
	{PKI_ED448, "", false},
};

START_TEST(what_is_common_is_checked_where_the_key_was_decoded)
{
	ck_assert_ptr_nonnull(decoder_context_of_all());
	ck_assert_ptr_eq(decoder_context_of_signatures(KEY_RSA, NID_sha256),
		decoder_context(KEY_RSA));
	ck_assert_ptr_eq(decoder_context_of_signatures(KEY_EC, NID_sha256),
		decoder_context(KEY_EC));
	ck_assert_ptr_eq(decoder_context_of_signatures(KEY_RSA, NID_md5),
		decoder_context_of_all());
	ck_assert_ptr_eq(decoder_context_of_signatures(KEY_RSA, NID_undef),
		decoder_context_of_all());
	ck_assert_ptr_eq(decoder_context_of_signatures(KEY_ED25519, NID_undef),
		decoder_context_of_all());
}
END_TEST

/* On certificates with keys of every kind. */
START_TEST(signatures_are_checked_as_openssl_checks_them)
{
	const struct pki_cert *root =
		pki_make(&(struct pki_spec){.cn = "Root",
				 .ca = true,
				 .key = signatures[_i].key,
				 .digest = signatures[_i].digest},
			NULL);
	CLEANUP(certificate_free) struct certificate *issuer = decode(root);

	bool good = X509_verify(root->x509, root->key) == 1;

	ck_assert(good || signatures[_i].maybe);
	ERR_clear_error();
	ck_assert(certificate_is_signed_by(issuer, issuer) == good);
	for (int i = 0; i < (int)ARRAY_SIZE(kinds); i++) {
		const struct pki_cert *leaf =
			pki_make(&(struct pki_spec){.cn = "pbx",
					 .key = kinds[i].key,
					 .form = kinds[i].form,
					 .digest = signatures[_i].digest},
				root);
		CLEANUP(certificate_free) struct certificate *c = decode(leaf);

		ck_assert(certificate_is_signed_by(c, issuer) == good);
		ck_assert(!certificate_is_signed_by(issuer, c));
		ck_assert_uint_eq(ERR_peek_error(), 0);
	}
}
END_TEST

/* With what a certificate is signed is for whoever sends it to say. */
START_TEST(a_rare_signature_leaves_nothing_at_the_key)
{
	const struct pki_cert *root = pki_make(
		&(struct pki_spec){
			.cn = "Root", .ca = true, .key = PKI_RSA_2048},
		NULL);
	CLEANUP(certificate_free) struct certificate *first = decode(root);
	CLEANUP(certificate_free) struct certificate *issuer = decode(root);
	CLEANUP(certificate_free)
	struct certificate *usual =
		decode(pki_make(&(struct pki_spec){.cn = "pbx"}, root));
	CLEANUP(certificate_free)
	struct certificate *rare = decode(pki_make(
		&(struct pki_spec){.cn = "pbx", .digest = "MD5"}, root));
	size_t blocks = 0;

	/* What is set up once is set up. */
	ck_assert(certificate_is_signed_by(usual, first));
	ck_assert(certificate_is_signed_by(rare, first));
	ck_assert(certificate_is_signed_by(usual, issuer));
	blocks = openssl_memory_blocks();
	ck_assert(certificate_is_signed_by(rare, issuer));
	ck_assert_uint_eq(openssl_memory_blocks(), blocks);
}
END_TEST

/* The two places that name the algorithm have to agree. */
START_TEST(algorithm_that_is_not_the_one_signed_is_refused)
{
	const struct pki_cert *root = pki_make(
		&(struct pki_spec){
			.cn = "Root", .ca = true, .key = PKI_RSA_2048},
		NULL);
	CLEANUP(bytes_done) struct bytes other = {0};
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT_MALFORMED;
	static const uint8_t sha256[] = {
		0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11};
	uint8_t *at = NULL;

	ck_assert_int_eq(bytes_copy(root->der.data, root->der.len, &other), 0);
	/* The second is outside the signed part: PKCS #1 has the digest in the
	 * signature, so this one would not matter. */
	at = memmem(other.data, other.len, sha256, sizeof(sha256));
	ck_assert_ptr_nonnull(at);
	at = memmem(at + 1, other.len - (size_t)(at + 1 - other.data), sha256,
		sizeof(sha256));
	ck_assert_ptr_nonnull(at);
	at[sizeof(sha256) - 1] = 12;
	ck_assert_int_eq(
		certificate_decode(other.data, other.len, &c, &why), 0);
	ck_assert_ptr_nonnull(c);
	ck_assert(!certificate_is_signed_by(c, c));
}
END_TEST

/* --- with it and without it --- */

#define ANSWER_SIZE 8192

static void put_answer(char *to, const struct pki_cert *leaf)
{
	CLEANUP(certificate_free) struct certificate *c = decode(leaf);
	CLEANUP(free) char *key = NULL;
	char digest[SHA256_HEX_SIZE];
	size_t at = strlen(to);

	ck_assert_int_eq(certificate_key_text(c, &key), 0);
	hex_format(c->key_sha256, SHA256_BYTES, digest);
	(void)ask(HOST);
	(void)snprintf(to + at, ANSWER_SIZE - at,
		"%s\n%s\n%s\n%s\n%s\n%s\n%u\n%u\n", key, digest,
		verdict_name(certificate_judge_key(c, 0)),
		verdict_name(result.verdict), result.reason,
		result.remedy ? result.remedy : "", result.warnings,
		result.work.cost);
}

/* The kind as the key of a server, and as that of its issuer. */
static void put_answers(char *to, const struct pki_cert *root,
	const struct pki_cert *by_root, const struct pki_cert *issuing,
	const struct pki_cert *by_issuing)
{
	trust_cert(root);
	SEND(by_root);
	put_answer(to, by_root);
	SEND(by_issuing, issuing);
	put_answer(to, by_issuing);
}

static const struct pki_cert *issuing_of(int i, const struct pki_cert *root)
{
	return pki_make(&(struct pki_spec){.cn = "Issuing",
				.ca = true,
				.key = kinds[i].key,
				.form = kinds[i].form},
		root);
}

START_TEST(answers_are_the_same_without_it)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *by_root = leaf_of(_i, root);
	const struct pki_cert *issuing =
		kinds[_i].signs ? issuing_of(_i, root) : root;
	const struct pki_cert *by_issuing = pki_make(
		&(struct pki_spec){.cn = "pbx", .san = "DNS:" HOST}, issuing);
	char *without = mmap(NULL, ANSWER_SIZE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char with[ANSWER_SIZE] = "";
	int status = -1;
	pid_t child = 0;

	ck_assert_ptr_ne(without, MAP_FAILED);
	ask_setup();
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		fails = true;
		put_answers(without, root, by_root, issuing, by_issuing);
		_exit(decoder_context_why_not() ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	put_answers(with, root, by_root, issuing, by_issuing);
	ck_assert_str_eq(with, without);
	ck_assert_ptr_nonnull(
		strstr(with, kinds[_i].used ? "\ntrusted\n" : "\nkey-"));
	(void)munmap(without, ANSWER_SIZE);
	ask_teardown();
}
END_TEST

START_TEST(one_that_cannot_be_made_says_so_and_all_is_decoded)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;

	fails = true;
	c = decode(pki_root("Root"));
	ck_assert_ptr_null(decoder_context(KEY_RSA));
	ck_assert_ptr_null(decoder_context(KEY_EC));
	ck_assert_ptr_null(decoder_context_of_all());
	ck_assert_ptr_null(decoder_context_of_signatures(KEY_RSA, NID_sha256));
	ck_assert_str_eq(decoder_context_why_not(),
		"OpenSSL did not make a context for it");
	ck_assert_str_eq(provider_of(c), "default");
	ck_assert_uint_eq(ERR_peek_error(), 0);
	/* Once and for all, so that one process has one way. */
	fails = false;
	ck_assert_ptr_null(decoder_context(KEY_RSA));
	ck_assert_ptr_null(decoder_context(KEY_EC));
	ck_assert_ptr_null(decoder_context_of_all());
	ck_assert_ptr_null(decoder_context_of_signatures(KEY_RSA, NID_sha256));
}
END_TEST

START_TEST(openssl_set_up_for_fips_is_left_to_itself)
{
	ck_assert_int_eq(EVP_default_properties_enable_fips(NULL, 1), 1);
	ck_assert_ptr_null(decoder_context(KEY_RSA));
	ck_assert_ptr_null(decoder_context(KEY_EC));
	ck_assert_ptr_null(decoder_context_of_all());
	ck_assert_ptr_null(decoder_context_of_signatures(KEY_RSA, NID_sha256));
	ck_assert_str_eq(
		decoder_context_why_not(), "OpenSSL is configured for FIPS");
}
END_TEST

START_TEST(openssl_without_its_default_provider_is_left_to_itself)
{
	OSSL_PROVIDER *base = OSSL_PROVIDER_load(NULL, "base");

	ck_assert_ptr_nonnull(base);
	ck_assert_ptr_null(decoder_context(KEY_RSA));
	ck_assert_ptr_null(decoder_context(KEY_EC));
	ck_assert_ptr_null(decoder_context_of_all());
	ck_assert_ptr_null(decoder_context_of_signatures(KEY_RSA, NID_sha256));
	ck_assert_str_eq(decoder_context_why_not(),
		"OpenSSL is configured without its default provider");
	ck_assert_int_eq(OSSL_PROVIDER_unload(base), 1);
}
END_TEST

/* What the process has of providers besides is neither used nor changed. */
START_TEST(other_providers_stay_as_they_are)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default");
	OSSL_PROVIDER *base = OSSL_PROVIDER_load(NULL, "base");
	EVP_PKEY *key = NULL;

	ck_assert_ptr_nonnull(usual);
	ck_assert_ptr_nonnull(base);
	c = decode(pki_make(
		&(struct pki_spec){.cn = "Root", .form = PKI_FORM_COMPRESSED},
		NULL));
	ck_assert_str_eq(provider_of(c), OWN);
	ck_assert(!OSSL_PROVIDER_available(NULL, OWN));
	ck_assert(OSSL_PROVIDER_available(NULL, "default"));
	key = EVP_EC_gen("P-256");
	ck_assert_ptr_nonnull(key);
	ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key)),
		"default");
	EVP_PKEY_free(key);
	ck_assert_int_eq(OSSL_PROVIDER_unload(base), 1);
	ck_assert_int_eq(OSSL_PROVIDER_unload(usual), 1);
}
END_TEST

/* --- threads --- */

#define THREADS 4

struct reader {
	pthread_t thread;
	pthread_barrier_t *begin;
	const struct pki_cert *cert;
	OSSL_LIB_CTX *context;
	bool verified;
};

static void *read_and_verify(void *userdata)
{
	struct reader *r = userdata;
	enum verdict why = VERDICT_MALFORMED;

	(void)pthread_barrier_wait(r->begin);
	r->context = decoder_context(KEY_EC);
	r->verified = r->context;
	for (int i = 0; i < 20 && r->verified; i++) {
		CLEANUP(certificate_free) struct certificate *c = NULL;

		r->verified = certificate_decode(r->cert->der.data,
				      r->cert->der.len, &c, &why) == 0 &&
			c && certificate_is_signed_by(c, c);
	}
	return NULL;
}

START_TEST(threads_make_it_once)
{
	struct reader readers[THREADS] = {0};
	pthread_barrier_t begin;

	ck_assert_int_eq(pthread_barrier_init(&begin, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++)
		readers[i] = (struct reader){
			.begin = &begin,
			.cert = pki_make(
				&(struct pki_spec){.cn = "Root",
					.ca = true,
					.key = i % 2 ? PKI_RSA_2048 : PKI_P256},
				NULL),
		};
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&readers[i].thread, NULL,
					 read_and_verify, &readers[i]),
			0);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(readers[i].thread, NULL), 0);
		ck_assert(readers[i].verified);
		ck_assert_ptr_eq(readers[i].context, readers[0].context);
	}
	(void)pthread_barrier_destroy(&begin);
}
END_TEST

TCase *decoder_context_tests(void)
{
	TCase *tc = tcase_create("decoder-context");

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_add_checked_fixture(tc, NULL, pki_free_all);
	tcase_add_loop_test(tc,
		kinds_in_use_are_decoded_as_openssl_decodes_them, 0,
		ARRAY_SIZE(kinds));
	tcase_add_loop_test(tc, other_kinds_are_unknown_to_it, 0, 2 * KEY_DSA);
	tcase_add_loop_test(
		tc, certificate_without_its_key_is_read, 0, ARRAY_SIZE(kinds));
	tcase_add_test(tc, what_is_common_is_checked_where_the_key_was_decoded);
	tcase_add_test(tc, a_rare_signature_leaves_nothing_at_the_key);
	tcase_add_loop_test(tc, signatures_are_checked_as_openssl_checks_them,
		0, ARRAY_SIZE(signatures));
	tcase_add_test(tc, algorithm_that_is_not_the_one_signed_is_refused);
	tcase_add_loop_test(
		tc, answers_are_the_same_without_it, 0, ARRAY_SIZE(kinds));
	tcase_add_test(tc, one_that_cannot_be_made_says_so_and_all_is_decoded);
	tcase_add_test(tc, openssl_set_up_for_fips_is_left_to_itself);
	tcase_add_test(
		tc, openssl_without_its_default_provider_is_left_to_itself);
	tcase_add_test(tc, other_providers_stay_as_they_are);
	tcase_add_test(tc, threads_make_it_once);
	return tc;
}
