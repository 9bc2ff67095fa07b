/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/judge.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/date.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/provisioning/judge-warnings.h"
#include "lib/verify/verify.h"
#include "lib/x509/decode.h"

void judgement_done(struct judgement *j)
{
	certificate_free(j->certificate);
	free(j->reason);
	free(j->remedy);
	*j = (struct judgement){0};
}

enum verdict judge_element(
	const struct firmware *firmware, bool base64, enum verdict found)
{
	/* What is wrong with the element whatever its text is. */
	if (found == VERDICT_AMBIGUOUS || found == VERDICT_MISPLACED ||
		found == VERDICT_UNKNOWN_ELEMENT || found == VERDICT_EMPTY)
		return found;
	if (base64 && !firmware_has(firmware, RULE_BASE64_VARIANT))
		return VERDICT_BASE64_NOT_SUPPORTED;
	return found;
}

void judge_put_rule(
	struct facts *facts, enum rule_id id, char since[RULE_TEXT_SIZE])
{
	const struct rule *rule = rule_get(id);

	facts->rule = rule->name;
	facts->since = rule_format(rule->since, since);
}

/* What the steps share while one candidate is judged. */
struct judging {
	const struct judge_context *context;
	const struct candidate *candidate;
	const struct policy *policy;
	struct certificate *certificate; /* NULL unless the bytes are one */
	int64_t now;                     /* max(clock, floor) */
	bool may_wait;
	const struct anchor *intermediate; /* it is one already, or NULL */
	bool by_chain; /* trusted only because of who signed it */
	struct facts facts;
	char *detail; /* what facts.detail borrows, when it is made here */
	struct verify_issue issue; /* why nothing trusted has signed it */
	enum verdict_variant variant;
	char date[DATE_TEXT_SIZE];
	char apart[DATE_SPAN_SIZE];
	struct trust_clock_words clock;
	char firmware[FIRMWARE_TEXT_SIZE];
	char lift[TRUST_LIFT_SIZE];
	char since[RULE_TEXT_SIZE];
	char way[VERIFY_WAY_SIZE];
};

static void judge_judging_done(struct judging *j)
{
	certificate_free(j->certificate);
	free(j->detail);
	verify_issue_done(&j->issue);
}
DEFINE_CLEANUP_EMBEDDED(struct judging, judge_judging_done);

/*
 * A step checks one thing. It returns 0 and leaves *ret alone if that is in
 * order, or sets *ret to the verdict; a negative errno if it could not check.
 */
typedef int judge_step(struct judging *j, enum verdict *ret);

static int judge_step_element(struct judging *j, enum verdict *ret)
{
	*ret = judge_element(&j->policy->firmware,
		j->candidate->from.variant == CANDIDATE_BASE64, *ret);
	if (*ret == VERDICT_BASE64_NOT_SUPPORTED)
		judge_put_rule(&j->facts, RULE_BASE64_VARIANT, j->since);
	return 0;
}

static int judge_step_bytes(struct judging *j, enum verdict *ret)
{
	struct decode_refusal refusal = {.verdict = VERDICT__END};
	int r;

	r = decode_der(j->candidate->der.data, j->candidate->der.len,
		&j->certificate, &refusal);
	if (r < 0)
		return r;
	if (!j->certificate) {
		j->facts.detail = refusal.what;
		j->facts.clause = refusal.clause;
		j->facts.convert = refusal.convert;
		*ret = refusal.verdict;
		return 0;
	}
	j->facts.subject = certificate_subject(j->certificate);
	j->facts.sha256 = j->certificate->sha256_hex;
	return 0;
}

/* 64 hex digits, as tools print them: in either case, with or without
 * colons. */
static int judge_digest_parse(const char *text, uint8_t ret[SHA256_BYTES])
{
	char digits[SHA256_HEX_SIZE] = "";
	size_t n = 0;

	for (; *text; text++) {
		if (*text == ':' && n % 2 == 0 && n > 0)
			continue;
		if (n >= SHA256_HEX_SIZE - 1)
			return -EINVAL;
		digits[n++] = *text;
	}
	return hex_parse(digits, ret, SHA256_BYTES);
}

static int judge_step_digest(struct judging *j, enum verdict *ret)
{
	uint8_t wanted[SHA256_BYTES];

	if (!j->candidate->from.sha256)
		return 0;
	/* A malformed digest matches nothing: an element with sha256= is never
	 * accepted without a match. */
	if (judge_digest_parse(j->candidate->from.sha256, wanted) == 0 &&
		memcmp(wanted, j->certificate->sha256, SHA256_BYTES) == 0)
		return 0;
	j->facts.detail = j->candidate->from.sha256;
	*ret = VERDICT_DIGEST_MISMATCH;
	return 0;
}

