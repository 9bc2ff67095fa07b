/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/reply-trust.h"
#include "lib/base/string.h"
#include "lib/provisioning/judge.h"
#include "lib/x509/skeleton.h"

/* What Status is made of; gathered once a call. */
struct status {
	const struct api *api;
	const struct trust *trust;
	int64_t now;
	bool clock_trusted;
	unsigned quarantined;
	bool servers_expired;
	/* of the last run that finished */
	int64_t finished;
	char *result;
};

static void status_done(struct status *s)
{
	free(s->result);
}
DEFINE_CLEANUP_EMBEDDED(struct status, status_done);

/* --- what an operator should look at --- */

static bool status_firmware_unknown(const struct status *s)
{
	return !firmware_is_known(trust_state_firmware(s->api->state));
}

static bool status_phone_problem(const struct status *s)
{
	return s->api->phone->problem != NULL;
}

static bool status_authorities_failed(const struct status *s)
{
	return s->api->authorities_failed;
}

static bool status_authorities_empty(const struct status *s)
{
	return anchors_count(s->trust->anchors, ANCHOR_AUTHORITY) == 0;
}

static bool status_store_restored(const struct status *s)
{
	return s->api->store_restored;
}

static bool status_store_newer(const struct status *s)
{
	return store_has_newer(s->api->store);
}

static bool status_store_cannot_be_written(const struct status *s)
{
	return store_read_only(s->api->store);
}

static bool status_certificates_quarantined(const struct status *s)
{
	return s->quarantined > 0;
}

static bool status_unknown_in_memory(const struct status *s)
{
	return s->api->saver->exhausted;
}

static bool status_clock_not_trusted(const struct status *s)
{
	return !s->clock_trusted;
}

static bool status_clock_contradicted(const struct status *s)
{
	return s->api->clock->doubting || s->api->clock->doubted > 0;
}

static bool status_verification_off(const struct status *s)
{
	return s->trust->policy.verification == VERIFICATION_OFF;
}

static bool status_verification_unsupported(const struct status *s)
{
	return s->trust->policy.verification == VERIFICATION_UNSUPPORTED;
}

static bool status_name_check_off(const struct status *s)
{
	return !s->trust->policy.name_check && !status_verification_off(s) &&
		!status_verification_unsupported(s);
}

static bool status_exporting_failed(const struct status *s)
{
	return export_failed(s->api->export);
}

static bool status_export_empty(const struct status *s)
{
	return export_is_empty(s->api->export);
}

static bool status_bootstrap_open(const struct status *s)
{
	return s->api->config->bootstrap == BOOTSTRAP_OPEN;
}

static bool status_servers_expired(const struct status *s)
{
	return s->servers_expired;
}

static bool status_exceptions_expired(const struct status *s)
{
	for (size_t i = 0; i < s->trust->exception_count; i++)
		if (s->trust->exceptions[i].expires < s->now)
			return true;
	return false;
}

static bool status_servers_full(const struct status *s)
{
	return trust_state_count_servers(s->api->state) >=
		s->api->config->servers;
}

static bool status_run_failed(const struct status *s)
{
	return string_equal(s->result, "failed");
}

static bool status_no_setting_server(const struct status *s)
{
	const char *server = settings_effective(
		trust_state_settings(s->api->state),
		trust_state_firmware(s->api->state), SETTING_SETTING_SERVER);

	return !s->api->config->url && (!server || !*server);
}

static bool status_runs_forbidden(const struct status *s)
{
	return settings_forbid_runs(trust_state_settings(s->api->state),
		trust_state_firmware(s->api->state));
}

static bool status_downloads_forbidden(const struct status *s)
{
	return settings_forbid_downloads(trust_state_settings(s->api->state),
		       trust_state_firmware(s->api->state)) &&
		!status_runs_forbidden(s);
}

