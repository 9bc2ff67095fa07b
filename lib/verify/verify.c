/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verify/verify.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/phone/firmware.h"
#include "lib/verify/verify-parts.h"

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
	for (size_t i = 0; i < r->word_count; i++)
		warning_words_done(&r->words[i]);
	free(r->words);
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
	r = explain_answer(a, &from->reason, &from->remedy);
	if (r < 0)
		return r;
	*ret = *from;
	*from = (struct verify_result){0};
	return 0;
}

/* --- before any path --- */

/* Without a path nobody can tell which of the certificates sent matter, so all
 * of them are checked; the search is over when that costs too much. */
static int verify_look_at_sent(struct context *ctx, bool *ret_distrusted)
{
	*ret_distrusted = false;
	for (size_t i = 0;
		i < ctx->sent_count && ctx->trust->distrusted_count > 0; i++) {
		CLEANUP(certificate_free) struct certificate *c = NULL;
		const struct bytes *der = ctx->sent[i].der;
		bool distrusted = false;
		enum verdict why = VERDICT_MALFORMED;
		unsigned cost = ctx->sent[i].cost;
		int r = 0;

		if (!context_spend(ctx, cost > 0 ? cost : COST_CERTIFICATE))
			return 0;
		r = certificate_decode(der->data, der->len, &c, &why);
		ctx->work.decoded++;
		if (r == 0 && c &&
			context_spend(ctx, verify_distrust_cost(ctx->trust, c)))
			r = trust_distrusts(ctx->trust, der, c, &distrusted);
		if (r < 0)
			return r;
		*ret_distrusted = *ret_distrusted || distrusted;
	}
	return 0;
}

static bool verify_is_verified(const struct trust *t)
{
	return t->policy.verification == VERIFICATION_ON ||
		t->policy.verification == VERIFICATION_FORCED;
}

static bool verify_host_fits(
	const struct exception *e, const struct context *ctx)
{
	struct host host;

	if (!e->host)
		return true;
	return ctx->host_valid && host_parse(e->host, &host) == 0 &&
		host_equal(&host, &ctx->host);
}

/* The exception for exactly this certificate that lasts longest. */
static const struct exception *verify_find_exception(const struct context *ctx)
{
	const struct exception *found = NULL;
	size_t count = 0;
	const struct exception *first =
		trust_exceptions_of(ctx->trust, ctx->leaf->sha256, &count);

	for (size_t i = 0; i < count; i++) {
		const struct exception *e = &first[i];

		if (e->expires < ctx->now || !verify_host_fits(e, ctx))
			continue;
		if (!found || e->expires > found->expires)
			found = e;
	}
	return found;
}

/* --- judging a peer --- */

static int verify_prepare(const struct trust *trust,
	const struct verify_query *query, struct certificate *leaf,
	struct context **ret)
{
	CLEANUP(context_free) struct context *ctx = NULL;
	int r = context_new(trust, leaf, query->now, &ctx);

	if (r < 0)
		return r;
	if (query->demands) {
		ctx->demands = query->demands;
		ctx->use = query->demands->use;
	}
	ctx->sip = query->purpose == PURPOSE_SIP && trust->policy.sip_names;
	ctx->for_sip = query->purpose == PURPOSE_SIP;
	ctx->host_valid =
		query->host && host_parse(query->host, &ctx->host) == 0;
	ctx->host_text = query->host;
	ctx->host_given = query->host && trust->policy.name_check;
	r = sent_set(ctx, query->chain + 1, query->chain_count - 1);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(ctx);
	return 0;
}

/* What the search found, before exceptions. */
static void verify_take_path(
	const struct context *ctx, struct verify_result *to)
{
	for (size_t i = 0; i < ctx->path_count; i++)
		memcpy(to->path[i], ctx->path[i]->sha256, SHA256_BYTES);
	to->path_count = ctx->path_count;
	to->warnings = ctx->warnings;
	to->valid_until = ctx->valid_until;
}

/* Does every path lead through a distrusted certificate, as far as that could
 * be found out before a limit was reached? */
static bool verify_may_be_distrusted(const struct context *ctx)
{
	return ctx->best.verdict == VERDICT_DISTRUSTED ||
		((ctx->exhausted || ctx->skipped) && !ctx->clear &&
			ctx->trust->distrusted_count > 0);
}

