/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/net/url.h"
#include "tests/unit/runner.h"

static const struct {
	const char *text;
	const char *shown;
} texts[] = {
	{"", ""},
	{"https://u:p@h/x", "https://***@h/x"},
	{"https://u@h/x", "https://***@h/x"},
	{"https://***@h/x", "https://***@h/x"},
	{"http://10.0.0.1:8080/?mail=a@b.de", "http://10.0.0.1:8080/?mail=***"},
	{"http://h/x@y", "http://h/x@y"},
	{"see https://u:p@h/x, then http://v:q@i/y.",
		"see https://***@h/x, then http://***@i/y."},
	{"<a href=\"https://u:p@h/\">", "<a href=\"https://***@h/\">"},
	{"mail security@example.com", "mail security@example.com"},
	/* several at signs, escaped ones */
	{"https://u:p@ss@h/x", "https://***@h/x"},
	{"https://u:p%40ss@h/x", "https://***@h/x"},
	{"https://u%3Ap%40h/x", "https://***@h/x"},
	{"https://u%253ap%2540h/x", "https://***@h/x"},
	/* what ends an authority inside a password */
	{"https://u:pa/ss@h/x", "https://***@h/x"},
	{"https://u:pa?ss@h/x", "https://***@h/x"},
	{"https://u:pa#ss@h/x", "https://***@h/x"},
	{"https://u:pa ss@h/x", "https://***@h/x"},
	{"https://u:pa\nss@h/x", "https://***@h/x"},
	{"https://u:pa\"ss@h/x", "https://***@h/x"},
	{"https://u:pa\\ss@h/x", "https://***@h/x"},
	{"https://u:12/34@h/x", "https://***@h/x"},
	{"https://u:p/a@b c@h/x", "https://***@h/x"},
	{"https://u:p@ss word@h/x", "https://***@h/x"},
	{"https://u:p@h.de or a@b.de", "https://***@h.de or a@b.de"},
	{"https://u:p@ss/word@h/x", "https://***@h/x"},
	{"https://u:x://y@h/x", "https://***@h/x"},
	/* other spellings */
	{"https:\\\\u:p@h/x", "https:\\\\***@h/x"},
	{"https:/u:p@h/x", "https:/***@h/x"},
	{"https:u:p@h/x", "***@h/x"},
	{"//u:p@h/x", "***@h/x"},
	{"u:p@h", "***@h"},
	{"ftp://u:p@h/x", "ftp://***@h/x"},
	{"HTTPS://U:P@H", "HTTPS://***@H"},
	{"\\\\u:p@h\\x", "***@h\\x"},
	{"https://u:p@[::1]:443/x", "https://***@[::1]:443/x"},
	{"https://u:p%2525@h/x", "https://***@h/x"},
	{"https://a.b:443@c:d@h/x", "https://***@h/x"},
	{"https://u:p@h.de/x https://v:q w@i/y",
		"https://***@h.de/x https://***@i/y"},
	{"https://u:443/p w@h/x", "https://***@h/x"},
	{"https://u:443?p=w@h/x", "https://***@h/x"},
	{"http://h.de:443:u:p@i/x", "http://***@i/x"},
	/* an e-mail address in the name of a certificate is no part of a URL */
	{"https://pbx:8443/x: signed by CN=CA, emailAddress=s@example.com",
		"https://pbx:8443/x: signed by CN=CA, emailAddress=s@example.com"},
	{"emailAddress=s.o+b_c@a-b.de,CN=CA; https://localhost:443/",
		"emailAddress=s.o+b_c@a-b.de,CN=CA; https://localhost:443/"},
	{"https://pbx: 'CN=CA+emailAddress=s@b.de': unknown",
		"https://pbx: 'CN=CA+emailAddress=s@b.de': unknown"},
	{"https://u:p@pbx is of emailAddress=s@example.com.",
		"https://***@pbx is of emailAddress=s@example.com."},
	{"https://pbx:1/ 1.2.840.113549.1.9.1=s@b.de and u:p@h",
		"https://***@h"},
	/* what only looks like one is */
	{"https://u:1 emailAddress=p@h/x", "https://***@h/x"},
	{"https://u:1 emailAddress=p@h.de/x", "https://***@h.de/x"},
	{"https://u:1 emailAddress=p%40h.de", "https://***@h.de"},
	{"https://u:1 p=@h.de", "https://***@h.de"},
	{"https://u:1 !p=q@h.de", "https://***@h.de"},
	{"https://u:1 =q@h.de", "https://***@h.de"},
	{"https://u:1 q@h.de", "https://***@h.de"},
	{"https://u:1/emailAddress=q@h.de", "https://***@h.de"},
	{"https://u:p emailAddress=q@h.de", "https://***@h.de"},
	/* URLs in URLs */
	{"http://h/?to=https://u:p@i/", "http://h/?to=***"},
	{"http://h/?to=https%3A%2F%2Fu%3Ap%40i%2F", "http://h/?to=***"},
	{"http://h/to=https://u:p@i/", "http://h/to=https://***@i/"},
	{"http://h/to=https%3A%2F%2Fu%3Ap%40i%2F",
		"http://h/to=https%3A%2F%2F***@i%2F"},
	/* queries: the names stay */
	{"https://h/x?password=z", "https://h/x?password=***"},
	{"https://h/x?a=1&b=&c[]=2;d=3#e=4",
		"https://h/x?a=***&b=&c[]=***#e=***"},
	{"https://h/x?password=pa;ss=word", "https://h/x?password=***"},
	{"https://h/x?password=it'ssecret", "https://h/x?password=***"},
	{"https://h/x?password=a'b'c&d=e'f", "https://h/x?password=***&d=***"},
	{"https://h/x?password='secret'", "https://h/x?password=***'"},
	{"certs.php??password=z", "certs.php??password=***"},
	{"certs.php?v&password=z'y", "certs.php?v&password=***"},
	{"see 'https://h/x?a=1', line 2", "see 'https://h/x?a=***', line 2"},
	{"'https://h/x?a=1'", "'https://h/x?a=***'"},
	{"https://h/x?password=***secret", "https://h/x?password=***"},
	{"https://h/x?password=***:secret", "https://h/x?password=***"},
	{"https://h/x?secret", "https://h/x?***"},
	{"https://h/x?secret&a=1", "https://h/x?***&a=***"},
	{"https://h/x?a=1?b=2=3", "https://h/x?a=***"},
	{"https://h/x?", "https://h/x?"},
	{"https://h/x#secret", "https://h/x#***"},
	{"https://h/x?https://u:p@i/a=b", "https://h/x?***"},
	{"https://h/x?a%3Db", "https://h/x?***"},
	{"https://h/x?a=***&***", "https://h/x?a=***&***"},
	{"https://h/x?a=***:5: no", "https://h/x?a=***:5: no"},
	{"https://h/x?a=***&b=1.", "https://h/x?a=***&b=***"},
	{"https://u:p@h/x?a=1 not found", "https://***@h/x?a=*** not found"},
	{"certs.php?password=z", "certs.php?password=***"},
	{"is it trusted?", "is it trusted?"},
	{"what?https://u:p@h/", "what?https://***@h/"},
	{"what?u&https://u:p@h/?a=b", "what?u&https://***@h/?a=***"},
	{"http://a.bhttps://u:p@h/", "http://***@h/"},
	{"http://a.b:https://u:p@h/", "http://***@h/"},
	/* cut off before the at sign */
	{"https://u:secre", "https://***"},
	{"https://u:secre more", "https://*** more"},
	{"http://h:8080/x", "http://h:8080/x"},
	{"http://[::1]:8080/x@y", "http://[::1]:8080/x@y"},
	/* what must not reach a terminal or a log */
	{"a\x1b[0mb\n\x7f", "a\\x1B[0mb\\x0A\\x7F"},
	{"\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac"},
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): the point of it */
	{"\xe2\x80\xae\xc2\x85", "\\u202E\\u0085"},
	{"\xc0\xaf\xff\xed\xa0\x80", "\\xC0\\xAF\\xFF\\xED\\xA0\\x80"},
	{"\xf4\x90\x80\x80\xe2\x82", "\\xF4\\x90\\x80\\x80\\xE2\\x82"},
	{"\xf0\x9f\x93\x9e", "\xf0\x9f\x93\x9e"},
};

