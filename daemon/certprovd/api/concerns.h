/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator should look at, for Status: one table of identifier,
 * sentence and remedy. A concern is a state: it is there for as long as what it
 * says holds. Changes nothing.
 */
#ifndef CERTPROVD_CONCERNS_H
#define CERTPROVD_CONCERNS_H

#include "daemon/certprovd/api/api.h"
#include "daemon/certprovd/api/concerns-ends.h"
#include "lib/provisioning/guard.h"

/* One more is left out. */
#define CONCERNS_MAX 64

struct concern {
	const char *identifier; /* stays */
	char *sentence;
	char *remedy;  /* or NULL: nothing is to be done */
	int64_t since; /* 0: not known */
};

struct concerns {
	struct concern items[CONCERNS_MAX];
	size_t count;
};
void concerns_done(struct concerns *c);

/* What Status is made of; gathered once a call. */
struct status {
	const struct api *api;
	const struct trust *trust;
	int64_t now;
	bool clock_trusted;
	unsigned quarantined;
	unsigned withdrawn;
	unsigned refused; /* that the firmware would refuse now */
	/* while Bootstrap=until-authenticated waits: for what */
	int64_t closed_by;
	int64_t closed_at;
	bool bootstrap_waits;
	char *bootstrap_reason;
	struct concerns_ends ends;
	struct guard_answer lockout; /* the last good server is not trusted */
	/* of the last run that finished */
	int64_t finished;
	char *result;
	/* the last complete run, and when it finished; 0: none */
	int64_t complete_run;
	int64_t completed;
	/* where the next run begins; NULL: nowhere */
	const char *server;
	enum run_source server_source;
	struct concerns concerns;
};

/* All that hold now, for concerns_done(). 0 or -ENOMEM. */
int concerns_gather(const struct status *s, struct concerns *ret);

#endif
