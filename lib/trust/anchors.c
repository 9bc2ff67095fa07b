/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/anchors.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/x509/name-digest.h"
#include "lib/x509/skeleton.h"

#define NONE UINT32_MAX
#define BUCKETS_MIN 64U

/* Links an anchor into the two tables. A removed one leaves its entry behind,
 * without an anchor, until the tables are rebuilt. */
struct anchors_entry {
	struct anchor *anchor;
	uint32_t next_same_sha256; /* in its bucket */
	uint32_t next_same_subject;
};

/* First and last entry of a bucket: this keeps the order of insertion without
 * a walk for each of ten thousand certificates of one name. */
struct bucket {
	uint32_t first;
	uint32_t last;
};

/* What certificates of one document share. */
struct anchor_origin {
	unsigned references;
	char document[]; /* as it was given, one byte more than is shown */
};

struct anchors {
	struct anchors_entry *entries;
	size_t entry_count; /* with the removed ones */
	size_t entry_room;
	size_t live;
	size_t in_lists[ANCHOR_LISTS_SETS]; /* by the set of their lists */
	struct bucket *by_sha256; /* bucket_count each, a power of two */
	struct bucket *by_subject;
	size_t bucket_count;
	struct anchor_origin *origin; /* the last one set, or NULL */
};

/* --- where they came from --- */

static struct anchor_origin *anchor_origin_ref(struct anchor_origin *o)
{
	if (o)
		o->references++;
	return o;
}

static struct anchor_origin *anchor_origin_free(struct anchor_origin *o)
{
	if (o && --o->references == 0)
		free(o);
	return NULL;
}

static int anchor_origin_new(const char *document, struct anchor_origin **ret)
{
	size_t len = strnlen(document, ANCHOR_MAX_SOURCE_BYTES + 1);
	struct anchor_origin *o = malloc(sizeof(*o) + len + 1);

	if (!o)
		return -ENOMEM;
	o->references = 1;
	memcpy(o->document, document, len);
	o->document[len] = 0;
	*ret = o;
	return 0;
}

int anchor_source(const struct anchor *anchor, char **ret)
{
	CLEANUP(free) char *document = NULL;
	const char *from = anchor->origin ? anchor->origin->document : NULL;
	int r = 0;

	*ret = NULL;
	if (!from)
		return 0;
	r = text_escape(from, strlen(from), ANCHOR_MAX_SOURCE_BYTES, &document);
	if (r < 0 || anchor->line < 0) {
		*ret = TAKE_PTR(document);
		return r;
	}
	return string_format(ret, "%s:%lld", document, (long long)anchor->line);
}

/* --- one anchor --- */

static struct anchor *anchor_ref(struct anchor *anchor)
{
	anchor->references++;
	return anchor;
}

static struct anchor *anchor_free(struct anchor *anchor)
{
	if (!anchor)
		return NULL;
	assert(anchor->references > 0);
	if (--anchor->references > 0)
		return NULL;
	(void)certificate_free(anchor->certificate);
	(void)anchor_origin_free(anchor->origin);
	free(anchor);
	return NULL;
}
DEFINE_CLEANUP(struct anchor, anchor_free);

/* Nothing but the bytes is filled in. */
static struct anchor *anchor_allocate(const void *der, size_t len)
{
	struct anchor *anchor = malloc(sizeof(*anchor) + len);

	if (!anchor)
		return NULL;
	*anchor = (struct anchor){
		.references = 1,
		.der = {(uint8_t *)(anchor + 1), len},
	};
	memcpy(anchor + 1, der, len);
	return anchor;
}

static int anchor_new(
	const void *der, size_t len, const uint8_t *sha256, struct anchor **ret)
{
	CLEANUP(anchor_free) struct anchor *anchor = NULL;
	struct skeleton skeleton;
	int r = skeleton_read(der, len, &skeleton);

	if (r < 0)
		return r;
	anchor = anchor_allocate(der, len);
	if (!anchor)
		return -ENOMEM;
	r = name_digest(skeleton.subject, anchor->subject);
	if (r < 0)
		return r;
	memcpy(anchor->sha256, sha256, SHA256_BYTES);
	*ret = TAKE_PTR(anchor);
	return 0;
}

/* The same certificate, to be put into other lists by one set only. */
static int anchor_clone(const struct anchor *from, struct anchor **ret)
{
	struct anchor *anchor = anchor_allocate(from->der.data, from->der.len);

	if (!anchor)
		return -ENOMEM;
	anchor->lists = from->lists;
	memcpy(anchor->sha256, from->sha256, SHA256_BYTES);
	memcpy(anchor->subject, from->subject, SHA256_BYTES);
	anchor->origin = anchor_origin_ref(from->origin);
	anchor->line = from->line;
	if (from->certificate)
		anchor->certificate = certificate_ref(from->certificate);
	*ret = anchor;
	return 0;
}

