/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/export.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/sys/log.h"
#include "tests/unit/certprovd/api/api-fixture.h"

static struct export *the_export;
static char the_directory[256];

static void begin(void)
{
	ck_assert_int_eq(export_new(&(struct export_sources){.event = the_event,
					    .state = the_api.state,
					    .directory = the_directory,
					    .clock = &the_clock},
				 &the_export),
		0);
}

static void setup(void)
{
	api_setup();
	(void)snprintf(the_directory, sizeof(the_directory), "%s", scratch());
	begin();
	clock_set(&(struct clock_reading){.wall = PKI_NOW});
}

static void teardown(void)
{
	the_export = export_free(the_export);
	api_teardown();
}

/* How often this certificate stands in the exported file; -1: no file. */
static int exported(const struct pki_cert *c)
{
	FILE *file = fopen(scratch_path("export/cafile.pem"), "re");
	X509 *x509 = NULL;
	int count = 0;

	if (!file)
		return -1;
	while ((x509 = PEM_read_X509(file, NULL, NULL, NULL))) {
		count += X509_cmp(x509, c->x509) == 0;
		X509_free(x509);
	}
	(void)fclose(file);
	return count;
}

static bool generation_is(const char *wanted)
{
	char target[32] = "";

	ck_assert_int_gt(
		readlink(scratch_path("export"), target, sizeof(target) - 1),
		0);
	return strcmp(target, wanted) == 0;
}

static void distrust(const struct pki_cert *c)
{
	struct store_distrusted d = {.kind = DISTRUST_CERTIFICATE};
	bool added = false;

	memcpy(d.sha256, c->sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(store_add_distrusted(the_api.store, &d, &added), 0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	refresh();
}

static void authorities_are_gone(void)
{
	scratch_write("authorities.der", "");
	ck_assert_int_eq(trust_state_load(the_api.state, NULL), 0);
}

START_TEST(it_follows_what_is_trusted)
{
	const struct pki_cert *server = pki_root("Server");

	export_update(the_export);
	ck_assert_int_eq(exported(authority), 1);
	ck_assert_int_eq(exported(server), 0);
	add_server(server, NULL);
	export_update(the_export);
	ck_assert_int_eq(exported(server), 1);
	distrust(server);
	export_update(the_export);
	ck_assert_int_eq(exported(server), 0);
	ck_assert(generation_is("export.3"));
}
END_TEST

START_TEST(without_a_change_there_is_no_new_generation)
{
	export_update(the_export);
	refresh();
	export_update(the_export);
	add_server(pki_leaf("DNS:leaf.example", authority), NULL);
	export_update(the_export);
	ck_assert(generation_is("export.1"));
}
END_TEST

START_TEST(what_somebody_took_away_comes_back)
{
	export_update(the_export);
	ck_assert_int_eq(unlink(scratch_path("export")), 0);
	export_update(the_export);
	ck_assert_int_eq(exported(authority), 1);
}
END_TEST

START_TEST(without_any_authority_nothing_is_made)
{
	authorities_are_gone();
	export_update(the_export);
	ck_assert_int_eq(exported(authority), -1);
	ck_assert(export_is_empty(the_export));
	ck_assert(!export_failed(the_export));
	add_server(pki_root("Server"), NULL);
	export_update(the_export);
	ck_assert_int_eq(exported(authority), 0);
	ck_assert(!export_is_empty(the_export));
}
END_TEST

START_TEST(what_was_exported_stays_when_nothing_is_left)
{
	export_update(the_export);
	authorities_are_gone();
	export_update(the_export);
	ck_assert_int_eq(exported(authority), 1);
	ck_assert(export_is_empty(the_export));
	ck_assert(generation_is("export.1"));
}
END_TEST

START_TEST(what_was_exported_is_right_again_when_they_are_back)
{
	export_update(the_export);
	the_export = export_free(the_export);
	begin();
	authorities_are_gone();
	export_update(the_export);
	ck_assert(export_is_empty(the_export));
	scratch_patch(
		"authorities.der", 0, authority->der.data, authority->der.len);
	ck_assert_int_eq(trust_state_load(the_api.state, NULL), 0);
	export_update(the_export);
	ck_assert_int_eq(exported(authority), 1);
	ck_assert(!export_is_empty(the_export));
	ck_assert(generation_is("export.1"));
}
END_TEST

START_TEST(unless_it_is_distrusted)
{
	export_update(the_export);
	distrust(authority);
	export_update(the_export);
	ck_assert_int_eq(exported(authority), -1);
	ck_assert(export_is_empty(the_export));
	add_server(pki_root("Server"), NULL);
	export_update(the_export);
	ck_assert_int_eq(exported(authority), 0);
}
END_TEST

/* The one that is distrusted had expired; its other issue stood there. */
START_TEST(unless_it_is_a_copy_of_what_is_distrusted)
{
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){
			.cn = "CA", .ca = true, .not_after = PKI_NOW - 1},
		NULL);
	const struct pki_cert *copy = pki_make(
		&(struct pki_spec){.cn = "CA", .ca = true, .same_key = old},
		NULL);

	authorities_are_gone();
	add_server(old, NULL);
	add_server(copy, NULL);
	export_update(the_export);
	ck_assert_int_eq(exported(copy), 1);
	ck_assert_int_eq(exported(old), 0);
	distrust(old);
	export_update(the_export);
	ck_assert_int_eq(exported(copy), -1);
	ck_assert(export_is_empty(the_export));
}
END_TEST

