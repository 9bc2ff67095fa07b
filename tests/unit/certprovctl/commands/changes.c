/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/commands/changes.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "lib/varlink/json-fields.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/certprovctl/scrap.h"
#include "tests/unit/runner.h"

#define LIST "io.certprov.trust.ListCertificates"
#define GET "io.certprov.trust.Get"
#define ADD "io.certprov.admin.AddException"
#define SET "io.certprov.admin.SetSetting"
#define UPLOAD "io.certprov.admin.Upload"
#define ONES                                                                   \
	"11111111111111111111111111111111"                                     \
	"11111111111111111111111111111111"
#define ONES_AND_2                                                             \
	"11111111111111111111111111111111"                                     \
	"11111111111111111111111111111112"
#define CHANGED "{\"parameters\":{\"store\":\"s\",\"generation\":42}}"
#define ROW                                                                    \
	"{\"parameters\":{\"certificate\":{\"sha256\":\"" ONES                 \
	"\"},\"store\":\"s\",\"generation\":1}}"
#define KNOWN "{\"parameters\":{\"certificate\":{\"sha256\":\"" ONES "\"}}}"
#define ANSWER(accepted, result, more)                                         \
	"{\"parameters\":{\"outcome\":{\"kind\":\"certificate\",\"sha256\":"   \
	"\"" ONES "\",\"subject\":\"CN=pbx\",\"accepted\":" accepted           \
	",\"result\":\"" result "\",\"reason\":\"Because.\"" more              \
	"},\"store\":\"s\",\"generation\":7}}"
#define ACCEPTED ANSWER("true", "accepted", "")

static const struct pki_cert *root;

static void setup(void)
{
	canned_setup();
	scrap_setup();
	root = pki_root("Root");
}

static void teardown(void)
{
	scrap_teardown();
	canned_teardown();
}

static void uploaded(const struct pki_cert *c)
{
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(base64_encode(c->der.data, c->der.len, &text), 0);
	ck_assert_ptr_nonnull(strstr(canned_last_call(), text));
}

START_TEST(trust_is_for_every_host_and_for_good_unless_it_says_otherwise)
{
	CANNED({.method = ADD, .replies = {CHANGED}},
		{.method = GET, .replies = {KNOWN}});
	ck_assert_int_eq(paper_run("trust " ONES), EXIT_COMPLETE);
	ck_assert_str_eq(
		paper_out(), ONES ": trusted for every host (generation 42)\n");
	ck_assert_int_eq(paper_run("trust --json " ONES), EXIT_COMPLETE);
	canned_called("\"parameters\":{\"sha256\":\"" ONES "\"}");
}
END_TEST

START_TEST(trust_says_what_the_exception_lets_pass)
{
	CANNED({.method = ADD, .replies = {CHANGED}},
		{.method = GET,
			.replies = {"{\"parameters\":{\"certificate\":"
				    "{\"results\":[\"expired\","
				    "\"name-mismatch\"]}}}"}});
	ck_assert_int_eq(paper_run("trust " ONES), EXIT_COMPLETE);
	canned_called("trust.Get\",\"parameters\":{\"sha256\":\"" ONES "\"}");
	paper_prints("(generation 42)\n"
		     "The exception lets pass: expired, name-mismatch\n");
}
END_TEST

START_TEST(an_exception_is_made_whatever_is_known_of_it)
{
	CANNED({.method = ADD, .replies = {CHANGED}},
		{.method = GET,
			.replies = {"{\"error\":\"io.certprov.trust."
				    "NoSuchCertificate\"}"}});
	ck_assert_int_eq(paper_run("trust " ONES), EXIT_COMPLETE);
	paper_prints("(generation 42)\n");
}
END_TEST

