/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that is wrong with a peer that has no path: the search stops at the
 * first thing, and an exception lets pass all of them.
 */
#include "lib/verify/verify-search.h"

unsigned search_fault_of(enum verdict verdict)
{
	static const unsigned bits[VERDICT__END] = {
		[VERDICT_EXPIRED] = WARNING_BIT(WARNING_EXPIRED),
		[VERDICT_NOT_YET_VALID] = WARNING_BIT(WARNING_NOT_YET_VALID),
		[VERDICT_NAME_MISMATCH] = WARNING_BIT(WARNING_NAME_MISMATCH),
		[VERDICT_HOST_INVALID] = WARNING_BIT(WARNING_NAME_MISMATCH),
		[VERDICT_ISSUER_NOT_TRUSTED] =
			WARNING_BIT(WARNING_ISSUER_NOT_TRUSTED),
		[VERDICT_NOT_FOR_SERVERS] =
			WARNING_BIT(WARNING_NOT_FOR_SERVERS),
	};

	return bits[verdict] ? bits[verdict]
			     : WARNING_BIT(WARNING_PATH_REFUSED);
}

/* What came of the best path there is. */
static unsigned faults_of_path(const struct search *s)
{
	enum verdict v = s->best.verdict;
	bool dated = v == VERDICT_EXPIRED || v == VERDICT_NOT_YET_VALID;

	return search_fault_of(v) | (dated ? s->behind : 0);
}

/* What can be seen in the certificate itself. */
static unsigned faults_of_leaf(struct search *s)
{
	const struct certificate *c = s->leaf;
	unsigned faults = 0;

	if (c->not_after < s->now)
		faults |= WARNING_BIT(WARNING_EXPIRED);
	if (c->not_before > s->now)
		faults |= WARNING_BIT(WARNING_NOT_YET_VALID);
	if (!leaf_is_for_use(s))
		faults |= WARNING_BIT(WARNING_NOT_FOR_SERVERS);
	return faults;
}

int search_faults(struct search *s, unsigned *ret)
{
	unsigned faults = faults_of_path(s) | faults_of_leaf(s);
	bool named = true;
	int r = s->host_given ? leaf_is_named(s, &named) : 0;

	if (r < 0)
		return r;
	if (!named)
		faults |= WARNING_BIT(WARNING_NAME_MISMATCH);
	*ret = faults;
	return 0;
}
