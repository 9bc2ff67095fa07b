/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/candidates.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define WITH_RULE "snom720-SIP 8.9.3.40"
#define DOCUMENT "http://provisioning.example.com/certs.xml"

static struct trust *trust;
static struct bootstrap_policy bootstrap;
static struct candidates *candidates;
static const struct pki_cert *root;

/* What was decided: "line result" each, and whose bytes were accepted. */
#define MAX_HEARD 4096
static char heard[MAX_HEARD][64];
static size_t heard_count;
static size_t accepted_count;
static unsigned accepted_lists; /* of the last one */

static void hear(const struct decision *d)
{
	const struct outcome *o = &d->outcome;

	ck_assert_str_eq(o->document, DOCUMENT);
	ck_assert_str_eq(d->from.document, DOCUMENT);
	ck_assert_int_eq(o->line, d->from.line);
	ck_assert_int_eq(o->kind, OUTCOME_CERTIFICATE);
	ck_assert_ptr_nonnull(o->reason);
	ck_assert_uint_lt(heard_count, MAX_HEARD);
	(void)snprintf(heard[heard_count++], sizeof(heard[0]), "%lld %s",
		(long long)o->line, outcome_result_name(o));
	ck_assert_uint_eq(d->lists != 0, decision_is_change(d));
	if (!decision_is_change(d))
		return;
	ck_assert_ptr_nonnull(d->certificate);
	ck_assert_str_eq(d->certificate->sha256_hex, o->sha256);
	accepted_lists = d->lists;
	accepted_count++;
}

static void hear_all(struct decisions *decisions)
{
	for (size_t i = 0; i < decisions->count; i++)
		hear(&decisions->items[i]);
	decisions_done(decisions);
}

static int finish(void)
{
	struct decisions decisions = {0};
	int r = candidates_finish(candidates, &decisions);

	hear_all(&decisions);
	return r;
}

static void start(const char *firmware)
{
	struct judge_context context = {
		.trust = trust,
		.bootstrap = &bootstrap,
		.servers_max = 4096,
		.now = PKI_NOW,
	};

	ck_assert_int_eq(firmware_parse(firmware, &trust->policy.firmware), 0);
	candidates = candidates_free(candidates);
	ck_assert_int_eq(candidates_new(&context, &candidates), 0);
}

static void setup(void)
{
	ck_assert_int_eq(trust_new(&trust), 0);
	bootstrap = (struct bootstrap_policy){0};
	root = pki_root("Root");
	ck_assert_int_eq(anchors_add(trust->anchors, root->der.data,
				 root->der.len, ANCHOR_AUTHORITY),
		0);
	heard_count = 0;
	accepted_count = 0;
	start(WITH_RULE);
}

static void teardown(void)
{
	candidates = candidates_free(candidates);
	trust = trust_free(trust);
	pki_free_all();
}

static struct candidate offer_of(const struct pki_cert *c, int64_t line)
{
	return (struct candidate){
		.der = c->der,
		.from = {.variant = CANDIDATE_URL,
			.document = DOCUMENT,
			.line = line,
			.url = "http://provisioning.example.com/a.der"},
	};
}

/* The verdict of the answer; how many it woke in *ret_woken. */
static enum verdict offered(
	const struct pki_cert *c, int64_t line, size_t *ret_woken)
{
	CLEANUP(candidates_answer_done) struct offer_answer answer = {0};
	struct candidate offer = offer_of(c, line);
	struct decisions decisions = {0};

	ck_assert_int_eq(
		candidates_offer(candidates, &offer, &answer, &decisions), 0);
	hear_all(&decisions);
	ck_assert_int_eq(answer.good, verdict_is_positive(answer.verdict));
	if (ret_woken)
		*ret_woken = answer.woken_count;
	return answer.verdict;
}

static bool trusted_now(const struct pki_cert *c)
{
	return anchors_find(candidates_trust(candidates)->anchors, c->sha256);
}

static const struct pki_cert *make_ca(
	const char *cn, const struct pki_cert *issuer)
{
	return pki_make(&(struct pki_spec){.cn = cn, .ca = true}, issuer);
}

