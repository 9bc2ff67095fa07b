/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/concerns.h"
#include "daemon/certprovd/api/reply-trust.h"
#include "daemon/certprovd/trust/last-server.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/provisioning/judge.h"

static void status_done(struct status *s)
{
	free(s->result);
	free(s->bootstrap_reason);
	guard_answer_done(&s->lockout);
	concerns_done(&s->concerns);
}
DEFINE_CLEANUP_EMBEDDED(struct status, status_done);

/* --- gathering --- */

/* Newest first, so the first that is finished is the last run. */
static int status_take_run(void *userdata, const struct store_run *run)
{
	struct status *s = userdata;

	if (run->last_complete) {
		s->complete_run = run->id;
		s->completed = run->finished;
	}
	if (run->finished == 0 || s->finished != 0)
		return 0;
	s->finished = run->finished;
	return string_replace(&s->result, run->result);
}

/* A run closes it, or is waited for, only where the configuration says so. */
static int status_gather_bootstrap(struct status *s)
{
	struct store *store = s->api->store;
	int64_t closed = 0;
	int r = 0;

	if (s->api->config->bootstrap != BOOTSTRAP_UNTIL_AUTHENTICATED)
		return 0;
	r = store_get_fact(store, STORE_WAS_AUTHENTICATED, &closed);
	if (r == 0)
		r = store_get_fact(
			store, STORE_BOOTSTRAP_CLOSED_BY, &s->closed_by);
	if (r == 0)
		r = store_get_fact(
			store, STORE_BOOTSTRAP_CLOSED_AT, &s->closed_at);
	if (r < 0 || closed != 0)
		return r;
	s->bootstrap_waits = true;
	r = store_get_bootstrap_reason(store, &s->bootstrap_reason);
	if (r == 0 && !s->bootstrap_reason)
		r = string_replace(
			&s->bootstrap_reason, "there was no run yet");
	return r;
}

static const char *status_bootstrap(const struct status *s)
{
	switch (s->api->config->bootstrap) {
	case BOOTSTRAP_UNTIL_AUTHENTICATED:
		return s->bootstrap_waits ? "open" : "closed";
	case BOOTSTRAP_PINNED:
		return "closed";
	default:
		return "open";
	}
}

static int status_gather(struct status *s)
{
	int64_t wall = clock_wall();
	int r = store_count(s->api->store, STORE_QUARANTINE, &s->quarantined);

	if (r == 0)
		r = store_count(s->api->store, STORE_MISSING, &s->withdrawn);
	if (r == 0)
		r = store_count(
			s->api->store, STORE_REFUSED_CERTIFICATES, &s->refused);
	if (r == 0)
		r = store_each_run(s->api->store, status_take_run, s);
	if (r == 0)
		r = status_gather_bootstrap(s);
	if (r < 0)
		return r;
	(void)provision_find_source(
		s->api->provision, &s->server_source, &s->server);
	r = last_server_judge(s->api->state, &s->lockout);
	if (r < 0)
		return r;
	s->clock_trusted = clock_trusted(s->api->clock, wall);
	s->now = clock_now(s->api->clock, wall);
	return concerns_ends_gather(s->api, s->now, &s->ends);
}

/* --- the reply --- */

struct tls_row {
	const char *minimum;
	const char *ciphers;
	const char *suites;
};

#define T(name, member)                                                        \
	JSON_FIELD_NAMED(name, struct tls_row, member, JSON_STRING, JSON_MUST)
static const struct json_field tls_fields[] = {
	T("minimumVersion", minimum),
	T("ciphers", ciphers),
	T("cipherSuites", suites),
};
#undef T
static const struct json_table tls_table =
	JSON_TABLE(struct tls_row, tls_fields);

struct status_reply {
	struct reply_trust trust; /* first */
	const char *version;
	const char *firmware;
	bool firmware_understood;
	const char *phone_type;
	const char *mac;
	int64_t authorities;
	int64_t authorities_lost;
	int64_t servers;
	int64_t unknown;
	int64_t distrusted;
	int64_t quarantined;
	int64_t withdrawn;
	int64_t expired;
	int64_t expiring;
	int64_t next_expiry;
	const char *verification;
	const char *profile;
	struct tls_row tls;
	int64_t clock_now;
	bool clock_trusted;
	bool clock_synchronised;
	int64_t clock_since;
	int64_t clock_floor;
	int64_t clock_raised;
	int64_t clock_lowered;
	const char *bootstrap;
	int64_t closed_by;
	int64_t closed_at;
	const char *bootstrap_reason;
	struct json_structs concerns;
	int64_t last_run;
	const char *last_run_result;
	int64_t last_complete_run;
	int64_t last_complete_run_id;
	int64_t next_run;
	const char *server;
	const char *server_source;
};

