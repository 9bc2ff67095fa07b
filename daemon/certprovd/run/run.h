/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One execution of provisioning, from the daemon's end: the job for a
 * fetcher, what it offers judged by lib/candidates, what is accepted made
 * durable in groups, and the report. Never reads the network or a document.
 */
#ifndef CERTPROVD_RUN_H
#define CERTPROVD_RUN_H

#include <systemd/sd-event.h>

#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/config/phone.h"
#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/sys/clock.h"
#include "daemon/certprovd/sys/server.h"
#include "daemon/certprovd/trust/rejections.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "lib/base/macros.h"
#include "lib/provisioning/outcome.h"

/* What one run says in the log, in lines and in bytes of their texts; the rest
 * is counted in one line at its end, and is in the report. */
#define RUN_MAX_LOG_LINES 200
#define RUN_MAX_LOG_BYTES ((size_t)128 * 1024)
/* After the time limit of the run the fetcher has this long to say so. */
#define RUN_GRACE_SECONDS 10
/* After its last word it has this long to close the connection. */
#define RUN_FAREWELL_SECONDS 2

enum run_result {
	RUN_UNDER_WAY,
	RUN_COMPLETE, /* everything was fetched and judged */
	RUN_PARTIAL,
	RUN_FAILED,
	RUN_CANCELLED,
	RUN_RESULT__END
};
const char *run_result_name(enum run_result result); /* NULL: under way */

/* What a run works with; all borrowed, for as long as it lives. */
struct run_context {
	sd_event *event;
	struct server *server;
	struct store *store;
	struct trust_state *state;
	struct rejections *rejections;
	const struct config *config;
	const struct phone *phone;
	const struct clock *clock;
	const uid_t *fetch_uid; /* of [fetch] User=; -1 when there is none */
};

struct run_request {
	const char *url;      /* NULL: the setting server */
	const char *document; /* inline, or NULL */
	int document_fd;      /* a larger one, or -1; stays the caller's */
	bool dry_run;
	const char *firmware; /* judge as this version; only in a dry run */
};

/* Texts are the run's. Numbers grow while it is under way. */
struct run_summary {
	int64_t id; /* 0: a dry run */
	char *url;  /* without userinfo, or NULL */
	char *firmware;
	char *reason; /* why it failed, or NULL */
	int64_t started;
	int64_t finished;
	enum run_result result;
	bool dry_run;
	int64_t documents;
	int64_t certificates;
	int64_t accepted;
	int64_t refused;
	int64_t bytes;
};

/* Who hears of it; always from the event loop, never from run_start. */
struct run_listener {
	void (*outcome)(void *userdata, const struct outcome *outcome);
	void (*progress)(
		void *userdata, const char *phase, int64_t done, int64_t total);
	/* The last call; the run may be freed in it. */
	void (*finished)(void *userdata, const struct run_summary *summary);
};

struct run;

/*
 * Begin. -EINVAL for a url or firmware that is none, -EDESTADDRREQ when no
 * setting server is known, -ENOMEM and what the store says; otherwise it is
 * under way, and even that no fetcher can be reached is told by its end.
 */
int run_start(const struct run_context *context,
	const struct run_request *request, const struct run_listener *listener,
	void *userdata, struct run **ret);
/* Settings or trust have changed: what an admin set meanwhile is no longer the
 * run's to set, and what is distrusted now it does not accept, and its fetcher
 * hears of. 0, -ENOSPC or -ENOMEM, and then the run had better be cancelled. */
int run_follow_admin(struct run *r);
/* Ends it at the next turn of the loop. */
void run_cancel(struct run *r);
/* One that is under way is ended at once and reported as cancelled, without
 * telling the listener. NULL is fine. */
struct run *run_free(struct run *r);
DEFINE_CLEANUP(struct run, run_free);

const struct run_summary *run_summary(const struct run *r);
/* Whether this request asks for what the run does. */
bool run_is_for(const struct run *r, const struct run_request *request);

#endif
