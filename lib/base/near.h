/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the known names a misspelt one is near: for hints, so it decides
 * nothing. Bounded by the lengths of the known names, whatever a peer sends.
 */
#ifndef CERTPROV_NEAR_H
#define CERTPROV_NEAR_H

#include <stddef.h>

/* Longer names are near nothing. */
#define NEAR_MAX_BYTES 64
/* A letter more, less or other, or two that changed places, is one edit. So
 * many are near: none for up to three letters, one for up to seven. */
#define NEAR_MAX_EDITS 2
#define NEAR_NOT (NEAR_MAX_EDITS + 1U)

/* Edits from one to the other, whatever their case; NEAR_NOT when that is more
 * than the length of the known name allows. */
unsigned near_edits(const char *name, const char *known);

/* The nearest of the known names, the first of several; NULL: none is near. An
 * equal name is near as well. */
const char *near_find(
	const char *name, const char *const known[], size_t count);

#endif
