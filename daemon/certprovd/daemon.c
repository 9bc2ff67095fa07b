/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovd/daemon-rights.h"
#include "daemon/certprovd/run/provision.h"
#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/sys/log.h"
#include "daemon/certprovd/trust/own-directory.h"
#include "daemon/certprovd/trust/roles.h"
#include "lib/base/fd.h"
#include "lib/sandbox/sandbox.h"

/* A new unknown certificate is on the flash after so long; the bytes of a day
 * have a limit of their own. */
#define UNKNOWN_SAVE_SECONDS 60
#define AUTHORITIES_SETTLE_MS 500

static int64_t daemon_monotonic_ms(void *userdata)
{
	struct timespec t = {0};

	(void)userdata;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- opening the parts --- */

static void daemon_log_problems(const struct config_report *report)
{
	for (size_t i = 0; i < report->warning_count && i < CONFIG_MAX_PROBLEMS;
		i++)
		log_event(LOG_CONFIG_WARNING,
			LOG_FIELDS(LOG_FIELD_FILE(report->warnings[i].file),
				LOG_FIELD_LINE(
					LOG_NUMBER(report->warnings[i].line))),
			"%s:%d: %s", report->warnings[i].file,
			report->warnings[i].line, report->warnings[i].text);
	for (size_t i = 0; i < report->error_count && i < CONFIG_MAX_PROBLEMS;
		i++)
		log_event(LOG_CONFIG_REFUSED,
			LOG_FIELDS(LOG_FIELD_FILE(report->errors[i].file),
				LOG_FIELD_LINE(
					LOG_NUMBER(report->errors[i].line))),
			"%s:%d: %s", report->errors[i].file,
			report->errors[i].line, report->errors[i].text);
}

/* Looked up here, because users may live in a directory that is slow. */
static uid_t daemon_find_uid(const char *name)
{
	const struct passwd *user = name ? getpwnam(name) : NULL;

	return user ? user->pw_uid : (uid_t)-1;
}

/* What is named now and was not at the start cannot be read any more, which
 * must not look as if it were missing. */
static bool daemon_is_out_of_reach(const struct daemon *d, const char *path)
{
	CLEANUP(fd_close) int fd = -1;

	if (!d->confined || !path)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 || errno != EACCES)
		return false;
	log_message(LOG_ERR,
		"%s cannot be read: certprovd has given up all files but those "
		"that its configuration named when it started; restart it",
		path);
	return true;
}

static int daemon_read_config(struct daemon *d)
{
	CLEANUP(config_report_done) struct config_report report = {0};
	CLEANUP(config_done) struct config config = {0};
	CLEANUP(phone_done) struct phone phone = {0};
	int r = config_load(d->config_path, &config, &report);

	daemon_log_problems(&report);
	if (r == 0 &&
		(daemon_is_out_of_reach(d, config.authorities) ||
			daemon_is_out_of_reach(d, config.firmware_file)))
		r = -EACCES;
	if (r == 0)
		r = phone_read(&config, PHONE_INTERFACES, &phone);
	if (r < 0)
		return r;
	if (phone.problem)
		log_message(LOG_WARNING, "%s", phone.problem);
	SWAP(d->config, config);
	SWAP(d->phone, phone);
	d->fetch_uid = daemon_find_uid(d->config.fetch_user);
	return 0;
}

/* How loud each event of the store is; what stands not here is no trouble. */
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

static int daemon_open_store(struct daemon *d)
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
		.day_ms = daemon_monotonic_ms(NULL),
	};
	return r;
}

static int daemon_load_state(struct daemon *d)
{
	CLEANUP(authorities_report_done) struct authorities_report report = {0};
	int r = trust_state_load(d->api.state, &report);

	for (size_t i = 0;
		i < report.problem_count && i < AUTHORITIES_MAX_PROBLEMS; i++)
		log_event(LOG_AUTHORITIES_FAILED,
			LOG_FIELDS(LOG_FIELD_FILE(d->config.authorities)), "%s",
			report.problems[i]);
	d->api.authorities_failed = r < 0 || report.problem_count > 0;
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
			"the firmware version is %s: the restrictive answer "
			"of every rule holds",
			d->phone.firmware ? "not understood" : "not known");
	return r == -ENOMEM ? r : 0;
}

