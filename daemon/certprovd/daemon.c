/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/daemon.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "daemon/certprovd/daemon-internal.h"
#include "daemon/certprovd/daemon-rights.h"
#include "daemon/certprovd/run/provision.h"
#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/sys/log.h"
#include "daemon/certprovd/trust/own-directory.h"
#include "lib/base/crypto-parts.h"
#include "lib/base/digest.h"
#include "lib/sandbox/sandbox.h"
#include "lib/x509/decoder-context.h"

/* Unknown certificates are written after so long; the bytes of a day have a
 * limit of their own. */
#define UNKNOWN_SAVE_MS (INT64_C(60) * 1000)

/* From this size on a block of memory is pages of its own. Behind the last that
 * is not, so much is asked for at once, and so much may be free. */
#define MEMORY_OWN_PAGES_BYTES (64 * 1024)
#define MEMORY_STEP_BYTES (16 * 1024)
#define MEMORY_FREE_BYTES (32 * 1024)

/* --- the event loop --- */

static int daemon_on_stop(sd_event_source *source,
	const struct signalfd_siginfo *si, void *userdata)
{
	struct daemon *d = userdata;

	(void)source;
	(void)si;
	return sd_event_exit(d->event, 0);
}

static void daemon_notify_reloading(void)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)clock_monotonic_us());
}

/* Large blocks are pages of their own, which go back when they are freed; else
 * the first large one that is freed makes glibc keep all that are not larger.
 * Small ones join their neighbours when they are freed, so that pages between
 * those that last become free as a whole. */
static void daemon_bound_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, MEMORY_OWN_PAGES_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, MEMORY_FREE_BYTES);
	(void)mallopt(M_TOP_PAD, MEMORY_STEP_BYTES);
	(void)mallopt(M_MXFAST, 0);
	crypto_parts_leave_out();
	digest_look_up_in(decoder_context_of_all());
}

/* What a start, a reload or a run needed and nobody needs any more. */
static void daemon_return_memory(struct daemon *d)
{
	trust_state_release_memory(d->api.state);
	store_release_memory(d->api.store);
	(void)malloc_trim(0);
}

static int daemon_on_reload(sd_event_source *source,
	const struct signalfd_siginfo *si, void *userdata)
{
	struct daemon *d = userdata;
	int r = 0;

	(void)source;
	(void)si;
	daemon_notify_reloading();
	r = daemon_read_config(d);
	if (r < 0)
		log_message(LOG_ERR, "the configuration stays as it was: %s",
			strerror(-r));
	r = daemon_load_state(d);
	daemon_look_at_last_server(d);
	if (r == 0)
		r = daemon_load_identities(d);
	endpoints_reload(&d->endpoints, &d->config);
	(void)daemon_watch_authorities(d);
	if (r < 0)
		log_message(LOG_ERR, "cannot reload: %s", strerror(-r));
	daemon_return_memory(d);
	(void)sd_notify(0, "READY=1");
	return 0;
}

/* --- the unknown certificates, written when there are new ones --- */

/* Earlier stays earlier. */
static int daemon_save_within(struct daemon *d, int64_t ms)
{
	uint64_t at = (uint64_t)(clock_monotonic_us() + ms * 1000);
	uint64_t planned = 0;
	int enabled = SD_EVENT_OFF;
	int r = sd_event_source_get_enabled(d->save_timer, &enabled);

	if (r >= 0 && enabled != SD_EVENT_OFF)
		r = sd_event_source_get_time(d->save_timer, &planned);
	if (r < 0 || (enabled != SD_EVENT_OFF && planned <= at))
		return r;
	r = sd_event_source_set_time(d->save_timer, at);
	return r < 0
		? r
		: sd_event_source_set_enabled(d->save_timer, SD_EVENT_ONESHOT);
}

static void daemon_on_unsaved(void *userdata)
{
	struct daemon *d = userdata;
	int r = daemon_save_within(d, UNKNOWN_SAVE_MS);

	if (r < 0)
		log_message(LOG_WARNING,
			"the unknown certificates are only written at the "
			"end: %s",
			strerror(-r));
}

static int daemon_on_save_timer(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	struct daemon *d = userdata;
	bool before = d->saver.exhausted;
	int64_t now_ms = clock_monotonic_us() / 1000;
	int r = unknown_save(&d->saver, now_ms);
	int64_t due_ms = unknown_save_due_ms(&d->saver, now_ms);

	(void)source;
	(void)usec;
	if (d->saver.exhausted && !before)
		log_message(LOG_WARNING,
			"too many certificates were rejected today: further "
			"unknown ones are kept only in memory until tomorrow");
	/* Logged when it changes, because it is tried every minute. */
	if (r < 0 && r != d->save_error)
		log_event(LOG_STORE_FAILED, LOG_NO_FIELDS,
			"cannot write the unknown certificates: %s",
			strerror(-r));
	d->save_error = r;
	if (r == 0 && due_ms < 0)
		return 0;
	return daemon_save_within(d,
		r < 0 || due_ms < UNKNOWN_SAVE_MS ? UNKNOWN_SAVE_MS : due_ms);
}

