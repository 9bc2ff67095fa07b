/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/rejections.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprovd/sys/log.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define PER_MINUTE 4UL
#define MINUTE_MS INT64_C(60000)

TCase *rejections_tests(void);

static struct unknown *unknown;
static struct rejections *rejections;
static unsigned per_minute;
static int64_t now_ms;
static unsigned told;
static char last_host[64];

static int64_t on_clock(void *userdata)
{
	(void)userdata;
	return now_ms;
}

static void on_news(void *userdata, const struct rejection *r,
	const struct unknown_entry *e)
{
	(void)userdata;
	ck_assert_ptr_nonnull(e);
	told++;
	(void)snprintf(
		last_host, sizeof(last_host), "%s", r->host ? r->host : "");
}

static void setup(void)
{
	per_minute = PER_MINUTE;
	now_ms = 1000;
	told = 0;
	ck_assert_int_eq(unknown_new(100, &unknown), 0);
	ck_assert_int_eq(
		rejections_new(&(struct rejections_options){.unknown = unknown,
				       .per_minute = &per_minute,
				       .clock = on_clock,
				       .news = on_news},
			&rejections),
		0);
}

static void teardown(void)
{
	rejections = rejections_free(rejections);
	unknown = unknown_free(unknown);
}

/* A certificate of its own for each text: the signature counts for nothing
 * here, and its last bytes are the text's. */
static void make_leaf(const char *text, struct bytes *ret)
{
	static const struct pki_cert *pattern;
	size_t len = strlen(text);

	if (!pattern)
		pattern = pki_root("pattern");
	ck_assert_int_eq(
		bytes_copy(pattern->der.data, pattern->der.len, ret), 0);
	memcpy(ret->data + ret->len - len, text, len);
}

static int reject_bytes(
	const struct bytes *leaf, const char *host, const uid_t *caller)
{
	struct bytes chain = *leaf;

	return rejections_add(rejections,
		&(struct rejection){.chain = &chain,
			.chain_count = 1,
			.host = host,
			.purpose = "sip",
			.result = "expired",
			.reporter = "uid:7",
			.when = 10},
		caller);
}

static int reject(const char *leaf, const char *host, const uid_t *caller)
{
	CLEANUP(bytes_done) struct bytes der = {0};

	make_leaf(leaf, &der);
	return reject_bytes(&der, host, caller);
}

/* So many new ones of a user; the status of the last. */
static int flood(uid_t uid, unsigned count)
{
	static unsigned number;
	int r = 0;

	for (unsigned i = 0; i < count; i++) {
		char leaf[16];

		(void)snprintf(leaf, sizeof(leaf), "leaf %u", number++);
		r = reject(leaf, "pbx.example", &uid);
	}
	return r;
}

START_TEST(one_more_new_one_than_the_pace_allows_is_not_recorded)
{
	ck_assert_int_eq(flood(7, PER_MINUTE), 0);
	ck_assert_int_eq(flood(7, 1), -EDQUOT);
	ck_assert_uint_eq(unknown_count(unknown), PER_MINUTE);
	ck_assert_uint_eq(told, PER_MINUTE);
}
END_TEST

START_TEST(the_pace_of_one_user_is_not_that_of_another)
{
	ck_assert_int_eq(flood(7, PER_MINUTE + 1), -EDQUOT);
	ck_assert_int_eq(flood(8, PER_MINUTE), 0);
	ck_assert_int_eq(flood(0, PER_MINUTE + 1), -EDQUOT);
}
END_TEST

START_TEST(time_gives_new_ones_back_up_to_a_minutes)
{
	ck_assert_int_eq(flood(7, PER_MINUTE), 0);
	now_ms += MINUTE_MS / (int64_t)PER_MINUTE - 1;
	ck_assert_int_eq(flood(7, 1), -EDQUOT);
	now_ms += 1;
	ck_assert_int_eq(flood(7, 1), 0);
	ck_assert_int_eq(flood(7, 1), -EDQUOT);
	now_ms += 100 * MINUTE_MS;
	ck_assert_int_eq(flood(7, PER_MINUTE), 0);
	ck_assert_int_eq(flood(7, 1), -EDQUOT);
}
END_TEST

