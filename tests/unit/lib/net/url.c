/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/url-fault.h"
#include "tests/unit/runner.h"

static const struct {
	const char *text;
	const char *normal;
} good[] = {
	{"http://a", "http://a/"},
	{" \n\thttp://a/b \r\n", "http://a/b"},
	{"HTTP://Example.COM:80/", "http://example.com/"},
	{"https://example.com.:443", "https://example.com/"},
	{"https://example.com:0443/x", "https://example.com/x"},
	{"http://example.com:443/", "http://example.com:443/"},
	{"http://example.com:/", "http://example.com/"},
	{"http://h/a/./b/../c", "http://h/a/c"},
	{"http://h/../../a", "http://h/a"},
	{"http://h/%2e%2E/a", "http://h/a"},
	{"http://h/a/%7euser%2f%3a", "http://h/a/~user%2F%3A"},
	{"http://h?x=1", "http://h/?x=1"},
	{"http://h/?", "http://h/?"},
	{"http://h/a#b?c@d", "http://h/a"},
	{"http://h/a b/\xc3\xa4.der", "http://h/a%20b/%C3%A4.der"},
	{"http://h/{mac}?m={mac}", "http://h/{mac}?m={mac}"},
	{"http://h/?a=[1]&b=x|y", "http://h/?a=%5B1%5D&b=x%7Cy"},
	{"http://u:p@h/", "http://u:p@h/"},
	{"http://u:p@ss@h/", "http://u:p%40ss@h/"},
	{"http://@h/", "http://h/"},
	{"http://192.0.2.1:8080/", "http://192.0.2.1:8080/"},
	{"http://[2001:DB8:0::1]:8080/", "http://[2001:db8::1]:8080/"},
	{"http://a_b.c-d/", "http://a_b.c-d/"},
	{"http://x.0xg/", "http://x.0xg/"},
};

START_TEST(url_comes_out_in_its_one_form)
{
	CLEANUP(url_done) struct url u = {0};
	CLEANUP(free) char *text = NULL;

	ck_assert_msg(url_parse(good[_i].text, &u) == 0, "%s", good[_i].text);
	ck_assert_int_eq(url_format(&u, &text), 0);
	ck_assert_str_eq(text, good[_i].normal);
}
END_TEST

static const struct {
	const char *text;
	int error;
} bad[] = {
	{"", -EINVAL},
	{"a", -EINVAL},
	{"//a/b", -EINVAL},
	{"http:", -EINVAL},
	{"http:/a", -EINVAL},
	{"http://", -EINVAL},
	{"http:///x", -EINVAL},
	{"http:a", -EINVAL},
	{"ftp://a/", -EPROTONOSUPPORT},
	{"file:///etc/passwd", -EPROTONOSUPPORT},
	{"httpsx://a/", -EPROTONOSUPPORT},
	{"h://a/", -EPROTONOSUPPORT},
	{"http://a b/", -EINVAL},
	{"http://a%41/", -EINVAL},
	{"http://a..b/", -EINVAL},
	{"http://.a/", -EINVAL},
	{"http://a../", -EINVAL},
	{"http://\xc3\xa4/", -EINVAL},
	{"http://127.1/", -EINVAL},
	{"http://2130706433/", -EINVAL},
	{"http://0177.0.0.1/", -EINVAL},
	{"http://0x7f.0.0.1/", -EINVAL},
	{"http://127.0.0.0x1/", -EINVAL},
	{"http://1.2.3.256/", -EINVAL},
	{"http://[::1/", -EINVAL},
	{"http://[::1]x/", -EINVAL},
	{"http://[fe80::1%25eth0]/", -EINVAL},
	{"http://[127.0.0.1]/", -EINVAL},
	{"http://[]/", -EINVAL},
	{"http://a:0/", -EINVAL},
	{"http://a:65536/", -EINVAL},
	{"http://a:+80/", -EINVAL},
	{"http://a:000080/", -EINVAL},
	{"http://a:80x/", -EINVAL},
	{"http://a\\b/", -EINVAL},
	{"http://a/\\b", -EINVAL},
	{"http://a/\x01", -EINVAL},
	{"http://a/b\nc", -EINVAL},
	{"http://a/%", -EINVAL},
	{"http://a/%4", -EINVAL},
	{"http://a/%4g", -EINVAL},
	{"http://u%@a/", -EINVAL},
	{"http://u\\@a/", -EINVAL},
	{"http://a?%zz", -EINVAL},
};

