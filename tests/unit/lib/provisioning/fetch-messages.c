/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-messages.h"

#include <errno.h>
#include <string.h>

#include "lib/varlink/json-fields.h"
#include "tests/unit/runner.h"

#define SHA "0000000000000000000000000000000000000000000000000000000000000000"

static cJSON *json;
static const char *field;

static void setup(void)
{
	field = NULL;
}

static void teardown(void)
{
	json = json_free(json);
}

START_TEST(a_document_comes_back_as_it_went)
{
	struct fetch_document in = {
		.url = "http://a/b",
		.bytes = 12,
		.result = VERDICT_NOT_WELL_FORMED,
		.reason = "tag",
		.line = 3,
		.column = -1,
		.authenticated = true,
		.linked_from = "http://a/",
		.linked_line = 2,
	};
	struct fetch_document out = {0};

	json = fetch_document_encode(&in);
	ck_assert_int_eq(fetch_document_decode(json, &out, &field), 0);
	ck_assert_str_eq(out.url, in.url);
	ck_assert_int_eq(out.bytes, 12);
	ck_assert_int_eq(out.result, in.result);
	ck_assert_str_eq(out.reason, "tag");
	ck_assert_int_eq(out.line, 3);
	ck_assert_int_eq(out.column, -1);
	ck_assert(out.authenticated);
	ck_assert_str_eq(out.linked_from, "http://a/");
	ck_assert_int_eq(out.linked_line, 2);
}
END_TEST

START_TEST(a_certificate_comes_back_as_it_went)
{
	struct candidate out = {0};
	uint8_t der[] = {0x30, 0x01, 0xff};
	struct candidate in = {
		.der = {der, sizeof(der)},
		.from = {.variant = CANDIDATE_URL,
			.document = "http://a/b",
			.line = 400000,
			.url = "http://a/c",
			.sha256 = "ab",
			.validator = "\"1\""},
	};

	json = fetch_candidate_encode(&in);
	ck_assert_int_eq(fetch_candidate_decode(json, &out, &field), 0);
	ck_assert_uint_eq(out.der.len, 3);
	ck_assert_mem_eq(out.der.data, der, 3);
	ck_assert_int_eq(out.from.variant, CANDIDATE_URL);
	ck_assert_int_eq(out.from.line, 400000);
	ck_assert_str_eq(out.from.url, "http://a/c");
	ck_assert_str_eq(out.from.sha256, "ab");
	ck_assert_str_eq(out.from.validator, "\"1\"");
	ck_assert(!out.from.authenticated);
	bytes_done(&out.der);
}
END_TEST

START_TEST(an_empty_certificate_can_be_said)
{
	struct candidate out = {0};
	struct candidate in = {.from = {.document = "d", .line = 1}};

	json = fetch_candidate_encode(&in);
	ck_assert_int_eq(fetch_candidate_decode(json, &out, &field), 0);
	ck_assert_uint_eq(out.der.len, 0);
	bytes_done(&out.der);
}
END_TEST

