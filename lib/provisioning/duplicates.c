/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/duplicates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

#define FIRST_SLOTS 64 /* a power of two */

struct duplicates_known {
	uint8_t url_sha256[SHA256_BYTES];
	bool used;
	enum verdict verdict;
};

struct duplicates {
	/* Open addressing, at most half full; the keys are digests already. */
	struct duplicates_known *slots;
	size_t slot_count;
	size_t known_count;
	struct provenance waiting[DUPLICATES_MAX_WAITING]; /* in their order */
	size_t waiting_count;
};

int duplicates_new(struct duplicates **ret)
{
	CLEANUP(duplicates_free) struct duplicates *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->slots = calloc(FIRST_SLOTS, sizeof(*d->slots));
	if (!d->slots)
		return -ENOMEM;
	d->slot_count = FIRST_SLOTS;
	*ret = TAKE_PTR(d);
	return 0;
}

struct duplicates *duplicates_free(struct duplicates *d)
{
	if (!d)
		return NULL;
	for (size_t i = 0; i < d->waiting_count; i++)
		provenance_done(&d->waiting[i]);
	free(d->slots);
	free(d);
	return NULL;
}

/* The slot of this key, or the free one where it belongs. */
static struct duplicates_known *duplicates_slot_of(
	struct duplicates_known *slots, size_t count,
	const uint8_t key[SHA256_BYTES])
{
	size_t at = 0;

	memcpy(&at, key, sizeof(at));
	for (;; at++) {
		struct duplicates_known *k = &slots[at & (count - 1)];

		if (!k->used || memcmp(k->url_sha256, key, SHA256_BYTES) == 0)
			return k;
	}
}

static int duplicates_grow(struct duplicates *d)
{
	size_t count = 2 * d->slot_count;
	struct duplicates_known *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < d->slot_count; i++)
		if (d->slots[i].used)
			*duplicates_slot_of(slots, count,
				d->slots[i].url_sha256) = d->slots[i];
	free(d->slots);
	d->slots = slots;
	d->slot_count = count;
	return 0;
}

static int duplicates_decide(const struct provenance *from, bool accepted,
	enum verdict verdict, const char *detail, struct decisions *decisions)
{
	const struct facts facts = {.url = from->url, .detail = detail};
	CLEANUP(decision_done)
	struct decision d = {
		.outcome = {.kind = OUTCOME_CERTIFICATE,
			.line = from->line,
			.accepted = accepted,
			.verdict = verdict},
	};
	struct outcome *o = &d.outcome;
	int r;

	if (string_replace(&o->document, from->document) < 0 ||
		string_replace(&o->url, from->url) < 0)
		return -ENOMEM;
	r = verdict_explain(verdict, &facts, &o->reason, &o->remedy);
	return r < 0 ? r : decisions_add(decisions, &d);
}

static int duplicates_decide_as_first(const struct provenance *from,
	enum verdict first, struct decisions *decisions)
{
	return duplicates_decide(from, verdict_is_positive(first),
		VERDICT_DUPLICATE_URL, verdict_name(first), decisions);
}

/* Decide and drop those with this key; NULL: all. */
static int duplicates_decide_waiting(struct duplicates *d, const uint8_t *key,
	enum verdict first, struct decisions *decisions)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < d->waiting_count; i++) {
		struct provenance *w = &d->waiting[i];

		if (r < 0 ||
			(key &&
				memcmp(w->url_sha256, key, SHA256_BYTES) !=
					0)) {
			d->waiting[kept++] = *w;
			continue;
		}
		r = duplicates_decide_as_first(w, first, decisions);
		provenance_done(w);
	}
	d->waiting_count = kept;
	return r;
}

int duplicates_decided(struct duplicates *d,
	const uint8_t url_sha256[SHA256_BYTES], enum verdict verdict,
	struct decisions *decisions)
{
	struct duplicates_known *k = NULL;

	if (d->known_count >= d->slot_count / 2 && duplicates_grow(d) < 0)
		return -ENOMEM;
	k = duplicates_slot_of(d->slots, d->slot_count, url_sha256);
	if (k->used)
		return 0; /* the first result stays */
	if (d->known_count < DUPLICATES_MAX_URLS) {
		memcpy(k->url_sha256, url_sha256, SHA256_BYTES);
		k->used = true;
		k->verdict = verdict;
		d->known_count++;
	}
	return duplicates_decide_waiting(d, url_sha256, verdict, decisions);
}

int duplicates_add(struct duplicates *d, const struct provenance *from,
	struct decisions *decisions)
{
	const struct duplicates_known *k =
		duplicates_slot_of(d->slots, d->slot_count, from->url_sha256);
	int r;

	if (k->used)
		return duplicates_decide_as_first(from, k->verdict, decisions);
	if (d->waiting_count >= DUPLICATES_MAX_WAITING)
		return duplicates_decide(from, false, VERDICT_LIMIT_EXCEEDED,
			"too many elements repeat a URL", decisions);
	r = provenance_copy(from, &d->waiting[d->waiting_count]);
	if (r == 0)
		d->waiting_count++;
	return r;
}

int duplicates_finish(
	struct duplicates *d, enum verdict verdict, struct decisions *decisions)
{
	return duplicates_decide_waiting(d, NULL, verdict, decisions);
}

size_t duplicates_waiting(const struct duplicates *d)
{
	return d->waiting_count;
}
