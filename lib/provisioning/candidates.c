/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/candidates.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

/* One that waits for its issuer. Owns everything. */
struct candidates_waiting {
	struct certificate *certificate;
	struct judgement refusal; /* what it gets if nobody comes */
	enum candidate_variant variant;
	char *document;
	int64_t line;
	char *url;
	char *sha256;
	char *url_sha256;
	char *validator;
	bool authenticated;
};

struct candidates {
	struct judge_context context;
	struct trust *trust; /* context.trust, which is read-only */
	const struct candidates_owner *owner;
	void *userdata;
	struct candidates_work work;
	/* In the order of the offers. 256 digests side by side are found
	 * sooner than any table of them would be. */
	struct candidates_waiting *pending[CANDIDATES_MAX_PENDING];
	size_t pending_count;
};

/* Certificates accepted by one offer whose children were not yet looked at. */
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
	certificate_free(w->certificate);
	judgement_done(&w->refusal);
	free(w->document);
	free(w->url);
	free(w->sha256);
	free(w->url_sha256);
	free(w->validator);
	free(w);
	return NULL;
}
DEFINE_CLEANUP(struct candidates_waiting, candidates_waiting_free);

static struct offer candidates_waiting_offer(const struct candidates_waiting *w)
{
	return (struct offer){
		.der = w->certificate->der.data,
		.len = w->certificate->der.len,
		.variant = w->variant,
		.document = w->document,
		.line = w->line,
		.url = w->url,
		.sha256 = w->sha256,
		.url_sha256 = w->url_sha256,
		.validator = w->validator,
		.authenticated = w->authenticated,
	};
}

/* On success the judgement is the waiting one's. */
static int candidates_waiting_new(const struct offer *offer,
	struct judgement *judgement, struct candidates_waiting **ret)
{
	CLEANUP(candidates_waiting_free)
	struct candidates_waiting *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	if (string_replace(&w->document, offer->document) < 0 ||
		string_replace(&w->url, offer->url) < 0 ||
		string_replace(&w->sha256, offer->sha256) < 0 ||
		string_replace(&w->url_sha256, offer->url_sha256) < 0 ||
		string_replace(&w->validator, offer->validator) < 0)
		return -ENOMEM;
	w->variant = offer->variant;
	w->line = offer->line;
	w->authenticated = offer->authenticated;
	w->certificate = certificate_ref(judgement->certificate);
	w->refusal = *judgement;
	*judgement = (struct judgement){0};
	*ret = TAKE_PTR(w);
	return 0;
}

/* --- outcomes --- */

static int candidates_put_warnings(unsigned warnings, struct outcome *o)
{
	for (unsigned i = 0; i < WARNING__END; i++) {
		if (!(warnings & WARNING_BIT(i)))
			continue;
		if (outcome_add_warning(o, warning_sentence((enum warning)i)) <
			0)
			return -ENOMEM;
	}
	return 0;
}

int judgement_outcome(const struct judgement *judgement, struct outcome *ret)
{
	const struct certificate *c = judgement->certificate;
	CLEANUP(outcome_done)
	struct outcome o = {
		.kind = OUTCOME_CERTIFICATE,
		.accepted = verdict_is_positive(judgement->verdict),
	};
	int r = candidates_put_warnings(judgement->warnings, &o);

	if (r < 0 || string_replace(&o.sha256, c ? c->sha256_hex : NULL) < 0 ||
		string_replace(&o.subject, c ? c->subject : NULL) < 0 ||
		string_replace(&o.result, verdict_name(judgement->verdict)) <
			0 ||
		string_replace(&o.reason, judgement->reason) < 0 ||
		string_replace(&o.remedy, judgement->remedy) < 0)
		return -ENOMEM;
	*ret = TAKE_OBJECT(o);
	return 0;
}

