/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a search asks of the distrusted. The answer is lib/trust's; here it is
 * remembered and paid for, because a certificate is looked at wherever it
 * might stand in a path, and each time is digested in several forms.
 */
#include "lib/verify/verify-search.h"

unsigned distrust_cost(const struct trust *t, const struct certificate *c)
{
	if (t->distrusted_count == 0)
		return 0;
	return COST_DISTRUST +
		(unsigned)(trust_distrust_bytes(t, c) / DIGESTED_A_UNIT);
}

static const struct looked_up *verify_distrust_find(
	const struct search *s, const struct certificate *c)
{
	for (size_t i = 0; i < s->looked_up_count; i++)
		if (s->looked_up[i].certificate == c)
			return &s->looked_up[i];
	return NULL;
}

unsigned search_distrust_cost(
	const struct search *s, const struct certificate *c)
{
	return verify_distrust_find(s, c) ? 0 : distrust_cost(s->trust, c);
}

static void verify_distrust_remember(
	struct search *s, const struct certificate *c, bool distrusted)
{
	if (s->looked_up_count < ARRAY_SIZE(s->looked_up))
		s->looked_up[s->looked_up_count++] = (struct looked_up){
			.certificate = c,
			.distrusted = distrusted,
		};
}

bool search_distrusts(struct search *s, const struct certificate *c)
{
	struct distrust d = {.reason = DISTRUST_NOT};
	const struct looked_up *known = NULL;
	int r = 0;

	if (s->trust->distrusted_count == 0)
		return false;
	known = verify_distrust_find(s, c);
	if (known)
		return known->distrusted;
	if (!search_spend(s, distrust_cost(s->trust, c)))
		return true;
	r = trust_find_distrust(s->trust, c, &d);
	if (r < 0) {
		s->error = r;
		return true;
	}
	verify_distrust_remember(s, c, d.reason != DISTRUST_NOT);
	return d.reason != DISTRUST_NOT;
}
