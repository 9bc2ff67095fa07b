/* SPDX-License-Identifier: Apache-2.0 */
/* Verify, VerifyDigest, ReportRejection, MonitorRejections. */
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/varlink/varlink.h"
#include "tests/unit/certprovd/api/api-fixture.h"

#define HOST "pbx.example.com"
#define MAX_CHAIN 20

TCase *trust_verify_tests(void);

static const struct pki_cert *leaf;
static const struct pki_cert *stranger; /* of an unknown CA */

static void set_wall(int64_t seconds)
{
	clock_set(&(struct clock_reading){.wall = seconds});
}

static void setup(void)
{
	api_setup();
	set_wall(PKI_NOW);
	leaf = pki_leaf("DNS:" HOST, authority);
	stranger = pki_leaf("DNS:" HOST, pki_root("Nobody's CA"));
}

/* ["base64",...] of what is sent; one of two buffers in turn. */
static const char *chain_of(const struct pki_cert *first, unsigned copies)
{
	static char *buffers[2];
	static unsigned calls;
	char **text = &buffers[calls++ % 2];
	CLEANUP(free) char *one = NULL;
	CLEANUP(free) char *list = strdup("");

	ck_assert_int_eq(
		base64_encode(first->der.data, first->der.len, &one), 0);
	for (unsigned i = 0; i < copies; i++) {
		char *more = NULL;

		ck_assert_int_eq(string_format(&more, "%s%s'%s'", list,
					 i ? "," : "", one),
			0);
		free(list);
		list = more;
	}
	free(*text);
	*text = NULL;
	ck_assert_int_eq(string_format(text, "[%s]", list), 0);
	return *text;
}

static struct caller *verify(const struct pki_cert *c, const char *host)
{
	return call("Verify", "{'chain':%s,'host':'%s','purpose':'sip'}",
		chain_of(c, 1), host);
}

static const char *result_of(const struct caller *c)
{
	return text(reply(c, 0), "verdict.result");
}

static struct caller *verify_digest(const struct pki_cert *c, const char *host)
{
	uint8_t digest[SHA256_BYTES];
	char hex_text[SHA256_HEX_SIZE];

	SHA256(c->der.data, c->der.len, digest);
	hex_format(digest, SHA256_BYTES, hex_text);
	return call("VerifyDigest",
		"{'chainSha256':'%s','host':'%s','purpose':'sip'}", hex_text,
		host);
}

static struct caller *report(const struct pki_cert *c, const char *result)
{
	return call("ReportRejection",
		"{'chain':%s,'host':'" HOST "','purpose':'ldap',"
		"'result':'%s'}",
		chain_of(c, 1), result);
}

/* --- verdicts --- */

START_TEST(a_good_peer_is_trusted_by_path_and_anchor)
{
	const struct caller *c = verify(leaf, HOST);
	const cJSON *verdict = member(reply(c, 0), "verdict");

	ck_assert(cJSON_IsTrue(member(verdict, "trusted")));
	ck_assert_str_eq(text(verdict, "result"), "trusted");
	ck_assert_int_eq(cJSON_GetArraySize(member(verdict, "path")), 2);
	ck_assert_str_eq(text(verdict, "anchor"), hex(authority));
	ck_assert_str_eq(text(verdict, "store"), store_id(the_api.store));
	ck_assert(cJSON_IsTrue(member(verdict, "clockTrusted")));
	ck_assert_uint_eq(unknown_count(the_api.unknown), 0);
}
END_TEST

START_TEST(judging_costs_work_and_recalling_costs_none)
{
	ck_assert_uint_ge(verify(leaf, HOST)->work, VERDICT_CACHE_DECODE_WORK);
	ck_assert_uint_eq(verify(leaf, HOST)->work, 0);
	ck_assert_uint_ge(
		verify(leaf, "other." HOST)->work, VERDICT_CACHE_DECODE_WORK);
	ck_assert_uint_ge(
		report(stranger, "expired")->work, VERDICT_CACHE_DECODE_WORK);
}
END_TEST