static int candidates_tell_outcome(struct candidates *c,
	const struct offer *offer, const struct judgement *judgement)
{
	CLEANUP(outcome_done) struct outcome o = {0};
	int r;

	r = judgement_outcome(judgement, &o);
	if (r == 0)
		r = string_replace(&o.document, offer->document);
	if (r == 0)
		r = string_replace(&o.url, offer->url);
	if (r < 0)
		return r;
	o.line = offer->line;
	return c->owner->decided(c->userdata, offer, &o);
}

/* --- judging --- */

static int candidates_judge(
	struct candidates *c, const struct offer *offer, struct judgement *ret)
{
	struct candidate candidate = {
		.data = offer->der,
		.len = offer->len,
		.variant = offer->variant,
		.expected_sha256 = offer->sha256,
		.authenticated = offer->authenticated,
	};

	c->work.judged++;
	return judge_candidate(&c->context, &candidate, ret);
}

/* Trust it within the run, hand it to the owner, remember to wake its
 * children. */
static int candidates_accept(struct candidates *c, const struct offer *offer,
	const struct judgement *judgement, struct wake_list *wake)
{
	struct certificate *certificate = judgement->certificate;
	int r;

	assert(certificate);
	r = anchors_add(c->trust->anchors, certificate->der.data,
		certificate->der.len, judgement->lists);
	if (r < 0)
		return r;
	r = c->owner->accepted(
		c->userdata, certificate, judgement->lists, offer);
	if (r < 0) {
		/* Not to be durable: not to be trusted here either. */
		(void)anchors_remove(
			c->trust->anchors, certificate->sha256, ANCHOR_SERVERS);
		return r;
	}
	/* What cannot issue wakes nobody. */
	if (certificate->ca && c->pending_count > 0) {
		assert(wake->count < ARRAY_SIZE(wake->issuers));
		wake->issuers[wake->count++] = certificate_ref(certificate);
	}
	return 0;
}

static int candidates_decide(struct candidates *c, const struct offer *offer,
	const struct judgement *judgement, struct wake_list *wake)
{
	int r;

	if (judgement->verdict == VERDICT_ACCEPTED) {
		r = candidates_accept(c, offer, judgement, wake);
		if (r < 0)
			return r;
	}
	return candidates_tell_outcome(c, offer, judgement);
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

/* By name alone: what else makes an issuer is lib/verify's to say. */
static bool candidates_may_be_child(
	const struct candidates_waiting *w, const struct certificate *issuer)
{
	return memcmp(w->certificate->issuer_sha256, issuer->subject_sha256,
		       SHA256_BYTES) == 0;
}

/*
 * Judge one again that waits. *ret_decided tells whether it left the list:
 * accepted, or refused for a reason that no issuer can cure.
 */
static int candidates_judge_again(struct candidates *c, size_t i,
	struct wake_list *wake, struct offer_answer *answer, bool *ret_decided)
{
	CLEANUP(judgement_done) struct judgement judgement = {0};
	struct offer offer = candidates_waiting_offer(c->pending[i]);
	int r;

	r = candidates_judge(c, &offer, &judgement);
	if (r < 0)
		return r;
	*ret_decided = !judgement.may_wait;
	if (judgement.may_wait) {
		c->work.vain_wakes++;
		return 0;
	}
	r = candidates_decide(c, &offer, &judgement, wake);
	if (r < 0)
		return r;
	if (judgement.verdict == VERDICT_ACCEPTED)
		r = candidates_add_woken(
			answer, judgement.certificate->sha256_hex);
	candidates_drop_pending(c, i);
	return r;
}

static int candidates_wake_children(struct candidates *c,
	const struct certificate *issuer, struct wake_list *wake,
	struct offer_answer *answer)
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
		r = candidates_judge_again(c, i, wake, answer, &decided);
		if (r < 0)
			return r;
		if (!decided)
			i++;
	}
	return 0;
}

