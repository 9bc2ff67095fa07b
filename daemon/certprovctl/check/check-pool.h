/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several runs at once, in one thread: the fetchers work beside each other, and
 * what they find is judged as it comes. Ends early, with all fetchers, at
 * SIGINT and SIGTERM.
 */
#ifndef CERTPROVCTL_CHECK_POOL_H
#define CERTPROVCTL_CHECK_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/certprovctl/check/check-run.h"

/* Named maximum: of runs at once. */
#define CHECK_POOL_MAX_JOBS 64

/* Each may return a negative errno, which ends the pool. */
struct check_jobs {
	size_t count;
	/* The run of the job with this index, in the order of the indexes;
	 * NULL: there is nothing to run. */
	int (*begin)(void *userdata, size_t index, struct check_run **ret);
	/* It is over: error is 0, or what check_run_step() returned. In no
	 * particular order. */
	int (*end)(void *userdata, size_t index, int error);
	void *userdata;
};

/* As many as the processors this process may use, 1 to CHECK_POOL_MAX_JOBS. */
size_t check_pool_usual_jobs(void);

/* 0; -EINTR with the signal's number in *ret_signal; what a job returned; or
 * the negative errno of a call of the system. */
int check_pool_run(
	const struct check_jobs *jobs, size_t at_once, int *ret_signal);

#endif
