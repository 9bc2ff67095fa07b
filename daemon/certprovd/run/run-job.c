/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the job that a run gives to the fetcher, and the copies of
 * configuration and trust that it judges with.
 */
#include "daemon/certprovd/run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovd/run/run-state.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/provisioning/job-plan.h"

/* The server that the run asks: an admin's own URL is as good as theirs. */
static struct job_server run_find_server(const struct run_request *request)
{
	if (request->start)
		return request->start->server;
	return (struct job_server){
		.url = request->url, .trusted = true, .authenticated = true};
}

static int run_add_document(struct run *r, const struct run_request *request)
{
	r->root_authenticated = true;
	if (request->document)
		return string_replace(&r->job.document, request->document);
	r->document_fd = fcntl(request->document_fd, F_DUPFD_CLOEXEC, 0);
	return r->document_fd < 0 ? -errno : 0;
}

/* An intermediate that could now be accepted in its own right has to be offered
 * again. With the chain rule that is not possible. */
static bool run_may_become_more(const struct run *r, const uint8_t *sha256)
{
	const struct anchor *a = NULL;

	if (firmware_has(&r->firmware, RULE_PROVISIONED_CHAIN_REQUIRED))
		return false;
	a = anchors_find(r->trust->anchors, sha256);
	return a && !anchor_begins_trust(a);
}

static int run_add_validator(void *userdata, const struct store_validator *v)
{
	struct run *r = userdata;
	char sha256[SHA256_HEX_SIZE];
	char url[SHA256_HEX_SIZE];
	int error = 0;

	if (run_may_become_more(r, v->sha256))
		return 0;
	hex_format(v->url, SHA256_BYTES, url);
	hex_format(v->sha256, SHA256_BYTES, sha256);
	error = fetch_pairs_add(
		&r->validated, url, sha256, FETCH_JOB_MAX_VALIDATORS);
	if (error == 0)
		error = fetch_pairs_add(&r->job.validators, url, v->value,
			FETCH_JOB_MAX_VALIDATORS);
	return error;
}

static bool run_password_is_authenticated(const struct run *r)
{
	int64_t authenticated = 0;

	/* What cannot be read is taken for a secret of somebody's. */
	return store_get_fact(r->context.store,
		       STORE_HTTP_PASSWORD_AUTHENTICATED, &authenticated) < 0 ||
		authenticated != 0;
}

static int run_build_job(struct run *r, const struct job_server *server)
{
	const struct config *c = r->context.config;
	const struct phone *phone = r->context.phone;
	const struct job_plan plan = {
		.settings = &r->settings,
		.trust = r->trust,
		.mac = phone->mac,
		.phone_type = phone->type,
		.mac_in_user_agent = c->mac_in_user_agent,
		.limits = {.documents = c->documents,
			.depth = c->depth,
			.document_bytes = c->document_bytes,
			.certificates = c->certificates,
			.parallel = c->parallel,
			.per_host = c->per_host,
			.seconds = (unsigned)c->time_limit},
		.retries = c->retries,
		.allow_local = c->allow_local,
		.proxy = c->proxy,
		.user_authenticated = run_password_is_authenticated(r),
		.server = server,
	};

	return job_build(&plan, &r->job);
}

/* The firmware of the phone, or the one a dry run asks for. */
static int run_choose_firmware(struct run *r, const struct run_request *request)
{
	int error = 0;

	r->firmware = *trust_state_firmware(r->context.state);
	error = string_replace(&r->summary.firmware,
		request->firmware ? request->firmware
				  : r->context.phone->firmware);
	if (error == 0 && request->firmware)
		error = firmware_parse(request->firmware, &r->firmware);
	return error;
}

/* Copies: a reload replaces the configuration during the run. */
static int run_copy_bootstrap(struct run *r)
{
	const struct config *c = r->context.config;
	size_t size = c->pins.count * sizeof(*r->pins);
	int64_t authenticated = 0;

	r->pins = malloc(size + 1);
	if (!r->pins)
		return -ENOMEM;
	if (size > 0)
		memcpy(r->pins, c->pins.sha256, size);
	(void)store_get_fact(
		r->context.store, STORE_WAS_AUTHENTICATED, &authenticated);
	r->bootstrap = (struct bootstrap_policy){
		.mode = (enum bootstrap)c->bootstrap,
		.was_authenticated = authenticated != 0,
		.pins = (const uint8_t(*)[SHA256_BYTES])r->pins,
		.pin_count = c->pins.count,
	};
	return 0;
}

/* Without its key it is not set, so that a file that has it brings it back. */
static void run_forget_lost_certificate(struct run *r)
{
	struct setting_value *v = &r->settings.values[SETTING_WEBSERVER_CERT];

	if (v->value && identities_lost_webserver(r->context.identities))
		*v->value = 0;
}

/* The run's own copies: a dry run may judge as another firmware would. */
static int run_copy_trust(struct run *r)
{
	int error = settings_copy(
		trust_state_settings(r->context.state), &r->settings);

	if (error == 0)
		error = trust_copy(
			trust_state_trust(r->context.state), &r->trust);
	if (error < 0)
		return error;
	run_forget_lost_certificate(r);
	settings_fill_policy(&r->settings, &r->firmware, &r->trust->policy);
	return run_copy_bootstrap(r);
}

/* What an admin sets during the run is not overwritten by it, and what is
 * distrusted during it is not accepted. */
int run_follow_admin(struct run *r)
{
	const struct settings *now = trust_state_settings(r->context.state);
	int error = 0;

	for (size_t i = 0; error == 0 && i < SETTING__END; i++) {
		const struct setting_value *from = &now->values[i];
		struct setting_value *to = &r->settings.values[i];
		char *value = to->value;

		if (from->origin != SETTING_FROM_ADMIN &&
			to->origin != SETTING_FROM_ADMIN)
			continue;
		error = string_replace(&value, from->value);
		if (error < 0)
			continue;
		*to = *from;
		to->value = value;
	}
	/* It counts from the next offer on. */
	if (error == 0)
		error = trust_follow_distrust(
			r->trust, trust_state_trust(r->context.state));
	if (error >= 0)
		error = fetch_session_follow_distrust(
			r->session, trust_state_trust(r->context.state));
	return error;
}

/* As it is asked for: variables are filled in. */
static int run_make_source(struct run *r)
{
	CLEANUP(free) char *url = NULL;
	int error = url_redact_userinfo(r->job.urls[0], &url);

	if (error == 0)
		error = digest_sha256(url, strlen(url), r->source);
	r->has_source = error == 0;
	return error;
}

static int run_make_url_job(struct run *r, const struct run_request *request)
{
	struct job_server server = run_find_server(request);
	int error = server.url ? run_build_job(r, &server) : -EDESTADDRREQ;

	if (error == 0)
		error = url_redact_userinfo(server.url, &r->summary.url);
	r->root_authenticated = server.authenticated;
	return error < 0 ? error : run_make_source(r);
}

static int run_make_document_job(
	struct run *r, const struct run_request *request)
{
	int error = run_add_document(r, request);

	return error < 0 ? error : run_build_job(r, NULL);
}

int run_make_job(struct run *r, const struct run_request *request)
{
	int error = run_choose_firmware(r, request);

	if (error == 0)
		error = run_copy_trust(r);
	if (error == 0)
		error = request->document || request->document_fd >= 0
			? run_make_document_job(r, request)
			: run_make_url_job(r, request);
	if (error == 0)
		error = run_add_identity(r);
	if (error == 0)
		error = store_each_validator(
			r->context.store, run_add_validator, r);
	return error;
}
