/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink.h"
#include "tests/unit/runner.h"

static struct fetch_job job;

static void setup(void)
{
	job = FETCH_JOB_INIT;
}

static void teardown(void)
{
	fetch_job_done(&job);
}

static void fill(void)
{
	job.limits.certificates = 7;
	job.allow_local = true;
	job.scope = FETCH_SCOPE_NOTHING;
	job.generation = 1234567890123ULL;
	ck_assert_int_eq(fetch_job_add_url(&job, "https://u:p@a/{mac}"), 0);
	ck_assert_int_eq(fetch_job_add_url(&job, "https://a/b"), 0);
	ck_assert_int_eq(fetch_job_add_identity(&job, "\x30\x00", 2), 0);
	ck_assert_int_eq(fetch_pairs_add(&job.validators, "ab", "\"e\"", 9), 0);
	ck_assert_int_eq(string_replace(&job.mac_address, "000413AABBCC"), 0);
	ck_assert_int_eq(string_replace(&job.user_agent, "Mozilla/4.0"), 0);
	ck_assert_int_eq(string_replace(&job.local_origin, "http://[::1]"), 0);
	ck_assert_int_eq(string_replace(&job.user, "us er"), 0);
	ck_assert_int_eq(string_replace(&job.password, "p:w"), 0);
	job.user_withheld = true;
	ck_assert_int_eq(string_replace(&job.store, "s"), 0);
}

/* The reply as the other side reads it. */
static cJSON *encoded(void)
{
	CLEANUP(json_free) cJSON *json = NULL;
	CLEANUP(free) char *text = NULL;
	cJSON *read = NULL;

	ck_assert_int_eq(fetch_job_encode(&job, &json), 0);
	text = cJSON_PrintUnformatted(json);
	ck_assert_ptr_nonnull(text);
	read = cJSON_Parse(text);
	ck_assert_ptr_nonnull(read);
	return read;
}

START_TEST(a_job_comes_back_as_it_went)
{
	CLEANUP(fetch_job_done) struct fetch_job back = {0};
	CLEANUP(json_free) cJSON *json = NULL;

	fill();
	json = encoded();
	ck_assert_int_eq(fetch_job_decode(json, &back), 0);
	ck_assert_uint_eq(back.url_count, 2);
	ck_assert_str_eq(back.urls[0], "https://u:p@a/{mac}");
	ck_assert_str_eq(back.urls[1], "https://a/b");
	ck_assert_ptr_null(back.document);
	ck_assert_str_eq(back.mac_address, "000413AABBCC");
	ck_assert_ptr_null(back.phone_type);
	ck_assert_str_eq(back.user_agent, "Mozilla/4.0");
	ck_assert_str_eq(fetch_pairs_find(&back.validators, "ab"), "\"e\"");
	ck_assert_ptr_null(fetch_pairs_find(&back.validators, "AB"));
	ck_assert_uint_eq(back.identity_count, 1);
	ck_assert_mem_eq(back.identity[0].data, "\x30\x00", 2);
	ck_assert_uint_eq(back.limits.certificates, 7);
	ck_assert_uint_eq(back.limits.document_bytes, 32U << 20);
	ck_assert(back.allow_local);
	ck_assert_int_eq(back.scope, FETCH_SCOPE_NOTHING);
	ck_assert_ptr_null(back.proxy);
	ck_assert_str_eq(back.local_origin, "http://[::1]");
	ck_assert_uint_eq(back.retries, 3);
	ck_assert_str_eq(back.user, "us er");
	ck_assert_str_eq(back.password, "p:w");
	ck_assert(back.user_withheld);
	ck_assert_str_eq(back.store, "s");
	ck_assert_uint_eq(back.generation, 1234567890123ULL);
}
END_TEST

START_TEST(a_job_without_a_required_field_is_none)
{
	static const char *const required[] = {"urls", "userAgent",
		"validators", "limits", "policy", "store", "generation"};
	CLEANUP(fetch_job_done) struct fetch_job back = {0};
	CLEANUP(json_free) cJSON *json = NULL;

	fill();
	json = encoded();
	ck_assert_int_eq(fetch_job_decode(json, &back), 0);
	fetch_job_done(&back);
	cJSON_DeleteItemFromObject(json, required[_i]);
	ck_assert_int_eq(fetch_job_decode(json, &back), -EINVAL);
	ck_assert_ptr_null(back.urls);
}
END_TEST

START_TEST(one_more_url_or_identity_does_not_fit)
{
	for (int i = 0; i < FETCH_JOB_MAX_URLS; i++)
		ck_assert_int_eq(fetch_job_add_url(&job, "http://a"), 0);
	ck_assert_int_eq(fetch_job_add_url(&job, "http://a"), -ENOSPC);
	for (int i = 0; i < FETCH_JOB_MAX_IDENTITY; i++)
		ck_assert_int_eq(fetch_job_add_identity(&job, "a", 1), 0);
	ck_assert_int_eq(fetch_job_add_identity(&job, "a", 1), -ENOSPC);
}
END_TEST

START_TEST(one_more_validator_than_fits_is_refused_on_both_ends)
{
	CLEANUP(fetch_job_done) struct fetch_job back = {0};
	CLEANUP(json_free) cJSON *json = NULL;
	char name[16];

	fill();
	for (int i = 1; i < FETCH_JOB_MAX_VALIDATORS; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		ck_assert_int_eq(fetch_pairs_add(&job.validators, name, "v",
					 FETCH_JOB_MAX_VALIDATORS),
			0);
	}
	ck_assert_int_eq(fetch_pairs_add(&job.validators, "more", "v",
				 FETCH_JOB_MAX_VALIDATORS),
		-ENOSPC);
	ck_assert_int_eq(fetch_pairs_add(&job.validators, "more", "v",
				 FETCH_JOB_MAX_VALIDATORS + 1),
		0);
	json = encoded();
	ck_assert_int_eq(fetch_job_decode(json, &back), -EINVAL);
}
END_TEST

START_TEST(validators_that_do_not_fit_into_the_message_are_left_out)
{
	CLEANUP(fetch_job_done) struct fetch_job back = {0};
	CLEANUP(json_free) cJSON *json = NULL;
	CLEANUP(free) char *text = NULL;
	char value[513] = "";
	char name[16];

	fill();
	memset(value, '"', sizeof(value) - 1); /* two characters each */
	for (int i = 1; i < FETCH_JOB_MAX_VALIDATORS; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		ck_assert_int_eq(fetch_pairs_add(&job.validators, name, value,
					 FETCH_JOB_MAX_VALIDATORS),
			0);
	}
	json = encoded();
	text = cJSON_PrintUnformatted(json);
	ck_assert_uint_lt(strlen(text), VARLINK_MESSAGE_MAX_BYTES);
	ck_assert_int_eq(fetch_job_decode(json, &back), 0);
	ck_assert_uint_gt(back.validators.count, 150);
	ck_assert_uint_lt(back.validators.count, 200);
}
END_TEST

TCase *fetch_job_tests(void);

TCase *fetch_job_tests(void)
{
	TCase *tc = tcase_create("fetch-job");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_job_comes_back_as_it_went);
	tcase_add_loop_test(tc, a_job_without_a_required_field_is_none, 0, 7);
	tcase_add_test(tc, one_more_url_or_identity_does_not_fit);
	tcase_add_test(
		tc, validators_that_do_not_fit_into_the_message_are_left_out);
	tcase_add_test(
		tc, one_more_validator_than_fits_is_refused_on_both_ends);
	return tc;
}
