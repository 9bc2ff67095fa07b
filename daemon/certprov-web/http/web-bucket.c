/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/web-bucket.h"

#define THOUSAND 1000

bool web_bucket_take(
	struct web_bucket *b, int64_t a_second, int64_t at_once, int64_t now_ms)
{
	int64_t passed = now_ms - b->at_ms;

	/* It is empty long before this could overflow. */
	if (passed > at_once * THOUSAND)
		passed = at_once * THOUSAND;
	b->at_ms = now_ms;
	b->used -= passed * a_second;
	if (b->used < 0)
		b->used = 0;
	if (b->used + THOUSAND > at_once * THOUSAND)
		return false;
	b->used += THOUSAND;
	return true;
}