static int daemon_open_save_timer(struct daemon *d)
{
	int r = sd_event_add_time(d->event, &d->save_timer, CLOCK_MONOTONIC, 0,
		1000000, daemon_on_save_timer, d);

	if (r >= 0)
		r = sd_event_source_set_enabled(d->save_timer, SD_EVENT_OFF);
	if (r < 0)
		return r;
	unknown_on_unsaved(d->api.unknown, daemon_on_unsaved, d);
	return 0;
}

/* --- signals --- */

static int daemon_add_signal(
	struct daemon *d, int signal, sd_event_signal_handler_t handler)
{
	return sd_event_add_signal(d->event, NULL, signal, handler, d);
}

static int daemon_block_signals(void)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}

static int daemon_open_loop(struct daemon *d)
{
	int r = daemon_block_signals();

	if (r >= 0)
		r = sd_event_new(&d->event);
	if (r >= 0)
		r = sd_event_set_watchdog(d->event, true);
	if (r >= 0)
		r = daemon_add_signal(d, SIGTERM, daemon_on_stop);
	if (r >= 0)
		r = daemon_add_signal(d, SIGINT, daemon_on_stop);
	if (r >= 0)
		r = daemon_add_signal(d, SIGHUP, daemon_on_reload);
	return r < 0 ? r : 0;
}

static void daemon_on_status(
	void *userdata, const char *phase, int64_t done, int64_t total)
{
	if (strcmp(phase, "finished") == 0) {
		daemon_note_used(userdata);
		daemon_return_memory(userdata);
		(void)sd_notify(0, "STATUS=Ready.");
	} else if (total == 0)
		(void)sd_notifyf(0, "STATUS=Provisioning: %s.", phase);
	else
		(void)sd_notifyf(0, "STATUS=Provisioning: %s, %lld of %lld.",
			phase, (long long)done, (long long)total);
}

static int daemon_open_provision(struct daemon *d)
{
	struct run_context context = {
		.event = d->event,
		.server = d->endpoints.server,
		.store = d->api.store,
		.state = d->api.state,
		.rejections = d->api.rejections,
		.config = &d->config,
		.identities = &d->identities,
		.phone = &d->phone,
		.clock = &d->clock,
		.fetch_uid = &d->fetch_uid,
	};
	int r = provision_new(&context, &d->api.provision);

	if (r < 0)
		return r;
	provision_on_status(d->api.provision, daemon_on_status, d);
	return 0;
}

/* --- the whole --- */

/* Where only root can make it, tmpfiles.d has. */
static int daemon_open_own_directory(struct daemon *d)
{
	int r = own_directory_open(
		d->config.runtime_directory, &d->own_directory);

	if (r < 0)
		log_message(LOG_ERR, "cannot make %s/" OWN_DIRECTORY ": %s",
			d->config.runtime_directory, strerror(-r));
	return r;
}

/* Before anything is read that came from outside, the database included. */
static int daemon_give_up_rights(struct daemon *d)
{
	const struct daemon_rights_needs needs = {
		.config_file = d->config_path,
		.authorities = d->config.authorities,
		.firmware_file = d->config.firmware_file,
		.identity_files = {d->config.sha1_certificate,
			d->config.sha1_key, d->config.sha2_certificate,
			d->config.sha2_key, d->config.device_authorities},
		.state_directory = d->config.state_directory,
		.own_directory = d->own_directory,
	};
	unsigned lacks = 0;
	int r = daemon_rights_give_up(&needs, &lacks);

	if (r < 0)
		return r;
	d->confined = !(lacks & SANDBOX_NO_LANDLOCK);
	if (lacks & SANDBOX_NO_LANDLOCK)
		log_message(LOG_WARNING,
			"this kernel has no Landlock: files are protected by "
			"their permissions only");
	if (lacks & SANDBOX_NO_FILTER)
		log_message(LOG_WARNING,
			"this kernel has no system call filter: the daemon "
			"runs without one");
	return 0;
}

static int daemon_bind(struct daemon *d)
{
	return endpoints_bind(&d->endpoints, &d->config);
}

_Static_assert(IDENTITY_MAX_CHAIN <= ENDINGS_MAX_OWN, "a whole chain");

static int daemon_watch_clock(struct daemon *d)
{
	d->endings = (struct endings_sources){
		.state = d->api.state,
		.used = &d->anchors_used,
		.own = identities_chain_in_force,
		.userdata = &d->identities,
	};
	return timekeeping_start(&d->timekeeping,
		&(struct timekeeping_parts){
			.event = d->event,
			.store = d->api.store,
			.state = d->api.state,
			.endings = &d->endings,
			.export = d->api.export,
			.verdict_cache = d->api.verdict_cache,
		});
}

static int daemon_listen(struct daemon *d)
{
	return endpoints_open(&d->endpoints, d->event, &d->config, &d->api);
}

