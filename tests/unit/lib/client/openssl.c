/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov-openssl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "lib/base/sha256.h"
#include "lib/base/string.h"
#include "lib/client/client-internal.h"
#include "tests/unit/lib/client/service.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define ANSWER                                                                 \
	"{\"parameters\":{\"verdict\":{\"trusted\":%s,\"result\":\"%s\","      \
	"\"reason\":\"Because.\",\"store\":\"ab\",\"generation\":1}}}"

static struct service service;
static struct certprov *settings;
static SSL_CTX *client_context;
static SSL_CTX *server_context;
static const struct pki_cert *ca;
static const struct pki_cert *leaf;

/* The last alert the server received. */
static int alert;

static void on_server_info(const SSL *ssl, int where, int value)
{
	(void)ssl;
	if (where == SSL_CB_READ_ALERT)
		alert = value & 0xff;
}

static SSL_CTX *new_server(const struct pki_cert *certificate)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	ck_assert_ptr_nonnull(context);
	SSL_CTX_set_security_level(context, 0);
	ck_assert_int_eq(
		SSL_CTX_use_certificate(context, certificate->x509), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, certificate->key), 1);
	ck_assert_int_eq(SSL_CTX_add1_chain_cert(context, ca->x509), 1);
	ck_assert_int_eq(SSL_CTX_set_session_id_context(
				 context, (const unsigned char *)"t", 1),
		1);
	SSL_CTX_set_info_callback(context, on_server_info);
	return context;
}

static void setup(void)
{
	service_init(&service);
	settings = service_handle(&service);
	ca = pki_root("Root");
	leaf = pki_leaf("DNS:pbx.example.com", ca);
	server_context = new_server(leaf);
	client_context = SSL_CTX_new(TLS_client_method());
	ck_assert_ptr_nonnull(client_context);
	SSL_CTX_set_security_level(client_context, 0);
	ck_assert_int_eq(certprov_openssl_install(client_context, settings), 0);
	alert = -1;
}

static void teardown(void)
{
	SSL_CTX_free(client_context);
	SSL_CTX_free(server_context);
	settings = certprov_free(settings);
	service_done(&service);
	pki_free_all();
	ERR_clear_error();
}

/* --- handshakes --- */

struct pair {
	SSL *client;
	SSL *server;
};