/* Breadth-first: whoever wakes may have children that wait. */
static int candidates_wake_all(struct candidates *c, struct wake_list *wake,
	struct offer_answer *answer)
{
	for (size_t i = 0; i < wake->count; i++) {
		int r = candidates_wake_children(
			c, wake->issuers[i], wake, answer);

		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the interface --- */

int candidates_new(const struct judge_context *context,
	const struct candidates_owner *owner, void *userdata,
	struct candidates **ret)
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
	c->owner = owner;
	c->userdata = userdata;
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

void offer_answer_done(struct offer_answer *a)
{
	free(a->woken);
	*a = (struct offer_answer){0};
}

static int candidates_keep_waiting(struct candidates *c,
	const struct offer *offer, struct judgement *judgement)
{
	struct candidates_waiting *w = NULL;
	int r;

	r = candidates_waiting_new(offer, judgement, &w);
	if (r < 0)
		return r;
	c->pending[c->pending_count++] = w;
	return 0;
}

int candidates_offer(struct candidates *c, const struct offer *offer,
	struct offer_answer *ret)
{
	CLEANUP(offer_answer_done) struct offer_answer answer = {0};
	CLEANUP(judgement_done) struct judgement judgement = {0};
	CLEANUP(candidates_wake_list_done) struct wake_list wake = {0};
	int r;

	r = candidates_judge(c, offer, &judgement);
	if (r < 0)
		return r;
	answer.verdict = judgement.verdict;
	answer.good = verdict_is_positive(judgement.verdict);
	answer.lists = judgement.lists;
	if (judgement.certificate)
		memcpy(answer.sha256, judgement.certificate->sha256_hex,
			sizeof(answer.sha256));
	if (judgement.may_wait && c->pending_count < CANDIDATES_MAX_PENDING) {
		answer.verdict = VERDICT_PENDING;
		r = candidates_keep_waiting(c, offer, &judgement);
	} else {
		r = candidates_decide(c, offer, &judgement, &wake);
	}
	if (r < 0)
		return r;
	r = candidates_wake_all(c, &wake, &answer);
	if (r < 0)
		return r;
	*ret = TAKE_OBJECT(answer);
	return 0;
}

static int candidates_replace_refusal(
	struct candidates_waiting *w, enum verdict verdict, const char *detail)
{
	struct facts facts = {
		.subject = w->certificate->subject,
		.detail = detail,
	};
	CLEANUP(judgement_done) struct judgement j = {.verdict = verdict};
	int r;

	r = verdict_explain(verdict, &facts, &j.reason, &j.remedy);
	if (r < 0)
		return r;
	j.certificate = certificate_ref(w->certificate);
	judgement_done(&w->refusal);
	w->refusal = TAKE_OBJECT(j);
	return 0;
}

/* Refuse all that wait; VERDICT__END: each with its own refusal. */
static int candidates_refuse_pending(
	struct candidates *c, enum verdict verdict, const char *detail)
{
	while (c->pending_count > 0) {
		struct candidates_waiting *w = c->pending[0];
		struct offer offer = candidates_waiting_offer(w);
		int r = 0;

		if (verdict != VERDICT__END)
			r = candidates_replace_refusal(w, verdict, detail);
		if (r == 0)
			r = candidates_tell_outcome(c, &offer, &w->refusal);
		if (r < 0)
			return r;
		candidates_drop_pending(c, 0);
	}
	return 0;
}

int candidates_finish(struct candidates *c)
{
	CLEANUP(free) char *detail = NULL;
	int r;

	if (c->work.vain_wakes < CANDIDATES_MAX_VAIN_WAKES)
		return candidates_refuse_pending(c, VERDICT__END, NULL);
	/* An issuer may have come when nobody was woken any more. */
	r = string_format(&detail, "%d candidates were judged again in vain",
		CANDIDATES_MAX_VAIN_WAKES);
	return r < 0
		? r
		: candidates_refuse_pending(c, VERDICT_LIMIT_EXCEEDED, detail);
}

int candidates_abandon(
	struct candidates *c, enum verdict verdict, const char *detail)
{
	return candidates_refuse_pending(c, verdict, detail);
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
