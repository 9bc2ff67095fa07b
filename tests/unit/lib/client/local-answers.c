/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/local-answers.h"

#include <string.h>

#include "lib/base/string.h"
#include "lib/client/client-internal.h"
#include "lib/x509/chain-limits.h"
#include "tests/unit/runner.h"

#define NOW 1000000
#define END (NOW + 600)

static struct trust trust;
static struct local_answers answers;
static struct certprov_verdict *good;
static const struct certprov_der chain[] = {{"leaf", 4}, {"above", 5}};
static const struct local_question question = {
	chain, 2, "pbx.example.com", CERTPROV_SIP};

static struct certprov_verdict *make(int trusted)
{
	struct certprov_verdict *v = NULL;

	ck_assert_int_eq(
		certprov_verdict_new(
			&(struct certprov_verdict_parts){
				.size = sizeof(struct certprov_verdict_parts),
				.trusted = trusted,
				.result = "result",
				.reason = "A sentence.",
				.store = "",
			},
			&v),
		0);
	return v;
}

static void setup(void)
{
	trust = (struct trust){.clock_floor = NOW - 100};
	answers = (struct local_answers){.next = 0};
	good = make(1);
}

static void teardown(void)
{
	local_answers_done(&answers);
	good = certprov_verdict_free(good);
}

static void add(const struct local_question *q, int64_t wall)
{
	local_answers_add(&answers, &trust, q, wall, END, good);
}

static bool finds(const struct local_question *q, int64_t wall)
{
	CLEANUP(certprov_verdict_free)
	struct certprov_verdict *v =
		local_answers_find(&answers, &trust, q, wall);

	ck_assert(!v || v == good);
	return v;
}

START_TEST(the_same_bytes_find_the_answer)
{
	CLEANUP(free) char *leaf = strdup("leaf");
	CLEANUP(free) char *host = strdup(question.host);
	const struct certprov_der copy[] = {{leaf, 4}, {"above", 5}};

	ck_assert(!finds(&question, NOW));
	add(&question, NOW);
	ck_assert(finds(
		&(struct local_question){copy, 2, host, CERTPROV_SIP}, NOW));
}
END_TEST

START_TEST(any_other_question_finds_nothing)
{
	const struct certprov_der others[][2] = {
		{{"leaf", 4}, {"abovE", 5}},
		{{"Leaf", 4}, {"above", 5}},
		{{"leafa", 5}, {"bove", 4}},
		{{"leaf", 4}, {"above\0", 6}},
		{{"leaf", 4}, {NULL, 0}},
	};
	const struct local_question *q = &question;

	add(q, NOW);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		ck_assert(!finds(&(struct local_question){others[i], 2, q->host,
					 q->purpose},
			NOW));
	ck_assert(!finds(
		&(struct local_question){chain, 1, q->host, q->purpose}, NOW));
	ck_assert(!finds(
		&(struct local_question){chain, 0, q->host, q->purpose}, NOW));
	ck_assert(!finds(&(struct local_question){chain, 2, "pbx.example.co",
				 q->purpose},
		NOW));
	ck_assert(!finds(
		&(struct local_question){chain, 2, NULL, q->purpose}, NOW));
	ck_assert(!finds(
		&(struct local_question){chain, 2, q->host, CERTPROV_ANY},
		NOW));
}
END_TEST

START_TEST(an_answer_ends_with_what_it_rests_on)
{
	add(&question, NOW);
	ck_assert(finds(&question, END));
	ck_assert(!finds(&question, END + 1));
}
END_TEST

START_TEST(an_answer_ends_with_its_age)
{
	local_answers_add(&answers, &trust, &question, NOW, INT64_MAX, good);
	ck_assert(finds(&question, NOW + LOCAL_ANSWERS_MAX_AGE_SECONDS));
	ck_assert(!finds(&question, NOW + LOCAL_ANSWERS_MAX_AGE_SECONDS + 1));
}
END_TEST