/* As a version did that knew no intermediates. */
START_TEST(unless_it_is_an_intermediate)
{
	export_update(the_export);
	ck_assert_int_eq(exported(authority), 1);
	authorities_are_gone();
	add_intermediate(authority);
	export_update(the_export);
	ck_assert_int_eq(exported(authority), -1);
	ck_assert(export_is_empty(the_export));
}
END_TEST

START_TEST(the_expired_leave_when_their_time_comes)
{
	const struct pki_cert *soon = pki_make(
		&(struct pki_spec){
			.cn = "Soon", .ca = true, .not_after = PKI_NOW + 5},
		NULL);

	add_server(soon, NULL);
	export_update(the_export);
	ck_assert_int_eq(exported(soon), 1);
	clock_set(&(struct clock_reading){.wall = PKI_NOW + 6});
	export_update(the_export);
	ck_assert_int_eq(exported(soon), 0);
}
END_TEST

START_TEST(a_failure_is_told_and_tried_again)
{
	(void)snprintf(the_directory, sizeof(the_directory), "%s",
		scratch_path("none"));
	export_update(the_export);
	ck_assert(export_failed(the_export));
	(void)snprintf(the_directory, sizeof(the_directory), "%s", scratch());
	while (export_failed(the_export))
		ck_assert_int_ge(sd_event_run(the_event, UINT64_MAX), 0);
	ck_assert_int_eq(exported(authority), 1);
}
END_TEST

TCase *export_tests(void);

TCase *export_tests(void)
{
	TCase *tc = tcase_create("export");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_follows_what_is_trusted);
	tcase_add_test(tc, without_a_change_there_is_no_new_generation);
	tcase_add_test(tc, what_somebody_took_away_comes_back);
	tcase_add_test(tc, without_any_authority_nothing_is_made);
	tcase_add_test(tc, what_was_exported_stays_when_nothing_is_left);
	tcase_add_test(tc, what_was_exported_is_right_again_when_they_are_back);
	tcase_add_test(tc, unless_it_is_distrusted);
	tcase_add_test(tc, unless_it_is_a_copy_of_what_is_distrusted);
	tcase_add_test(tc, unless_it_is_an_intermediate);
	tcase_add_test(tc, the_expired_leave_when_their_time_comes);
	tcase_add_test(tc, a_failure_is_told_and_tried_again);
	return tc;
}
