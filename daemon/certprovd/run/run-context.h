/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The types of a run that its parts (run-state.h) and its users (run.h) share.
 */
#ifndef CERTPROVD_RUN_CONTEXT_H
#define CERTPROVD_RUN_CONTEXT_H

#include <cjson/cJSON.h>
#include <systemd/sd-event.h>

#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/config/phone.h"
#include "daemon/certprovd/identity/identities.h"
#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/sys/clock.h"
#include "daemon/certprovd/sys/server.h"
#include "daemon/certprovd/trust/rejections.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "lib/provisioning/job-plan.h"
#include "lib/provisioning/outcome.h"

/* What one run writes to the log, in lines and in bytes of their texts. The
 * rest is counted in one line at its end; the report has all of it. */
#define RUN_MAX_LOG_LINES 200
#define RUN_MAX_LOG_BYTES ((size_t)128 * 1024)
/* After the time limit of the run the fetcher has this long to finish. */
#define RUN_GRACE_SECONDS 10
/* After Finish it has this long to close the connection. */
#define RUN_FAREWELL_SECONDS 2

/* Watchers of one run; one more is refused. */
#define RUN_MAX_WATCHES 32

enum run_result {
	RUN_UNDER_WAY,
	RUN_COMPLETE, /* everything was fetched and judged */
	RUN_PARTIAL,
	RUN_FAILED,
	RUN_CANCELLED,
	RUN_RESULT__END
};
const char *run_result_name(enum run_result result); /* NULL: under way */

/* Who named the URL of a run. From redirection on, in the order of enum
 * provisioning_source. */
enum run_source {
	RUN_FROM_REQUEST, /* it came with the call, as a document may */
	RUN_FROM_SETTING,
	RUN_FROM_CONFIGURATION,
	RUN_FROM_REDIRECTION,
	RUN_FROM_PNP,
	RUN_FROM_DHCP,
	RUN_FROM_DHCP114,
	RUN_FROM_TR69,
	RUN_SOURCE__END
};
const char *run_source_name(enum run_source source);

/* Why it began. */
enum run_cause {
	RUN_BY_SCHEDULE,
	RUN_BY_REQUEST,
	RUN_BY_OFFER, /* OfferSettingServer */
	/* Of the run before, which led here at once: a file of it changed the
	 * setting; it failed; it did not, and the order says proceed. */
	RUN_BY_SETTING_SERVER,
	RUN_BY_ORDER,
	RUN_BY_FAILURE,
	RUN_BY_PROCEEDING,
	RUN_CAUSE__END
};
const char *run_cause_name(enum run_cause cause);

/* URLs of the runs that led to one at once; older ones are left out. */
#define RUN_MAX_CHAIN 16

/* What a run works with; all borrowed, for as long as it lives. */
struct run_context {
	sd_event *event;
	struct server *server;
	struct store *store;
	struct trust_state *state;
	struct rejections *rejections;
	const struct config *config;
	const struct identities *identities;
	const struct phone *phone;
	const struct clock *clock;
	const uid_t *fetch_uid; /* of [fetch] User=; -1 when there is none */
};

/* Where a run begins that has neither url nor document in its request. */
struct run_start {
	enum run_source source;
	enum run_cause cause;
	struct job_server server; /* borrowed */
	int64_t previous;         /* the run that led here; 0: none */
	const cJSON *chain;       /* their URLs, oldest first; or NULL */
};

struct run_request {
	const char *url;      /* NULL: the setting server */
	const char *document; /* inline, or NULL */
	int document_fd;      /* a larger one, or -1; stays the caller's */
	bool dry_run;
	const char *firmware; /* judge as this version; only in a dry run */
	const char *asker;    /* for the history, or NULL */
	/* NULL: url or document, on request */
	const struct run_start *start;
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
	enum run_source source;
	enum run_cause cause;
	int64_t previous; /* 0: none */
	cJSON *chain;     /* or NULL */
	char *next;       /* what follows at once, or why nothing; or NULL */
	/* How many seconds its servers asked to wait; 0: they did not. */
	int64_t retry_after_s;
};

/* Who watches a run; any may be NULL. Called from the event loop, never from
 * run_start(). */
struct run_watcher {
	/* Of the owner alone: it has ended and is about to be written; next may
	 * be set. */
	void (*ends)(void *userdata, struct run_summary *summary);
	void (*outcome)(void *userdata, const struct outcome *outcome);
	void (*progress)(
		void *userdata, const char *phase, int64_t done, int64_t total);
	/* The last call. */
	void (*finished)(void *userdata, const struct run_summary *summary);
};

#endif