START_TEST(the_other_messages_come_back_as_they_went)
{
	CLEANUP(fetch_peer_done) struct fetch_peer peer = {0};
	struct bytes chain[2] = {{(uint8_t *)"a", 1}, {(uint8_t *)"bc", 2}};
	struct fetch_element e = {0};
	struct fetch_setting s = {0};
	struct fetch_progress p = {0};
	struct fetch_finish f = {.result = FETCH_RESULT__END};

	json = fetch_element_encode(&(struct fetch_element){.document = "d",
		.line = 5,
		.result = VERDICT_EMPTY,
		.markup = {"<a>", "<b>", "url"}});
	ck_assert_int_eq(fetch_element_decode(json, &e, &field), 0);
	ck_assert_str_eq(e.markup.wrong, "<a>");
	ck_assert_str_eq(e.markup.parent, "<b>");
	ck_assert_str_eq(e.markup.meant, "url");
	ck_assert_int_eq(e.result, VERDICT_EMPTY);
	ck_assert_ptr_null(e.url);
	json_free(json);
	json = fetch_setting_encode(&(struct fetch_setting){.name = "n",
		.index = -1,
		.value = "v",
		.action = "remove",
		.document = "d",
		.line = 6,
		.authenticated = true});
	ck_assert_int_eq(fetch_setting_decode(json, &s, &field), 0);
	ck_assert_int_eq(s.index, -1);
	ck_assert_str_eq(s.action, "remove");
	ck_assert(s.authenticated);
	json_free(json);
	json = fetch_peer_encode(&(struct fetch_peer){
		.chain = {chain, 2}, .host = "h", .result = VERDICT_EXPIRED});
	ck_assert_int_eq(fetch_peer_decode(json, &peer, &field), 0);
	ck_assert_uint_eq(peer.chain.count, 2);
	ck_assert_mem_eq(peer.chain.items[1].data, "bc", 2);
	json_free(json);
	json = fetch_progress_encode(
		&(struct fetch_progress){FETCH_STAGE_DOWNLOADS, 1, 2});
	ck_assert_int_eq(fetch_progress_decode(json, &p, &field), 0);
	ck_assert_int_eq(p.stage, FETCH_STAGE_DOWNLOADS);
	ck_assert_int_eq(p.total, 2);
	json_free(json);
	json = fetch_finish_encode(
		&(struct fetch_finish){.result = FETCH_PARTIAL, .others = 7});
	ck_assert_int_eq(fetch_finish_decode(json, &f, &field), 0);
	ck_assert_int_eq(f.result, FETCH_PARTIAL);
	ck_assert_int_eq(f.others, 7);
}
END_TEST

/* Each is an element but for one thing. */
static const struct {
	const char *text;
	const char *field;
} wrong_elements[] = {
	{"{\"line\":1,\"result\":\"empty\"}", "document"},
	{"{\"document\":1,\"line\":1,\"result\":\"empty\"}", "document"},
	{"{\"document\":\"d\",\"result\":\"empty\"}", "line"},
	{"{\"document\":\"d\",\"line\":-1,\"result\":\"empty\"}", "line"},
	{"{\"document\":\"d\",\"line\":1.5,\"result\":\"empty\"}", "line"},
	{"{\"document\":\"d\",\"line\":\"1\",\"result\":\"empty\"}", "line"},
	{"{\"document\":\"d\",\"line\":1}", "result"},
	{"{\"document\":\"d\",\"line\":1,\"result\":\"Empty\"}", "result"},
	{"{\"document\":\"d\",\"line\":1,\"result\":\"empty\",\"x\":1}", "x"},
	{"{\"document\":\"d\",\"line\":1,\"result\":\"empty\",\"url\":[]}",
		"url"},
};

START_TEST(a_wrong_field_is_named_and_nothing_is_written)
{
	struct fetch_element e = {.line = 77};

	json = cJSON_Parse(wrong_elements[_i].text);
	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(fetch_element_decode(json, &e, &field), -EINVAL);
	ck_assert_str_eq(field, wrong_elements[_i].field);
	ck_assert_int_eq(e.line, 77);
}
END_TEST

START_TEST(a_chain_has_one_to_sixteen_certificates_of_bounded_bytes)
{
	static uint8_t big[CHAIN_MAX_BYTES];
	struct bytes chain[CHAIN_MAX_CERTIFICATES + 1];
	struct fetch_peer in = {
		.chain = {chain, 0}, .host = "h", .result = VERDICT_EXPIRED};
	struct fetch_peer out = {0};

	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		chain[i] = (struct bytes){big, 1};
	json = fetch_peer_encode(&in);
	ck_assert_int_eq(fetch_peer_decode(json, &out, &field), -EINVAL);
	ck_assert_str_eq(field, "chain");
	json_free(json);
	in.chain.count = CHAIN_MAX_CERTIFICATES + 1;
	json = fetch_peer_encode(&in);
	ck_assert_int_eq(fetch_peer_decode(json, &out, &field), -EINVAL);
	json_free(json);
	in.chain.count = CHAIN_MAX_CERTIFICATES;
	json = fetch_peer_encode(&in);
	ck_assert_int_eq(fetch_peer_decode(json, &out, &field), 0);
	fetch_peer_done(&out);
	json_free(json);
	chain[0].len = CHAIN_MAX_BYTES;
	in.chain.count = 2;
	json = fetch_peer_encode(&in);
	ck_assert_int_eq(fetch_peer_decode(json, &out, &field), -EINVAL);
	ck_assert_ptr_null(out.chain.items);
}
END_TEST