int anchor_decode(const struct anchor *anchor, const struct certificate **ret)
{
	/* A reader does not notice that it is decoded on demand. */
	struct anchor *a = (struct anchor *)anchor;
	struct certificate *kept = atomic_load(&a->certificate);
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT_MALFORMED;
	int r = 0;

	if (!kept)
		r = certificate_decode(a->der.data, a->der.len, &c, &why);
	if (r < 0)
		return r;
	/* If another thread was first, its certificate is kept. */
	if (c && atomic_compare_exchange_strong(&a->certificate, &kept, c))
		kept = TAKE_PTR(c);
	*ret = kept;
	return 0;
}

/* Unless it has been decoded already, by another thread perhaps. */
static void anchor_keep_decoded(struct anchor *anchor, struct certificate *c)
{
	struct certificate *kept = NULL;

	if (!atomic_compare_exchange_strong(
		    &anchor->certificate, &kept, certificate_ref(c)))
		(void)certificate_free(c);
}

/* --- the tables --- */

static size_t anchors_bucket_of(const struct anchors *a, const uint8_t *digest)
{
	size_t hash = 0;

	memcpy(&hash, digest, sizeof(hash));
	return hash & (a->bucket_count - 1);
}

static void anchors_link_entry(struct anchors *a, uint32_t index)
{
	struct anchors_entry *e = &a->entries[index];
	struct bucket *b =
		&a->by_sha256[anchors_bucket_of(a, e->anchor->sha256)];

	e->next_same_sha256 = NONE;
	e->next_same_subject = NONE;
	if (b->first != NONE)
		a->entries[b->last].next_same_sha256 = index;
	else
		b->first = index;
	b->last = index;

	b = &a->by_subject[anchors_bucket_of(a, e->anchor->subject)];
	if (b->first != NONE)
		a->entries[b->last].next_same_subject = index;
	else
		b->first = index;
	b->last = index;
}

/* Drop what was removed and link the rest into tables of count buckets. */
static int anchors_rebuild(struct anchors *a, size_t count)
{
	struct bucket *tables = malloc(2 * count * sizeof(*tables));
	size_t kept = 0;

	if (!tables)
		return -ENOMEM;
	/* NONE in every field. */
	memset(tables, 0xff, 2 * count * sizeof(*tables));
	free(a->by_sha256);
	a->by_sha256 = tables;
	a->by_subject = tables + count;
	a->bucket_count = count;
	for (size_t i = 0; i < a->entry_count; i++) {
		if (!a->entries[i].anchor)
			continue;
		a->entries[kept] = a->entries[i];
		anchors_link_entry(a, (uint32_t)kept++);
	}
	a->entry_count = kept;
	return 0;
}

static int anchors_reserve(struct anchors *a)
{
	size_t room = a->entry_room ? 2 * a->entry_room : BUCKETS_MIN;
	struct anchors_entry *more = NULL;
	int r = 0;

	if (a->entry_count < a->entry_room)
		return 0;
	if (a->bucket_count > 0 && a->live * 2 < a->entry_count)
		return anchors_rebuild(a, a->bucket_count);
	more = realloc(a->entries, room * sizeof(*more));
	if (!more)
		return -ENOMEM;
	a->entries = more;
	r = anchors_rebuild(a, room);
	/* Without tables there is no room: the next call tries again. */
	if (r == 0)
		a->entry_room = room;
	return r;
}

static struct anchors_entry *anchors_find_entry(
	const struct anchors *a, const uint8_t *sha256)
{
	uint32_t i = a->bucket_count > 0
		? a->by_sha256[anchors_bucket_of(a, sha256)].first
		: NONE;

	for (; i != NONE; i = a->entries[i].next_same_sha256) {
		struct anchors_entry *e = &a->entries[i];

		if (e->anchor &&
			memcmp(e->anchor->sha256, sha256, SHA256_BYTES) == 0)
			return e;
	}
	return NULL;
}

/* --- the set --- */

int anchors_new(struct anchors **ret)
{
	struct anchors *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	*ret = a;
	return 0;
}

struct anchors *anchors_free(struct anchors *a)
{
	if (!a)
		return NULL;
	for (size_t i = 0; i < a->entry_count; i++)
		(void)anchor_free(a->entries[i].anchor);
	(void)anchor_origin_free(a->origin);
	free(a->entries);
	free(a->by_sha256);
	free(a);
	return NULL;
}

