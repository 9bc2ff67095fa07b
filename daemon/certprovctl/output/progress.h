/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a run is, for who waits: a bar that is drawn over on a terminal,
 * plain lines elsewhere, a few of them. Goes to where problems go, so that
 * what is piped on is the report alone.
 */
#ifndef CERTPROVCTL_PROGRESS_H
#define CERTPROVCTL_PROGRESS_H

#include <stdint.h>

#include "daemon/certprovctl/output/screen.h"

#define PROGRESS_PHASE_SIZE 24

/* Zeroed but for the screen is the beginning. */
struct progress {
	const struct screen *screen;
	char phase[PROGRESS_PHASE_SIZE];
	int64_t quarter; /* the last that had a line */
	bool drawn;      /* a bar is on the screen */
};

void progress_show(
	struct progress *p, const char *phase, int64_t done, int64_t total);
/* Take the bar off the screen. */
void progress_end(struct progress *p);

#endif
