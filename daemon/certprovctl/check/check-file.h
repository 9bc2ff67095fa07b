/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One checked file or URL: what it is for, its run, and what the versions made
 * of it. What a run could not do becomes an outcome like all others, so that
 * every format shows it.
 */
#ifndef CERTPROVCTL_CHECK_FILE_H
#define CERTPROVCTL_CHECK_FILE_H

#include "daemon/certprovctl/check/check-map.h"
#include "daemon/certprovctl/check/check-matrix.h"
#include "daemon/certprovctl/check/check-run.h"
#include "lib/base/macros.h"

/* Elements by the worst that a version says of them. */
struct check_counts {
	size_t accepted; /* certificates */
	size_t refused;
	size_t warned;
	size_t skipped;
	size_t not_followed; /* links, without --follow */
};

struct check_file {
	const struct check_plan *plan;
	const char *word;                /* borrowed: as it was given */
	char *name;                      /* fit to be shown */
	const struct check_phone *phone; /* borrowed */
	bool is_url;
	int document_fd;
	struct check_subject subject;
	struct matrix *matrix;
	const char *results[CHECK_MAX_VERSIONS]; /* of runs; NULL: failed */
	/* When it is done with: */
	bool unread;            /* as a whole, by some version */
	const char *why_unread; /* the verdict that says so */
	struct check_counts counts;
	const struct outcome *worst; /* or NULL; borrowed from the matrix */
	enum matrix_state worst_state;
};

/* 0 or -ENOMEM. */
int check_file_init(struct check_file *f, const struct check_plan *plan,
	const char *word, const struct check_phone *phone);
void check_file_done(struct check_file *f);

/* Reads it and starts its run; *ret_run stays NULL when it cannot be read,
 * which is told as an outcome. 0 or a negative errno. */
int check_file_begin(struct check_file *f, struct check_run **ret_run);
/* The run is over, or could not go on. 0 or a negative errno. */
int check_file_end(struct check_file *f, int error);
/* "complete", "partial" or "failed". */
const char *check_file_result(const struct check_file *f, size_t version);
/* Makes the rows and counts, once nothing else is to be read in the order in
 * which it came. 0 or -ENOMEM. */
int check_file_arrange(struct check_file *f);

#endif