/* The identifiers stay. */
static const struct {
	bool (*holds)(const struct status *s);
	const char *text;
} concerns[] = {
	{status_firmware_unknown,
		"firmware-unknown: The firmware version is not known; every rule is at its most restrictive."},
	{status_phone_problem,
		"phone-unreadable: What the configuration says about the phone could not be read; see the log."},
	{status_authorities_failed,
		"authorities-failed: The authorities could not be read; those read before are still used."},
	{status_authorities_empty,
		"authorities-empty: There are no authorities; only server certificates are trusted."},
	{status_store_restored,
		"store-restored: The trust database was damaged; it was restored from a backup or started empty."},
	{status_store_newer,
		"store-newer: A newer version wrote the trust database; it was put aside and an older copy is used: install that version again, or remove trust.db.newer.1."},
	{status_store_cannot_be_written,
		"store-read-only: The trust database cannot be written; nothing can be accepted or changed."},
	{status_certificates_quarantined,
		"certificates-quarantined: Stored certificates were damaged; they are kept apart and not trusted."},
	{status_unknown_in_memory,
		"unknown-in-memory: Too many peers were rejected today; further unknown certificates are kept only in memory."},
	{status_clock_not_trusted,
		"clock-not-trusted: The clock is earlier than it can be; dates are compared with the last known time."},
	{status_clock_contradicted,
		"clock-contradicted: A synchronised clock is behind the last known time; after a day of that, the clock is believed."},
	{status_verification_unsupported,
		"verification-unsupported: This firmware does not verify servers."},
	{status_verification_off,
		"verification-off: Servers are not verified: tls_server_authentication is off."},
	{status_name_check_off,
		"name-check-off: Names of servers are not verified: check_fqdn_against_server_cert is off."},
	{status_exporting_failed,
		"export-failed: The trusted CA certificates could not be exported; programs that read files have the previous ones."},
	{status_export_empty,
		"export-empty: There is no CA certificate to export; the previous export stays unless something in it is distrusted."},
	{status_bootstrap_open,
		"bootstrap-open: Certificates are accepted from unauthenticated documents, as the vendor's phones do."},
	{status_servers_expired,
		"servers-expired: Server certificates have expired; provision new ones and remove the old."},
	{status_exceptions_expired,
		"exceptions-expired: Exceptions have expired; renew them or remove their certificates."},
	{status_servers_full,
		"servers-full: There is no room for another server certificate."},
	{status_run_failed,
		"provisioning-failed: The last provisioning run failed; see its report."},
	{status_no_setting_server,
		"no-setting-server: There is no server to provision from."},
	{status_runs_forbidden,
		"downloads-forbidden: update_policy is never_update: provisioning downloads nothing."},
	{status_downloads_forbidden,
		"downloads-forbidden: A file set update_policy to never_update: provisioning reads its files and downloads no certificate."},
};

/* --- gathering --- */

/* Without decoding: there may be thousands, and Status is asked often. */
static bool status_is_expired(const struct anchor *a, int64_t now)
{
	struct skeleton o = {0};
	int64_t end = 0;

	return skeleton_read(a->der.data, a->der.len, &o) == 0 &&
		skeleton_not_after(&o, &end) && end < now;
}

static bool status_any_server_expired(
	const struct anchors *anchors, int64_t now)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;

	while ((a = anchors_next(anchors, &cursor)))
		if ((a->lists & ANCHOR_SERVERS) && status_is_expired(a, now))
			return true;
	return false;
}

/* Newest first, so the first that is finished is the last run. */
static int status_take_run(void *userdata, const struct store_run *run)
{
	struct status *s = userdata;
	int r = 0;

	if (run->finished == 0)
		return 0;
	s->finished = run->finished;
	r = string_replace(&s->result, run->result);
	return r < 0 ? r : 1;
}

static int status_gather(struct status *s)
{
	int64_t wall = clock_wall();
	int r = store_count(s->api->store, STORE_QUARANTINE, &s->quarantined);

	if (r == 0)
		r = store_each_run(s->api->store, status_take_run, s);
	if (r < 0)
		return r;
	s->clock_trusted = clock_trusted(s->api->clock, wall);
	s->now = clock_now(s->api->clock, wall);
	s->servers_expired =
		status_any_server_expired(s->trust->anchors, s->now);
	return 0;
}

/* --- the reply --- */

