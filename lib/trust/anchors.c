/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/anchors.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

#include "lib/base/digest.h"
#include "lib/trust/der-arena.h"
#include "lib/x509/name-digest.h"
#include "lib/x509/skeleton.h"

#define NONE UINT16_MAX
#define ROOM_MIN ((size_t)256)
#define ENTRIES_A_BUCKET 4
#define SHA256_TAG_BITS 28
#define SHA256_TAG_MASK ((1U << SHA256_TAG_BITS) - 1)
/* An arena is made anew when more than a sixteenth of it, and this, is of
 * certificates that are not there any more. */
#define WASTE_PART 16
#define WASTE_BYTES 4096

_Static_assert(2 * ANCHORS_MAX < NONE,
	"an entry is found by 16 bits: with those removed there are at most "
	"twice as many");
_Static_assert(DER_ARENA_MAX_BYTES == CERTIFICATE_MAX_BYTES,
	"the arena has room for every certificate");
_Static_assert(sizeof(unsigned long) == sizeof(void *),
	"getauxval() returns addresses as numbers");

/* First and last entry of a bucket: this keeps the order of insertion without
 * a walk for each of ten thousand certificates of one name. */
struct bucket {
	uint16_t first;
	uint16_t last;
};

/* A removed anchor leaves its entry behind, which holds nothing, until the
 * tables are rebuilt. */
struct anchors {
	uint64_t key; /* of the tags: random, odd */
	struct anchor *entries;
	size_t entry_count; /* with the removed ones */
	size_t entry_room;
	/* Of the entries, unless NULL. */
	struct anchor_place *places;
	uint8_t (*digests)[SHA256_BYTES];
	bool keeps_digests;
	struct der_arena arena;
	size_t live;
	size_t live_bytes; /* what all that are there take in an arena */
	size_t in_lists[ANCHOR_LISTS_SETS]; /* by the set of their lists */
	struct bucket *by_sha256; /* bucket_count each, a power of two */
	struct bucket *by_subject;
	size_t bucket_count;
	struct anchor_origin *origin; /* the last one set, or NULL */
};

/* --- one anchor --- */

/* Items of an arena have even addresses, and so has what malloc gives. */
static struct certificate *anchor_certificate_in(uint8_t *held)
{
	return (uintptr_t)held & 1 ? (void *)(held - 1) : NULL;
}

static struct certificate *anchor_certificate(const struct anchor *anchor)
{
	return anchor_certificate_in(atomic_load(&anchor->held));
}

bool anchor_is_decoded(const struct anchor *anchor)
{
	return anchor_certificate(anchor);
}

struct bytes anchor_der(const struct anchor *anchor)
{
	uint8_t *held = atomic_load(&anchor->held);
	const struct certificate *c = anchor_certificate_in(held);

	return c ? c->der : der_arena_get(held);
}

/* Hold this certificate, and take a reference, unless another thread was first.
 * Returns the one that is held then. */
static struct certificate *anchor_keep_decoded(
	struct anchor *anchor, struct certificate *c)
{
	uint8_t *held = atomic_load(&anchor->held);

	while (!anchor_certificate_in(held))
		if (atomic_compare_exchange_weak(
			    &anchor->held, &held, (uint8_t *)c + 1))
			return certificate_ref(c);
	return anchor_certificate_in(held);
}

int anchor_decode(const struct anchor *anchor, const struct certificate **ret)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT_MALFORMED;
	struct bytes der = anchor_der(anchor);
	int r = 0;

	*ret = anchor_certificate(anchor);
	if (!*ret)
		r = certificate_decode(der.data, der.len, &c, &why);
	if (r < 0)
		return r;
	/* A reader does not notice that it is decoded on demand. */
	if (c)
		*ret = anchor_keep_decoded((struct anchor *)anchor, c);
	return 0;
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

/* --- the tables --- */

