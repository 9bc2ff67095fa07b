/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of its own for each test, gone after it; and what tests do to
 * files in it. Fails the test when the machine does not cooperate.
 */
#ifndef CERTPROV_TESTS_SCRATCH_H
#define CERTPROV_TESTS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As fixtures of a case. */
void scratch_setup(void);
void scratch_teardown(void);

const char *scratch(void);
/* A path in it; one of eight buffers in turn. */
const char *scratch_path(const char *name);

void scratch_write(const char *name, const char *text);
/* The file as text in new memory; NULL when there is none. */
char *scratch_read(const char *name);
bool scratch_exists(const char *name);
off_t scratch_size(const char *name);
/* Overwrite part of a file in place. */
void scratch_patch(const char *name, off_t at, const void *data, size_t len);
/* Where the bytes first stand in the file; fails when nowhere. */
off_t scratch_find(const char *name, const void *data, size_t len);

#endif
