/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress of a run: a bar on a terminal, a few plain lines elsewhere. It
 * goes to standard error, so that a pipe gets the report alone.
 */
#ifndef CERTPROVCTL_PROGRESS_H
#define CERTPROVCTL_PROGRESS_H

#include <stdint.h>

#include "daemon/certprovctl/output/screen.h"

#define PROGRESS_PHASE_SIZE 24

/* Starts zeroed but for the screen. */
struct progress {
	const struct screen *screen;
	char phase[PROGRESS_PHASE_SIZE];
	int64_t quarter; /* the last one printed */
	bool drawn;      /* a bar is on the screen */
};

void progress_show(
	struct progress *p, const char *phase, int64_t done, int64_t total);
/* Removes the bar from the screen. */
void progress_end(struct progress *p);

#endif
