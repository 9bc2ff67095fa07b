/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verify/verify-search.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/x509/skeleton.h"

int search_new(const struct trust *trust, struct certificate *leaf, int64_t now,
	struct search **ret)
{
	struct search *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->trust = trust;
	s->leaf = certificate_ref(leaf);
	s->clock_trusted = now >= trust->clock_floor;
	s->now = s->clock_trusted ? now : trust->clock_floor;
	s->best.verdict = VERDICT_TRUSTED;
	s->next_change = INT64_MAX;
	*ret = s;
	return 0;
}

struct search *search_free(struct search *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; i < s->sent_count; i++)
		(void)certificate_free(s->sent[i].certificate);
	free(s->sent);
	(void)certificate_free(s->leaf);
	free(s);
	return NULL;
}

static int search_decode_sent(struct search *s, struct sent *to)
{
	enum verdict why = VERDICT_MALFORMED;

	s->work.decoded++;
	return certificate_decode(
		to->der->data, to->der->len, &to->certificate, &why);
}

/* In whatever way the name is encoded, it has to be found by. */
static int search_name_decoded(struct search *s, struct sent *to)
{
	int r = search_spend(s, to->cost) ? search_decode_sent(s, to) : 0;

	to->usable = to->certificate;
	if (to->usable)
		memcpy(to->subject, to->certificate->subject_sha256,
			SHA256_BYTES);
	return r;
}

static int search_name_sent(struct search *s, struct sent *to)
{
	struct skeleton outline;
	struct public_key key;
	int r = skeleton_read(to->der->data, to->der->len, &outline);

	/* What is no certificate only cannot help. */
	if (r < 0)
		return 0;
	key_read(outline.spki, &key);
	to->cost = COST_CERTIFICATE + key_decode_cost(&key) +
		skeleton_parts(to->der->data, to->der->len, &outline);
	if (!der_is_canonical(outline.subject.data, outline.subject.len))
		return search_name_decoded(s, to);
	r = name_digest(outline.subject, to->subject);
	to->usable = r == 0;
	return r == -EINVAL ? 0 : r;
}

int search_set_sent(
	struct search *s, const struct bytes *sent, size_t sent_count)
{
	int r = 0;

	if (sent_count == 0)
		return 0;
	s->sent = calloc(sent_count, sizeof(*s->sent));
	if (!s->sent)
		return -ENOMEM;
	s->sent_count = sent_count;
	for (size_t i = 0; r == 0 && i < sent_count; i++) {
		s->sent[i].der = &sent[i];
		s->sent_bytes += sent[i].len;
		r = search_name_sent(s, &s->sent[i]);
	}
	return r;
}

/* --- reasons --- */

/*
 * How far a path came that failed with this verdict; a higher one is the
 * better reason. That a name does not fit is said of a path that holds
 * otherwise; what is distrusted must not be hidden by what only expired.
 */
static const unsigned usefulness[VERDICT__END] = {
	[VERDICT_ISSUER_NOT_TRUSTED] = 1,
	[VERDICT_BUDGET] = 2,
	[VERDICT_BAD_SIGNATURE] = 3,
	[VERDICT_NOT_A_CA] = 4,
	[VERDICT_PATH_TOO_LONG] = 5,
	[VERDICT_MALFORMED] = 6,
	[VERDICT_INVALID_EXTENSION] = 7,
	[VERDICT_UNHANDLED_CRITICAL] = 8,
	[VERDICT_POLICY_MISSING] = 9,
	[VERDICT_NAME_CONSTRAINTS] = 10,
	[VERDICT_WEAK_SIGNATURE] = 11,
	[VERDICT_KEY_UNSUPPORTED] = 12,
	[VERDICT_KEY_TOO_WEAK] = 13,
	[VERDICT_PROFILE] = 14,
	[VERDICT_EXPIRED] = 15,
	[VERDICT_NOT_YET_VALID] = 16,
	[VERDICT_DISTRUSTED] = 17,
	[VERDICT_NOT_FOR_SERVERS] = 18,
	[VERDICT_HOST_INVALID] = 19,
	[VERDICT_NAME_MISMATCH] = 20,
};

