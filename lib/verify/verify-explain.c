/* SPDX-License-Identifier: Apache-2.0 */
/* Puts an answer into words: the facts of its sentence, and the remedy. */
#include "lib/verify/verify-parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/phone/firmware.h"
#include "lib/verify/verify.h"

/* Texts a sentence borrows. */
struct words {
	char date[DATE_TEXT_SIZE];
	char apart[DATE_SPAN_SIZE];
	struct trust_clock_words clock;
	char lift[TRUST_LIFT_SIZE];
	char since[RULE_TEXT_SIZE];
	char *names;
	char *element;
	char *exception;
	char *known;
	char *earlier;
	char *from;
	char url[CLAUSES_URL_SIZE];
	char way[VERIFY_WAY_SIZE];
	enum verdict_variant variant;
	struct facts facts;
};

static void explain_words_done(struct words *w)
{
	free(w->names);
	free(w->element);
	free(w->exception);
	free(w->known);
	free(w->earlier);
	free(w->from);
}
DEFINE_CLEANUP_EMBEDDED(struct words, explain_words_done);

/* The date that decides, and the time by the clock. */
static void explain_put_dates(
	struct words *w, const struct failure *why, const struct answer *a)
{
	int64_t date = 0;

	if (!why->about ||
		(why->verdict != VERDICT_EXPIRED &&
			why->verdict != VERDICT_NOT_YET_VALID))
		return;
	date = why->verdict == VERDICT_EXPIRED ? why->about->not_after
					       : why->about->not_before;
	date_format(date, w->date);
	date_span(date - a->now, w->apart);
	trust_clock_words(a->trust, a->wall, &w->clock);
	w->facts.date = w->date;
	w->facts.apart = w->apart;
	w->facts.now = w->clock.now;
	w->facts.clock = w->clock.clock;
}

static void explain_put_lift(
	struct words *w, const struct failure *why, const struct trust *trust)
{
	struct distrust d = {.reason = DISTRUST_NOT};

	if (why->verdict != VERDICT_DISTRUSTED || !why->about)
		return;
	/* Without memory the command only says less. */
	(void)trust_find_distrust(trust, why->about, &d);
	trust_lift_words(&d, w->lift);
	w->facts.lift = w->lift;
}

/*
 * The element that would provision the missing issuer. Its digest is known
 * only when the peer sent its own root.
 */
static int explain_put_element(struct words *w, const struct answer *a)
{
	const struct failure *why = a->why;
	const struct trust *trust = a->trust;
	const struct certificate *c = why->about;
	bool itself = why->same_name || (a->related && a->related->self_signed);
	const char *kind =
		firmware_has(&trust->policy.firmware, RULE_BASE64_VARIANT)
		? "type=\"base64\""
		: "url=\"...\"";
	bool inlined = kind[0] == 't';
	int r = 0;

	if (why->verdict != VERDICT_ISSUER_NOT_TRUSTED || !c)
		return 0;
	if (itself)
		r = string_format(&w->element,
			"<certificate %s sha256=\"%s\"%s", kind, c->sha256_hex,
			inlined ? ">...</certificate>" : "/>");
	else
		r = string_format(&w->element, "<certificate %s%s", kind,
			inlined ? ">...</certificate>" : "/>");
	w->facts.element = w->element;
	return r;
}

/* The command that makes an exception for this certificate. */
static int explain_put_exception(struct words *w, const struct answer *a)
{
	struct host host;
	int r = 0;

	if (a->unrecorded || !a->leaf ||
		!verdict_row(a->why->verdict)->recoverable)
		return 0;
	if (a->host && host_parse(a->host, &host) == 0)
		r = string_format(&w->exception,
			"certprovctl trust %s --host %s", a->leaf->sha256_hex,
			a->host);
	else
		r = string_format(&w->exception, "certprovctl trust %s",
			a->leaf->sha256_hex);
	w->facts.exception = w->exception;
	return r;
}

static int explain_put_names(struct words *w, const struct answer *a)
{
	struct host host;
	int r = 0;

	if (a->why->verdict != VERDICT_NAME_MISMATCH ||
		a->leaf->name_count == 0)
		return 0;
	if (a->host && host_parse(a->host, &host) == 0)
		r = name_mismatch_names(a->leaf, &host, &w->names);
	else
		r = certificate_names_text(a->leaf, &w->names);
	w->facts.names = w->names;
	w->facts.correct = a->correct;
	return r;
}

/* What was looked up after the search, instead of what the search knew. */
static void explain_put_reasons(struct words *w, const struct reasons *r)
{
	if (!r)
		return;
	if (r->detail[0])
		w->facts.detail = r->detail;
	if (r->clause)
		w->facts.clause = r->clause;
	w->facts.remedy = r->remedy;
	w->facts.unwanted = r->unwanted;
	w->facts.wanted = r->wanted;
	w->facts.cure = r->cure;
}

/* --- what else is known --- */

static enum verdict_variant explain_missing_variant(
	const struct answer *a, bool chain)
{
	if (a->why->same_name)
		return VARIANT_SAME_NAME;
	if (!a->related->self_signed)
		return chain ? VARIANT_CHAIN : VARIANT_NONE;
	if (chain)
		return VARIANT_CHAIN_SELF_SIGNED;
	return a->why->about == a->leaf ? VARIANT_SELF_SIGNED
					: VARIANT_SELF_SIGNED_ISSUER;
}

