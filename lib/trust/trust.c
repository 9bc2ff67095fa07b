/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

const char *const distrust_kinds[DISTRUST__END + 1] = {
	[DISTRUST_CERTIFICATE] = "certificate",
	[DISTRUST_PUBLIC_KEY] = "public-key",
	[DISTRUST__END] = NULL,
};

int trust_new(struct trust **ret)
{
	CLEANUP(trust_free) struct trust *t = calloc(1, sizeof(*t));
	int r = 0;

	if (!t)
		return -ENOMEM;
	t->policy.tls = TLS_OFFER_DEFAULT;
	t->intermediates = calloc(1, sizeof(*t->intermediates));
	if (!t->intermediates)
		return -ENOMEM;
	r = anchors_new(&t->anchors);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(t);
	return 0;
}

struct trust *trust_free(struct trust *t)
{
	if (!t)
		return NULL;
	(void)anchors_free(t->anchors);
	if (t->intermediates)
		intermediate_cache_done(t->intermediates);
	free(t->intermediates);
	free(t->distrusted);
	for (size_t i = 0; i < t->exception_count; i++)
		free(t->exceptions[i].host);
	free(t->exceptions);
	free(t);
	return NULL;
}

static int trust_copy_distrusted(const struct trust *from, struct trust *to)
{
	size_t bytes = from->distrusted_count * sizeof(*to->distrusted);

	if (bytes == 0)
		return 0;
	to->distrusted = malloc(bytes);
	if (!to->distrusted)
		return -ENOMEM;
	memcpy(to->distrusted, from->distrusted, bytes);
	to->distrusted_count = from->distrusted_count;
	return 0;
}

static int trust_copy_exceptions(const struct trust *from, struct trust *to)
{
	if (from->exception_count == 0)
		return 0;
	to->exceptions = calloc(from->exception_count, sizeof(*to->exceptions));
	if (!to->exceptions)
		return -ENOMEM;
	for (size_t i = 0; i < from->exception_count; i++) {
		struct exception *e = &to->exceptions[i];
		char *host = NULL;
		int r = string_replace(&host, from->exceptions[i].host);

		if (r < 0)
			return r;
		*e = from->exceptions[i];
		e->host = host;
		to->exception_count++;
	}
	return 0;
}

int trust_copy(const struct trust *t, struct trust **ret)
{
	CLEANUP(trust_free) struct trust *copy = NULL;
	int r = trust_new(&copy);

	if (r < 0)
		return r;
	copy->anchors = anchors_free(copy->anchors);
	r = anchors_copy(t->anchors, &copy->anchors);
	if (r < 0)
		return r;
	r = trust_copy_distrusted(t, copy);
	if (r < 0)
		return r;
	r = trust_copy_exceptions(t, copy);
	if (r < 0)
		return r;
	copy->policy = t->policy;
	copy->clock_floor = t->clock_floor;
	copy->clock_source = t->clock_source;
	copy->clock_since = t->clock_since;
	memcpy(copy->store, t->store, sizeof(copy->store));
	copy->generation = t->generation;
	*ret = TAKE_PTR(copy);
	return 0;
}

void trust_adopt_decoded(struct trust *t, const struct trust *from)
{
	anchors_adopt_decoded(t->anchors, from->anchors);
	intermediate_cache_copy(t->intermediates, from->intermediates);
}

static int trust_compare_distrusted(const void *a, const void *b)
{
	const struct distrusted *x = a;
	const struct distrusted *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return memcmp(x->sha256, y->sha256, SHA256_BYTES);
}

bool trust_lists_distrusted(const struct trust *t, enum distrust_kind kind,
	const uint8_t sha256[SHA256_BYTES])
{
	struct distrusted key = {.kind = kind};

	if (t->distrusted_count == 0)
		return false;
	memcpy(key.sha256, sha256, SHA256_BYTES);
	return bsearch(&key, t->distrusted, t->distrusted_count, sizeof(key),
		trust_compare_distrusted);
}