/* In this order; what comes later needs what came before. */
static const struct {
	int (*open)(struct daemon *d);
	const char *what;
} parts[] = {
	{daemon_open_loop, "the event loop"},
	{daemon_open_own_directory, "the directory for exports"},
	{daemon_bind, "the sockets"},
	{daemon_open_changes, "the counter of changes"},
	{daemon_give_up_rights, "the sandbox"},
	{daemon_open_store, "the trust store"},
	{daemon_open_save_timer, "the timer of the unknown certificates"},
	{daemon_open_state, "the trust"},
	{daemon_load_identities, "the identities"},
	{daemon_open_export, "the export"},
	{daemon_open_follow_timer, "the timer of what follows a run"},
	{daemon_watch_authorities, "the watch of the authorities"},
	{daemon_open_verdicts, "the verdicts"},
	{daemon_watch_clock, "the watch of the clock"},
	{daemon_listen, "the server"},
	{daemon_open_provision, "provisioning"},
};

/* What is part of the daemon itself; the rest is made as it is opened. */
static void daemon_name_parts(struct daemon *d)
{
	d->api.config = &d->config;
	d->api.phone = &d->phone;
	d->api.clock = &d->clock;
	d->api.timekeeping = &d->timekeeping;
	d->api.saver = &d->saver;
	d->api.identities = &d->identities;
	d->api.key_groups = &d->key_groups;
	d->api.admin_socket = d->endpoints.admin_path;
	d->api.endings = &d->endings;
	d->api.anchors_used = &d->anchors_used;
}

int daemon_new(const char *config_path, struct daemon **ret)
{
	CLEANUP(daemon_free) struct daemon *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d)
		return -ENOMEM;
	daemon_bound_memory();
	d->config_path = config_path;
	daemon_name_parts(d);
	endpoints_init(&d->endpoints);
	r = daemon_read_config(d);
	if (r < 0)
		return r;
	timekeeping_load(&d->timekeeping, &d->config, &d->clock);
	d->api.counters.since = clock_now(&d->clock, clock_wall());
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		r = parts[i].open(d);
		if (r < 0) {
			log_message(LOG_ERR, "cannot open %s: %s",
				parts[i].what, strerror(-r));
			return r;
		}
	}
	trust_state_on_change(d->api.state, daemon_on_change, d);
	*ret = TAKE_PTR(d);
	return 0;
}

/* Its verdicts are the same then, and take longer. */
static void daemon_say_decoder(void)
{
	const char *why = decoder_context_why_not();

	if (why)
		log_message(LOG_NOTICE,
			"certificates are decoded with all of OpenSSL's "
			"decoders: %s",
			why);
}

static int daemon_on_idle(sd_event_source *source, void *userdata)
{
	struct daemon *d = userdata;

	(void)source;
	(void)store_after_start(d->api.store);
	daemon_return_memory(d);
	return 0;
}

/* A backup may take a second: whoever waits already is answered first. */
static void daemon_leave_backup(struct daemon *d)
{
	int r = sd_event_add_defer(d->event, &d->idle, daemon_on_idle, d);

	if (r >= 0)
		r = sd_event_source_set_priority(
			d->idle, SD_EVENT_PRIORITY_IDLE);
	if (r < 0)
		log_message(LOG_WARNING,
			"the next backup follows a provisioning run: %s",
			strerror(-r));
}

int daemon_run(struct daemon *d)
{
	int r = 0;

	/* Nothing of the start asks for fingerprints any more. */
	trust_state_release_memory(d->api.state);
	(void)sd_notify(0, "READY=1\nSTATUS=Ready.");
	log_event(LOG_STARTED, LOG_NO_FIELDS, "certprovd %s is ready",
		CERTPROV_VERSION);
	daemon_say_decoder();
	/* This can wait that long, but is done before anybody is answered. */
	daemon_look_at_last_server(d);
	daemon_return_memory(d);
	provision_begin(d->api.provision);
	daemon_leave_backup(d);
	r = sd_event_loop(d->event);
	(void)sd_notify(0, "STOPPING=1\nSTATUS=Stopping.");
	return r;
}

/* Writes the end of a run and the unknown certificates. */
struct daemon *daemon_free(struct daemon *d)
{
	if (!d)
		return NULL;
	if (d->api.state)
		trust_state_on_change(d->api.state, NULL, NULL);
	d->api.provision = provision_free(d->api.provision);
	endpoints_done(&d->endpoints);
	monitors_free(d->api.monitors);
	rejections_free(d->api.rejections);
	verdict_cache_free(d->api.verdict_cache);
	if (d->api.store && d->api.unknown &&
		unknown_save_all(&d->saver, clock_monotonic_us() / 1000) < 0)
		log_message(
			LOG_WARNING, "cannot write the unknown certificates");
	timekeeping_stop(&d->timekeeping);
	export_free(d->api.export);
	trust_state_free(d->api.state);
	(void)change_counter_free(d->changes);
	unknown_free(d->api.unknown);
	store_close(d->api.store);
	file_watch_stop(&d->watch);
	sd_event_source_unref(d->save_timer);
	sd_event_source_unref(d->follow_timer);
	sd_event_source_unref(d->idle);
	sd_event_unref(d->event);
	authorities_report_done(&d->api.authorities);
	free(d->own_directory);
	identities_done(&d->identities);
	phone_done(&d->phone);
	config_done(&d->config);
	free(d);
	return NULL;
}
