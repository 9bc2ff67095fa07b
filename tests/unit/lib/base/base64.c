/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "tests/unit/runner.h"

static const char *const bad_base64[] = {"A", "AB", "ABC",
	"A===", "====", "AQI=\n", " AQI=", "AQ I", "AQ\nI",
	"AQJ=", "AR==", "AQ=I", "A-_B", "AQI=AQI=", "AQI\xc3"};

START_TEST(base64_that_is_not_strict_is_refused)
{
	CLEANUP(bytes_done) struct bytes b = {0};

	ck_assert_msg(base64_decode(bad_base64[_i], 0, &b) == -EINVAL, "%s",
		bad_base64[_i]);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(base64_of_every_length_comes_back)
{
	uint8_t data[70];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(251 * i + 17);
	for (size_t len = 0; len <= sizeof(data); len++) {
		CLEANUP(bytes_done) struct bytes b = {0};
		CLEANUP(bytes_done) struct bytes none = {0};
		CLEANUP(free) char *text = NULL;

		ck_assert_int_eq(base64_encode(data, len, &text), 0);
		ck_assert_ptr_null(strchr(text, '\n'));
		ck_assert_int_eq(base64_decode(text, len, &b), 0);
		ck_assert_uint_eq(b.len, len);
		ck_assert_mem_eq(b.data, data, len);
		if (len > 1)
			ck_assert_int_eq(
				base64_decode(text, len - 1, &none), -EFBIG);
	}
}
END_TEST

START_TEST(every_text_is_what_openssl_makes_of_the_bytes)
{
	uint8_t data[256];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(37 * i + 101);
	for (size_t len = 1; len <= sizeof(data); len++) {
		CLEANUP(free) char *text = NULL;
		unsigned char expected[4 * sizeof(data)];

		ck_assert_int_eq(base64_encode(data, len, &text), 0);
		(void)EVP_EncodeBlock(expected, data, (int)len);
		ck_assert_str_eq(text, (char *)expected);
	}
}
END_TEST

START_TEST(no_character_but_the_64_is_a_digit)
{
	unsigned good = 0;

	for (unsigned c = 1; c < 256; c++) {
		CLEANUP(bytes_done) struct bytes b = {0};
		const char text[] = {'A', (char)c, 'A', 'A', 0};

		good += base64_decode(text, 0, &b) == 0;
	}
	ck_assert_uint_eq(good, 64);
}
END_TEST

TCase *base64_tests(void);

TCase *base64_tests(void)
{
	TCase *tc = tcase_create("base64");

	tcase_add_loop_test(tc, base64_that_is_not_strict_is_refused, 0,
		ARRAY_SIZE(bad_base64));
	tcase_add_test(tc, base64_of_every_length_comes_back);
	tcase_add_test(tc, every_text_is_what_openssl_makes_of_the_bytes);
	tcase_add_test(tc, no_character_but_the_64_is_a_digit);
	return tc;
}
