/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/hex.h"
#include "tests/unit/certprovd/store/store-fixture.h"

TCase *store_tests(void);

START_TEST(a_new_store_is_empty_private_and_has_an_id)
{
	uint8_t id[16];
	struct stat st;

	ck_assert_int_eq(hex_parse(store_id(store), id, sizeof(id)), 0);
	ck_assert_uint_eq(store_generation(store), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 0);
	ck_assert(!store_read_only(store));
	ck_assert_int_eq(stat(scratch_path("trust.db"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(stat(scratch_path("trust.db-wal"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	/* Exclusive before WAL: no shared memory file. */
	ck_assert(!scratch_exists("trust.db-shm"));
}
END_TEST

static int check_origin(void *userdata, const struct store_certificate *c)
{
	(void)userdata;
	ck_assert_str_eq(c->origin, "provisioned-url");
	ck_assert_str_eq(c->url, "https://h.example/ca.der");
	ck_assert_str_eq(c->document, "https://h.example/phone.xml");
	ck_assert_int_eq(c->line, 17);
	ck_assert_int_eq(c->run, 3);
	ck_assert_int_eq(c->added, NOW);
	ck_assert(c->authenticated);
	return 0;
}

START_TEST(a_committed_certificate_is_there_after_reopening_with_its_origin)
{
	struct store_certificate c = certificate(1);
	char id[STORE_ID_SIZE];

	add_certificate(1);
	(void)snprintf(id, sizeof(id), "%s", store_id(store));
	reopen_store();
	ck_assert(has_certificate(1));
	ck_assert(!has_certificate(2));
	ck_assert_int_eq(
		store_find_certificate(store, c.sha256, check_origin, NULL), 0);
	ck_assert_str_eq(store_id(store), id);
	ck_assert_uint_eq(store_generation(store), 1);
}
END_TEST

START_TEST(what_is_rolled_back_or_never_committed_is_not_there)
{
	struct store_certificate c = certificate(1);
	bool added = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	store_rollback(store);
	ck_assert(!has_certificate(1));
	ck_assert_uint_eq(store_generation(store), 0);

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	reopen_store();
	ck_assert(!has_certificate(1));
}
END_TEST

START_TEST(a_certificate_under_the_wrong_fingerprint_is_refused)
{
	struct store_certificate c = certificate(1);
	bool added = false;

	c.sha256[0] ^= 1;
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), -EINVAL);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 0);
}
END_TEST

START_TEST(the_first_origin_stays_and_adding_again_changes_nothing)
{
	struct store_certificate c = certificate(1);
	bool added = true;

	add_certificate(1);
	c.origin = "uploaded";
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert(!added);
	ck_assert_uint_eq(store_generation(store), 1);
	ck_assert_int_eq(
		store_find_certificate(store, c.sha256, check_origin, NULL), 0);
}
END_TEST

START_TEST(one_certificate_more_than_the_maximum_is_refused_and_the_rest_stays)
{
	struct store_certificate c;
	bool added = false;

	close_store();
	ck_assert_int_eq(
		open_store_with((struct store_options){.max_servers = 3}), 0);
	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < 3; i++) {
		c = certificate(i);
		ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	}
	c = certificate(3);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), -EDQUOT);
	c = certificate(2);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 3);
}
END_TEST

static int add_now(unsigned number)
{
	struct store_certificate c = certificate(number);
	bool added = false;

	return store_add_certificate(store, &c, &added);
}

START_TEST(room_that_was_given_back_is_there_again_and_no_more)
{
	const struct store_certificate first = certificate(0);
	bool removed = false;

	close_store();
	ck_assert_int_eq(
		open_store_with((struct store_options){.max_servers = 3}), 0);
	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(add_now(i), 0);
	store_rollback(store);
	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(add_now(i), 0);
	ck_assert_int_eq(add_now(3), -EDQUOT);
	ck_assert_int_eq(
		store_remove_certificate(store, first.sha256, &removed), 0);
	ck_assert(removed);
	ck_assert_int_eq(add_now(3), 0);
	ck_assert_int_eq(add_now(4), -EDQUOT);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 3);
}
END_TEST

START_TEST(room_that_a_rolled_back_removal_made_is_gone_again)
{
	bool removed = false;

	close_store();
	ck_assert_int_eq(
		open_store_with((struct store_options){.max_servers = 2}), 0);
	add_certificate(0);
	add_certificate(1);
	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < 2; i++) {
		const struct store_certificate c = certificate(i);

		ck_assert_int_eq(
			store_remove_certificate(store, c.sha256, &removed), 0);
	}
	ck_assert_int_eq(add_now(2), 0);
	store_rollback(store);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(add_now(2), -EDQUOT);
	store_rollback(store);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 2);
}
END_TEST

