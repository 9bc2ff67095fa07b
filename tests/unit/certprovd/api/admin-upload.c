/* SPDX-License-Identifier: Apache-2.0 */
/* Upload: accepted, refused, and what becomes of either. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/sha.h>

#include "daemon/certprovd/api/api-internal.h"
#include "tests/unit/certprovd/api/api-fixture.h"

#define HOST "pbx.example.com"

TCase *admin_upload_tests(void);

static const struct pki_cert *deployed; /* by the firmware's authority */
static const struct pki_cert *own;      /* of nobody */

static void setup(void)
{
	api_setup();
	clock_set(&(struct clock_reading){.wall = PKI_NOW});
	deployed = pki_leaf("DNS:" HOST, authority);
	own = pki_leaf("DNS:" HOST, NULL);
}

static const struct caller *upload_text(const char *certificate)
{
	return call("admin.Upload", "{'certificate':'%s'}", certificate);
}

static const struct caller *upload_bytes(const void *data, size_t len)
{
	CLEANUP(free) char *base64 = NULL;

	ck_assert_int_eq(base64_encode(data, len, &base64), 0);
	return upload_text(base64);
}

static const struct caller *upload(const struct pki_cert *c)
{
	return upload_bytes(c->der.data, c->der.len);
}

static const cJSON *outcome_of(const struct caller *c)
{
	return member(reply(c, 0), "outcome");
}

static bool was_accepted(const struct caller *c)
{
	return cJSON_IsTrue(member(outcome_of(c), "accepted"));
}

static const char *result_of(const struct caller *c)
{
	return text(outcome_of(c), "result");
}

static const cJSON *certificate_of(const struct pki_cert *c)
{
	return member(reply(call("Get", "{'sha256':'%s'}", hex(c)), 0),
		"certificate");
}

static const cJSON *last_change(void)
{
	return member(
		reply(call_more("admin.History", "{'limit':1}"), 0), "change");
}

static bool is_server(const struct pki_cert *c)
{
	return anchors_find(trust_state_trust(the_api.state)->anchors,
		       c->sha256) != NULL;
}

static bool is_unknown(const struct pki_cert *c)
{
	return unknown_find(the_api.unknown, c->sha256) != NULL;
}

/* --- accepted --- */

START_TEST(an_upload_that_something_trusted_signed_is_trusted_and_durable)
{
	const struct caller *monitor = call_more("Monitor", "{}");
	const struct caller *c = upload(deployed);
	const cJSON *row = NULL;

	ck_assert(was_accepted(c));
	ck_assert_str_eq(result_of(c), "accepted");
	ck_assert_str_eq(text(outcome_of(c), "kind"), "certificate");
	ck_assert_str_eq(text(outcome_of(c), "sha256"), hex(deployed));
	ck_assert_str_eq(text(outcome_of(c), "subject"), "CN=server");
	ck_assert_int_eq(number(reply(c, 0), "generation"),
		number(reply(monitor, 0), "generation") + 1);
	ck_assert_str_eq(text(reply(c, 0), "store"), store_id(the_api.store));
	ck_assert_uint_eq(monitor->count, 2);
	refresh();
	ck_assert(is_server(deployed));
	row = certificate_of(deployed);
	ck_assert_str_eq(text(row, "origin"), "uploaded");
	ck_assert_str_eq(text(row, "role"), "intermediate");
	ck_assert_str_eq(text(row, "added"), "2026-05-28T20:26:40Z");
	ck_assert_ptr_null(member(row, "document"));
	ck_assert_ptr_null(member(row, "run"));
}
END_TEST

START_TEST(the_history_says_who_uploaded_what)
{
	char who[64];

	reply(upload(deployed), 0);
	(void)snprintf(who, sizeof(who), "uid:1000 pid:%d", (int)getpid());
	ck_assert_int_eq(
		strncmp(text(last_change(), "who"), who, strlen(who)), 0);
	ck_assert_str_eq(text(last_change(), "what"),
		"uploaded the certificate of CN=server, valid until"
		" 2027-05-28T20:26:40Z");
	ck_assert_str_eq(text(last_change(), "sha256"), hex(deployed));
}
END_TEST

