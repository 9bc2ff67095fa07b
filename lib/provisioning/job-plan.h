/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run is to do, made from the phone, its settings and its trust: the one
 * place where this is decided, for the daemon and for `certprovctl check`.
 */
#ifndef CERTPROV_JOB_PLAN_H
#define CERTPROV_JOB_PLAN_H

#include "lib/phone/settings.h"
#include "lib/provisioning/fetch-job.h"
#include "lib/trust/trust.h"

/* Which server is asked first, and whether its source may be believed. */
struct job_server {
	const char *url;    /* NULL: none is known */
	bool trusted;       /* named by the configuration or an admin */
	bool authenticated; /* or by a document that was authenticated */
};
/*
 * The url of a request, else setting_server, else the configured one; each may
 * be NULL or, the setting, empty. setting_authenticated: the document that
 * named setting_server was.
 */
struct job_server job_find_server(const char *requested,
	const struct settings *settings, bool setting_authenticated,
	const char *configured);

/*
 * What update_policy leaves. An admin who sets never_update means it: nothing
 * is fetched. Where a file says so, runs go on and read the documents that
 * could lift it; said_now: one of this run says so, and what is linked is not
 * read.
 */
enum fetch_scope job_find_scope(const struct settings *settings,
	const struct firmware *firmware, bool said_now);

/* All borrowed. */
struct job_plan {
	const struct settings *settings;
	const struct trust *trust; /* its firmware, store and generation */
	const char *mac;           /* or NULL */
	const char *phone_type;    /* or NULL */
	bool mac_in_user_agent;
	struct fetch_limits limits;
	unsigned retries;
	bool allow_local;
	bool offline;
	bool another;      /* job for the same fetcher */
	const char *proxy; /* or NULL */
	/* Of http_client_pass: the document that set it was authenticated. */
	bool user_authenticated;
	const struct job_server *server; /* NULL: a document is read instead */
};
/* Everything but document, validators and identity. 0, -EINVAL when the url is
 * none, -ENOSPC, -ENOMEM. The job is to be fetch_job_done() in any case. */
int job_build(const struct job_plan *plan, struct fetch_job *job);

#endif