int anchors_copy(const struct anchors *a, struct anchors **ret)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	int r = anchors_new(&copy);

	if (r < 0)
		return r;
	if (a->live == 0) {
		*ret = TAKE_PTR(copy);
		return 0;
	}
	copy->entries = calloc(a->entry_room, sizeof(*copy->entries));
	if (!copy->entries)
		return -ENOMEM;
	copy->entry_room = a->entry_room;
	for (size_t i = 0; i < a->entry_count; i++) {
		struct anchor *anchor = a->entries[i].anchor;

		if (anchor)
			copy->entries[copy->entry_count++] =
				(struct anchors_entry){
					.anchor = anchor_ref(anchor)};
	}
	copy->live = copy->entry_count;
	memcpy(copy->in_lists, a->in_lists, sizeof(copy->in_lists));
	r = anchors_rebuild(copy, a->bucket_count);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(copy);
	return 0;
}

/* Other sets that share the anchor do not see what is changed then. */
static int anchors_own(struct anchors_entry *e)
{
	struct anchor *own = NULL;
	int r = 0;

	if (e->anchor->references == 1)
		return 0;
	r = anchor_clone(e->anchor, &own);
	if (r < 0)
		return r;
	(void)anchor_free(e->anchor);
	e->anchor = own;
	return 0;
}

static int anchors_set_lists(
	struct anchors *a, struct anchors_entry *e, unsigned lists)
{
	int r = 0;

	if (e->anchor->lists == lists)
		return 0;
	r = anchors_own(e);
	if (r < 0)
		return r;
	a->in_lists[e->anchor->lists]--;
	a->in_lists[lists]++;
	e->anchor->lists = lists;
	return 0;
}

/* Certificates of one document mostly come one after the other. */
static int anchors_find_origin(struct anchors *a, const char *document)
{
	struct anchor_origin *o = NULL;
	int r = 0;

	if (a->origin &&
		strncmp(a->origin->document, document,
			ANCHOR_MAX_SOURCE_BYTES + 1) == 0)
		return 0;
	r = anchor_origin_new(document, &o);
	if (r < 0)
		return r;
	(void)anchor_origin_free(a->origin);
	a->origin = o;
	return 0;
}

int anchors_set_source(struct anchors *a, const uint8_t sha256[SHA256_BYTES],
	const char *document, int64_t line)
{
	struct anchors_entry *e = anchors_find_entry(a, sha256);
	int r = e ? anchors_find_origin(a, document) : -ENOENT;

	if (r == 0)
		r = anchors_own(e);
	if (r < 0)
		return r;
	(void)anchor_origin_free(e->anchor->origin);
	e->anchor->origin = anchor_origin_ref(a->origin);
	e->anchor->line = line;
	return 0;
}

/* A certificate accepted in its own right needs no issuer any more, and its
 * new source is what counts. */
static unsigned anchors_join_lists(unsigned before, unsigned lists)
{
	if (before & (unsigned)ANCHOR_INTERMEDIATE &&
		lists & (unsigned)ANCHOR_SERVER)
		before &= ~((unsigned)ANCHOR_INTERMEDIATE |
			(unsigned)ANCHOR_AUTHENTICATED);
	lists |= before;
	if (lists & (unsigned)ANCHOR_SERVER)
		lists &= ~(unsigned)ANCHOR_INTERMEDIATE;
	return lists;
}

static bool anchors_begin_trust(unsigned lists)
{
	return lists & ((unsigned)ANCHOR_AUTHORITY | (unsigned)ANCHOR_SERVER);
}

bool anchor_begins_trust(const struct anchor *anchor)
{
	return anchors_begin_trust(anchor->lists);
}

const char *anchor_role_name(unsigned lists)
{
	return anchors_begin_trust(lists) ? "anchor" : "intermediate";
}

static int anchors_join(
	struct anchors *a, struct anchors_entry *e, unsigned lists)
{
	return anchors_set_lists(
		a, e, anchors_join_lists(e->anchor->lists, lists));
}

/* The caller's reference is the set's then. */
static int anchors_take(struct anchors *a, struct anchor **anchor)
{
	int r = a->live >= ANCHORS_MAX ? -ENOSPC : anchors_reserve(a);

	if (r < 0)
		return r;
	a->in_lists[(*anchor)->lists]++;
	a->entries[a->entry_count].anchor = TAKE_PTR(*anchor);
	anchors_link_entry(a, (uint32_t)a->entry_count);
	a->entry_count++;
	a->live++;
	return 0;
}

int anchors_add_known(struct anchors *a, const void *der, size_t len,
	const uint8_t sha256[SHA256_BYTES], unsigned lists)
{
	CLEANUP(anchor_free) struct anchor *anchor = NULL;
	struct anchors_entry *e = anchors_find_entry(a, sha256);
	int r = 0;

	assert(lists < ANCHOR_LISTS_SETS);
	if (len > CERTIFICATE_MAX_BYTES)
		return -EINVAL;
	if (e)
		return anchors_join(a, e, lists);
	r = anchor_new(der, len, sha256, &anchor);
	if (r < 0)
		return r;
	anchor->lists = anchors_join_lists(0, lists);
	return anchors_take(a, &anchor);
}