START_TEST(what_is_trusted_already_stays_as_it_is)
{
	uint64_t generation = 0;

	add_server(deployed, NULL);
	generation = store_generation(the_api.store);
	ck_assert(was_accepted(upload(deployed)));
	ck_assert_str_eq(result_of(upload(authority)), "already-trusted");
	ck_assert_uint_eq(generation, store_generation(the_api.store));
	ck_assert_str_eq(
		text(certificate_of(deployed), "origin"), "provisioned-base64");
	ck_assert_ptr_null(last_change());
}
END_TEST

START_TEST(what_was_unknown_and_is_accepted_is_unknown_no_longer)
{
	add_unknown(deployed, HOST);
	ck_assert(was_accepted(upload(deployed)));
	ck_assert(!is_unknown(deployed));
}
END_TEST

START_TEST(the_issuer_first_and_then_what_it_signed)
{
	const struct pki_cert *ca = pki_make(
		&(struct pki_spec){.cn = "Issuing", .ca = true}, authority);
	const struct pki_cert *leaf = pki_leaf("DNS:" HOST, ca);

	ck_assert_str_eq(result_of(upload(leaf)), "issuer-not-trusted");
	ck_assert(was_accepted(upload(ca)));
	ck_assert(was_accepted(upload(leaf)));
}
END_TEST

/* --- refused --- */

START_TEST(a_refused_upload_is_an_answer_and_lands_in_unknown)
{
	uint64_t generation = store_generation(the_api.store);
	const struct caller *rejections = call_more("MonitorRejections", "{}");
	const struct caller *c = upload(own);
	const cJSON *row = NULL;

	ck_assert(!was_accepted(c));
	ck_assert_str_eq(result_of(c), "issuer-not-trusted");
	ck_assert_ptr_nonnull(
		strstr(text(outcome_of(c), "reason"), "upload-chain-required"));
	ck_assert_ptr_nonnull(text(outcome_of(c), "remedy"));
	ck_assert_int_eq(
		number(reply(c, 0), "generation"), (int64_t)generation);
	ck_assert_uint_eq(generation, store_generation(the_api.store));
	ck_assert(!is_server(own));
	ck_assert_ptr_null(last_change());
	row = certificate_of(own);
	ck_assert(has_text(member(row, "lists"), "unknown"));
	ck_assert(has_text(member(row, "results"), "issuer-not-trusted"));
	ck_assert(has_text(member(row, "reporters"), "uid:1000"));
	ck_assert_uint_eq(rejections->count, 2);
}
END_TEST

START_TEST(an_exception_can_be_made_from_a_refused_upload)
{
	reply(upload(own), 0);
	reply(call("admin.AddException", "{'sha256':'%s'}", hex(own)), 0);
	ck_assert(!is_unknown(own));
	ck_assert_str_eq(text(certificate_of(own), "origin"), "exception");
	ck_assert(!is_server(own));
}
END_TEST

START_TEST(the_chain_rule_holds_for_uploads_on_any_firmware)
{
	static const char *const versions[] = {"snom360-SIP 7.3.30",
		"snom720-SIP 8.9.3.80", "snomD785-SIP 10.1.63.10", NULL};

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		free(the_phone.firmware);
		the_phone.firmware = versions[i] ? strdup(versions[i]) : NULL;
		refresh();
		ck_assert_str_eq(result_of(upload(own)), "issuer-not-trusted");
	}
}
END_TEST

