/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/findings.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/string.h"

void findings_done(struct findings *f)
{
	free(f->digests);
	*f = (struct findings){0};
}

static int findings_digest(
	enum finding kind, const char *text, uint8_t ret[SHA256_BYTES])
{
	CLEANUP(free) char *whole = NULL;
	int r = string_format(&whole, "%c%s", (char)kind, text);

	return r < 0 ? r : digest_sha256(whole, strlen(whole), ret);
}

static bool findings_make_room(struct findings *f)
{
	size_t room = f->room ? 2 * f->room : 64;
	uint8_t(*digests)[SHA256_BYTES] = NULL;

	if (f->count == FINDINGS_MAX)
		return false;
	if (f->count < f->room)
		return true;
	digests = reallocarray(f->digests, room, sizeof(*digests));
	if (!digests)
		return false;
	f->digests = digests;
	f->room = room;
	return true;
}

void findings_add(struct findings *f, enum finding kind, const char *text)
{
	uint8_t digest[SHA256_BYTES];

	if (!text || f->lost)
		return;
	f->lost = !findings_make_room(f) ||
		findings_digest(kind, text, digest) < 0;
	if (f->lost)
		return;
	memcpy(f->digests[f->count++], digest, sizeof(digest));
	f->sorted = false;
}

static int findings_compare(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_BYTES);
}

bool findings_have(struct findings *f, enum finding kind, const char *text)
{
	uint8_t digest[SHA256_BYTES];

	if (!text || f->count == 0)
		return false;
	if (findings_digest(kind, text, digest) < 0) {
		f->lost = true;
		return false;
	}
	if (!f->sorted)
		qsort(f->digests, f->count, sizeof(*f->digests),
			findings_compare);
	f->sorted = true;
	return bsearch(digest, f->digests, f->count, sizeof(*f->digests),
		       findings_compare) != NULL;
}