/* Certificates of one tag cost a digest each when one of them is looked for.
 * Without knowing the key nobody can make such: two fingerprints that differ in
 * their first eight bytes share a tag with one key of 2^27. */
static uint32_t anchors_tag_of(const struct anchors *a, const uint8_t *sha256)
{
	uint64_t first = 0;

	memcpy(&first, sha256, sizeof(first));
	return (uint32_t)(first * a->key >> (64 - SHA256_TAG_BITS));
}

/* At boot there may be no random bytes yet, but for those that the kernel has
 * found for each program. */
static uint64_t anchors_make_key(void)
{
	uint64_t key = 0;
	unsigned long address = 0;
	const void *of_program = NULL;

	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) == (ssize_t)sizeof(key))
		return key | 1;
	address = getauxval(AT_RANDOM);
	memcpy(&of_program, &address, sizeof(of_program));
	if (of_program)
		memcpy(&key, of_program, sizeof(key));
	return key | 1;
}

static struct bucket *anchors_sha256_bucket(
	const struct anchors *a, uint32_t tag)
{
	return &a->by_sha256[tag & (a->bucket_count - 1)];
}

static struct bucket *anchors_subject_bucket(
	const struct anchors *a, const uint8_t *subject)
{
	uint32_t hash = 0;

	memcpy(&hash, subject, sizeof(hash));
	return &a->by_subject[hash & (a->bucket_count - 1)];
}

static void anchors_link_entry(struct anchors *a, uint16_t index)
{
	struct anchor *e = &a->entries[index];
	struct bucket *b = anchors_sha256_bucket(a, e->sha256_tag);

	e->next_of_sha256 = NONE;
	e->next_of_subject = NONE;
	if (b->first != NONE)
		a->entries[b->last].next_of_sha256 = index;
	else
		b->first = index;
	b->last = index;

	b = anchors_subject_bucket(a, e->subject);
	if (b->first != NONE)
		a->entries[b->last].next_of_subject = index;
	else
		b->first = index;
	b->last = index;
}

static bool anchors_is_there(const struct anchors *a, size_t index)
{
	return atomic_load(&a->entries[index].held);
}

/* To a place before its own, or to the same. */
static void anchors_move_entry(struct anchors *a, size_t from, size_t to)
{
	if (from == to)
		return;
	a->entries[to] = a->entries[from];
	if (a->places)
		a->places[to] = a->places[from];
	if (a->digests)
		memcpy(a->digests[to], a->digests[from], SHA256_BYTES);
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
		if (!anchors_is_there(a, i))
			continue;
		anchors_move_entry(a, i, kept);
		anchors_link_entry(a, (uint16_t)kept++);
	}
	a->entry_count = kept;
	return 0;
}

static int anchors_grow_places(struct anchors *a, size_t room)
{
	size_t known = a->places ? a->entry_count : 0;
	struct anchor_place *more =
		reallocarray(a->places, room, sizeof(*a->places));

	if (!more)
		return -ENOMEM;
	a->places = more;
	memset(more + known, 0, (room - known) * sizeof(*more));
	return 0;
}

static int anchors_grow_digests(struct anchors *a, size_t room)
{
	void *more = reallocarray(a->digests, room, sizeof(*a->digests));

	if (!more)
		return -ENOMEM;
	a->digests = more;
	return 0;
}

static int anchors_grow(struct anchors *a, size_t room)
{
	struct anchor *more =
		reallocarray(a->entries, room, sizeof(*a->entries));
	int r = 0;

	if (!more)
		return -ENOMEM;
	a->entries = more;
	if (a->places)
		r = anchors_grow_places(a, room);
	if (r == 0 && a->keeps_digests)
		r = anchors_grow_digests(a, room);
	if (r == 0)
		r = anchors_rebuild(a, room / ENTRIES_A_BUCKET);
	/* What is missing is no room: the next call tries again. */
	if (r == 0)
		a->entry_room = room;
	return r;
}

