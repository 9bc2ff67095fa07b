/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that was checked, as text for people: for one file its elements and what
 * there is to say of them; for several a line each, and equal problems once.
 */
#ifndef CERTPROVCTL_CHECK_SUMMARY_H
#define CERTPROVCTL_CHECK_SUMMARY_H

#include "daemon/certprovctl/check/check-file.h"
#include "daemon/certprovctl/check/check-list.h"
#include "daemon/certprovctl/check/check-text.h"
#include "daemon/certprovctl/output/screen.h"

struct check_report {
	const struct check_file *files; /* arranged */
	size_t count;
	const struct check_list *list;
	bool one;        /* a file was named, and nothing else */
	bool has_phones; /* they are not all the same */
	enum check_rows rows;
};

/* As table_print(). */
int check_summary_print(const struct check_report *r, const struct screen *s);

#endif
