/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the servers of a complete run as the last good ones, for the lock-out
 * guard.
 */
#include <string.h>

#include "daemon/certprovd/run/run-state.h"
#include "daemon/certprovd/trust/last-server.h"
#include "lib/base/string.h"
#include "lib/provisioning/job-plan.h"

/* A URL that was asked for once is not where the phone provisions from, unless
 * it has no other. */
static bool run_server_is_own(const struct run *r)
{
	const char *own =
		job_find_server(NULL, trust_state_settings(r->context.state),
			false, r->context.config->url)
			.url;

	return r->summary.source != RUN_FROM_REQUEST || !own || !*own ||
		string_equal(r->asked_url, own);
}

/* Nothing can be guarded of a server that shows no certificate, and what was
 * guarded is not where the phone provisions from any more. */
static bool run_server_is_plain(const struct run *r)
{
	return r->root_authenticated && r->summary.url &&
		strncmp(r->summary.url, "http:", strlen("http:")) == 0;
}

static int run_server_fill(const struct run *r, struct guard *ret)
{
	int error =
		guard_copy_but(fetch_session_servers(r->session), NULL, ret);

	if (error == 0)
		error = guard_set_url(ret, r->summary.url);
	if (error == 0)
		error = guard_set_firmware(ret, r->context.phone->firmware);
	return error < 0
		? error
		: guard_keep_good(ret, trust_state_trust(r->context.state),
			  r->root_authenticated);
}

int run_write_servers(struct run *r, struct guard *ret, bool *ret_keep)
{
	const struct guard *met = fetch_session_servers(r->session);
	int error = 0;

	if (r->summary.result != RUN_COMPLETE || !r->has_source ||
		!run_server_is_own(r))
		return 0;
	error = run_server_fill(r, ret);
	if (error < 0)
		return error;
	if (ret->count == 0 && (met->count > 0 || !run_server_is_plain(r)))
		return 0;
	*ret_keep = true;
	return last_server_write(r->context.store, r->context.state, ret);
}
