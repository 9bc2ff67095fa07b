/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which anchors verified a peer since the start, or verify the provisioning
 * server. Of the hundred and more authorities of a firmware a phone uses a few,
 * and only the end of those matters. In memory alone; who verifies from a
 * snapshot is not seen.
 */
#ifndef CERTPROVD_ANCHORS_USED_H
#define CERTPROVD_ANCHORS_USED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/sha256-size.h"

/* Past it, the one that was used longest ago is forgotten. */
#define ANCHORS_USED_MAX 64

/* The last one used first. Zeroed is empty. */
struct anchors_used {
	uint8_t sha256[ANCHORS_USED_MAX][SHA256_BYTES];
	size_t count;
};

/* A peer was trusted because of this anchor. */
void anchors_used_note(
	struct anchors_used *u, const uint8_t sha256[SHA256_BYTES]);
bool anchors_used_have(
	const struct anchors_used *u, const uint8_t sha256[SHA256_BYTES]);

#endif
