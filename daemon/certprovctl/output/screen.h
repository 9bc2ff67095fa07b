/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where certprovctl writes, and what may be written there: how wide it is,
 * whether colours and a progress bar make sense. Everything that comes from
 * elsewhere is escaped before it gets here (lib/text).
 */
#ifndef CERTPROVCTL_SCREEN_H
#define CERTPROVCTL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/macros.h"

/* A terminal that says less is treated as that wide; so is COLUMNS. */
#define SCREEN_MIN_WIDTH 20
#define SCREEN_MAX_WIDTH 1000
#define SCREEN_USUAL_WIDTH 80

enum style {
	STYLE_PLAIN,
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_WARNING,
	STYLE_STRONG,
	STYLE__END,
};

struct screen {
	FILE *out;
	FILE *err;
	size_t width; /* of out; 0: whatever a line takes */
	bool colour;  /* on out */
	bool live;    /* err is a terminal: lines can be drawn over */
};

/*
 * COLUMNS decides the width where it is set, else the terminal; what is not
 * a terminal has none. Colours only on a terminal that is not "dumb", and
 * never with NO_COLOR (https://no-color.org).
 */
void screen_init(struct screen *s, FILE *out, FILE *err);

/* Text in a style; plain where there are no colours. */
void screen_put(
	const struct screen *s, enum style style, const char *text, size_t len);

/*
 * A problem on err: "certprovctl: CAUSE" and, on a line of its own, what to
 * do about it (NULL: nothing is known). Both are escaped.
 */
void screen_complain(
	const struct screen *s, const char *cause, const char *remedy);
/* The same with a cause that is made of parts. */
void screen_complainf(const struct screen *s, const char *remedy,
	const char *format, ...) PRINTF_LIKE(3, 4);

#endif
