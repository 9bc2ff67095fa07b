/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/job-plan.h"

#include "lib/base/string.h"
#include "lib/net/url-names.h"
#include "lib/net/url.h"

struct job_server job_find_server(const char *requested,
	const struct settings *settings, bool setting_authenticated,
	const char *configured)
{
	const struct setting_value *setting =
		&settings->values[SETTING_SETTING_SERVER];
	bool admin = setting->origin == SETTING_FROM_ADMIN;

	if (!requested && setting->value && *setting->value)
		return (struct job_server){.url = setting->value,
			.trusted = admin,
			.authenticated = admin || setting_authenticated};
	return (struct job_server){.url = requested ? requested : configured,
		.trusted = true,
		.authenticated = true};
}

enum fetch_scope job_find_scope(const struct settings *settings,
	const struct firmware *firmware, bool said_now)
{
	if (settings_forbid_runs(settings, firmware))
		return FETCH_SCOPE_NOTHING;
	if (!settings_forbid_downloads(settings, firmware))
		return FETCH_SCOPE_ALL;
	return said_now ? FETCH_SCOPE_FIRST : FETCH_SCOPE_DOCUMENTS;
}

/* scheme://host:port of a first url whose host is a local address: the only
 * origin that may be local. */
static int job_add_local_origin(struct fetch_job *job, const char *text)
{
	CLEANUP(url_done) struct url url = {0};
	int r = url_parse(text, &url);

	if (r < 0 || !url_host_is_local_literal(&url))
		return r;
	return string_format(&job->local_origin, "%s://%s:%u",
		url.https ? "https" : "http", url.host, url.port);
}

static int job_add_urls(const struct job_plan *plan, struct fetch_job *job)
{
	const struct url_variables variables = {
		.mac = plan->mac, .phone_type = plan->phone_type};
	CLEANUP(url_names_done) struct url_names names = {0};
	int r = url_first_files(plan->server->url, &variables, &names);

	for (size_t i = 0; r == 0 && i < names.count; i++)
		r = fetch_job_add_url(job, names.urls[i]);
	if (r == 0 && plan->server->trusted)
		r = job_add_local_origin(job, names.urls[0]);
	return r;
}

/* The vendor's form, which servers key on: model, version, MAC address. */
static int job_add_user_agent(
	const struct job_plan *plan, struct fetch_job *job)
{
	bool mac = plan->mac && plan->mac_in_user_agent;
	char version[FIRMWARE_TEXT_SIZE];

	firmware_format(&plan->trust->policy.firmware, version);
	return string_format(&job->user_agent,
		"Mozilla/4.0 (compatible; %s-SIP %s certprov-%s%s%s)",
		plan->phone_type ? plan->phone_type : "snom",
		*version ? version : "0.0.0", CERTPROV_VERSION, mac ? " " : "",
		mac ? plan->mac : "");
}

/* Nobody who could not be believed says where a password goes that somebody
 * who could be believed has set. */
static int job_add_user(const struct job_plan *plan, struct fetch_job *job)
{
	const struct settings *s = plan->settings;
	const char *user = s->values[SETTING_HTTP_CLIENT_USER].value;
	const struct setting_value *password =
		&s->values[SETTING_HTTP_CLIENT_PASS];
	bool believed = plan->user_authenticated ||
		password->origin == SETTING_FROM_ADMIN;
	int r = 0;

	if (!user || !*user)
		return 0;
	job->user_withheld = believed && !plan->server->authenticated;
	if (job->user_withheld)
		return 0;
	r = string_replace(&job->user, user);
	return r < 0 ? r : string_replace(&job->password, password->value);
}

int job_build(const struct job_plan *plan, struct fetch_job *job)
{
	int r = string_replace(&job->mac_address, plan->mac);

	if (r == 0)
		r = string_replace(&job->phone_type, plan->phone_type);
	if (r == 0)
		r = string_replace(&job->proxy, plan->proxy);
	if (r == 0)
		r = string_replace(&job->store, plan->trust->store);
	if (r == 0)
		r = job_add_user_agent(plan, job);
	if (r == 0 && plan->server)
		r = job_add_urls(plan, job);
	if (r == 0 && plan->server)
		r = job_add_user(plan, job);
	job->generation = plan->trust->generation;
	job->limits = plan->limits;
	job->retries = plan->retries;
	job->allow_local = plan->allow_local;
	job->offline = plan->offline;
	job->another = plan->another;
	job->scope = job_find_scope(
		plan->settings, &plan->trust->policy.firmware, false);
	return r;
}
