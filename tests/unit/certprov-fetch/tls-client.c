/* SPDX-License-Identifier: Apache-2.0 */
/* Handshakes in memory with a server that asks who the phone is. */
#include "daemon/certprov-fetch/tls-client.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprov-fetch/tls.h"
#include "lib/identity/identity-sign.h"
#include "lib/net/url.h"
#include "lib/provisioning/fetch-messages.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define TURNS 20

/* Whoever has the key. */
static struct identity identity;
static unsigned signatures;
static int cannot_sign;
static struct tls_client *client;
static SSL_CTX *server;
static struct tls_offer offer;

static int sign(
	void *userdata, const struct fetch_signing *what, struct bytes *ret)
{
	ck_assert_ptr_eq(userdata, &identity);
	signatures++;
	return cannot_sign < 0
		? cannot_sign
		: identity_sign(&identity, what->scheme, what->digest.data,
			  what->digest.len, ret);
}

static int on_verify(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static void make_server(const struct pki_cert *c)
{
	server = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(server, 0);
	ck_assert_int_eq(SSL_CTX_use_certificate(server, c->x509), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(server, c->key), 1);
	SSL_CTX_set_verify(server, SSL_VERIFY_PEER, on_verify);
}

/* As the factory makes the oldest: RSA 1024, signed with SHA-1. */
static void make_client(enum pki_key key)
{
	static struct bytes chain[2];
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "Device CA",
				 .ca = true,
				 .key = PKI_RSA_1024,
				 .digest = "SHA1"},
			NULL);
	const struct pki_cert *phone = pki_make(
		&(struct pki_spec){
			.cn = "000413AABBCC", .key = key, .digest = "SHA1"},
		ca);
	const struct tls_client_identity from = {.chain = chain,
		.count = 2,
		.sign = sign,
		.userdata = &identity};

	chain[0] = phone->der;
	chain[1] = ca->der;
	identity.key = phone->key;
	client = tls_client_free(client);
	ck_assert_int_eq(tls_client_new(&from, &client), 0);
}

static void setup(void)
{
	ck_assert_int_eq(tls_prepare(), 0);
	offer = TLS_OFFER_DEFAULT;
	signatures = 0;
	cannot_sign = 0;
	make_server(pki_leaf("DNS:localhost", pki_root("Root")));
	make_client(PKI_RSA_1024);
}

static void teardown(void)
{
	client = tls_client_free(client);
	SSL_CTX_free(server);
	identity = (struct identity){0};
	pki_free_all();
}

static struct url url_of(const char *text)
{
	struct url u = {0};

	ck_assert_int_eq(url_parse(text, &u), 0);
	return u;
}

static int trust(void *userdata, const struct bytes *chain, size_t count,
	const char *host, struct tls_verdict *ret)
{
	(void)chain;
	(void)count;
	(void)host;
	*ret = (struct tls_verdict){
		.trusted = true, .verdict = *(enum verdict *)userdata};
	return 0;
}

/* What the server at this URL gets; *ret_shown: its view. */
static enum fetch_client shake(
	const char *text, enum verdict verdict, int version, bool *ret_shown)
{
	const struct tls_verifier verifier = {
		.verify = trust,
		.userdata = &verdict,
		.offer = &offer,
		.security_level = 2,
	};
	struct url u = url_of(text);
	struct tls_check check = {
		.verifier = &verifier,
		.host = "localhost",
		.client = client,
		.may_tell = client && tls_client_allows(client, &u),
	};
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *near = NULL;
	SSL *far = SSL_new(server);
	BIO *a = NULL;
	BIO *b = NULL;
	enum fetch_client told;

	ck_assert_int_eq(tls_install(context, &check), 0);
	ck_assert_int_eq(SSL_CTX_set_max_proto_version(context, version), 1);
	ck_assert_int_eq(SSL_CTX_set_min_proto_version(context, version), 1);
	near = SSL_new(context);
	ck_assert_int_eq(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(near, a, a);
	SSL_set_bio(far, b, b);
	for (int i = 0; i < TURNS; i++) {
		(void)SSL_connect(near);
		(void)SSL_accept(far);
	}
	*ret_shown = SSL_get0_peer_certificate(far) != NULL;
	ck_assert(check.seen->requested);
	told = check.seen->client;
	SSL_free(near);
	SSL_free(far);
	SSL_CTX_free(context);
	tls_check_done(&check);
	url_done(&u);
	return told;
}

static void allow(const char *text)
{
	struct url u = url_of(text);

	ck_assert_int_eq(tls_client_allow(client, &u), 0);
	url_done(&u);
}

static bool allows(const char *text)
{
	struct url u = url_of(text);
	bool r = tls_client_allows(client, &u);

	url_done(&u);
	return r;
}

#define HERE "https://localhost/a"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
static const enum pki_key keys[] = {PKI_RSA_1024, PKI_RSA_2048, PKI_P256};

START_TEST(a_verified_server_is_shown_even_an_old_certificate)
{
	bool shown = false;

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		make_client(keys[k]);
		allow(HERE);
		ck_assert_int_eq(
			shake(HERE, VERDICT_TRUSTED, versions[_i], &shown),
			FETCH_CLIENT_SENT);
		ck_assert(shown);
		ck_assert_uint_eq(signatures, k + 1);
	}
}
END_TEST