static const char *reply_text(const struct caller *c)
{
	static char *texts[2];
	static unsigned calls;
	char **text = &texts[calls++ % 2];

	cJSON_free(*text);
	*text = cJSON_PrintUnformatted(reply(c, 0));
	ck_assert_ptr_nonnull(*text);
	return *text;
}

static uint64_t repeated(void)
{
	return verdict_cache_counts(the_api.verdict_cache).repeated;
}

START_TEST(the_same_message_gets_the_same_reply_and_counts)
{
	const struct caller *first = verify(leaf, HOST);

	/* The second one shows that it comes again. */
	for (unsigned i = 0; i < 4; i++) {
		const struct caller *c = verify(leaf, HOST);

		ck_assert_uint_eq(repeated(), i);
		ck_assert_str_eq(reply_text(c), reply_text(first));
		ck_assert_uint_eq(c->work, 0);
	}
	ck_assert_uint_eq(the_api.counters.verdicts[VERDICT_TRUSTED], 5);
	(void)verify(leaf, "other.example.com");
	ck_assert_uint_eq(repeated(), 3);
}
END_TEST

START_TEST(a_message_with_flags_is_not_known_by_its_bytes)
{
	for (unsigned i = 0; i < 4; i++)
		(void)call_more("Verify",
			"{'chain':%s,'host':'" HOST "','purpose':'sip'}",
			chain_of(leaf, 1));
	ck_assert_uint_eq(repeated(), 0);
}
END_TEST

START_TEST(a_refusal_is_recorded_each_time_whatever_its_message)
{
	for (unsigned i = 0; i < 4; i++)
		(void)verify(stranger, HOST);
	ck_assert_uint_eq(repeated(), 0);
	ck_assert_uint_eq(
		unknown_find(the_api.unknown, stranger->sha256)->seen, 4);
}
END_TEST

START_TEST(a_message_is_answered_anew_when_time_has_ended_its_answer)
{
	for (unsigned i = 0; i < 3; i++)
		ck_assert_str_eq(result_of(verify(leaf, HOST)), "trusted");
	ck_assert_uint_eq(repeated(), 1);
	set_wall(PKI_NOW + 100 * PKI_YEAR);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_str_eq(result_of(verify(leaf, HOST)), "expired");
	ck_assert_uint_eq(repeated(), 1);
	ck_assert_uint_eq(unknown_find(the_api.unknown, leaf->sha256)->seen, 3);
}
END_TEST

START_TEST(a_rejected_peer_is_told_why_and_lands_in_unknown)
{
	const struct caller *c = verify(stranger, HOST);
	const cJSON *verdict = member(reply(c, 0), "verdict");
	const struct unknown_entry *e =
		unknown_find(the_api.unknown, stranger->sha256);

	ck_assert_str_eq(text(verdict, "result"), "issuer-not-trusted");
	ck_assert_ptr_nonnull(strstr(text(verdict, "reason"), "Nobody's CA"));
	ck_assert_ptr_nonnull(text(verdict, "remedy"));
	ck_assert(cJSON_IsTrue(member(verdict, "recoverable")));
	ck_assert_ptr_nonnull(e);
	ck_assert_str_eq(e->hosts.texts[0], HOST);
	ck_assert_str_eq(e->purposes.texts[0], "sip");
	ck_assert_str_eq(e->reporters.texts[0], "uid:1000");
	ck_assert_int_eq(e->first_seen, PKI_NOW);
}
END_TEST

static struct caller *explain(const struct pki_cert *c, const char *more)
{
	return call("Explain", "{'sha256':'%s'%s}", hex(c), more);
}

START_TEST(what_is_explained_is_neither_counted_nor_recorded)
{
	const struct caller *c = NULL;
	const cJSON *verdict = NULL;

	(void)verify(stranger, HOST);
	c = explain(stranger, ",'host':'other.example.com','purpose':'sip'");
	verdict = member(reply(c, 0), "verdict");
	ck_assert_str_eq(text(verdict, "result"), "issuer-not-trusted");
	ck_assert_str_eq(
		text(cJSON_GetArrayItem(member(verdict, "warnings"), 0),
			"identifier"),
		"name-mismatch");
	ck_assert_uint_gt(c->work, 0);
	ck_assert_uint_eq(
		unknown_find(the_api.unknown, stranger->sha256)->seen, 1);
	ck_assert_uint_eq(
		unknown_find(the_api.unknown, stranger->sha256)->hosts.count,
		1);
	c = call("Counters", "{}");
	ck_assert_double_eq(
		cJSON_GetNumberValue(member(
			cJSON_GetArrayItem(member(reply(c, 0), "verdicts"), 0),
			"count")),
		1);
}
END_TEST