struct status_reply {
	struct reply_trust trust; /* first */
	const char *version;
	const char *firmware;
	bool firmware_understood;
	const char *phone_type;
	const char *mac;
	int64_t authorities;
	int64_t servers;
	int64_t unknown;
	int64_t distrusted;
	int64_t quarantined;
	const char *verification;
	const char *profile;
	bool clock_trusted;
	int64_t clock_floor;
	int64_t clock_raised;
	int64_t clock_lowered;
	struct json_texts concerns;
	int64_t last_run;
	const char *last_run_result;
	int64_t next_run;
};

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct status_reply, member, __VA_ARGS__)
static const struct json_field reply_fields[] = {
	F("version", version, JSON_STRING, JSON_MUST),
	F("firmware", firmware, JSON_STRING),
	F("firmwareUnderstood", firmware_understood, JSON_BOOL, JSON_MUST),
	F("phoneType", phone_type, JSON_STRING),
	F("mac", mac, JSON_STRING),
	REPLY_TRUST_FIELDS,
	F("authorities", authorities, JSON_INT64, JSON_MUST),
	F("servers", servers, JSON_INT64, JSON_MUST),
	F("unknown", unknown, JSON_INT64, JSON_MUST),
	F("distrusted", distrusted, JSON_INT64, JSON_MUST),
	F("quarantined", quarantined, JSON_INT64, JSON_MUST),
	F("verification", verification, JSON_STRING, JSON_MUST),
	F("profile", profile, JSON_STRING, JSON_MUST),
	F("clockTrusted", clock_trusted, JSON_BOOL, JSON_MUST),
	F("clockFloor", clock_floor, JSON_TIME, JSON_MUST),
	F("clockFloorRaised", clock_raised, JSON_TIME),
	F("clockFloorLowered", clock_lowered, JSON_TIME),
	F("concerns", concerns, JSON_TEXTS, JSON_MUST),
	F("lastRun", last_run, JSON_TIME),
	F("lastRunResult", last_run_result, JSON_STRING),
	F("nextRun", next_run, JSON_TIME),
};
#undef F
const struct json_table status_reply =
	JSON_TABLE(struct status_reply, reply_fields);

static struct status_reply status_reply_of(const struct status *s)
{
	const struct phone *phone = s->api->phone;
	const struct clock *clock = s->api->clock;
	const struct trust *trust = s->trust;

	return (struct status_reply){
		.trust = reply_trust_of(trust),
		.version = CERTPROV_VERSION,
		.firmware = phone->firmware,
		.firmware_understood = !status_firmware_unknown(s),
		.phone_type = phone->type,
		.mac = phone->mac,
		.authorities = (int64_t)anchors_count(
			trust->anchors, ANCHOR_AUTHORITY),
		.servers = (int64_t)trust_state_count_servers(s->api->state),
		.unknown = (int64_t)unknown_count(s->api->unknown),
		.distrusted = (int64_t)trust->distrusted_count,
		.quarantined = s->quarantined,
		.verification =
			settings_verification_name(trust->policy.verification),
		.profile = trust->policy.profile == PROFILE_STRICT
			? "strict"
			: "compatible",
		.clock_trusted = s->clock_trusted,
		.clock_floor = clock->floor,
		.clock_raised = clock->raised,
		.clock_lowered = clock->lowered,
		.last_run = s->finished,
		.last_run_result = s->result,
		.next_run = provision_next(s->api->provision),
	};
}

int status_on_status(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	CLEANUP(status_done)
	struct status s = {.api = api, .trust = trust_state_trust(api->state)};
	const char *texts[ARRAY_SIZE(concerns)];
	struct status_reply reply;
	int r = varlink_request_decode(req, NULL);

	if (r == 0)
		r = status_gather(&s);
	if (r != 0)
		return r;
	reply = status_reply_of(&s);
	reply.concerns.items = texts;
	for (size_t i = 0; i < ARRAY_SIZE(concerns); i++)
		if (concerns[i].holds(&s))
			texts[reply.concerns.count++] = concerns[i].text;
	return varlink_reply_struct(req, &reply);
}