static int judge_step_distrusted(struct judging *j, enum verdict *ret)
{
	struct distrust d = {.reason = DISTRUST_NOT};
	int r = trust_find_distrust(j->context->trust, j->certificate, &d);

	if (r < 0 || d.reason == DISTRUST_NOT)
		return r;
	trust_lift_words(&d, j->lift);
	j->facts.lift = j->lift;
	*ret = VERDICT_DISTRUSTED;
	return 0;
}

static int judge_step_key(struct judging *j, enum verdict *ret)
{
	const struct certificate *c = j->certificate;
	const struct policy *policy = &j->context->trust->policy;
	enum verdict verdict = certificate_judge_key(c, policy->rsa_max_bits);
	int r;

	if (verdict == VERDICT_ACCEPTED)
		return 0;
	*ret = verdict;
	r = certificate_key_text(c, &j->detail);
	j->facts.detail = j->detail;
	return r;
}

static int judge_step_expired(struct judging *j, enum verdict *ret)
{
	if (j->certificate->not_after >= j->now)
		return 0;
	date_format(j->certificate->not_after, j->date);
	date_span(j->certificate->not_after - j->now, j->apart);
	trust_clock_words(j->context->trust, j->context->now, &j->clock);
	j->facts.date = j->date;
	j->facts.apart = j->apart;
	j->facts.now = j->clock.now;
	j->facts.clock = j->clock.clock;
	*ret = VERDICT_EXPIRED;
	return 0;
}

/* An intermediate may become more than it is. */
static int judge_step_already_trusted(struct judging *j, enum verdict *ret)
{
	const struct anchor *a = anchors_find_certificate(
		j->context->trust->anchors, j->certificate);

	if (a && anchor_begins_trust(a))
		*ret = VERDICT_ALREADY_TRUSTED;
	else
		j->intermediate = a;
	return 0;
}

static bool judge_is_pinned(
	const struct bootstrap_policy *policy, const struct certificate *c)
{
	for (size_t i = 0; i < policy->pin_count; i++)
		if (memcmp(policy->pins[i], c->sha256, SHA256_BYTES) == 0)
			return true;
	return false;
}

/* It may be asked for twice; the facts borrow the answer. */
static void judge_forget_issue(struct judging *j)
{
	if (j->facts.detail == j->issue.detail)
		j->facts.detail = NULL;
	j->facts.issuer = NULL;
	j->facts.known = NULL;
	verify_issue_done(&j->issue);
}

/*
 * Is it signed by something trusted? If not, the facts say what is missing. It
 * may wait whatever the reason is: another issuer of that name may be the right
 * one, and the order in the file must not decide.
 */
static int judge_look_for_issuer(struct judging *j, bool *ret)
{
	/* A candidate may be accepted before it is valid: verify as of then. */
	int64_t at = j->certificate->not_before > j->now
		? j->certificate->not_before
		: j->now;
	int r;

	judge_forget_issue(j);
	r = verify_issued(j->context->trust, j->certificate, at, &j->issue);
	if (r < 0)
		return r;
	*ret = j->issue.verdict == VERDICT_TRUSTED;
	if (*ret)
		return 0;
	j->may_wait = true;
	j->facts.issuer = j->issue.issuer;
	j->facts.known = j->issue.known;
	if (!j->facts.detail)
		j->facts.detail = j->issue.detail;
	return 0;
}

static int judge_bootstrap_pinned(struct judging *j, enum verdict *ret)
{
	bool issued = false;
	int r;

	if (judge_is_pinned(j->context->bootstrap, j->certificate))
		return 0;
	if (j->candidate->from.authenticated && j->candidate->from.sha256)
		return 0; /* a step before checked that it matches */
	r = judge_look_for_issuer(j, &issued);
	if (r == 0 && !issued)
		*ret = VERDICT_UNAUTHENTICATED_SOURCE;
	j->by_chain = issued;
	return r;
}

static int judge_step_source(struct judging *j, enum verdict *ret)
{
	const struct bootstrap_policy *policy = j->context->bootstrap;

	if (j->candidate->from.variant == CANDIDATE_UPLOAD)
		return 0;
	switch (policy->mode) {
	case BOOTSTRAP_OPEN:
		break;
	case BOOTSTRAP_UNTIL_AUTHENTICATED:
		if (policy->was_authenticated &&
			!j->candidate->from.authenticated)
			*ret = VERDICT_UNAUTHENTICATED_SOURCE;
		break;
	case BOOTSTRAP_PINNED:
		return judge_bootstrap_pinned(j, ret);
	}
	return 0;
}

/* The remedy must not lead to this rule again: nobody can provision a private
 * root here. */
