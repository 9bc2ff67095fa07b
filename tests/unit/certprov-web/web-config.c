/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/web-config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/runner.h"

static char path[] = "/tmp/certprov-web-config-XXXXXX";
static struct web_config config;
static struct web_config_report report;

static void setup(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
}

static void teardown(void)
{
	web_config_done(&config);
	web_config_report_done(&report);
	(void)unlink(path);
}

static int load(const char *text)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return web_config_load(path, &config, &report);
}

START_TEST(a_file_that_is_not_there_is_an_empty_one)
{
	ck_assert_int_eq(
		web_config_load("/nonexistent/web.conf", &config, &report), 0);
	ck_assert_ptr_null(config.users);
	ck_assert_str_eq(
		config.trust_socket, "/run/certprov/io.certprov.trust");
	ck_assert_uint_eq(config.hsts, 0);
	ck_assert_uint_eq(config.session_idle, UINT64_C(15) * 60);
	ck_assert_uint_eq(config.session_end, UINT64_C(12) * 3600);
}
END_TEST

START_TEST(every_key_is_read)
{
	ck_assert_int_eq(load("[web]\nUsers=/etc/u\nListen=[::1]:8443\n"
			      "UserHeader=X-Remote-User\n"
			      "FrontEndUser=www-data\nHSTS=365d\n"
			      "TrustSocket=/t\nAdminSocket=/a\n"
			      "IdentitySocket=/i\nSessionIdle=90\n"
			      "SessionEnd=2h\n"),
		0);
	ck_assert_str_eq(config.users, "/etc/u");
	ck_assert_str_eq(config.listen, "[::1]:8443");
	ck_assert_str_eq(config.user_header, "X-Remote-User");
	ck_assert_str_eq(config.front_end_user, "www-data");
	ck_assert_uint_eq(config.hsts, UINT64_C(365) * 24 * 3600);
	ck_assert_str_eq(config.trust_socket, "/t");
	ck_assert_str_eq(config.admin_socket, "/a");
	ck_assert_str_eq(config.identity_socket, "/i");
	ck_assert_uint_eq(config.session_idle, 90);
	ck_assert_uint_eq(config.session_end, UINT64_C(2) * 3600);
	ck_assert_uint_eq(report.warning_count, 0);
}
END_TEST

static const char *const wrong[] = {
	"Users=relative/path",
	"Listen=8443",
	"Listen=:8443",
	"Listen=phone:",
	"Listen=phone:http",
	"Listen=phone:0",
	"Listen=phone:65536",
	"Listen=phone:000443",
	"UserHeader=X Remote",
	"UserHeader=X:",
	"HSTS=-1",
	"HSTS=1y",
	"HSTS=s",
	"HSTS=18446744073709551616",
	"HSTS=18446744073709551615d",
	"SessionIdle=0",
	"SessionEnd=0h",
	"TrustSocket=@abstract",
};

START_TEST(a_value_that_is_not_allowed_is_an_error_with_its_line)
{
	char text[256];
	char where[64];

	(void)snprintf(text, sizeof(text), "[web]\n%s\n", wrong[_i]);
	(void)snprintf(where, sizeof(where), "%s:2: ", path);
	ck_assert_int_eq(load(text), -EINVAL);
	ck_assert_uint_eq(report.error_count, 1);
	ck_assert_msg(strstr(report.errors[0], where) == report.errors[0], "%s",
		report.errors[0]);
	ck_assert_ptr_nonnull(strstr(report.errors[0], wrong[_i]));
}
END_TEST

START_TEST(what_is_no_key_is_a_warning_with_its_line)
{
	ck_assert_int_eq(load("[web]\nUser=x\n[other]\nUsers=/x\n"), 0);
	ck_assert_uint_eq(report.warning_count, 2);
	ck_assert_ptr_nonnull(strstr(report.warnings[0], ":2: "));
	ck_assert_ptr_nonnull(
		strstr(report.warnings[1], ":4: there is no key Users in"));
	ck_assert_ptr_null(config.users);
}
END_TEST

START_TEST(a_line_longer_than_one_may_be_is_refused)
{
	char text[WEB_CONFIG_MAX_LINE + 64] = "[web]\nUsers=/";
	size_t line = WEB_CONFIG_MAX_LINE - strlen("Users=/");

	memset(text + strlen(text), 'x', line);
	ck_assert_int_eq(load(text), 0);
	ck_assert_uint_eq(
		strlen(config.users), WEB_CONFIG_MAX_LINE - strlen("Users="));
	web_config_done(&config);
	memset(text + strlen(text), 'x', 1);
	ck_assert_int_eq(load(text), -EINVAL);
}
END_TEST

START_TEST(problems_beyond_those_kept_are_counted)
{
	char text[2048] = "[web]\n";
	size_t at = strlen(text);

	for (int i = 0; i <= WEB_CONFIG_MAX_PROBLEMS; i++)
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "Users=x\nUser=x\n");
	ck_assert_int_eq(load(text), -EINVAL);
	ck_assert_uint_eq(report.error_count, WEB_CONFIG_MAX_PROBLEMS + 1);
	ck_assert_uint_eq(report.warning_count, WEB_CONFIG_MAX_PROBLEMS + 1);
}
END_TEST

START_TEST(what_is_no_line_at_all_is_an_error)
{
	ck_assert_int_eq(load("[web]\n\nUsers\n"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(report.errors[0], ":3: neither"));
}
END_TEST

test_case_maker web_config_tests;
TCase *web_config_tests(void)
{
	TCase *tc = tcase_create("web-config");

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_file_that_is_not_there_is_an_empty_one);
	tcase_add_test(tc, every_key_is_read);
	tcase_add_loop_test(tc,
		a_value_that_is_not_allowed_is_an_error_with_its_line, 0,
		(int)(sizeof(wrong) / sizeof(*wrong)));
	tcase_add_test(tc, what_is_no_key_is_a_warning_with_its_line);
	tcase_add_test(tc, a_line_longer_than_one_may_be_is_refused);
	tcase_add_test(tc, problems_beyond_those_kept_are_counted);
	tcase_add_test(tc, what_is_no_line_at_all_is_an_error);
	return tc;
}
