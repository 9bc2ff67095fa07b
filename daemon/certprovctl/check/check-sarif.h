/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is to say of checked files as SARIF 2.1.0 (OASIS), for code
 * review tools: a result for each refusal and warning of an element, a rule for
 * each identifier.
 */
#ifndef CERTPROVCTL_CHECK_SARIF_H
#define CERTPROVCTL_CHECK_SARIF_H

#include "daemon/certprovctl/check/check-file.h"
#include "daemon/certprovctl/check/check-problems.h"
#include "daemon/certprovctl/output/screen.h"

/* Of arranged files. 0 or -ENOMEM. */
int check_sarif_print(
	const struct check_file *files, size_t count, const struct screen *s);

/* A path or URL as a URI reference. Caller frees. 0 or -ENOMEM. */
int check_sarif_uri_of(const char *name, char **ret);

#endif
