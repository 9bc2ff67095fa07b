/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/date.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define DAY 86400

/* The next day, counted as a child counts. */
static void step(struct date *d)
{
	static const unsigned days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap =
		(d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;

	if (d->day++ < days[d->month - 1] + (leap && d->month == 2))
		return;
	d->day = 1;
	if (d->month++ < 12)
		return;
	d->month = 1;
	d->year++;
}

static bool same_day(const struct date *a, const struct date *b)
{
	return a->year == b->year && a->month == b->month && a->day == b->day;
}

START_TEST(every_day_of_ten_thousand_years_follows_the_one_before)
{
	struct date d = {.year = 0, .month = 1, .day = 1};
	int64_t expected = DATE_FIRST_SECOND;
	int64_t seconds = 0;

	for (; d.year < 10000; step(&d), expected += DAY) {
		struct date first = date_of_seconds(expected);
		struct date last = date_of_seconds(expected + DAY - 1);

		if (date_to_seconds(&d, &seconds) && seconds == expected &&
			same_day(&first, &d) && same_day(&last, &d))
			continue;
		ck_abort_msg("%u-%u-%u: %lld, not %lld", d.year, d.month, d.day,
			(long long)seconds, (long long)expected);
	}
	ck_assert_int_eq(expected, DATE_LAST_SECOND + 1);
}
END_TEST

START_TEST(every_second_of_a_day_has_its_time)
{
	for (int64_t i = 0; i < DAY; i++) {
		struct date d = date_of_seconds(i - DAY);
		int64_t seconds = 0;

		ck_assert(date_to_seconds(&d, &seconds));
		ck_assert_int_eq(seconds, i - DAY);
		ck_assert_int_eq(
			d.hour * 3600 + d.minute * 60 + d.second, (unsigned)i);
	}
}
END_TEST

static const struct {
	const char *text;
	int64_t seconds;
} moments[] = {
	{"0000-01-01T00:00:00Z", DATE_FIRST_SECOND},
	{"0000-02-29T23:59:59Z", -62162035201},
	{"1901-12-13T20:45:51Z", -2147483649}, /* below 32 bits */
	{"1969-12-31T23:59:59Z", -1},
	{"1970-01-01T00:00:00Z", 0},
	{"2026-05-01T12:34:56Z", 1777638896},
	{"2038-01-19T03:14:07Z", INT32_MAX},
	{"2038-01-19T03:14:08Z", 2147483648}, /* above 32 bits */
	{"2106-02-07T06:28:16Z", 4294967296},
	{"2400-02-29T00:00:00Z", 13574563200},
	{"9999-12-31T23:59:59Z", DATE_LAST_SECOND},
};

START_TEST(text_and_seconds_say_the_same)
{
	char text[DATE_TEXT_SIZE];
	int64_t seconds = 0;

	date_format(moments[_i].seconds, text);
	ck_assert_str_eq(text, moments[_i].text);
	ck_assert_int_eq(date_parse(moments[_i].text, &seconds), 0);
	ck_assert_int_eq(seconds, moments[_i].seconds);
}
END_TEST

START_TEST(what_lies_outside_is_the_first_or_the_last_second)
{
	char text[DATE_TEXT_SIZE];

	date_format(INT64_MIN, text);
	ck_assert_str_eq(text, "0000-01-01T00:00:00Z");
	date_format(DATE_FIRST_SECOND - 1, text);
	ck_assert_str_eq(text, "0000-01-01T00:00:00Z");
	date_format(DATE_LAST_SECOND + 1, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
	date_format(INT64_MAX, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
}
END_TEST

static const char *const no_times[] = {
	"",
	"2026-00-01T00:00:00Z",
	"2026-13-01T00:00:00Z",
	"2026-01-00T00:00:00Z",
	"2026-01-32T00:00:00Z",
	"2026-04-31T00:00:00Z",
	"2026-02-29T00:00:00Z",
	"2100-02-29T00:00:00Z",
	"2026-01-01T24:00:00Z",
	"2026-01-01T00:60:00Z",
	"2026-01-01T00:00:60Z",
	"2026-01-01T00:00:00",
	"2026-01-01T00:00:00z",
	"2026-01-01T00:00:00Z ",
	"2026-01-01 00:00:00Z",
	" 026-01-01T00:00:00Z",
	"+026-01-01T00:00:00Z",
	"-026-01-01T00:00:00Z",
	"2026-1-001T00:00:00Z",
	"10000-01-01T00:00:0Z",
};

START_TEST(what_no_calendar_has_is_refused)
{
	int64_t seconds = 42;

	ck_assert_int_lt(date_parse(no_times[_i], &seconds), 0);
	ck_assert_int_eq(seconds, 42);
}
END_TEST

#define UTC 23
#define GENERALIZED 24

static const struct {
	int tag;
	const char *content;
	const char *text; /* NULL: it is none */
} encoded[] = {
	{UTC, "491231235959Z", "2049-12-31T23:59:59Z"},
	{UTC, "500101000000Z", "1950-01-01T00:00:00Z"},
	{UTC, "380119031408Z", "2038-01-19T03:14:08Z"},
	{GENERALIZED, "99991231235959Z", "9999-12-31T23:59:59Z"},
	{GENERALIZED, "00000101000000Z", "0000-01-01T00:00:00Z"},
	{GENERALIZED, "20500101000000Z", "2050-01-01T00:00:00Z"},
	{UTC, "20500101000000Z", NULL},
	{GENERALIZED, "500101000000Z", NULL},
	{UTC, "500101000000", NULL},
	{UTC, "5001010000Z", NULL},
	{UTC, "500101000000+0000", NULL},
	{UTC, "500101000000z", NULL},
	{UTC, "500230000000Z", NULL},
	{UTC, "500101000060Z", NULL},
	{UTC, "500101240000Z", NULL},
	{UTC, "500001000000Z", NULL},
	{UTC, " 00101000000Z", NULL},
	{GENERALIZED, "20500101000000.5Z", NULL},
	{GENERALIZED, "20500101000000+1", NULL},
	{GENERALIZED, "", NULL},
	{12, "500101000000Z", NULL},
};

START_TEST(dates_of_certificates_have_the_two_forms_of_rfc_5280)
{
	const char *content = encoded[_i].content;
	char text[DATE_TEXT_SIZE] = "";
	int64_t seconds = 42;
	bool read = date_read_asn1(
		encoded[_i].tag, content, strlen(content), &seconds);

	ck_assert(read == (encoded[_i].text != NULL));
	if (!read)
		ck_assert_int_eq(seconds, 42);
	else
		date_format(seconds, text);
	ck_assert_str_eq(text, read ? encoded[_i].text : "");
}
END_TEST

START_TEST(a_time_t_is_the_nearest_there_is)
{
	bool wide = sizeof(time_t) >= sizeof(int64_t);

	ck_assert_int_eq(date_to_time_t(0), 0);
	ck_assert_int_eq(date_to_time_t(-1), -1);
	ck_assert_int_eq(date_to_time_t(INT32_MAX), INT32_MAX);
	ck_assert_int_eq(date_to_time_t(DATE_LAST_SECOND),
		wide ? DATE_LAST_SECOND : INT32_MAX);
	ck_assert_int_le(date_to_time_t(DATE_FIRST_SECOND), -INT32_MAX);
}
END_TEST

/* Where it is not, a clock past 2038 can no longer be asked. */
START_TEST(the_clock_of_this_build_goes_on_after_2038)
{
	ck_assert_uint_ge(sizeof(time_t), sizeof(int64_t));
}
END_TEST

START_TEST(a_date_of_http_has_one_form)
{
	static const char *const none[] = {"", "Fri, 01 May 2026 12:34:56",
		"Fri, 1 May 2026 12:34:56 GMT", "Fri, 01 Mai 2026 12:34:56 GMT",
		"Fri, 31 Feb 2026 12:34:56 GMT",
		"Fri, 01 May 2026 24:34:56 GMT",
		"Friday, 01-May-26 12:34:56 GMT",
		"Fri, 01 May 2026 12:34:56 UTC",
		"Fri, 01 May 2026 12:34:56 GMT "};
	int64_t t = 0;
	int64_t same = 0;

	ck_assert_int_eq(
		date_parse_http("Fri, 01 May 2026 12:34:56 GMT", &t), 0);
	ck_assert_int_eq(date_parse("2026-05-01T12:34:56Z", &same), 0);
	ck_assert_int_eq(t, same);
	ck_assert_int_eq(
		date_parse_http("Wed, 31 Dec 2098 23:59:59 GMT", &t), 0);
	ck_assert_int_eq(date_parse("2098-12-31T23:59:59Z", &same), 0);
	ck_assert_int_eq(t, same);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		ck_assert_int_eq(date_parse_http(none[i], &t), -EINVAL);
}
END_TEST

START_TEST(time_text_is_exact_or_refused)
{
	char text[DATE_TEXT_SIZE];
	int64_t t = 0;

	ck_assert_int_eq(date_parse("2026-05-01T12:34:56Z", &t), 0);
	ck_assert_int_eq(t, 1777638896);
	date_format(t, text);
	ck_assert_str_eq(text, "2026-05-01T12:34:56Z");
	ck_assert_int_eq(date_parse("2026-02-30T00:00:00Z", &t), -EINVAL);
	ck_assert_int_eq(date_parse("2026-05-01 12:34:56Z", &t), -EINVAL);
	ck_assert_int_eq(date_parse("2026-05-01T12:34:56", &t), -EINVAL);
	ck_assert_int_eq(date_parse("", &t), -EINVAL);
	date_format(INT64_MAX, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
}
END_TEST

TCase *date_tests(void);

static const struct {
	int64_t seconds;
	const char *text;
} spans[] = {
	{0, "0 seconds"},
	{-1, "1 second"},
	{119, "119 seconds"},
	{120, "2 minutes"},
	{-2 * 3600L, "2 hours"},
	{48 * 3600L - 1, "47 hours"},
	{20 * 86400L + 5, "20 days"},
	{-4 * 365L * 86400L - 86400, "4 years"},
	{INT64_MIN, "292271023045 years"},
};

START_TEST(a_span_is_in_the_unit_that_a_person_would_take)
{
	char text[DATE_SPAN_SIZE];

	date_span(spans[_i].seconds, text);
	ck_assert_str_eq(text, spans[_i].text);
}
END_TEST

TCase *date_tests(void)
{
	TCase *tc = tcase_create("date");

	tcase_add_test(
		tc, every_day_of_ten_thousand_years_follows_the_one_before);
	tcase_add_test(tc, a_date_of_http_has_one_form);
	tcase_add_test(tc, every_second_of_a_day_has_its_time);
	tcase_add_loop_test(
		tc, text_and_seconds_say_the_same, 0, ARRAY_SIZE(moments));
	tcase_add_test(tc, what_lies_outside_is_the_first_or_the_last_second);
	tcase_add_loop_test(
		tc, what_no_calendar_has_is_refused, 0, ARRAY_SIZE(no_times));
	tcase_add_loop_test(tc,
		dates_of_certificates_have_the_two_forms_of_rfc_5280, 0,
		ARRAY_SIZE(encoded));
	tcase_add_test(tc, a_time_t_is_the_nearest_there_is);
	tcase_add_test(tc, the_clock_of_this_build_goes_on_after_2038);
	tcase_add_test(tc, time_text_is_exact_or_refused);
	tcase_add_loop_test(tc, a_span_is_in_the_unit_that_a_person_would_take,
		0, ARRAY_SIZE(spans));
	return tc;
}
