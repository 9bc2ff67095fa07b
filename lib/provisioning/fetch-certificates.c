/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls about certificates: what an element could not become, and what is
 * offered. candidates.c judges; of all a fetcher says about a certificate, only
 * its bytes count.
 */
#include <errno.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/net/url.h"
#include "lib/provisioning/fetch-claims.h"
#include "lib/provisioning/fetch-session.h"

/* --- ReportElement --- */

/* No URL was fetched for these: another element may be the first with it. */
static bool fetch_is_about_structure(enum verdict v)
{
	return v == VERDICT_AMBIGUOUS || v == VERDICT_EMPTY ||
		v == VERDICT_TYPE_UNKNOWN || v == VERDICT_MISPLACED ||
		v == VERDICT_UNKNOWN_ELEMENT;
}

static int fetch_digest_of(
	const char *url, char hex[SHA256_HEX_SIZE], uint8_t ret[SHA256_BYTES])
{
	int r = url_digest(url, hex);

	return r < 0 ? r : hex_parse(hex, ret, SHA256_BYTES);
}

/* The fetcher's verdict, unless the firmware refuses the element anyway.
 * sha256: of the certificate, or NULL when it is not known. */
static int fetch_tell_element(struct fetch_session *s,
	const struct fetch_element *e, const struct fetch_cleaned *c,
	const char *sha256)
{
	const struct firmware *fw = &s->config.judge.trust->policy.firmware;
	char firmware[FIRMWARE_TEXT_SIZE];
	char since[RULE_TEXT_SIZE];
	CLEANUP(markup_facts_done) struct markup_facts texts = {0};
	CLEANUP(fetch_server_words_done)
	struct fetch_server_words words = {.asked = NULL};
	struct fetch_line l = {
		.kind = OUTCOME_CERTIFICATE,
		.document = c->document,
		.line = e->line,
		.url = c->url,
		.sha256 = sha256,
		.verdict = judge_element(
			fw, e->result == VERDICT_NOT_BASE64, e->result),
		.facts = {.url = c->url, .detail = c->reason},
	};

	firmware_format(fw, firmware);
	l.facts.firmware = firmware;
	if (l.verdict == VERDICT_BASE64_NOT_SUPPORTED)
		judge_put_rule(&l.facts, RULE_BASE64_VARIANT, since);
	if (markup_put_facts(l.verdict, &e->markup, &texts, &l.facts) < 0)
		return -ENOMEM;
	if (fetch_put_server(s, &e->server, &l, &words) < 0)
		return -ENOMEM;
	return fetch_tell_line(s, &l);
}

/* The first error, after all were told: none may be missing in the report. */
static int fetch_tell_all(struct fetch_session *s, struct decisions *decisions)
{
	int r = 0;

	for (size_t i = 0; i < decisions->count; i++) {
		int told = fetch_tell(s, &decisions->items[i]);

		r = r < 0 ? r : told;
	}
	return r;
}

/* Tell the elements that wait for this URL what became of its first one. */
static int fetch_tell_duplicates(struct fetch_session *s,
	const uint8_t url_sha256[SHA256_BYTES], enum verdict first)
{
	CLEANUP(decisions_done) struct decisions decisions = {0};
	int r = duplicates_decided(
		s->duplicates, url_sha256, first, &decisions);

	return r < 0 ? r : fetch_tell_all(s, &decisions);
}

static int fetch_add_duplicate(
	struct fetch_session *s, const struct provenance *from)
{
	CLEANUP(decisions_done) struct decisions decisions = {0};
	int r = duplicates_add(s->duplicates, from, &decisions);

	return r < 0 ? r : fetch_tell_all(s, &decisions);
}

