/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/users/user-line.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/runner.h"

#define HASH                                                                   \
	"$y$j9T$DiHz4Xx9yz9S5gZdtzPEq1$"                                       \
	"66kWV7sjl9FVZPMLGVj0kIje4ctJ2galowHmInYZZN5"
#define SIXTY "123456789012345678901234567890123456789012345678901234567890"

static const struct {
	const char *line;
	const char *reason; /* a part of it; NULL: it is right */
} lines[] = {
	{"alice:change:" HASH, NULL},
	{"a.B_c@d-9:look:" HASH, NULL},
	{"alice:look:*", NULL},
	{SIXTY "abcd:look:*", NULL},
	{SIXTY "abcde:look:*", "name"},
	{":look:*", "name"},
	{"", "name"},
	{"al ice:look:*", "name"},
	{" alice:look:*", "name"},
	{"al/ice:look:*", "name"},
	{"al\xc3\xa9:look:*", "name"},
	{"alice", "role"},
	{"alice:", "role"},
	{"alice:admin:*", "role"},
	{"alice:Look:*", "role"},
	{"alice:looklooklooklooklook:*", "role"},
	{"alice: look:*", "role"},
	{"alice:look", "hash"},
	{"alice:look:", "yescrypt"},
	{"alice:look:*:", "hash"},
	{"alice:look:* ", "yescrypt"},
	{"alice:look:*\r", "yescrypt"},
	{"alice:look:!", "yescrypt"},
	{"alice:look:secret", "yescrypt"},
	{"alice:look:" HASH ":more", "hash"},
	{"alice:look:" HASH HASH, "hash"},
};

START_TEST(a_line_is_name_role_and_hash_and_nothing_else)
{
	struct user_line line = {0};
	const char *reason =
		user_line_parse(lines[_i].line, strlen(lines[_i].line), &line);

	if (!lines[_i].reason)
		ck_assert_ptr_null(reason);
	else
		ck_assert_ptr_nonnull(strstr(reason, lines[_i].reason));
}
END_TEST

START_TEST(what_a_line_says_is_kept)
{
	struct user_line line = {0};

	ck_assert_ptr_null(user_line_parse("alice:change:" HASH "\nbob",
		strlen("alice:change:" HASH), &line));
	ck_assert_str_eq(line.name, "alice");
	ck_assert_int_eq(line.role, ACCESS_CHANGE);
	ck_assert_str_eq(line.hash, HASH);
	ck_assert_ptr_null(user_line_parse("bob:look:*", 10, &line));
	ck_assert_int_eq(line.role, ACCESS_LOOK);
	ck_assert_str_eq(line.hash, "");
}
END_TEST

START_TEST(a_zero_byte_ends_nothing)
{
	struct user_line line = {0};

	ck_assert_ptr_nonnull(user_line_parse("al\0ice:look:*", 13, &line));
	ck_assert_ptr_nonnull(user_line_parse("alice:look\0:*", 13, &line));
	ck_assert_ptr_nonnull(user_line_parse("alice:look:*\0", 13, &line));
}
END_TEST

START_TEST(a_name_has_64_characters_and_no_more)
{
	ck_assert(user_name_is(SIXTY "abcd"));
	ck_assert(!user_name_is(SIXTY "abcde"));
	ck_assert(!user_name_is(""));
}
END_TEST

START_TEST(roles_have_names)
{
	enum access_role role = ACCESS_LOOK;

	ck_assert_int_eq(user_role_find("change", &role), 0);
	ck_assert_int_eq(role, ACCESS_CHANGE);
	ck_assert_int_eq(user_role_find("", &role), -EINVAL);
	ck_assert_str_eq(user_role_name(ACCESS_LOOK), "look");
	ck_assert_str_eq(user_role_name(ACCESS_CHANGE), "change");
}
END_TEST

TCase *user_line_tests(void);

TCase *user_line_tests(void)
{
	TCase *tc = tcase_create("user-line");

	tcase_add_loop_test(tc, a_line_is_name_role_and_hash_and_nothing_else,
		0, (int)ARRAY_SIZE(lines));
	tcase_add_test(tc, what_a_line_says_is_kept);
	tcase_add_test(tc, a_zero_byte_ends_nothing);
	tcase_add_test(tc, a_name_has_64_characters_and_no_more);
	tcase_add_test(tc, roles_have_names);
	return tc;
}