START_TEST(one_that_is_not_verified_is_not)
{
	bool shown = true;

	allow(HERE);
	ck_assert_int_eq(
		shake(HERE, VERDICT_NOT_VERIFIED, versions[_i], &shown),
		FETCH_CLIENT_NOT_VERIFIED);
	ck_assert(!shown);
	ck_assert_uint_eq(signatures, 0);
}
END_TEST

START_TEST(nor_one_of_another_origin)
{
	static const char *const others[] = {
		"https://localhost:444/a", "https://localhost.example/a"};
	bool shown = true;

	allow(HERE);
	ck_assert(allows("https://LOCALHOST:443/b"));
	ck_assert(!allows("http://localhost/a"));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		ck_assert_int_eq(
			shake(others[i], VERDICT_TRUSTED, versions[_i], &shown),
			FETCH_CLIENT_ORIGIN);
		ck_assert(!shown);
	}
	ck_assert(!tls_client_has_changed(client));
	/* What was connected without is not used again once it is told. */
	allow(others[0]);
	ck_assert(tls_client_has_changed(client));
}
END_TEST

START_TEST(nothing_in_the_clear_is_an_origin)
{
	allow("http://localhost/a");
	ck_assert(!allows("http://localhost/a"));
	ck_assert(!allows("https://localhost:80/a"));
}
END_TEST

START_TEST(without_a_certificate_there_is_none)
{
	bool shown = true;

	client = tls_client_free(client);
	ck_assert_int_eq(shake(HERE, VERDICT_TRUSTED, versions[_i], &shown),
		FETCH_CLIENT_NONE);
	ck_assert(!shown);
}
END_TEST

START_TEST(one_signature_more_than_a_run_may_make_is_not_made)
{
	bool shown = false;

	make_client(PKI_P256);
	allow(HERE);
	for (int i = 0; i < FETCH_MAX_SIGNATURES; i++)
		ck_assert_int_eq(
			shake(HERE, VERDICT_TRUSTED, TLS1_3_VERSION, &shown),
			FETCH_CLIENT_SENT);
	ck_assert_int_eq(shake(HERE, VERDICT_TRUSTED, TLS1_3_VERSION, &shown),
		FETCH_CLIENT_LIMIT);
	ck_assert(!shown);
	ck_assert_uint_eq(signatures, FETCH_MAX_SIGNATURES);
}
END_TEST

START_TEST(one_server_more_than_can_be_told_is_not_told)
{
	char text[64];
	bool shown = true;

	for (int i = 0; i <= TLS_CLIENT_MAX_ORIGINS; i++) {
		(void)snprintf(
			text, sizeof(text), "https://localhost:%d/", i + 1);
		allow(text);
		ck_assert_int_eq(allows(text), i < TLS_CLIENT_MAX_ORIGINS);
	}
	ck_assert_int_eq(shake(text, VERDICT_TRUSTED, TLS1_3_VERSION, &shown),
		FETCH_CLIENT_LIMIT);
	ck_assert(!shown);
}
END_TEST