START_TEST(trust_takes_a_host_and_an_end)
{
	CANNED({.method = ADD, .replies = {CHANGED}},
		{.method = GET, .replies = {KNOWN}});
	ck_assert_int_eq(paper_run("trust " ONES " --host pbx.example.com "
				   "--expires 2099-01-31"),
		EXIT_COMPLETE);
	paper_prints(
		": trusted for pbx.example.com until 2099-01-31 00:00:00 UTC ");
	ck_assert_int_eq(
		paper_run("trust --json " ONES " --host pbx.example.com "
			  "--expires 2099-01-31"),
		EXIT_COMPLETE);
	canned_called("{\"host\":\"pbx.example.com\","
		      "\"expires\":\"2099-01-31T00:00:00Z\",\"sha256\":\"" ONES
		      "\"}");
}
END_TEST

START_TEST(a_span_counts_from_now_or_from_the_build_date)
{
	CANNED({.method = ADD, .replies = {CHANGED}});
	ck_assert_int_eq(paper_run("trust --json " ONES " --expires 30d"),
		EXIT_COMPLETE);
	canned_called("\"expires\":\"20");
}
END_TEST

START_TEST(trust_finds_its_certificate_by_its_first_digits)
{
	CANNED({.method = LIST, .replies = {ROW}},
		{.method = ADD, .replies = {CHANGED}});
	ck_assert_int_eq(paper_run("trust --json 111111"), EXIT_COMPLETE);
	ck_assert_uint_eq(canned_calls(), 2);
	canned_called("\"sha256\":\"" ONES "\"");
}
END_TEST

/* One that is trusted already may get further hosts. */
START_TEST(trust_looks_for_its_certificate_in_every_list)
{
	CANNED({.method = LIST, .replies = {ROW}});
	ck_assert_int_eq(paper_run("trust 222222"), EXIT_REFUSED);
	ck_assert_ptr_null(strstr(canned_last_call(), "unknown"));
}
END_TEST

static const struct {
	const char *words;
	const char *problem;
} wrong[] = {
	{"trust 11", "is not a SHA-256 fingerprint"},
	{"trust " ONES " --host .example.com", "a host name or an address"},
	{"trust " ONES " --expires soon",
		"or a time from now such as 30d, 12h or 2w"},
	{"trust " ONES " --expires 2001-01-01", "is in the past"},
	{"trust", "trust needs SHA256"},
	{"unknown 11", "is not a SHA-256 fingerprint"},
};

START_TEST(what_cannot_be_meant_is_wrong_use)
{
	ck_assert_int_eq(paper_run(wrong[_i].words), EXIT_WRONG_USE);
	paper_says(wrong[_i].problem);
}
END_TEST

START_TEST(what_no_exception_cures_is_explained_with_what_does)
{
	CANNED({.method = ADD,
		.replies = {"{\"error\":\"io.certprov.admin.NotRecoverable\","
			    "\"parameters\":{\"sha256\":\"" ONES
			    "\",\"result\":\"weak-signature\"}}"}});
	ck_assert_int_eq(paper_run("trust " ONES), EXIT_REFUSED);
	paper_says("no exception can cure weak-signature of 1111");
	paper_says(
		": The certificate is signed with a digest that can be forged");
	paper_says("issued again with SHA-256");
}
END_TEST

/* Whoever may report a peer writes the host. */
static const char *const hostile[] = {"pbx;reboot", "$(reboot)", "pbx reboot",
	"pbx\nreboot", "-h", "`x`", ""};

START_TEST(a_command_to_be_copied_has_no_host_that_a_shell_would_read)
{
	CLEANUP(free) char *command = NULL;

	ck_assert_int_eq(changes_trust_command(ONES, hostile[_i], &command), 0);
	ck_assert_str_eq(command, "certprovctl trust 1111111111111111");
}
END_TEST

START_TEST(der_is_uploaded_as_it_is)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD, .replies = {ACCEPTED}});
	scrap_add(path, root->der.data, root->der.len);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_COMPLETE);
	uploaded(root);
	paper_prints("SHA-256    " ONES "\n");
	paper_prints("Outcome    accepted\n");
	ck_assert_str_eq(paper_err(), "");
}
END_TEST

