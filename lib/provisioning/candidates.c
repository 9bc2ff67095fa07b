/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/candidates.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/string.h"
#include "lib/provisioning/judge-warnings.h"

/* One that waits for its issuer. */
struct candidates_waiting {
	struct judgement refusal; /* its result if no issuer comes */
	struct provenance from;   /* owned */
};

struct candidates {
	struct judge_context context;
	struct trust *trust; /* context.trust, which is read-only */
	struct candidates_work work;
	/* In the order of the offers. With at most 256 a linear search is
	 * faster than a table. */
	struct candidates_waiting *pending[CANDIDATES_MAX_PENDING];
	size_t pending_count;
};

/* Certificates accepted by one offer; those that wait for them are still to be
 * judged again. */
struct wake_list {
	struct certificate *issuers[CANDIDATES_MAX_PENDING + 1];
	size_t count;
};

static void candidates_wake_list_done(struct wake_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		certificate_free(l->issuers[i]);
}
DEFINE_CLEANUP_EMBEDDED(struct wake_list, candidates_wake_list_done);

static struct candidates_waiting *candidates_waiting_free(
	struct candidates_waiting *w)
{
	if (!w)
		return NULL;
	judgement_done(&w->refusal);
	provenance_done(&w->from);
	free(w);
	return NULL;
}
DEFINE_CLEANUP(struct candidates_waiting, candidates_waiting_free);

/* --- outcomes --- */

static int candidates_put_warnings(
	const struct judgement *judgement, struct outcome *o)
{
	int r = 0;

	for (enum warning i = 0; r == 0 && i < WARNING__END; i++) {
		CLEANUP(judge_warning_facts_done)
		struct judge_warning_facts f = {.text = NULL};

		if (!(judgement->warnings & WARNING_BIT(i)))
			continue;
		r = judge_warning_facts_fill(i, judgement->certificate, &f);
		if (r == 0)
			r = outcome_add_warning(o, i, &f.facts);
	}
	return r;
}

int candidates_outcome(const struct judgement *judgement, struct outcome *ret)
{
	const struct certificate *c = judgement->certificate;
	CLEANUP(outcome_done)
	struct outcome o = {
		.kind = OUTCOME_CERTIFICATE,
		.accepted = verdict_is_positive(judgement->verdict),
		.verdict = judgement->verdict,
	};
	int r = candidates_put_warnings(judgement, &o);

	if (r < 0 || string_replace(&o.sha256, c ? c->sha256_hex : NULL) < 0 ||
		string_replace(&o.subject, c ? certificate_subject(c) : NULL) <
			0 ||
		string_replace(&o.reason, judgement->reason) < 0 ||
		string_replace(&o.remedy, judgement->remedy) < 0)
		return -ENOMEM;
	*ret = TAKE_OBJECT(o);
	return 0;
}

static int candidates_add_decision(const struct provenance *from,
	const struct judgement *judgement, struct decisions *decisions)
{
	CLEANUP(decision_done)
	struct decision d = {.lists = judgement->lists};
	int r = candidates_outcome(judgement, &d.outcome);

	if (r == 0)
		r = provenance_copy(from, &d.from);
	if (r == 0)
		r = string_replace(&d.outcome.document, from->document);
	if (r == 0)
		r = string_replace(&d.outcome.url, from->url);
	if (r < 0)
		return r;
	d.outcome.line = from->line;
	if (judgement->certificate)
		d.certificate = certificate_ref(judgement->certificate);
	return decisions_add(decisions, &d);
}

/* --- judging --- */

static int candidates_judge(struct candidates *c,
	const struct candidate *candidate, struct judgement *ret)
{
	c->work.judged++;
	return judge_candidate(&c->context, candidate, ret);
}

/* Trust it within the run, and remember to judge again those that wait for
 * it. */
static int candidates_accept(struct candidates *c,
	const struct judgement *judgement, struct wake_list *wake)
{
	struct certificate *certificate = judgement->certificate;
	int r;

	assert(certificate);
	r = anchors_add_known(c->trust->anchors, certificate->der.data,
		certificate->der.len, certificate->sha256, judgement->lists);
	if (r < 0)
		return r;
	/* Nobody waits for what cannot issue. */
	if (certificate->ca && c->pending_count > 0) {
		assert(wake->count < ARRAY_SIZE(wake->issuers));
		wake->issuers[wake->count++] = certificate_ref(certificate);
	}
	return 0;
}