void search_fail(struct search *s, enum verdict verdict,
	const struct certificate *about, const char *detail)
{
	struct failure *best = &s->best;
	unsigned now = usefulness[verdict];
	unsigned before = usefulness[best->verdict];

	/* Of issuers that are missing the one nearest to a root. */
	if (now < before || (now == before && s->path_count <= best->depth))
		return;
	*best = (struct failure){
		.verdict = verdict,
		.about = about,
		.depth = s->path_count,
	};
	if (detail)
		(void)snprintf(best->detail, DETAIL_SIZE, "%s", detail);
}

static void search_exhaust(struct search *s, const char *what)
{
	s->exhausted = true;
	search_fail(s, VERDICT_BUDGET, s->leaf, what);
}

bool search_spend(struct search *s, uint64_t cost)
{
	if (cost > VERIFY_MAX_COST - s->work.cost) {
		search_exhaust(s, "too much work");
		return false;
	}
	s->work.cost += (unsigned)cost;
	return true;
}

/* --- who could have issued --- */

static bool search_same_subject_and_key(
	const struct certificate *a, const struct certificate *b)
{
	return memcmp(a->key_sha256, b->key_sha256, SHA256_BYTES) == 0 &&
		memcmp(a->subject_sha256, b->subject_sha256, SHA256_BYTES) == 0;
}

/* The same certificate under another coat would lead in a circle. */
static bool search_is_in_path(
	const struct search *s, const struct certificate *c)
{
	for (size_t i = 0; i < s->path_count; i++)
		if (search_same_subject_and_key(s->path[i], c))
			return true;
	return false;
}

static bool search_is_listed(
	const struct level *level, const struct certificate *c)
{
	for (size_t i = 0; i < level->count; i++)
		if (memcmp(level->issuers[i].certificate->sha256, c->sha256,
			    SHA256_BYTES) == 0)
			return true;
	return false;
}

/*
 * Where an issuer comes from, in the order of trying. Anybody can have put
 * there what is not authenticated, with whatever name and key identifier, so
 * that comes after what the peer sent: junk cannot stand in its way.
 */
enum source {
	SOURCE_AUTHORITY,
	SOURCE_AUTHENTICATED,
	SOURCE_BETWEEN, /* intermediates of the store, and what was sent */
	SOURCE_UNAUTHENTICATED,
	SOURCE__END,
};

static enum source search_source_of(const struct anchor *a)
{
	if (!anchor_begins_trust(a))
		return SOURCE_BETWEEN;
	if (a->lists & ANCHOR_AUTHORITY)
		return SOURCE_AUTHORITY;
	return a->lists & ANCHOR_AUTHENTICATED ? SOURCE_AUTHENTICATED
					       : SOURCE_UNAUTHENTICATED;
}

/* An anchor is one also when it was sent. */
static enum source search_source_of_sent(
	const struct search *s, const struct certificate *c)
{
	const struct anchor *a = anchors_find(s->trust->anchors, c->sha256);

	return a ? search_source_of(a) : SOURCE_BETWEEN;
}

/* Who has one that does not fit was never listed. */
static bool search_has_key_identifier(
	const struct certificate *child, const struct certificate *issuer)
{
	return X509_get0_authority_key_id(child->x509) &&
		X509_get0_subject_key_id(issuer->x509);
}

/*
 * What is in time before what is not, what could hold before what cannot,
 * then where it comes from and whether its key identifier is the one asked
 * for; of equals the older one: few attempts have to be enough.
 */
static unsigned search_order_of(
	struct search *s, const struct certificate *c, enum source source)
{
	const struct certificate *child = s->path[s->path_count - 1];
	bool anchor = source != SOURCE_BETWEEN;
	bool in_time = s->now >= c->not_before && s->now <= c->not_after;
	bool good = issuer_is_promising(s, c, anchor);
	bool named = search_has_key_identifier(child, c);

