/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls about certificates: what an element could not become, and what is
 * offered. Judged by lib/candidates; nothing a fetcher says of a certificate
 * counts but its bytes.
 */
#include <errno.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/net/url.h"
#include "lib/provisioning/fetch-claims.h"
#include "lib/provisioning/fetch-session.h"

/* --- ReportElement --- */

/* Nobody fetched a URL for these: another element may be its first. */
static bool fetch_is_about_structure(enum verdict v)
{
	return v == VERDICT_AMBIGUOUS || v == VERDICT_EMPTY ||
		v == VERDICT_TYPE_UNKNOWN || v == VERDICT_MISPLACED;
}

static int fetch_digest_of(
	const char *url, char hex[SHA256_HEX_SIZE], uint8_t ret[SHA256_BYTES])
{
	int r = url_digest(url, hex);

	return r < 0 ? r : hex_parse(hex, ret, SHA256_BYTES);
}

/* The verdict is the fetcher's, unless the firmware has something to say
 * first. sha256: of the certificate, when it is known; or NULL. */
static int fetch_tell_element(struct fetch_session *s,
	const struct fetch_element *e, const struct fetch_cleaned *c,
	const char *sha256)
{
	const struct firmware *fw = &s->config.judge.trust->policy.firmware;
	char firmware[FIRMWARE_TEXT_SIZE];
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
		l.facts.rule = rule_get(RULE_BASE64_VARIANT)->name;
	return fetch_tell_line(s, &l);
}

static int fetch_element_with_url(struct fetch_session *s, struct handling *h,
	const struct fetch_element *e, const struct fetch_cleaned *c)
{
	uint8_t key[SHA256_BYTES];
	char hex[SHA256_HEX_SIZE];
	const char *sha256 = NULL;
	int r;

	r = fetch_digest_of(e->url, hex, key);
	if (r < 0)
		return r;
	if (e->result == VERDICT_DUPLICATE_URL)
		return duplicates_add(
			s->duplicates, key, c->document, e->line, c->url);
	if (e->result == VERDICT_ALREADY_TRUSTED &&
		!fetch_was_validated(s, hex))
		return fetch_wrong(h, "result");
	/* What a server says is not modified is what it delivered before. */
	if (e->result == VERDICT_ALREADY_TRUSTED)
		sha256 = s->config.owner->unmodified(s->config.userdata, hex);
	r = fetch_tell_element(s, e, c, sha256);
	if (r < 0 || fetch_is_about_structure(e->result))
		return r;
	return duplicates_decided(s->duplicates, key, e->result);
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
	if (!e.url &&
		(e.result == VERDICT_DUPLICATE_URL ||
			e.result == VERDICT_ALREADY_TRUSTED))
		return fetch_wrong(h, "url");
	if (fetch_clean(e.document, FETCH_MAX_URL_BYTES, &c.document) < 0 ||
		fetch_clean(e.url, FETCH_MAX_URL_BYTES, &c.url) < 0 ||
		fetch_clean(e.reason, FETCH_MAX_REASON_BYTES, &c.reason) < 0)
		return -ENOMEM;
	return e.url ? fetch_element_with_url(s, h, &e, &c)
		     : fetch_tell_element(s, &e, &c, NULL);
}

/* --- OfferCertificate --- */

static int fetch_on_accepted(void *userdata,
	const struct certificate *certificate, unsigned lists,
	const struct offer *offer)
{
	struct fetch_session *s = userdata;
	const struct fetch_owner *owner = s->config.owner;
	int r;

	r = owner->accepted(s->config.userdata, certificate, lists, offer);
	if (r < 0 || !offer->validator)
		return r;
	return owner->validated(s->config.userdata, offer->url_sha256,
		offer->validator, certificate->sha256_hex);
}

/* What only lacks its issuer is kept where an admin finds it. */
static int fetch_keep_unknown(
	struct fetch_session *s, const struct offer *offer)
{
	struct bytes leaf = {.data = (uint8_t *)offer->der, .len = offer->len};

