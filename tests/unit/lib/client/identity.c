/* SPDX-License-Identifier: Apache-2.0 */
/* The phone's own certificate, and signatures. */
#include <errno.h>
#include <string.h>

#include "lib/client/client-internal.h"
#include "tests/unit/lib/client/service.h"
#include "tests/unit/runner.h"

#define IDENTITY "io.certprov.identity."

static struct service service;
static struct certprov *handle;

static void setup(void)
{
	service_init(&service);
	handle = service_handle(&service);
}

static void teardown(void)
{
	handle = certprov_free(handle);
	service_done(&service);
}

static enum manners say_userdata(struct service_connection *c, const char *text)
{
	(void)text;
	service_say(c, c->service->userdata);
	return STAY;
}

static int get(struct certprov_identity **ret)
{
	return certprov_get_identity(handle, CERTPROV_ROLE_CLIENT, ret);
}

static int sign(const char *scheme, size_t len, void *signature, size_t *size)
{
	static const unsigned char digest[64] = {1, 2, 3};

	return certprov_sign(handle, CERTPROV_ROLE_WEB_SERVER, scheme, digest,
		len, signature, size);
}

/* --- GetIdentity --- */

static char two[] =
	"{\"parameters\":{\"identity\":{\"source\":\"webserver-cert\","
	"\"inForce\":true,\"usable\":true,\"perDevice\":true,"
	"\"chain\":[\"AQID\",\"BA==\"],\"later\":1}}}";

START_TEST(an_identity_has_its_chain)
{
	struct certprov_identity *i = NULL;
	size_t len = 99;

	service_start(&service, say_userdata, two);
	service.may_be_wrong = true; /* with a member of a later version */
	ck_assert_int_eq(get(&i), 0);
	ck_assert_str_eq(service_message(&service, 0),
		"{\"method\":\"" IDENTITY
		"GetIdentity\",\"parameters\":{\"role\":\"client\"}}");
	ck_assert_uint_eq(certprov_identity_chain_count(i), 2);
	ck_assert_mem_eq(certprov_identity_chain(i, 0, &len), "\1\2\3", 3);
	ck_assert_uint_eq(len, 3);
	ck_assert_mem_eq(certprov_identity_chain(i, 1, &len), "\4", 1);
	ck_assert_uint_eq(len, 1);
	ck_assert_ptr_null(certprov_identity_chain(i, 2, &len));
	ck_assert_uint_eq(len, 1);
	ck_assert_ptr_null(certprov_identity_free(i));
	ck_assert_ptr_null(certprov_identity_free(NULL));
}
END_TEST

static char bad_identities[][96] = {
	"{\"parameters\":{}}",
	"{\"parameters\":{\"identity\":{}}}",
	"{\"parameters\":{\"identity\":[]}}",
	"{\"parameters\":{\"identity\":{\"chain\":[]}}}",
	"{\"parameters\":{\"identity\":{\"chain\":\"AQID\"}}}",
	"{\"parameters\":{\"identity\":{\"chain\":[\"AQI\"]}}}",
	"{\"parameters\":{\"identity\":{\"chain\":[1]}}}",
};

START_TEST(an_answer_without_a_chain_is_no_identity)
{
	struct certprov_identity *i = NULL;

	service_start(&service, say_userdata, bad_identities[_i]);
	service.may_be_wrong = true;
	ck_assert_int_eq(get(&i), -EBADMSG);
	ck_assert_ptr_null(i);
}
END_TEST

/* --- Sign --- */

static char signed_abc[] = "{\"parameters\":{\"signature\":\"YWJj\"}}";

START_TEST(a_digest_is_signed)
{
	char signature[8] = "";
	size_t size = sizeof(signature);

	service_start(&service, say_userdata, signed_abc);
	ck_assert_int_eq(sign("rsa_pkcs1_sha256", 3, signature, &size), 0);
	ck_assert_str_eq(service_message(&service, 0),
		"{\"method\":\"" IDENTITY
		"Sign\",\"parameters\":{\"role\":\"web-server\",\"scheme\":"
		"\"rsa_pkcs1_sha256\",\"digest\":\"AQID\"}}");
	ck_assert_uint_eq(size, 3);
	ck_assert_str_eq(signature, "abc");
}
END_TEST

START_TEST(a_signature_needs_room_for_all_of_it)
{
	char signature[8] = "";
	size_t size = 2;

	service_start(&service, say_userdata, signed_abc);
	ck_assert_int_eq(
		sign("rsa_pkcs1_sha256", 32, signature, &size), -ENOSPC);
	ck_assert_uint_eq(size, 2);
	ck_assert_int_eq(signature[0], 0);
	size = 3;
	ck_assert_int_eq(sign("rsa_pkcs1_sha256", 32, signature, &size), 0);
	ck_assert_uint_eq(size, 3);
}
END_TEST

