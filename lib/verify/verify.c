/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verify/verify.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/verify/verify-search.h"

static const char *const purposes[PURPOSE__END] = {
	[PURPOSE_ANY] = "any",
	[PURPOSE_SIP] = "sip",
	[PURPOSE_HTTPS] = "https",
	[PURPOSE_PROVISIONING] = "provisioning",
	[PURPOSE_LDAP] = "ldap",
};

const char *purpose_name(enum purpose purpose)
{
	assert((unsigned)purpose < PURPOSE__END);
	return purposes[purpose];
}

int purpose_find(const char *name, enum purpose *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(purposes); i++) {
		if (strcmp(purposes[i], name) != 0)
			continue;
		*ret = (enum purpose)i;
		return 0;
	}
	return -ENOENT;
}

void verify_result_done(struct verify_result *r)
{
	free(r->reason);
	free(r->remedy);
	*r = (struct verify_result){0};
}

/* --- the answer --- */

/* Put verdict and sentence into the answer and hand it over. */
static int verify_answer(const struct answer *a, struct verify_result *from,
	struct verify_result *ret)
{
	enum verdict verdict = a->why->verdict;
	int r = 0;

	from->verdict = verdict;
	from->trusted = verdict_is_positive(verdict);
	from->recoverable = !from->trusted && verdict_row(verdict)->recoverable;
	r = answer_explain(a, &from->reason, &from->remedy);
	if (r < 0)
		return r;
	*ret = *from;
	*from = (struct verify_result){0};
	return 0;
}

/* --- before any path --- */

/* What came with the leaf: there is no path to tell what is superfluous. What
 * would cost too much to look at ends the search. */
static int verify_look_at_sent(struct search *s, bool *ret_distrusted)
{
	*ret_distrusted = false;
	for (size_t i = 0; i < s->sent_count && s->trust->distrusted_count > 0;
		i++) {
		CLEANUP(certificate_free) struct certificate *c = NULL;
		const struct bytes *der = s->sent[i].der;
		struct distrust d = {.reason = DISTRUST_NOT};
		enum verdict why = VERDICT_MALFORMED;
		unsigned cost = s->sent[i].cost;
		int r = 0;

		if (!search_spend(s, cost > 0 ? cost : COST_CERTIFICATE))
			return 0;
		r = certificate_decode(der->data, der->len, &c, &why);
		s->work.decoded++;
		if (r == 0 && c && search_spend(s, distrust_cost(s->trust, c)))
			r = trust_find_distrust(s->trust, c, &d);
		if (r < 0)
			return r;
		*ret_distrusted = *ret_distrusted || d.reason != DISTRUST_NOT;
	}
	return 0;
}

static bool verify_is_verified(const struct trust *t)
{
	return t->policy.verification == VERIFICATION_ON ||
		t->policy.verification == VERIFICATION_FORCED;
}

static bool verify_host_fits(const struct exception *e, const struct search *s)
{
	struct host host;

	if (!e->host)
		return true;
	return s->host_valid && host_parse(e->host, &host) == 0 &&
		host_equal(&host, &s->host);
}

/* The exception for exactly this certificate that lasts longest. */
static const struct exception *verify_find_exception(const struct search *s)
{
	const struct exception *found = NULL;
	size_t count = 0;
	const struct exception *first =
		trust_exceptions_of(s->trust, s->leaf->sha256, &count);

	for (size_t i = 0; i < count; i++) {
		const struct exception *e = &first[i];

		if (e->expires < s->now || !verify_host_fits(e, s))
			continue;
		if (!found || e->expires > found->expires)
			found = e;
	}
	return found;
}

/* --- judging a peer --- */

static int verify_search_prepare(const struct trust *trust,
	const struct verify_query *query, struct certificate *leaf,
	struct search **ret)
{
	CLEANUP(search_free) struct search *s = NULL;
	int r = search_new(trust, leaf, query->now, &s);

