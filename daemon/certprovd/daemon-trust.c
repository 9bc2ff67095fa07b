/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the store and what is made of it: trust, exports, verdicts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/daemon-internal.h"
#include "daemon/certprovd/run/provision.h"
#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/sys/log.h"
#include "daemon/certprovd/trust/authorities-change.h"
#include "daemon/certprovd/trust/firmware-change.h"
#include "daemon/certprovd/trust/last-server.h"
#include "daemon/certprovd/trust/roles.h"

/* What is logged as an event of its own. */
static const enum log_event store_logs[] = {
	[STORE_DAMAGED] = LOG_STORE_DAMAGED,
	[STORE_RESTORED] = LOG_STORE_RESTORED,
	[STORE_STARTED_EMPTY] = LOG_STORE_EMPTY,
	[STORE_STEPPED_BACK] = LOG_STORE_STEPPED_BACK,
	[STORE_READ_ONLY] = LOG_STORE_READ_ONLY,
	[STORE_REFUSED] = LOG_STORE_REFUSED,
	[STORE_QUARANTINED] = LOG_CERTIFICATE_QUARANTINED,
	[STORE_DISTRUSTED_DAMAGED] = LOG_STORE_DAMAGED,
	[STORE_RUN_INTERRUPTED] = LOG_RUN_FAILED,
	[STORE_WRITE_FAILED] = LOG_STORE_FAILED,
};

static void daemon_on_store_event(void *userdata, const struct store_event *e)
{
	struct daemon *d = userdata;

	if (e->kind == STORE_RESTORED || e->kind == STORE_STARTED_EMPTY)
		d->api.store_restored = true;
	if (e->kind == STORE_CREATED || e->kind == STORE_MIGRATED ||
		e->kind == STORE_TAKEN_AGAIN) {
		log_message(LOG_NOTICE, "%s %s", e->text, e->path);
		return;
	}
	log_event(store_logs[e->kind],
		LOG_FIELDS(
			LOG_FIELD_FILE(e->path), LOG_FIELD_SHA256(e->sha256)),
		"%s%s%s%s%s", e->text, e->path ? " " : "",
		e->path ? e->path : "", e->sha256 ? ": " : "",
		e->sha256 ? e->sha256 : "");
}

int daemon_open_store(struct daemon *d)
{
	struct store_options options = {
		.state_directory = d->config.state_directory,
		.runtime_directory = d->own_directory,
		.max_servers = d->config.servers,
		.max_unknown = d->config.unknown,
		.max_distrusted = d->config.distrusted,
		.now = clock_now(&d->clock, clock_wall()),
		.on_event = daemon_on_store_event,
		.userdata = d,
	};
	int r = store_open(&options, &d->api.store);

	if (r == 0)
		r = unknown_new(d->config.unknown, &d->api.unknown);
	if (r == 0)
		r = unknown_load(d->api.unknown, d->api.store);
	d->saver = (struct unknown_saver){
		.unknown = d->api.unknown,
		.store = d->api.store,
		.day_ms = clock_monotonic_us() / 1000,
	};
	return r;
}

static void daemon_say_finding(
	const struct authorities_finding *f, enum authorities_kind kind)
{
	CLEANUP(free) char *text = NULL;
	const struct log_field fields[] = {LOG_FIELD_FILE(f->file), {0}};

	if (!f->what || authorities_finding_text(f, NULL, &text) < 0)
		return;
	switch (kind) {
	case AUTHORITIES_LOST:
		log_event(LOG_AUTHORITIES_INCOMPLETE, fields, "%s", text);
		break;
	case AUTHORITIES_SECRET:
		log_event(LOG_AUTHORITIES_SECRET, fields, "%s", text);
		break;
	case AUTHORITIES_NOTE:
	case AUTHORITIES__END:
		log_message(LOG_INFO, "%s", text);
		break;
	}
}