START_TEST(the_generation_grows_once_a_commit_that_changes_trust)
{
	struct store_certificate c;
	bool changed = false;

	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < 5; i++) {
		c = certificate(i);
		ck_assert_int_eq(store_add_certificate(store, &c, &changed), 0);
	}
	ck_assert_uint_eq(store_generation(store), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 1);

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_certificate(store, c.sha256, &changed), 0);
	ck_assert(changed);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 2);

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_certificate(store, c.sha256, &changed), 0);
	ck_assert(!changed);
	ck_assert_int_eq(store_commit(store), 0);
	reopen_store();
	ck_assert_uint_eq(store_generation(store), 2);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 4);
}
END_TEST

START_TEST(an_empty_commit_writes_nothing)
{
	off_t before = 0;

	add_certificate(1);
	before = scratch_size("trust.db-wal");
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(scratch_size("trust.db-wal"), before);
}
END_TEST

static int take_exception(void *userdata, const struct store_exception *e)
{
	unsigned *seen = userdata;

	ck_assert_str_eq(e->results, "[\"expired\"]");
	if (!e->host)
		ck_assert(e->expires == INT64_MAX);
	else
		ck_assert_str_eq(e->host, "h.example");
	(*seen)++;
	return 0;
}

START_TEST(exceptions_belong_to_a_stored_certificate_and_go_with_it)
{
	struct store_certificate c = certificate(1);
	struct store_exception e = {.expires = INT64_MAX,
		.results = "[\"expired\"]",
		.added = NOW,
		.who = "uid:0"};
	bool removed = false;
	unsigned seen = 0;

	memcpy(e.sha256, c.sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_exception(store, &e), -ENOENT);
	ck_assert_int_eq(store_commit(store), 0);

	add_certificate(1);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_exception(store, &e), 0);
	e.host = "h.example";
	e.expires = NOW + 100;
	ck_assert_int_eq(store_put_exception(store, &e), 0);
	ck_assert_int_eq(store_put_exception(store, &e), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 2);
	ck_assert_int_eq(store_each_exception(store, take_exception, &seen), 0);
	ck_assert_uint_eq(seen, 2);

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_remove_exception(
				 store, e.sha256, "other.example", &removed),
		0);
	ck_assert(!removed);
	ck_assert_int_eq(
		store_remove_exception(store, e.sha256, "h.example", &removed),
		0);
	ck_assert(removed);
	ck_assert_int_eq(
		store_remove_certificate(store, e.sha256, &removed), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_EXCEPTIONS), 0);
}
END_TEST

/* Certificate n for an exception alone, with exceptions for h1 to hN. */
static void except(unsigned n, unsigned hosts, int64_t expires)
{
	struct store_certificate c = certificate(n);
	struct store_exception e = {
		.expires = expires, .results = "[]", .added = NOW};
	char host[16];
	bool added = false;

	c.origin = STORE_ORIGIN_EXCEPTION;
	memcpy(e.sha256, c.sha256, SHA256_BYTES);
	e.host = host;
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	for (unsigned i = 1; i <= hosts; i++) {
		(void)snprintf(host, sizeof(host), "h%u", i);
		ck_assert_int_eq(store_put_exception(store, &e), 0);
	}
	ck_assert_int_eq(store_commit(store), 0);
}

static bool remove_exception(unsigned n, const char *host)
{
	struct store_certificate c = certificate(n);
	bool removed = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_exception(store, c.sha256, host, &removed), 0);
	ck_assert_int_eq(store_commit(store), 0);
	return removed;
}

START_TEST(what_stands_there_for_an_exception_goes_with_its_last)
{
	except(1, 2, INT64_MAX);
	add_certificate(2);
	ck_assert(!remove_exception(1, NULL));
	ck_assert(remove_exception(1, "h1"));
	ck_assert(has_certificate(1));
	ck_assert(remove_exception(1, "h2"));
	ck_assert(!has_certificate(1));
	ck_assert(has_certificate(2));
}
END_TEST