	return s->config.owner->rejected(s->config.userdata,
		&(struct fetch_peer){
			.chain = &leaf,
			.chain_count = 1,
			.result = VERDICT_ISSUER_NOT_TRUSTED,
		});
}

static int fetch_on_decided(void *userdata, const struct offer *offer,
	const struct outcome *outcome)
{
	struct fetch_session *s = userdata;
	enum verdict verdict = VERDICT_MALFORMED;
	uint8_t key[SHA256_BYTES];
	int r;

	r = fetch_tell(s, outcome);
	if (r < 0)
		return r;
	if (verdict_find(outcome->result, &verdict) < 0)
		return -EINVAL;
	if (verdict == VERDICT_ISSUER_NOT_TRUSTED) {
		r = fetch_keep_unknown(s, offer);
		if (r < 0)
			return r;
	}
	if (!offer->url_sha256)
		return 0;
	if (hex_parse(offer->url_sha256, key, SHA256_BYTES) < 0)
		return -EINVAL;
	return duplicates_decided(s->duplicates, key, verdict);
}

const struct candidates_owner fetch_candidates_owner = {
	.accepted = fetch_on_accepted,
	.decided = fetch_on_decided,
};

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

static int fetch_offer_it(
	struct fetch_session *s, const struct offer *offer, struct handling *h)
{
	CLEANUP(offer_answer_done) struct offer_answer answer = {0};
	int r;

	r = candidates_offer(s->candidates, offer, &answer);
	if (r < 0)
		return r;
	if (answer.verdict == VERDICT_ALREADY_TRUSTED && offer->validator) {
		r = s->config.owner->validated(s->config.userdata,
			offer->url_sha256, offer->validator, answer.sha256);
		if (r < 0)
			return r;
	}
	h->reply->parameters = fetch_answer_encode(&answer);
	return h->reply->parameters ? 0 : -ENOMEM;
}

/* The variant says which of the parameters make sense, and when. */
static int fetch_check_variant(struct fetch_session *s, struct handling *h,
	const struct fetch_certificate *f)
{
	if (f->variant == CANDIDATE_BASE64) {
		if (f->url || f->validator)
			return fetch_wrong(h, f->url ? "url" : "validator");
		return s->phase == FETCH_DOCUMENTS ? HANDLED : HANDLED_NOT_NOW;
	}
	if (!f->url)
		return fetch_wrong(h, "url");
	s->phase = FETCH_DOWNLOADING;
	return HANDLED;
}

int fetch_on_offer_certificate(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(fetch_certificate_done) struct fetch_certificate f = {0};
	CLEANUP(fetch_cleaned_done) struct fetch_cleaned c = {0};
	char url_sha256[SHA256_HEX_SIZE];
	struct offer offer = {0};
	int r;

	r = fetch_certificate_decode(parameters, &f, &h->field);
	if (r < 0)
		return fetch_undecoded(r);
	r = fetch_check_variant(s, h, &f);
	if (r != HANDLED)
		return r;
	/* A digest that was cut ends in dots and matches nothing. */
	if (fetch_clean(f.document, FETCH_MAX_URL_BYTES, &c.document) < 0 ||
		fetch_clean(f.url, FETCH_MAX_URL_BYTES, &c.url) < 0 ||
		fetch_clean(f.sha256, FETCH_MAX_NAME_BYTES, &c.name) < 0)
		return -ENOMEM;
	if (f.url && url_digest(f.url, url_sha256) < 0)
		return -EIO;
	offer = (struct offer){
		.der = f.der.data,
		.len = f.der.len,
		.variant = f.variant,
		.document = c.document,
		.line = f.line,
		.url = c.url,
		.sha256 = c.name,
		.url_sha256 = f.url ? url_sha256 : NULL,
		.validator = f.validator && fetch_is_validator(f.validator)
			? f.validator
			: NULL,
		.authenticated =
			f.authenticated && s->config.source_authenticated,
	};
	return fetch_offer_it(s, &offer, h);
}