/* When the dates of the leaf next make a difference. */
static int64_t verify_next_date(const struct context *ctx)
{
	if (ctx->leaf->not_before > ctx->now)
		return ctx->leaf->not_before - 1;
	return ctx->leaf->not_after >= ctx->now ? ctx->leaf->not_after
						: INT64_MAX;
}

/* Also without an exception: an administrator who makes one has to see all. */
static int verify_list_faults(struct context *ctx, struct verify_result *to)
{
	unsigned main_fault = 0;
	int r = 0;

	if (!verify_find_exception(ctx) &&
		!verdict_row(ctx->best.verdict)->recoverable)
		return 0;
	r = faults_find(ctx, &to->faults);
	if (r < 0)
		return r;
	for (enum warning w = 0; w < WARNING__END; w++)
		if (strcmp(warning_name(w), verdict_name(ctx->best.verdict)) ==
			0)
			main_fault = WARNING_BIT(w);
	to->warnings = to->faults & ~main_fault;
	return 0;
}

/*
 * An exception overrides everything that is wrong with a certificate, except
 * distrust by the administrator: for that the search is made in any case.
 */
static void verify_decide(struct context *ctx, bool found,
	struct verify_result *to, struct failure *ret_why)
{
	const struct exception *e = verify_find_exception(ctx);

	to->work = ctx->work;
	if (found)
		verify_take_path(ctx, to);
	else
		to->valid_until = ctx->next_change;
	*ret_why = ctx->best;
	if (found)
		*ret_why = (struct failure){.verdict = VERDICT_TRUSTED};
	if (!e || (!found && verify_may_be_distrusted(ctx)))
		return;
	*ret_why = (struct failure){.verdict = VERDICT_EXCEPTION};
	if (!found) {
		to->warnings = to->faults;
		to->valid_until = verify_next_date(ctx);
	}
	if (e->expires < to->valid_until)
		to->valid_until = e->expires;
}

/* Why peers are not verified, for the sentence. */
static void verify_not_verified(
	const struct trust *trust, struct failure *ret_why)
{
	char since[RULE_TEXT_SIZE];

	*ret_why = (struct failure){.verdict = VERDICT_NOT_VERIFIED};
	(void)snprintf(ret_why->detail, DETAIL_SIZE, "%s",
		"tls_server_authentication is off");
	if (trust->policy.verification == VERIFICATION_UNSUPPORTED)
		(void)snprintf(ret_why->detail, DETAIL_SIZE,
			"firmware before %s does not verify servers",
			rule_format(rule_get(RULE_VERIFICATION_SETTING)->since,
				since));
}

/* Even if the issuer was not sent and no path leads through it. */
static bool verify_leaf_is_signed_by_distrusted(struct context *ctx)
{
	const struct certificate *issuer = NULL;

	if (!verify_distrust_of_issuer(ctx, ctx->leaf, &issuer))
		return false;
	ctx->best = (struct failure){
		.verdict = VERDICT_DISTRUSTED,
		.about = issuer,
	};
	return true;
}

/* Distrust counts even when peers are not verified; where it could not be
 * found out, nothing passes. */
static int verify_judge_unverified(
	struct context *ctx, struct verify_result *to, struct failure *ret_why)
{
	bool distrusted = false;
	int r = 0;

	(void)context_spend(ctx,
		COST_CERTIFICATE + ctx->leaf->parts +
			(ctx->leaf->der.len + ctx->sent_bytes) / BYTES_A_UNIT);
	r = verify_look_at_sent(ctx, &distrusted);
	if (r < 0)
		return r;
	if (distrusted || verify_leaf_is_signed_by_distrusted(ctx) ||
		verify_may_be_distrusted(ctx))
		ret_why->verdict = VERDICT_DISTRUSTED;
	else
		verify_not_verified(ctx->trust, ret_why);
	to->work = ctx->work;
	return ctx->error;
}

/* The caller keeps the context, because reasons point into it. */
static int verify_judge_leaf(const struct trust *trust, struct context *ctx,
	struct verify_result *to, struct failure *ret_why,
	struct related *ret_related)
{
	bool found = false;
	int r = 0;

