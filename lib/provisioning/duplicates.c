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

struct duplicates_waiting {
	uint8_t url_sha256[SHA256_BYTES];
	char *document;
	int64_t line;
	char *url;
};

struct duplicates {
	duplicates_sink *sink;
	void *userdata;
	/* Open addressing, at most half full; the keys are digests already. */
	struct duplicates_known *slots;
	size_t slot_count;
	size_t known_count;
	struct duplicates_waiting
		*waiting[DUPLICATES_MAX_WAITING]; /* in their order */
	size_t waiting_count;
};

static struct duplicates_waiting *duplicates_waiting_free(
	struct duplicates_waiting *w)
{
	if (!w)
		return NULL;
	free(w->document);
	free(w->url);
	free(w);
	return NULL;
}
DEFINE_CLEANUP(struct duplicates_waiting, duplicates_waiting_free);

int duplicates_new(
	duplicates_sink *sink, void *userdata, struct duplicates **ret)
{
	CLEANUP(duplicates_free) struct duplicates *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->slots = calloc(FIRST_SLOTS, sizeof(*d->slots));
	if (!d->slots)
		return -ENOMEM;
	d->slot_count = FIRST_SLOTS;
	d->sink = sink;
	d->userdata = userdata;
	*ret = TAKE_PTR(d);
	return 0;
}

struct duplicates *duplicates_free(struct duplicates *d)
{
	if (!d)
		return NULL;
	for (size_t i = 0; i < d->waiting_count; i++)
		duplicates_waiting_free(d->waiting[i]);
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

static int duplicates_tell(struct duplicates *d,
	const struct duplicates_waiting *w, bool accepted, enum verdict result,
	const char *detail)
{
	struct facts facts = {.url = w->url, .detail = detail};
	CLEANUP(outcome_done)
	struct outcome o = {
		.kind = OUTCOME_CERTIFICATE,
		.line = w->line,
		.accepted = accepted,
	};
	int r;

	if (string_replace(&o.document, w->document) < 0 ||
		string_replace(&o.url, w->url) < 0 ||
		string_replace(&o.result, verdict_name(result)) < 0)
		return -ENOMEM;
	r = verdict_explain(result, &facts, &o.reason, &o.remedy);
	return r < 0 ? r : d->sink(d->userdata, &o);
}

static int duplicates_tell_as_first(struct duplicates *d,
	const struct duplicates_waiting *w, enum verdict first)
{
	return duplicates_tell(d, w, verdict_is_positive(first),
		VERDICT_DUPLICATE_URL, verdict_name(first));
}

/* Tell and drop those with this key; NULL: all. */
static int duplicates_tell_waiting(
	struct duplicates *d, const uint8_t *key, enum verdict first)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < d->waiting_count; i++) {
		struct duplicates_waiting *w = d->waiting[i];

		if (r < 0 ||
			(key &&
				memcmp(w->url_sha256, key, SHA256_BYTES) !=
					0)) {
			d->waiting[kept++] = w;
			continue;
		}
		r = duplicates_tell_as_first(d, w, first);
		duplicates_waiting_free(w);
	}
	d->waiting_count = kept;
	return r;
}

int duplicates_decided(struct duplicates *d,
	const uint8_t url_sha256[SHA256_BYTES], enum verdict verdict)
{
	struct duplicates_known *k = NULL;

	if (d->known_count >= d->slot_count / 2 && duplicates_grow(d) < 0)
		return -ENOMEM;
	k = duplicates_slot_of(d->slots, d->slot_count, url_sha256);
	if (k->used)
		return 0; /* the first is the first */
	if (d->known_count < DUPLICATES_MAX_URLS) {
		memcpy(k->url_sha256, url_sha256, SHA256_BYTES);
		k->used = true;
		k->verdict = verdict;
		d->known_count++;
	}
	return duplicates_tell_waiting(d, url_sha256, verdict);
}

int duplicates_add(struct duplicates *d, const uint8_t url_sha256[SHA256_BYTES],
	const char *document, int64_t line, const char *url)
{
	CLEANUP(duplicates_waiting_free)
	struct duplicates_waiting *w = calloc(1, sizeof(*w));
	const struct duplicates_known *k =
		duplicates_slot_of(d->slots, d->slot_count, url_sha256);

	if (!w || string_replace(&w->document, document) < 0 ||
		string_replace(&w->url, url) < 0)
		return -ENOMEM;
	memcpy(w->url_sha256, url_sha256, SHA256_BYTES);
	w->line = line;
	if (k->used)
		return duplicates_tell_as_first(d, w, k->verdict);
	if (d->waiting_count >= DUPLICATES_MAX_WAITING)
		return duplicates_tell(d, w, false, VERDICT_LIMIT_EXCEEDED,
			"too many elements repeat a URL");
	d->waiting[d->waiting_count++] = TAKE_PTR(w);
	return 0;
}

int duplicates_finish(struct duplicates *d, enum verdict verdict)
{
	return duplicates_tell_waiting(d, NULL, verdict);
}

size_t duplicates_waiting(const struct duplicates *d)
{
	return d->waiting_count;
}