	return (in_time ? 0U : 32U) + (good ? 0U : 16U) +
		(source == SOURCE_UNAUTHENTICATED ? 8U : 0U) +
		(named ? 0U : 4U) + (unsigned)source;
}

static void search_insert(struct level *level, struct issuer issuer)
{
	size_t at = level->count++;

	while (at > 0 && level->issuers[at - 1].order > issuer.order) {
		level->issuers[at] = level->issuers[at - 1];
		at--;
	}
	level->issuers[at] = issuer;
}

/* A certificate of the right name that may not issue, and why. */
static enum verdict search_why_not(int fit, const struct certificate *issuer)
{
	if (issuer->invalid_extension)
		return VERDICT_INVALID_EXTENSION;
	if (fit == X509_V_ERR_NO_ISSUER_PUBLIC_KEY ||
		fit == X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM)
		return VERDICT_KEY_UNSUPPORTED;
	/* RFC 5280 6.1 asks for basicConstraints, which version 1 has not. */
	if (fit == X509_V_ERR_KEYUSAGE_NO_CERTSIGN || !issuer->ca)
		return VERDICT_NOT_A_CA;
	return VERDICT_ISSUER_NOT_TRUSTED;
}

/* Keys we do not use are not tried either: some cost more than all others. */
static bool search_key_is_used(
	struct search *s, const struct certificate *issuer)
{
	if (key_is_supported(&issuer->key, s->trust->policy.rsa_max_bits))
		return true;
	(void)search_takes_key(s, issuer);
	return false;
}

/* Names and key identifiers fit, and it may issue. */
static bool search_could_issue(
	struct search *s, struct level *level, const struct certificate *issuer)
{
	const struct certificate *child = s->path[s->path_count - 1];
	int fit = X509_V_OK;
	enum verdict why = VERDICT_ISSUER_NOT_TRUSTED;

	/* Found by its name; OpenSSL would try to decode such a key. */
	if (!search_key_is_used(s, issuer))
		return false;
	fit = X509_check_issued(issuer->x509, child->x509);
	ERR_clear_error();
	if (fit == X509_V_ERR_SUBJECT_ISSUER_MISMATCH)
		return false;
	if (fit == X509_V_OK && issuer->ca)
		return true;
	level->other_key = level->other_key ||
		fit == X509_V_ERR_AKID_SKID_MISMATCH ||
		fit == X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH;
	why = search_why_not(fit, issuer);
	if (why != VERDICT_ISSUER_NOT_TRUSTED)
		search_fail(s, why, issuer, NULL);
	return false;
}

/* A limit of our own: of this name there may be others. */
static void search_skip(struct search *s, const char *what)
{
	s->skipped = true;
	search_fail(s, VERDICT_BUDGET, s->leaf, what);
}

/* To find issuers must leave something to try them by. */
static bool search_may_list(struct search *s, unsigned cost)
{
	if (s->work.cost + cost > VERIFY_MAX_COST - COST_OF_TRYING) {
		search_skip(s, "too much work");
		return false;
	}
	return search_spend(s, cost);
}

/* The same, and whoever looks pays. */
static bool search_may_look_up(struct search *s, const struct certificate *c)
{
	unsigned cost = search_distrust_cost(s, c);

	if (cost == 0 ||
		s->work.cost + cost <= VERIFY_MAX_COST - COST_OF_TRYING)
		return true;
	search_skip(s, "too much work");
	return false;
}

static void search_consider(struct search *s, struct level *level,
	const struct certificate *c, enum source source)
{
	if (!search_may_list(s, COST_LOOK) || search_is_listed(level, c) ||
		search_is_in_path(s, c) || !search_could_issue(s, level, c) ||
		!search_may_list(s, COST_ISSUER + c->parts / 4) ||
		!search_may_look_up(s, c))
		return;
	assert(level->count < ARRAY_SIZE(level->issuers));
	search_insert(level,
		(struct issuer){
			.certificate = c,
			.anchor = source != SOURCE_BETWEEN,
			.order = search_order_of(s, c, source),
		});
}

