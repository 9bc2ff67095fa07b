/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/sources.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/net/url.h"
#include "tests/unit/runner.h"

static struct sources learnt;
static bool changed;

static void setup(void)
{
	changed = false;
}

static void teardown(void)
{
	sources_done(&learnt);
}

static int offer(
	enum provisioning_source source, const char *url, int64_t now_ms)
{
	return sources_offer(&learnt, source, url, now_ms, &changed);
}

START_TEST(each_source_has_one_url)
{
	ck_assert_int_eq(offer(PROVISIONING_DHCP, "http://a/{mac}", 0), 0);
	ck_assert(changed);
	ck_assert_int_eq(offer(PROVISIONING_PNP, "https://b/", 0), 0);
	ck_assert_int_eq(offer(PROVISIONING_DHCP, "http://c/", 0), 0);
	ck_assert_str_eq(learnt.urls[PROVISIONING_DHCP], "http://c/");
	ck_assert_str_eq(learnt.urls[PROVISIONING_PNP], "https://b/");
	ck_assert_ptr_null(learnt.urls[PROVISIONING_TR69]);
}
END_TEST

START_TEST(an_empty_url_withdraws_it)
{
	ck_assert_int_eq(offer(PROVISIONING_DHCP, "", 0), 0);
	ck_assert(!changed);
	ck_assert_int_eq(offer(PROVISIONING_DHCP, "http://a/", 0), 0);
	ck_assert_int_eq(offer(PROVISIONING_DHCP, "", 0), 0);
	ck_assert(changed);
	ck_assert_ptr_null(learnt.urls[PROVISIONING_DHCP]);
}
END_TEST

START_TEST(what_is_no_url_of_http_is_refused)
{
	static const char *const wrong[] = {"tftp://a/", "a",
		"file:///etc/passwd", "http://", "http://a b/"};
	char longer[URL_MAX_CHARS + 2];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_int_eq(
			offer(PROVISIONING_DHCP, wrong[i], 0), -EINVAL);
	memset(longer, 'a', sizeof(longer));
	memcpy(longer, "http://a/", 9);
	longer[URL_MAX_CHARS + 1] = 0;
	ck_assert_int_eq(offer(PROVISIONING_DHCP, longer, 0), -EINVAL);
	longer[URL_MAX_CHARS] = 0;
	ck_assert_int_eq(offer(PROVISIONING_DHCP, longer, 0), 0);
}
END_TEST

START_TEST(one_more_change_than_the_limit_is_refused_for_a_while)
{
	char url[32];

	for (int i = 0; i <= SOURCES_MAX_CHANGES; i++) {
		(void)snprintf(url, sizeof(url), "http://a/%d", i);
		ck_assert_int_eq(offer(PROVISIONING_DHCP, url, 1000 + i),
			i < SOURCES_MAX_CHANGES ? 0 : -EDQUOT);
	}
	(void)snprintf(
		url, sizeof(url), "http://a/%d", SOURCES_MAX_CHANGES - 1);
	ck_assert_str_eq(learnt.urls[PROVISIONING_DHCP], url);
	/* The same again costs nothing. */
	ck_assert_int_eq(offer(PROVISIONING_DHCP, url, 1000), 0);
	ck_assert_int_eq(
		offer(PROVISIONING_PNP, url, 999 + SOURCES_SPAN_MS), -EDQUOT);
	ck_assert_int_eq(
		offer(PROVISIONING_PNP, url, 1000 + SOURCES_SPAN_MS), 0);
}
END_TEST

TCase *sources_tests(void);

TCase *sources_tests(void)
{
	TCase *tc = tcase_create("sources");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_source_has_one_url);
	tcase_add_test(tc, an_empty_url_withdraws_it);
	tcase_add_test(tc, what_is_no_url_of_http_is_refused);
	tcase_add_test(
		tc, one_more_change_than_the_limit_is_refused_for_a_while);
	return tc;
}
