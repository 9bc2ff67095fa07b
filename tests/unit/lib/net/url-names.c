/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/url-names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/unit/runner.h"

static const struct url_variables phone = {
	.mac = "000413A11FA7",
	.phone_type = "snomD345",
};

START_TEST(mac_is_twelve_upper_case_digits)
{
	static const char *const bad[] = {"", "000413a11fa", "000413a11fa7a",
		"000413a11fag", ":000413a11fa7",
		"000413a11fa7:", "0:00413a11fa7", "00 04 13 a1 1f a7"};
	char mac[URL_MAC_CHARS + 1] = "untouched";

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(url_normalise_mac(bad[i], mac) == -EINVAL, "%s",
			bad[i]);
	ck_assert_str_eq(mac, "untouched");
	ck_assert_int_eq(url_normalise_mac("00:04:13:a1:1f:a7", mac), 0);
	ck_assert_str_eq(mac, "000413A11FA7");
	ck_assert_int_eq(url_normalise_mac("000413-A11FA7", mac), 0);
	ck_assert_str_eq(mac, "000413A11FA7");
}
END_TEST

static const struct {
	const char *text;
	const char *expanded;
	const char *unknown;
} expansions[] = {
	{"http://h/{mac}.xml", "http://h/000413A11FA7.xml", NULL},
	{"{phone_type}-{mac}", "snomD345-000413A11FA7", NULL},
	{"http://{mac}:x@h/?m={mac}", "http://000413A11FA7:x@h/?m=000413A11FA7",
		NULL},
	{"http://h/{model}/{mac}/{ip}", "http://h/{model}/000413A11FA7/{ip}",
		"model,ip"},
	{"{MAC}", "{MAC}", "MAC"},
	{"{{mac}}", "{000413A11FA7}", NULL},
	{"{mac", "{mac", NULL},
	{"{}{ mac}", "{}{ mac}", NULL},
	{"%7Bmac%7D", "%7Bmac%7D", NULL},
};

START_TEST(variables_are_expanded_and_unknown_ones_stay)
{
	CLEANUP(free) char *expanded = NULL;
	CLEANUP(free) char *unknown = NULL;

	ck_assert_int_eq(
		url_expand(expansions[_i].text, &phone, &expanded, &unknown),
		0);
	ck_assert_str_eq(expanded, expansions[_i].expanded);
	ck_assert_msg(string_equal(unknown, expansions[_i].unknown), "%s",
		expansions[_i].text);
}
END_TEST

START_TEST(variable_without_a_value_is_an_unknown_one)
{
	const struct url_variables nothing = {.mac = NULL};
	CLEANUP(free) char *expanded = NULL;
	CLEANUP(free) char *unknown = NULL;

	ck_assert_int_eq(
		url_expand("{phone_type}/{mac}", &nothing, &expanded, &unknown),
		0);
	ck_assert_str_eq(expanded, "{phone_type}/{mac}");
	ck_assert_str_eq(unknown, "phone_type,mac");
}
END_TEST

START_TEST(expansion_past_the_longest_url_is_refused)
{
	char text[URL_MAX_CHARS + 1] = {0};
	char *expanded = NULL;
	CLEANUP(free) char *fits = NULL;
	size_t len = URL_MAX_CHARS - URL_MAC_CHARS;

	memset(text, 'a', len);
	memcpy(text + len, "{mac}", 5);
	ck_assert_int_eq(url_expand(text, &phone, &fits, NULL), 0);
	ck_assert_uint_eq(strlen(fits), URL_MAX_CHARS);
	text[len] = 'a';
	memcpy(text + len + 1, "{mac}", 5);
	ck_assert_int_eq(url_expand(text, &phone, &expanded, NULL), -E2BIG);
	ck_assert_ptr_null(expanded);
}
END_TEST