START_TEST(what_is_known_already_costs_nothing)
{
	const uid_t uid = 7;

	ck_assert_int_eq(reject("a", "pbx.example", &uid), 0);
	for (unsigned i = 0; i < 10 * PER_MINUTE; i++)
		ck_assert_int_eq(reject("a", "pbx.example", &uid), 0);
	ck_assert_int_eq(flood(7, PER_MINUTE - 1), 0);
}
END_TEST

START_TEST(the_fetcher_has_limits_of_its_own)
{
	for (unsigned i = 0; i < 2 * PER_MINUTE; i++) {
		char leaf[16];

		(void)snprintf(leaf, sizeof(leaf), "server %u", i);
		ck_assert_int_eq(reject(leaf, "pbx.example", NULL), 0);
	}
	ck_assert_uint_eq(unknown_count(unknown), 2 * PER_MINUTE);
}
END_TEST

/* Otherwise somebody with many users would have no limit. */
START_TEST(one_user_more_than_are_remembered_waits_for_a_quiet_one)
{
	for (uid_t uid = 0; uid < REJECTIONS_MAX_USERS; uid++)
		ck_assert_int_eq(flood(1000 + uid, 1), 0);
	ck_assert_int_eq(flood(5000, 1), -EDQUOT);
	now_ms += MINUTE_MS;
	ck_assert_int_eq(flood(5000, 1), 0);
}
END_TEST

START_TEST(the_same_said_again_is_news_only_after_a_while)
{
	ck_assert_int_eq(reject("a", "pbx.example", NULL), 0);
	ck_assert_int_eq(reject("a", "pbx.example", NULL), 0);
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(reject("a", "other.example", NULL), 0);
	ck_assert_uint_eq(told, 2);
	ck_assert_str_eq(last_host, "other.example");
	now_ms += REJECTIONS_QUIET_MS;
	ck_assert_int_eq(reject("a", "pbx.example", NULL), 0);
	ck_assert_uint_eq(told, 3);
	ck_assert_uint_eq(unknown_next(unknown, &(size_t){0})->seen, 4);
}
END_TEST

static const char *const no_hosts[] = {
	".example.com",
	"a..example",
	"pbx example",
	"line\nbreak",
	"\x1b[2J",
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): the point of it */
	"\xe2\x80\xae.example",
	"1.2.3",
	"<b>",
	"",
};

START_TEST(a_host_that_is_none_is_remembered_nowhere)
{
	const struct unknown_entry *e = NULL;

	(void)strcpy(last_host, "nobody told");
	ck_assert_int_eq(reject("a", no_hosts[_i], NULL), 0);
	ck_assert_uint_eq(told, 1);
	ck_assert_str_eq(last_host, "");
	e = unknown_next(unknown, &(size_t){0});
	ck_assert_uint_eq(e->seen, 1);
	ck_assert_uint_eq(e->hosts.count, 0);
}
END_TEST

START_TEST(a_host_is_remembered_as_it_is_compared)
{
	const struct unknown_entry *e = NULL;

	ck_assert_int_eq(reject("a", "PBX.Example.com.", NULL), 0);
	ck_assert_int_eq(reject("a", "pbx.example.com", NULL), 0);
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(reject("a", "[2001:DB8::1]", NULL), 0);
	e = unknown_next(unknown, &(size_t){0});
	ck_assert_uint_eq(e->hosts.count, 2);
	ck_assert_str_eq(e->hosts.texts[0], "pbx.example.com");
	ck_assert_str_eq(e->hosts.texts[1], "2001:db8::1");
}
END_TEST