static int anchors_reserve(struct anchors *a)
{
	if (a->entry_count < a->entry_room)
		return 0;
	if (a->entry_count > 0 && a->live * 2 < a->entry_count)
		return anchors_rebuild(a, a->bucket_count);
	return anchors_grow(a, a->entry_room ? 2 * a->entry_room : ROOM_MIN);
}

/* --- looking up --- */

int anchors_sha256_of(const struct anchors *a, const struct anchor *anchor,
	uint8_t ret[SHA256_BYTES])
{
	const struct certificate *c = anchor_certificate(anchor);
	const uint8_t *known = a->digests ? a->digests[anchor - a->entries]
		: c                       ? c->sha256
					  : NULL;
	struct bytes der;

	if (known) {
		memcpy(ret, known, SHA256_BYTES);
		return 0;
	}
	der = anchor_der(anchor);
	return digest_sha256(der.data, der.len, ret);
}

/* Whether this is its fingerprint, 0 or 1; or -EIO. */
static int anchors_is_of(const struct anchors *a, const struct anchor *anchor,
	const uint8_t *sha256)
{
	uint8_t own[SHA256_BYTES];
	int r = anchors_sha256_of(a, anchor, own);

	return r < 0 ? r : memcmp(own, sha256, SHA256_BYTES) == 0;
}

/* The next of this tag from index on, along its bucket. */
static struct anchor *anchors_next_of_tag(
	const struct anchors *a, uint16_t index, uint32_t tag)
{
	for (; index != NONE; index = a->entries[index].next_of_sha256)
		if (anchors_is_there(a, index) &&
			a->entries[index].sha256_tag == tag)
			return &a->entries[index];
	return NULL;
}

static struct anchor *anchors_first_of_tag(
	const struct anchors *a, uint32_t tag)
{
	return a->live == 0
		? NULL
		: anchors_next_of_tag(
			  a, anchors_sha256_bucket(a, tag)->first, tag);
}

static bool anchors_has_encoding(
	const struct anchor *anchor, const void *der, size_t len)
{
	struct bytes own = anchor_der(anchor);

	return own.len == len && memcmp(own.data, der, len) == 0;
}

static struct anchor *anchors_find_encoded(const struct anchors *a,
	const uint8_t *sha256, const void *der, size_t len)
{
	uint32_t tag = anchors_tag_of(a, sha256);
	struct anchor *e = anchors_first_of_tag(a, tag);

	while (e && !anchors_has_encoding(e, der, len))
		e = anchors_next_of_tag(a, e->next_of_sha256, tag);
	return e;
}

const struct anchor *anchors_find_encoding(const struct anchors *a,
	const uint8_t sha256[SHA256_BYTES], const void *der, size_t len)
{
	return anchors_find_encoded(a, sha256, der, len);
}

const struct anchor *anchors_find_certificate(
	const struct anchors *a, const struct certificate *c)
{
	return anchors_find_encoded(a, c->sha256, c->der.data, c->der.len);
}

/* As far as it is known. */
static bool anchors_has_subject(
	const struct anchor *anchor, const uint8_t *subject)
{
	const struct certificate *c = anchor_certificate(anchor);

	return memcmp(anchor->subject, subject, ANCHOR_SUBJECT_BYTES) == 0 &&
		(!c || memcmp(c->subject_sha256, subject, SHA256_BYTES) == 0);
}

int anchors_look_up(const struct anchors *a, const uint8_t sha256[SHA256_BYTES],
	const uint8_t *subject, const struct anchor **ret)
{
	uint32_t tag = anchors_tag_of(a, sha256);
	struct anchor *e = anchors_first_of_tag(a, tag);

	*ret = NULL;
	for (; e; e = anchors_next_of_tag(a, e->next_of_sha256, tag)) {
		int r = !subject || anchors_has_subject(e, subject)
			? anchors_is_of(a, e, sha256)
			: 0;

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		*ret = e;
		return 0;
	}
	return 0;
}