	if (r < 0)
		return r;
	s->use = query->use;
	s->demands = query->demands;
	s->sip = query->purpose == PURPOSE_SIP && trust->policy.sip_names;
	s->host_valid = query->host && host_parse(query->host, &s->host) == 0;
	s->host_text = query->host;
	s->host_given = query->host && trust->policy.name_check;
	r = search_set_sent(s, query->chain + 1, query->chain_count - 1);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

/* What the search found, before an exception has its say. */
static void verify_take_path(const struct search *s, struct verify_result *to)
{
	for (size_t i = 0; i < s->path_count; i++)
		memcpy(to->path[i], s->path[i]->sha256, SHA256_BYTES);
	to->path_count = s->path_count;
	to->warnings = s->warnings;
	to->valid_until = s->valid_until;
}

/* Does every path lead through something distrusted? Where the search was cut
 * short nobody can tell. */
static bool verify_may_be_distrusted(const struct search *s)
{
	return s->best.verdict == VERDICT_DISTRUSTED ||
		((s->exhausted || s->skipped) && !s->clear &&
			s->trust->distrusted_count > 0);
}

/* Until then nothing in the leaf itself becomes right or wrong. */
static int64_t verify_next_date(const struct search *s)
{
	if (s->leaf->not_before > s->now)
		return s->leaf->not_before - 1;
	return s->leaf->not_after >= s->now ? s->leaf->not_after : INT64_MAX;
}

/* Also where there is no exception yet: who makes one has to see it all. */
static int verify_tell_faults(struct search *s, struct verify_result *to)
{
	unsigned told = 0;
	int r = 0;

	if (!verify_find_exception(s) &&
		!verdict_row(s->best.verdict)->recoverable)
		return 0;
	r = search_faults(s, &to->faults);
	if (r < 0)
		return r;
	for (enum warning w = 0; w < WARNING__END; w++)
		if (strcmp(warning_name(w), verdict_name(s->best.verdict)) == 0)
			told = WARNING_BIT(w);
	to->warnings = to->faults & ~told;
	return 0;
}

/*
 * An exception lets pass what is wrong with a certificate, but not what the
 * administrator distrusted; so the search is made all the same, and only that
 * finding counts.
 */
static void verify_decide(struct search *s, bool found,
	struct verify_result *to, struct failure *ret_why)
{
	const struct exception *e = verify_find_exception(s);

	to->work = s->work;
	if (found)
		verify_take_path(s, to);
	else
		to->valid_until = s->next_change;
	*ret_why = s->best;
	if (found)
		*ret_why = (struct failure){.verdict = VERDICT_TRUSTED};
	if (!e || (!found && verify_may_be_distrusted(s)))
		return;
	*ret_why = (struct failure){.verdict = VERDICT_EXCEPTION};
	if (!found) {
		to->warnings = to->faults;
		to->valid_until = verify_next_date(s);
	}
	if (e->expires < to->valid_until)
		to->valid_until = e->expires;
}

/* Why peers are not verified, for the sentence. */
static void verify_not_verified(
	const struct trust *trust, struct failure *ret_why)
{
	*ret_why = (struct failure){.verdict = VERDICT_NOT_VERIFIED};
	(void)snprintf(ret_why->detail, DETAIL_SIZE, "%s",
		trust->policy.verification == VERIFICATION_OFF
			? "tls_server_authentication is off"
			: "firmware before 8.2.30 verifies nobody");
}

/* Whether or not that one was sent, or a path would lead through it. */
static bool verify_leaf_is_signed_by_distrusted(struct search *s)
{
	const struct certificate *issuer = NULL;

	if (!search_signed_by_distrusted(s, s->leaf, &issuer))
		return false;
	s->best = (struct failure){
		.verdict = VERDICT_DISTRUSTED,
		.about = issuer,
	};
	return true;
}

/* The administrator's word counts all the same; where nobody can tell what is
 * distrusted, nothing passes. */
static int verify_judge_unverified(
	struct search *s, struct verify_result *to, struct failure *ret_why)
{
	bool distrusted = false;
	int r = 0;

	(void)search_spend(s,
		COST_CERTIFICATE + s->leaf->parts +
			(s->leaf->der.len + s->sent_bytes) / BYTES_A_UNIT);
	r = verify_look_at_sent(s, &distrusted);
	if (r < 0)
		return r;
	if (distrusted || verify_leaf_is_signed_by_distrusted(s) ||
		verify_may_be_distrusted(s))
		ret_why->verdict = VERDICT_DISTRUSTED;
	else
		verify_not_verified(s->trust, ret_why);
	to->work = s->work;
	return s->error;
}

/* The search stays with the caller: reasons point into it. */
static int verify_judge_leaf(const struct trust *trust, struct search *s,
	struct verify_result *to, struct failure *ret_why)
{
	bool found = false;
	int r = 0;