START_TEST(one_certificate_in_pem_is_uploaded_as_der_and_said)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD, .replies = {ACCEPTED}});
	scrap_add_pem(path, root);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_COMPLETE);
	uploaded(root);
	paper_says(" is PEM: its certificate is uploaded as DER\n");
}
END_TEST

START_TEST(several_certificates_are_not_uploaded_at_once)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD, .replies = {ACCEPTED}});
	scrap_add_pem(path, root);
	scrap_add_pem(path, root);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_TROUBLE);
	paper_says("it holds 2 certificates");
	paper_says("one at a time");
	ck_assert_uint_eq(canned_calls(), 0);
}
END_TEST

START_TEST(a_refused_upload_says_how_to_trust_it_all_the_same)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD,
		.replies = {ANSWER("false", "issuer-not-trusted",
			",\"remedy\":\"Publish its issuer first.\"")}});
	scrap_add(path, root->der.data, root->der.len);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_PARTIAL);
	paper_prints("Outcome    issuer-not-trusted\n");
	paper_prints("Reason     Because.\n");
	paper_prints("Remedy     Publish its issuer first.\n");
	paper_prints("Exception  certprovctl trust 1111111111111111\n");
}
END_TEST

START_TEST(what_nothing_cures_has_no_such_command)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD,
		.replies = {ANSWER("false", "key-too-weak", "")}});
	scrap_add(path, root->der.data, root->der.len);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_PARTIAL);
	ck_assert_ptr_null(strstr(paper_out(), "certprovctl trust"));
}
END_TEST

START_TEST(an_upload_as_json_is_the_reply_and_the_same_status)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD,
		.replies = {ANSWER("false", "key-too-weak", "")}});
	scrap_add(path, root->der.data, root->der.len);
	ck_assert_int_eq(
		paper_run(scrap_words("upload --json", path)), EXIT_PARTIAL);
	paper_prints("{\"outcome\":{\"kind\":\"certificate\"");
}
END_TEST

START_TEST(remove_says_what_was_done)
{
	CANNED({.method = LIST, .replies = {ROW}},
		{.method = "io.certprov.admin.Remove", .replies = {CHANGED}});
	ck_assert_int_eq(paper_run("remove servers 111111"), EXIT_COMPLETE);
	ck_assert_str_eq(
		paper_out(), ONES ": removed from servers (generation 42)\n");
	canned_called("{\"list\":\"servers\",\"sha256\":\"" ONES "\"}");
}
END_TEST

START_TEST(remove_with_force_says_so_to_the_daemon)
{
	CANNED({.method = "io.certprov.admin.Remove", .replies = {CHANGED}});
	ck_assert_int_eq(
		paper_run("remove --force unknown " ONES), EXIT_COMPLETE);
	canned_called("\"force\":true");
}
END_TEST

START_TEST(remove_with_a_host_ends_one_exception)
{
	CANNED({.method = "io.certprov.admin.Remove", .replies = {CHANGED}});
	ck_assert_int_eq(
		paper_run("remove servers " ONES " --host pbx.example"),
		EXIT_COMPLETE);
	canned_called("{\"list\":\"servers\",\"host\":\"pbx.example\","
		      "\"sha256\":\"" ONES "\"}");
	ck_assert_str_eq(paper_out(),
		ONES
		": the exception for pbx.example removed (generation 42)\n");
}
END_TEST

START_TEST(remove_with_a_star_ends_the_exception_for_every_host)
{
	CANNED({.method = "io.certprov.admin.Remove", .replies = {CHANGED}});
	ck_assert_int_eq(
		paper_run("remove servers " ONES " --host *"), EXIT_COMPLETE);
	canned_called("\"host\":\"*\"");
	ck_assert_str_eq(paper_out(),
		ONES
		": the exception for every host removed (generation 42)\n");
}
END_TEST

START_TEST(what_is_no_host_has_no_exception_to_remove)
{
	ck_assert_int_eq(paper_run("remove servers " ONES " --host .pbx"),
		EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "not \".pbx\""));
	ck_assert_int_eq(paper_run("remove unknown " ONES " --host pbx"),
		EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(
		strstr(paper_err(), "only certificates of servers"));
}
END_TEST