START_TEST(nobody_uploads_through_a_fetcher)
{
	struct candidate in = {.from = {.variant = CANDIDATE_UPLOAD,
				       .document = "d",
				       .line = 1}};
	struct candidate out = {0};

	json = fetch_candidate_encode(&in);
	ck_assert_int_eq(fetch_candidate_decode(json, &out, &field), -EINVAL);
	ck_assert_str_eq(field, "variant");
}
END_TEST

START_TEST(an_answer_comes_back_with_those_it_woke)
{
	CLEANUP(candidates_answer_done) struct offer_answer out = {0};
	char woken[1][SHA256_HEX_SIZE];
	struct offer_answer in = {
		.good = true,
		.verdict = VERDICT_ACCEPTED,
		.lists = (unsigned)ANCHOR_SERVER |
			(unsigned)ANCHOR_AUTHENTICATED,
		.woken = woken,
		.woken_count = 1,
	};

	memset(woken[0], 'a', SHA256_HEX_SIZE - 1);
	woken[0][SHA256_HEX_SIZE - 1] = '\0';
	json = fetch_answer_encode(&in);
	ck_assert_int_eq(fetch_answer_decode(json, &out), 0);
	ck_assert(out.good);
	ck_assert_int_eq(out.verdict, VERDICT_ACCEPTED);
	ck_assert_uint_eq(out.woken_count, 1);
	ck_assert_str_eq(out.woken[0], woken[0]);
	ck_assert_uint_eq(out.lists, ANCHOR_SERVER);
	json_free(json);
	in.woken[0][5] = '\0'; /* no fingerprint */
	json = fetch_answer_encode(&in);
	ck_assert_int_eq(fetch_answer_decode(json, &out), -EINVAL);
}
END_TEST

START_TEST(an_answer_that_says_no_role_makes_no_anchor)
{
	CLEANUP(candidates_answer_done) struct offer_answer out = {0};
	struct offer_answer in = {.good = true, .verdict = VERDICT_ACCEPTED};

	json = fetch_answer_encode(&in);
	ck_assert_int_eq(fetch_answer_decode(json, &out), 0);
	ck_assert_uint_eq(out.lists, ANCHOR_INTERMEDIATE);
	candidates_answer_done(&out);
	json_free(json);
	in.lists = ANCHOR_SERVER;
	in.verdict = VERDICT_ALREADY_TRUSTED;
	json = fetch_answer_encode(&in);
	ck_assert_int_eq(fetch_answer_decode(json, &out), 0);
	ck_assert_uint_eq(out.lists, 0);
}
END_TEST

START_TEST(the_answer_to_a_setting_is_no_verdict)
{
	CLEANUP(candidates_answer_done) struct offer_answer out = {0};
	struct fetch_setting_answer said = {0};

	json = cJSON_Parse("{\"good\":true,\"result\":\"applied\","
			   "\"scope\":\"documents\"}");
	ck_assert_int_eq(fetch_setting_answer_decode(json, &said), 0);
	ck_assert(said.good);
	ck_assert_int_eq(said.scope, FETCH_SCOPE_DOCUMENTS);
	ck_assert_int_eq(fetch_answer_decode(json, &out), -EINVAL);
	cJSON_DeleteItemFromObject(json, "good");
	ck_assert_int_eq(fetch_setting_answer_decode(json, &said), -EINVAL);
}
END_TEST

START_TEST(what_is_distrusted_comes_back_as_it_went)
{
	CLEANUP(fetch_distrusted_done) struct fetch_distrusted out = {0};
	struct distrusted entries[2] = {
		{.kind = DISTRUST_CERTIFICATE, .sha256 = {1}},
		{.kind = DISTRUST_PUBLIC_KEY, .sha256 = {2}},
	};
	struct fetch_distrusted in = {entries, 2};

	json = fetch_distrusted_encode(&in);
	ck_assert_int_eq(fetch_distrusted_decode(json, &out), 0);
	ck_assert_uint_eq(out.count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(out.entries[i].kind, entries[i].kind);
		ck_assert_mem_eq(
			out.entries[i].sha256, entries[i].sha256, SHA256_BYTES);
	}
}
END_TEST