START_TEST(what_stood_there_for_an_exception_becomes_what_is_provisioned)
{
	struct store_certificate c = certificate(1);
	uint64_t generation = 0;
	bool added = false;

	except(1, 1, INT64_MAX);
	generation = store_generation(store);
	add_certificate(1);
	ck_assert_uint_eq(store_generation(store), generation + 1);
	ck_assert_int_eq(
		store_find_certificate(store, c.sha256, check_origin, NULL), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 1);
	ck_assert_uint_eq(count(STORE_EXCEPTIONS), 1);
	/* It is not the exception's any more. */
	ck_assert(remove_exception(1, "h1"));
	ck_assert(has_certificate(1));
	/* And an exception does not make it one. */
	except(1, 1, INT64_MAX);
	ck_assert_int_eq(
		store_find_certificate(store, c.sha256, check_origin, NULL), 0);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	ck_assert(!added);
	store_rollback(store);
}
END_TEST

START_TEST(a_full_store_still_takes_what_has_its_row)
{
	struct store_certificate c = certificate(1);
	bool added = false;

	close_store();
	ck_assert_int_eq(
		open_store_with((struct store_options){.max_servers = 1}), 0);
	except(1, 1, INT64_MAX);
	add_certificate(1);
	c = certificate(2);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), -EDQUOT);
	store_rollback(store);
}
END_TEST

static int count_exceptions(void *userdata, const struct store_exception *e)
{
	unsigned *n = userdata;

	(void)e;
	(*n)++;
	return 0;
}

START_TEST(expired_exceptions_go_together_and_others_stay)
{
	unsigned dropped = 0;
	unsigned left = 0;
	struct store_certificate c = certificate(3);

	except(1, 3, NOW - 1);
	except(2, 1, NOW);
	except(3, 2, INT64_MAX);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_drop_expired_exceptions(store, NOW, &dropped), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(dropped, 3);
	ck_assert(!has_certificate(1));
	ck_assert(has_certificate(2));
	ck_assert_int_eq(
		store_exceptions_of(store, c.sha256, count_exceptions, &left),
		0);
	ck_assert_uint_eq(left, 2);
	ck_assert_uint_eq(count(STORE_EXCEPTIONS), 3);
}
END_TEST

/* With its certificate, in a transaction; what putting it returned. */
static int put_exception_of(unsigned n)
{
	struct store_certificate c = certificate(n);
	struct store_exception e = {
		.host = "h7", .expires = 5, .results = "[]", .added = NOW};

	c.origin = STORE_ORIGIN_EXCEPTION;
	memcpy(e.sha256, c.sha256, SHA256_BYTES);
	ck_assert_int_eq(store_add_certificate(store, &c, &(bool){false}), 0);
	return store_put_exception(store, &e);
}

START_TEST(one_more_exception_than_the_maximum_is_refused_but_not_a_new_end)
{
	for (unsigned i = 0; count(STORE_EXCEPTIONS) < TRUST_MAX_EXCEPTIONS;
		i++)
		except(i, STORE_MAX_EXCEPTIONS_EACH, INT64_MAX);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(put_exception_of(1), 0);
	ck_assert_int_eq(put_exception_of(5000), -EDQUOT);
	store_rollback(store);
}
END_TEST

START_TEST(one_more_exception_for_a_certificate_is_refused)
{
	struct store_certificate c = certificate(1);
	struct store_exception e = {.expires = 5, .results = "[]"};

	except(1, STORE_MAX_EXCEPTIONS_EACH, INT64_MAX);
	memcpy(e.sha256, c.sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_exception(store, &e), -EDQUOT);
	e.host = "h1";
	ck_assert_int_eq(store_put_exception(store, &e), 0);
	store_rollback(store);
}
END_TEST

static int take_validator(void *userdata, const struct store_validator *v)
{
	(void)snprintf(userdata, 64, "%s", v->value);
	return 0;
}

START_TEST(a_validator_lives_as_long_as_its_certificate)
{
	struct store_certificate c = certificate(1);
	struct store_validator v = {.url = {1}, .value = "\"etag-1\""};
	char value[64] = "";
	bool removed = false;

	memcpy(v.sha256, c.sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_validator(store, &v), -ENOENT);
	ck_assert_int_eq(store_commit(store), 0);
	add_certificate(1);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_validator(store, &v), 0);
	v.value = "\"etag-2\"";
	ck_assert_int_eq(store_put_validator(store, &v), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 1);
	ck_assert_int_eq(store_each_validator(store, take_validator, value), 0);
	ck_assert_str_eq(value, "\"etag-2\"");

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_certificate(store, v.sha256, &removed), 0);
	ck_assert_int_eq(store_commit(store), 0);
	value[0] = 0;
	ck_assert_int_eq(store_each_validator(store, take_validator, value), 0);
	ck_assert_str_eq(value, "");
}
END_TEST