/* As if closed well: else OpenSSL forgets the session. */
static void pair_done(struct pair *p)
{
	if (p->client)
		SSL_set_shutdown(
			p->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	if (p->server)
		SSL_set_shutdown(
			p->server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(p->client);
	SSL_free(p->server);
}
DEFINE_CLEANUP_EMBEDDED(struct pair, pair_done);

static struct pair new_pair(void)
{
	struct pair p = {SSL_new(client_context), SSL_new(server_context)};
	BIO *a = NULL;
	BIO *b = NULL;

	ck_assert_ptr_nonnull(p.client);
	ck_assert_ptr_nonnull(p.server);
	ck_assert_int_eq(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(p.client, a, a);
	SSL_set_bio(p.server, b, b);
	SSL_set_connect_state(p.client);
	SSL_set_accept_state(p.server);
	return p;
}

static bool wants_more(const SSL *ssl, int r)
{
	int error = SSL_get_error(ssl, r);

	return r != 1 &&
		(error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE);
}

/* Whether the client is connected at the end. The server reads on for what
 * the client says last. */
static bool shake_hands(struct pair *p)
{
	int client = -1;
	int server = -1;
	char byte = 0;

	for (int i = 0; i < 20; i++) {
		if (client != 1)
			client = SSL_do_handshake(p->client);
		if (server != 1)
			server = SSL_do_handshake(p->server);
		if (client == 1)
			(void)SSL_read(p->client, &byte, 1);
		if (server == 1)
			(void)SSL_read(p->server, &byte, 1);
		if (client != 1 && !wants_more(p->client, client) &&
			!wants_more(p->server, server))
			break;
	}
	ERR_clear_error();
	return client == 1;
}

static bool connect_to(const char *host, struct pair *p)
{
	*p = new_pair();
	ck_assert_int_eq(
		certprov_openssl_set_host(p->client, host, CERTPROV_SIP), 0);
	return shake_hands(p);
}

static enum manners say_userdata(struct service_connection *c, const char *text)
{
	(void)text;
	service_say(c, c->service->userdata);
	return STAY;
}

static char answer[512];
static void start_answering(const char *result, bool trusted)
{
	(void)snprintf(answer, sizeof(answer), ANSWER,
		trusted ? "true" : "false", result);
	service_start(&service, say_userdata, answer);
}

/* --- verdicts --- */

static const struct {
	const char *result;
	bool trusted;
	long error;
	int alert; /* -1: none */
} verdicts[] = {
	{"trusted", true, X509_V_OK, -1},
	{"not-verified", true, X509_V_OK, -1},
	{"exception", true, X509_V_OK, -1},
	{"issuer-not-trusted", false,
		X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
		SSL_AD_UNKNOWN_CA},
	{"expired", false, X509_V_ERR_CERT_HAS_EXPIRED,
		SSL_AD_CERTIFICATE_EXPIRED},
	{"not-yet-valid", false, X509_V_ERR_CERT_NOT_YET_VALID,
		SSL_AD_BAD_CERTIFICATE},
	{"name-mismatch", false, X509_V_ERR_HOSTNAME_MISMATCH,
		SSL_AD_BAD_CERTIFICATE},
	{"host-invalid", false, X509_V_ERR_HOSTNAME_MISMATCH,
		SSL_AD_BAD_CERTIFICATE},
	{"distrusted", false, X509_V_ERR_CERT_REJECTED, SSL_AD_BAD_CERTIFICATE},
	/* The leaf's is good: it is an issuer's. */
	{"key-too-weak", false, X509_V_ERR_CA_KEY_TOO_SMALL,
		SSL_AD_BAD_CERTIFICATE},
	{"key-unsupported", false,
		X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY,
		SSL_AD_BAD_CERTIFICATE},
	{"weak-signature", false, X509_V_ERR_CA_MD_TOO_WEAK,
		SSL_AD_BAD_CERTIFICATE},
	{"bad-signature", false, X509_V_ERR_CERT_SIGNATURE_FAILURE,
		SSL_AD_DECRYPT_ERROR},
	{"not-for-servers", false, X509_V_ERR_INVALID_PURPOSE,
		SSL_AD_UNSUPPORTED_CERTIFICATE},
	{"not-a-ca", false, X509_V_ERR_INVALID_CA, SSL_AD_UNKNOWN_CA},
	{"path-too-long", false, X509_V_ERR_PATH_LENGTH_EXCEEDED,
		SSL_AD_UNKNOWN_CA},
	{"budget", false, X509_V_ERR_CERT_CHAIN_TOO_LONG, SSL_AD_UNKNOWN_CA},
	{"malformed", false, X509_V_ERR_CERT_REJECTED, SSL_AD_BAD_CERTIFICATE},
	{"something-new", false, X509_V_ERR_CERT_REJECTED,
		SSL_AD_BAD_CERTIFICATE},
};

START_TEST(each_verdict_has_its_result_and_its_alert)
{
	CLEANUP(pair_done) struct pair p = {NULL, NULL};
	const struct certprov_verdict *v = NULL;

	start_answering(verdicts[_i].result, verdicts[_i].trusted);
	ck_assert_int_eq(
		connect_to("pbx.example.com", &p), verdicts[_i].trusted);
	ck_assert_int_eq(SSL_get_verify_result(p.client), verdicts[_i].error);
	ck_assert_int_eq(alert, verdicts[_i].alert);
	v = certprov_openssl_verdict(p.client);
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(certprov_verdict_result(v), verdicts[_i].result);
	ck_assert_str_eq(certprov_verdict_reason(v), "Because.");
}
END_TEST

START_TEST(the_daemon_is_shown_the_chain_as_sent_with_host_and_purpose)
{
	CLEANUP(pair_done) struct pair p = {NULL, NULL};
	CLEANUP(free) char *first = NULL;
	CLEANUP(free) char *second = NULL;
	CLEANUP(free) char *expected = NULL;

	start_answering("trusted", true);
	ck_assert(connect_to("pbx.example.com", &p));
	ck_assert_int_eq(
		base64_encode(leaf->der.data, leaf->der.len, &first), 0);
	ck_assert_int_eq(base64_encode(ca->der.data, ca->der.len, &second), 0);
	ck_assert_int_eq(
		string_format(&expected,
			"{\"method\":\"io.certprov.trust.Verify\","
			"\"parameters\":{\"chain\":[\"%s\",\"%s\"],"
			"\"host\":\"pbx.example.com\",\"purpose\":\"sip\"}}",
			first, second),
		0);
	ck_assert_str_eq(service_message(&service, 0), expected);
}
END_TEST

START_TEST(a_weak_leaf_is_told_from_a_weak_issuer)
{
	CLEANUP(pair_done) struct pair p = {NULL, NULL};

	SSL_CTX_free(server_context);
	server_context = new_server(pki_make(
		&(struct pki_spec){
			.cn = "weak",
			.key = PKI_RSA_512,
			.san = "DNS:pbx.example.com",
		},
		ca));
	/* TLS 1.3 wants a longer signature than this key can make. */
	ck_assert_int_eq(
		SSL_CTX_set_max_proto_version(server_context, TLS1_2_VERSION),
		1);
	start_answering("key-too-weak", false);
	ck_assert(!connect_to("pbx.example.com", &p));
	ck_assert_int_eq(
		SSL_get_verify_result(p.client), X509_V_ERR_EE_KEY_TOO_SMALL);
}
END_TEST

/* --- whom a connection is for --- */

START_TEST(a_connection_for_nobody_is_refused)
{
	CLEANUP(pair_done) struct pair p = new_pair();

	start_answering("trusted", true);
	ck_assert(!shake_hands(&p));
	ck_assert_str_eq(
		certprov_verdict_result(certprov_openssl_verdict(p.client)),
		"host-missing");
	ck_assert_int_eq(
		SSL_get_verify_result(p.client), X509_V_ERR_HOSTNAME_MISMATCH);
	ck_assert_uint_eq(service.messages, 0);
}
END_TEST

START_TEST(the_server_name_is_the_host_where_nothing_else_was_said)
{
	CLEANUP(pair_done) struct pair p = new_pair();

	start_answering("trusted", true);
	ck_assert_int_eq(SSL_set_tlsext_host_name(p.client, "sni.example"), 1);
	ck_assert(shake_hands(&p));
	ck_assert_ptr_nonnull(strstr(service_message(&service, 0),
		"\"host\":\"sni.example\",\"purpose\":\"any\""));
}
END_TEST

START_TEST(the_configured_host_goes_before_the_server_name)
{
	CLEANUP(pair_done) struct pair p = new_pair();

	start_answering("trusted", true);
	ck_assert_int_eq(SSL_set_tlsext_host_name(p.client, "sni.example"), 1);
	ck_assert_int_eq(certprov_openssl_set_host(
				 p.client, "example.com", CERTPROV_LDAP),
		0);
	ck_assert(shake_hands(&p));
	ck_assert_ptr_nonnull(strstr(service_message(&service, 0),
		"\"host\":\"example.com\",\"purpose\":\"ldap\""));
}
END_TEST

START_TEST(no_name_is_checked_when_that_is_what_was_said)
{
	CLEANUP(pair_done) struct pair p = new_pair();

	start_answering("trusted", true);
	ck_assert_int_eq(
		certprov_openssl_set_host(p.client, NULL, CERTPROV_ANY), 0);
	ck_assert(shake_hands(&p));
	ck_assert_ptr_nonnull(
		strstr(service_message(&service, 0), "],\"purpose\":\"any\""));
}
END_TEST

START_TEST(wrong_targets_are_refused)
{
	CLEANUP(pair_done) struct pair p = new_pair();
	SSL_CTX *plain = SSL_CTX_new(TLS_client_method());
	SSL *other = SSL_new(plain);

	ck_assert_int_eq(
		certprov_openssl_set_host(p.client, NULL, CERTPROV_SIP),
		-EINVAL);
	ck_assert_int_eq(certprov_openssl_set_host(
				 p.client, "h", (enum certprov_purpose)5),
		-EINVAL);
	ck_assert_int_eq(
		certprov_openssl_set_host(other, "h", CERTPROV_SIP), -ENOENT);
	ck_assert_int_eq(certprov_openssl_set_local(plain, 0), -ENOENT);
	ck_assert_ptr_null(certprov_openssl_verdict(other));
	ck_assert_int_eq(
		certprov_openssl_install(client_context, NULL), -EALREADY);
	SSL_free(other);
	SSL_CTX_free(plain);
}
END_TEST

START_TEST(a_duplicate_is_for_the_same_server)
{
	CLEANUP(pair_done) struct pair p = new_pair();
	SSL *original = p.client;

	start_answering("trusted", true);
	ck_assert_int_eq(certprov_openssl_set_host(
				 original, "dup.example", CERTPROV_HTTPS),
		0);
	p.client = SSL_dup(original);
	ck_assert_ptr_nonnull(p.client);
	SSL_set0_rbio(p.client, SSL_get_rbio(original));
	BIO_up_ref(SSL_get_rbio(original));
	SSL_set0_wbio(p.client, SSL_get_wbio(original));
	BIO_up_ref(SSL_get_wbio(original));
	ck_assert(shake_hands(&p));
	ck_assert_ptr_nonnull(strstr(service_message(&service, 0),
		"\"host\":\"dup.example\",\"purpose\":\"https\""));
	ck_assert_ptr_null(certprov_openssl_verdict(original));
	SSL_free(original);
}
END_TEST

/* --- without a daemon --- */

START_TEST(without_a_daemon_the_handshake_fails_for_a_reason_of_ours)
{
	CLEANUP(pair_done) struct pair p = {NULL, NULL};

	ck_assert(!connect_to("pbx.example.com", &p));
	ck_assert_int_eq(
		SSL_get_verify_result(p.client), X509_V_ERR_STORE_LOOKUP);
	ck_assert_int_eq(alert, SSL_AD_INTERNAL_ERROR);
	ck_assert_str_eq(
		certprov_verdict_result(certprov_openssl_verdict(p.client)),
		"daemon-unreachable");
}
END_TEST

static void install_anew(enum certprov_absent absent)
{
	SSL_CTX_free(client_context);
	client_context = SSL_CTX_new(TLS_client_method());
	ck_assert_int_eq(certprov_set_absent(settings, absent), 0);
	ck_assert_int_eq(certprov_openssl_install(client_context, settings), 0);
}

START_TEST(without_a_daemon_or_verdict_the_handshake_fails_as_well)
{
	CLEANUP(pair_done) struct pair p = {NULL, NULL};

	install_anew(CERTPROV_ABSENT_FAIL);
	ck_assert(!connect_to("pbx.example.com", &p));
	ck_assert_ptr_null(certprov_openssl_verdict(p.client));
	ck_assert_int_eq(certprov_openssl_error(NULL), X509_V_ERR_STORE_LOOKUP);
	ck_assert_int_eq(
		SSL_get_verify_result(p.client), X509_V_ERR_STORE_LOOKUP);
}
END_TEST

START_TEST(without_a_daemon_the_caller_may_go_on_in_handshakes)
{
	CLEANUP(pair_done) struct pair p = {NULL, NULL};

	install_anew(CERTPROV_ABSENT_ALLOW);
	ck_assert(connect_to("pbx.example.com", &p));
	ck_assert_int_eq(SSL_get_verify_result(p.client), X509_V_OK);
}
END_TEST

/* --- what would come without a verdict --- */

/* TLS 1.2 and 1.3 resume in different ways. */
static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

START_TEST(a_session_is_never_taken_up_again_and_the_verdict_always_new)
{
	SSL_SESSION *session = NULL;

	ck_assert_int_eq(
		SSL_CTX_set_max_proto_version(client_context, versions[_i]), 1);
	start_answering("trusted", true);
	for (unsigned i = 1; i <= 3; i++) {
		CLEANUP(pair_done) struct pair p = new_pair();

		if (session)
			ck_assert_int_eq(SSL_set_session(p.client, session), 1);
		SSL_SESSION_free(session);
		ck_assert_int_eq(
			certprov_openssl_set_host(p.client, "h", CERTPROV_SIP),
			0);
		ck_assert(shake_hands(&p));
		ck_assert_int_eq(SSL_session_reused(p.client), 0);
		ck_assert_uint_eq(service.messages, i);
		session = SSL_get1_session(p.client);
	}
	SSL_SESSION_free(session);
}
END_TEST

/* The test above can fail: without the library it is resumed. */
START_TEST(without_the_library_the_same_session_is_resumed)
{
	SSL_SESSION *session = NULL;

	SSL_CTX_free(client_context);
	client_context = SSL_CTX_new(TLS_client_method());
	ck_assert_int_eq(
		SSL_CTX_set_max_proto_version(client_context, versions[_i]), 1);
	for (int i = 0; i < 2; i++) {
		CLEANUP(pair_done) struct pair p = new_pair();

		if (session)
			ck_assert_int_eq(SSL_set_session(p.client, session), 1);
		SSL_SESSION_free(session);
		ck_assert(shake_hands(&p));
		ck_assert_int_eq(SSL_session_reused(p.client), i);
		session = SSL_get1_session(p.client);
	}
	SSL_SESSION_free(session);
}
END_TEST

static unsigned infos;
static void count_infos(const SSL *ssl, int where, int value)
{
	(void)ssl;
	(void)where;
	(void)value;
	infos++;
}

START_TEST(an_info_callback_that_was_there_before_is_still_called)
{
	CLEANUP(pair_done) struct pair p = {NULL, NULL};

	SSL_CTX_free(client_context);
	client_context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_info_callback(client_context, count_infos);
	ck_assert_int_eq(certprov_openssl_install(client_context, settings), 0);
	start_answering("trusted", true);
	ck_assert(connect_to("h", &p));
	ck_assert_uint_gt(infos, 0);
}
END_TEST

START_TEST(a_client_that_shows_a_certificate_to_such_a_server_is_refused)
{
	CLEANUP(pair_done) struct pair p = {NULL, NULL};
	SSL_CTX *plain = SSL_CTX_new(TLS_client_method());

	ck_assert_int_eq(certprov_openssl_install(server_context, settings), 0);
	ck_assert_int_eq(SSL_CTX_use_certificate(plain, leaf->x509), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(plain, leaf->key), 1);
	ck_assert_int_eq(
		SSL_CTX_set_max_proto_version(plain, TLS1_2_VERSION), 1);
	SSL_CTX_free(client_context);
	client_context = plain;
	start_answering("trusted", true);
	p = new_pair();
	ck_assert(!shake_hands(&p));
	ck_assert_int_eq(
		SSL_get_verify_result(p.server), X509_V_ERR_INVALID_PURPOSE);
	ck_assert_uint_eq(service.messages, 0);
}
END_TEST

START_TEST(a_context_may_be_used_without_any_connection)
{
	install_anew(CERTPROV_ABSENT_DENY);
	ck_assert_int_eq(certprov_openssl_set_local(client_context, 0), 0);
	ck_assert_int_eq(
		certprov_openssl_set_local(client_context, CERTPROV_LOCAL_KEEP),
		0);
	ck_assert_int_eq(
		certprov_openssl_set_local(client_context, 1024), -EINVAL);
}
END_TEST

/* --- threads --- */

#define THREADS 8
#define HANDSHAKES 80 /* ten each */

static void *connect_often(void *userdata)
{
	for (int i = 0; i < 10; i++) {
		CLEANUP(pair_done) struct pair p = new_pair();

		if (certprov_openssl_set_host(p.client, "h", CERTPROV_SIP) <
				0 ||
			!shake_hands(&p))
			return NULL;
	}
	return userdata;
}

START_TEST(threads_share_a_context)
{
	pthread_t threads[THREADS];

	start_answering("trusted", true);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
					 connect_often, threads),
			0);
	for (size_t i = 0; i < THREADS; i++) {
		void *good = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &good), 0);
		ck_assert_ptr_nonnull(good);
	}
	ck_assert_uint_ge(service.messages, HANDSHAKES);
}
END_TEST