static int candidates_decide(struct candidates *c,
	const struct provenance *from, const struct judgement *judgement,
	struct wake_list *wake, struct decisions *decisions)
{
	int r;

	if (judgement->verdict == VERDICT_ACCEPTED) {
		r = candidates_accept(c, judgement, wake);
		if (r < 0)
			return r;
	}
	return candidates_add_decision(from, judgement, decisions);
}

static int candidates_add_woken(
	struct offer_answer *answer, const char *sha256_hex)
{
	void *grown = realloc(answer->woken,
		(answer->woken_count + 1) * sizeof(*answer->woken));

	if (!grown)
		return -ENOMEM;
	answer->woken = grown;
	memcpy(answer->woken[answer->woken_count++], sha256_hex,
		sizeof(*answer->woken));
	return 0;
}

static void candidates_drop_pending(struct candidates *c, size_t i)
{
	candidates_waiting_free(c->pending[i]);
	c->pending_count--;
	memmove(&c->pending[i], &c->pending[i + 1],
		(c->pending_count - i) * sizeof(struct candidates_waiting *));
}

/* By name alone: lib/verify decides what else makes an issuer. */
static bool candidates_may_be_child(
	const struct candidates_waiting *w, const struct certificate *issuer)
{
	return memcmp(w->refusal.certificate->issuer_sha256,
		       issuer->subject_sha256, SHA256_BYTES) == 0;
}

/*
 * Judge one again that waits. *ret_decided: it left the list, accepted or
 * refused for a reason that no issuer can cure.
 */
static int candidates_judge_again(struct candidates *c, size_t i,
	struct wake_list *wake, struct decisions *decisions, bool *ret_decided)
{
	CLEANUP(judgement_done) struct judgement judgement = {0};
	const struct candidates_waiting *w = c->pending[i];
	const struct candidate candidate = {
		.der = w->refusal.certificate->der,
		.from = w->from,
	};
	int r;

	r = candidates_judge(c, &candidate, &judgement);
	if (r < 0)
		return r;
	*ret_decided = !judgement.may_wait;
	if (judgement.may_wait) {
		c->work.vain_wakes++;
		return 0;
	}
	r = candidates_decide(c, &w->from, &judgement, wake, decisions);
	if (r == 0)
		candidates_drop_pending(c, i);
	return r;
}

static int candidates_wake_children(struct candidates *c,
	const struct certificate *issuer, struct wake_list *wake,
	struct decisions *decisions)
{
	size_t i = 0;

	while (i < c->pending_count) {
		bool decided = false;
		int r;

		if (c->work.vain_wakes >= CANDIDATES_MAX_VAIN_WAKES)
			return 0;
		if (!candidates_may_be_child(c->pending[i], issuer)) {
			i++;
			continue;
		}
		r = candidates_judge_again(c, i, wake, decisions, &decided);
		if (r < 0)
			return r;
		if (!decided)
			i++;
	}
	return 0;
}

/* Breadth-first: others may wait for those that are woken. */
static int candidates_wake_all(struct candidates *c, struct wake_list *wake,
	struct offer_answer *answer, struct decisions *decisions)
{
	size_t before = decisions->count;