START_TEST(each_refusal_has_its_result_and_stands_in_unknown)
{
	const struct {
		const struct pki_cert *certificate;
		const char *result;
	} cases[] = {
		{pki_make(&(struct pki_spec){.cn = "old",
				  .not_after = PKI_NOW - 1},
			 authority),
			"expired"},
		{pki_make(&(struct pki_spec){.cn = "weak", .key = PKI_RSA_512},
			 authority),
			"key-too-weak"},
		{pki_make(&(struct pki_spec){.cn = "forged",
				  .bad_signature = true},
			 authority),
			"issuer-not-trusted"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct caller *c = upload(cases[i].certificate);

		ck_assert(!was_accepted(c));
		ck_assert_str_eq(result_of(c), cases[i].result);
		ck_assert(is_unknown(cases[i].certificate));
	}
}
END_TEST

START_TEST(what_is_distrusted_is_refused_whoever_signed_it)
{
	reply(call("admin.Distrust", "{'kind':'certificate','sha256':'%s'}",
		      hex(deployed)),
		0);
	ck_assert_str_eq(result_of(upload(deployed)), "distrusted");
	ck_assert(!is_server(deployed));
	reply(call("admin.LiftDistrust", "{'kind':'certificate','sha256':'%s'}",
		      hex(deployed)),
		0);
	ck_assert_str_eq(result_of(upload(deployed)), "accepted");
}
END_TEST

/* What people have instead of DER. */
START_TEST(what_is_no_der_is_named_with_the_command_that_converts_it)
{
	CLEANUP(free) char *pem = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&pem, &len);
	const struct caller *answers[4];
	static const uint8_t p7[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
		0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x00};

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(PEM_write_X509(out, own->x509), 1);
	ck_assert_int_eq(fclose(out), 0);
	answers[0] = upload_bytes(pem, len);
	answers[1] = upload_bytes(p7, sizeof(p7));
	for (char *c = pem; (c = strchr(c, '\n')) != NULL;)
		*c = ' ';
	answers[2] = upload_text(pem);
	answers[3] = upload_text("no base64!");
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		const cJSON *o = outcome_of(answers[i]);

		ck_assert(!was_accepted(answers[i]));
		ck_assert_str_eq(text(o, "kind"), "certificate");
		ck_assert_ptr_null(member(o, "sha256"));
		if (i == 3)
			ck_assert_str_eq(text(o, "result"), "not-base64");
		else
			ck_assert_ptr_nonnull(
				strstr(text(o, "remedy"), "openssl"));
	}
	ck_assert_str_eq(result_of(answers[0]), "not-der");
	ck_assert_ptr_nonnull(
		strstr(text(outcome_of(answers[0]), "reason"), "PEM"));
	ck_assert_ptr_nonnull(
		strstr(text(outcome_of(answers[1]), "reason"), "PKCS#7"));
	ck_assert_uint_eq(unknown_count(the_api.unknown), 0);
}
END_TEST

START_TEST(one_byte_more_than_a_certificate_may_have_is_refused)
{
	CLEANUP(free) uint8_t *bytes = calloc(1, CERTIFICATE_MAX_BYTES + 1);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_str_eq(
		result_of(upload_bytes(bytes, CERTIFICATE_MAX_BYTES + 1)),
		"too-large");
}
END_TEST

START_TEST(a_malformed_call_is_an_error_and_no_outcome)
{
	static const char *const wrong[] = {
		"{}", "{'certificate':7}", "{'certificate':'','more':1}"};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_str_eq(error_of(call("admin.Upload", "%s", wrong[i])),
			VARLINK_INVALID_PARAMETER);
	/* Empty bytes are refused with a good message. */
	ck_assert(!was_accepted(upload_text("")));
}
END_TEST

START_TEST(who_uploads_too_many_bad_ones_is_told_that_they_are_not_kept)
{
	const cJSON *o = NULL;

	for (unsigned i = 0; i <= API_REJECTIONS_PER_MINUTE; i++)
		o = outcome_of(upload(pki_leaf("DNS:" HOST, NULL)));
	ck_assert(has_warning(member(o, "warnings"), "not-recorded"));
	ck_assert_uint_eq(
		unknown_count(the_api.unknown), API_REJECTIONS_PER_MINUTE);
}
END_TEST

/* --- and exceptions --- */

START_TEST(what_stood_there_for_an_exception_becomes_a_server_certificate)
{
	const cJSON *row = NULL;

	add_unknown(deployed, "10.0.0.1");
	reply(call("admin.AddException", "{'sha256':'%s','host':'10.0.0.1'}",
		      hex(deployed)),
		0);
	ck_assert(!is_server(deployed));
	ck_assert_str_eq(result_of(upload(deployed)), "accepted");
	ck_assert(is_server(deployed));
	row = certificate_of(deployed);
	ck_assert_str_eq(text(row, "origin"), "uploaded");
	ck_assert(has_text(member(row, "hosts"), "10.0.0.1"));
	ck_assert_int_eq(number(reply(call("Status", "{}"), 0), "servers"), 1);
	/* Its exception can go, and it stays. */
	reply(call("admin.Remove",
		      "{'list':'servers','sha256':'%s','host':'10.0.0.1'}",
		      hex(deployed)),
		0);
	ck_assert(is_server(deployed));
	ck_assert_str_eq(result_of(upload(deployed)), "already-trusted");
}
END_TEST