static int fetch_element_with_url(struct fetch_session *s, struct handling *h,
	const struct fetch_element *e, const struct fetch_cleaned *c)
{
	struct provenance from = {
		.document = c->document, .line = e->line, .url = c->url};
	char hex[SHA256_HEX_SIZE];
	const char *sha256 = NULL;
	int r;

	r = fetch_digest_of(e->url, hex, from.url_sha256);
	if (r < 0)
		return r;
	if (e->result == VERDICT_DUPLICATE_URL)
		return fetch_add_duplicate(s, &from);
	if (e->result == VERDICT_ALREADY_TRUSTED &&
		!fetch_was_validated(s, hex))
		return fetch_wrong(h, "result");
	/* Not modified: it is what the server delivered before. */
	if (e->result == VERDICT_ALREADY_TRUSTED && s->config.delivered)
		sha256 = fetch_pairs_find(s->config.delivered, hex);
	r = fetch_tell_element(s, e, c, sha256);
	if (r < 0 || fetch_is_about_structure(e->result))
		return r;
	return fetch_tell_duplicates(s, from.url_sha256, e->result);
}

int fetch_on_report_element(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(fetch_cleaned_done) struct fetch_cleaned c = {0};
	struct fetch_element e = {0};
	int r;

	r = fetch_element_decode(parameters, &e, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	if (!fetch_may_claim(FETCH_CLAIM_ELEMENT, e.result))
		return fetch_wrong(h, "result");
	if (!fetch_server_is_plausible(&e.server, e.result))
		return fetch_wrong(h, "cause");
	if (!fetch_client_is_plausible(
		    e.server.client, s->config.job->identity_count > 0))
		return fetch_wrong(h, "clientCertificate");
	if (e.markup.meant && !markup_words(e.markup.meant))
		return fetch_wrong(h, "meant");
	if (!e.url &&
		(e.result == VERDICT_DUPLICATE_URL ||
			e.result == VERDICT_ALREADY_TRUSTED))
		return fetch_wrong(h, "url");
	if (fetch_clean_document(s, e.document, &c.document) < 0 ||
		fetch_clean(e.url, FETCH_MAX_URL_BYTES, &c.url) < 0 ||
		fetch_clean(e.reason, FETCH_MAX_REASON_BYTES, &c.reason) < 0 ||
		fetch_clean(e.server.asked, FETCH_MAX_URL_BYTES, &c.asked) < 0)
		return -ENOMEM;
	e.server.asked = c.asked;
	return e.url ? fetch_element_with_url(s, h, &e, &c)
		     : fetch_tell_element(s, &e, &c, NULL);
}

/* --- OfferCertificate --- */

/* What only lacks its issuer is kept where an admin finds it. */
static int fetch_keep_unknown(
	struct fetch_session *s, const struct decision *decision)
{
	if (decision->outcome.kind != OUTCOME_CERTIFICATE ||
		decision->outcome.verdict != VERDICT_ISSUER_NOT_TRUSTED ||
		!decision->certificate)
		return 0;
	return fetch_tell_rejected(s,
		&(struct fetch_peer){
			.chain = {&decision->certificate->der, 1},
			.result = VERDICT_ISSUER_NOT_TRUSTED,
		});
}

/* What would have made it count for that server. */
static const char *fetch_way_to_be_early(
	const struct firmware *firmware, const struct provenance *from)
{
	if (from->variant == CANDIDATE_BASE64)
		return "In an earlier document it would have counted in this "
		       "run";
	if (firmware_has(firmware, RULE_BASE64_VARIANT))
		return "As <certificate type=\"base64\"> in an earlier "
		       "document it would have counted in this run";
	return NULL;
}

/* A server of this run was rejected for want of what is accepted now. */
static int fetch_warn_of_late(struct fetch_session *s, struct decision *d)
{
	const struct firmware *fw = &s->config.judge.trust->policy.firmware;
	struct facts facts = {.way = fetch_way_to_be_early(fw, &d->from)};
	int r = 0;

	if (d->outcome.verdict != VERDICT_ACCEPTED || !d->certificate)
		return 0;
	r = fetch_peers_came(
		s->peers, fw, certificate_subject(d->certificate), &facts.host);
	return r <= 0 ? r
		      : outcome_add_warning(
				&d->outcome, WARNING_ACCEPTED_LATE, &facts);
}

static int fetch_tell_decision(struct fetch_session *s, struct decision *d)
{
	enum verdict verdict = d->outcome.verdict;
	bool downloaded = d->from.url != NULL;
	uint8_t key[SHA256_BYTES];
	int kept = fetch_keep_unknown(s, d);
	int r = fetch_warn_of_late(s, d);

	memcpy(key, d->from.url_sha256, sizeof(key));
	if (r == 0)
		r = fetch_tell(s, d);
	if (r == 0 && downloaded)
		r = fetch_tell_duplicates(s, key, verdict);
	return kept < 0 ? kept : r;
}

/* As fetch_tell_all(). */
static int fetch_tell_decisions(
	struct fetch_session *s, struct decisions *decisions)
{
	int r = 0;

	for (size_t i = 0; i < decisions->count; i++) {
		int told = fetch_tell_decision(s, &decisions->items[i]);

		r = r < 0 ? r : told;
	}
	return r;
}

int fetch_conclude(
	struct fetch_session *s, struct decisions *pending, enum verdict first)
{
	CLEANUP(decisions_done) struct decisions waiting = {0};
	int r = fetch_tell_decisions(s, pending);

	if (r == 0)
		r = duplicates_finish(s->duplicates, first, &waiting);
	return r < 0 ? r : fetch_tell_all(s, &waiting);
}

/* It goes into a request header again. */
static bool fetch_is_validator(const char *text)
{
	size_t len = 0;

	for (; text[len]; len++)
		if (len >= FETCH_MAX_VALIDATOR_BYTES || text[len] < ' ' ||
			text[len] > '~')
			return false;
	return len > 0;
}

static int fetch_offer_it(struct fetch_session *s,
	const struct candidate *offer, struct handling *h)
{
	CLEANUP(candidates_answer_done) struct offer_answer answer = {0};
	CLEANUP(decisions_done) struct decisions decisions = {0};
	int r;

	r = candidates_offer(s->candidates, offer, &answer, &decisions);
	if (r == 0)
		r = fetch_tell_decisions(s, &decisions);
	if (r < 0)
		return r;
	h->reply->parameters = fetch_answer_encode(&answer);
	return h->reply->parameters ? 0 : -ENOMEM;
}

/* The variant says which of the parameters make sense, and when. */
static int fetch_check_variant(struct fetch_session *s, struct handling *h,
	const struct provenance *from)
{
	if (from->variant == CANDIDATE_BASE64) {
		if (from->url || from->validator)
			return fetch_wrong(h, from->url ? "url" : "validator");
		return s->phase == FETCH_DOCUMENTS ? HANDLED : HANDLED_NOT_NOW;
	}
	if (!from->url)
		return fetch_wrong(h, "url");
	s->phase = FETCH_DOWNLOADING;
	return HANDLED;
}

/* What a fetcher says of it, made fit for reports; *c keeps the texts. */
static int fetch_clean_provenance(struct fetch_session *s,
	struct provenance *from, struct fetch_cleaned *c)
{
	char hex[SHA256_HEX_SIZE];

	if (from->url && fetch_digest_of(from->url, hex, from->url_sha256) < 0)
		return -EIO;
	/* A digest that was cut ends in dots and matches nothing. */
	if (fetch_clean_document(s, from->document, &c->document) < 0 ||
		fetch_clean(from->url, FETCH_MAX_URL_BYTES, &c->url) < 0 ||
		fetch_clean(from->sha256, FETCH_MAX_NAME_BYTES, &c->name) < 0)
		return -ENOMEM;
	from->document = c->document;
	from->url = c->url;
	from->sha256 = c->name;
	if (from->validator && !fetch_is_validator(from->validator))
		from->validator = NULL;
	from->authenticated =
		from->authenticated && s->config.source_authenticated;
	return 0;
}

int fetch_on_offer_certificate(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(fetch_cleaned_done) struct fetch_cleaned c = {0};
	struct candidate offer = {0};
	int r;

	r = fetch_candidate_decode(parameters, &offer, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	r = fetch_check_variant(s, h, &offer.from);
	if (r == HANDLED)
		r = fetch_clean_provenance(s, &offer.from, &c);
	if (r == HANDLED)
		r = fetch_offer_it(s, &offer, h);
	bytes_done(&offer.der);
	return r;
}
