/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/verdict-cache.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/trust/verdict-messages.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"

TCase *verdict_cache_tests(void);

static struct verdict_cache *peers;
static struct trust *trust;
static const struct pki_cert *root;
static const struct pki_cert *leaf;
static struct bytes chain[2];
static struct verdict_cache_question question;
static struct verdict_cache_answer answer;

static void trust_root(void)
{
	ck_assert_int_eq(anchors_add(trust->anchors, root->der.data,
				 root->der.len, ANCHOR_SERVER),
		0);
}

static void setup(void)
{
	ck_assert_int_eq(verdict_cache_new(&peers), 0);
	ck_assert_int_eq(trust_new(&trust), 0);
	trust->policy.verification = VERIFICATION_FORCED;
	trust->policy.name_check = true;
	trust->clock_floor = PKI_NOW - PKI_DAY;
	root = pki_root("Root");
	trust_root();
	leaf = pki_leaf("DNS:" HOST, root);
	chain[0] = leaf->der;
	question = (struct verdict_cache_question){
		.chain = chain,
		.chain_count = 1,
		.host = HOST,
		.purpose = PURPOSE_SIP,
		.wall = PKI_NOW,
	};
}

static void teardown(void)
{
	peers = verdict_cache_free(peers);
	trust = trust_free(trust);
	pki_free_all();
}

/* How many questions had to be judged so far, this one included. */
static uint64_t ask(const char *result)
{
	ck_assert_int_eq(
		verdict_cache_ask(peers, trust, &question, &answer), 0);
	ck_assert_str_eq(answer.result, result);
	return verdict_cache_counts(peers).judged;
}

static int recall(void)
{
	uint8_t digest[SHA256_BYTES];

	SHA256(chain[0].data, chain[0].len, digest);
	return verdict_cache_recall(peers, trust, &question, digest, &answer);
}

START_TEST(the_same_question_is_judged_once)
{
	ck_assert_uint_eq(ask("trusted"), 1);
	ck_assert_uint_eq(ask("trusted"), 1);
	ck_assert_uint_eq(verdict_cache_counts(peers).recalled, 1);
	ck_assert_ptr_nonnull(strstr(answer.verdict, "\"trusted\":true"));
	ck_assert_mem_eq(answer.leaf, leaf->sha256, SHA256_BYTES);
}
END_TEST

START_TEST(another_host_purpose_or_chain_is_another_question)
{
	ck_assert_uint_eq(ask("trusted"), 1);
	question.host = "other.example.com";
	ck_assert_uint_eq(ask("name-mismatch"), 2);
	question.host = HOST;
	question.purpose = PURPOSE_HTTPS;
	ck_assert_uint_eq(ask("trusted"), 3);
	question.purpose = PURPOSE_ANY;
	question.host = NULL;
	ck_assert_uint_eq(ask("trusted"), 4);
	question.host = "";
	ck_assert_uint_eq(ask("host-invalid"), 5);
	chain[1] = root->der;
	question.host = HOST;
	question.purpose = PURPOSE_SIP;
	question.chain_count = 2;
	ck_assert_uint_eq(ask("trusted"), 6);
}
END_TEST

START_TEST(an_answer_ends_with_the_generation_or_the_store)
{
	ck_assert_uint_eq(ask("trusted"), 1);
	trust->generation++;
	ck_assert_uint_eq(ask("trusted"), 2);
	(void)snprintf(trust->store, sizeof(trust->store), "another");
	ck_assert_uint_eq(ask("trusted"), 3);
}
END_TEST

START_TEST(what_is_forgotten_is_judged_anew)
{
	ck_assert_uint_eq(ask("trusted"), 1);
	ck_assert_int_eq(recall(), 0);
	verdict_cache_forget(peers);
	ck_assert_uint_eq(verdict_cache_counts(peers).kept, 0);
	ck_assert_int_eq(recall(), -ENOENT);
	ck_assert_uint_eq(ask("trusted"), 2);
}
END_TEST

static void soon_to_end(int64_t not_before, int64_t not_after)
{
	chain[0] = pki_make(&(struct pki_spec){.cn = "pbx",
				    .san = "DNS:" HOST,
				    .eku = "serverAuth",
				    .not_before = not_before,
				    .not_after = not_after},
		root)
			   ->der;
}