	*ret_why = (struct failure){.about = s->leaf};
	/* Even where nothing is verified. */
	if (search_distrusts(s, s->leaf)) {
		ret_why->verdict = VERDICT_DISTRUSTED;
		return s->error;
	}
	if (!verify_is_verified(trust))
		return verify_judge_unverified(s, to, ret_why);
	/* What anybody put into the store could use up what the search may
	 * cost, and take the exception away by it. */
	if (s->trust->distrusted_count > 0 && verify_find_exception(s))
		r = search_is_clear(s, &s->clear);
	if (r == 0)
		r = search_run(s, &found);
	if (r == 0 && !found) {
		(void)verify_leaf_is_signed_by_distrusted(s);
		r = verify_tell_faults(s, to);
	}
	if (r == 0)
		r = s->error;
	if (r < 0)
		return r;
	verify_decide(s, found, to, ret_why);
	return 0;
}

/* What there is to say when no leaf can be judged. */
static void verify_no_leaf(const struct verify_query *query,
	enum verdict verdict, struct failure *ret_why)
{
	*ret_why = (struct failure){.verdict = verdict};
	if (verdict == VERDICT_BUDGET)
		(void)snprintf(ret_why->detail, DETAIL_SIZE,
			"%zu certificates were sent", query->chain_count);
	else if (verdict != VERDICT_EMPTY)
		(void)snprintf(ret_why->detail, DETAIL_SIZE,
			"the first certificate of the chain, %zu bytes",
			query->chain[0].len);
}

/* The leaf, or NULL and why there is none. */
static int verify_decode_leaf(const struct verify_query *query,
	struct certificate **ret, enum verdict *ret_verdict)
{
	*ret = NULL;
	*ret_verdict = VERDICT_EMPTY;
	if (query->chain_count > VERIFY_MAX_CHAIN)
		*ret_verdict = VERDICT_BUDGET;
	if (query->chain_count == 0 || query->chain_count > VERIFY_MAX_CHAIN)
		return 0;
	return certificate_decode(
		query->chain[0].data, query->chain[0].len, ret, ret_verdict);
}

int verify_peer(const struct trust *trust, const struct verify_query *query,
	struct verify_result *ret)
{
	CLEANUP(verify_result_done)
	struct verify_result result = {
		.valid_until = INT64_MAX,
		.clock_trusted = query->now >= trust->clock_floor,
	};
	CLEANUP(certificate_free) struct certificate *leaf = NULL;
	CLEANUP(search_free) struct search *s = NULL;
	enum verdict verdict = VERDICT_EMPTY;
	struct failure why = {.verdict = VERDICT_TRUSTED};
	struct answer a = {
		.trust = trust,
		.why = &why,
		.host = query->host,
		.now = query->now,
	};
	int r = verify_decode_leaf(query, &leaf, &verdict);

	if (r < 0)
		return r;
	if (!leaf) {
		verify_no_leaf(query, verdict, &why);
		return verify_answer(&a, &result, ret);
	}
	a.leaf = leaf;
	r = verify_search_prepare(trust, query, leaf, &s);
	if (r < 0)
		return r;
	a.now = s->now;
	r = verify_judge_leaf(trust, s, &result, &why);
	return r < 0 ? r : verify_answer(&a, &result, ret);
}

/* --- the chain rule --- */

int verify_issued(const struct trust *trust, const struct certificate *c,
	int64_t now, enum verdict *ret)
{
	CLEANUP(search_free) struct search *s = NULL;
	bool found = false;
	int r = search_new(trust, (struct certificate *)c, now, &s);

	if (r < 0)
		return r;
	s->use = USE_ANY;
	s->issued = true;
	r = search_run(s, &found);
	if (r < 0)
		return r;
	*ret = found ? VERDICT_TRUSTED : s->best.verdict;
	return 0;
}