START_TEST(what_may_be_credentials_is_not_shown)
{
	CLEANUP(free) char *shown = NULL;

	ck_assert_int_eq(url_redact(texts[_i].text, &shown), 0);
	ck_assert_str_eq(shown, texts[_i].shown);
}
END_TEST

START_TEST(redacting_again_changes_nothing)
{
	CLEANUP(free) char *once = NULL;
	CLEANUP(free) char *twice = NULL;

	ck_assert_int_eq(url_redact(texts[_i].text, &once), 0);
	ck_assert_int_eq(url_redact(once, &twice), 0);
	ck_assert_str_eq(once, twice);
}
END_TEST

START_TEST(the_administrator_sees_queries_and_no_userinfo)
{
	CLEANUP(free) char *shown = NULL;

	ck_assert_int_eq(
		url_redact_userinfo("https://u:p@h/x?a=1#b=2", &shown), 0);
	ck_assert_str_eq(shown, "https://***@h/x?a=1#b=2");
	free(TAKE_PTR(shown));
	ck_assert_int_eq(
		url_redact_userinfo("http://h/?to=https://u:p@i/", &shown), 0);
	ck_assert_str_eq(shown, "http://h/?to=https://***@i/");
}
END_TEST

START_TEST(a_hostile_text_costs_linear_time)
{
	static const char *const parts[] = {"://", "%3A%2F", "%25", "://a@",
		"@", "x:1@ ", ":////", "?a&", "?a=b", "?", "?a='", "'&a=b",
		"://h?a='b&", "a=b@c.d ", "=a", "@a.a", "a=a", "x:1/ a=b@c.d"};
	size_t len = 262144;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		CLEANUP(free) char *text = calloc(1, len + 1);
		CLEANUP(free) char *shown = NULL;
		size_t part_len = strlen(parts[i]);

		ck_assert_ptr_nonnull(text);
		for (size_t n = 0; n + part_len < len; n += part_len)
			memcpy(text + n, parts[i], part_len);
		ck_assert_int_eq(url_redact(text, &shown), 0);
	}
}
END_TEST

TCase *url_redact_tests(void);

TCase *url_redact_tests(void)
{
	TCase *tc = tcase_create("url-redact");

	tcase_add_loop_test(
		tc, what_may_be_credentials_is_not_shown, 0, ARRAY_SIZE(texts));
	tcase_add_loop_test(
		tc, redacting_again_changes_nothing, 0, ARRAY_SIZE(texts));
	tcase_add_test(tc, the_administrator_sees_queries_and_no_userinfo);
	tcase_add_test(tc, a_hostile_text_costs_linear_time);
	return tc;
}