/* Under the chain rule nobody can publish a private CA. */
static int explain_put_missing(struct words *w, const struct answer *a)
{
	const struct failure *why = a->why;
	const struct firmware *firmware = &a->trust->policy.firmware;
	bool chain = firmware_has(firmware, RULE_PROVISIONED_CHAIN_REQUIRED);
	int r = 0;

	w->variant = explain_missing_variant(a, chain);
	verify_way_around_chain_rule(firmware, false, w->way);
	w->facts.way = w->way;
	clauses_issuer_url(why->about, w->url);
	w->facts.url = w->url;
	if (a->related->unsent)
		w->facts.unsent = certificate_issuer(why->about);
	if (why->other && !why->same_name)
		r = clauses_other_key(
			a->trust, why->about, why->other, &w->known);
	if (r == 0)
		r = clauses_earlier(a->trust, a->related, a->leaf, &w->earlier);
	w->facts.known = w->known;
	w->facts.earlier = w->earlier;
	return r;
}

/* Under the chain rule a root cannot be replaced by publishing another. */
static enum verdict_variant explain_expired_variant(const struct answer *a)
{
	const struct related *related = a->related;

	if (related->newer)
		return VARIANT_EXPIRED_ISSUER_REPLACED;
	if (!related->stored)
		return VARIANT_EXPIRED_ISSUER_SENT;
	if (related->stored->lists & ANCHOR_AUTHORITY &&
		firmware_has(&a->trust->policy.firmware,
			RULE_PROVISIONED_CHAIN_REQUIRED))
		return VARIANT_EXPIRED_ISSUER_CHAIN;
	return VARIANT_EXPIRED_ISSUER;
}

static int explain_put_expired(struct words *w, const struct answer *a)
{
	const struct related *related = a->related;
	int r = clauses_from(
		a->trust, related->stored, a->why->about, &w->from);

	if (r == 0 && related->newer)
		r = clauses_newer(related->newer, &w->known);
	w->facts.from = w->from;
	w->facts.known = w->known;
	verify_way_around_chain_rule(&a->trust->policy.firmware, true, w->way);
	w->facts.way = w->way;
	w->variant = explain_expired_variant(a);
	return r;
}

static int explain_put_identifiers(struct words *w, const struct answer *a)
{
	int r = clauses_identifiers(a->why->about, a->why->other, &w->known);

	w->facts.detail = w->known ? w->known : w->facts.detail;
	w->variant = VARIANT_IDENTIFIERS;
	return r;
}

/* The issuer whose key did not make the signature. */
static const struct certificate *explain_wrong_issuer(const struct failure *why)
{
	for (size_t i = 0; !why->other && i + 1 < why->path_count; i++)
		if (why->path[i] == why->about)
			return why->path[i + 1];
	return why->other;
}

static int explain_put_wrong_issuer(struct words *w, const struct answer *a)
{
	const struct certificate *c = explain_wrong_issuer(a->why);
	int r = 0;

	if (c)
		r = clauses_from(a->trust,
			anchors_find_certificate(a->trust->anchors, c), c,
			&w->from);
	w->facts.from = w->from;
	return r;
}

static int explain_put_related(struct words *w, const struct answer *a)
{
	const struct failure *why = a->why;

	if (!a->related || !why->about)
		return 0;
	if (why->verdict == VERDICT_ISSUER_NOT_TRUSTED)
		return explain_put_missing(w, a);
	if (why->verdict == VERDICT_EXPIRED && why->about != a->leaf)
		return explain_put_expired(w, a);
	if (why->verdict == VERDICT_PROFILE && why->other)
		return explain_put_identifiers(w, a);
	if (why->verdict == VERDICT_BAD_SIGNATURE)
		return explain_put_wrong_issuer(w, a);
	return 0;
}

/* The table has a sentence for an empty element, not for a peer. */
static int explain_nothing(char **ret_reason, char **ret_remedy)
{
	int r = string_replace(
		ret_reason, "The server presented no certificate.");

	if (r < 0)
		return r;
	return string_replace(ret_remedy,
		"Check that the server sends its own certificate first, then "
		"those of its issuers.");
}

int explain_answer(const struct answer *a, char **ret_reason, char **ret_remedy)
{
	CLEANUP(explain_words_done) struct words w = {.names = NULL};
	const struct failure *why = a->why;
	int r = 0;

	if (why->verdict == VERDICT_EMPTY)
		return explain_nothing(ret_reason, ret_remedy);
	w.facts.host = a->host;
	w.facts.detail = why->detail[0] ? why->detail : NULL;
	w.facts.clause = why->clause;
	if (why->about) {
		w.facts.subject = certificate_subject(why->about);
		w.facts.issuer = certificate_issuer(why->about);
		w.facts.sha256 = why->about->sha256_hex;
	}
	explain_put_reasons(&w, a->reasons);
	explain_put_dates(&w, why, a);
	explain_put_lift(&w, why, a->trust);
	if (why->verdict == VERDICT_NOT_VERIFIED)
		w.facts.since = rule_format(
			rule_get(RULE_VERIFICATION_SETTING)->since, w.since);
	r = explain_put_names(&w, a);
	if (r == 0)
		r = explain_put_element(&w, a);
	if (r == 0)
		r = explain_put_exception(&w, a);
	if (r == 0)
		r = explain_put_related(&w, a);
	if (r < 0)
		return r;
	return verdict_explain_variant(
		why->verdict, w.variant, &w.facts, ret_reason, ret_remedy);
}