int anchors_add(struct anchors *a, const void *der, size_t len, unsigned lists)
{
	uint8_t sha256[SHA256_BYTES];
	int r = 0;

	if (len > CERTIFICATE_MAX_BYTES)
		return -EINVAL;
	r = digest_sha256(der, len, sha256);
	return r < 0 ? r : anchors_add_known(a, der, len, sha256, lists);
}

static int anchors_add_listed(
	struct anchors *a, struct anchor *anchor, unsigned list)
{
	CLEANUP(anchor_free) struct anchor *added = NULL;
	int r = 0;

	if (anchor->lists == list && !anchor->origin)
		added = anchor_ref(anchor);
	else
		r = anchor_clone(anchor, &added);
	if (r < 0)
		return r;
	added->lists = list;
	added->origin = anchor_origin_free(added->origin);
	return anchors_take(a, &added);
}

int anchors_copy_list(
	const struct anchors *a, enum anchor_list list, struct anchors **ret)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	int r = anchors_new(&copy);

	for (size_t i = 0; r == 0 && i < a->entry_count; i++) {
		struct anchor *anchor = a->entries[i].anchor;

		if (anchor && anchor->lists & (unsigned)list)
			r = anchors_add_listed(copy, anchor, list);
	}
	if (r == 0)
		*ret = TAKE_PTR(copy);
	return r;
}

void anchors_adopt_decoded(struct anchors *a, const struct anchors *from)
{
	for (size_t i = 0; i < from->entry_count; i++) {
		const struct anchor *other = from->entries[i].anchor;
		struct certificate *c =
			other ? atomic_load(&other->certificate) : NULL;
		const struct anchors_entry *e =
			c ? anchors_find_entry(a, other->sha256) : NULL;

		if (e)
			anchor_keep_decoded(e->anchor, c);
	}
}

bool anchors_remove(
	struct anchors *a, const uint8_t sha256[SHA256_BYTES], unsigned lists)
{
	struct anchors_entry *e = anchors_find_entry(a, sha256);
	unsigned rest = 0;

	if (!e || !(e->anchor->lists & lists))
		return false;
	rest = e->anchor->lists & ~lists;
	/* Without memory for a copy the anchor is removed from all lists: too
	 * little trust is the safe mistake. */
	if (rest & ~(unsigned)ANCHOR_AUTHENTICATED &&
		anchors_set_lists(a, e, rest) == 0)
		return true;
	a->in_lists[e->anchor->lists]--;
	e->anchor = anchor_free(e->anchor);
	a->live--;
	return true;
}

const struct anchor *anchors_find(
	const struct anchors *a, const uint8_t sha256[SHA256_BYTES])
{
	const struct anchors_entry *e = anchors_find_entry(a, sha256);

	return e ? e->anchor : NULL;
}

size_t anchors_count(const struct anchors *a, unsigned lists)
{
	size_t count = 0;

	for (unsigned set = 0; set < ANCHOR_LISTS_SETS; set++)
		if (set & lists)
			count += a->in_lists[set];
	return count;
}

size_t anchors_count_unauthenticated(const struct anchors *a)
{
	size_t count = 0;

	for (unsigned set = 0; set < ANCHOR_AUTHENTICATED; set++)
		if (set & ANCHOR_SERVERS)
			count += a->in_lists[set];
	return count;
}

/* The first entry from index on, along a bucket, with this subject. */
static const struct anchor *anchors_next_in_bucket(const struct anchors *a,
	uint32_t index, const uint8_t *subject, size_t *cursor)
{
	for (; index != NONE; index = a->entries[index].next_same_subject) {
		const struct anchor *anchor = a->entries[index].anchor;

		if (!anchor ||
			memcmp(anchor->subject, subject, SHA256_BYTES) != 0)
			continue;
		*cursor = (size_t)index + 1;
		return anchor;
	}
	return NULL;
}

const struct anchor *anchors_next_of_subject(const struct anchors *a,
	const uint8_t subject[SHA256_BYTES], size_t *cursor)
{
	uint32_t first = NONE;

	if (a->live == 0)
		return NULL;
	first = *cursor == 0
		? a->by_subject[anchors_bucket_of(a, subject)].first
		: a->entries[*cursor - 1].next_same_subject;
	return anchors_next_in_bucket(a, first, subject, cursor);
}

const struct anchor *anchors_next(const struct anchors *a, size_t *cursor)
{
	while (*cursor < a->entry_count) {
		const struct anchor *anchor = a->entries[(*cursor)++].anchor;

		if (anchor)
			return anchor;
	}
	return NULL;
}