/* No more of this name; what is listed is tried all the same. */
static bool search_may_look_at_issuer(struct search *s, struct level *level)
{
	if (level->looked >= VERIFY_MAX_ISSUERS_OF_NAME ||
		s->work.issuers >= VERIFY_MAX_ISSUERS) {
		search_skip(s, "too many certificates of one name");
		return false;
	}
	level->looked++;
	s->work.issuers++;
	return true;
}

static int search_consider_anchors(struct search *s, struct level *level,
	const uint8_t *name, enum source source)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;

	while ((a = anchors_next_of_subject(
			s->trust->anchors, name, &cursor))) {
		const struct certificate *c = NULL;
		int r = 0;

		if (search_source_of(a) != source)
			continue;
		if (!search_may_look_at_issuer(s, level))
			return 0;
		r = anchor_decode(a, &c);
		if (r < 0)
			return r;
		if (c)
			search_consider(s, level, c, source);
	}
	return 0;
}

/* Decode one that was sent unless it is known. */
static int search_get_sent(struct search *s, struct sent *sent)
{
	int r = 0;

	if (!sent->certificate)
		sent->certificate = intermediate_cache_find(
			s->trust->known, sent->der->data, sent->der->len);
	if (!sent->certificate && !search_may_list(s, sent->cost))
		return 0;
	if (!sent->certificate)
		r = search_decode_sent(s, sent);
	sent->usable = sent->certificate;
	return r;
}

static int search_consider_sent(
	struct search *s, struct level *level, const uint8_t *name)
{
	for (size_t i = 0; i < s->sent_count; i++) {
		struct sent *sent = &s->sent[i];
		int r = 0;

		if (!sent->usable ||
			memcmp(sent->subject, name, SHA256_BYTES) != 0)
			continue;
		if (!search_may_look_at_issuer(s, level))
			return 0;
		r = search_get_sent(s, sent);
		if (r < 0)
			return r;
		if (sent->certificate)
			search_consider(s, level, sent->certificate,
				search_source_of_sent(s, sent->certificate));
	}
	return 0;
}

/* In the order of trying, so that what is passed over is the last. */
static int search_consider_all(
	struct search *s, struct level *level, const uint8_t *name)
{
	int r = 0;

	for (int i = 0; r == 0 && i < SOURCE__END; i++) {
		r = search_consider_anchors(s, level, name, (enum source)i);
		if (r == 0 && i == SOURCE_BETWEEN)
			r = search_consider_sent(s, level, name);
	}
	return r;
}

static int search_find_issuers(struct search *s, struct level *level)
{
	const struct certificate *child = s->path[s->path_count - 1];
	int r = 0;

	level->count = 0;
	level->looked = 0;
	level->next = 0;
	level->led_on = false;
	level->other_key = false;
	/* Once, because many ways may end here. */
	level->distrusted = s->path_count > 1 && search_distrusts(s, child);
	r = search_consider_all(s, level, child->issuer_sha256);
	level->one_only = level->count == 1;
	return r;
}

/* --- signatures --- */

/* By key: another certificate of the same key has signed the same. */
static const struct signature *search_find_signature(const struct search *s,
	const struct certificate *issued, const struct certificate *issuer)
{
	for (size_t i = 0; i < s->signature_count; i++) {
		const struct signature *known = &s->signatures[i];

		if (known->issued == issued &&
			memcmp(known->issuer->spki_sha256, issuer->spki_sha256,
				SHA256_BYTES) == 0)
			return known;
	}
	return NULL;
}

bool search_check_signature(struct search *s, const struct certificate *issued,
	const struct certificate *issuer)
{
	const struct signature *known =
		search_find_signature(s, issued, issuer);
	EVP_PKEY *key = NULL;
	bool good = false;

	if (known)
		return known->good;
	if (s->signature_count >= VERIFY_MAX_SIGNATURES) {
		search_exhaust(s, "too many signatures");
		return false;
	}
	if (!search_spend(
		    s, key_cost(&issuer->key) + issued->der.len / BYTES_A_UNIT))
		return false;
	s->work.signatures++;
	key = X509_get0_pubkey(issuer->x509);
	good = key && X509_verify(issued->x509, key) == 1;
	ERR_clear_error();
	s->signatures[s->signature_count++] = (struct signature){
		.issued = issued,
		.issuer = issuer,
		.good = good,
	};
	return good;
}