const struct anchor *anchors_find(
	const struct anchors *a, const uint8_t sha256[SHA256_BYTES])
{
	const struct anchor *found = NULL;

	return anchors_look_up(a, sha256, NULL, &found) < 0 ? NULL : found;
}

const struct anchor *anchors_next_of_subject(const struct anchors *a,
	const uint8_t subject[SHA256_BYTES], size_t *cursor)
{
	uint16_t index = NONE;

	if (a->live == 0)
		return NULL;
	index = *cursor == 0 ? anchors_subject_bucket(a, subject)->first
			     : a->entries[*cursor - 1].next_of_subject;
	for (; index != NONE; index = a->entries[index].next_of_subject) {
		if (!anchors_is_there(a, index) ||
			!anchors_has_subject(&a->entries[index], subject))
			continue;
		*cursor = (size_t)index + 1;
		return &a->entries[index];
	}
	return NULL;
}

const struct anchor *anchors_next(const struct anchors *a, size_t *cursor)
{
	while (*cursor < a->entry_count) {
		size_t index = (*cursor)++;

		if (anchors_is_there(a, index))
			return &a->entries[index];
	}
	return NULL;
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

/* --- the set --- */

int anchors_new(struct anchors **ret)
{
	struct anchors *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->key = anchors_make_key();
	a->keeps_digests = true;
	*ret = a;
	return 0;
}

/* What the entry holds besides its DER, which is the arena's. */
static void anchors_release_entry(struct anchors *a, size_t index)
{
	struct anchor *e = &a->entries[index];

	(void)certificate_free(anchor_certificate(e));
	atomic_store(&e->held, NULL);
	if (a->places)
		anchor_place_set(&a->places[index], NULL, 0);
}

struct anchors *anchors_free(struct anchors *a)
{
	if (!a)
		return NULL;
	for (size_t i = 0; i < a->entry_count; i++)
		anchors_release_entry(a, i);
	(void)anchor_origin_free(a->origin);
	der_arena_done(&a->arena);
	free(a->entries);
	free(a->places);
	free(a->digests);
	free(a->by_sha256);
	free(a);
	return NULL;
}

void anchors_forget_digests(struct anchors *a)
{
	free(a->digests);
	a->digests = NULL;
	a->keeps_digests = false;
}

/* Put what is there into an arena of its own, which leaves behind what is not.
 * Without memory all stays as it was. */
static int anchors_renew_arena(struct anchors *a)
{
	CLEANUP(der_arena_done) struct der_arena fresh = {.count = 0};
	CLEANUP(free)
	uint8_t **items = calloc(a->entry_count + 1, sizeof(*items));
	int r = items ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < a->entry_count; i++) {
		const struct anchor *e = &a->entries[i];
		struct bytes der;

		/* A decoded one has its own. */
		if (!anchors_is_there(a, i) || anchor_is_decoded(e))
			continue;
		der = anchor_der(e);
		r = der_arena_put(&fresh, der.data, der.len, &items[i]);
	}
	if (r < 0)
		return r;
	for (size_t i = 0; i < a->entry_count; i++)
		if (items[i])
			atomic_store(&a->entries[i].held, items[i]);
	SWAP(a->arena, fresh);
	return 0;
}

/* Before a block is added, and in a copy. */
static int anchors_bound_waste(struct anchors *a)
{
	size_t most = a->live_bytes + a->live_bytes / WASTE_PART + WASTE_BYTES;

	return der_arena_used(&a->arena) > most ? anchors_renew_arena(a) : 0;
}

/* Its entry is the last one then. */
static void anchors_append(
	struct anchors *a, uint8_t *held, const struct anchor *like, size_t len)
{
	struct anchor *e = &a->entries[a->entry_count];