/* Of one certificate there are as many stories as there are hosts. */
START_TEST(one_more_news_than_the_pace_allows_is_counted_and_not_told)
{
	const uid_t uid = 7;
	char host[32];

	for (unsigned i = 0; i <= REJECTIONS_NEWS_PER_MINUTE; i++) {
		(void)snprintf(host, sizeof(host), "h%u.example", i);
		ck_assert_int_eq(reject("a", host, &uid), 0);
	}
	ck_assert_uint_eq(told, REJECTIONS_NEWS_PER_MINUTE);
	ck_assert_uint_eq(unknown_next(unknown, &(size_t){0})->seen,
		REJECTIONS_NEWS_PER_MINUTE + 1);
	now_ms += MINUTE_MS;
	ck_assert_int_eq(reject("a", "last.example", &uid), 0);
	ck_assert_str_eq(last_host, "last.example");
}
END_TEST

START_TEST(a_peer_that_showed_nothing_is_nothing_to_remember)
{
	const uid_t uid = 7;
	const struct bytes nothing = {.data = (uint8_t *)""};

	ck_assert_int_eq(reject_bytes(&nothing, "pbx.example", &uid), -EINVAL);
	ck_assert_uint_eq(told, 0);
	ck_assert_uint_eq(unknown_count(unknown), 0);
}
END_TEST

static unsigned lines;

static int count_line(const struct iovec *iov, int n)
{
	(void)iov;
	(void)n;
	lines++;
	return 0;
}

START_TEST(what_is_no_certificate_is_logged_and_not_kept)
{
	const uid_t uid = 7;
	struct bytes junk = {.data = (uint8_t *)"0\x03\x02\x01\x01", .len = 5};

	lines = 0;
	log_set_sender(count_line);
	ck_assert_int_eq(reject_bytes(&junk, "pbx.example", &uid), -EINVAL);
	ck_assert_uint_eq(lines, 1);
	ck_assert_uint_eq(told, 0);
	ck_assert_uint_eq(unknown_count(unknown), 0);
}
END_TEST

START_TEST(of_a_chain_only_its_certificates_are_kept)
{
	CLEANUP(bytes_done) struct bytes leaf = {0};
	CLEANUP(bytes_done) struct bytes issuer = {0};
	struct bytes chain[3] = {
		[1] = {.data = (uint8_t *)"0\x03\x02\x01\x01", .len = 5}};
	const struct unknown_entry *e = NULL;

	make_leaf("leaf", &leaf);
	make_leaf("issuer", &issuer);
	chain[0] = leaf;
	chain[2] = issuer;
	ck_assert_int_eq(rejections_add(rejections,
				 &(struct rejection){.chain = chain,
					 .chain_count = 3,
					 .host = "h",
					 .result = "expired",
					 .when = 10},
				 NULL),
		0);
	e = unknown_next(unknown, &(size_t){0});
	ck_assert_uint_eq(e->chain_count, 2);
	ck_assert_uint_eq(e->chain[1].len, issuer.len);
}
END_TEST

/* Slow enough for the pace of a minute. */
static void reject_all_day(uid_t uid)
{
	char host[32];

	for (unsigned i = 0; i < REJECTIONS_LINES_PER_DAY + 10; i++) {
		now_ms += MINUTE_MS;
		(void)snprintf(host, sizeof(host), "h%u.example", i);
		ck_assert_int_eq(reject("a", host, &uid), 0);
	}
}

START_TEST(one_line_more_than_a_user_has_in_a_day_is_not_logged)
{
	lines = 0;
	log_set_sender(count_line);
	reject_all_day(7);
	ck_assert_uint_eq(lines, REJECTIONS_LINES_PER_DAY);
	ck_assert_uint_eq(told, REJECTIONS_LINES_PER_DAY + 10);
	ck_assert_int_eq(reject("a", "other.example", &(uid_t){8}), 0);
	ck_assert_uint_eq(lines, REJECTIONS_LINES_PER_DAY + 1);
	now_ms += REJECTIONS_DAY_MS;
	ck_assert_int_eq(reject("a", "other.example", &(uid_t){7}), 0);
	ck_assert_uint_eq(lines, REJECTIONS_LINES_PER_DAY + 2);
}
END_TEST

