/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/date.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/macros.h"

#define DAY_SECONDS 86400
#define YEAR_LAST 9999
/* The calendar repeats after this many years and days. */
#define CYCLE_YEARS 400
#define CYCLE_DAYS 146097
/* Days are counted from 1 March of the year -400, so that nothing is negative
 * and a leap day is the last of its year. */
#define EPOCH_DAY 865565

#define TAG_UTC_TIME 0x17
#define TAG_GENERALIZED_TIME 0x18

static bool date_is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool date_is_real(const struct date *d)
{
	static const unsigned char days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (d->year > YEAR_LAST || d->month < 1 || d->month > 12 || d->day < 1)
		return false;
	return d->day <= days[d->month - 1] +
			(d->month == 2 && date_is_leap(d->year) ? 1U : 0U) &&
		d->hour < 24 && d->minute < 60 && d->second < 60;
}

/* The days of the months since March before this one. */
static unsigned date_days_before(unsigned month_since_march)
{
	return (153 * month_since_march + 2) / 5;
}

bool date_to_seconds(const struct date *d, int64_t *ret)
{
	unsigned year = 0;
	int64_t day = 0;

	if (!date_is_real(d))
		return false;
	year = d->year + CYCLE_YEARS - (d->month <= 2);
	day = year * 365U + year / 4 - year / 100 + year / 400 +
		date_days_before((d->month + 9) % 12) + d->day - 1;
	*ret = (day - EPOCH_DAY) * DAY_SECONDS +
		(int64_t)(d->hour * 3600 + d->minute * 60 + d->second);
	return true;
}

static int64_t date_clamp(int64_t seconds)
{
	if (seconds < DATE_FIRST_SECOND)
		return DATE_FIRST_SECOND;
	return seconds > DATE_LAST_SECOND ? DATE_LAST_SECOND : seconds;
}

struct date date_of_seconds(int64_t seconds)
{
	uint64_t since = (uint64_t)(date_clamp(seconds) +
		(int64_t)EPOCH_DAY * DAY_SECONDS);
	unsigned second = (unsigned)(since % DAY_SECONDS);
	unsigned day = (unsigned)(since / DAY_SECONDS);
	unsigned cycle = day / CYCLE_DAYS;
	unsigned year = 0;
	unsigned month = 0;

	day %= CYCLE_DAYS;
	year = (day - day / 1460 + day / 36524 - day / (CYCLE_DAYS - 1)) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153; /* since March */
	return (struct date){
		.year = (cycle - 1) * CYCLE_YEARS + year + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = day - date_days_before(month) + 1,
		.hour = second / 3600,
		.minute = second / 60 % 60,
		.second = second % 60,
	};
}

static bool date_take_digits(const uint8_t **at, size_t count, unsigned *ret)
{
	unsigned n = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t c = *(*at)++;

		if (c < '0' || c > '9')
			return false;
		n = n * 10 + (c - '0');
	}
	*ret = n;
	return true;
}

bool date_read_asn1(int tag, const void *text, size_t len, int64_t *ret)
{
	const uint8_t *at = text;
	struct date d = {0};
	bool utc = tag == TAG_UTC_TIME;
	size_t year_digits = utc ? 2 : 4;

	if (!utc && tag != TAG_GENERALIZED_TIME)
		return false;
	if (len != year_digits + strlen("mmddhhmmssZ") || at[len - 1] != 'Z')
		return false;
	if (!date_take_digits(&at, year_digits, &d.year) ||
		!date_take_digits(&at, 2, &d.month) ||
		!date_take_digits(&at, 2, &d.day))
		return false;
	if (!date_take_digits(&at, 2, &d.hour) ||
		!date_take_digits(&at, 2, &d.minute) ||
		!date_take_digits(&at, 2, &d.second))
		return false;
	if (utc)
		d.year += d.year < 50 ? 2000 : 1900;
	return date_to_seconds(&d, ret);
}

void date_format(int64_t seconds, char ret[DATE_TEXT_SIZE])
{
	struct date d = date_of_seconds(seconds);

	(void)snprintf(ret, DATE_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		d.year % 10000U, d.month % 100U, d.day % 100U, d.hour % 100U,
		d.minute % 100U, d.second % 100U);
}

static bool date_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Digits where the form has zeros, letters where it has a, and the same
 * characters elsewhere. */
static bool date_has_form(const char *text, const char *form)
{
	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; i < strlen(form); i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == '0'               ? !digit
				: form[i] == 'a' ? !date_is_letter(text[i])
						 : text[i] != form[i])
			return false;
	}
	return true;
}

static unsigned date_number_at(const char *text, size_t digits)
{
	unsigned n = 0;

	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (unsigned)(text[i] - '0');
	return n;
}

int date_parse(const char *text, int64_t *ret)
{
	struct date d = {0};

	if (!date_has_form(text, "0000-00-00T00:00:00Z"))
		return -EINVAL;
	d = (struct date){
		.year = date_number_at(text, 4),
		.month = date_number_at(text + 5, 2),
		.day = date_number_at(text + 8, 2),
		.hour = date_number_at(text + 11, 2),
		.minute = date_number_at(text + 14, 2),
		.second = date_number_at(text + 17, 2),
	};
	return date_to_seconds(&d, ret) ? 0 : -EINVAL;
}

/* 1 to 12, or 0. */
static unsigned date_month_at(const char *text)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned i = 0; names[i]; i += 3)
		if (strncmp(text, names + i, 3) == 0)
			return i / 3 + 1;
	return 0;
}

int date_parse_http(const char *text, int64_t *ret)
{
	struct date d = {0};

	if (!date_has_form(text, "aaa, 00 aaa 0000 00:00:00 GMT"))
		return -EINVAL;
	d = (struct date){
		.year = date_number_at(text + 12, 4),
		.month = date_month_at(text + 8),
		.day = date_number_at(text + 5, 2),
		.hour = date_number_at(text + 17, 2),
		.minute = date_number_at(text + 20, 2),
		.second = date_number_at(text + 23, 2),
	};
	return date_to_seconds(&d, ret) ? 0 : -EINVAL;
}

time_t date_to_time_t(int64_t seconds)
{
	int64_t max = sizeof(time_t) < sizeof(int64_t) ? INT32_MAX : INT64_MAX;

	if (seconds > max)
		return (time_t)max;
	return (time_t)(seconds < -max ? -max : seconds);
}

void date_span(int64_t seconds, char ret[DATE_SPAN_SIZE])
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {
		{31557600, "year"}, /* of 365.25 days */
		{86400, "day"},
		{3600, "hour"},
		{60, "minute"},
		{1, "second"},
	};
	uint64_t span = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds;
	size_t i = 0;
	uint64_t n = 0;

	while (i + 1 < ARRAY_SIZE(units) &&
		span < 2 * (uint64_t)units[i].seconds)
		i++;
	n = span / (uint64_t)units[i].seconds;
	(void)snprintf(ret, DATE_SPAN_SIZE, "%" PRIu64 " %s%s", n,
		units[i].name, n == 1 ? "" : "s");
}