START_TEST(the_worst_order_is_accepted_in_one_run)
{
	const struct pki_cert *upper = make_ca("Upper", root);
	const struct pki_cert *lower = make_ca("Lower", upper);
	const struct pki_cert *leaf = pki_leaf("DNS:pbx.example", lower);
	size_t woken = 0;

	ck_assert_int_eq(offered(leaf, 1, &woken), VERDICT_PENDING);
	ck_assert_int_eq(offered(lower, 2, &woken), VERDICT_PENDING);
	ck_assert_uint_eq(candidates_pending(candidates), 2);
	ck_assert_uint_eq(heard_count, 0);
	ck_assert_int_eq(offered(upper, 3, &woken), VERDICT_ACCEPTED);
	ck_assert_uint_eq(woken, 2);
	ck_assert_uint_eq(candidates_pending(candidates), 0);
	ck_assert_uint_eq(heard_count, 3);
	ck_assert_str_eq(heard[0], "3 accepted");
	ck_assert_str_eq(heard[1], "2 accepted");
	ck_assert_str_eq(heard[2], "1 accepted");
	ck_assert_uint_eq(accepted_count, 3);
	ck_assert(trusted_now(leaf));
	ck_assert_uint_eq(accepted_lists, ANCHOR_INTERMEDIATE);
	ck_assert_uint_eq(anchors_find(candidates_trust(candidates)->anchors,
				  leaf->sha256)
				  ->lists,
		ANCHOR_INTERMEDIATE);
	/* the daemon's own trust is not touched */
	ck_assert_ptr_null(anchors_find(trust->anchors, leaf->sha256));
	ck_assert_int_eq(finish(), 0);
	ck_assert_uint_eq(heard_count, 3);
}
END_TEST

START_TEST(what_is_distrusted_meanwhile_is_neither_accepted_nor_an_issuer)
{
	const struct pki_cert *bad = make_ca("Bad", root);
	const struct pki_cert *below = make_ca("Below", bad);
	const struct pki_cert *other = make_ca("Other", root);

	ck_assert_int_eq(offered(bad, 1, NULL), VERDICT_ACCEPTED);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, bad->sha256),
		0);
	ck_assert_int_eq(trust_add_distrusted(trust, DISTRUST_PUBLIC_KEY,
				 other->spki_sha256),
		0);
	ck_assert_int_eq(candidates_follow_distrust(candidates, trust), 1);
	ck_assert_int_eq(candidates_follow_distrust(candidates, trust), 0);
	ck_assert_int_eq(offered(other, 2, NULL), VERDICT_DISTRUSTED);
	ck_assert_int_ne(offered(below, 3, NULL), VERDICT_ACCEPTED);
	ck_assert(!trusted_now(below));
}
END_TEST

START_TEST(the_fetcher_learns_which_ones_woke)
{
	CLEANUP(candidates_answer_done) struct offer_answer answer = {0};
	CLEANUP(decisions_done) struct decisions decisions = {0};
	const struct pki_cert *upper = make_ca("Upper", root);
	const struct pki_cert *leaf = pki_leaf("DNS:pbx.example", upper);
	struct candidate offer = offer_of(upper, 2);
	char hex[SHA256_HEX_SIZE];

	ck_assert_int_eq(offered(leaf, 1, NULL), VERDICT_PENDING);
	ck_assert_int_eq(
		candidates_offer(candidates, &offer, &answer, &decisions), 0);
	ck_assert_uint_eq(answer.woken_count, 1);
	hex_format(leaf->sha256, SHA256_BYTES, hex);
	ck_assert_str_eq(answer.woken[0], hex);
	ck_assert_uint_eq(decisions.count, 2);
	ck_assert_mem_eq(decisions.items[0].certificate->sha256, upper->sha256,
		SHA256_BYTES);
}
END_TEST

START_TEST(what_nobody_signs_is_refused_at_the_end_in_the_order_of_offers)
{
	const struct pki_cert *stranger = pki_root("Stranger");

	ck_assert_int_eq(offered(pki_leaf("DNS:b.example", stranger), 7, NULL),
		VERDICT_PENDING);
	ck_assert_int_eq(offered(stranger, 9, NULL), VERDICT_PENDING);
	ck_assert_int_eq(finish(), 0);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_str_eq(heard[0], "7 issuer-not-trusted");
	ck_assert_str_eq(heard[1], "9 issuer-not-trusted");
	ck_assert_int_eq(finish(), 0);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(accepted_count, 0);
}
END_TEST