/* Some lines of each kind, and then their number. */
static void daemon_say_authorities(const struct daemon *d)
{
	const struct authorities_report *r = &d->api.authorities;
	size_t left_out = 0;

	for (enum authorities_kind k = 0; k < AUTHORITIES__END; k++) {
		for (size_t i = 0; i < authorities_kept(r, k); i++)
			daemon_say_finding(&r->findings[k].items[i], k);
		left_out += r->findings[k].count - authorities_kept(r, k);
	}
	if (left_out > 0)
		log_message(LOG_WARNING,
			"%s: %zu more entries like these are not listed",
			d->config.authorities, left_out);
	if (r->lost > 0)
		log_message(LOG_WARNING,
			"%zu of %zu certificates were read from %s",
			authorities_read_count(r), authorities_found_count(r),
			d->config.authorities);
}

/* Once when it begins: what led there may be a change that nobody asked for,
 * such as another firmware. */
static void daemon_say_lockout(struct daemon *d)
{
	CLEANUP(guard_answer_done)
	struct guard_answer answer = {.locked_out = false};
	const char *then = trust_state_guard(d->api.state)->firmware;
	int r = last_server_judge(d->api.state, &answer);

	if (r == 0 && answer.locked_out && !d->locked_out)
		log_event(LOG_LOCKED_OUT,
			LOG_FIELDS(LOG_FIELD_HOST(answer.host),
				LOG_FIELD_URL(answer.url),
				LOG_FIELD_RESULT(verdict_name(answer.verdict))),
			"this phone (firmware %s) no longer trusts %s, which "
			"it was last provisioned from (firmware %s): %s",
			d->phone.firmware ? d->phone.firmware : "unknown",
			answer.host, then ? then : "unknown", answer.reason);
	if (r == 0)
		d->locked_out = answer.locked_out;
}

static const char *daemon_more_than_named(size_t count, const char *names)
{
	if (!names)
		return "";
	return count > AUTHORITIES_CHANGE_MAX_NAMED ? "; and others)" : ")";
}

/* What came and went since the list was seen last, before a restart as well. */
static void daemon_settle_authorities(const struct daemon *d)
{
	CLEANUP(authorities_change_done) struct authorities_change c = {0};
	const struct anchors *anchors =
		trust_state_trust(d->api.state)->anchors;
	int r = authorities_change_settle(
		d->api.store, anchors, clock_now(&d->clock, clock_wall()), &c);

	if (r < 0 && !store_read_only(d->api.store))
		log_message(LOG_WARNING,
			"cannot keep the list of the authorities: %s",
			strerror(-r));
	if (r < 0 || c.first || c.came + c.went == 0)
		return;
	log_event(LOG_AUTHORITIES_CHANGED,
		LOG_FIELDS(LOG_FIELD_FILE(d->config.authorities)),
		"the authorities changed: %zu came%s%s%s, %zu went%s%s%s",
		c.came, c.came_names ? " (" : "",
		c.came_names ? c.came_names : "",
		daemon_more_than_named(c.came, c.came_names), c.went,
		c.went_names ? " (" : "", c.went_names ? c.went_names : "",
		daemon_more_than_named(c.went, c.went_names));
}

/* After a change of the firmware, what is stored is judged by its rules. */
static void daemon_settle_firmware(const struct daemon *d)
{
	struct firmware_change c = {.changed = false};
	int r = firmware_change_settle(d->api.store, d->api.state,
		clock_now(&d->clock, clock_wall()), &c);

	if (r < 0 && !store_read_only(d->api.store))
		log_message(LOG_WARNING,
			"cannot judge what is stored by the rules of this "
			"firmware: %s",
			strerror(-r));
	if (r < 0 || (!c.changed && c.news == 0))
		return;
	log_event(LOG_FIRMWARE_CHANGED, LOG_NO_FIELDS,
		"the firmware is %s%s%s: of %zu server certificates its rules "
		"would refuse %zu, which stay and are marked",
		c.present, c.changed ? " and was " : "",
		c.changed ? c.former : "", c.judged, c.refused);
}

void daemon_note_used(struct daemon *d)
{
	last_server_note_used(d->api.state, clock_now(&d->clock, clock_wall()),
		&d->anchors_used);
}

void daemon_look_at_last_server(struct daemon *d)
{
	daemon_say_lockout(d);
	daemon_note_used(d);
}

