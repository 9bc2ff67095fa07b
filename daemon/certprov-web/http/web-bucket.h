/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often something may be done: so many times at once, and then so many a
 * second. Time is a parameter, of any clock that does not go back.
 */
#ifndef CERTPROV_WEB_BUCKET_H
#define CERTPROV_WEB_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed is full. */
struct web_bucket {
	int64_t used; /* in thousandths */
	int64_t at_ms;
};

/* Once more: whether it may be done. */
bool web_bucket_take(struct web_bucket *b, int64_t a_second, int64_t at_once,
	int64_t now_ms);
/* For how long it may not be done, in milliseconds; 0: it may now. */
int64_t web_bucket_wait(const struct web_bucket *b, int64_t a_second,
	int64_t at_once, int64_t now_ms);
/* What was taken once shall not count. */
void web_bucket_give_back(struct web_bucket *b);

#endif