START_TEST(what_is_no_url_is_refused)
{
	struct url u = {.host = NULL};

	ck_assert_msg(url_parse(bad[_i].text, &u) == bad[_i].error, "%s",
		bad[_i].text);
	ck_assert_ptr_null(u.host);
}
END_TEST

START_TEST(one_character_more_than_a_url_has_is_refused)
{
	char text[URL_MAX_CHARS + 2] = "http://h/";
	size_t len = strlen(text);
	CLEANUP(url_done) struct url u = {0};
	CLEANUP(url_done) struct url other = {0};

	memset(text + len, 'a', URL_MAX_CHARS - len);
	ck_assert_int_eq(url_parse(text, &u), 0);
	text[URL_MAX_CHARS] = 'a';
	ck_assert_int_eq(url_parse(text, &other), -E2BIG);
	ck_assert_int_eq(url_resolve(&u, text + 9, &other), -E2BIG);
	text[URL_MAX_CHARS] = 0;
	text[len] = ' '; /* three characters when escaped */
	text[len + 1] = ' ';
	ck_assert_int_eq(url_parse(text, &other), -E2BIG);
	ck_assert_ptr_null(other.host);
}
END_TEST

START_TEST(a_host_of_any_longer_name_is_refused)
{
	char text[400] = "http://";
	struct url u = {.host = NULL};
	struct url ok = {0};

	memset(text + 7, 'a', 63);
	ck_assert_int_eq(url_parse(text, &ok), 0);
	url_done(&ok);
	text[7 + 63] = 'a';
	ck_assert_int_eq(url_parse(text, &u), -EINVAL);
	for (size_t i = 0; i < URL_HOST_MAX_CHARS; i++)
		text[7 + i] = i % 2 ? '.' : 'a';
	ck_assert_int_eq(url_parse(text, &ok), 0);
	url_done(&ok);
	text[7 + URL_HOST_MAX_CHARS - 1] = 'a';
	text[7 + URL_HOST_MAX_CHARS] = 'a';
	ck_assert_int_eq(url_parse(text, &u), -EINVAL);
}
END_TEST

/* RFC 3986 sections 5.4.1 and 5.4.2, without the fragments, and ours. */
static const struct {
	const char *reference;
	const char *target;
} references[] = {
	{"http:g", NULL},
	{"g:h", NULL},
	{"g", "http://a/b/c/g"},
	{"./g", "http://a/b/c/g"},
	{"g/", "http://a/b/c/g/"},
	{"/g", "http://a/g"},
	{"//g", "http://g/"},
	{"?y", "http://a/b/c/d;p?y"},
	{"g?y", "http://a/b/c/g?y"},
	{"#s", "http://a/b/c/d;p?q"},
	{"g#s", "http://a/b/c/g"},
	{"g?y#s", "http://a/b/c/g?y"},
	{";x", "http://a/b/c/;x"},
	{"g;x", "http://a/b/c/g;x"},
	{"g;x?y#s", "http://a/b/c/g;x?y"},
	{"", "http://a/b/c/d;p?q"},
	{".", "http://a/b/c/"},
	{"./", "http://a/b/c/"},
	{"..", "http://a/b/"},
	{"../", "http://a/b/"},
	{"../g", "http://a/b/g"},
	{"../..", "http://a/"},
	{"../../", "http://a/"},
	{"../../g", "http://a/g"},
	{"../../../g", "http://a/g"},
	{"../../../../g", "http://a/g"},
	{"/./g", "http://a/g"},
	{"/../g", "http://a/g"},
	{"g.", "http://a/b/c/g."},
	{".g", "http://a/b/c/.g"},
	{"g..", "http://a/b/c/g.."},
	{"..g", "http://a/b/c/..g"},
	{"./../g", "http://a/b/g"},
	{"./g/.", "http://a/b/c/g/"},
	{"g/./h", "http://a/b/c/g/h"},
	{"g/../h", "http://a/b/c/h"},
	{"g;x=1/./y", "http://a/b/c/g;x=1/y"},
	{"g;x=1/../y", "http://a/b/c/y"},
	{"g?y/./x", "http://a/b/c/g?y/./x"},
	{"g?y/../x", "http://a/b/c/g?y/../x"},
	{"g#s/../x", "http://a/b/c/g"},
	{"https://x/y", "https://x/y"},
	{" g ", "http://a/b/c/g"},
	{"javascript:alert(1)", NULL},
	{"file:///etc/passwd", NULL},
	{"\\\\host\\x", NULL},
	{"//", NULL},
};

