/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/users/password.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/runner.h"

#define SALT "DiHz4Xx9yz9S5gZdtzPEq1$"
#define DIGEST "66kWV7sjl9FVZPMLGVj0kIje4ctJ2galowHmInYZZN5"
#define HASH_OF_NOTHING                                                        \
	"$y$j9T$" SALT "opBqELHaDEO7ni2JAWzMX3W1vAk.L2eoARHOBjHYuZ1"
#define HASH "$y$j9T$" SALT DIGEST

static const char *of_length(size_t len)
{
	static char text[PASSWORD_MAX_BYTES + 2];

	memset(text, 'x', len);
	text[len] = '\0';
	return text;
}

static bool is_password(const char *hash, const char *password)
{
	bool is = false;

	ck_assert_int_eq(password_check(hash, password, &is), 0);
	return is;
}

START_TEST(a_password_has_8_to_256_bytes)
{
	CLEANUP(free) char *shortest = NULL;
	CLEANUP(free) char *longest = NULL;
	char *none = NULL;

	ck_assert_int_eq(password_hash(of_length(7), &none), -EINVAL);
	ck_assert_int_eq(password_hash(of_length(257), &none), -EINVAL);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(password_hash(of_length(8), &shortest), 0);
	ck_assert(is_password(shortest, of_length(8)));
	ck_assert(!is_password(shortest, of_length(9)));
	ck_assert_int_eq(password_hash(of_length(256), &longest), 0);
	ck_assert(is_password(longest, of_length(256)));
	ck_assert(!is_password(longest, of_length(255)));
	/* It is not looked at, nor taken for none. */
	ck_assert(!is_password(longest, of_length(257)));
	ck_assert(is_password(HASH_OF_NOTHING, ""));
	ck_assert(!is_password(HASH_OF_NOTHING, of_length(257)));
}
END_TEST

START_TEST(a_hash_is_of_one_password_and_has_a_salt_of_its_own)
{
	CLEANUP(free) char *a = NULL;
	CLEANUP(free) char *b = NULL;

	ck_assert_int_eq(password_hash("correct horse", &a), 0);
	ck_assert_int_eq(password_hash("correct horse", &b), 0);
	ck_assert_str_ne(a, b);
	ck_assert_ptr_null(password_fault(a));
	ck_assert(is_password(a, "correct horse"));
	ck_assert(is_password(b, "correct horse"));
	ck_assert(!is_password(a, "correct horsf"));
	ck_assert(!is_password(a, ""));
	ck_assert(is_password(HASH, "pw"));
}
END_TEST

static const struct {
	const char *hash;
	const char *reason; /* a part of it; NULL: there is no fault */
} hashes[] = {
	{HASH, NULL},
	{"$y$jAT$" SALT DIGEST, NULL},
	{"", "yescrypt"},
	{"pw", "yescrypt"},
	{"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "yescrypt"},
	{"$6$" SALT DIGEST, "yescrypt"},
	{"$gy$j9T$" SALT DIGEST, "yescrypt"},
	{"$y$", "cost"},
	{"$y$j8T$" SALT DIGEST, "cost"},
	{"$y$jBT$" SALT DIGEST, "cost"},
	{"$y$jFT$" SALT DIGEST, "cost"},
	{"$y$j9T" DIGEST, "cost"},
	{"$y$j9T$", "complete"},
	{"$y$j9T$" SALT, "complete"},
	{"$y$j9T$$" DIGEST, "complete"},
	{HASH "a", "complete"},
	{HASH "$", "complete"},
	{HASH " ", "complete"},
	{"$y$j9T$" SALT DIGEST SALT DIGEST, "complete"},
	{"$y$j9T$DiHz4 9$" DIGEST, "complete"},
};

START_TEST(a_hash_of_another_kind_or_cost_is_refused)
{
	const char *fault = password_fault(hashes[_i].hash);

	if (!hashes[_i].reason)
		ck_assert_ptr_null(fault);
	else
		ck_assert_ptr_nonnull(strstr(fault, hashes[_i].reason));
}
END_TEST

START_TEST(a_hash_of_128_bytes_is_taken_and_no_longer_one)
{
	char hash[PASSWORD_MAX_HASH + 2] = "$y$j9T$";
	size_t len = strlen(hash);

	memset(hash + len, 's', PASSWORD_MAX_HASH - len - 44);
	(void)memcpy(hash + PASSWORD_MAX_HASH - 44, "$" DIGEST, 45);
	ck_assert_uint_eq(strlen(hash), PASSWORD_MAX_HASH);
	ck_assert_ptr_null(password_fault(hash));
	hash[PASSWORD_MAX_HASH - 44] = 's';
	hash[PASSWORD_MAX_HASH - 43] = '$';
	(void)memcpy(hash + PASSWORD_MAX_HASH - 42, DIGEST, 44);
	ck_assert_uint_eq(strlen(hash), PASSWORD_MAX_HASH + 1);
	ck_assert_ptr_nonnull(password_fault(hash));
}
END_TEST

START_TEST(of_two_hashes_the_costlier_is_known)
{
	const char *dear = "$y$jAT$" SALT DIGEST;
	const char *cheap = HASH;

	ck_assert_ptr_eq(password_dearer(dear, cheap), dear);
	ck_assert_ptr_eq(password_dearer(cheap, dear), dear);
	ck_assert_ptr_eq(password_dearer(cheap, cheap), cheap);
}
END_TEST

TCase *password_tests(void);

TCase *password_tests(void)
{
	TCase *tc = tcase_create("password");

	tcase_add_test(tc, a_password_has_8_to_256_bytes);
	tcase_add_test(tc, a_hash_is_of_one_password_and_has_a_salt_of_its_own);
	tcase_add_loop_test(tc, a_hash_of_another_kind_or_cost_is_refused, 0,
		(int)ARRAY_SIZE(hashes));
	tcase_add_test(tc, a_hash_of_128_bytes_is_taken_and_no_longer_one);
	tcase_add_test(tc, of_two_hashes_the_costlier_is_known);
	return tc;
}