/* A clock that was set back: what was not valid yet then is not known. */
START_TEST(an_answer_does_not_hold_before_it_was_made)
{
	add(&question, NOW);
	ck_assert(!finds(&question, NOW - 1));
}
END_TEST

START_TEST(an_answer_ends_when_the_clock_is_no_longer_wrong_or_right)
{
	add(&question, trust.clock_floor - 1);
	ck_assert(finds(&question, trust.clock_floor - 50));
	ck_assert(!finds(&question, trust.clock_floor));
	add(&question, NOW);
	ck_assert(!finds(&question, trust.clock_floor - 1));
}
END_TEST

START_TEST(a_new_answer_replaces_the_one_that_ended)
{
	add(&question, NOW);
	local_answers_add(
		&answers, &trust, &question, END + 1, END + 100, good);
	ck_assert(finds(&question, END + 1));
	ck_assert_ptr_null(answers.kept[1]);
}
END_TEST

START_TEST(one_more_than_fits_drops_the_first)
{
	char host[] = "a";
	struct local_question q = {chain, 2, host, CERTPROV_SIP};

	for (int i = 0; i <= LOCAL_ANSWERS_MAX; i++) {
		host[0] = (char)('0' + i);
		add(&q, NOW);
	}
	for (int i = 0; i <= LOCAL_ANSWERS_MAX; i++) {
		host[0] = (char)('0' + i);
		ck_assert_int_eq(finds(&q, NOW), i > 0);
	}
}
END_TEST

START_TEST(a_question_that_is_one_byte_too_long_is_not_kept)
{
	CLEANUP(free) char *big = calloc(1, LOCAL_ANSWERS_MAX_BYTES);
	struct certprov_der one[] = {
		{big, LOCAL_ANSWERS_MAX_BYTES - sizeof("host")}, {"x", 1}};
	struct certprov_der many[CHAIN_MAX_CERTIFICATES + 1] = {{"x", 1}};
	struct local_question q = {one, 1, "host", CERTPROV_SIP};

	add(&q, NOW);
	ck_assert(finds(&q, NOW));
	q.count = 2;
	add(&q, NOW);
	ck_assert(!finds(&q, NOW));
	q = (struct local_question){
		many, CHAIN_MAX_CERTIFICATES, NULL, CERTPROV_ANY};
	add(&q, NOW);
	ck_assert(finds(&q, NOW));
	q.count++;
	add(&q, NOW);
	ck_assert(!finds(&q, NOW));
}
END_TEST

START_TEST(a_rejection_is_not_kept)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *bad = make(0);

	local_answers_add(&answers, &trust, &question, NOW, END, bad);
	ck_assert(!finds(&question, NOW));
}
END_TEST

START_TEST(a_verdict_outlives_its_answer)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	add(&question, NOW);
	v = local_answers_find(&answers, &trust, &question, NOW);
	teardown();
	ck_assert_str_eq(certprov_verdict_reason(v), "A sentence.");
}
END_TEST

TCase *local_answers_tests(void);

TCase *local_answers_tests(void)
{
	TCase *tc = tcase_create("local-answers");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_same_bytes_find_the_answer);
	tcase_add_test(tc, any_other_question_finds_nothing);
	tcase_add_test(tc, an_answer_ends_with_what_it_rests_on);
	tcase_add_test(tc, an_answer_ends_with_its_age);
	tcase_add_test(tc, an_answer_does_not_hold_before_it_was_made);
	tcase_add_test(
		tc, an_answer_ends_when_the_clock_is_no_longer_wrong_or_right);
	tcase_add_test(tc, a_new_answer_replaces_the_one_that_ended);
	tcase_add_test(tc, one_more_than_fits_drops_the_first);
	tcase_add_test(tc, a_question_that_is_one_byte_too_long_is_not_kept);
	tcase_add_test(tc, a_rejection_is_not_kept);
	tcase_add_test(tc, a_verdict_outlives_its_answer);
	return tc;
}
