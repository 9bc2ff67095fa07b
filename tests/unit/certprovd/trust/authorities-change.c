/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/authorities-change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/certprovd/api/api-fixture.h"

static struct authorities_change change;
static struct anchors *list;

static void settle(void)
{
	authorities_change_done(&change);
	ck_assert_int_eq(authorities_change_settle(
				 the_api.store, list, PKI_NOW, &change),
		0);
}

static void add(const struct pki_cert *c)
{
	ck_assert_int_eq(
		anchors_add(list, c->der.data, c->der.len, ANCHOR_AUTHORITY),
		0);
}

static void setup(void)
{
	api_setup();
	ck_assert_int_eq(anchors_new(&list), 0);
	add(pki_root("Old Root"));
}

static void teardown(void)
{
	authorities_change_done(&change);
	list = anchors_free(list);
	api_teardown();
}

static unsigned lines_of_history(const char *beginning)
{
	const struct caller *c = call_more("admin.History", "{}");
	unsigned count = 0;

	for (size_t i = 0; i < c->count; i++) {
		const char *what = text(reply(c, (int)i), "change.what");

		count += what &&
			strncmp(what, beginning, strlen(beginning)) == 0;
	}
	return count;
}

START_TEST(a_first_list_is_no_change)
{
	settle();
	ck_assert(change.first);
	ck_assert_ptr_null(change.came_names);
	ck_assert_uint_eq(lines_of_history("the firmware's authorities"), 0);
	settle();
	ck_assert(!change.first);
	ck_assert_uint_eq(change.came + change.went, 0);
}
END_TEST

/* Also over a restart: all that is asked is the store. */
START_TEST(what_came_and_went_is_told_by_name)
{
	const struct pki_cert *gone = pki_root("Gone Root");

	add(gone);
	settle();
	ck_assert(anchors_remove(list, gone->sha256, ANCHOR_AUTHORITY));
	add(pki_root("New Root"));
	settle();
	ck_assert_uint_eq(change.came, 1);
	ck_assert_uint_eq(change.went, 1);
	ck_assert_str_eq(change.came_names, "CN=New Root");
	ck_assert_str_eq(change.went_names, "CN=Gone Root");
	ck_assert_uint_eq(lines_of_history("the firmware's authorities now "
					   "have CN=New Root"),
		1);
	ck_assert_uint_eq(lines_of_history("the firmware's authorities no "
					   "longer have CN=Gone Root"),
		1);
	ck_assert_uint_eq(lines_of_history("the firmware's authorities "
					   "changed: 1 came, 1 went"),
		1);
	settle();
	ck_assert_uint_eq(change.came + change.went, 0);
	ck_assert_uint_eq(lines_of_history("the firmware's authorities"), 3);
}
END_TEST

START_TEST(a_server_certificate_is_no_authority)
{
	const struct pki_cert *server = pki_root("Server");

	settle();
	ck_assert_int_eq(anchors_add(list, server->der.data, server->der.len,
				 ANCHOR_SERVER),
		0);
	settle();
	ck_assert_uint_eq(change.came, 0);
}
END_TEST

static void add_many(int count, const char *name)
{
	for (int i = 0; i < count; i++) {
		char cn[32];

		(void)snprintf(cn, sizeof(cn), "%s %d", name, i);
		add(pki_root(cn));
	}
}

START_TEST(a_whole_list_that_changes_does_not_flood)
{
	add_many(139, "Old");
	settle();
	list = anchors_free(list);
	ck_assert_int_eq(anchors_new(&list), 0);
	add_many(140, "New");
	settle();
	ck_assert_uint_eq(change.came, 140);
	ck_assert_uint_eq(change.went, 140);
	ck_assert_uint_eq(
		lines_of_history("the firmware's authorities now have"),
		AUTHORITIES_CHANGE_MAX_NAMED);
	ck_assert_uint_eq(
		lines_of_history("the firmware's authorities no longer have"),
		AUTHORITIES_CHANGE_MAX_NAMED);
	ck_assert_uint_eq(lines_of_history("the firmware's authorities "
					   "changed: 140 came, 140 went"),
		1);
}
END_TEST

/* One certificate with another last byte of its signature each time: nobody
 * looks at that here. */
static void add_copies(int count)
{
	const struct pki_cert *c = pki_root("Copy");
	CLEANUP(free) uint8_t *der = malloc(c->der.len);

	ck_assert_ptr_nonnull(der);
	memcpy(der, c->der.data, c->der.len);
	for (int i = 0; i < count; i++) {
		der[c->der.len - 1] = (uint8_t)i;
		der[c->der.len - 2] = (uint8_t)(i >> 8);
		ck_assert_int_eq(
			anchors_add(list, der, c->der.len, ANCHOR_AUTHORITY),
			0);
	}
}

START_TEST(of_a_list_too_long_to_keep_the_number_is_told)
{
	settle();
	add_copies(AUTHORITIES_CHANGE_MAX_KEPT);
	settle();
	ck_assert_uint_eq(change.came, AUTHORITIES_CHANGE_MAX_KEPT);
	ck_assert_ptr_null(change.came_names);
	settle();
	ck_assert_uint_eq(change.came, 0);
	list = anchors_free(list);
	ck_assert_int_eq(anchors_new(&list), 0);
	add(pki_root("Old Root"));
	settle();
	ck_assert_uint_eq(change.went, AUTHORITIES_CHANGE_MAX_KEPT);
	add(pki_root("New Root"));
	settle();
	ck_assert_uint_eq(change.came, 1);
	ck_assert_uint_eq(change.went, 0);
	ck_assert_str_eq(change.came_names, "CN=New Root");
}
END_TEST

TCase *authorities_change_tests(void);

TCase *authorities_change_tests(void)
{
	TCase *tc = tcase_create("authorities-change");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_first_list_is_no_change);
	tcase_add_test(tc, what_came_and_went_is_told_by_name);
	tcase_add_test(tc, a_server_certificate_is_no_authority);
	tcase_add_test(tc, a_whole_list_that_changes_does_not_flood);
	tcase_add_test(tc, of_a_list_too_long_to_keep_the_number_is_told);
	return tc;
}