static void judge_put_chain_rule(struct judging *j, enum rule_id rule)
{
	const struct verify_issue *issue = &j->issue;

	judge_put_rule(&j->facts, rule, j->since);
	verify_way_around_chain_rule(&j->policy->firmware,
		rule == RULE_UPLOAD_CHAIN_REQUIRED, j->way);
	j->facts.way = j->way;
	j->variant = VARIANT_CHAIN;
	if (issue->verdict != VERDICT_ISSUER_NOT_TRUSTED)
		j->variant = VARIANT_CHAIN_BROKEN;
	else if (issue->same_name)
		j->variant = VARIANT_SAME_NAME;
	else if (issue->self_signed)
		j->variant = VARIANT_CHAIN_SELF_SIGNED;
}

static int judge_step_chain(struct judging *j, enum verdict *ret)
{
	enum rule_id rule = j->candidate->from.variant == CANDIDATE_UPLOAD
		? RULE_UPLOAD_CHAIN_REQUIRED
		: RULE_PROVISIONED_CHAIN_REQUIRED;
	bool issued = false;
	int r;

	if (!firmware_has(&j->policy->firmware, rule))
		return 0;
	r = judge_look_for_issuer(j, &issued);
	j->by_chain = j->by_chain || issued;
	if (r < 0 || issued)
		return r;
	judge_put_chain_rule(j, rule);
	*ret = VERDICT_ISSUER_NOT_TRUSTED;
	return 0;
}

/* One that is stored for an exception, or as an intermediate, has its room
 * already. */
static bool judge_has_room(const struct judging *j)
{
	size_t count = 0;

	return j->intermediate ||
		trust_exceptions_of(
			j->context->trust, j->certificate->sha256, &count);
}

/* A certificate stored for an exception is a row of the same list. */
static int judge_step_room(struct judging *j, enum verdict *ret)
{
	const struct trust *t = j->context->trust;
	size_t anchored = anchors_count(t->anchors, ANCHOR_SERVERS);
	size_t servers = anchored + t->exception_count;
	size_t all = anchors_count(t->anchors, ANCHOR_AUTHORITY) + anchored;
	int r;

	/* Counted only when there may be too many, because a digest may be
	 * needed for each. */
	if (servers >= j->context->servers_max)
		servers = anchored + trust_count_excepted(t);
	if ((servers < j->context->servers_max || judge_has_room(j)) &&
		(all < ANCHORS_MAX || j->intermediate))
		return 0;
	r = string_format(
		&j->detail, "%zu of %zu", servers, j->context->servers_max);
	j->facts.detail = j->detail;
	*ret = VERDICT_STORE_FULL;
	return r;
}

/* --- from unauthenticated sources --- */

static bool judge_is_authenticated(const struct judging *j)
{
	return j->candidate->from.authenticated ||
		j->candidate->from.variant == CANDIDATE_UPLOAD ||
		judge_is_pinned(j->context->bootstrap, j->certificate);
}

static bool judge_anybody_put(const struct anchor *a)
{
	return a->lists & ANCHOR_SERVERS &&
		!(a->lists & (unsigned)ANCHOR_AUTHENTICATED);
}

static size_t judge_count_unauthenticated(const struct anchors *anchors)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;
	size_t count = 0;

	while ((a = anchors_next(anchors, &cursor)))
		count += judge_anybody_put(a) ? 1 : 0;
	return count;
}

/* Expired ones do not count, so that renewals find room. */
static int judge_count_of_subject(const struct judging *j, size_t *ret)
{
	const struct anchors *anchors = j->context->trust->anchors;
	const struct anchor *a = NULL;
	size_t cursor = 0;
	size_t count = 0;

	while ((a = anchors_next_of_subject(
			anchors, j->certificate->subject_sha256, &cursor))) {
		const struct certificate *c = NULL;
		int r = judge_anybody_put(a) ? anchor_decode(a, &c) : 0;

		if (r < 0)
			return r;
		count += c && c->not_after >= j->now ? 1 : 0;
	}
	*ret = count;
	return 0;
}

/* An intermediate that is to become a server counts already. */
static int judge_step_unauthenticated(struct judging *j, enum verdict *ret)
{
	size_t most = j->context->servers_max - j->context->servers_max / 4;
	size_t own =
		j->intermediate && judge_anybody_put(j->intermediate) ? 1 : 0;
	size_t all = 0;
	size_t same = 0;
	int r = 0;

	if (judge_is_authenticated(j))
		return 0;
	if (most > JUDGE_MAX_UNAUTHENTICATED)
		most = JUDGE_MAX_UNAUTHENTICATED;
	all = judge_count_unauthenticated(j->context->trust->anchors);
	r = judge_count_of_subject(j, &same);
	if (r < 0)
		return r;
	if (all < most + own &&
		same < JUDGE_MAX_UNAUTHENTICATED_OF_SUBJECT + own)
		return 0;
	*ret = VERDICT_UNAUTHENTICATED_FULL;
	r = all < most + own
		? string_format(&j->detail, "%zu with this subject", same)
		: string_format(&j->detail, "%zu of %zu", all, most);
	j->facts.detail = j->detail;
	return r;
}