START_TEST(nothing_is_removed_from_other_lists)
{
	ck_assert_int_eq(paper_run("remove authorities " ONES), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "not from \"authorities\""));
}
END_TEST

START_TEST(distrust_is_of_a_certificate_unless_it_says_otherwise)
{
	CANNED({.method = "io.certprov.admin.Distrust", .replies = {CHANGED}});
	ck_assert_int_eq(
		paper_run("distrust " ONES " --reason stolen"), EXIT_COMPLETE);
	canned_called("{\"kind\":\"certificate\",\"sha256\":\"" ONES
		      "\",\"reason\":\"stolen\"}");
	ck_assert_int_eq(
		paper_run("distrust -k public-key " ONES), EXIT_COMPLETE);
	canned_called("{\"kind\":\"public-key\",\"sha256\":\"" ONES "\"}");
	ck_assert_str_eq(paper_out(), ONES ": distrusted (generation 42)\n");
}
END_TEST

START_TEST(a_public_key_needs_its_whole_digest)
{
	ck_assert_int_eq(
		paper_run("distrust -k public-key 111111"), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "must be complete"));
}
END_TEST

START_TEST(a_kind_there_is_not_is_wrong_use)
{
	ck_assert_int_eq(paper_run("lift -k key " ONES), EXIT_WRONG_USE);
	ck_assert_int_eq(paper_run("distrust -k key " ONES), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "not \"key\""));
}
END_TEST

START_TEST(lift_finds_its_digest_among_those_of_the_kind)
{
	CANNED({.method = "io.certprov.admin.ListDistrusted",
		       .replies = {"{\"parameters\":{\"distrusted\":["
				   "{\"kind\":\"public-key\",\"sha256\":"
				   "\"" ONES_AND_2 "\"},"
				   "{\"kind\":\"certificate\",\"sha256\":"
				   "\"" ONES "\"}]}}"}},
		{.method = "io.certprov.admin.LiftDistrust",
			.replies = {CHANGED}});
	ck_assert_int_eq(paper_run("lift 111111"), EXIT_COMPLETE);
	canned_called("{\"kind\":\"certificate\",\"sha256\":\"" ONES "\"}");
	ck_assert_str_eq(
		paper_out(), ONES ": no longer distrusted (generation 42)\n");
}
END_TEST

START_TEST(a_setting_is_set)
{
	CANNED({.method = SET,
		.replies = {"{\"parameters\":{\"generation\":6}}"}});
	ck_assert_int_eq(
		paper_run("set update_policy never_update"), EXIT_COMPLETE);
	canned_called(
		"{\"name\":\"update_policy\",\"value\":\"never_update\"}");
	ck_assert_str_eq(paper_out(), "update_policy: set (generation 6)\n");
}
END_TEST

START_TEST(a_value_is_read_from_a_file)
{
	const char *path = scrap_new();
	const char *words[] = {"set http_client_pass", "set webserver_cert",
		"set setting_server"};
	char line[256];

	scrap_add_text(path, "hunter-2");
	CANNED({.method = SET,
		.replies = {"{\"parameters\":{\"generation\":6}}"}});
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		(void)snprintf(line, sizeof(line), "%s @%s", words[i], path);
		ck_assert_int_eq(paper_run(line), EXIT_COMPLETE);
		canned_called("\"value\":\"hunter-2\"}");
	}
	ck_assert_int_eq(
		paper_run("set http_client_pass @/nowhere/x"), EXIT_TROUBLE);
	paper_says("/nowhere/x: No such file");
}
END_TEST

