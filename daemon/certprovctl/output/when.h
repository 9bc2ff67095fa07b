/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When something ends, as people write it: a time, a day, or how long from now.
 * The caller has the clock.
 */
#ifndef CERTPROVCTL_WHEN_H
#define CERTPROVCTL_WHEN_H

#include <stdint.h>

/* "30d" is at most this far away: a hundred years. */
#define WHEN_MAX_DAYS 36500

/*
 * "2027-01-31T12:00:00Z", "2027-01-31" (its first second, UTC), or a number
 * of minutes, hours, days or weeks from now: "90m", "12h", "30d", "2w".
 * 0 and seconds since the epoch; or -EINVAL and *ret untouched.
 */
int when_parse(const char *text, int64_t now, int64_t *ret);

#endif
