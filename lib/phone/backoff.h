/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prov_back_off_timer: how long to wait after the nth failed run in a row.
 * A list of seconds or of ranges to draw from, and perhaps a limit up to
 * which the last one doubles. Pure: randomness comes from the caller.
 *
 *   120                  always 120 s
 *   3,6:300              3 to 6 s, then doubled each time, 300 s at most
 *   5,10;10,20;20,40     one range after the other, then the last for good
 *   5;10,20:600          both: a list whose last entry goes on doubling
 */
#ifndef CERTPROV_BACKOFF_H
#define CERTPROV_BACKOFF_H

#include <stddef.h>
#include <stdint.h>

#define BACKOFF_MAX_RANGES 32
#define BACKOFF_MAX_SECONDS 604800 /* a week */
#define BACKOFF_DEFAULT "3,6:3600"

struct backoff_range {
	uint32_t min_s;
	uint32_t max_s;
};

struct backoff {
	struct backoff_range ranges[BACKOFF_MAX_RANGES];
	size_t count;
	uint32_t limit_s; /* 0: the last range does not double */
};

/*
 * 0, or -EINVAL for anything else than the forms above, for a range that
 * ends before it begins, for a wait of zero (the server would get requests
 * without pause) and past the maxima. The empty text is -EINVAL as well; the
 * setting decides what it means. *ret is untouched on failure.
 */
int backoff_parse(const char *text, struct backoff *ret);

/* The wait after this many failures in a row (1 is the first); random is
 * any 32 bits. Never 0, never more than BACKOFF_MAX_SECONDS. */
uint32_t backoff_delay_s(
	const struct backoff *b, unsigned failures, uint32_t random);

#endif