START_TEST(a_file_without_a_value_or_with_more_than_text_is_refused)
{
	const char *empty = scrap_new();
	const char *binary = scrap_new();
	char line[256];

	CANNED({.method = SET,
		.replies = {"{\"parameters\":{\"generation\":6}}"}});
	(void)snprintf(line, sizeof(line), "set http_client_pass @%s", empty);
	ck_assert_int_eq(paper_run(line), EXIT_TROUBLE);
	scrap_add(binary, "hunter\0-2", sizeof("hunter\0-2") - 1);
	(void)snprintf(line, sizeof(line), "set http_client_pass @%s", binary);
	ck_assert_int_eq(paper_run(line), EXIT_TROUBLE);
}
END_TEST

START_TEST(a_secret_on_the_command_line_is_refused_and_not_repeated)
{
	const char *const secret[] = {"set http_client_pass hunter-2",
		"set http_client_pass @", "set webserver_cert hunter-2"};

	for (size_t i = 0; i < ARRAY_SIZE(secret); i++) {
		ck_assert_int_eq(paper_run(secret[i]), EXIT_WRONG_USE);
		paper_says("write @FILE");
		ck_assert_ptr_null(strstr(paper_err(), "hunter-2"));
	}
}
END_TEST

START_TEST(without_a_value_a_setting_goes_back_to_its_default)
{
	CANNED({.method = SET,
		.replies = {"{\"parameters\":{\"generation\":7}}"}});
	ck_assert_int_eq(paper_run("set --force update_policy"), EXIT_COMPLETE);
	canned_called("{\"name\":\"update_policy\",\"force\":true}");
	ck_assert_str_eq(paper_out(),
		"update_policy: reset to its default (generation 7)\n");
}
END_TEST