static void add_session_tests(TCase *tc)
{
	tcase_add_loop_test(tc,
		a_session_is_never_taken_up_again_and_the_verdict_always_new, 0,
		ARRAY_SIZE(versions));
	tcase_add_loop_test(tc, without_the_library_the_same_session_is_resumed,
		0, ARRAY_SIZE(versions));
	tcase_add_test(
		tc, an_info_callback_that_was_there_before_is_still_called);
	tcase_add_test(tc,
		a_client_that_shows_a_certificate_to_such_a_server_is_refused);
	tcase_add_test(tc, a_context_may_be_used_without_any_connection);
	tcase_add_test(tc, threads_share_a_context);
}

TCase *openssl_tests(void);

TCase *openssl_tests(void)
{
	TCase *tc = tcase_create("openssl");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_verdict_has_its_result_and_its_alert, 0,
		ARRAY_SIZE(verdicts));
	tcase_add_test(tc,
		the_daemon_is_shown_the_chain_as_sent_with_host_and_purpose);
	tcase_add_test(tc, a_weak_leaf_is_told_from_a_weak_issuer);
	tcase_add_test(tc, a_connection_for_nobody_is_refused);
	tcase_add_test(
		tc, the_server_name_is_the_host_where_nothing_else_was_said);
	tcase_add_test(tc, the_configured_host_goes_before_the_server_name);
	tcase_add_test(tc, no_name_is_checked_when_that_is_what_was_said);
	tcase_add_test(tc, wrong_targets_are_refused);
	tcase_add_test(tc, a_duplicate_is_for_the_same_server);
	tcase_add_test(
		tc, without_a_daemon_the_handshake_fails_for_a_reason_of_ours);
	tcase_add_test(
		tc, without_a_daemon_or_verdict_the_handshake_fails_as_well);
	tcase_add_test(tc, without_a_daemon_the_caller_may_go_on_in_handshakes);
	add_session_tests(tc);
	return tc;
}
