/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of lib/verdict: nothing but the two tables, for lib/verdict.c
 * alone. Everything a fact goes into stands in brackets, so that a sentence
 * reads well without it; there is no way to write a bracket or brace itself.
 */
#ifndef CERTPROV_VERDICT_ROWS_H
#define CERTPROV_VERDICT_ROWS_H

#include "lib/verdict.h"

struct warning_row {
	const char *name;
	const char *sentence;
};

extern const struct verdict_row verdict_rows[VERDICT__END];
extern const struct warning_row warning_rows[WARNING__END];

#endif