	*e = (struct anchor){
		.sha256_tag = like->sha256_tag, .lists = like->lists};
	memcpy(e->subject, like->subject, ANCHOR_SUBJECT_BYTES);
	atomic_store(&e->held, held);
	if (a->places)
		a->places[a->entry_count] = (struct anchor_place){.line = 0};
	anchors_link_entry(a, (uint16_t)a->entry_count);
	a->in_lists[e->lists]++;
	a->entry_count++;
	a->live++;
	a->live_bytes += der_arena_cost(len);
}

/* Fill a new set with those in any of these lists. */
static int anchors_copy_entries(
	const struct anchors *from, unsigned lists, struct anchors *to)
{
	const struct anchor *e = NULL;
	size_t cursor = 0;
	size_t room = ROOM_MIN;
	int r = der_arena_share(&from->arena, &to->arena);

	to->key = from->key;
	to->keeps_digests = from->keeps_digests;
	while (room < from->live)
		room *= 2;
	if (r == 0 && from->live > 0)
		r = anchors_grow(to, room);
	while (r == 0 && (e = anchors_next(from, &cursor))) {
		uint8_t *held = atomic_load(&e->held);
		struct certificate *c = anchor_certificate_in(held);

		if (!(e->lists & lists))
			continue;
		if (c)
			(void)certificate_ref(c);
		if (from->digests)
			memcpy(to->digests[to->entry_count],
				from->digests[cursor - 1], SHA256_BYTES);
		anchors_append(to, held, e, anchor_der(e).len);
	}
	return r < 0 ? r : anchors_bound_waste(to);
}

static int anchors_copy_places(const struct anchors *from, struct anchors *to)
{
	size_t at = 0;
	int r = 0;

	if (!from->places || to->entry_room == 0)
		return 0;
	r = anchors_grow_places(to, to->entry_room);
	for (size_t i = 0; r == 0 && i < from->entry_count; i++)
		if (anchors_is_there(from, i))
			anchor_place_set(&to->places[at++],
				from->places[i].origin, from->places[i].line);
	return r;
}

int anchors_copy(const struct anchors *a, struct anchors **ret)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	int r = anchors_new(&copy);

	if (r < 0)
		return r;
	r = anchors_copy_entries(a, ANCHOR_LISTS_SETS - 1, copy);
	if (r == 0)
		r = anchors_copy_places(a, copy);
	if (r == 0)
		*ret = TAKE_PTR(copy);
	return r;
}

static void anchors_set_lists(
	struct anchors *a, struct anchor *e, unsigned lists)
{
	a->in_lists[e->lists]--;
	a->in_lists[lists]++;
	e->lists = lists & (ANCHOR_LISTS_SETS - 1);
}

