/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/queue.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/runner.h"

static struct queue *q;
static struct queue_answer last;

static void setup(void)
{
	const struct url_variables variables = {
		.mac = "000413ABCDEF", .phone_type = "snomD785"};
	const struct fetch_limits limits = {
		.documents = 4, .depth = 3, .certificates = 3};

	ck_assert_int_eq(queue_new(&limits, &variables, &q), 0);
}

static void teardown(void)
{
	queue_answer_done(&last);
	q = queue_free(q);
}

static enum verdict first(const char *url)
{
	queue_answer_done(&last);
	ck_assert_int_eq(queue_add_first(q, url, &last), 0);
	return last.verdict;
}

static enum verdict link_at(
	const char *base, unsigned depth, const char *reference)
{
	const struct queue_place place = {
		.base = base, .depth = depth, .line = 1, .authenticated = true};

	queue_answer_done(&last);
	ck_assert_int_eq(queue_add_link(q, &place, reference, &last), 0);
	return last.verdict;
}

static enum verdict certificate_at(const char *base, const char *reference)
{
	const struct queue_place place = {
		.base = base, .document = "shown", .depth = 1, .line = 7};

	queue_answer_done(&last);
	ck_assert_int_eq(
		queue_add_certificate(q, &place, reference, "ab", &last), 0);
	return last.verdict;
}

static void expect_next(const char *url, unsigned depth)
{
	const struct queue_document *d = queue_next(q);

	ck_assert_ptr_nonnull(d);
	ck_assert_str_eq(d->url, url);
	ck_assert_uint_eq(d->depth, depth);
}

START_TEST(documents_come_breadth_first_in_document_order)
{
	ck_assert_int_eq(first("http://h/a"), VERDICT_ACCEPTED);
	ck_assert_int_eq(first("http://h/b"), VERDICT_ACCEPTED);
	expect_next("http://h/a", 1);
	ck_assert_int_eq(
		link_at("http://h/a", 1, "sub/c?x={mac}"), VERDICT_ACCEPTED);
	expect_next("http://h/b", 1);
	ck_assert_int_eq(
		link_at("http://h/b", 1, "//g/{phone_type}"), VERDICT_ACCEPTED);
	expect_next("http://h/sub/c?x=000413ABCDEF", 2);
	expect_next("http://g/snomD785", 2);
	ck_assert_ptr_null(queue_next(q));
	ck_assert_uint_eq(queue_taken(q), 4);
}
END_TEST

START_TEST(no_url_is_queued_twice_however_it_is_spelled)
{
	ck_assert_int_eq(first("http://h/a"), VERDICT_ACCEPTED);
	ck_assert_int_eq(
		link_at("http://h/a", 1, "./x/../a"), VERDICT_DUPLICATE_URL);
	ck_assert_int_eq(
		link_at(NULL, 1, "HTTP://H:80/%61"), VERDICT_DUPLICATE_URL);
	ck_assert_uint_eq(queue_documents(q), 1);
	ck_assert_int_eq(certificate_at("http://h/a", "a"), VERDICT_ACCEPTED);
	ck_assert_int_eq(
		certificate_at("http://h/b", "/a"), VERDICT_DUPLICATE_URL);
}
END_TEST

START_TEST(one_document_more_than_allowed_is_refused_by_name)
{
	char url[] = "http://h/0";

	for (int i = 0; i < 4; i++, url[9]++)
		ck_assert_int_eq(first(url), VERDICT_ACCEPTED);
	ck_assert_int_eq(first(url), VERDICT_LIMIT_EXCEEDED);
	ck_assert_str_eq(last.detail,
		"more than 4 documents in a run; Documents= of certprovd.conf raises this limit");
	ck_assert_str_eq(last.shown, url);
}
END_TEST

START_TEST(one_level_more_than_allowed_is_refused_by_name)
{
	ck_assert_int_eq(link_at("http://h/", 2, "a"), VERDICT_ACCEPTED);
	ck_assert_int_eq(link_at("http://h/", 3, "b"), VERDICT_LIMIT_EXCEEDED);
	ck_assert_str_eq(last.detail,
		"more than 3 documents that link each other; Depth= of certprovd.conf raises this limit");
}
END_TEST

START_TEST(one_certificate_more_than_allowed_is_refused_by_name)
{
	CLEANUP(queue_answer_done) struct queue_answer a = {0};

	ck_assert_int_eq(queue_count_certificate(q, &a), 0);
	ck_assert_int_eq(a.verdict, VERDICT_ACCEPTED);
	ck_assert_int_eq(certificate_at("http://h/", "a"), VERDICT_ACCEPTED);
	ck_assert_int_eq(certificate_at("http://h/", "b"), VERDICT_ACCEPTED);
	ck_assert_int_eq(
		certificate_at("http://h/", "c"), VERDICT_LIMIT_EXCEEDED);
	ck_assert_str_eq(last.detail,
		"more than 3 certificates in a run; Certificates= of certprovd.conf raises this limit");
	ck_assert_int_eq(queue_count_certificate(q, &a), 0);
	ck_assert_int_eq(a.verdict, VERDICT_LIMIT_EXCEEDED);
	ck_assert_uint_eq(queue_certificates(q), 2);
}
END_TEST

START_TEST(a_certificate_remembers_where_it_stood)
{
	const struct queue_certificate *c = NULL;

	ck_assert_int_eq(certificate_at("http://u:p@h/x/", "{unknown}.DER"),
		VERDICT_ACCEPTED);
	c = queue_certificate(q, 0);
	ck_assert_str_eq(c->url, "http://u:p@h/x/{unknown}.DER");
	ck_assert_ptr_null(strstr(c->shown, "u:p"));
	ck_assert_str_eq(c->unknown, "unknown");
	ck_assert_str_eq(c->document, "shown");
	ck_assert_str_eq(c->sha256, "ab");
	ck_assert_int_eq(c->line, 7);
	ck_assert(!c->authenticated);
}
END_TEST

START_TEST(what_is_no_url_of_ours_is_refused_and_shown_redacted)
{
	ck_assert_int_eq(link_at("http://h/", 1, "file:///etc/passwd"),
		VERDICT_URL_NOT_SUPPORTED);
	ck_assert_ptr_nonnull(strstr(last.detail, "neither http:// nor"));
	ck_assert_int_eq(
		link_at(NULL, 1, "relative.xml"), VERDICT_URL_NOT_SUPPORTED);
	ck_assert_ptr_nonnull(strstr(last.detail, "relative"));
	ck_assert_int_eq(link_at(NULL, 1, "ftp://u:secret@h/"),
		VERDICT_URL_NOT_SUPPORTED);
	ck_assert_ptr_null(strstr(last.shown, "secret"));
}
END_TEST

test_case_maker queue_tests;

TCase *queue_tests(void)
{
	TCase *tc = tcase_create("queue");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, documents_come_breadth_first_in_document_order);
	tcase_add_test(tc, no_url_is_queued_twice_however_it_is_spelled);
	tcase_add_test(tc, one_document_more_than_allowed_is_refused_by_name);
	tcase_add_test(tc, one_level_more_than_allowed_is_refused_by_name);
	tcase_add_test(
		tc, one_certificate_more_than_allowed_is_refused_by_name);
	tcase_add_test(tc, a_certificate_remembers_where_it_stood);
	tcase_add_test(
		tc, what_is_no_url_of_ours_is_refused_and_shown_redacted);
	return tc;
}
