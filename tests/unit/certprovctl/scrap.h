/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file for a command to read, with certificates in it or anything else.
 */
#ifndef CERTPROV_TESTS_SCRAP_H
#define CERTPROV_TESTS_SCRAP_H

#include <stddef.h>

#include "tests/unit/pki.h"

/* In a fixture, around all others: the files go and so do certificates. */
void scrap_setup(void);
void scrap_teardown(void);

/* An empty file; its name has no blanks and lives until the teardown. */
const char *scrap_new(void);
void scrap_add(const char *path, const void *data, size_t len);
void scrap_add_text(const char *path, const char *text);
void scrap_add_pem(const char *path, const struct pki_cert *c);

/* "WORDS PATH", for paper_run; lives until the next call. */
const char *scrap_words(const char *words, const char *path);

#endif