START_TEST(a_lost_fetcher_is_the_reason_of_those_that_waited)
{
	struct decisions decisions = {0};
	const struct pki_cert *stranger = pki_root("Stranger");

	ck_assert_int_eq(offered(stranger, 4, NULL), VERDICT_PENDING);
	ck_assert_int_eq(candidates_abandon(candidates, VERDICT_FETCHER_LOST,
				 NULL, &decisions),
		0);
	hear_all(&decisions);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_str_eq(heard[0], "4 fetcher-lost");
}
END_TEST

START_TEST(the_second_of_two_equal_ones_is_already_trusted)
{
	const struct pki_cert *upper = make_ca("Upper", root);

	ck_assert_int_eq(offered(upper, 1, NULL), VERDICT_ACCEPTED);
	ck_assert_int_eq(offered(upper, 2, NULL), VERDICT_ALREADY_TRUSTED);
	ck_assert_str_eq(heard[1], "2 already-trusted");
	ck_assert_uint_eq(accepted_count, 1);
}
END_TEST

START_TEST(two_equal_ones_that_wait_become_accepted_and_already_trusted)
{
	const struct pki_cert *upper = make_ca("Upper", root);
	const struct pki_cert *leaf = pki_leaf("DNS:pbx.example", upper);
	size_t woken = 0;

	ck_assert_int_eq(offered(leaf, 1, NULL), VERDICT_PENDING);
	ck_assert_int_eq(offered(leaf, 2, NULL), VERDICT_PENDING);
	ck_assert_int_eq(offered(upper, 3, &woken), VERDICT_ACCEPTED);
	ck_assert_uint_eq(woken, 1);
	ck_assert_str_eq(heard[1], "1 accepted");
	ck_assert_str_eq(heard[2], "2 already-trusted");
	ck_assert_uint_eq(accepted_count, 2);
}
END_TEST