START_TEST(more_users_than_are_remembered_share_the_lines_of_a_day)
{
	char host[32];

	lines = 0;
	log_set_sender(count_line);
	for (uid_t uid = 0; uid < REJECTIONS_MAX_USERS; uid++) {
		now_ms += MINUTE_MS;
		ck_assert_int_eq(reject("a", "pbx.example", &uid), 0);
	}
	ck_assert_uint_eq(lines, REJECTIONS_MAX_USERS);
	for (uid_t i = 0; i < REJECTIONS_LINES_PER_DAY + 10; i++) {
		uid_t uid = 1000 + i;

		now_ms += MINUTE_MS;
		(void)snprintf(host, sizeof(host), "h%u.example", i);
		ck_assert_int_eq(reject("a", host, &uid), 0);
	}
	ck_assert_uint_eq(
		lines, REJECTIONS_MAX_USERS + REJECTIONS_LINES_PER_DAY);
}
END_TEST

/* A thousand names in each. */
static const struct pki_cert *make_big_ca(void)
{
	char san[1000 * 8] = "DNS:a.b";

	for (size_t i = 1; i < 1000; i++)
		memcpy(san + i * 8 - 1, ",DNS:a.b", sizeof(",DNS:a.b"));
	return pki_make(
		&(struct pki_spec){.cn = "CA", .ca = true, .san = san}, NULL);
}

START_TEST(of_a_chain_no_more_is_decoded_than_may_be)
{
	const struct pki_cert *small = pki_root("small");
	const struct pki_cert *big = make_big_ca();
	struct bytes chain[CHAIN_MAX_CERTIFICATES] = {big->der, small->der};
	const struct unknown_entry *e = NULL;

	for (size_t i = 2; i < 10; i++)
		chain[i] = big->der;
	chain[10] = small->der;
	ck_assert_int_eq(rejections_add(rejections,
				 &(struct rejection){.chain = chain,
					 .chain_count = 11,
					 .result = "expired",
					 .reporter = "fetcher",
					 .when = 10},
				 NULL),
		0);
	e = unknown_find(unknown, big->sha256);
	ck_assert_ptr_nonnull(e);
	/* The first in any case, and of the others what is not too much. */
	ck_assert_uint_ge(e->chain_count, 3);
	ck_assert_uint_le(e->chain_count, 5);
	ck_assert_mem_eq(e->chain[1].data, small->der.data, small->der.len);
}
END_TEST

TCase *rejections_tests(void)
{
	TCase *tc = tcase_create("rejections");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_host_that_is_none_is_remembered_nowhere, 0,
		(int)ARRAY_SIZE(no_hosts));
	tcase_add_test(tc, a_host_is_remembered_as_it_is_compared);
	tcase_add_test(
		tc, one_more_new_one_than_the_pace_allows_is_not_recorded);
	tcase_add_test(tc, the_pace_of_one_user_is_not_that_of_another);
	tcase_add_test(tc, time_gives_new_ones_back_up_to_a_minutes);
	tcase_add_test(tc, what_is_known_already_costs_nothing);
	tcase_add_test(tc, the_fetcher_has_limits_of_its_own);
	tcase_add_test(
		tc, one_user_more_than_are_remembered_waits_for_a_quiet_one);
	tcase_add_test(tc, the_same_said_again_is_news_only_after_a_while);
	tcase_add_test(
		tc, one_more_news_than_the_pace_allows_is_counted_and_not_told);
	tcase_add_test(tc, a_peer_that_showed_nothing_is_nothing_to_remember);
	tcase_add_test(tc, what_is_no_certificate_is_logged_and_not_kept);
	tcase_add_test(tc, of_a_chain_only_its_certificates_are_kept);
	tcase_add_test(tc, of_a_chain_no_more_is_decoded_than_may_be);
	tcase_add_test(
		tc, one_line_more_than_a_user_has_in_a_day_is_not_logged);
	tcase_add_test(
		tc, more_users_than_are_remembered_share_the_lines_of_a_day);
	return tc;
}
