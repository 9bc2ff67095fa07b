/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass through the places a phone may provision from, each asked by a run
 * of its own: the setting server, then what provisioning_order names, until
 * one succeeded that says stop. Pure: starts nothing.
 */
#ifndef CERTPROVD_PASS_H
#define CERTPROVD_PASS_H

#include "daemon/certprovd/run/run-context.h"
#include "daemon/certprovd/run/sources.h"

/* All that decides. Borrowed. */
struct pass_facts {
	struct job_server server; /* the setting or Url=; url NULL: neither */
	bool server_is_setting;
	const char *redirection; /* Redirection=, or NULL */
	const struct sources *learnt;
	struct provisioning_order order;
};

struct pass_step {
	enum run_source source;
	struct job_server server;
	bool proceed; /* the next is asked even after a success */
	/* The redirection service: it succeeds by naming another server. */
	bool service;
};

/* Zeroed: none is under way. */
struct pass {
	bool active;
	unsigned asked;       /* a bit for each source */
	struct pass_step now; /* the last that was asked; its url is not kept */
	bool succeeded;       /* one of them has */
};

/* The next to be asked; false when there is none. A setting server takes the
 * place of redirection in the order, and is asked first wherever that
 * stands. */
bool pass_next(const struct pass *p, const struct pass_facts *f,
	struct pass_step *ret);
/* This one is asked now. */
void pass_take(struct pass *p, const struct pass_step *step);
/* It came to its end. True: the pass goes on with the next. */
bool pass_step_ends(struct pass *p, bool fetched);
/* Whether a pass that stopped at one source would have come to another before;
 * stopped is RUN_SOURCE__END: it stopped nowhere. */
bool pass_reaches(const struct pass_facts *f, enum run_source stopped,
	enum run_source source);

#endif