START_TEST(a_key_that_failed_is_not_tried_again)
{
	bool shown = false;

	allow(HERE);
	cannot_sign = -ENODATA;
	ck_assert_int_eq(shake(HERE, VERDICT_TRUSTED, versions[_i], &shown),
		FETCH_CLIENT_SENT);
	ck_assert(tls_client_has_failed(client));
	ck_assert_int_eq(shake(HERE, VERDICT_TRUSTED, versions[_i], &shown),
		FETCH_CLIENT_FAILED);
	ck_assert(!shown);
	ck_assert_uint_eq(signatures, 1);
}
END_TEST

START_TEST(a_version_that_signs_with_md5_gets_none)
{
	static const int old[] = {TLS1_VERSION, TLS1_1_VERSION};
	bool shown = true;

	allow(HERE);
	ck_assert_int_eq(SSL_CTX_set_min_proto_version(server, 0), 1);
	ck_assert_int_eq(shake(HERE, VERDICT_TRUSTED, old[_i], &shown),
		FETCH_CLIENT_FAILED);
	ck_assert(!shown);
	ck_assert_uint_eq(signatures, 0);
	/* Another server may have a later one. */
	ck_assert(!tls_client_has_failed(client));
}
END_TEST

START_TEST(the_level_holds_for_the_server_as_ever)
{
	const struct tls_verifier verifier = {
		.offer = &offer, .security_level = 2};
	struct tls_check check = {
		.verifier = &verifier, .host = "localhost", .client = client};
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	int (*asked)(const SSL *, const SSL_CTX *, int, int, int, void *,
		void *) = NULL;

	ck_assert_int_eq(tls_install(context, &check), 0);
	asked = SSL_CTX_get_security_callback(context);
	/* 80 bits, as RSA of 1024 has, below the 112 of level 2 */
	ck_assert_int_eq(
		asked(NULL, context, SSL_SECOP_EE_KEY, 80, 0, NULL, NULL), 1);
	ck_assert_int_eq(asked(NULL, context, SSL_SECOP_EE_KEY | SSL_SECOP_PEER,
				 80, 0, NULL, NULL),
		0);
	ck_assert_int_eq(asked(NULL, context, SSL_SECOP_CA_KEY | SSL_SECOP_PEER,
				 80, 0, NULL, NULL),
		0);
	ck_assert_int_eq(asked(NULL, context, SSL_SECOP_CA_MD | SSL_SECOP_PEER,
				 80, 0, NULL, NULL),
		0);
	ck_assert_int_eq(
		asked(NULL, context, SSL_SECOP_TMP_DH, 80, 0, NULL, NULL), 0);
	SSL_CTX_free(context);
	tls_check_done(&check);
}
END_TEST

START_TEST(what_is_no_certificate_makes_no_client)
{
	const struct bytes nonsense = {(uint8_t *)"\x30\x00", 2};
	const struct tls_client_identity from = {
		.chain = &nonsense, .count = 1, .sign = sign};
	struct tls_client *c = NULL;

	ck_assert_int_eq(tls_client_new(&from, &c), -EBADMSG);
	ck_assert_ptr_null(c);
}
END_TEST

TCase *tls_client_tests(void);

TCase *tls_client_tests(void)
{
	TCase *tc = tcase_create("tls-client");
	int n = (int)ARRAY_SIZE(versions);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, a_verified_server_is_shown_even_an_old_certificate, 0, n);
	tcase_add_loop_test(tc, one_that_is_not_verified_is_not, 0, n);
	tcase_add_loop_test(tc, nor_one_of_another_origin, 0, n);
	tcase_add_test(tc, nothing_in_the_clear_is_an_origin);
	tcase_add_loop_test(tc, without_a_certificate_there_is_none, 0, n);
	tcase_add_test(tc, one_signature_more_than_a_run_may_make_is_not_made);
	tcase_add_test(tc, one_server_more_than_can_be_told_is_not_told);
	tcase_add_loop_test(tc, a_key_that_failed_is_not_tried_again, 0, n);
	tcase_add_loop_test(tc, a_version_that_signs_with_md5_gets_none, 0, 2);
	tcase_add_test(tc, the_level_holds_for_the_server_as_ever);
	tcase_add_test(tc, what_is_no_certificate_makes_no_client);
	return tc;
}