START_TEST(any_listed_certificate_is_explained_and_no_other)
{
	ck_assert_str_eq(result_of(explain(authority, "")), "not-for-servers");
	ck_assert_str_eq(error_of(explain(stranger, "")),
		"io.certprov.trust.NoSuchCertificate");
	(void)verify(stranger, HOST);
	ck_assert_str_eq(
		result_of(explain(stranger, "")), "issuer-not-trusted");
	ck_assert_str_eq(error_of(explain(stranger, ",'purpose':'sip'")),
		"org.varlink.service.InvalidParameter");
}
END_TEST

START_TEST(each_rejection_counts_also_when_the_answer_was_known)
{
	(void)verify(stranger, HOST);
	(void)verify(stranger, HOST);
	(void)verify_digest(stranger, HOST);
	ck_assert_uint_eq(
		verdict_cache_counts(the_api.verdict_cache).judged, 1);
	ck_assert_uint_eq(
		unknown_find(the_api.unknown, stranger->sha256)->seen, 3);
}
END_TEST

START_TEST(a_digest_is_answered_once_the_chain_was_seen)
{
	struct caller *c = verify_digest(leaf, HOST);

	ck_assert_str_eq(error_of(c), "io.certprov.trust.NeedCertificates");
	(void)verify(leaf, HOST);
	c = verify_digest(leaf, HOST);
	ck_assert_str_eq(result_of(c), "trusted");
	c = verify_digest(leaf, "other.example.com");
	ck_assert_str_eq(error_of(c), "io.certprov.trust.NeedCertificates");
}
END_TEST

/* It could not be recorded by its digest alone. */
START_TEST(a_rejected_digest_that_left_the_list_needs_its_chain)
{
	struct caller *c = NULL;

	(void)verify(stranger, HOST);
	ck_assert(unknown_remove(the_api.unknown, stranger->sha256));
	c = verify_digest(stranger, HOST);
	ck_assert_str_eq(error_of(c), "io.certprov.trust.NeedCertificates");
}
END_TEST

START_TEST(a_change_of_trust_changes_the_answer)
{
	const struct pki_cert *ca = pki_root("Later CA");
	const struct pki_cert *server = pki_leaf("DNS:" HOST, ca);

	ck_assert_str_eq(result_of(verify(server, HOST)), "issuer-not-trusted");
	add_server(ca, NULL);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_str_eq(result_of(verify(server, HOST)), "trusted");
	ck_assert_uint_eq(repeated(), 1);
	(void)call("admin.Distrust", "{'kind':'certificate','sha256':'%s'}",
		hex(ca));
	ck_assert_str_eq(result_of(verify(server, HOST)), "distrusted");
}
END_TEST

START_TEST(time_changes_the_answer_without_a_restart)
{
	const struct pki_cert *brief =
		pki_make(&(struct pki_spec){.cn = "brief",
				 .san = "DNS:" HOST,
				 .eku = "serverAuth",
				 .not_after = PKI_NOW + 60},
			authority);

	ck_assert_str_eq(result_of(verify(brief, HOST)), "trusted");
	set_wall(PKI_NOW + 61);
	ck_assert_str_eq(result_of(verify(brief, HOST)), "expired");
	set_wall(PKI_NOW);
	ck_assert_str_eq(result_of(verify(brief, HOST)), "trusted");
}
END_TEST

START_TEST(below_the_floor_the_verdict_says_so)
{
	struct caller *c = NULL;

	set_wall(0);
	c = verify(leaf, HOST);
	ck_assert_str_eq(result_of(c), "trusted");
	ck_assert(cJSON_IsFalse(member(reply(c, 0), "verdict.clockTrusted")));
}
END_TEST

