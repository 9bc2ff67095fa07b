/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A screen in memory, and certprovctl run on it as from a command line.
 */
#ifndef CERTPROV_TESTS_PAPER_H
#define CERTPROV_TESTS_PAPER_H

#include "daemon/certprovctl/output/screen.h"

/* As fixtures of a case. The environment of the tests says nothing of
 * widths, colours and sockets. */
void paper_setup(void);
void paper_teardown(void);

/* A screen of this width, 0 for any. */
struct screen *paper_screen(size_t width);
/* What was written so far; lives until the next such call. */
const char *paper_out(void);
const char *paper_err(void);
/* This is part of what was written to out, or to err. */
void paper_prints(const char *part);
void paper_says(const char *part);

/* Run "certprovctl WORDS", words being split at blanks; its exit status. What
 * was written before is forgotten. */
int paper_run(const char *words);

#endif
