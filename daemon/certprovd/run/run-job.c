/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovd/run/run-state.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/net/url-names.h"
#include "lib/net/url.h"

/* Who named the first url of a run. */
struct first_url {
	const char *text;
	bool trusted;       /* the configuration or an admin */
	bool authenticated; /* or a document that was */
};

/* The url of the request, the setting, the configuration: in this order. */
static int run_find_first_url(const struct run *r,
	const struct run_request *request, struct first_url *ret)
{
	const struct setting_value *setting =
		&r->settings.values[SETTING_SETTING_SERVER];
	int64_t authenticated = 0;

	if (request->url) {
		*ret = (struct first_url){request->url, true, true};
		return 0;
	}
	if (setting->value && *setting->value) {
		bool admin = setting->origin == SETTING_FROM_ADMIN;

		(void)store_get_fact(r->context.store,
			STORE_SETTING_SERVER_AUTHENTICATED, &authenticated);
		*ret = (struct first_url){
			setting->value, admin, admin || authenticated != 0};
		return 0;
	}
	if (!r->context.config->url)
		return -EDESTADDRREQ;
	*ret = (struct first_url){r->context.config->url, true, true};
	return 0;
}

/* scheme://host:port of a first url that is written as a local address by
 * whom we believe: the one origin that may be local. */
static int run_add_local_origin(struct run *r, const struct url *url)
{
	if (!url_host_is_local_literal(url))
		return 0;
	free(r->job.local_origin);
	r->job.local_origin = NULL;
	return string_format(&r->job.local_origin, "%s://%s:%u",
		url->https ? "https" : "http", url->host, url->port);
}

static int run_add_urls(struct run *r, const struct first_url *first)
{
	const struct phone *phone = r->context.phone;
	struct url_variables variables = {
		.mac = phone->mac, .phone_type = phone->type};
	CLEANUP(url_names_done) struct url_names names = {0};
	CLEANUP(url_done) struct url url = {0};
	int error = url_first_files(first->text, &variables, &names);

	for (size_t i = 0; error == 0 && i < names.count; i++)
		error = fetch_job_add_url(&r->job, names.urls[i]);
	if (error == 0)
		error = url_redact_userinfo(first->text, &r->summary.url);
	if (error == 0 && first->trusted) {
		error = url_parse(names.urls[0], &url);
		if (error == 0)
			error = run_add_local_origin(r, &url);
	}
	r->root_authenticated = first->authenticated;
	return error;
}

static int run_add_document(struct run *r, const struct run_request *request)
{
	r->root_authenticated = true;
	if (request->document)
		return string_replace(&r->job.document, request->document);
	r->document_fd = fcntl(request->document_fd, F_DUPFD_CLOEXEC, 0);
	return r->document_fd < 0 ? -errno : 0;
}

/* The vendor's form, which servers key on: model, version, MAC address. */
static int run_add_user_agent(struct run *r)
{
	const struct phone *phone = r->context.phone;
	bool mac = phone->mac && r->context.config->mac_in_user_agent;
	char version[FIRMWARE_TEXT_SIZE];

	firmware_format(&r->firmware, version);
	return string_format(&r->job.user_agent,
		"Mozilla/4.0 (compatible; %s-SIP %s certprov-%s%s%s)",
		phone->type ? phone->type : "snom",
		*version ? version : "0.0.0", CERTPROV_VERSION, mac ? " " : "",
		mac ? phone->mac : "");
}

/* What the fetcher acts on; a secret is none of it. */
static int run_add_settings(struct run *r)
{
	int error = 0;

	for (int i = 0; error == 0 && i < SETTING__END; i++) {
		enum setting_id id = (enum setting_id)i;

		if (id == SETTING_SETTING_SERVER)
			continue;
		error = fetch_pairs_add(&r->job.settings, setting_get(id)->name,
			settings_effective(&r->settings, &r->firmware, id),
			FETCH_JOB_MAX_SETTINGS);
	}
	return error;
}

/* An intermediate that could be accepted in its own right now has to be
 * offered again; where the chain rule holds it can never be. */
static bool run_may_become_more(const struct run *r, const uint8_t *sha256)
{
	const struct anchor *a = anchors_find(r->trust->anchors, sha256);

	return a && !anchor_begins_trust(a) &&
		!firmware_has(&r->firmware, RULE_PROVISIONED_CHAIN_REQUIRED);
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

static void run_add_limits(struct run *r)
{
	const struct config *c = r->context.config;

	r->job.limits = (struct fetch_limits){
		.documents = c->documents,
		.depth = c->depth,
		.document_bytes = c->document_bytes,
		.certificates = c->certificates,
		.parallel = c->parallel,
		.per_host = c->per_host,
		.seconds = (unsigned)c->time_limit,
	};
	r->job.retries = c->retries;
	r->job.allow_local = c->allow_local;
	r->job.no_downloads = settings_forbid_runs(&r->settings, &r->firmware);
}

static int run_add_texts(struct run *r)
{
	const struct config *c = r->context.config;
	const struct phone *phone = r->context.phone;
	const struct trust *trust = r->trust;
	int error = string_replace(&r->job.mac_address, phone->mac);

	if (error == 0)
		error = string_replace(&r->job.phone_type, phone->type);
	if (error == 0)
		error = string_replace(&r->job.proxy, c->proxy);
	if (error == 0)
		error = string_replace(
			&r->job.tls_minimum, config_tls_name(c->tls_minimum));
	if (error == 0)
		error = string_replace(&r->job.store, trust->store);
	r->job.generation = trust->generation;
	return error;
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

/* Copies: a reload takes the configuration's own away during the run. */
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
	/* What is distrusted now is judged by from the next offer on. */
	if (error == 0)
		error = trust_follow_distrust(
			r->trust, trust_state_trust(r->context.state));
	if (error >= 0)
		error = fetch_session_follow_distrust(
			r->session, trust_state_trust(r->context.state));
	return error;
}

int run_make_job(struct run *r, const struct run_request *request)
{
	bool inline_document = request->document || request->document_fd >= 0;
	struct first_url first = {0};
	int error = run_choose_firmware(r, request);

	if (error == 0)
		error = run_copy_trust(r);
	if (error == 0 && inline_document)
		error = run_add_document(r, request);
	if (error == 0 && !inline_document) {
		error = run_find_first_url(r, request, &first);
		if (error == 0)
			error = run_add_urls(r, &first);
	}
	if (error == 0)
		error = run_add_user_agent(r);
	if (error == 0)
		error = run_add_settings(r);
	if (error == 0)
		error = store_each_validator(
			r->context.store, run_add_validator, r);
	if (error == 0)
		error = run_add_texts(r);
	run_add_limits(r);
	return error;
}