/* --- a bad chain is an answer, a malformed request an error --- */

START_TEST(bytes_that_are_no_certificate_are_a_verdict)
{
	static const struct {
		const char *chain;
		const char *result;
	} rows[] = {
		{"[]", "empty"},
		{"['']", "not-der"},
		{"['AAAA']", "not-der"},
		{"['MAA=']", "malformed"},
	};
	struct caller *c = call("Verify", "{'chain':%s}", rows[_i].chain);

	ck_assert_ptr_null(error_of(c));
	ck_assert(cJSON_IsFalse(member(reply(c, 0), "verdict.trusted")));
	ck_assert_str_eq(result_of(c), rows[_i].result);
}
END_TEST

START_TEST(what_is_asked_for_wrongly_is_an_error)
{
	static const struct {
		const char *parameters;
		const char *error;
	} rows[] = {
		{"{}", VARLINK_INVALID_PARAMETER},
		{"{'chain':'AAAA'}", VARLINK_INVALID_PARAMETER},
		{"{'chain':[1]}", VARLINK_INVALID_PARAMETER},
		{"{'chain':[],'purpose':'imap'}", VARLINK_INVALID_PARAMETER},
		{"{'chain':[],'purpose':'sip'}", VARLINK_INVALID_PARAMETER},
		{"{'chain':[],'what':1}", VARLINK_INVALID_PARAMETER},
		{"{'chain':['*']}", "io.certprov.trust.InvalidCertificate"},
		{"{'chain':['AAA']}", "io.certprov.trust.InvalidCertificate"},
	};
	struct caller *c = call("Verify", "%s", rows[_i].parameters);

	ck_assert_str_eq(error_of(c), rows[_i].error);
	ck_assert_uint_eq(unknown_count(the_api.unknown), 0);
}
END_TEST

START_TEST(one_certificate_more_than_a_chain_may_have_is_an_error)
{
	struct caller *c = call("Verify", "{'chain':%s,'host':'" HOST "'}",
		chain_of(leaf, CHAIN_MAX_CERTIFICATES));

	ck_assert_str_eq(result_of(c), "trusted");
	c = call("Verify", "{'chain':%s,'host':'" HOST "'}",
		chain_of(leaf, CHAIN_MAX_CERTIFICATES + 1));
	ck_assert_str_eq(error_of(c), "io.certprov.trust.LimitExceeded");
	ck_assert_str_eq(
		text(c->replies[0], "parameters.limit"), "chain-certificates");
	ck_assert_int_eq(number(c->replies[0], "parameters.maximum"),
		CHAIN_MAX_CERTIFICATES);
}
END_TEST

static struct caller *verify_bytes(size_t len, const char *behind)
{
	CLEANUP(bytes_done) struct bytes junk = {0};
	CLEANUP(free) char *one = NULL;

	junk.data = calloc(1, len);
	junk.len = len;
	ck_assert_ptr_nonnull(junk.data);
	ck_assert_int_eq(base64_encode(junk.data, junk.len, &one), 0);
	return call("Verify", "{'chain':['%s'%s]}", one, behind);
}

START_TEST(one_byte_more_than_a_chain_may_have_is_an_error)
{
	static const struct {
		size_t len;
		const char *behind;
	} more[] = {
		{CHAIN_MAX_BYTES + 1, ""},
		{CHAIN_MAX_BYTES, ",'MA=='"},
		{CHAIN_MAX_BYTES - 1, ",'MDA='"},
	};
	struct caller *c = verify_bytes(CHAIN_MAX_BYTES, "");

	ck_assert_ptr_null(error_of(c));
	c = verify_bytes(CHAIN_MAX_BYTES - 1, ",'MA=='");
	ck_assert_ptr_null(error_of(c));
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		c = verify_bytes(more[i].len, more[i].behind);
		ck_assert_str_eq(
			error_of(c), "io.certprov.trust.LimitExceeded");
		ck_assert_str_eq(
			text(c->replies[0], "parameters.limit"), "chain-bytes");
	}
}
END_TEST

/* --- floods --- */

