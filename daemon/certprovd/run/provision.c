/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/provision.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovd/sys/log.h"
#include "daemon/certprovd/sys/schedule.h"
#include "lib/base/string.h"
#include "lib/provisioning/job-plan.h"

#define START_JITTER_MS 3000

struct provision {
	struct run_context context;
	struct run *run;
	struct schedule schedule;
	sd_event_source *timer;
	sd_event_source *release; /* frees a run that has ended */
	struct run *ended;
	char *server; /* what the schedule was last made for */
	char *order;
	uint64_t finished[RUN_RESULT__END];
	provision_status *on_status;
	void *status_userdata;
};

static uint32_t provision_some_random(void)
{
	uint32_t random = 0;

	/* Without it the phones of a fleet may start at once; no other harm. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (uint32_t)getpid();
	return random;
}

static int64_t provision_monotonic_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- the schedule --- */

/* The present setting server, or NULL. */
static const char *provision_find_server(const struct provision *p)
{
	return job_find_server(NULL, trust_state_settings(p->context.state),
		false, p->context.config->url)
		.url;
}

/* A value that a file or an admin set, or NULL. */
static const char *provision_find_setting(
	const struct provision *p, enum setting_id id)
{
	return trust_state_settings(p->context.state)->values[id].value;
}

static bool provision_is_from_file(
	const struct provision *p, enum setting_id id)
{
	return trust_state_settings(p->context.state)->values[id].origin ==
		SETTING_FROM_PROVISIONING;
}

/* The configured interval, or sooner where the setting says so. */
static uint32_t provision_find_refresh(const struct provision *p)
{
	uint32_t configured = (uint32_t)p->context.config->refresh_interval;
	uint32_t wish = settings_number(trust_state_settings(p->context.state),
		trust_state_firmware(p->context.state), SETTING_REFRESH_TIMER);

	if (wish > 0 && wish < SCHEDULE_MIN_WISH_SECONDS &&
		provision_is_from_file(p, SETTING_REFRESH_TIMER))
		wish = SCHEDULE_MIN_WISH_SECONDS;
	return wish > 0 && (configured == 0 || wish < configured) ? wish
								  : configured;
}

static struct schedule_policy provision_make_policy(const struct provision *p)
{
	const struct settings *settings =
		trust_state_settings(p->context.state);
	const struct firmware *firmware =
		trust_state_firmware(p->context.state);

	return (struct schedule_policy){
		.enabled = provision_find_server(p) &&
			!settings_forbid_runs(settings, firmware),
		.start_jitter_ms = START_JITTER_MS,
		.refresh_s = provision_find_refresh(p),
		.back_off = settings_back_off(settings, firmware),
		.wished = provision_is_from_file(p, SETTING_BACK_OFF),
	};
}

/* True when it is not what the schedule was made for before. */
static bool provision_take_server(struct provision *p)
{
	if (string_equal(p->server, provision_find_server(p)))
		return false;
	(void)string_replace(&p->server, provision_find_server(p));
	return true;
}

static bool provision_take_order(struct provision *p)
{
	const char *order =
		provision_find_setting(p, SETTING_PROVISIONING_ORDER);

	if (string_equal(p->order, order))
		return false;
	(void)string_replace(&p->order, order);
	return true;
}

static void provision_arm(struct provision *p)
{
	if (p->schedule.next_ms == SCHEDULE_NEVER) {
		(void)sd_event_source_set_enabled(p->timer, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(
		p->timer, (uint64_t)p->schedule.next_ms * 1000);
	(void)sd_event_source_set_enabled(p->timer, SD_EVENT_ONESHOT);
}

static int provision_on_timer(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	static const struct run_request request = {.document_fd = -1};
	struct provision *p = userdata;
	struct schedule_policy policy = provision_make_policy(p);
	int64_t id = 0;
	int error = provision_start(p, &request, NULL, NULL, NULL, &id);

	(void)source;
	(void)usec;
	if (error == 0 || error == -EBUSY)
		return 0;
	log_message(
		LOG_WARNING, "cannot start provisioning: %s", strerror(-error));
	schedule_run_ends(&p->schedule, &policy, true, provision_monotonic_ms(),
		provision_some_random());
	provision_arm(p);
	return 0;
}

void provision_begin(struct provision *p)
{
	struct schedule_policy policy = provision_make_policy(p);

	(void)provision_take_server(p);
	(void)provision_take_order(p);
	/* Without a run at start, the schedule goes on as after a run: later
	 * changes of policy must not make up for it either. */
	if (p->context.config->at_start)
		schedule_start(&p->schedule, &policy, provision_monotonic_ms(),
			provision_some_random());
	else
		schedule_run_ends(&p->schedule, &policy, false,
			provision_monotonic_ms(), provision_some_random());
	provision_arm(p);
}

void provision_policy_changed(struct provision *p)
{
	struct schedule_policy policy = provision_make_policy(p);

	if (p->run) {
		if (run_follow_admin(p->run) < 0)
			run_cancel(p->run);
		return; /* at its end the schedule is made again */
	}
	(void)provision_take_order(p);
	if (provision_take_server(p))
		schedule_start(&p->schedule, &policy, provision_monotonic_ms(),
			provision_some_random());
	else
		schedule_policy_changed(&p->schedule, &policy,
			provision_monotonic_ms(), provision_some_random());
	provision_arm(p);
}

int64_t provision_next(const struct provision *p)
{
	if (p->schedule.next_ms == SCHEDULE_NEVER)
		return 0;
	return clock_wall() +
		(p->schedule.next_ms - provision_monotonic_ms()) / 1000;
}

/* --- the run under way --- */

static void provision_on_progress(
	void *userdata, const char *phase, int64_t done, int64_t total)
{
	struct provision *p = userdata;

	if (p->on_status)
		p->on_status(p->status_userdata, phase, done, total);
}

/* After a file named another server, or another order, another run follows
 * soon, but not without end. After an admin did, the schedule starts again. */
static void provision_schedule_next(
	struct provision *p, const struct run_summary *summary)
{
	struct schedule_policy policy = provision_make_policy(p);
	bool server = false;
	bool order = false;

	if (summary->dry_run) {
		provision_arm(p);
		return;
	}
	schedule_run_ends(&p->schedule, &policy, summary->result == RUN_FAILED,
		provision_monotonic_ms(), provision_some_random());
	server = provision_take_server(p);
	order = provision_take_order(p);
	if (server && !provision_is_from_file(p, SETTING_SETTING_SERVER))
		schedule_start(&p->schedule, &policy, provision_monotonic_ms(),
			provision_some_random());
	else if (server ||
		(order &&
			provision_is_from_file(p, SETTING_PROVISIONING_ORDER)))
		schedule_restart(&p->schedule, &policy,
			provision_monotonic_ms(), provision_some_random());
	provision_arm(p);
}

static void provision_on_finished(
	void *userdata, const struct run_summary *summary)
{
	struct provision *p = userdata;

	p->ended = TAKE_PTR(p->run);
	if (!summary->dry_run)
		p->finished[summary->result]++;
	(void)sd_event_source_set_enabled(p->release, SD_EVENT_ONESHOT);
	provision_schedule_next(p, summary);
	if (p->on_status)
		p->on_status(p->status_userdata, "finished", 0, 0);
}

/* Not while the run is calling us. */
static int provision_on_release(sd_event_source *source, void *userdata)
{
	struct provision *p = userdata;

	(void)source;
	p->ended = run_free(p->ended);
	return 0;
}

static const struct run_watcher owner = {
	.progress = provision_on_progress,
	.finished = provision_on_finished,
};

void provision_on_status(
	struct provision *p, provision_status *on_status, void *userdata)
{
	p->on_status = on_status;
	p->status_userdata = userdata;
}

/* --- for callers --- */

int provision_new(const struct run_context *context, struct provision **ret)
{
	CLEANUP(provision_free) struct provision *p = calloc(1, sizeof(*p));
	int error = 0;

	if (!p)
		return -ENOMEM;
	p->context = *context;
	p->schedule.next_ms = SCHEDULE_NEVER;
	error = sd_event_add_time(context->event, &p->timer, CLOCK_MONOTONIC, 0,
		1000, provision_on_timer, p);
	if (error >= 0)
		error = sd_event_source_set_enabled(p->timer, SD_EVENT_OFF);
	if (error >= 0)
		error = sd_event_add_defer(
			context->event, &p->release, provision_on_release, p);
	if (error >= 0)
		error = sd_event_source_set_enabled(p->release, SD_EVENT_OFF);
	if (error < 0)
		return error;
	*ret = TAKE_PTR(p);
	return 0;
}

struct provision *provision_free(struct provision *p)
{
	if (!p)
		return NULL;
	p->on_status = NULL;
	run_free(p->run);
	run_free(p->ended);
	sd_event_source_disable_unref(p->timer);
	sd_event_source_disable_unref(p->release);
	free(p->server);
	free(p->order);
	free(p);
	return NULL;
}

static int provision_begin_run(
	struct provision *p, const struct run_request *request)
{
	int error = 0;

	p->ended = run_free(p->ended);
	error = run_start(&p->context, request, &owner, p, &p->run);
	if (error == 0 && p->on_status)
		p->on_status(p->status_userdata, "started", 0, 0);
	if (error == 0 && !request->dry_run) {
		schedule_run_begins(&p->schedule);
		provision_arm(p);
	}
	return error;
}

int provision_start(struct provision *p, const struct run_request *request,
	const struct run_watcher *watcher, void *userdata,
	struct run_watch **ret_watch, int64_t *ret_id)
{
	int error = 0;

	if (p->run && !run_is_for(p->run, request)) {
		*ret_id = run_summary(p->run)->id;
		return -EBUSY;
	}
	if (!p->run)
		error = provision_begin_run(p, request);
	if (error == 0 && watcher)
		error = run_watch(p->run, watcher, userdata, ret_watch);
	if (error == 0)
		*ret_id = run_summary(p->run)->id;
	return error;
}

int provision_cancel(struct provision *p, int64_t id)
{
	if (!p->run || run_summary(p->run)->id != id)
		return -ENOENT;
	run_cancel(p->run);
	return 0;
}

const struct run_summary *provision_current(const struct provision *p)
{
	return p->run ? run_summary(p->run) : NULL;
}

uint64_t provision_finished(const struct provision *p, enum run_result result)
{
	return p->finished[result];
}
