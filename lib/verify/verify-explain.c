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

/* Texts a sentence borrows. */
struct words {
	char date[DATE_TEXT_SIZE];
	char now[DATE_TEXT_SIZE];
	char lift[TRUST_LIFT_SIZE];
	char since[RULE_TEXT_SIZE];
	char *names;
	char *element;
	char *exception;
	struct facts facts;
};

static void explain_words_done(struct words *w)
{
	free(w->names);
	free(w->element);
	free(w->exception);
}
DEFINE_CLEANUP_EMBEDDED(struct words, explain_words_done);

/* The date that decides, and the time by the clock. */
static void explain_put_dates(
	struct words *w, const struct failure *why, const struct answer *a)
{
	if (!why->about ||
		(why->verdict != VERDICT_EXPIRED &&
			why->verdict != VERDICT_NOT_YET_VALID))
		return;
	date_format(why->verdict == VERDICT_EXPIRED ? why->about->not_after
						    : why->about->not_before,
		w->date);
	date_format(a->now, w->now);
	w->facts.date = w->date;
	w->facts.now = w->now;
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
static int explain_put_element(
	struct words *w, const struct failure *why, const struct trust *trust)
{
	const struct certificate *c = why->about;
	const char *kind =
		firmware_has(&trust->policy.firmware, RULE_BASE64_VARIANT)
		? "type=\"base64\""
		: "url=\"...\"";
	bool inlined = kind[0] == 't';
	int r = 0;

	if (why->verdict != VERDICT_ISSUER_NOT_TRUSTED || !c)
		return 0;
	if (c->self_signed)
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

	if (!verdict_row(a->why->verdict)->recoverable || !a->leaf)
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
	if (why->same_name)
		w.facts.detail = "its subject is the name of its issuer, and "
				 "it has no authorityKeyIdentifier";
	else if (why->verdict == VERDICT_ISSUER_NOT_TRUSTED && why->other)
		w.facts.detail = "the issuer known by that name has another "
				 "key";
	w.facts.clause = why->clause;
	if (why->about) {
		w.facts.subject = why->about->subject;
		w.facts.issuer = why->about->issuer;
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
		r = explain_put_element(&w, why, a->trust);
	if (r == 0)
		r = explain_put_exception(&w, a);
	if (r < 0)
		return r;
	return verdict_explain(why->verdict, &w.facts, ret_reason, ret_remedy);
}