	for (size_t i = 0; i < wake->count; i++) {
		int r = candidates_wake_children(
			c, wake->issuers[i], wake, decisions);

		if (r < 0)
			return r;
	}
	for (size_t i = before; i < decisions->count; i++) {
		const struct decision *d = &decisions->items[i];
		int r = 0;

		if (d->outcome.verdict == VERDICT_ACCEPTED)
			r = candidates_add_woken(
				answer, d->certificate->sha256_hex);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the interface --- */

int candidates_new(const struct judge_context *context, struct candidates **ret)
{
	CLEANUP(candidates_free) struct candidates *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	r = trust_copy(context->trust, &c->trust);
	if (r < 0)
		return r;
	c->context = *context;
	c->context.trust = c->trust;
	*ret = TAKE_PTR(c);
	return 0;
}

int candidates_follow_distrust(struct candidates *c, const struct trust *from)
{
	return trust_follow_distrust(c->trust, from);
}

struct candidates *candidates_free(struct candidates *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->pending_count; i++)
		candidates_waiting_free(c->pending[i]);
	trust_free(c->trust);
	free(c);
	return NULL;
}

void candidates_answer_done(struct offer_answer *a)
{
	free(a->woken);
	*a = (struct offer_answer){0};
}

/* Takes the judgement. */
static int candidates_keep_waiting(struct candidates *c,
	const struct provenance *from, struct judgement *judgement)
{
	CLEANUP(candidates_waiting_free)
	struct candidates_waiting *w = calloc(1, sizeof(*w));

	if (!w || provenance_copy(from, &w->from) < 0)
		return -ENOMEM;
	w->refusal = TAKE_OBJECT(*judgement);
	c->pending[c->pending_count++] = TAKE_PTR(w);
	return 0;
}

int candidates_offer(struct candidates *c, const struct candidate *offer,
	struct offer_answer *ret, struct decisions *decisions)
{
	CLEANUP(candidates_answer_done) struct offer_answer answer = {0};
	CLEANUP(judgement_done) struct judgement judgement = {0};
	CLEANUP(candidates_wake_list_done) struct wake_list wake = {0};
	int r;

	r = candidates_judge(c, offer, &judgement);
	if (r < 0)
		return r;
	answer.verdict = judgement.verdict;
	answer.good = verdict_is_positive(judgement.verdict);
	answer.lists = judgement.lists;
	if (judgement.may_wait && c->pending_count < CANDIDATES_MAX_PENDING) {
		answer.verdict = VERDICT_PENDING;
		r = candidates_keep_waiting(c, &offer->from, &judgement);
	} else {
		r = candidates_decide(
			c, &offer->from, &judgement, &wake, decisions);
	}
	if (r == 0)
		r = candidates_wake_all(c, &wake, &answer, decisions);
	if (r == 0)
		*ret = TAKE_OBJECT(answer);
	return r;
}

static int candidates_replace_refusal(
	struct judgement *j, enum verdict verdict, const char *detail)
{
	const struct facts facts = {
		.subject = certificate_subject(j->certificate),
		.detail = detail,
	};
	CLEANUP(judgement_done) struct judgement other = {.verdict = verdict};
	int r;

	r = verdict_explain(verdict, &facts, &other.reason, &other.remedy);
	if (r < 0)
		return r;
	other.certificate = certificate_ref(j->certificate);
	SWAP(*j, other);
	return 0;
}

/* Refuse all that wait; VERDICT__END: each with its own refusal. */
static int candidates_refuse_pending(struct candidates *c, enum verdict verdict,
	const char *detail, struct decisions *decisions)
{
	while (c->pending_count > 0) {
		struct candidates_waiting *w = c->pending[0];
		int r = 0;

		if (verdict != VERDICT__END)
			r = candidates_replace_refusal(
				&w->refusal, verdict, detail);
		if (r == 0)
			r = candidates_add_decision(
				&w->from, &w->refusal, decisions);
		if (r < 0)
			return r;
		candidates_drop_pending(c, 0);
	}
	return 0;
}

int candidates_finish(struct candidates *c, struct decisions *decisions)
{
	CLEANUP(free) char *detail = NULL;
	int r;

	if (c->work.vain_wakes < CANDIDATES_MAX_VAIN_WAKES)
		return candidates_refuse_pending(
			c, VERDICT__END, NULL, decisions);
	/* An issuer may have come after the limit was reached. */
	r = string_format(&detail,
		"%d candidates were judged again without success",
		CANDIDATES_MAX_VAIN_WAKES);
	if (r == 0)
		r = candidates_refuse_pending(
			c, VERDICT_LIMIT_EXCEEDED, detail, decisions);
	return r;
}

int candidates_abandon(struct candidates *c, enum verdict verdict,
	const char *detail, struct decisions *decisions)
{
	return candidates_refuse_pending(c, verdict, detail, decisions);
}

struct candidates_work candidates_work(const struct candidates *c)
{
	return c->work;
}

const struct trust *candidates_trust(const struct candidates *c)
{
	return c->trust;
}

size_t candidates_pending(const struct candidates *c)
{
	return c->pending_count;
}
