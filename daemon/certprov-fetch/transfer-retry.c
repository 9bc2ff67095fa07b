/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retry-After (RFC 9110, 10.2.3): when a server wants to be asked again, in
 * seconds or as a date. A date is held against the server's own, because the
 * phone's clock may not be set.
 */
#include <string.h>

#include "daemon/certprov-fetch/transfer-end.h"
#include "lib/base/date.h"
#include "lib/provisioning/fetch-server.h"

#define STATUS_TOO_MANY 429
#define STATUS_UNAVAILABLE 503

static int64_t transfer_bound_wait(int64_t seconds)
{
	if (seconds < 0)
		return 0;
	return seconds < FETCH_MAX_RETRY_AFTER_SECONDS
		? seconds
		: FETCH_MAX_RETRY_AFTER_SECONDS;
}

/* 0 when it is no number; more digits than fit are as good as the most. */
static int64_t transfer_parse_seconds(const char *text)
{
	int64_t seconds = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[digits + strspn(text + digits, " \t")])
		return 0;
	for (size_t i = 0; i < digits; i++)
		seconds = transfer_bound_wait(seconds * 10 + text[i] - '0');
	return seconds;
}

static int64_t transfer_parse_dates(const char *text, const char *now)
{
	int64_t then = 0;
	int64_t sent = 0;

	if (!now || date_parse_http(text, &then) < 0 ||
		date_parse_http(now, &sent) < 0)
		return 0;
	return transfer_bound_wait(then - sent);
}

int64_t transfer_retry_after(const struct transfer *t)
{
	int64_t seconds = 0;

	if (!t->retry_after ||
		(t->result.status != STATUS_TOO_MANY &&
			t->result.status != STATUS_UNAVAILABLE))
		return 0;
	seconds = transfer_parse_seconds(t->retry_after);
	return seconds > 0 ? seconds
			   : transfer_parse_dates(t->retry_after, t->date);
}