START_TEST(reference_is_resolved_as_the_standard_says)
{
	CLEANUP(url_done) struct url base = {0};
	CLEANUP(url_done) struct url u = {0};
	CLEANUP(free) char *text = NULL;
	int r = 0;

	ck_assert_int_eq(url_parse("http://a/b/c/d;p?q", &base), 0);
	r = url_resolve(&base, references[_i].reference, &u);
	if (!references[_i].target) {
		ck_assert_msg(r < 0, "%s", references[_i].reference);
		return;
	}
	ck_assert_msg(r == 0, "%s", references[_i].reference);
	ck_assert_int_eq(url_format(&u, &text), 0);
	ck_assert_str_eq(text, references[_i].target);
}
END_TEST

START_TEST(userinfo_stays_with_relative_references_only)
{
	CLEANUP(url_done) struct url base = {0};
	CLEANUP(url_done) struct url near = {0};
	CLEANUP(url_done) struct url far = {0};

	ck_assert_int_eq(url_parse("http://u:p@a/b/c", &base), 0);
	ck_assert_int_eq(url_resolve(&base, "/x", &near), 0);
	ck_assert_str_eq(near.userinfo, "u:p");
	ck_assert_int_eq(url_resolve(&base, "//b/x", &far), 0);
	ck_assert_ptr_null(far.userinfo);
}
END_TEST