/* --- the search --- */

/* No anchor is reached this way, so nobody will judge it; but who issued the
 * leaf is known as far as it was sent, and may be distrusted. */
static void search_fail_distrusted(struct search *s)
{
	for (size_t i = 1; i < s->path_count && !s->exhausted; i++) {
		if (!s->levels[i].distrusted)
			continue;
		/* All the way: a name alone makes no issuer. */
		for (size_t j = 1; j <= i; j++)
			if (!search_check_signature(
				    s, s->path[j - 1], s->path[j]))
				return;
		search_fail(s, VERDICT_DISTRUSTED, s->path[i], NULL);
		return;
	}
}

/* Its name, and its signature: more makes no issuer here, or what is distrusted
 * could choose not to be found, by a key identifier for instance. */
bool search_signed_by_distrusted(struct search *s, const struct certificate *c,
	const struct certificate **ret)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;
	size_t looked = 0;

	while (s->trust->distrusted_count > 0 &&
		(a = anchors_next_of_subject(
			 s->trust->anchors, c->issuer_sha256, &cursor))) {
		const struct certificate *issuer = NULL;
		int r = 0;

		/* Then no exception passes, for it might be the next. */
		if (looked++ >= VERIFY_MAX_ISSUERS_OF_NAME) {
			s->skipped = true;
			return false;
		}
		r = anchor_decode(a, &issuer);
		if (r < 0) {
			s->error = r;
			return false;
		}
		/* Of this search there may be more to come. */
		if (issuer && !search_may_look_up(s, issuer))
			return false;
		if (!issuer || !search_distrusts(s, issuer) ||
			!search_check_signature(s, c, issuer))
			continue;
		*ret = issuer;
		return true;
	}
	return false;
}

/* Nobody of that name in the store is distrusted, or leads on to others. */
static bool search_store_is_clear(struct search *s, const uint8_t *name)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;

	while ((a = anchors_next_of_subject(
			s->trust->anchors, name, &cursor))) {
		const struct certificate *c = NULL;
		int r = anchor_decode(a, &c);

		if (r < 0)
			s->error = r;
		if (r < 0 || !anchor_begins_trust(a))
			return false;
		if (c &&
			(s->work.cost + search_distrust_cost(s, c) >
					VERIFY_MAX_COST - COST_OF_TRYING ||
				search_distrusts(s, c)))
			return false;
	}
	return true;
}

int search_is_clear(struct search *s, bool *ret)
{
	bool clear = !search_distrusts(s, s->leaf) &&
		search_store_is_clear(s, s->leaf->issuer_sha256);

	for (size_t i = 0; clear && i < s->sent_count; i++) {
		struct sent *sent = &s->sent[i];
		const struct certificate *c = NULL;
		int r = sent->usable ? search_get_sent(s, sent) : 0;

		if (r < 0)
			return r;
		if (!sent->usable)
			continue;
		c = sent->certificate;
		clear = c && !search_distrusts(s, c) &&
			search_store_is_clear(s, c->issuer_sha256);
	}
	*ret = clear;
	return s->error;
}

static bool search_path_is_signed(struct search *s)
{
	for (size_t i = 1; i < s->path_count; i++)
		if (!search_check_signature(s, s->path[i - 1], s->path[i]))
			return false;
	return true;
}

/* No issuer led on: say of the last certificate of the path what it lacks. */
static void search_fail_dead_end(struct search *s, const struct level *level)
{
	const struct certificate *last = s->path[s->path_count - 1];
	const struct certificate *issuer = NULL;

	if (!level->led_on) {
		search_fail_distrusted(s);
		if (search_signed_by_distrusted(s, last, &issuer) &&
			search_path_is_signed(s))
			search_fail(s, VERDICT_DISTRUSTED, issuer, NULL);
	}
	if (level->count == 0)
		search_fail(s, VERDICT_ISSUER_NOT_TRUSTED, last,
			level->other_key ? "a certificate of that name is "
					   "known, but with another key"
					 : NULL);
	else if (!level->led_on && !s->exhausted && !s->skipped)
		search_fail(s, VERDICT_BAD_SIGNATURE, last, NULL);
}

