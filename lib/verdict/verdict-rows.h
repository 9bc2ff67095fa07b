/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of lib/verdict: nothing but the table, for lib/verdict/verdict.c
 * alone. Everything a fact goes into stands in brackets, so that a sentence
 * reads well without it; there is no way to write a bracket or brace itself.
 */
#ifndef CERTPROV_VERDICT_ROWS_H
#define CERTPROV_VERDICT_ROWS_H

#include "lib/verdict/verdict.h"

extern const struct verdict_row verdict_rows[VERDICT__END];

#endif