START_TEST(origin_is_scheme_host_and_effective_port)
{
	static const struct {
		const char *a;
		const char *b;
		bool same;
	} pairs[] = {
		{"http://a/x", "http://u@A:80/y", true},
		{"https://a", "https://a:443", true},
		{"http://a", "https://a", false},
		{"http://a:443", "https://a", false},
		{"http://a", "http://a:81", false},
		{"http://a", "http://b", false},
		{"http://a.", "http://a", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		CLEANUP(url_done) struct url a = {0};
		CLEANUP(url_done) struct url b = {0};

		ck_assert_int_eq(url_parse(pairs[i].a, &a), 0);
		ck_assert_int_eq(url_parse(pairs[i].b, &b), 0);
		ck_assert_msg(url_same_origin(&a, &b) == pairs[i].same, "%s %s",
			pairs[i].a, pairs[i].b);
	}
}
END_TEST

START_TEST(equal_urls_differ_in_spelling_only)
{
	CLEANUP(url_done) struct url a = {0};
	CLEANUP(url_done) struct url b = {0};
	CLEANUP(url_done) struct url c = {0};
	CLEANUP(url_done) struct url d = {0};

	ck_assert_int_eq(url_parse("http://A:80/x/../%7e?q#f", &a), 0);
	ck_assert_int_eq(url_parse("HTTP://a/~?q", &b), 0);
	ck_assert_int_eq(url_parse("http://a/~", &c), 0);
	ck_assert_int_eq(url_parse("http://u@a/~?q", &d), 0);
	ck_assert(url_equal(&a, &b));
	ck_assert(!url_equal(&b, &c));
	ck_assert(!url_equal(&b, &d));
}
END_TEST

START_TEST(credentials_come_out_unescaped)
{
	CLEANUP(url_done) struct url u = {0};
	CLEANUP(url_done) struct url user_only = {0};
	CLEANUP(url_done) struct url broken = {0};
	CLEANUP(url_done) struct url none = {0};
	CLEANUP(free) char *user = NULL;
	CLEANUP(free) char *password = NULL;
	CLEANUP(free) char *other = NULL;
	char *missing = NULL;

	ck_assert_int_eq(url_parse("http://a%3ab:p%40:%25s@h/", &u), 0);
	ck_assert_int_eq(url_credentials(&u, &user, &password), 0);
	ck_assert_str_eq(user, "a:b");
	ck_assert_str_eq(password, "p@:%s");
	ck_assert_int_eq(url_parse("http://me@h/", &user_only), 0);
	ck_assert_int_eq(url_credentials(&user_only, &other, &missing), 0);
	ck_assert_str_eq(other, "me");
	ck_assert_ptr_null(missing);
	ck_assert_int_eq(url_parse("http://a%0d%0ax:y@h/", &broken), 0);
	ck_assert_int_eq(url_credentials(&broken, &missing, &missing), -EINVAL);
	ck_assert_int_eq(url_parse("http://h/", &none), 0);
	ck_assert_int_eq(url_credentials(&none, &missing, &missing), -ENOENT);
	ck_assert_ptr_null(missing);
}
END_TEST

static const struct {
	const char *text;
	bool local;
} hosts[] = {
	{"http://localhost/", true},
	{"http://LOCALHOST./", true},
	{"http://a.localhost/", true},
	{"http://notlocalhost/", false},
	{"http://localhost.example/", false},
	{"http://127.0.0.2:8080/", true},
	{"http://0.0.0.0/", true},
	{"http://169.254.1.1/", true},
	{"http://192.168.1.1/", false},
	{"http://[::1]/", true},
	{"http://[::]/", true},
	{"http://[fe80::1]/", true},
	{"http://[::ffff:127.0.0.1]/", true},
	{"http://[64:ff9b::127.0.0.1]/", true},
	{"http://[64:ff9b::192.0.2.1]/", false},
	{"http://[2001:db8::1]/", false},
	{"http://127.0.0.1.example/", false},
};

START_TEST(host_written_as_local_is_known)
{
	CLEANUP(url_done) struct url u = {0};

	ck_assert_int_eq(url_parse(hosts[_i].text, &u), 0);
	ck_assert_msg(url_host_is_local_literal(&u) == hosts[_i].local, "%s",
		hosts[_i].text);
}
END_TEST

START_TEST(digest_is_of_the_text)
{
	char digest[SHA256_HEX_SIZE];

	ck_assert_int_eq(url_digest("abc", digest), 0);
	ck_assert_str_eq(digest,
		"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ad");
}
END_TEST

static const struct url_fault_case {
	const char *text;
	const char *words;
} faults[] = {
	{"http://pbx.b\xc3\xbc"
	 "cher.example/x",
		"character 13, in the host name, is \"\xc3\xbc\"; write the name "
		"as pbx.xn--bcher-kva.example"},
	{"https://m\xc3\xbcnchen-stra\xc3\x9f"
	 "e.example:8080/x",
		"xn--mnchen-strae-v9a90b.example"},
	{"http://\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9"
	 "\xe3\x83\x88/",
		"xn--r8jz45g.xn--zckzah"},
	/* a capital, and an accent of its own */
	{"http://B\xc3\x9c"
	 "CHER.example/",
		"is \"\xc3\x9c\"; write the name in its ASCII form"},
	{"http://bu\xcc\x88"
	 "cher.example/",
		"write the name in its ASCII form, xn--..."},
	{"http://u:p\xc3\xa4@h\xc3\xb6.example/",
		"character 14, in the host name"},
	{"http://my host/", "character 10, in the host name, is a space"},
	{"http://h/a\\b", "character 11, in the path, is a backslash"},
	{"http://h/a\x01",
		"character 11, in the path, is the invisible U+0001"},
	{"http://h/50%.der", "character 12, a percent sign"},
	{"http://h:65536/", "the port is not a number from 1 to 65535"},
	{"http://h:80a/", "the port is not a number from 1 to 65535"},
	{"http://2001:db8::1/", "write an IPv6 address in brackets"},
	{"http://[::1/", "must be an IPv6 address"},
	{"http:///x", "the host name is missing"},
	{"http://a..b/", "nothing between two dots"},
	{"http://.a/", "the host name begins with a dot"},
	{"http://1.2.3/", "needs four numbers from 0 to 255"},
	{"http://1.2.3.256/", "needs four numbers from 0 to 255"},
	{"http://u:p@1.2.3:80/x", "needs four numbers from 0 to 255"},
	{"http://3232235777/", "needs four numbers from 0 to 255"},
	{"http://192.0.2.01/", "needs four numbers from 0 to 255"},
	{"http://h.0X1f./", "needs four numbers from 0 to 255"},
	{"http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	 ".example/",
		"more than 63 characters without a dot"},
	{"http:/h/x", "\"http:\" is not followed by two slashes"},
	{"tftp://h/x", "\"tftp:\", which is neither http:// nor https://"},
	{"secret:word@h", "it does not begin with http:// or https://"},
	{"h/x", "it does not begin with http:// or https://"},
	{" ", "it is empty"},
};

START_TEST(what_is_wrong_with_a_url_is_said_with_its_place)
{
	const struct url_fault_case *f = &faults[_i];
	char said[URL_FAULT_SIZE];
	CLEANUP(free) char *shown = NULL;
	struct url u = {0};

	ck_assert_int_lt(url_parse(f->text, &u), 0);
	url_fault(f->text, said);
	ck_assert_msg(strstr(said, f->words), "%s: %s, not %s", f->text, said,
		f->words);
	/* and a report shows it whole */
	ck_assert_int_eq(url_redact(said, &shown), 0);
	ck_assert_str_eq(shown, said);
}
END_TEST

START_TEST(a_long_name_fits_into_its_words)
{
	char text[4096] = "http://";
	char said[URL_FAULT_SIZE];

	for (size_t i = strlen(text); i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xbc", 3);
	url_fault(text, said);
	ck_assert_ptr_nonnull(strstr(said, "xn--..."));
}
END_TEST

TCase *url_tests(void);

TCase *url_tests(void)
{
	TCase *tc = tcase_create("url");

	tcase_add_loop_test(
		tc, url_comes_out_in_its_one_form, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tc, what_is_no_url_is_refused, 0, ARRAY_SIZE(bad));
	tcase_add_test(tc, one_character_more_than_a_url_has_is_refused);
	tcase_add_test(tc, a_host_of_any_longer_name_is_refused);
	tcase_add_loop_test(tc, reference_is_resolved_as_the_standard_says, 0,
		ARRAY_SIZE(references));
	tcase_add_test(tc, userinfo_stays_with_relative_references_only);
	tcase_add_test(tc, origin_is_scheme_host_and_effective_port);
	tcase_add_test(tc, equal_urls_differ_in_spelling_only);
	tcase_add_test(tc, credentials_come_out_unescaped);
	tcase_add_loop_test(
		tc, host_written_as_local_is_known, 0, ARRAY_SIZE(hosts));
	tcase_add_test(tc, digest_is_of_the_text);
	tcase_add_loop_test(tc, what_is_wrong_with_a_url_is_said_with_its_place,
		0, ARRAY_SIZE(faults));
	tcase_add_test(tc, a_long_name_fits_into_its_words);
	return tc;
}
