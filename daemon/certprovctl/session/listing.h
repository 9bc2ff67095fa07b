/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that print what one call answers: as a table when there are many
 * rows, one a reply or all in an array of one, or as a block when the reply
 * is the one thing asked for.
 */
#ifndef CERTPROVCTL_LISTING_H
#define CERTPROVCTL_LISTING_H

#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/session/service.h"

struct listing {
	enum service service;
	const char *method;
	/* Where the rows are: with many, in this array; otherwise the object
	 * of this name, one a reply when more is set. NULL: the reply. */
	const char *member;
	bool many;
	bool more;
	bool block;       /* print blocks, not a table */
	const char *none; /* said on the screen when there is no row */
	const struct column *columns;
	size_t column_count;
};

/* Takes what the writer holds; NULL: no parameters. */
enum exit_status listing_run(struct session *s, const struct listing *l,
	struct json_writer *parameters);

#endif
