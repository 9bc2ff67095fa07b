/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calendar in 64-bit seconds since the epoch: a machine's time_t may end in
 * 2038, certificates do not. The only place that counts days and converts to
 * time_t. Years 0 to 9999, UTC, no leap seconds.
 */
#ifndef CERTPROV_DATE_H
#define CERTPROV_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define DATE_FIRST_SECOND (-62167219200LL) /* 0000-01-01T00:00:00Z */
#define DATE_LAST_SECOND 253402300799LL    /* 9999-12-31T23:59:59Z */

struct date {
	unsigned year;
	unsigned month; /* 1 to 12 */
	unsigned day;   /* 1 to 31 */
	unsigned hour;
	unsigned minute;
	unsigned second;
};

/* Clamped to DATE_FIRST_SECOND and DATE_LAST_SECOND. */
struct date date_of_seconds(int64_t seconds);
/* False, and *ret untouched, when there is no such date (30 February). */
bool date_to_seconds(const struct date *date, int64_t *ret);

/*
 * The content of a UTCTime or GeneralizedTime in the form of RFC 5280 4.1.2.5:
 * whole seconds and Z; a year of two digits is 1950 to 2049. False, and *ret
 * untouched, for another form or tag.
 */
bool date_read_asn1(int tag, const void *text, size_t len, int64_t *ret);

/* RFC 3339 in UTC with whole seconds: "2026-05-01T00:00:00Z". Formatting
 * clamps as date_of_seconds does; parsing returns 0 or -EINVAL. */
#define DATE_TEXT_SIZE 21
void date_format(int64_t seconds, char ret[DATE_TEXT_SIZE]);
int date_parse(const char *text, int64_t *ret);
/* The one form of RFC 9110 5.6.7 that servers send; the day of the week is not
 * looked at: "Fri, 01 May 2026 12:34:56 GMT". 0 or -EINVAL. */
int date_parse_http(const char *text, int64_t *ret);

/* What ends within this time ends soon, for verdicts and warnings. Sentences
 * call it 30 days. Lists, Status and log go by steps (trust/endings.h). */
#define DATE_SOON_SECONDS ((int64_t)30 * 24 * 60 * 60)

/* How long a span is, in the largest unit of which there are two, or in one
 * second: "20 days", "4 years", "90 minutes". */
#define DATE_SPAN_SIZE 32
void date_span(int64_t seconds, char ret[DATE_SPAN_SIZE]);

/* The nearest time_t that this machine has. */
time_t date_to_time_t(int64_t seconds);

#endif
