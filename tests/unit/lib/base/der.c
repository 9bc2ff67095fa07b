/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/der.h"

#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

struct der_sample {
	const char *data;
	size_t len;
};
#define SAMPLE(text)                                                           \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct der_sample good[] = {
	SAMPLE("\x30\x00"),
	SAMPLE("\x01\x01\xff"),
	SAMPLE("\x02\x01\x00"),
	SAMPLE("\x02\x02\x00\x80"),
	SAMPLE("\x02\x02\xff\x7f"),
	SAMPLE("\x03\x01\x00"),
	SAMPLE("\x03\x02\x04\xf0"),
	SAMPLE("\x05\x00"),
	SAMPLE("\x06\x03\x55\x04\x03"),
	SAMPLE("\x31\x06\x02\x01\x01\x02\x01\x02"),
	SAMPLE("\x31\x06\x02\x01\x01\x02\x01\x01"),
	SAMPLE("\xa0\x03\x02\x01\x05"),
	SAMPLE("\x80\x02\x00\x00"),
	SAMPLE("\x9f\x1f\x00"),
	SAMPLE("\x9f\x81\x00\x00"),
	SAMPLE("\x04\x02\x30\x80"),
};

static const struct der_sample bad[] = {
	SAMPLE(""), SAMPLE("\x30"), SAMPLE("\x30\x01"),
	SAMPLE("\x30\x00\x00"),     /* something behind */
	SAMPLE("\x30\x80\x00\x00"), /* indefinite */
	SAMPLE("\x04\x80\x00\x00"), /* indefinite and primitive */
	SAMPLE("\x30\x81\x00"),     /* long form of a short length */
	SAMPLE("\x05\x82\x00\x00"), /* leading zero in the length */
	SAMPLE("\x30\x85\x00\x00\x00\x00\x00"), /* absurd length of length */
	SAMPLE("\x30\xff"),
	SAMPLE("\x30\x03\x02\x02\x01"), /* member longer than its sequence */
	SAMPLE("\x30\x01\x02"),         /* member cut within its header */
	SAMPLE("\x00\x00"),             /* end of contents */
	SAMPLE("\x01\x01\x01"), SAMPLE("\x01\x00"), SAMPLE("\x02\x00"),
	SAMPLE("\x02\x02\x00\x7f"), SAMPLE("\x02\x02\xff\x80"),
	SAMPLE("\x0a\x02\x00\x01"), SAMPLE("\x03\x00"), SAMPLE("\x03\x01\x01"),
	SAMPLE("\x03\x02\x08\x00"), SAMPLE("\x03\x02\x04\xf8"),
	SAMPLE("\x05\x01\x00"), SAMPLE("\x06\x00"), SAMPLE("\x06\x02\x55\x84"),
	SAMPLE("\x06\x03\x55\x80\x01"),
	SAMPLE("\x24\x02\x04\x00"),                 /* octet string in pieces */
	SAMPLE("\x2c\x00"),                         /* text in pieces */
	SAMPLE("\x10\x00"),                         /* primitive sequence */
	SAMPLE("\x31\x06\x02\x01\x02\x02\x01\x01"), /* set not sorted */
	SAMPLE("\x9f\x1e\x00"),                 /* long form of a short tag */
	SAMPLE("\x9f\x80\x1f\x00"),             /* leading zero in the tag */
	SAMPLE("\x9f\x90\x80\x80\x80\x00\x00"), /* tag past 32 bits */
};

START_TEST(what_has_its_one_form_is_der)
{
	ck_assert(
		der_is_canonical((const uint8_t *)good[_i].data, good[_i].len));
}
END_TEST

START_TEST(what_has_another_form_is_not_der)
{
	ck_assert(
		!der_is_canonical((const uint8_t *)bad[_i].data, bad[_i].len));
}
END_TEST

START_TEST(one_level_too_deep_is_refused)
{
	uint8_t nested[2 * DER_MAX_DEPTH];

	/* The sequence that holds it all is one of the levels. */
	for (size_t i = 0; i < DER_MAX_DEPTH; i++) {
		nested[2 * i] = 0x30;
		nested[2 * i + 1] = (uint8_t)(2 * (DER_MAX_DEPTH - i - 1));
	}
	ck_assert(der_is_canonical(nested + 2, sizeof(nested) - 2));
	ck_assert(!der_is_canonical(nested, sizeof(nested)));
}
END_TEST

TCase *der_tests(void);

TCase *der_tests(void)
{
	TCase *tc = tcase_create("der");

	tcase_add_loop_test(
		tc, what_has_its_one_form_is_der, 0, (int)ARRAY_SIZE(good));
	tcase_add_loop_test(
		tc, what_has_another_form_is_not_der, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(tc, one_level_too_deep_is_refused);
	return tc;
}
