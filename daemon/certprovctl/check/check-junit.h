/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checked files as the XML of JUnit, for pipelines: a test suite for each file,
 * a test case for each element and version. Writes XML and reads none.
 */
#ifndef CERTPROVCTL_CHECK_JUNIT_H
#define CERTPROVCTL_CHECK_JUNIT_H

#include <stdio.h>

#include "daemon/certprovctl/check/check-file.h"

/* Of arranged files. 0 or -ENOMEM. */
int check_junit_print(const struct check_file *files, size_t count, FILE *out);

/* A text as it may be in an attribute or between tags. What XML 1.0 has no
 * form for becomes U+FFFD. */
void check_junit_put_text(FILE *out, const char *text);

#endif
