/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/firmware-change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/certprovd/api/api-fixture.h"

#define NEW_FIRMWARE "10.1.33.33"
#define OLD_FIRMWARE "8.7.4.7" /* neither base64 nor roots of one's own */

static struct firmware_change change;

static void settle(void)
{
	ck_assert_int_eq(firmware_change_settle(the_api.store, the_api.state,
				 PKI_NOW, &change),
		0);
}

/* The phone is updated, or goes back. */
static void run_firmware(const char *version)
{
	free(the_phone.firmware);
	the_phone.firmware = version ? strdup(version) : NULL;
	refresh();
	settle();
}

static const char *note_of(const struct pki_cert *c)
{
	return text(reply(call("Get", "{'sha256':'%s'}", hex(c)), 0),
		"certificate.firmwareRefuses");
}

static bool is_concern(void)
{
	return has_warning(member(reply(call("Status", "{}"), 0), "concerns"),
		"firmware-refuses");
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

START_TEST(the_first_firmware_is_no_change)
{
	run_firmware(NEW_FIRMWARE);
	ck_assert(!change.changed);
	settle();
	ck_assert(!change.changed);
	ck_assert_uint_eq(lines_of_history("the firmware changed"), 0);
}
END_TEST

START_TEST(what_an_older_firmware_would_refuse_stays_and_is_marked)
{
	const struct pki_cert *root = pki_root("PBX CA");
	const struct pki_cert *by_text = pki_root("In the text");
	const struct pki_cert *issued = pki_make(
		&(struct pki_spec){.cn = "Sub CA", .ca = true}, authority);

	run_firmware(NEW_FIRMWARE);
	add_server(root, "http://pbx.example/root.der");
	add_server(by_text, NULL);
	add_server(issued, "http://pbx.example/sub.der");
	settle();
	ck_assert(!is_concern());
	run_firmware(OLD_FIRMWARE);
	ck_assert(change.changed);
	ck_assert_str_eq(change.former, NEW_FIRMWARE);
	ck_assert_str_eq(change.present, OLD_FIRMWARE);
	ck_assert_uint_eq(change.judged, 3);
	ck_assert_uint_eq(change.refused, 2);
	ck_assert_str_eq(note_of(root), "issuer-not-trusted");
	ck_assert_str_eq(note_of(by_text), "base64-not-supported");
	ck_assert_ptr_null(note_of(issued));
	ck_assert(is_concern());
	refresh();
	ck_assert_uint_eq(trust_state_count_servers(the_api.state), 3);
	ck_assert_uint_eq(
		lines_of_history(
			"the firmware changed from " NEW_FIRMWARE
			" to " OLD_FIRMWARE
			": of 3 server certificates it would refuse 2"),
		1);
	ck_assert_uint_eq(lines_of_history("firmware " OLD_FIRMWARE
					   " would refuse CN=PBX CA, which "
					   "stays: issuer-not-trusted"),
		1);
	run_firmware(NEW_FIRMWARE);
	ck_assert_uint_eq(change.refused, 0);
	ck_assert_ptr_null(note_of(root));
	ck_assert(!is_concern());
}
END_TEST

START_TEST(marks_outlive_a_restart_and_are_said_once)
{
	run_firmware(NEW_FIRMWARE);
	add_server(pki_root("PBX CA"), "http://pbx.example/root.der");
	run_firmware(OLD_FIRMWARE);
	ck_assert_uint_eq(change.news, 1);
	settle();
	ck_assert(!change.changed);
	ck_assert_uint_eq(change.news, 0);
	ck_assert_uint_eq(change.refused, 1);
	ck_assert_uint_eq(lines_of_history("firmware " OLD_FIRMWARE), 1);
}
END_TEST

/* Its issuer was provisioned since: it would be accepted. */
START_TEST(a_mark_goes_when_the_certificate_would_pass)
{
	const struct pki_cert *ca = pki_make(
		&(struct pki_spec){.cn = "Middle CA", .ca = true}, authority);
	const struct pki_cert *sub =
		pki_make(&(struct pki_spec){.cn = "Sub CA", .ca = true}, ca);

	run_firmware(NEW_FIRMWARE);
	add_server(sub, "http://pbx.example/sub.der");
	run_firmware(OLD_FIRMWARE);
	ck_assert_str_eq(note_of(sub), "issuer-not-trusted");
	add_server(ca, "http://pbx.example/ca.der");
	settle();
	ck_assert_ptr_null(note_of(sub));
}
END_TEST

START_TEST(an_issuer_may_be_stored_behind_what_it_issued)
{
	const struct pki_cert *ca = pki_make(
		&(struct pki_spec){.cn = "Middle CA", .ca = true}, authority);
	const struct pki_cert *sub =
		pki_make(&(struct pki_spec){.cn = "Sub CA", .ca = true}, ca);

	run_firmware(NEW_FIRMWARE);
	add_server(sub, "http://pbx.example/sub.der");
	add_server(ca, "http://pbx.example/ca.der");
	run_firmware(OLD_FIRMWARE);
	ck_assert_uint_eq(change.refused, 0);
}
END_TEST

/* The file that has it cannot be read at the moment. */
START_TEST(a_firmware_that_is_not_known_changes_nothing)
{
	run_firmware(NEW_FIRMWARE);
	add_server(pki_root("PBX CA"), "http://pbx.example/root.der");
	run_firmware(NULL);
	ck_assert(!change.changed);
	ck_assert_uint_eq(change.refused, 0);
	run_firmware(NEW_FIRMWARE);
	ck_assert(!change.changed);
}
END_TEST

START_TEST(the_end_of_a_certificate_is_not_the_firmwares_doing)
{
	const struct pki_cert *c =
		pki_make(&(struct pki_spec){.cn = "Past",
				 .ca = true,
				 .not_after = PKI_NOW - PKI_DAY},
			authority);

	run_firmware(NEW_FIRMWARE);
	add_server(c, "http://pbx.example/past.der");
	run_firmware(OLD_FIRMWARE);
	ck_assert_ptr_null(note_of(c));
}
END_TEST

START_TEST(the_history_has_some_lines_and_their_number)
{
	run_firmware(NEW_FIRMWARE);
	for (int i = 0; i < FIRMWARE_CHANGE_MAX_LINES + 1; i++) {
		char cn[16];

		(void)snprintf(cn, sizeof(cn), "CA %d", i);
		add_server(pki_root(cn), "http://pbx.example/root.der");
	}
	run_firmware(OLD_FIRMWARE);
	ck_assert_uint_eq(change.refused, FIRMWARE_CHANGE_MAX_LINES + 1);
	ck_assert_uint_eq(lines_of_history("firmware " OLD_FIRMWARE " would"),
		FIRMWARE_CHANGE_MAX_LINES);
	ck_assert_uint_eq(lines_of_history("the firmware changed"), 1);
}
END_TEST

TCase *firmware_change_tests(void);

TCase *firmware_change_tests(void)
{
	TCase *tc = tcase_create("firmware-change");

	tcase_add_checked_fixture(tc, api_setup, api_teardown);
	tcase_add_test(tc, the_first_firmware_is_no_change);
	tcase_add_test(
		tc, what_an_older_firmware_would_refuse_stays_and_is_marked);
	tcase_add_test(tc, marks_outlive_a_restart_and_are_said_once);
	tcase_add_test(tc, a_mark_goes_when_the_certificate_would_pass);
	tcase_add_test(tc, an_issuer_may_be_stored_behind_what_it_issued);
	tcase_add_test(tc, a_firmware_that_is_not_known_changes_nothing);
	tcase_add_test(tc, the_end_of_a_certificate_is_not_the_firmwares_doing);
	tcase_add_test(tc, the_history_has_some_lines_and_their_number);
	return tc;
}
