/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/backoff.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define SECONDS_MAX_DIGITS 6
#define DOUBLINGS_MAX 20 /* from one second past the maximum */

_Static_assert(1U << DOUBLINGS_MAX > BACKOFF_MAX_SECONDS, "enough doublings");

static int backoff_parse_seconds(const char **p, uint32_t *ret)
{
	size_t digits = strspn(*p, "0123456789");
	uint32_t seconds = 0;

	if (digits == 0 || digits > SECONDS_MAX_DIGITS)
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		seconds = seconds * 10 + (uint32_t)((*p)[i] - '0');
	if (seconds == 0 || seconds > BACKOFF_MAX_SECONDS)
		return -EINVAL;
	*p += digits;
	*ret = seconds;
	return 0;
}

static int backoff_parse_range(const char **p, struct backoff_range *range)
{
	int r = backoff_parse_seconds(p, &range->min_s);

	if (r < 0)
		return r;
	range->max_s = range->min_s;
	if (**p != ',')
		return 0;
	(*p)++;
	r = backoff_parse_seconds(p, &range->max_s);
	if (r < 0)
		return r;
	return range->max_s < range->min_s ? -EINVAL : 0;
}

static int backoff_parse_ranges(const char **p, struct backoff *b)
{
	while (b->count < BACKOFF_MAX_RANGES) {
		int r = backoff_parse_range(p, &b->ranges[b->count]);

		if (r < 0)
			return r;
		b->count++;
		if (**p != ';')
			return 0;
		(*p)++;
	}
	return -EINVAL;
}

int backoff_parse(const char *text, struct backoff *ret)
{
	struct backoff b = {.count = 0};
	int r = backoff_parse_ranges(&text, &b);

	if (r < 0)
		return r;
	if (*text == ':') {
		text++;
		r = backoff_parse_seconds(&text, &b.limit_s);
		if (r < 0)
			return r;
	}
	if (*text)
		return -EINVAL;
	*ret = b;
	return 0;
}

static uint32_t backoff_smaller(uint64_t a, uint32_t b)
{
	return a < b ? (uint32_t)a : b;
}

uint32_t backoff_delay_s(
	const struct backoff *b, unsigned failures, uint32_t random)
{
	size_t n = failures > 0 ? failures - 1 : 0;
	const struct backoff_range *range = NULL;
	uint64_t delay_s = 0;
	size_t doublings = 0;

	assert(b->count > 0);
	range = &b->ranges[n < b->count ? n : b->count - 1];
	delay_s = range->max_s - range->min_s + 1;
	delay_s = range->min_s + (random * delay_s >> 32);
	if (b->limit_s == 0)
		return (uint32_t)delay_s;
	if (n >= b->count)
		doublings = n - b->count + 1;
	if (doublings > DOUBLINGS_MAX)
		doublings = DOUBLINGS_MAX;
	return backoff_smaller(delay_s << doublings, b->limit_s);
}
