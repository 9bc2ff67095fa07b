/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that prints the replies to one call: a table of many rows, which
 * come one per reply or all in an array, or a block for a single thing.
 */
#ifndef CERTPROVCTL_LISTING_H
#define CERTPROVCTL_LISTING_H

#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/session/service.h"

struct listing {
	enum service service;
	const char *method;
	/* Where the rows are: with many, the array of this name; otherwise the
	 * object of this name, one per reply if more is set. NULL: the reply
	 * itself. */
	const char *member;
	bool many;
	bool more;
	bool block;       /* print blocks, not a table */
	const char *none; /* printed if there are no rows */
	const struct column *columns;
	size_t column_count;
};

/* with may be NULL: no parameters. */
enum exit_status listing_run(struct session *s, const struct listing *l,
	const struct service_parameters *with);

#endif