static void daemon_on_change(void *userdata)
{
	struct daemon *d = userdata;

	export_update(d->api.export);
	verdict_cache_forget(d->api.verdict_cache);
	monitors_tell(d->api.monitors, trust_state_trust(d->api.state));
	provision_policy_changed(d->api.provision);
}

/* Where it cannot be written the state judges anew at each start. */
static void daemon_settle_roles(struct daemon *d)
{
	struct roles_settled settled = {0};
	struct roles roles;
	int r = 0;

	roles_init(&roles, &d->config, &d->phone);
	r = roles_settle(&roles, d->api.store, &settled);
	if (r < 0)
		log_message(LOG_WARNING,
			"what server certificates are to trust could not be "
			"written down: %s",
			strerror(-r));
	else if (settled.anchors + settled.intermediates > 0)
		log_message(LOG_NOTICE,
			"server certificates of before were judged again: %u "
			"are anchors, %u are intermediates, trusted as far as "
			"those are that signed them",
			settled.anchors, settled.intermediates);
}

static int daemon_open_state(struct daemon *d)
{
	struct trust_state_sources sources = {
		.store = d->api.store,
		.config = &d->config,
		.phone = &d->phone,
		.clock = &d->clock,
	};
	int r = trust_state_new(&sources, &d->api.state);

	daemon_settle_roles(d);
	if (r == 0)
		r = daemon_load_state(d);
	return r;
}

/* Written before anybody is told that the daemon is ready. */
static int daemon_open_export(struct daemon *d)
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

/* --- the file of the authorities --- */

/* A firmware upgrade writes it in steps: the last one counts. */
static int daemon_on_authorities_settled(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	struct daemon *d = userdata;

	(void)source;
	(void)usec;
	(void)daemon_load_state(d);
	return 0;
}

static int daemon_on_authorities_changed(sd_event_source *source,
	const struct inotify_event *event, void *userdata)
{
	struct daemon *d = userdata;

	(void)source;
	(void)event;
	(void)sd_event_source_set_time_relative(
		d->settle, (uint64_t)AUTHORITIES_SETTLE_MS * 1000);
	return sd_event_source_set_enabled(d->settle, SD_EVENT_ONESHOT);
}

/* The directory is watched, since files are replaced by renaming. */
static int daemon_watch_directory(struct daemon *d)
{
	CLEANUP(free) char *path = strdup(d->config.authorities);
	struct stat st = {0};
	const char *dir = path;

	if (!path)
		return -ENOMEM;
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		dir = dirname(path);
	return sd_event_add_inotify(d->event, &d->watch, dir,
		IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_CREATE,
		daemon_on_authorities_changed, d);
}

static int daemon_add_settle_timer(struct daemon *d)
{
	int r = sd_event_add_time_relative(d->event, &d->settle,
		CLOCK_MONOTONIC, 0, 0, daemon_on_authorities_settled, d);

	if (r >= 0)
		r = sd_event_source_set_enabled(d->settle, SD_EVENT_OFF);
	return r;
}

static int daemon_watch_authorities(struct daemon *d)
{
	int r = 0;

	d->watch = sd_event_source_disable_unref(d->watch);
	if (!d->settle)
		r = daemon_add_settle_timer(d);
	if (r >= 0)
		r = daemon_watch_directory(d);
	if (r < 0)
		log_message(LOG_WARNING,
			"changes of %s are seen at reload only: %s",
			d->config.authorities, strerror(-r));
	return 0;
}

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
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
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
	endpoints_reload(&d->endpoints, &d->config);
	(void)daemon_watch_authorities(d);
	if (r < 0)
		log_message(LOG_ERR, "cannot reload: %s", strerror(-r));
	(void)sd_notify(0, "READY=1");
	return 0;
}

static int daemon_on_save_timer(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	struct daemon *d = userdata;
	bool said = d->saver.exhausted;
	int r = unknown_save(&d->saver, daemon_monotonic_ms(NULL));

	(void)usec;
	if (d->saver.exhausted && !said)
		log_message(LOG_WARNING,
			"more certificates are rejected than are written to "
			"flash in a day: further unknown ones are kept in "
			"memory only until tomorrow");
	/* Once each time it changes: it is tried again every minute. */
	if (r < 0 && r != d->save_error)
		log_event(LOG_STORE_FAILED, LOG_NO_FIELDS,
			"cannot write the unknown certificates: %s",
			strerror(-r));
	d->save_error = r;
	return sd_event_source_set_time_relative(
		source, (uint64_t)UNKNOWN_SAVE_SECONDS * 1000000);
}