START_TEST(a_setting_the_daemon_refuses_is_explained)
{
	CANNED({.method = SET,
		.replies = {"{\"error\":\"io.certprov.admin.InvalidSetting\","
			    "\"parameters\":{\"name\":\"a\",\"reason\":"
			    "\"it is a number\"}}"}});
	ck_assert_int_eq(paper_run("set a b"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(
		strstr(paper_err(), "a cannot be set to this: it is a number"));
}
END_TEST

START_TEST(an_offer_that_is_none_is_told_what_is_wrong)
{
	ck_assert_int_eq(
		paper_run("offer-server ftp http://h/"), EXIT_WRONG_USE);
	paper_says("dhcp114 or tr69, not \"ftp\"");
	ck_assert_int_eq(
		paper_run("offer-server pnp tftp://h/"), EXIT_WRONG_USE);
	paper_says("it begins with \"tftp:\", which is neither");
	ck_assert_int_eq(
		paper_run("offer-server pnp http://u:hunter-2@h:99999/"),
		EXIT_WRONG_USE);
	ck_assert_ptr_null(strstr(paper_err(), "hunter-2"));
}
END_TEST

START_TEST(an_offer_is_handed_in_and_withdrawn)
{
	CANNED({.method = "io.certprov.admin.OfferSettingServer",
		.replies = {"{\"parameters\":{}}"}});
	ck_assert_int_eq(
		paper_run("offer-server dhcp https://h/{mac}"), EXIT_COMPLETE);
	canned_called("{\"source\":\"dhcp\",\"url\":\"https://h/{mac}\"}");
	ck_assert_int_eq(paper_run("offer-server dhcp"), EXIT_COMPLETE);
	canned_called("{\"source\":\"dhcp\",\"url\":\"\"}");
}
END_TEST

START_TEST(clock_reset_asks_for_it_and_says_so)
{
	CANNED({.method = "io.certprov.admin.ResetClock",
		.replies = {"{\"parameters\":{}}"}});
	ck_assert_int_eq(paper_run("clock reset"), EXIT_COMPLETE);
	ck_assert_ptr_nonnull(
		strstr(paper_out(), "floor is the build date again"));
	ck_assert_uint_eq(canned_calls(), 1);
}
END_TEST

#define RESET "io.certprov.admin.FactoryReset"

START_TEST(without_a_terminal_a_factory_reset_needs_a_yes)
{
	CANNED({.method = RESET, .replies = {CHANGED}});
	ck_assert_int_eq(paper_run("factory-reset"), EXIT_FAILED);
	paper_says("nothing was reset: there is no terminal to ask at\n"
		   "  Repeat it with --yes if you mean it.\n");
	ck_assert_uint_eq(canned_calls(), 0);
	ck_assert_int_eq(paper_run("factory-reset --yes"), EXIT_COMPLETE);
	paper_prints("this phone: reset to the state of the factory "
		     "(generation 42)\n");
	ck_assert_uint_eq(canned_calls(), 1);
}
END_TEST

START_TEST(clock_knows_nothing_else)
{
	ck_assert_int_eq(paper_run("clock set"), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "not \"set\""));
	ck_assert_int_eq(paper_run("clock"), EXIT_WRONG_USE);
}
END_TEST

test_case_maker changes_tests;

TCase *changes_tests(void)
{
	TCase *tc = tcase_create("changes");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
		trust_is_for_every_host_and_for_good_unless_it_says_otherwise);
	tcase_add_test(tc, trust_says_what_the_exception_lets_pass);
	tcase_add_test(tc, an_exception_is_made_whatever_is_known_of_it);
	tcase_add_test(tc, trust_takes_a_host_and_an_end);
	tcase_add_test(tc, a_span_counts_from_now_or_from_the_build_date);
	tcase_add_test(tc, trust_finds_its_certificate_by_its_first_digits);
	tcase_add_test(tc, trust_looks_for_its_certificate_in_every_list);
	tcase_add_loop_test(
		tc, what_cannot_be_meant_is_wrong_use, 0, ARRAY_SIZE(wrong));
	tcase_add_test(tc, what_no_exception_cures_is_explained_with_what_does);
	tcase_add_loop_test(tc,
		a_command_to_be_copied_has_no_host_that_a_shell_would_read, 0,
		ARRAY_SIZE(hostile));
	tcase_add_test(tc, der_is_uploaded_as_it_is);
	tcase_add_test(tc, one_certificate_in_pem_is_uploaded_as_der_and_said);
	tcase_add_test(tc, several_certificates_are_not_uploaded_at_once);
	tcase_add_test(tc, a_refused_upload_says_how_to_trust_it_all_the_same);
	tcase_add_test(tc, what_nothing_cures_has_no_such_command);
	tcase_add_test(tc, an_upload_as_json_is_the_reply_and_the_same_status);
	tcase_add_test(tc, remove_says_what_was_done);
	tcase_add_test(tc, remove_with_force_says_so_to_the_daemon);
	tcase_add_test(tc, remove_with_a_host_ends_one_exception);
	tcase_add_test(
		tc, remove_with_a_star_ends_the_exception_for_every_host);
	tcase_add_test(tc, what_is_no_host_has_no_exception_to_remove);
	tcase_add_test(tc, nothing_is_removed_from_other_lists);
	tcase_add_test(
		tc, distrust_is_of_a_certificate_unless_it_says_otherwise);
	tcase_add_test(tc, a_public_key_needs_its_whole_digest);
	tcase_add_test(tc, a_kind_there_is_not_is_wrong_use);
	tcase_add_test(tc, lift_finds_its_digest_among_those_of_the_kind);
	tcase_add_test(tc, a_setting_is_set);
	tcase_add_test(tc, a_value_is_read_from_a_file);
	tcase_add_test(
		tc, a_file_without_a_value_or_with_more_than_text_is_refused);
	tcase_add_test(
		tc, a_secret_on_the_command_line_is_refused_and_not_repeated);
	tcase_add_test(tc, without_a_value_a_setting_goes_back_to_its_default);
	tcase_add_test(tc, a_setting_the_daemon_refuses_is_explained);
	tcase_add_test(tc, an_offer_that_is_none_is_told_what_is_wrong);
	tcase_add_test(tc, an_offer_is_handed_in_and_withdrawn);
	tcase_add_test(tc, clock_reset_asks_for_it_and_says_so);
	tcase_add_test(tc, clock_knows_nothing_else);
	tcase_add_test(tc, without_a_terminal_a_factory_reset_needs_a_yes);
	return tc;
}
