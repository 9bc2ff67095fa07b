/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a run for people: where, what, outcome, reason, remedy. And the
 * exit status that stands for the result of a run.
 */
#ifndef CERTPROVCTL_OUTCOMES_H
#define CERTPROVCTL_OUTCOMES_H

#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/session/session.h"

/* The columns of a type Outcome. */
extern const struct column outcome_columns[];
extern const size_t outcome_column_count;
/* The member warnings in one cell: "identifier: sentence" of each, followed by
 * its remedy. */
int outcome_warnings(
	const cJSON *row, const char *member, struct view_cell *ret);
/* The cell of its result: red, yellow or green. */
int outcome_result(const cJSON *row, const char *member, struct view_cell *ret);

/* The lines above a report: what the run was; of a type Run. 0 or -errno. */
int outcomes_print_run(const struct screen *s, const cJSON *run);
/* By the result of a type Run, or NULL for a run that did not end. */
enum exit_status outcomes_status(const cJSON *run);

#endif