START_TEST(one_more_than_may_wait_is_refused_at_once)
{
	const struct pki_cert *stranger = pki_root("Stranger");

	for (int64_t i = 1; i <= CANDIDATES_MAX_PENDING; i++)
		ck_assert_int_eq(offered(stranger, i, NULL), VERDICT_PENDING);
	ck_assert_uint_eq(heard_count, 0);
	ck_assert_int_eq(
		offered(stranger, 257, NULL), VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_str_eq(heard[0], "257 issuer-not-trusted");
	/* those that wait still can be woken */
	ck_assert_uint_eq(
		candidates_pending(candidates), CANDIDATES_MAX_PENDING);
	ck_assert_int_eq(finish(), 0);
	ck_assert_uint_eq(heard_count, CANDIDATES_MAX_PENDING + 1);
}
END_TEST

START_TEST(an_acceptance_wakes_its_children_only)
{
	const struct pki_cert *stranger = pki_root("Stranger");
	const struct pki_cert *upper = make_ca("Upper", root);
	const struct pki_cert *leaf = pki_leaf("DNS:pbx.example", upper);

	for (int64_t i = 1; i <= 200; i++)
		ck_assert_int_eq(offered(stranger, i, NULL), VERDICT_PENDING);
	ck_assert_int_eq(offered(leaf, 201, NULL), VERDICT_PENDING);
	ck_assert_uint_eq(candidates_work(candidates).judged, 201);
	ck_assert_int_eq(offered(upper, 202, NULL), VERDICT_ACCEPTED);
	ck_assert_uint_eq(candidates_work(candidates).judged, 203);
	ck_assert_uint_eq(candidates_work(candidates).vain_wakes, 0);
	/* a leaf that is accepted wakes nobody, whatever its name */
	ck_assert_int_eq(
		offered(pki_make(&(struct pki_spec){.cn = "Stranger"}, root),
			203, NULL),
		VERDICT_ACCEPTED);
	ck_assert_uint_eq(candidates_work(candidates).judged, 204);
}
END_TEST

START_TEST(an_issuer_of_the_same_name_does_not_end_the_waiting)
{
	const struct pki_cert *upper = make_ca("Upper", root);
	const struct pki_cert *namesake = make_ca("Upper", root);
	const struct pki_cert *leaf = pki_leaf("DNS:pbx.example", upper);

	ck_assert_int_eq(offered(leaf, 1, NULL), VERDICT_PENDING);
	ck_assert_int_eq(offered(namesake, 2, NULL), VERDICT_ACCEPTED);
	ck_assert_uint_eq(candidates_pending(candidates), 1);
	ck_assert_uint_eq(candidates_work(candidates).vain_wakes, 1);
	ck_assert_int_eq(offered(upper, 3, NULL), VERDICT_ACCEPTED);
	ck_assert_str_eq(heard[2], "1 accepted");
}
END_TEST

START_TEST(waking_in_vain_has_an_end)
{
	const struct pki_cert *elsewhere = make_ca("Upper", NULL);
	const struct pki_cert *child = pki_leaf("DNS:a.example", elsewhere);
	int64_t line = 1;

	for (; line <= 200; line++)
		ck_assert_int_eq(offered(child, line, NULL), VERDICT_PENDING);
	for (; line <= 206; line++)
		ck_assert_int_eq(offered(make_ca("Upper", root), line, NULL),
			VERDICT_ACCEPTED);
	ck_assert_uint_eq(candidates_work(candidates).vain_wakes,
		CANDIDATES_MAX_VAIN_WAKES);
	ck_assert_int_eq(finish(), 0);
	ck_assert_str_eq(heard[6], "1 limit-exceeded");
	ck_assert_uint_eq(heard_count, 206);
}
END_TEST

START_TEST(many_offers_cost_one_judgement_each)
{
	const struct pki_cert *stranger = pki_root("Stranger");

	for (int64_t i = 1; i <= 2000; i++)
		(void)offered(stranger, i, NULL);
	ck_assert_uint_eq(candidates_work(candidates).judged, 2000);
	ck_assert_uint_eq(
		candidates_pending(candidates), CANDIDATES_MAX_PENDING);
	ck_assert_uint_eq(heard_count, 2000 - CANDIDATES_MAX_PENDING);
}
END_TEST

START_TEST(with_pins_a_child_waits_for_its_pinned_root)
{
	const struct pki_cert *own = pki_root("Own");
	const struct pki_cert *leaf = pki_leaf("DNS:pbx.example", own);
	uint8_t pins[1][SHA256_BYTES];

	memcpy(pins[0], own->sha256, SHA256_BYTES);
	bootstrap = (struct bootstrap_policy){
		.mode = BOOTSTRAP_PINNED,
		.pins = (const uint8_t(*)[SHA256_BYTES])pins,
		.pin_count = 1,
	};
	start("10.1.33.33");
	ck_assert_int_eq(offered(leaf, 1, NULL), VERDICT_PENDING);
	ck_assert_int_eq(offered(own, 2, NULL), VERDICT_ACCEPTED);
	ck_assert_str_eq(heard[1], "1 accepted");
}
END_TEST

TCase *candidates_tests(void);

TCase *candidates_tests(void)
{
	TCase *tc = tcase_create("candidates");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_worst_order_is_accepted_in_one_run);
	tcase_add_test(tc,
		what_is_distrusted_meanwhile_is_neither_accepted_nor_an_issuer);
	tcase_add_test(tc, the_fetcher_learns_which_ones_woke);
	tcase_add_test(tc,
		what_nobody_signs_is_refused_at_the_end_in_the_order_of_offers);
	tcase_add_test(tc, a_lost_fetcher_is_the_reason_of_those_that_waited);
	tcase_add_test(tc, the_second_of_two_equal_ones_is_already_trusted);
	tcase_add_test(tc,
		two_equal_ones_that_wait_become_accepted_and_already_trusted);
	tcase_add_test(tc, one_more_than_may_wait_is_refused_at_once);
	tcase_add_test(tc, an_acceptance_wakes_its_children_only);
	tcase_add_test(tc, an_issuer_of_the_same_name_does_not_end_the_waiting);
	tcase_add_test(tc, waking_in_vain_has_an_end);
	tcase_add_test(tc, many_offers_cost_one_judgement_each);
	tcase_add_test(tc, with_pins_a_child_waits_for_its_pinned_root);
	return tc;
}
