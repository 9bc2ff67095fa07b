/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/export-record.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovd/trust/export-files.h"
#include "daemon/certprovd/trust/export-set.h"
#include "lib/base/bytes.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define ENDS (PKI_NOW + 100)

static struct export_files files;
static struct trust *trust;
static const struct pki_cert *authority;

static void add(const struct pki_cert *c, enum anchor_list list)
{
	ck_assert_int_eq(
		anchors_add(trust->anchors, c->der.data, c->der.len, list), 0);
}

static const char *digest_now(void)
{
	static char digest[SHA256_HEX_SIZE];

	ck_assert_int_eq(export_record_digest(trust, digest), 0);
	return digest;
}

/* The files, made of the trust, and the record of that. */
static void export_now(void)
{
	CLEANUP(export_set_done) struct export_set set = {0};
	CLEANUP(bytes_done) struct bytes text = {0};

	ck_assert_int_eq(export_set_choose(trust, PKI_NOW,
				 &(struct export_set){.count = 0}, &set),
		0);
	ck_assert_int_eq(export_set_text(&set, &text), 0);
	ck_assert_int_eq(export_files_replace(&files, &text), 0);
	export_record_write(&files, digest_now(), &set, PKI_NOW);
}

static void setup(void)
{
	scratch_setup();
	ck_assert_int_eq(export_files_open(scratch(), &files), 0);
	ck_assert_int_eq(trust_new(&trust), 0);
	authority = pki_root("Authority");
	add(authority, ANCHOR_AUTHORITY);
	add(pki_make(
		    &(struct pki_spec){
			    .cn = "Ends", .ca = true, .not_after = ENDS},
		    NULL),
		ANCHOR_SERVER);
	export_now();
}

static void teardown(void)
{
	export_files_done(&files);
	trust = trust_free(trust);
	scratch_teardown();
	pki_free_all();
}

static bool holds_at(int64_t now)
{
	return export_record_holds(&files, digest_now(), now);
}

START_TEST(holds_after_a_start_until_one_of_them_ends)
{
	export_files_done(&files);
	ck_assert_int_eq(export_files_open(scratch(), &files), 0);
	ck_assert(holds_at(PKI_NOW));
	ck_assert(holds_at(ENDS));
	ck_assert(!holds_at(ENDS + 1));
	/* What had ended then may not have at an earlier time. */
	ck_assert(!holds_at(PKI_NOW - 1));
}
END_TEST

START_TEST(holds_for_no_other_certificates)
{
	const struct pki_cert *more = pki_leaf("DNS:leaf.example", authority);

	add(more, ANCHOR_SERVER);
	ck_assert(!holds_at(PKI_NOW));
	ck_assert(anchors_remove(trust->anchors, more->sha256, ANCHOR_SERVER));
	ck_assert(holds_at(PKI_NOW));
	ck_assert(anchors_remove(
		trust->anchors, authority->sha256, ANCHOR_AUTHORITY));
	ck_assert(!holds_at(PKI_NOW));
}
END_TEST

START_TEST(holds_for_no_other_lists)
{
	add(authority, ANCHOR_SERVER);
	ck_assert(!holds_at(PKI_NOW));
}
END_TEST

START_TEST(holds_no_more_when_something_is_distrusted)
{
	ck_assert_int_eq(trust_add_distrusted(trust, DISTRUST_CERTIFICATE,
				 authority->sha256),
		0);
	ck_assert(!holds_at(PKI_NOW));
}
END_TEST

START_TEST(holds_for_no_other_limit_of_keys)
{
	trust->policy.rsa_max_bits++;
	ck_assert(!holds_at(PKI_NOW));
}
END_TEST

START_TEST(holds_for_no_other_files)
{
	struct bytes other = {(uint8_t *)"other", 5};

	ck_assert_int_eq(export_files_replace(&files, &other), 0);
	ck_assert(!holds_at(PKI_NOW));
	export_now();
	ck_assert(holds_at(PKI_NOW));
	ck_assert_int_eq(unlink(scratch_path("export")), 0);
	ck_assert(!holds_at(PKI_NOW));
}
END_TEST

START_TEST(holds_not_when_somebody_wrote_into_the_files)
{
	CLEANUP(free) char *text = scratch_read("export/" EXPORT_BUNDLE);

	text[strlen(text) - 1] = 0;
	scratch_write("export/" EXPORT_BUNDLE, text);
	ck_assert(!holds_at(PKI_NOW));
}
END_TEST

START_TEST(a_damaged_record_is_none)
{
	CLEANUP(free) char *record = scratch_read(EXPORT_RECORD);
	size_t len = strlen(record);
	char more[1024] = "";

	for (size_t i = 0; i < len; i++) {
		char c = record[i];

		record[i] = '*';
		scratch_write(EXPORT_RECORD, record);
		ck_assert(!holds_at(PKI_NOW));
		record[i] = 0;
		scratch_write(EXPORT_RECORD, record);
		ck_assert(!holds_at(PKI_NOW));
		record[i] = c;
	}
	scratch_write(EXPORT_RECORD, record);
	ck_assert(holds_at(PKI_NOW));
	memset(more, '\n', sizeof(more) - 1);
	memcpy(more, record, len);
	scratch_write(EXPORT_RECORD, more);
	ck_assert(!holds_at(PKI_NOW));
	ck_assert_int_eq(unlink(scratch_path(EXPORT_RECORD)), 0);
	ck_assert(!holds_at(PKI_NOW));
}
END_TEST

TCase *export_record_tests(void);

TCase *export_record_tests(void)
{
	TCase *tc = tcase_create("export-record");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, holds_after_a_start_until_one_of_them_ends);
	tcase_add_test(tc, holds_for_no_other_certificates);
	tcase_add_test(tc, holds_for_no_other_lists);
	tcase_add_test(tc, holds_no_more_when_something_is_distrusted);
	tcase_add_test(tc, holds_for_no_other_limit_of_keys);
	tcase_add_test(tc, holds_for_no_other_files);
	tcase_add_test(tc, holds_not_when_somebody_wrote_into_the_files);
	tcase_add_test(tc, a_damaged_record_is_none);
	return tc;
}