START_TEST(who_floods_gets_verdicts_that_say_they_are_not_recorded)
{
	struct caller *c = NULL;

	for (unsigned i = 0; i <= API_REJECTIONS_PER_MINUTE; i++)
		c = verify(pki_root("A flood"), HOST);
	ck_assert_str_eq(result_of(c), "issuer-not-trusted");
	ck_assert(has_warning(
		member(reply(c, 0), "verdict.warnings"), "not-recorded"));
	ck_assert_uint_eq(
		unknown_count(the_api.unknown), API_REJECTIONS_PER_MINUTE);
	c = report(pki_root("A flood"), "expired");
	ck_assert_str_eq(error_of(c), "io.certprov.trust.LimitExceeded");
	ck_assert_str_eq(text(c->replies[0], "parameters.limit"), "rejections");
	rejections_now_ms += 60000;
	c = verify(pki_root("A flood"), HOST);
	ck_assert(!has_warning(
		member(reply(c, 0), "verdict.warnings"), "not-recorded"));
}
END_TEST

/* --- ReportRejection --- */

START_TEST(what_another_process_rejected_is_recorded_as_its_claim)
{
	const struct unknown_entry *e = NULL;

	ck_assert_ptr_null(error_of(report(stranger, "expired")));
	e = unknown_find(the_api.unknown, stranger->sha256);
	ck_assert_ptr_nonnull(e);
	ck_assert_str_eq(e->results.texts[0], "expired");
	ck_assert_str_eq(e->purposes.texts[0], "ldap");
	ck_assert_str_eq(e->reporters.texts[0], "uid:1000");
}
END_TEST

START_TEST(only_for_a_host_can_something_be_reported)
{
	const struct caller *c = call("ReportRejection",
		"{'chain':%s,'host':'a b','purpose':'sip',"
		"'result':'expired'}",
		chain_of(stranger, 1));

	ck_assert_str_eq(error_of(c), "org.varlink.service.InvalidParameter");
	ck_assert_str_eq(text(c->replies[0], "parameters.parameter"), "host");
	ck_assert_uint_eq(unknown_count(the_api.unknown), 0);
}
END_TEST

START_TEST(a_verdict_for_what_is_no_host_leaves_no_name_behind)
{
	const struct unknown_entry *e = NULL;

	ck_assert_str_eq(result_of(verify(leaf, "no host")), "host-invalid");
	e = unknown_find(the_api.unknown, leaf->sha256);
	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(e->hosts.count, 0);
}
END_TEST

START_TEST(only_a_result_that_is_a_no_can_be_reported)
{
	static const char *const results[] = {
		"trusted", "exception", "no-such-result", ""};

	ck_assert_str_eq(error_of(report(stranger, results[_i])),
		VARLINK_INVALID_PARAMETER);
	ck_assert_uint_eq(unknown_count(the_api.unknown), 0);
}
END_TEST

/* --- MonitorRejections --- */

START_TEST(a_rejection_is_told_as_it_happens)
{
	struct caller *m = call_more("MonitorRejections", "{}");

	ck_assert_uint_eq(m->count, 1);
	ck_assert_ptr_null(member(reply(m, 0), "certificate"));
	ck_assert(continues(m, 0));
	(void)verify(leaf, HOST);
	ck_assert_uint_eq(m->count, 1);
	(void)verify(stranger, HOST);
	ck_assert_uint_eq(m->count, 2);
	ck_assert_str_eq(
		text(reply(m, 1), "certificate.sha256"), hex(stranger));
	ck_assert_str_eq(text(reply(m, 1), "host"), HOST);
	ck_assert_str_eq(text(reply(m, 1), "purpose"), "sip");
	ck_assert_str_eq(text(reply(m, 1), "result"), "issuer-not-trusted");
	ck_assert_ptr_nonnull(
		strstr(text(reply(m, 1), "reason"), "Nobody's CA"));
	(void)verify(stranger, HOST);
	ck_assert_uint_eq(m->count, 2);
	rejections_now_ms += REJECTIONS_QUIET_MS;
	(void)verify(stranger, HOST);
	ck_assert_uint_eq(m->count, 3);
	hang_up(m);
}
END_TEST