/* The order is the contract; the first that applies is the outcome. */
static judge_step *const steps[] = {
	judge_step_element,
	judge_step_bytes,
	judge_step_digest,
	judge_step_distrusted,
	judge_step_key,
	judge_step_expired,
	judge_step_already_trusted,
	judge_step_source,
	judge_step_chain,
	judge_step_room,
	judge_step_unauthenticated,
};

static int judge_warnings_of(
	const struct judging *j, enum verdict verdict, unsigned *ret)
{
	int r = 0;

	*ret = 0;
	if (!verdict_is_positive(verdict))
		return 0;
	r = judge_warnings_find(j->context->trust, j->certificate, j->now, ret);
	/* One that was trusted before does not depend on this source. */
	if (verdict == VERDICT_ACCEPTED && !j->candidate->from.authenticated &&
		j->candidate->from.variant != CANDIDATE_UPLOAD)
		*ret |= WARNING_BIT(WARNING_NOT_AUTHENTICATED);
	return r;
}

static int judge_take_steps(struct judging *j, enum verdict *ret)
{
	*ret = VERDICT__END;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = steps[i](j, ret);

		if (r < 0)
			return r;
		if (*ret != VERDICT__END)
			return 0;
	}
	*ret = VERDICT_ACCEPTED;
	return 0;
}

/*
 * An intermediate that may not become a server stays what it is, unless its
 * own chain is no longer trusted.
 */
static int judge_settle_intermediate(struct judging *j, enum verdict *verdict)
{
	bool issued = false;
	int r;

	if (*verdict == VERDICT_ACCEPTED && j->by_chain)
		*verdict = VERDICT_ALREADY_TRUSTED;
	if (*verdict != VERDICT_UNAUTHENTICATED_SOURCE &&
		*verdict != VERDICT_UNAUTHENTICATED_FULL)
		return 0;
	r = judge_look_for_issuer(j, &issued);
	if (r == 0 && issued)
		*verdict = VERDICT_ALREADY_TRUSTED;
	return r;
}

static unsigned judge_lists_of(const struct judging *j, enum verdict verdict)
{
	unsigned lists = j->by_chain ? ANCHOR_INTERMEDIATE : ANCHOR_SERVER;

	if (verdict != VERDICT_ACCEPTED)
		return 0;
	if (judge_is_authenticated(j))
		lists |= (unsigned)ANCHOR_AUTHENTICATED;
	return lists;
}

int judge_candidate(const struct judge_context *context,
	const struct candidate *candidate, struct judgement *ret)
{
	CLEANUP(judgement_done) struct judgement judgement = {0};
	CLEANUP(judge_judging_done)
	struct judging j = {
		.context = context,
		.candidate = candidate,
		.policy = &context->trust->policy,
		.now = context->now > context->trust->clock_floor
			? context->now
			: context->trust->clock_floor,
	};
	int r;

	assert(candidate->der.data || candidate->der.len == 0);

	firmware_format(&j.policy->firmware, j.firmware);
	j.facts.firmware = j.firmware;
	r = judge_take_steps(&j, &judgement.verdict);
	if (r == 0 && j.intermediate)
		r = judge_settle_intermediate(&j, &judgement.verdict);
	if (r < 0)
		return r;
	judgement.lists = judge_lists_of(&j, judgement.verdict);
	if (judgement.lists & (unsigned)ANCHOR_INTERMEDIATE)
		j.facts.role = "intermediate";
	r = judge_warnings_of(&j, judgement.verdict, &judgement.warnings);
	if (r < 0)
		return r;
	judgement.may_wait = j.may_wait &&
		(judgement.verdict == VERDICT_ISSUER_NOT_TRUSTED ||
			judgement.verdict == VERDICT_UNAUTHENTICATED_SOURCE);
	r = verdict_explain_variant(judgement.verdict,
		judgement.verdict == VERDICT_ISSUER_NOT_TRUSTED ? j.variant
								: VARIANT_NONE,
		&j.facts, &judgement.reason, &judgement.remedy);
	if (r < 0)
		return r;
	judgement.certificate = TAKE_PTR(j.certificate);
	*ret = TAKE_OBJECT(judgement);
	return 0;
}