static char bad_signatures[][64] = {
	"{\"parameters\":{}}",
	"{\"parameters\":{\"signature\":\"!\"}}",
	"{\"parameters\":{\"signature\":[]}}",
};

START_TEST(what_is_no_signature_is_an_error)
{
	char signature[8] = "";
	size_t size = sizeof(signature);

	service_start(&service, say_userdata, bad_signatures[_i]);
	service.may_be_wrong = true;
	ck_assert_int_eq(
		sign("rsa_pkcs1_sha256", 32, signature, &size), -EBADMSG);
	ck_assert_int_eq(signature[0], 0);
}
END_TEST

START_TEST(arguments_that_are_missing_ask_nobody)
{
	struct certprov_identity *i = NULL;
	size_t size = 0;

	ck_assert_int_eq(certprov_get_identity(handle, NULL, &i), -EINVAL);
	ck_assert_int_eq(sign(NULL, 32, NULL, &size), -EINVAL);
	ck_assert_int_eq(
		certprov_sign(handle, NULL, "ed25519", "", 0, NULL, &size),
		-EINVAL);
}
END_TEST

/* --- errors of both --- */

static struct {
	char answer[128];
	int error;
} errors[] = {
	{"{\"error\":\"" IDENTITY "NoIdentity\",\"parameters\":{\"role\":"
	 "\"client\"}}",
		-ENODATA},
	{"{\"error\":\"" IDENTITY
	 "LimitExceeded\",\"parameters\":{\"limit\":\"connections\","
	 "\"maximum\":64}}",
		-EBUSY},
	{"{\"error\":\"org.varlink.service.InvalidParameter\","
	 "\"parameters\":{\"parameter\":\"role\"}}",
		-EINVAL},
	{"{\"error\":\"org.varlink.service.InterfaceNotFound\","
	 "\"parameters\":{\"interface\":\"io.certprov.identity\"}}",
		-EOPNOTSUPP},
	{"{\"error\":\"io.example.Other\"}", -EREMOTEIO},
};

START_TEST(an_error_of_the_daemon_is_one_here)
{
	struct certprov_identity *i = NULL;
	char signature[8] = "";
	size_t size = sizeof(signature);

	service_start(&service, say_userdata, errors[_i].answer);
	service.may_be_wrong = true;
	ck_assert_int_eq(get(&i), errors[_i].error);
	ck_assert_ptr_null(i);
	ck_assert_int_eq(sign("rsa_pkcs1_sha256", 32, signature, &size),
		errors[_i].error);
	ck_assert_uint_eq(size, sizeof(signature));
}
END_TEST

static char no_scheme[] = "{\"error\":\"" IDENTITY "SchemeNotSupported\","
			  "\"parameters\":{\"scheme\":\"ed25519\"}}";

START_TEST(a_scheme_that_the_key_cannot_use_is_told_apart)
{
	char signature[8] = "";
	size_t size = sizeof(signature);

	service_start(&service, say_userdata, no_scheme);
	ck_assert_int_eq(
		sign("ed25519", 32, signature, &size), -EPROTONOSUPPORT);
}
END_TEST

START_TEST(without_a_daemon_there_is_neither)
{
	struct certprov_identity *i = NULL;
	char signature[8] = "";
	size_t size = sizeof(signature);

	ck_assert_int_eq(get(&i), -ENOTCONN);
	ck_assert_int_eq(
		sign("rsa_pkcs1_sha256", 32, signature, &size), -ENOTCONN);
}
END_TEST

TCase *identity_tests(void);

TCase *identity_tests(void)
{
	TCase *tc = tcase_create("identity");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_identity_has_its_chain);
	tcase_add_loop_test(tc, an_answer_without_a_chain_is_no_identity, 0,
		ARRAY_SIZE(bad_identities));
	tcase_add_test(tc, a_digest_is_signed);
	tcase_add_test(tc, a_signature_needs_room_for_all_of_it);
	tcase_add_loop_test(tc, what_is_no_signature_is_an_error, 0,
		ARRAY_SIZE(bad_signatures));
	tcase_add_test(tc, arguments_that_are_missing_ask_nobody);
	tcase_add_loop_test(
		tc, an_error_of_the_daemon_is_one_here, 0, ARRAY_SIZE(errors));
	tcase_add_test(tc, a_scheme_that_the_key_cannot_use_is_told_apart);
	tcase_add_test(tc, without_a_daemon_there_is_neither);
	return tc;
}
