/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/anchors-used.h"

#include <string.h>

/* Its place, or the count when it is not there. */
static size_t anchors_used_find(
	const struct anchors_used *u, const uint8_t sha256[SHA256_BYTES])
{
	size_t i = 0;

	while (i < u->count && memcmp(u->sha256[i], sha256, SHA256_BYTES) != 0)
		i++;
	return i;
}

void anchors_used_note(
	struct anchors_used *u, const uint8_t sha256[SHA256_BYTES])
{
	size_t place = anchors_used_find(u, sha256);

	if (place == u->count && u->count < ANCHORS_USED_MAX)
		u->count++;
	if (place == ANCHORS_USED_MAX)
		place--;
	memmove(u->sha256[1], u->sha256[0], place * sizeof(u->sha256[0]));
	memcpy(u->sha256[0], sha256, SHA256_BYTES);
}

bool anchors_used_have(
	const struct anchors_used *u, const uint8_t sha256[SHA256_BYTES])
{
	return anchors_used_find(u, sha256) < u->count;
}