/* An older daemon has no such member, a newer one more. */
START_TEST(an_answer_to_progress_need_not_say_anything)
{
	CLEANUP(fetch_distrusted_done) struct fetch_distrusted out = {0};

	ck_assert_int_eq(fetch_distrusted_decode(NULL, &out), 0);
	ck_assert_uint_eq(out.count, 0);
	fetch_distrusted_done(&out);
	json = cJSON_Parse("{\"later\":1,\"distrusted\":[]}");
	ck_assert_int_eq(fetch_distrusted_decode(json, &out), 0);
	ck_assert_uint_eq(out.count, 0);
}
END_TEST

START_TEST(no_more_is_distrusted_than_can_be)
{
	CLEANUP(fetch_distrusted_done) struct fetch_distrusted out = {0};
	static struct distrusted entries[TRUST_MAX_DISTRUSTED + 1];
	struct fetch_distrusted in = {entries, TRUST_MAX_DISTRUSTED};

	json = fetch_distrusted_encode(&in);
	ck_assert_int_eq(fetch_distrusted_decode(json, &out), 0);
	ck_assert_uint_eq(out.count, TRUST_MAX_DISTRUSTED);
	fetch_distrusted_done(&out);
	json_free(json);
	in.count++;
	json = fetch_distrusted_encode(&in);
	ck_assert_int_eq(fetch_distrusted_decode(json, &out), -EINVAL);
	ck_assert_ptr_null(out.entries);
}
END_TEST

static const char *const wrong_distrusted[] = {
	"{\"distrusted\":[{\"kind\":\"certificate\"}]}",
	"{\"distrusted\":[{\"kind\":\"certificate\",\"sha256\":\"00\"}]}",
	"{\"distrusted\":[{\"kind\":\"nothing\",\"sha256\":\"" SHA "\"}]}",
	"{\"distrusted\":{}}",
};

/* Better no run than one that does not know what is distrusted. */
START_TEST(what_is_distrusted_is_understood_or_the_answer_is_none)
{
	CLEANUP(fetch_distrusted_done) struct fetch_distrusted out = {0};

	json = cJSON_Parse(wrong_distrusted[_i]);
	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(fetch_distrusted_decode(json, &out), -EINVAL);
	ck_assert_ptr_null(out.entries);
}
END_TEST

TCase *fetch_messages_tests(void);

TCase *fetch_messages_tests(void)
{
	TCase *tc = tcase_create("fetch-messages");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_document_comes_back_as_it_went);
	tcase_add_test(tc, a_certificate_comes_back_as_it_went);
	tcase_add_test(tc, an_empty_certificate_can_be_said);
	tcase_add_test(tc, the_other_messages_come_back_as_they_went);
	tcase_add_loop_test(tc, a_wrong_field_is_named_and_nothing_is_written,
		0, (int)ARRAY_SIZE(wrong_elements));
	tcase_add_test(
		tc, a_chain_has_one_to_sixteen_certificates_of_bounded_bytes);
	tcase_add_test(tc, nobody_uploads_through_a_fetcher);
	tcase_add_test(tc, an_answer_comes_back_with_those_it_woke);
	tcase_add_test(tc, an_answer_that_says_no_role_makes_no_anchor);
	tcase_add_test(tc, the_answer_to_a_setting_is_no_verdict);
	tcase_add_test(tc, what_is_distrusted_comes_back_as_it_went);
	tcase_add_test(tc, an_answer_to_progress_need_not_say_anything);
	tcase_add_test(tc, no_more_is_distrusted_than_can_be);
	tcase_add_loop_test(tc,
		what_is_distrusted_is_understood_or_the_answer_is_none, 0,
		(int)ARRAY_SIZE(wrong_distrusted));
	return tc;
}