START_TEST(changes_of_trust_are_for_the_other_monitor)
{
	struct caller *m = call_more("MonitorRejections", "{}");
	struct caller *changes = call_more("Monitor", "{}");

	(void)verify(stranger, HOST);
	ck_assert_uint_eq(changes->count, 1);
	add_server(pki_root("Later CA"), NULL);
	ck_assert_uint_eq(changes->count, 2);
	ck_assert_uint_eq(m->count, 2);
	hang_up(m);
	hang_up(changes);
}
END_TEST

/* One certificate comes once, with what was said of it last. */
START_TEST(who_does_not_read_hears_the_latest_of_each_certificate)
{
	struct caller prepared = {.room = 1};
	struct caller *m = call_as(&prepared, true, "MonitorRejections", "{}");
	const struct pki_cert *other = pki_root("Another stranger");

	(void)verify(stranger, "a.example.com");
	(void)verify(other, "a.example.com");
	(void)verify(stranger, "b.example.com");
	ck_assert_uint_eq(m->count, 1);
	for (unsigned i = 0; i < 4; i++)
		read_all_replies(m);
	ck_assert_uint_eq(m->count, 3);
	ck_assert_str_eq(text(reply(m, 1), "certificate.sha256"), hex(other));
	ck_assert_str_eq(
		text(reply(m, 2), "certificate.sha256"), hex(stranger));
	ck_assert_str_eq(text(reply(m, 2), "host"), "b.example.com");
	hang_up(m);
}
END_TEST

TCase *trust_verify_tests(void)
{
	TCase *tc = tcase_create("trust-verify");

	tcase_add_checked_fixture(tc, setup, api_teardown);
	tcase_add_test(tc, a_good_peer_is_trusted_by_path_and_anchor);
	tcase_add_test(tc, judging_costs_work_and_recalling_costs_none);
	tcase_add_test(tc, the_same_message_gets_the_same_reply_and_counts);
	tcase_add_test(tc, a_message_with_flags_is_not_known_by_its_bytes);
	tcase_add_test(
		tc, a_refusal_is_recorded_each_time_whatever_its_message);
	tcase_add_test(
		tc, a_message_is_answered_anew_when_time_has_ended_its_answer);
	tcase_add_test(tc, a_rejected_peer_is_told_why_and_lands_in_unknown);
	tcase_add_test(tc, what_is_explained_is_neither_counted_nor_recorded);
	tcase_add_test(tc, any_listed_certificate_is_explained_and_no_other);
	tcase_add_test(
		tc, each_rejection_counts_also_when_the_answer_was_known);
	tcase_add_test(tc, a_digest_is_answered_once_the_chain_was_seen);
	tcase_add_test(
		tc, a_rejected_digest_that_left_the_list_needs_its_chain);
	tcase_add_test(tc, a_change_of_trust_changes_the_answer);
	tcase_add_test(tc, time_changes_the_answer_without_a_restart);
	tcase_add_test(tc, below_the_floor_the_verdict_says_so);
	tcase_add_loop_test(
		tc, bytes_that_are_no_certificate_are_a_verdict, 0, 4);
	tcase_add_loop_test(tc, what_is_asked_for_wrongly_is_an_error, 0, 8);
	tcase_add_test(
		tc, one_certificate_more_than_a_chain_may_have_is_an_error);
	tcase_add_test(tc, one_byte_more_than_a_chain_may_have_is_an_error);
	tcase_add_test(
		tc, who_floods_gets_verdicts_that_say_they_are_not_recorded);
	tcase_add_test(
		tc, what_another_process_rejected_is_recorded_as_its_claim);
	tcase_add_test(tc, only_for_a_host_can_something_be_reported);
	tcase_add_test(tc, a_verdict_for_what_is_no_host_leaves_no_name_behind);
	tcase_add_loop_test(
		tc, only_a_result_that_is_a_no_can_be_reported, 0, 4);
	tcase_add_test(tc, a_rejection_is_told_as_it_happens);
	tcase_add_test(tc, changes_of_trust_are_for_the_other_monitor);
	tcase_add_test(
		tc, who_does_not_read_hears_the_latest_of_each_certificate);
	return tc;
}