static int daemon_add_timer(
	struct daemon *d, uint64_t seconds, sd_event_time_handler_t handler)
{
	sd_event_source *source = NULL;
	int r = sd_event_add_time_relative(d->event, &source, CLOCK_MONOTONIC,
		seconds * 1000000, 1000000, handler, d);

	if (r >= 0)
		r = sd_event_source_set_enabled(source, SD_EVENT_ON);
	if (r >= 0)
		r = sd_event_source_set_floating(source, true);
	sd_event_source_unref(source);
	return r;
}

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
	if (r >= 0)
		r = daemon_add_timer(
			d, UNKNOWN_SAVE_SECONDS, daemon_on_save_timer);
	return r < 0 ? r : 0;
}

/* --- verdicts, and what is rejected --- */

static void daemon_on_rejection(void *userdata,
	const struct rejection *rejection, const struct unknown_entry *entry)
{
	struct daemon *d = userdata;

	monitors_reject(d->api.monitors, rejection, entry);
}

static int daemon_open_verdicts(struct daemon *d)
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

/* --- status --- */

static void daemon_on_status(
	void *userdata, const char *phase, int64_t done, int64_t total)
{
	(void)userdata;
	if (strcmp(phase, "finished") == 0)
		(void)sd_notify(0, "STATUS=Ready.");
	else if (total == 0)
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

/* Where it is root's that is above, tmpfiles.d has made it. */
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
			"this kernel has no filters of system calls: the "
			"daemon goes on without");
	return 0;
}

static int daemon_bind(struct daemon *d)
{
	return endpoints_bind(&d->endpoints, &d->config);
}

static int daemon_watch_clock(struct daemon *d)
{
	return timekeeping_start(&d->timekeeping,
		&(struct timekeeping_parts){
			.event = d->event,
			.state = d->api.state,
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
	{daemon_give_up_rights, "the sandbox"},
	{daemon_open_store, "the trust store"},
	{daemon_open_state, "the trust"},
	{daemon_open_export, "the export"},
	{daemon_watch_authorities, "the watch of the authorities"},
	{daemon_open_verdicts, "the verdicts"},
	{daemon_watch_clock, "the watch of the clock"},
	{daemon_listen, "the server"},
	{daemon_open_provision, "provisioning"},
};

/* What is part of the daemon itself; the rest is made by and by. */
static void daemon_name_parts(struct daemon *d)
{
	d->api.config = &d->config;
	d->api.phone = &d->phone;
	d->api.clock = &d->clock;
	d->api.timekeeping = &d->timekeeping;
	d->api.saver = &d->saver;
}

int daemon_new(const char *config_path, struct daemon **ret)
{
	CLEANUP(daemon_free) struct daemon *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d)
		return -ENOMEM;
	d->config_path = config_path;
	daemon_name_parts(d);
	r = daemon_read_config(d);
	if (r < 0)
		return r;
	timekeeping_load(&d->timekeeping, &d->config, &d->clock);
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

int daemon_run(struct daemon *d)
{
	int r = 0;

	(void)sd_notify(0, "READY=1\nSTATUS=Ready.");
	log_event(LOG_STARTED, LOG_NO_FIELDS, "certprovd %s is ready",
		CERTPROV_VERSION);
	provision_begin(d->api.provision);
	r = sd_event_loop(d->event);
	(void)sd_notify(0, "STOPPING=1\nSTATUS=Stopping.");
	return r;
}

/* The last sentences of a run and of the list of strangers are written. */
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
		unknown_save_all(&d->saver, daemon_monotonic_ms(NULL)) < 0)
		log_message(LOG_WARNING,
			"the unknown certificates could not be written");
	timekeeping_stop(&d->timekeeping);
	export_free(d->api.export);
	trust_state_free(d->api.state);
	unknown_free(d->api.unknown);
	store_close(d->api.store);
	sd_event_source_disable_unref(d->watch);
	sd_event_source_disable_unref(d->settle);
	sd_event_unref(d->event);
	free(d->own_directory);
	phone_done(&d->phone);
	config_done(&d->config);
	free(d);
	return NULL;
}