int anchors_copy_list(
	const struct anchors *a, enum anchor_list list, struct anchors **ret)
{
	CLEANUP(anchors_free) struct anchors *copy = NULL;
	int r = anchors_new(&copy);

	if (r < 0)
		return r;
	r = anchors_copy_entries(a, (unsigned)list, copy);
	if (r < 0)
		return r;
	for (size_t i = 0; i < copy->entry_count; i++)
		anchors_set_lists(copy, &copy->entries[i], (unsigned)list);
	*ret = TAKE_PTR(copy);
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

/* As much of it as is kept. */
static int anchors_read_subject(
	const struct bytes *der, uint8_t ret[ANCHOR_SUBJECT_BYTES])
{
	uint8_t digest[SHA256_BYTES];
	struct skeleton skeleton;
	int r = skeleton_read(der->data, der->len, &skeleton);

	if (r < 0)
		return r;
	r = name_digest(skeleton.subject, digest);
	if (r < 0)
		return r;
	memcpy(ret, digest, ANCHOR_SUBJECT_BYTES);
	return 0;
}

/* One that is not there. */
static int anchors_add_new(struct anchors *a, const struct bytes *der,
	const uint8_t *sha256, unsigned lists)
{
	struct anchor like = {
		.sha256_tag = anchors_tag_of(a, sha256) & SHA256_TAG_MASK,
		.lists =
			anchors_join_lists(0, lists) & (ANCHOR_LISTS_SETS - 1)};
	uint8_t *held = NULL;
	int r = anchors_read_subject(der, like.subject);

	if (r == 0)
		r = a->live >= ANCHORS_MAX ? -ENOSPC : anchors_reserve(a);
	if (r == 0 && !der_arena_has_room(&a->arena, der->len))
		r = anchors_bound_waste(a);
	if (r == 0)
		r = der_arena_put(&a->arena, der->data, der->len, &held);
	if (r < 0)
		return r;
	if (a->digests)
		memcpy(a->digests[a->entry_count], sha256, SHA256_BYTES);
	anchors_append(a, held, &like, der->len);
	return 0;
}

int anchors_add_known(struct anchors *a, const void *der, size_t len,
	const uint8_t sha256[SHA256_BYTES], unsigned lists)
{
	const struct bytes bytes = {(uint8_t *)der, len};
	struct anchor *e = NULL;

	assert(lists < ANCHOR_LISTS_SETS);
	if (len > CERTIFICATE_MAX_BYTES)
		return -EINVAL;
	e = anchors_find_encoded(a, sha256, der, len);
	if (!e)
		return anchors_add_new(a, &bytes, sha256, lists);
	anchors_set_lists(a, e, anchors_join_lists(e->lists, lists));
	return 0;
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

void anchors_adopt_decoded(struct anchors *a, const struct anchors *from)
{
	const struct anchor *other = NULL;
	size_t cursor = 0;

	while ((other = anchors_next(from, &cursor))) {
		struct certificate *c = anchor_certificate(other);
		struct anchor *e = c ? anchors_find_encoded(a, c->sha256,
					       c->der.data, c->der.len)
				     : NULL;

		if (e)
			(void)anchor_keep_decoded(e, c);
	}
}

/* True when it was in one of the lists. */
static bool anchors_remove_entry(
	struct anchors *a, struct anchor *e, unsigned lists)
{
	unsigned rest = e->lists & ~lists;

	if (rest == e->lists)
		return false;
	if (rest & ~(unsigned)ANCHOR_AUTHENTICATED) {
		anchors_set_lists(a, e, rest);
		return true;
	}
	a->in_lists[e->lists]--;
	a->live--;
	a->live_bytes -= der_arena_cost(anchor_der(e).len);
	anchors_release_entry(a, (size_t)(e - a->entries));
	return true;
}

bool anchors_remove(
	struct anchors *a, const uint8_t sha256[SHA256_BYTES], unsigned lists)
{
	uint32_t tag = anchors_tag_of(a, sha256);
	struct anchor *e = anchors_first_of_tag(a, tag);
	bool removed = false;

	for (; e; e = anchors_next_of_tag(a, e->next_of_sha256, tag))
		if (anchors_is_of(a, e, sha256) != 0 &&
			anchors_remove_entry(a, e, lists))
			removed = true;
	return removed;
}

/* --- where they came from --- */

/* Certificates of one document mostly come one after the other. */
static int anchors_find_origin(struct anchors *a, const char *document)
{
	struct anchor_origin *o = NULL;
	int r = 0;

	if (anchor_origin_is_of(a->origin, document))
		return 0;
	r = anchor_origin_new(document, &o);
	if (r < 0)
		return r;
	(void)anchor_origin_free(a->origin);
	a->origin = o;
	return 0;
}

int anchors_set_source(struct anchors *a, const struct anchor *anchor,
	const char *document, int64_t line)
{
	int r = anchors_find_origin(a, document);

	if (r == 0 && !a->places)
		r = anchors_grow_places(a, a->entry_room);
	if (r < 0)
		return r;
	anchor_place_set(&a->places[anchor - a->entries], a->origin, line);
	return 0;
}

int anchors_source_of(
	const struct anchors *a, const struct anchor *anchor, char **ret)
{
	static const struct anchor_place unknown;

	return anchor_place_text(
		a->places ? &a->places[anchor - a->entries] : &unknown, ret);
}
