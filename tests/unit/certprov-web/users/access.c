/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/access.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprov-web/users/attempts.h"
#include "daemon/certprov-web/users/sign-in.h"
#include "tests/unit/certprov-web/http/http-fixture.h"
#include "tests/unit/certprov-web/users/exchange-double.h"
#include "tests/unit/runner.h"

/* Of "correct horse" and of "battery staple". */
#define HASH                                                                   \
	"$y$j9T$A2DBSMfBwTn/B93gnhzqI0$"                                       \
	"OSEPabHjYBS1g9cJndfzka1Rt8i/c0uXWo2z6s2rBN5"
#define OTHER_HASH                                                             \
	"$y$j9T$q/NbPa6RQpCZj0N/7CuxR/$"                                       \
	"SYLFFlHeqTrE2MqplWq52GiHpxDyRwVk4kX6AtF9IX7"
#define ALICE "alice:change:" HASH "\n"
#define BOB "bob:look:" OTHER_HASH "\n"
#define WEB "io.certprov.web."
#define HERE "Origin: https://phone\r\n"

static char directory[] = "/tmp/certprov-access-XXXXXX";
static char path[64];
static struct access *a;
static struct access_config config;
static int64_t now;
static struct access_user who; /* whom the last check let in */
static char cookie[512];
static char token[128];

static int64_t now_ms(void)
{
	return now;
}

static void on_request(struct exchange *e, void *userdata)
{
	const char *asked = exchange_path(e);
	bool changes = strcmp(asked, "/change") == 0;

	(void)userdata;
	who = (struct access_user){0};
	if (strcmp(asked, "/session") == 0)
		access_handle_session(a, e);
	else if (access_check(a, e, changes ? ACCESS_CHANGE : ACCESS_LOOK,
			 changes, &who) == 0)
		exchange_answer(e, 200, NULL, "let in", 6);
}