int trust_add_distrusted(struct trust *t, enum distrust_kind kind,
	const uint8_t sha256[SHA256_BYTES])
{
	struct distrusted new = {.kind = kind};
	struct distrusted *more = NULL;
	size_t at = 0;

	if (trust_lists_distrusted(t, kind, sha256))
		return 0;
	if (t->distrusted_count >= TRUST_MAX_DISTRUSTED)
		return -ENOSPC;
	more = realloc(
		t->distrusted, (t->distrusted_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	t->distrusted = more;
	memcpy(new.sha256, sha256, SHA256_BYTES);
	/* Sorted, because every certificate of every path is looked up. */
	while (at < t->distrusted_count &&
		trust_compare_distrusted(&more[at], &new) < 0)
		at++;
	memmove(&more[at + 1], &more[at],
		(t->distrusted_count - at) * sizeof(*more));
	more[at] = new;
	t->distrusted_count++;
	return 0;
}

/* Where the exceptions for a certificate begin, or would. */
static size_t trust_first_exception(
	const struct trust *t, const uint8_t *sha256)
{
	size_t low = 0;
	size_t high = t->exception_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(t->exceptions[middle].sha256, sha256, SHA256_BYTES) <
			0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct exception *trust_exceptions_of(const struct trust *t,
	const uint8_t sha256[SHA256_BYTES], size_t *ret_count)
{
	size_t first = trust_first_exception(t, sha256);
	size_t end = first;

	while (end < t->exception_count &&
		memcmp(t->exceptions[end].sha256, sha256, SHA256_BYTES) == 0)
		end++;
	*ret_count = end - first;
	return end > first ? &t->exceptions[first] : NULL;
}

size_t trust_count_excepted(const struct trust *t)
{
	const uint8_t *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < t->exception_count; i++) {
		const uint8_t *sha256 = t->exceptions[i].sha256;
		const struct anchor *a = NULL;

		if (last && memcmp(last, sha256, SHA256_BYTES) == 0)
			continue;
		last = sha256;
		a = anchors_find(t->anchors, sha256);
		if (!a || !(a->lists & ANCHOR_SERVERS))
			count++;
	}
	return count;
}

/* Sorted by certificate; for one, in the order of addition. */
static int trust_insert_exception(
	struct trust *t, size_t at, const struct exception *e)
{
	struct exception *more = NULL;

	if (t->exception_count >= TRUST_MAX_EXCEPTIONS)
		return -ENOSPC;
	more = realloc(t->exceptions, (t->exception_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	t->exceptions = more;
	memmove(&more[at + 1], &more[at],
		(t->exception_count - at) * sizeof(*more));
	more[at] = *e;
	t->exception_count++;
	return 0;
}

int trust_add_exception(struct trust *t, const uint8_t sha256[SHA256_BYTES],
	const char *host, int64_t expires)
{
	struct exception e = {.expires = expires};
	size_t at = trust_first_exception(t, sha256);
	int r = 0;

	for (; at < t->exception_count; at++) {
		struct exception *other = &t->exceptions[at];

		if (memcmp(other->sha256, sha256, SHA256_BYTES) != 0)
			break;
		if (string_equal(other->host, host)) {
			other->expires = expires;
			return 0;
		}
	}
	r = string_replace(&e.host, host);
	if (r < 0)
		return r;
	memcpy(e.sha256, sha256, SHA256_BYTES);
	r = trust_insert_exception(t, at, &e);
	if (r < 0)
		free(e.host);
	return r;
}

int trust_follow_distrust(struct trust *t, const struct trust *from)
{
	size_t before = t->distrusted_count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->distrusted_count; i++)
		r = trust_add_distrusted(t, from->distrusted[i].kind,
			from->distrusted[i].sha256);
	return r < 0 ? r : t->distrusted_count > before;
}

void trust_clock_words(
	const struct trust *t, int64_t wall, struct trust_clock_words *ret)
{
	static const char *const sources[CLOCK_SOURCE__END] = {
		[CLOCK_NOT_ASKED] = "",
		[CLOCK_UNSYNCHRONISED] = ", which is not synchronised",
		[CLOCK_SYNCHRONISED] = ", which is synchronised",
	};
	char floor[DATE_TEXT_SIZE];
	char since[DATE_TEXT_SIZE];

	*ret = (struct trust_clock_words){.now = ""};
	if (wall >= t->clock_floor) {
		date_format(wall, ret->now);
		date_format(t->clock_since, since);
		(void)snprintf(ret->clock, sizeof(ret->clock), "%s%s%s",
			sources[t->clock_source],
			t->clock_since > 0 ? " since " : "",
			t->clock_since > 0 ? since : "");
		return;
	}
	date_format(t->clock_floor, floor);
	(void)snprintf(ret->clock, sizeof(ret->clock),
		"; the phone's clock is wrong, and the last known time counts, "
		"%s",
		floor);
}