START_TEST(an_exception_is_no_chain_for_its_own_upload)
{
	add_unknown(own, HOST);
	reply(call("admin.AddException", "{'sha256':'%s'}", hex(own)), 0);
	ck_assert_str_eq(result_of(upload(own)), "issuer-not-trusted");
	ck_assert_str_eq(text(certificate_of(own), "origin"), "exception");
}
END_TEST

/* --- what cannot be made durable --- */

/* The store holds more than the trust can tell: rows that are damaged. */
START_TEST(one_more_than_the_store_holds_is_refused)
{
	struct store *store = the_api.store;
	const struct caller *c = NULL;

	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < STORE_MAX_SERVERS; i++) {
		struct store_certificate row = {.der = (const uint8_t *)&i,
			.der_len = sizeof(i),
			.origin = "uploaded"};

		ck_assert_ptr_nonnull(
			SHA256((const uint8_t *)&i, sizeof(i), row.sha256));
		ck_assert_int_eq(
			store_add_certificate(store, &row, &(bool){false}), 0);
	}
	ck_assert_int_eq(store_commit(store), 0);
	refresh();
	c = upload(deployed);
	ck_assert_str_eq(error_of(c), "io.certprov.admin.LimitExceeded");
	ck_assert_str_eq(text(c->replies[0], "parameters.limit"), "servers");
	ck_assert_int_eq(
		number(c->replies[0], "parameters.maximum"), STORE_MAX_SERVERS);
	ck_assert(!is_server(deployed));
	ck_assert_ptr_null(last_change());
}
END_TEST

START_TEST(an_upload_that_cannot_be_stored_is_an_error_and_not_trusted)
{
	struct rlimit unlimited;
	struct rlimit full;
	const struct caller *c = NULL;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	full = unlimited;
	full.rlim_cur = 0;
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
	c = upload(deployed);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
	ck_assert_str_eq(error_of(c), VARLINK_SYSTEM_ERROR);
	ck_assert(!is_server(deployed));
	ck_assert_ptr_null(last_change());
}
END_TEST

TCase *admin_upload_tests(void)
{
	TCase *tc = tcase_create("admin-upload");

	tcase_add_checked_fixture(tc, setup, api_teardown);
	tcase_add_test(tc,
		an_upload_that_something_trusted_signed_is_trusted_and_durable);
	tcase_add_test(tc, the_history_says_who_uploaded_what);
	tcase_add_test(tc, what_is_trusted_already_stays_as_it_is);
	tcase_add_test(
		tc, what_was_unknown_and_is_accepted_is_unknown_no_longer);
	tcase_add_test(tc, the_issuer_first_and_then_what_it_signed);
	tcase_add_test(tc, a_refused_upload_is_an_answer_and_lands_in_unknown);
	tcase_add_test(tc, an_exception_can_be_made_from_a_refused_upload);
	tcase_add_test(tc, the_chain_rule_holds_for_uploads_on_any_firmware);
	tcase_add_test(tc, each_refusal_has_its_result_and_stands_in_unknown);
	tcase_add_test(tc, what_is_distrusted_is_refused_whoever_signed_it);
	tcase_add_test(
		tc, what_is_no_der_is_named_with_the_command_that_converts_it);
	tcase_add_test(
		tc, one_byte_more_than_a_certificate_may_have_is_refused);
	tcase_add_test(tc, a_malformed_call_is_an_error_and_no_outcome);
	tcase_add_test(tc,
		who_uploads_too_many_bad_ones_is_told_that_they_are_not_kept);
	tcase_add_test(tc,
		what_stood_there_for_an_exception_becomes_a_server_certificate);
	tcase_add_test(tc, an_exception_is_no_chain_for_its_own_upload);
	tcase_add_test(tc, one_more_than_the_store_holds_is_refused);
	tcase_add_test(tc,
		an_upload_that_cannot_be_stored_is_an_error_and_not_trusted);
	return tc;
}