#define C(member, ...) JSON_FIELD(struct concern, member, __VA_ARGS__)
static const struct json_field concern_fields[] = {
	C(identifier, JSON_STRING, JSON_MUST),
	C(sentence, JSON_STRING, JSON_MUST),
	C(remedy, JSON_STRING),
	C(since, JSON_TIME),
};
#undef C
static const struct json_table concern_table =
	JSON_TABLE(struct concern, concern_fields);

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
	F("authoritiesLost", authorities_lost, JSON_INT64, JSON_MUST),
	F("servers", servers, JSON_INT64, JSON_MUST),
	F("unknown", unknown, JSON_INT64, JSON_MUST),
	F("distrusted", distrusted, JSON_INT64, JSON_MUST),
	F("quarantined", quarantined, JSON_INT64, JSON_MUST),
	F("withdrawn", withdrawn, JSON_INT64, JSON_MUST),
	F("expired", expired, JSON_INT64, JSON_MUST),
	F("expiring", expiring, JSON_INT64, JSON_MUST),
	F("nextExpiry", next_expiry, JSON_TIME),
	F("verification", verification, JSON_STRING, JSON_MUST),
	F("profile", profile, JSON_STRING, JSON_MUST),
	F("tls", tls, JSON_STRUCT, .nested = &tls_table, JSON_MUST),
	F("clockNow", clock_now, JSON_TIME, JSON_MUST),
	F("clockTrusted", clock_trusted, JSON_BOOL, JSON_MUST),
	F("clockSynchronised", clock_synchronised, JSON_BOOL, JSON_MUST),
	F("clockSince", clock_since, JSON_TIME),
	F("clockFloor", clock_floor, JSON_TIME, JSON_MUST),
	F("clockFloorRaised", clock_raised, JSON_TIME),
	F("clockFloorLowered", clock_lowered, JSON_TIME),
	F("bootstrap", bootstrap, JSON_STRING, JSON_MUST),
	F("bootstrapClosedBy", closed_by, JSON_INT64),
	F("bootstrapClosed", closed_at, JSON_TIME),
	F("bootstrapWaitsFor", bootstrap_reason, JSON_STRING),
	F("concerns", concerns, JSON_STRUCTS, JSON_MUST,
		.nested = &concern_table),
	F("lastRun", last_run, JSON_TIME),
	F("lastRunResult", last_run_result, JSON_STRING),
	F("lastCompleteRun", last_complete_run, JSON_TIME),
	F("lastCompleteRunId", last_complete_run_id, JSON_INT64),
	F("nextRun", next_run, JSON_TIME),
	F("settingServer", server, JSON_STRING, .rewrite = url_redact),
	F("settingServerSource", server_source, JSON_STRING),
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
		.firmware_understood =
			firmware_is_known(trust_state_firmware(s->api->state)),
		.phone_type = phone->type,
		.mac = phone->mac,
		.authorities = (int64_t)anchors_count(
			trust->anchors, ANCHOR_AUTHORITY),
		.authorities_lost = (int64_t)s->api->authorities.lost,
		.servers = (int64_t)trust_state_count_servers(s->api->state),
		.unknown = (int64_t)unknown_count(s->api->unknown),
		.distrusted = (int64_t)trust->distrusted_count,
		.quarantined = s->quarantined,
		.withdrawn = s->withdrawn,
		.expired = (int64_t)concerns_ends_total(s->ends.expired),
		.expiring = (int64_t)concerns_ends_total(s->ends.soon),
		.next_expiry = s->ends.next,
		.verification =
			settings_verification_name(trust->policy.verification),
		.profile = trust->policy.profile == PROFILE_STRICT
			? "strict"
			: "compatible",
		.tls = {.minimum = tls_minimum_names[trust->policy.tls.minimum],
			.ciphers = trust->policy.tls.ciphers,
			.suites = trust->policy.tls.suites},
		.clock_trusted = s->clock_trusted,
		.clock_now = s->now,
		.clock_synchronised = clock->synchronised,
		.clock_since = clock->source_since,
		.clock_floor = clock->floor,
		.clock_raised = clock->raised,
		.clock_lowered = clock->lowered,
		.last_run = s->finished,
		.last_run_result = s->result,
		.last_complete_run = s->completed,
		.last_complete_run_id = s->complete_run,
		.next_run = provision_next(s->api->provision),
		.bootstrap = status_bootstrap(s),
		.closed_by = s->closed_by,
		.closed_at = s->closed_at,
		.bootstrap_reason = s->bootstrap_reason,
		.concerns = {s->concerns.items, s->concerns.count},
		.server = s->server,
		.server_source =
			s->server ? run_source_name(s->server_source) : NULL,
	};
}

int status_on_status(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	CLEANUP(status_done)
	struct status s = {.api = api, .trust = trust_state_trust(api->state)};
	struct status_reply reply;
	int r = varlink_request_decode(req, NULL);

	if (r == 0)
		r = status_gather(&s);
	if (r == 0)
		r = concerns_gather(&s, &s.concerns);
	if (r != 0)
		return r;
	reply = status_reply_of(&s);
	return varlink_reply_struct(req, &reply);
}
