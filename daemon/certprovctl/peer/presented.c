/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/presented.h"

#include <string.h>

/* Not in the path. */
#define NOWHERE SIZE_MAX

static const char *const texts[] = {
	[NOTE_NONE] = "",
	[NOTE_UNDECODABLE] = "no certificate",
	[NOTE_REPEATED] = "superfluous: sent before",
	[NOTE_OUT_OF_ORDER] = "out of order: belongs further up",
	[NOTE_ANCHOR] = "superfluous: the anchor need not be sent",
	[NOTE_SUPERFLUOUS] = "superfluous: not part of the path",
};

const char *presented_note_text(enum presented_note note)
{
	return texts[note];
}

void presented_done(struct presented *p)
{
	for (size_t i = 0; i < p->count; i++)
		certificate_free(p->certificates[i]);
	*p = (struct presented){0};
}

size_t presented_find(const struct presented *p, const char *sha256)
{
	size_t i = 0;

	for (; i < p->count; i++)
		if (p->certificates[i] &&
			strcmp(p->certificates[i]->sha256_hex, sha256) == 0)
			break;
	return i;
}

bool presented_has_notes(const struct presented *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->notes[i] != NOTE_NONE)
			return true;
	return false;
}

static int presented_decode_all(const struct chain *chain, struct presented *p)
{
	for (; p->count < chain->count; p->count++) {
		const struct bytes *der = &chain->items[p->count];
		enum verdict why = VERDICT__END;
		int r = certificate_decode(
			der->data, der->len, &p->certificates[p->count], &why);

		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the place of each in the path --- */

struct places {
	size_t of[CHAIN_MAX_CERTIFICATES];
	size_t anchor; /* the last place of a path; NOWHERE without one */
};

static void presented_place_by_path(const struct presented *p,
	const char *const *path, size_t path_count, struct places *ret)
{
	for (size_t i = 0; i < path_count; i++) {
		size_t at = presented_find(p, path[i]);

		if (at < p->count)
			ret->of[at] = i;
	}
	ret->anchor = path_count - 1;
}

/* Finds a certificate without a place that is named as the issuer of c. */
static size_t presented_find_issuer(const struct presented *p,
	const struct places *found, const struct certificate *c)
{
	size_t i = 0;

	for (; i < p->count; i++) {
		const struct certificate *other = p->certificates[i];

		if (other && found->of[i] == NOWHERE &&
			memcmp(other->subject_sha256, c->issuer_sha256,
				SHA256_BYTES) == 0)
			break;
	}
	return i;
}

/* Without a path, the places follow from the names. */
static void presented_place_by_names(
	const struct presented *p, struct places *ret)
{
	size_t at = 0;

	for (size_t place = 0; at < p->count && p->certificates[at]; place++) {
		ret->of[at] = place;
		if (p->certificates[at]->self_signed)
			break;
		at = presented_find_issuer(p, ret, p->certificates[at]);
	}
}

/* --- notes --- */

static enum presented_note presented_note_of(const struct presented *p,
	const struct places *places, size_t i, size_t furthest)
{
	const struct certificate *c = p->certificates[i];
	size_t place = places->of[i];
	bool leaf = i == 0;

	if (!c)
		return NOTE_UNDECODABLE;
	if (presented_find(p, c->sha256_hex) < i)
		return NOTE_REPEATED;
	if (place == NOWHERE)
		return NOTE_SUPERFLUOUS;
	if (place < furthest)
		return NOTE_OUT_OF_ORDER;
	return !leaf && place == places->anchor ? NOTE_ANCHOR : NOTE_NONE;
}

static void presented_note_all(struct presented *p, const struct places *places)
{
	size_t furthest = 0;

	for (size_t i = 0; i < p->count; i++) {
		p->notes[i] = presented_note_of(p, places, i, furthest);
		if (places->of[i] != NOWHERE && places->of[i] > furthest)
			furthest = places->of[i];
	}
}

int presented_new(const struct chain *chain, const char *const *path,
	size_t path_count, struct presented *ret)
{
	CLEANUP(presented_done) struct presented p = {0};
	struct places places = {.anchor = NOWHERE};
	int r = presented_decode_all(chain, &p);

	if (r < 0)
		return r;
	for (size_t i = 0; i < p.count; i++)
		places.of[i] = NOWHERE;
	if (path_count > 0)
		presented_place_by_path(&p, path, path_count, &places);
	else
		presented_place_by_names(&p, &places);
	presented_note_all(&p, &places);
	*ret = TAKE_OBJECT(p);
	return 0;
}