START_TEST(a_distrust_is_in_the_file_before_the_commit_answers)
{
	CLEANUP(free) char *text = NULL;

	add_distrusted(1);
	add_distrusted(2);
	text = scratch_read("distrusted");
	ck_assert_ptr_nonnull(strstr(text, "public-key\t00010101"));
	ck_assert_ptr_nonnull(strstr(text, "certificate\t00020202"));
	ck_assert_ptr_nonnull(strstr(text, "stolen%09in a%0aword: 100%25 ü\n"));
	ck_assert_uint_eq(store_generation(store), 2);
	reopen_store();
	ck_assert(is_distrusted(1) && is_distrusted(2));
	ck_assert_uint_eq(events[STORE_DISTRUSTED_DAMAGED], 0);
	lift_distrusted(1);
	reopen_store();
	ck_assert(!is_distrusted(1));
	ck_assert(is_distrusted(2));
}
END_TEST

START_TEST(one_distrust_more_than_the_maximum_is_refused)
{
	struct store_distrusted d = distrust(2);
	bool added = false;

	close_store();
	ck_assert_int_eq(
		open_store_with((struct store_options){.max_distrusted = 2}),
		0);
	add_distrusted(0);
	add_distrusted(1);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_distrusted(store, &d, &added), -EDQUOT);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_DISTRUSTED), 2);
}
END_TEST

START_TEST(a_distrust_that_is_rolled_back_is_not_in_the_file)
{
	struct store_distrusted d = distrust(1);
	bool added = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_distrusted(store, &d, &added), 0);
	store_rollback(store);
	reopen_store();
	ck_assert(!is_distrusted(1));
}
END_TEST

static int stop_at_first(void *userdata, const struct store_certificate *c)
{
	unsigned *seen = userdata;

	(void)c;
	(*seen)++;
	return 42;
}

START_TEST(an_iteration_ends_when_the_callback_says_so)
{
	unsigned seen = 0;

	add_certificate(1);
	add_certificate(2);
	ck_assert_int_eq(
		store_each_certificate(store, stop_at_first, &seen), 42);
	ck_assert_uint_eq(seen, 1);
}
END_TEST

TCase *store_tests(void)
{
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, store_setup, store_teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(tc, a_new_store_is_empty_private_and_has_an_id);
	tcase_add_test(tc,
		a_committed_certificate_is_there_after_reopening_with_its_origin);
	tcase_add_test(tc, what_is_rolled_back_or_never_committed_is_not_there);
	tcase_add_test(
		tc, a_certificate_under_the_wrong_fingerprint_is_refused);
	tcase_add_test(
		tc, the_first_origin_stays_and_adding_again_changes_nothing);
	tcase_add_test(tc,
		one_certificate_more_than_the_maximum_is_refused_and_the_rest_stays);
	tcase_add_test(tc, room_that_was_given_back_is_there_again_and_no_more);
	tcase_add_test(tc, room_that_a_rolled_back_removal_made_is_gone_again);
	tcase_add_test(
		tc, the_generation_grows_once_a_commit_that_changes_trust);
	tcase_add_test(tc, an_empty_commit_writes_nothing);
	tcase_add_test(
		tc, exceptions_belong_to_a_stored_certificate_and_go_with_it);
	tcase_add_test(
		tc, what_stands_there_for_an_exception_goes_with_its_last);
	tcase_add_test(tc,
		what_stood_there_for_an_exception_becomes_what_is_provisioned);
	tcase_add_test(tc, a_full_store_still_takes_what_has_its_row);
	tcase_add_test(tc, expired_exceptions_go_together_and_others_stay);
	tcase_add_test(tc,
		one_more_exception_than_the_maximum_is_refused_but_not_a_new_end);
	tcase_add_test(tc, one_more_exception_for_a_certificate_is_refused);
	tcase_add_test(tc, a_validator_lives_as_long_as_its_certificate);
	tcase_add_test(tc, a_distrust_is_in_the_file_before_the_commit_answers);
	tcase_add_test(tc, one_distrust_more_than_the_maximum_is_refused);
	tcase_add_test(tc, a_distrust_that_is_rolled_back_is_not_in_the_file);
	tcase_add_test(tc, an_iteration_ends_when_the_callback_says_so);
	return tc;
}
