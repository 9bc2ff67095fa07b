/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where certprovctl writes: how wide it is, and whether it has colours and room
 * for a progress bar. Text from elsewhere is escaped before it gets here
 * (lib/base/text).
 */
#ifndef CERTPROVCTL_SCREEN_H
#define CERTPROVCTL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/macros.h"

/* A terminal or COLUMNS below the minimum counts as that wide. */
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
 * The width is COLUMNS if it is set, otherwise that of the terminal; without a
 * terminal there is none. Colours are used only on a terminal that is not
 * "dumb", and never with NO_COLOR (https://no-color.org).
 */
void screen_init(struct screen *s, FILE *out, FILE *err);

/* Text in a style; plain where there are no colours. */
void screen_put(
	const struct screen *s, enum style style, const char *text, size_t len);

/*
 * Prints a problem to err: "certprovctl: CAUSE" and, on the next line, a remedy
 * unless it is NULL. Both are escaped.
 */
void screen_complain(
	const struct screen *s, const char *cause, const char *remedy);
/* The same with a formatted cause. */
void screen_complainf(const struct screen *s, const char *remedy,
	const char *format, ...) PRINTF_LIKE(3, 4);

#endif