/* The text of an answer is not kept: it is written again each time. */
static void recalled_says_the_same(const char *result, const char *with)
{
	CLEANUP(free) char *first = NULL;

	(void)ask(result);
	first = strdup(answer.verdict);
	ck_assert_ptr_nonnull(strstr(first, with));
	question.host = NULL;
	question.purpose = PURPOSE_ANY;
	(void)ask("trusted");
	question.host = HOST;
	question.purpose = PURPOSE_SIP;
	ck_assert_int_eq(recall(), 0);
	ck_assert_str_eq(answer.verdict, first);
}

START_TEST(a_recalled_answer_says_all_that_the_first_one_did)
{
	recalled_says_the_same("trusted", "\"anchor\":");
	soon_to_end(0, PKI_NOW + PKI_DAY);
	recalled_says_the_same("trusted", "\"warnings\":[{");
	leaf = pki_leaf("DNS:other.example.com", root);
	chain[0] = leaf->der;
	recalled_says_the_same("name-mismatch", "\"remedy\":");
}
END_TEST

START_TEST(an_answer_ends_with_the_certificate)
{
	soon_to_end(0, PKI_NOW + 60);
	ck_assert_uint_eq(ask("trusted"), 1);
	question.wall = PKI_NOW + 60;
	ck_assert_uint_eq(ask("trusted"), 1);
	question.wall = PKI_NOW + 61;
	ck_assert_uint_eq(ask("expired"), 2);
	ck_assert_ptr_null(strstr(answer.verdict, "\"trusted\":true"));
}
END_TEST

START_TEST(a_refusal_ends_when_the_certificate_begins)
{
	soon_to_end(PKI_NOW + 60, 0);
	ck_assert_uint_eq(ask("not-yet-valid"), 1);
	question.wall = PKI_NOW + 59;
	ck_assert_uint_eq(ask("not-yet-valid"), 1);
	question.wall = PKI_NOW + 60;
	ck_assert_uint_eq(ask("trusted"), 2);
}
END_TEST

START_TEST(an_answer_ends_with_the_exception_it_rests_on)
{
	const struct pki_cert *lonely = pki_leaf("DNS:x", pki_root("Other"));

	chain[0] = lonely->der;
	ck_assert_int_eq(
		trust_add_exception(trust, lonely->sha256, NULL, PKI_NOW + 60),
		0);
	ck_assert_uint_eq(ask("exception"), 1);
	question.wall = PKI_NOW + 60;
	ck_assert_uint_eq(ask("exception"), 1);
	question.wall = PKI_NOW + 61;
	ck_assert_uint_eq(ask("issuer-not-trusted"), 2);
}
END_TEST

START_TEST(a_clock_set_back_ends_an_answer)
{
	ck_assert_uint_eq(ask("trusted"), 1);
	question.wall = PKI_NOW - 1;
	ck_assert_uint_eq(ask("trusted"), 2);
}
END_TEST

/* The verdict says whether the clock was trusted. */
START_TEST(a_clock_that_falls_below_the_floor_ends_an_answer)
{
	question.wall = trust->clock_floor;
	ck_assert_uint_eq(ask("trusted"), 1);
	ck_assert_ptr_nonnull(strstr(answer.verdict, "\"clockTrusted\":true"));
	question.wall = 0;
	ck_assert_uint_eq(ask("trusted"), 2);
	ck_assert_ptr_nonnull(strstr(answer.verdict, "\"clockTrusted\":false"));
	question.wall = trust->clock_floor;
	ck_assert_uint_eq(ask("trusted"), 3);
}
END_TEST

START_TEST(no_answer_gets_older_than_its_warnings)
{
	ck_assert_uint_eq(ask("trusted"), 1);
	question.wall = PKI_NOW + VERDICT_CACHE_MAX_AGE_SECONDS;
	ck_assert_uint_eq(ask("trusted"), 1);
	question.wall++;
	ck_assert_uint_eq(ask("trusted"), 2);
}
END_TEST

/* [A and B in one] has the bytes of [A, B], and is no chain. */
START_TEST(bytes_cut_elsewhere_are_not_the_same_chain)
{
	CLEANUP(bytes_done) struct bytes both = {0};
	struct bytes joined;

	chain[1] = root->der;
	question.chain_count = 2;
	ck_assert_int_eq(bytes_copy(chain[0].data, chain[0].len, &both), 0);
	both.data = realloc(both.data, chain[0].len + chain[1].len);
	ck_assert_ptr_nonnull(both.data);
	memcpy(both.data + both.len, chain[1].data, chain[1].len);
	both.len += chain[1].len;

	joined = both;
	question.chain = &joined;
	question.chain_count = 1;
	ck_assert_int_eq(
		verdict_cache_ask(peers, trust, &question, &answer), 0);
	ck_assert(!answer.trusted);
	question.chain = chain;
	question.chain_count = 2;
	ck_assert_uint_eq(ask("trusted"), 2);
	question.chain = &joined;
	question.chain_count = 1;
	ck_assert_int_eq(
		verdict_cache_ask(peers, trust, &question, &answer), 0);
	ck_assert(!answer.trusted);
	question.chain = chain;
}
END_TEST