static void write_users(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void start(const char *text)
{
	if (text)
		write_users(text);
	ck_assert_int_eq(access_new(&config, &a), 0);
}

static void setup(void)
{
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/users", directory);
	now = 1000000;
	config = (struct access_config){
		.users_path = path,
		.idle_end = 60,
		.absolute_end = 600,
		.now_ms = now_ms,
	};
	exchange_double_address = "192.0.2.7";
	cookie[0] = '\0';
	token[0] = '\0';
	http_config = (struct http_config){.user_header = "X-User"};
	http_fixture_start(on_request, NULL);
}

static void teardown(void)
{
	http_fixture_stop();
	a = access_free(a);
	exchange_double_address = NULL;
	(void)unlink(path);
	(void)rmdir(directory);
}

/* --- asking --- */

static const char *ask_with_body(
	const char *request, const char *headers, const char *body)
{
	static char text[2 * SIGN_IN_MAX_BYTES];

	(void)snprintf(text, sizeof(text),
		"%s HTTP/1.1\r\nHost: phone\r\n%s%s%sContent-Length: %zu\r\n"
		"\r\n%s",
		request, cookie, token, headers, strlen(body), body);
	return http_client_ask(text);
}

static const char *ask(const char *request, const char *headers)
{
	return ask_with_body(request, headers, "");
}

#define ANSWERED(answer, status, part)                                         \
	do {                                                                   \
		const char *got_ = (answer);                                   \
		ck_assert_msg(strncmp(got_, "HTTP/1.1 " status " ",            \
				      strlen("HTTP/1.1 " status " ")) == 0 &&  \
				strstr(got_, part),                            \
			"not " status " with %s: %s", part, got_);             \
	} while (0)

static const char *sign_in(const char *user, const char *password)
{
	char body[512];

	(void)snprintf(body, sizeof(body),
		"{\"user\":\"%s\",\"password\":\"%s\"}", user, password);
	return ask_with_body("POST /session",
		HERE "Content-Type: application/json\r\n", body);
}

/* Between two texts of an answer. */
static void keep(const char *answer, const char *before, char end,
	const char *header, char *ret, size_t size)
{
	const char *begin = strstr(answer, before);
	const char *stop = begin ? strchr(begin + strlen(before), end) : NULL;

	ck_assert_ptr_nonnull(stop);
	begin += strlen(before);
	(void)snprintf(
		ret, size, "%s%.*s\r\n", header, (int)(stop - begin), begin);
}

static void signed_in(const char *user, const char *password)
{
	const char *answer = sign_in(user, password);

	ANSWERED(answer, "200", "\"signedIn\":true");
	keep(answer, "Set-Cookie: ", ';', "Cookie: ", cookie, sizeof(cookie));
	keep(answer, "\"csrf\":\"", '"', "X-CSRF-Token: ", token,
		sizeof(token));
}

/* --- no users --- */

START_TEST(without_users_nothing_is_shown_and_nothing_counted)
{
	start("");
	ANSWERED(ask("GET /session", ""), "200",
		"{\"usersConfigured\":false,\"signedIn\":false}");
	ANSWERED(ask("POST /look", ""), "503", WEB "NoUsers");
	for (int i = 0; i < 3 * ATTEMPTS_AT_ONCE; i++)
		ANSWERED(sign_in("alice", "correct horse"), "503",
			"certprovctl web-password");
	write_users(ALICE);
	ck_assert_int_eq(access_reload(a), 0);
	signed_in("alice", "correct horse");
}
END_TEST

static const char *const wrong_files[] = {
	ALICE "bob:look:secret\n",
	ALICE ALICE,
};

START_TEST(a_file_that_is_wrong_has_no_users)
{
	start(wrong_files[_i]);
	ANSWERED(ask("GET /session", ""), "200", "\"usersConfigured\":false");
	ANSWERED(sign_in("alice", "correct horse"), "503", WEB "UsersWrong");
	ANSWERED(ask("POST /look", ""), "503", "journalctl");
	write_users("# nobody\n");
	ck_assert_int_eq(access_reload(a), 0);
	ANSWERED(ask("POST /look", ""), "503", WEB "NoUsers");
	write_users(ALICE);
	ck_assert_int_eq(access_reload(a), 0);
	signed_in("alice", "correct horse");
}
END_TEST

START_TEST(a_file_that_is_not_there_yet_is_not_wrong)
{
	start(NULL);
	ANSWERED(sign_in("alice", "correct horse"), "503", WEB "NoUsers");
}
END_TEST

START_TEST(without_a_file_there_are_no_users)
{
	config.users_path = NULL;
	start(NULL);
	ANSWERED(ask("POST /look", ""), "503", "Users=");
	ck_assert_int_eq(access_reload(a), 0);
}
END_TEST

/* --- signing in and out --- */

START_TEST(who_signs_in_has_a_session_with_his_role)
{
	start(ALICE BOB);
	ANSWERED(ask("GET /session", ""), "200",
		"{\"usersConfigured\":true,\"signedIn\":false}");
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
	signed_in("alice", "correct horse");
	ANSWERED(ask("GET /session", ""), "200",
		"{\"usersConfigured\":true,\"signedIn\":true,\"user\":"
		"\"alice\",\"role\":\"change\",\"csrf\":\"");
	ANSWERED(ask("POST /look", ""), "200", "let in");
	ANSWERED(ask("POST /change", HERE), "200", "let in");
	ck_assert_str_eq(who.name, "alice");
	ck_assert_int_eq(who.role, ACCESS_CHANGE);
	signed_in("bob", "battery staple");
	ANSWERED(ask("POST /look", ""), "200", "let in");
	ck_assert_int_eq(who.role, ACCESS_LOOK);
	ANSWERED(ask("POST /change", HERE), "403",
		"org.varlink.service.PermissionDenied");
	ck_assert_str_eq(who.name, "");
}
END_TEST

START_TEST(the_cookie_is_for_the_browser_alone)
{
	start(ALICE);
	ANSWERED(sign_in("alice", "correct horse"), "200",
		"; Path=/; HttpOnly; Secure; SameSite=Strict\r\n");
}
END_TEST

START_TEST(a_wrong_name_is_answered_as_a_wrong_password_is)
{
	char answer[1024];

	start(ALICE "carol:look:*\n");
	(void)snprintf(answer, sizeof(answer), "%s",
		strstr(sign_in("alice", "correct horsf"), "\r\n\r\n"));
	ANSWERED(sign_in("alice", ""), "401", WEB "WrongPassword");
	ck_assert_str_eq(
		strstr(sign_in("nobody", "correct horse"), "\r\n\r\n"), answer);
	/* Nor has who has none any. */
	ck_assert_str_eq(strstr(sign_in("carol", "*"), "\r\n\r\n"), answer);
	ck_assert_ptr_null(strstr(sign_in("carol", ""), "Set-Cookie"));
}
END_TEST

static unsigned checks_of(const char *user, const char *password)
{
	exchange_double_checks = 0;
	(void)sign_in(user, password);
	return exchange_double_checks;
}

START_TEST(an_attempt_costs_one_hash_whoever_makes_it)
{
	/* The costliest there is, which nobody has to have the password of. */
	const char *dear = "$y$jAT$DiHz4Xx9yz9S5gZdtzPEq1$"
			   "66kWV7sjl9FVZPMLGVj0kIje4ctJ2galowHmInYZZN5";
	char text[512];

	(void)snprintf(text, sizeof(text), "%sbob:look:%s\ncarol:look:*\n",
		ALICE, dear);
	start(text);
	ck_assert_uint_eq(checks_of("alice", "wrong"), 1);
	ck_assert_str_eq(exchange_double_hash, HASH);
	ck_assert_uint_eq(checks_of("nobody", "wrong"), 1);
	ck_assert_str_eq(exchange_double_hash, dear);
	ck_assert_uint_eq(checks_of("carol", "wrong"), 1);
	ck_assert_str_eq(exchange_double_hash, dear);
	ck_assert_uint_eq(checks_of("no name", "wrong"), 1);
	/* And none when it has to wait. */
	ck_assert_uint_eq(checks_of("alice", "wrong"), 0);
}
END_TEST

START_TEST(without_users_nothing_is_hashed)
{
	start("");
	ck_assert_uint_eq(checks_of("alice", "wrong"), 0);
}
END_TEST

START_TEST(signing_in_again_ends_the_session_before)
{
	char before[sizeof(cookie)];

	start(ALICE);
	signed_in("alice", "correct horse");
	memcpy(before, cookie, sizeof(before));
	signed_in("alice", "correct horse");
	ck_assert_str_ne(before, cookie);
	memcpy(cookie, before, sizeof(cookie));
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
}
END_TEST

START_TEST(a_session_that_was_signed_out_is_worth_nothing)
{
	start(ALICE);
	signed_in("alice", "correct horse");
	ANSWERED(
		ask("DELETE /session", HERE), "204", "certprov_session=; Max-");
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
	ANSWERED(ask("DELETE /session", HERE), "401", WEB "NotSignedIn");
}
END_TEST

static const struct {
	const char *status;
	const char *type;
	const char *body;
} bodies[] = {
	{"415", "", "{\"user\":\"alice\",\"password\":\"correct horse\"}"},
	{"415", "text/plain", "{\"user\":\"a\",\"password\":\"b\"}"},
	{"415", "application/jsonx", "{\"user\":\"a\",\"password\":\"b\"}"},
	{"400", "application/json", ""},
	{"400", "application/json", "[]"},
	{"400", "application/json", "{}"},
	{"400", "application/json", "{\"user\":\"alice\"}"},
	{"400", "application/json", "{\"user\":\"alice\",\"password\":7}"},
	{"400", "application/json", "{\"user\":\"a\",\"password\":\"b\"} x"},
	{"400", "application/json",
		"{\"user\":\"a\",\"password\":\"b\",\"more\":\"c\"}"},
	{"400", "application/json",
		"{\"user\":\"a\",\"user\":\"b\",\"password\":\"c\"}"},
	{"400", "application/json",
		"{\"user\":\"alice\",\"password\":\"correct horse\\u0000\"}"},
	{"200", "application/json; charset=utf-8",
		"{\"user\":\"alice\",\"password\":\"correct horse\"}"},
};

START_TEST(who_asks_for_something_else_is_told)
{
	char headers[128] = "";
	char expected[16];

	start(ALICE);
	if (*bodies[_i].type)
		(void)snprintf(headers, sizeof(headers), "Content-Type: %s\r\n",
			bodies[_i].type);
	(void)snprintf(
		expected, sizeof(expected), "HTTP/1.1 %s ", bodies[_i].status);
	ck_assert_ptr_nonnull(
		strstr(ask_with_body("POST /session", headers, bodies[_i].body),
			expected));
}
END_TEST

START_TEST(a_request_to_sign_in_has_4_KiB_and_no_more)
{
	char body[SIGN_IN_MAX_BYTES + 2] = "{\"user\":\"a\",\"password\":\"";
	size_t len = strlen(body);

	start(ALICE);
	memset(body + len, 'x', sizeof(body) - len);
	(void)snprintf(body + SIGN_IN_MAX_BYTES - 2, 3, "\"}");
	ANSWERED(ask_with_body("POST /session",
			 "Content-Type: application/json\r\n", body),
		"401", WEB "WrongPassword");
	body[SIGN_IN_MAX_BYTES - 2] = 'x';
	(void)snprintf(body + SIGN_IN_MAX_BYTES - 1, 3, "\"}");
	ANSWERED(ask_with_body("POST /session",
			 "Content-Type: application/json\r\n", body),
		"400", WEB "BodyMalformed");
}
END_TEST

START_TEST(who_tries_too_often_is_told_how_long_to_wait)
{
	start(ALICE);
	for (int i = 0; i < ATTEMPTS_AT_ONCE; i++)
		ANSWERED(sign_in("alice", "wrong"), "401", WEB "WrongPassword");
	ANSWERED(
		sign_in("alice", "correct horse"), "429", "Retry-After: 1\r\n");
	ANSWERED(sign_in("alice", "correct horse"), "429",
		WEB "TooManyAttempts");
	now += 999;
	ANSWERED(
		sign_in("alice", "correct horse"), "429", "Retry-After: 1\r\n");
	now += 1;
	signed_in("alice", "correct horse");
}
END_TEST

/* --- where requests come from --- */

static const struct {
	const char *request;
	const char *headers;
	const char *status;
} origins[] = {
	{"POST /change", "", "200"},
	{"POST /change", "Origin: https://phone\r\n", "200"},
	{"POST /change", "Origin: HTTPS://Phone\r\n", "200"},
	{"POST /change", "Sec-Fetch-Site: same-origin\r\n", "200"},
	{"POST /change", "Origin: http://phone\r\n", "403"},
	{"POST /change", "Origin: https://phone:8443\r\n", "403"},
	{"POST /change", "Origin: https://phone.evil.example\r\n", "403"},
	{"POST /change", "Origin: https://evil.example\r\n", "403"},
	{"POST /change", "Origin: null\r\n", "403"},
	{"POST /change", "Origin: \r\n", "403"},
	{"POST /change", "Sec-Fetch-Site: cross-site\r\n", "403"},
	{"POST /change", "Sec-Fetch-Site: same-site\r\n", "403"},
	{"POST /change", "Sec-Fetch-Site: none\r\n", "403"},
	{"POST /look", "Origin: https://evil.example\r\n", "403"},
	{"GET /look", "Sec-Fetch-Site: none\r\n", "200"},
	{"GET /session", "Origin: https://evil.example\r\n", "403"},
	{"GET /session", "Sec-Fetch-Site: none\r\n", "200"},
	{"POST /session", "Origin: https://evil.example\r\n", "403"},
	{"DELETE /session", "Origin: https://evil.example\r\n", "403"},
	{"DELETE /session", "Sec-Fetch-Site: cross-site\r\n", "403"},
};

START_TEST(a_page_of_another_site_can_do_nothing)
{
	char expected[32];
	const char *answer = NULL;
	bool refused = strcmp(origins[_i].status, "403") == 0;

	start(ALICE);
	signed_in("alice", "correct horse");
	(void)snprintf(
		expected, sizeof(expected), "HTTP/1.1 %s ", origins[_i].status);
	answer = ask(origins[_i].request, origins[_i].headers);
	ck_assert_ptr_nonnull(strstr(answer, expected));
	ck_assert(!refused || strstr(answer, WEB "ForeignOrigin"));
	/* It did not sign out either. */
	if (refused)
		ANSWERED(ask("POST /look", ""), "200", "let in");
}
END_TEST

START_TEST(a_change_needs_the_token_of_its_session)
{
	char others[sizeof(token)];
	size_t last = 0;

	start(ALICE BOB);
	signed_in("bob", "battery staple");
	memcpy(others, token, sizeof(others));
	cookie[0] = '\0';
	token[0] = '\0';
	signed_in("alice", "correct horse");
	ANSWERED(ask("POST /change", HERE), "200", "let in");
	last = strlen(token) - 3;
	token[last] = token[last] == '0' ? '1' : '0';
	ANSWERED(ask("POST /change", HERE), "403", WEB "TokenMissing");
	ANSWERED(ask("DELETE /session", HERE), "403", WEB "TokenMissing");
	memcpy(token, others, sizeof(token));
	ANSWERED(ask("POST /change", HERE), "403", WEB "TokenMissing");
	(void)snprintf(token, sizeof(token), "X-CSRF-Token: \r\n");
	ANSWERED(ask("POST /change", HERE), "403", WEB "TokenMissing");
	token[0] = '\0';
	ANSWERED(ask("POST /change", HERE), "403", WEB "TokenMissing");
	ANSWERED(ask("DELETE /session", HERE), "403", WEB "TokenMissing");
	/* Looking needs none. */
	ANSWERED(ask("POST /look", HERE), "200", "let in");
}
END_TEST

START_TEST(the_cookie_is_found_among_others)
{
	char value[96];

	start(ALICE);
	signed_in("alice", "correct horse");
	(void)snprintf(value, sizeof(value), "%.*s",
		(int)strcspn(cookie + 8, "\r"), cookie + 8);
	(void)snprintf(cookie, sizeof(cookie),
		"Cookie: a=b; %s; xcertprov_session=0\r\n", value);
	ANSWERED(ask("POST /look", ""), "200", "let in");
	(void)snprintf(cookie, sizeof(cookie), "Cookie: x%s\r\n", value);
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
	(void)snprintf(cookie, sizeof(cookie), "Cookie: %s0\r\n", value);
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
	(void)snprintf(cookie, sizeof(cookie), "Cookie: certprov_session\r\n");
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
}
END_TEST

/* The cookies in this order. */
static void send_cookies(const char *first, const char *second)
{
	(void)snprintf(cookie, sizeof(cookie), "Cookie: %.*s; %.*s\r\n",
		(int)strcspn(first, "\r"), first, (int)strcspn(second, "\r"),
		second);
}

START_TEST(of_cookies_of_one_name_the_one_that_is_a_session_counts)
{
	static const char junk[] =
		"certprov_session=00000000000000000000000000000000"
		"00000000000000000000000000000000";
	char alices[sizeof(cookie)];
	char bobs[sizeof(cookie)];

	start(ALICE BOB);
	signed_in("bob", "battery staple");
	(void)snprintf(bobs, sizeof(bobs), "%s", cookie + 8);
	cookie[0] = '\0';
	signed_in("alice", "correct horse");
	(void)snprintf(alices, sizeof(alices), "%s", cookie + 8);
	send_cookies(junk, alices);
	ANSWERED(ask("POST /look", ""), "200", "let in");
	ck_assert_str_eq(who.name, "alice");
	send_cookies(alices, junk);
	ANSWERED(ask("POST /look", ""), "200", "let in");
	send_cookies(alices, alices);
	ANSWERED(ask("POST /look", ""), "200", "let in");
	/* Two that are, are worth nothing. */
	send_cookies(alices, bobs);
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
	send_cookies(bobs, alices);
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
}
END_TEST

/* --- how long --- */

START_TEST(a_session_ends_when_it_is_idle)
{
	start(ALICE);
	signed_in("alice", "correct horse");
	now += 59999;
	ANSWERED(ask("POST /look", ""), "200", "let in");
	ck_assert(access_goes_on(a, &who));
	now += 59999;
	ck_assert(access_goes_on(a, &who));
	now += 1;
	ck_assert(!access_goes_on(a, &who));
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
}
END_TEST

START_TEST(a_session_ends_at_last)
{
	start(ALICE);
	signed_in("alice", "correct horse");
	for (int i = 0; i < 19; i++) {
		now += 30000;
		ANSWERED(ask("POST /look", ""), "200", "let in");
	}
	now += 30000;
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
}
END_TEST

static const struct {
	const char *users;
	bool stays;
} changes[] = {
	{ALICE, true},
	{"# more\n" BOB ALICE, true},
	{BOB, false},
	{"alice:look:" HASH, false},
	{"alice:change:" OTHER_HASH, false},
	{"alice:change:*", false},
	{"", false},
};

START_TEST(a_session_ends_when_its_user_is_another)
{
	struct access_user before = {0};

	start(ALICE);
	signed_in("alice", "correct horse");
	ANSWERED(ask("POST /look", ""), "200", "let in");
	before = who;
	write_users(changes[_i].users);
	ANSWERED(ask("POST /look", ""), "200", "let in");
	ck_assert_int_eq(access_reload(a), 0);
	ck_assert(access_goes_on(a, &before) == changes[_i].stays);
	ck_assert_ptr_nonnull(strstr(ask("POST /look", ""),
		changes[_i].stays ? "HTTP/1.1 200 " : WEB));
	/* Nor does it come back. */
	write_users(ALICE);
	ck_assert_int_eq(access_reload(a), 0);
	ck_assert_ptr_nonnull(strstr(ask("POST /look", ""),
		changes[_i].stays ? "HTTP/1.1 200 " : WEB "NotSignedIn"));
}
END_TEST

START_TEST(a_file_that_became_wrong_changes_nothing)
{
	start(ALICE);
	signed_in("alice", "correct horse");
	write_users(ALICE "bob:look:secret\n");
	ck_assert_int_eq(access_reload(a), -EINVAL);
	ANSWERED(ask("POST /look", ""), "200", "let in");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(access_reload(a), -ENOENT);
	ANSWERED(ask("POST /look", ""), "200", "let in");
}
END_TEST

/* --- behind a web server --- */

static void come_by_front_end(void)
{
	exchange_double_address = NULL;
}

START_TEST(the_web_server_in_front_says_who_it_is)
{
	const char *answer = NULL;

	start("alice:change:*\nbob:look:*\n");
	come_by_front_end();
	answer = ask("GET /session", "X-User: alice\r\n");
	ANSWERED(answer, "200",
		"\"signedIn\":true,\"user\":\"alice\",\"role\":\"change\"");
	ANSWERED(answer, "200", "\",\"frontEnd\":true}");
	keep(answer, "\"csrf\":\"", '"', "X-CSRF-Token: ", token,
		sizeof(token));
	ANSWERED(
		ask("POST /change", HERE "X-User: alice\r\n"), "200", "let in");
	ck_assert(access_goes_on(a, &who));
	/* It may speak HTTP itself. */
	ANSWERED(ask("POST /change",
			 "Origin: http://phone\r\nX-User: alice\r\n"),
		"200", "let in");
	ANSWERED(
		ask("POST /change", "Origin: http://evil\r\nX-User: alice\r\n"),
		"403", WEB "ForeignOrigin");
	/* The token is that of a user. */
	ANSWERED(ask("POST /change", HERE "X-User: bob\r\n"), "403",
		"org.varlink.service.PermissionDenied");
	write_users("alice:change:*\nbob:change:*\n");
	ck_assert_int_eq(access_reload(a), 0);
	ANSWERED(ask("POST /change", HERE "X-User: bob\r\n"), "403",
		WEB "TokenMissing");
	token[0] = '\0';
	ANSWERED(ask("POST /change", HERE "X-User: alice\r\n"), "403",
		WEB "TokenMissing");
	write_users("bob:change:*\n");
	ck_assert_int_eq(access_reload(a), 0);
	ck_assert(!access_goes_on(a, &who));
}
END_TEST

START_TEST(whom_the_file_does_not_have_may_not_look)
{
	start(ALICE);
	come_by_front_end();
	ANSWERED(ask("POST /look", "X-User: mallory\r\n"), "403",
		"org.varlink.service.PermissionDenied");
	ANSWERED(ask("GET /session", "X-User: mallory\r\n"), "200",
		"\"signedIn\":false}");
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
	ANSWERED(ask("POST /look", "X-User: \r\n"), "403", "PermissionDenied");
}
END_TEST

START_TEST(who_comes_by_tls_cannot_say_who_he_is)
{
	start(ALICE);
	ANSWERED(ask("POST /look", "X-User: alice\r\n"), "401",
		WEB "NotSignedIn");
}
END_TEST

START_TEST(a_session_is_worth_nothing_behind_a_web_server)
{
	start(ALICE);
	signed_in("alice", "correct horse");
	come_by_front_end();
	ANSWERED(ask("POST /look", ""), "401", WEB "NotSignedIn");
	ANSWERED(sign_in("alice", "correct horse"), "409", WEB "FrontEnd");
	ANSWERED(ask("DELETE /session", HERE), "409", WEB "FrontEnd");
}
END_TEST

START_TEST(the_token_is_another_after_each_start)
{
	char before[sizeof(token)];

	start(ALICE);
	come_by_front_end();
	keep(ask("GET /session", "X-User: alice\r\n"), "\"csrf\":\"", '"', "",
		before, sizeof(before));
	a = access_free(a);
	start(NULL);
	keep(ask("GET /session", "X-User: alice\r\n"), "\"csrf\":\"", '"', "",
		token, sizeof(token));
	ck_assert_str_ne(before, token);
	token[0] = '\0';
}
END_TEST

test_case_maker access_tests;
TCase *access_tests(void)
{
	TCase *tc = tcase_create("access");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_users_nothing_is_shown_and_nothing_counted);
	tcase_add_loop_test(tc, a_file_that_is_wrong_has_no_users, 0,
		(int)ARRAY_SIZE(wrong_files));
	tcase_add_test(tc, a_file_that_is_not_there_yet_is_not_wrong);
	tcase_add_test(tc, without_a_file_there_are_no_users);
	tcase_add_test(tc, who_signs_in_has_a_session_with_his_role);
	tcase_add_test(tc, the_cookie_is_for_the_browser_alone);
	tcase_add_test(tc, a_wrong_name_is_answered_as_a_wrong_password_is);
	tcase_add_test(tc, an_attempt_costs_one_hash_whoever_makes_it);
	tcase_add_test(tc, without_users_nothing_is_hashed);
	tcase_add_test(tc, signing_in_again_ends_the_session_before);
	tcase_add_test(tc, a_session_that_was_signed_out_is_worth_nothing);
	tcase_add_loop_test(tc, who_asks_for_something_else_is_told, 0,
		(int)ARRAY_SIZE(bodies));
	tcase_add_test(tc, a_request_to_sign_in_has_4_KiB_and_no_more);
	tcase_add_test(tc, who_tries_too_often_is_told_how_long_to_wait);
	tcase_add_loop_test(tc, a_page_of_another_site_can_do_nothing, 0,
		(int)ARRAY_SIZE(origins));
	tcase_add_test(tc, a_change_needs_the_token_of_its_session);
	tcase_add_test(tc, the_cookie_is_found_among_others);
	tcase_add_test(
		tc, of_cookies_of_one_name_the_one_that_is_a_session_counts);
	tcase_add_test(tc, a_session_ends_when_it_is_idle);
	tcase_add_test(tc, a_session_ends_at_last);
	tcase_add_loop_test(tc, a_session_ends_when_its_user_is_another, 0,
		(int)ARRAY_SIZE(changes));
	tcase_add_test(tc, a_file_that_became_wrong_changes_nothing);
	tcase_add_test(tc, the_web_server_in_front_says_who_it_is);
	tcase_add_test(tc, whom_the_file_does_not_have_may_not_look);
	tcase_add_test(tc, who_comes_by_tls_cannot_say_who_he_is);
	tcase_add_test(tc, a_session_is_worth_nothing_behind_a_web_server);
	tcase_add_test(tc, the_token_is_another_after_each_start);
	return tc;
}