int daemon_load_state(struct daemon *d)
{
	CLEANUP(authorities_report_done) struct authorities_report report = {0};
	int r = trust_state_load(d->api.state, &report);

	d->api.authorities_error = r;
	if (r == 0) {
		SWAP(d->api.authorities, report);
		daemon_say_authorities(d);
		daemon_settle_authorities(d);
	}
	if (r < 0)
		log_event(LOG_AUTHORITIES_FAILED,
			LOG_FIELDS(LOG_FIELD_FILE(d->config.authorities)),
			"cannot read the authorities from %s: %s",
			d->config.authorities, strerror(-r));
	else
		log_message(LOG_INFO, "%zu authorities, %zu servers",
			anchors_count(trust_state_trust(d->api.state)->anchors,
				ANCHOR_AUTHORITY),
			trust_state_count_servers(d->api.state));
	if (!firmware_is_known(trust_state_firmware(d->api.state)))
		log_event(LOG_FIRMWARE_UNKNOWN, LOG_NO_FIELDS,
			"the firmware version is %s: every rule is at its "
			"most restrictive",
			d->phone.firmware ? "not understood" : "not known");
	daemon_settle_firmware(d);
	return r == -ENOMEM ? r : 0;
}

int daemon_load_identities(struct daemon *d)
{
	struct identities *i = &d->identities;
	int r = admin_reset_finish(&d->config, d->api.store);

	if (r < 0)
		log_message(LOG_ERR,
			"the end of a factory reset is still to come: %s",
			strerror(-r));
	r = identities_reload(i, &d->config, trust_state_firmware(d->api.state),
		trust_state_settings(d->api.state));

	if (r < 0)
		return r;
	for (enum identity_source s = 0; s < IDENTITY_SOURCE__END; s++)
		if (i->slots[s].reason)
			log_message(LOG_WARNING, "identity %s: %s",
				identity_source_name(s), i->slots[s].reason);
	if (i->device_cas_problem)
		log_message(
			LOG_WARNING, "device CAs: %s", i->device_cas_problem);
	return 0;
}

/* --- what follows a change --- */

static void daemon_follow(struct daemon *d)
{
	(void)sd_event_source_set_enabled(d->follow_timer, SD_EVENT_OFF);
	(void)sd_event_now(d->event, CLOCK_MONOTONIC, &d->followed_us);
	export_update(d->api.export);
	daemon_say_lockout(d);
}

static int daemon_on_follow_timer(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	daemon_follow(userdata);
	return 0;
}