/* BER marks the end: whatever follows would belong to it as well. */
START_TEST(an_answer_on_a_value_without_a_length_is_not_kept)
{
	static uint8_t open_ended[] = {0x30, 0x80, 0x05, 0x00, 0x00, 0x00};
	struct bytes one = {open_ended, sizeof(open_ended)};

	question.chain = &one;
	question.chain_count = 1;
	for (unsigned i = 1; i <= 2; i++) {
		ck_assert_int_eq(
			verdict_cache_ask(peers, trust, &question, &answer), 0);
		ck_assert_uint_eq(verdict_cache_counts(peers).judged, i);
	}
	ck_assert_uint_eq(verdict_cache_counts(peers).kept, 0);
}
END_TEST

START_TEST(one_answer_more_than_is_kept_costs_an_old_one)
{
	/* One whole value that costs nothing to judge. */
	uint8_t sequence[] = {0x30, 0x00};
	char host[32];

	chain[0] = (struct bytes){.data = sequence, .len = sizeof(sequence)};
	question.host = host;
	for (unsigned i = 0; i < 2 * VERDICT_CACHE_MAX_ANSWERS; i++) {
		(void)snprintf(host, sizeof(host), "h%u.example.com", i);
		(void)ask("malformed");
		ck_assert_uint_le(verdict_cache_counts(peers).kept,
			VERDICT_CACHE_MAX_ANSWERS);
	}
	(void)ask("malformed");
	ck_assert_uint_eq(verdict_cache_counts(peers).judged,
		2 * VERDICT_CACHE_MAX_ANSWERS);
	(void)snprintf(host, sizeof(host), "h0.example.com");
	(void)ask("malformed");
	ck_assert_uint_eq(verdict_cache_counts(peers).judged,
		2 * VERDICT_CACHE_MAX_ANSWERS + 1);
}
END_TEST

/* --- messages --- */

static const struct bytes *kept_reply;

static int repeat(const char *text, size_t len)
{
	char *copy = strdup(text);
	struct bytes message = {(uint8_t *)copy, len};
	int r = verdict_cache_repeat(
		peers, trust, &message, question.wall, &answer, &kept_reply);

	free(copy);
	return r;
}

/* The question's answer is that of this message. */
static void remember(const char *text, size_t len)
{
	uint8_t reply[] = "reply";
	char *copy = malloc(len + 1);
	struct bytes message = {(uint8_t *)copy, len};
	struct bytes reply_bytes = {reply, sizeof(reply)};

	ck_assert_ptr_nonnull(copy);
	memset(copy, ' ', len);
	memcpy(copy, text, strlen(text) < len ? strlen(text) : len);
	(void)ask("trusted");
	ck_assert_int_eq(verdict_cache_remember(
				 peers, trust, &answer, &message, &reply_bytes),
		0);
	free(copy);
}

START_TEST(a_message_is_known_by_all_its_bytes)
{
	ck_assert_int_eq(repeat("message", 7), 0);
	remember("message", 7);
	ck_assert_int_eq(repeat("message", 7), 1);
	ck_assert_str_eq((const char *)kept_reply->data, "reply");
	ck_assert_str_eq(answer.result, "trusted");
	ck_assert_mem_eq(answer.leaf, leaf->sha256, SHA256_BYTES);
	ck_assert_int_eq(repeat("messagf", 7), 0);
	ck_assert_int_eq(repeat("nessage", 7), 0);
	ck_assert_int_eq(repeat("message", 6), 0);
	ck_assert_int_eq(repeat("message ", 8), 0);
	ck_assert_int_eq(repeat("", 0), 0);
}
END_TEST

START_TEST(a_message_ends_with_its_answer)
{
	remember("message", 7);
	question.wall = PKI_NOW + VERDICT_CACHE_MAX_AGE_SECONDS + 1;
	ck_assert_int_eq(repeat("message", 7), 0);
	question.wall = PKI_NOW - 1;
	ck_assert_int_eq(repeat("message", 7), 0);
	question.wall = trust->clock_floor - 1;
	ck_assert_int_eq(repeat("message", 7), 0);
	question.wall = PKI_NOW;
	ck_assert_int_eq(repeat("message", 7), 1);
	verdict_cache_forget(peers);
	ck_assert_int_eq(repeat("message", 7), 0);
}
END_TEST