static const struct {
	const char *text;
	const char *first;
	const char *second;
} names[] = {
	{"http://h", "http://h/snomD345.htm",
		"http://h/snomD345-000413A11FA7.htm"},
	{"http://u:p@h:81/a/", "http://u:p@h:81/a/snomD345.htm",
		"http://u:p@h:81/a/snomD345-000413A11FA7.htm"},
	{"http://h/{mac}/", "http://h/000413A11FA7/snomD345.htm",
		"http://h/000413A11FA7/snomD345-000413A11FA7.htm"},
	{"http://h/a.b/c.d.xml", "http://h/a.b/c.d.xml",
		"http://h/a.b/c.d-000413A11FA7.xml"},
	{"http://h/conf", "http://h/conf", "http://h/conf-000413A11FA7"},
	{"http://h/.conf", "http://h/.conf", "http://h/.conf-000413A11FA7"},
	{"http://h/i.php?a=b", "http://h/i.php?a=b",
		"http://h/i-000413A11FA7.php?a=b"},
	{"http://{mac}:p@h/a.xml", "http://000413A11FA7:p@h/a.xml",
		"http://000413A11FA7:p@h/a-000413A11FA7.xml"},
	{"http://h/{mac}.xml", "http://h/000413A11FA7.xml", NULL},
	{"http://h/i.php?mac={mac}", "http://h/i.php?mac=000413A11FA7", NULL},
	{"http://h/snomD345-000413a11fa7.htm",
		"http://h/snomD345-000413a11fa7.htm", NULL},
	{"http://h/?mac={mac}", "http://h/?mac=000413A11FA7", NULL},
};

START_TEST(first_files_are_the_ones_a_phone_asks_for)
{
	CLEANUP(url_names_done) struct url_names n = {0};

	ck_assert_int_eq(url_first_files(names[_i].text, &phone, &n), 0);
	ck_assert_str_eq(n.urls[0], names[_i].first);
	ck_assert_uint_eq(n.count, names[_i].second ? 2 : 1);
	if (names[_i].second)
		ck_assert_str_eq(n.urls[1], names[_i].second);
}
END_TEST

START_TEST(phone_without_type_or_mac_derives_what_it_can)
{
	const struct url_variables no_mac = {.phone_type = "snomD345"};
	const struct url_variables no_type = {.mac = "000413A11FA7"};
	CLEANUP(url_names_done) struct url_names a = {0};
	CLEANUP(url_names_done) struct url_names b = {0};
	CLEANUP(url_names_done) struct url_names c = {0};
	struct url_names untouched = {.count = 0};

	ck_assert_int_eq(url_first_files("http://h/", &no_mac, &a), 0);
	ck_assert_uint_eq(a.count, 1);
	ck_assert_str_eq(a.urls[0], "http://h/snomD345.htm");
	ck_assert_int_eq(url_first_files("http://h/x.xml", &no_mac, &b), 0);
	ck_assert_uint_eq(b.count, 1);
	ck_assert_int_eq(url_first_files("http://h/", &no_type, &c), 0);
	ck_assert_str_eq(c.urls[0], "http://h/");
	ck_assert_int_eq(url_first_files("ftp://h/", &phone, &untouched),
		-EPROTONOSUPPORT);
	ck_assert_uint_eq(untouched.count, 0);
}
END_TEST

TCase *url_names_tests(void);

TCase *url_names_tests(void)
{
	TCase *tc = tcase_create("url-names");

	tcase_add_test(tc, mac_is_twelve_upper_case_digits);
	tcase_add_loop_test(tc, variables_are_expanded_and_unknown_ones_stay, 0,
		ARRAY_SIZE(expansions));
	tcase_add_test(tc, variable_without_a_value_is_an_unknown_one);
	tcase_add_test(tc, expansion_past_the_longest_url_is_refused);
	tcase_add_loop_test(tc, first_files_are_the_ones_a_phone_asks_for, 0,
		ARRAY_SIZE(names));
	tcase_add_test(tc, phone_without_type_or_mac_derives_what_it_can);
	return tc;
}