/* Put the next issuer on the path; false when this level has no more. */
static bool search_descend(struct search *s, bool *ret_complete)
{
	struct level *level = &s->levels[s->path_count - 1];
	const struct certificate *last = s->path[s->path_count - 1];

	while (level->next < level->count && !s->exhausted) {
		const struct issuer *i = &level->issuers[level->next++];

		if (!level->one_only &&
			!search_check_signature(s, last, i->certificate))
			continue;
		level->led_on = true;
		if (s->path_count >= VERIFY_MAX_PATH) {
			/* Of ours; an issuer may allow it. */
			search_fail(s, VERDICT_BUDGET, last,
				"more than " VERIFY_MAX_PATH_TEXT
				" certificates in a path");
			continue;
		}
		s->path[s->path_count++] = i->certificate;
		*ret_complete = i->anchor;
		return true;
	}
	search_fail_dead_end(s, level);
	return false;
}

static int search_try_path(struct search *s, bool *ret)
{
	if (s->work.attempts >= VERIFY_MAX_ATTEMPTS) {
		search_exhaust(s, "too many paths");
		return 0;
	}
	return attempt_path(s, ret);
}

/* One step: a complete path is tried and left again, another is led on from,
 * one that leads nowhere is cut back. */
static int search_step(struct search *s, bool *ret)
{
	bool complete = false;
	int r = 0;

	if (!search_descend(s, &complete)) {
		s->path_count--;
		return 0;
	}
	if (!complete)
		return search_find_issuers(s, &s->levels[s->path_count - 1]);
	r = search_try_path(s, ret);
	if (r == 0 && !*ret)
		s->path_count--;
	return r;
}

/* What led to an anchor is likely to be sent again. */
static void search_remember_issuers(struct search *s)
{
	for (size_t i = 0; i < s->sent_count; i++)
		for (size_t j = 1; j < s->path_count; j++)
			if (s->sent[i].certificate == s->path[j])
				intermediate_cache_add(s->trust->known,
					s->sent[i].certificate);
}

/* What was accepted in its own right is an anchor, whatever it is; but what
 * is asked about a candidate is whether something else issued it. */
static bool search_ends_with_itself(const struct search *s)
{
	const struct anchor *a =
		anchors_find(s->trust->anchors, s->leaf->sha256);

	return !s->issued && a && anchor_begins_trust(a);
}

int search_run(struct search *s, bool *ret)
{
	bool found = false;
	int r = 0;

	s->path[0] = s->leaf;
	s->path_count = 1;
	*ret = false;
	if (s->exhausted)
		return 0;
	/* What was done before, and has to be paid for by whoever asks. */
	s->work.decoded++;
	if (!search_spend(s,
		    COST_CERTIFICATE + key_decode_cost(&s->leaf->key) +
			    s->leaf->parts +
			    (s->leaf->der.len + s->sent_bytes) / BYTES_A_UNIT))
		return 0;
	if (s->leaf->invalid_extension) {
		search_fail(s, VERDICT_INVALID_EXTENSION, s->leaf, NULL);
		return 0;
	}
	/* Said before what could be cured: no exception lets it pass. */
	if (!s->issued && !search_takes_key(s, s->leaf))
		return 0;
	if (search_ends_with_itself(s))
		r = search_try_path(s, &found);
	if (r == 0 && !found)
		r = search_find_issuers(s, &s->levels[0]);
	while (r == 0 && !found && s->path_count > 0 && !s->exhausted)
		r = search_step(s, &found);
	if (r == 0)
		r = s->error;
	if (r < 0)
		return r;
	if (found)
		search_remember_issuers(s);
	*ret = found;
	return 0;
}
