/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/sha256.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "tests/unit/runner.h"

/* FIPS 180-4's own example. */
START_TEST(abc_has_the_digest_of_the_standard)
{
	struct sha256 s;
	uint8_t digest[SHA256_BYTES];
	char hex[SHA256_HEX_SIZE];

	sha256_init(&s);
	sha256_add(&s, "abc", 3);
	sha256_get(&s, digest);
	hex_format(digest, sizeof(digest), hex);
	ck_assert_str_eq(hex,
		"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ad");
}
END_TEST

#define LONGEST 1000

/* In pieces of every length, so that blocks are filled in every way. */
START_TEST(every_length_in_any_pieces_is_what_openssl_says)
{
	uint8_t data[LONGEST];

	for (size_t i = 0; i < LONGEST; i++)
		data[i] = (uint8_t)(i * 31 + (i >> 8));
	for (size_t len = 0; len <= LONGEST; len++) {
		struct sha256 s;
		uint8_t digest[SHA256_BYTES];
		uint8_t expected[SHA256_DIGEST_LENGTH];
		size_t piece = len % 150 + 1;

		sha256_init(&s);
		for (size_t at = 0; at < len; at += piece)
			sha256_add(&s, data + at,
				len - at < piece ? len - at : piece);
		sha256_get(&s, digest);
		(void)SHA256(data, len, expected);
		ck_assert_mem_eq(digest, expected, sizeof(digest));
	}
}
END_TEST

TCase *sha256_tests(void);

TCase *sha256_tests(void)
{
	TCase *tc = tcase_create("sha256");

	tcase_add_test(tc, abc_has_the_digest_of_the_standard);
	tcase_add_test(tc, every_length_in_any_pieces_is_what_openssl_says);
	return tc;
}