int daemon_open_follow_timer(struct daemon *d)
{
	int r = sd_event_add_time(d->event, &d->follow_timer, CLOCK_MONOTONIC,
		0, 0, daemon_on_follow_timer, d);

	if (r >= 0)
		r = sd_event_source_set_enabled(d->follow_timer, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

static bool daemon_follow_is_due(const struct daemon *d)
{
	int enabled = SD_EVENT_OFF;

	return sd_event_source_get_enabled(d->follow_timer, &enabled) >= 0 &&
		enabled != SD_EVENT_OFF;
}

/* Both cost more the more certificates there are, and a run may add thousands
 * in batches. */
static void daemon_follow_soon(struct daemon *d)
{
	uint64_t due = d->followed_us + DAEMON_FOLLOW_MS * UINT64_C(1000);
	uint64_t now = 0;

	if (daemon_follow_is_due(d))
		return;
	if (sd_event_now(d->event, CLOCK_MONOTONIC, &now) < 0 || now >= due ||
		sd_event_source_set_time(d->follow_timer, due) < 0 ||
		sd_event_source_set_enabled(d->follow_timer, SD_EVENT_ONESHOT) <
			0)
		daemon_follow(d);
}

void daemon_on_change(void *userdata, enum trust_change change)
{
	struct daemon *d = userdata;
	int r = 0;

	if (change == TRUST_GREW) {
		if (daemon_follow_is_due(d))
			daemon_follow(d);
		return;
	}
	if (identities_are_outdated(
		    &d->identities, trust_state_settings(d->api.state)))
		r = daemon_load_identities(d);
	if (r < 0)
		log_message(LOG_ERR, "cannot read the identities: %s",
			strerror(-r));
	identities_choose(&d->identities, trust_state_firmware(d->api.state),
		trust_state_settings(d->api.state));
	if (change == TRUST_GROWS)
		daemon_follow_soon(d);
	else
		daemon_follow(d);
	verdict_cache_forget(d->api.verdict_cache);
	monitors_tell(d->api.monitors, trust_state_trust(d->api.state));
	provision_policy_changed(d->api.provision);
}

/* What cannot be written is judged again at each start. */
static void daemon_settle_roles(struct daemon *d)
{
	struct roles_settled settled = {0};
	struct roles roles;
	int r = 0;

	roles_init(&roles, &d->config, &d->phone);
	r = roles_settle(&roles, d->api.store, &settled);
	if (r < 0)
		log_message(LOG_WARNING,
			"cannot store the roles of server certificates: %s",
			strerror(-r));
	else if (settled.anchors + settled.intermediates > 0)
		log_message(LOG_NOTICE,
			"server certificates accepted by an earlier version "
			"were judged again: %u are anchors, %u are "
			"intermediates and trusted only if their issuers are",
			settled.anchors, settled.intermediates);
}

int daemon_open_state(struct daemon *d)
{
	struct trust_state_sources sources = {
		.store = d->api.store,
		.config = &d->config,
		.phone = &d->phone,
		.clock = &d->clock,
		.changes = d->changes,
	};
	int r = trust_state_new(&sources, &d->api.state);

	if (r == 0)
		r = daemon_load_state(d);
	if (r < 0 || !trust_state_lacks_roles(d->api.state))
		return r;
	daemon_settle_roles(d);
	return trust_state_refresh(d->api.state);
}

/* Without it programs that verify by themselves have to monitor. */
int daemon_open_changes(struct daemon *d)
{
	int r = change_counter_new(&d->changes);

	if (r < 0)
		log_message(LOG_NOTICE,
			"changes of trust cannot be counted in shared memory: "
			"%s",
			strerror(-r));
	return r == -ENOMEM ? r : 0;
}

/* Written before the daemon reports that it is ready. */
int daemon_open_export(struct daemon *d)
{
	struct export_sources sources = {
		.event = d->event,
		.state = d->api.state,
		.directory = d->own_directory,
		.clock = &d->clock,
	};
	int r = export_new(&sources, &d->api.export);

	if (r == 0)
		export_update(d->api.export);
	return r;
}

static void daemon_on_authorities(void *userdata)
{
	struct daemon *d = userdata;

	(void)daemon_load_state(d);
	daemon_look_at_last_server(d);
	trust_state_release_memory(d->api.state);
}

int daemon_watch_authorities(struct daemon *d)
{
	int r = 0;

	d->watch.fn = daemon_on_authorities;
	d->watch.userdata = d;
	r = file_watch_start(&d->watch, d->event, d->config.authorities);
	if (r < 0)
		log_message(LOG_WARNING,
			"changes to %s are noticed only on reload: %s",
			d->config.authorities, strerror(-r));
	return 0;
}

static int64_t daemon_monotonic_ms(void *userdata)
{
	(void)userdata;
	return clock_monotonic_us() / 1000;
}

static void daemon_on_rejection(void *userdata,
	const struct rejection *rejection, const struct unknown_entry *entry)
{
	struct daemon *d = userdata;

	monitors_reject(d->api.monitors, rejection, entry);
}

int daemon_open_verdicts(struct daemon *d)
{
	int r = monitors_new(&d->api.monitors);

	if (r == 0)
		r = verdict_cache_new(&d->api.verdict_cache);
	if (r < 0)
		return r;
	return rejections_new(
		&(struct rejections_options){
			.unknown = d->api.unknown,
			.per_minute = &d->config.rejections_per_minute,
			.clock = daemon_monotonic_ms,
			.news = daemon_on_rejection,
			.userdata = d,
		},
		&d->api.rejections);
}
