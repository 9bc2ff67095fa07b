/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checked files as JSON, an object a line: each outcome of each version in the
 * order of decision, then what became of the version.
 */
#ifndef CERTPROVCTL_CHECK_JSON_H
#define CERTPROVCTL_CHECK_JSON_H

#include "daemon/certprovctl/check/check-file.h"
#include "daemon/certprovctl/check/check-list.h"
#include "daemon/certprovctl/output/screen.h"

/* Of a file that is not arranged yet. 0 or -ENOMEM. */
int check_json_print(const struct check_file *f, const struct screen *s);
/* What of directories was passed over. 0 or -ENOMEM. */
int check_json_print_skipped(
	const struct check_list *l, const struct screen *s);

#endif
