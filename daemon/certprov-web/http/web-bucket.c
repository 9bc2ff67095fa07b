/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/web-bucket.h"

#define THOUSAND 1000

/* What is used of it by now. */
static int64_t web_bucket_used(const struct web_bucket *b, int64_t a_second,
	int64_t at_once, int64_t now_ms)
{
	int64_t passed = now_ms - b->at_ms;
	int64_t used = 0;

	/* It is empty long before this could overflow. */
	if (passed > at_once * THOUSAND)
		passed = at_once * THOUSAND;
	used = b->used - passed * a_second;
	return used < 0 ? 0 : used;
}

bool web_bucket_take(
	struct web_bucket *b, int64_t a_second, int64_t at_once, int64_t now_ms)
{
	b->used = web_bucket_used(b, a_second, at_once, now_ms);
	b->at_ms = now_ms;
	if (b->used + THOUSAND > at_once * THOUSAND)
		return false;
	b->used += THOUSAND;
	return true;
}

int64_t web_bucket_wait(const struct web_bucket *b, int64_t a_second,
	int64_t at_once, int64_t now_ms)
{
	int64_t over = web_bucket_used(b, a_second, at_once, now_ms) +
		THOUSAND - at_once * THOUSAND;

	return over > 0 ? (over + a_second - 1) / a_second : 0;
}

void web_bucket_give_back(struct web_bucket *b)
{
	b->used = b->used > THOUSAND ? b->used - THOUSAND : 0;
}