	*ret_why = (struct failure){.about = ctx->leaf};
	/* Even when peers are not verified. */
	if (verify_distrust_applies(ctx, ctx->leaf)) {
		ret_why->verdict = VERDICT_DISTRUSTED;
		return ctx->error;
	}
	if (!verify_is_verified(trust))
		return verify_judge_unverified(ctx, to, ret_why);
	/* Anybody could add certificates that use up the budget of the search
	 * and so defeat the exception. */
	if (ctx->trust->distrusted_count > 0 && verify_find_exception(ctx))
		r = verify_distrust_is_absent(ctx, &ctx->clear);
	if (r == 0)
		r = search_run(ctx, &found);
	if (r == 0 && !found) {
		(void)verify_leaf_is_signed_by_distrusted(ctx);
		r = verify_list_faults(ctx, to);
	}
	if (r == 0 && !found)
		r = related_find(ctx, ret_related);
	if (r == 0)
		r = ctx->error;
	if (r < 0)
		return r;
	verify_decide(ctx, found, to, ret_why);
	return 0;
}

/* What that costs is counted as well. */
static void verify_look_for_reasons(struct context *ctx,
	const struct failure *why, struct verify_result *to,
	struct reasons *ret)
{
	unsigned before = ctx->work.cost;

	reasons_find(ctx, why, ret);
	if (ctx->work.cost != before)
		to->work = ctx->work;
}

/* There is no leaf to judge. */
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

static bool verify_is_decoded(const struct verify_query *query)
{
	const struct bytes *der = &query->chain[0];

	return query->leaf && query->leaf->der.len == der->len &&
		memcmp(query->leaf->der.data, der->data, der->len) == 0;
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
	if (verify_is_decoded(query)) {
		*ret = certificate_ref(query->leaf);
		return 0;
	}
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
	CLEANUP(context_free) struct context *ctx = NULL;
	enum verdict verdict = VERDICT_EMPTY;
	struct failure why = {.verdict = VERDICT_TRUSTED};
	struct reasons reasons;
	struct related related = {.self_signed = false};
	struct answer a = {
		.trust = trust,
		.why = &why,
		.related = &related,
		.host = query->host,
		.now = query->now,
		.wall = query->now,
		.unrecorded = query->unrecorded,
		.correct = query->correct,
	};
	int r = verify_decode_leaf(query, &leaf, &verdict);

	if (r < 0)
		return r;
	if (!leaf) {
		verify_no_leaf(query, verdict, &why);
		return verify_answer(&a, &result, ret);
	}
	a.leaf = leaf;
	r = verify_prepare(trust, query, leaf, &ctx);
	if (r < 0)
		return r;
	a.now = ctx->now;
	r = verify_judge_leaf(trust, ctx, &result, &why, &related);
	if (r < 0)
		return r;
	verify_look_for_reasons(ctx, &why, &result, &reasons);
	a.reasons = &reasons;
	r = warnings_explain(
		ctx, result.warnings, &result.words, &result.word_count);
	return r < 0 ? r : verify_answer(&a, &result, ret);
}

/* --- the chain rule --- */

void verify_issue_done(struct verify_issue *i)
{
	free(i->issuer);
	free(i->known);
	free(i->detail);
	*i = (struct verify_issue){0};
}

static int verify_explain_issue(struct context *ctx, struct verify_issue *to)
{
	const struct failure *why = &ctx->best;
	struct related related = {.self_signed = false};
	int r = 0;

	to->verdict = why->verdict;
	if (!why->about)
		return 0;
	if (why->verdict != VERDICT_ISSUER_NOT_TRUSTED)
		return clauses_issuer_at_fault(why, ctx->leaf, &to->detail);
	r = related_find(ctx, &related);
	if (r < 0)
		return r;
	to->same_name = why->same_name;
	to->self_signed = related.self_signed && why->about == ctx->leaf;
	if (!to->self_signed)
		r = string_replace(&to->issuer, certificate_issuer(why->about));
	if (r == 0 && why->other && !why->same_name)
		r = clauses_other_key(
			ctx->trust, why->about, why->other, &to->known);
	return r;
}

int verify_issued(const struct trust *trust, const struct certificate *c,
	int64_t now, struct verify_issue *ret)
{
	CLEANUP(context_free) struct context *ctx = NULL;
	CLEANUP(verify_issue_done)
	struct verify_issue issue = {.verdict = VERDICT_TRUSTED};
	bool found = false;
	int r = context_new(trust, (struct certificate *)c, now, &ctx);

	if (r < 0)
		return r;
	ctx->use = USE_ANY;
	ctx->issued = true;
	r = search_run(ctx, &found);
	if (r == 0 && !found)
		r = verify_explain_issue(ctx, &issue);
	if (r < 0)
		return r;
	*ret = TAKE_OBJECT(issue);
	return 0;
}