START_TEST(a_message_ends_when_there_is_another_answer)
{
	remember("message", 7);
	question.wall = PKI_NOW + VERDICT_CACHE_MAX_AGE_SECONDS + 1;
	(void)ask("trusted");
	ck_assert_int_eq(repeat("message", 7), 0);
}
END_TEST

START_TEST(a_message_ends_with_the_generation_and_the_store)
{
	remember("message", 7);
	trust->generation++;
	ck_assert_int_eq(repeat("message", 7), 0);
	remember("message", 7);
	ck_assert_int_eq(repeat("message", 7), 1);
	(void)snprintf(trust->store, sizeof(trust->store), "another");
	ck_assert_int_eq(repeat("message", 7), 0);
}
END_TEST

START_TEST(an_answer_that_is_not_kept_has_no_message)
{
	struct bytes message = {(uint8_t *)&answer, 4};

	(void)ask("trusted");
	answer.kept = false;
	ck_assert_int_eq(verdict_cache_remember(
				 peers, trust, &answer, &message, &message),
		0);
	ck_assert_int_eq(verdict_cache_repeat(peers, trust, &message,
				 question.wall, &answer, &kept_reply),
		0);
}
END_TEST

START_TEST(one_message_more_than_is_kept_costs_the_least_recently_used)
{
	char text[16];

	for (unsigned i = 0; i < VERDICT_MESSAGES_MAX; i++) {
		(void)snprintf(text, sizeof(text), "message %02u", i);
		remember(text, 10);
	}
	ck_assert_int_eq(repeat("message 00", 10), 1);
	remember("one more..", 10);
	ck_assert_int_eq(repeat("message 01", 10), 0);
	ck_assert_int_eq(repeat("message 00", 10), 1);
	ck_assert_int_eq(repeat("message 02", 10), 1);
	ck_assert_int_eq(repeat("one more..", 10), 1);
}
END_TEST

START_TEST(one_byte_more_than_a_message_may_have_is_not_kept)
{
	static char text[VERDICT_MESSAGES_MAX_BYTES + 2];

	memset(text, ' ', sizeof(text) - 1);
	remember("", VERDICT_MESSAGES_MAX_BYTES + 1);
	ck_assert_int_eq(repeat(text, VERDICT_MESSAGES_MAX_BYTES + 1), 0);
	remember("", VERDICT_MESSAGES_MAX_BYTES);
	ck_assert_int_eq(repeat(text, VERDICT_MESSAGES_MAX_BYTES), 1);
}
END_TEST

TCase *verdict_cache_tests(void)
{
	TCase *tc = tcase_create("verdict-cache");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_same_question_is_judged_once);
	tcase_add_test(tc, another_host_purpose_or_chain_is_another_question);
	tcase_add_test(tc, an_answer_ends_with_the_generation_or_the_store);
	tcase_add_test(tc, what_is_forgotten_is_judged_anew);
	tcase_add_test(tc, a_recalled_answer_says_all_that_the_first_one_did);
	tcase_add_test(tc, an_answer_ends_with_the_certificate);
	tcase_add_test(tc, a_refusal_ends_when_the_certificate_begins);
	tcase_add_test(tc, an_answer_ends_with_the_exception_it_rests_on);
	tcase_add_test(tc, a_clock_set_back_ends_an_answer);
	tcase_add_test(tc, a_clock_that_falls_below_the_floor_ends_an_answer);
	tcase_add_test(tc, no_answer_gets_older_than_its_warnings);
	tcase_add_test(tc, bytes_cut_elsewhere_are_not_the_same_chain);
	tcase_add_test(tc, an_answer_on_a_value_without_a_length_is_not_kept);
	tcase_add_test(tc, one_answer_more_than_is_kept_costs_an_old_one);
	tcase_add_test(tc, a_message_is_known_by_all_its_bytes);
	tcase_add_test(tc, a_message_ends_with_its_answer);
	tcase_add_test(tc, a_message_ends_when_there_is_another_answer);
	tcase_add_test(tc, a_message_ends_with_the_generation_and_the_store);
	tcase_add_test(tc, an_answer_that_is_not_kept_has_no_message);
	tcase_add_test(tc,
		one_message_more_than_is_kept_costs_the_least_recently_used);
	tcase_add_test(tc, one_byte_more_than_a_message_may_have_is_not_kept);
	return tc;
}
