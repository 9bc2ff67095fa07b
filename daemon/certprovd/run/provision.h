/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When provisioning runs, and from where: one run at a time, started by the
 * schedule or by an admin; an equal request joins the one under way. A caller
 * that goes away does not stop a run. What follows a run at once (another
 * server that a file named, the next source in provisioning_order) is decided
 * here, and told with the run.
 */
#ifndef CERTPROVD_PROVISION_H
#define CERTPROVD_PROVISION_H

#include "daemon/certprovd/run/run.h"
#include "lib/base/macros.h"
#include "lib/phone/provisioning-order.h"

struct provision;

/* The context is copied; what it points to must live as long. */
int provision_new(const struct run_context *context, struct provision **ret);
/* A run under way is ended and reported as cancelled; watchers hear no more. */
struct provision *provision_free(struct provision *p); /* NULL is fine */
DEFINE_CLEANUP(struct provision, provision_free);

/* Begin to keep the schedule: a run soon, if there is a server. */
void provision_begin(struct provision *p);
/* Before a factory reset: a run under way is cancelled and has ended. */
void provision_stop_run(struct provision *p);
/* After it: begin as at the first start. */
void provision_begin_anew(struct provision *p);
/* Configuration or settings changed. */
void provision_policy_changed(struct provision *p);

/* Progress for the service manager's status: phase "started" first, "finished"
 * at the end. */
typedef void provision_status(
	void *userdata, const char *phase, int64_t done, int64_t total);
void provision_on_status(
	struct provision *p, provision_status *on_status, void *userdata);

/*
 * Start a run, or join an equal one, and watch it (watcher may be NULL: do
 * not watch, *ret_watch is NULL then). 0; as run_start() and run_watch();
 * -EBUSY when another run is under way, whose id is in *ret_id.
 */
int provision_start(struct provision *p, const struct run_request *request,
	const struct run_watcher *watcher, void *userdata,
	struct run_watch **ret_watch, int64_t *ret_id);

/*
 * What another process learnt about where to provision from; empty: nothing any
 * more. Once it is a reason for a run, and none is under way, there is one
 * soon. 0, and *ret_changed when it is news; as sources_offer().
 */
int provision_offer(struct provision *p, enum provisioning_source source,
	const char *url, bool *ret_changed);

/* Where the next pass begins; false when there is nowhere. The url is
 * borrowed, with credentials. */
bool provision_find_source(
	const struct provision *p, enum run_source *ret, const char **ret_url);

/* A setting changed by a file was not followed at once, because there were
 * SCHEDULE_MAX_RESTARTS within the hour: why, borrowed, or NULL; *ret_since is
 * the wall clock then. Until a run is followed, or begins with the schedule
 * and changes nothing. */
const char *provision_loop(const struct provision *p, int64_t *ret_since);

/* 0, or -ENOENT when no run with this id is under way. */
int provision_cancel(struct provision *p, int64_t id);
/* The run under way, borrowed, or NULL; for what is shown. */
const struct run_summary *provision_current(const struct provision *p);
/* How many runs ended so since the start, dry ones not counted. */
uint64_t provision_finished(const struct provision *p, enum run_result result);
/* Wall clock of the next run by itself; 0 when none is due. */
int64_t provision_next(const struct provision *p);

#endif
