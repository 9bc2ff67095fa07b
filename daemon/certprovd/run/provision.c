/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/provision.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovd/run/pass.h"
#include "daemon/certprovd/sys/log.h"
#include "daemon/certprovd/sys/schedule.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
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
	struct sources learnt;
	struct pass pass;
	char *asked; /* the url of the step under way, as it was named */
	/* How the last pass ended: where it stopped, RUN_SOURCE__END: nowhere.
	 */
	enum run_source stopped;
	/* Why the run that is due begins; and those that led to it at once. */
	enum run_cause cause;
	cJSON *chain;
	int64_t previous;
	int64_t retry_after_s; /* the most that servers of the pass asked for */
	char *loop;            /* why a change was not followed, or NULL */
	int64_t loop_since;
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

/* The present setting server; its url is NULL when there is none. */
static struct job_server provision_find_server(const struct provision *p)
{
	int64_t authenticated = 0;

	(void)store_get_fact(p->context.store,
		STORE_SETTING_SERVER_AUTHENTICATED, &authenticated);
	return job_find_server(NULL, trust_state_settings(p->context.state),
		authenticated != 0, p->context.config->url);
}

static struct pass_facts provision_gather(const struct provision *p)
{
	const struct settings *settings =
		trust_state_settings(p->context.state);
	const char *setting = settings->values[SETTING_SETTING_SERVER].value;
	struct pass_facts facts = {
		.server = provision_find_server(p),
		.server_is_setting = setting && *setting,
		.redirection = p->context.config->redirection,
		.learnt = &p->learnt,
	};

	provisioning_order_read(settings_effective(settings,
					trust_state_firmware(p->context.state),
					SETTING_PROVISIONING_ORDER),
		&facts.order);
	return facts;
}

/* Where a pass would begin. */
static bool provision_find_first(
	const struct provision *p, struct pass_step *ret)
{
	const struct pass_facts facts = provision_gather(p);

	return pass_next(&(struct pass){.asked = 0}, &facts, ret);
}

bool provision_find_source(
	const struct provision *p, enum run_source *ret, const char **ret_url)
{
	struct pass_step first = {.source = RUN_SOURCE__END};

	if (!provision_find_first(p, &first))
		return false;
	*ret = first.source;
	*ret_url = first.server.url;
	return true;
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
	struct pass_step first = {.source = RUN_SOURCE__END};

	return (struct schedule_policy){
		.enabled = provision_find_first(p, &first) &&
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
	const char *server = provision_find_server(p).url;

	if (string_equal(p->server, server))
		return false;
	(void)string_replace(&p->server, server);
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

/* The next run begins another. */
static void provision_end_pass(struct provision *p)
{
	p->pass = (struct pass){.asked = 0};
	p->cause = RUN_BY_SCHEDULE;
	p->retry_after_s = 0;
	p->previous = 0;
	cJSON_Delete(p->chain);
	p->chain = NULL;
}

/* A run is due that does not come from the schedule: it goes on with what ran
 * before, or there is an offer. */
static bool provision_is_due(const struct provision *p)
{
	return p->chain || p->cause == RUN_BY_OFFER;
}

static int provision_start_for(struct provision *p,
	const struct run_request *request, enum run_cause cause);

static int provision_on_timer(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	static const struct run_request request = {.document_fd = -1};
	struct provision *p = userdata;
	struct schedule_policy policy = provision_make_policy(p);
	int error = provision_start_for(p, &request, RUN_BY_SCHEDULE);

	(void)source;
	(void)usec;
	if (error == 0 || error == -EBUSY)
		return 0;
	log_message(
		LOG_WARNING, "cannot start provisioning: %s", strerror(-error));
	provision_end_pass(p);
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
	bool changed = false;

	if (p->run) {
		if (run_follow_admin(p->run) < 0)
			run_cancel(p->run);
		return; /* at its end the schedule is made again */
	}
	(void)provision_take_order(p);
	changed = provision_take_server(p);
	/* It decides by what holds when it begins. */
	if (provision_is_due(p) && policy.enabled)
		return;
	provision_end_pass(p);
	if (changed)
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

/* --- what follows a run --- */

/* So that the run that follows can tell what led to it. */
static void provision_add_link(
	struct provision *p, const struct run_summary *summary)
{
	const char *url = summary->url ? summary->url : "a document";
	cJSON *item = cJSON_CreateString(url);

	if (!p->chain)
		p->chain = cJSON_CreateArray();
	if (!item || !cJSON_AddItemToArray(p->chain, item))
		cJSON_Delete(item);
	while (cJSON_GetArraySize(p->chain) > RUN_MAX_CHAIN)
		cJSON_DeleteItemFromArray(p->chain, 0);
	p->previous = summary->id;
}

static bool provision_was_asked(const struct provision *p,
	const struct run_summary *summary, const char *url)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, p->chain)
	{
		if (string_equal(item->valuestring, url))
			return true;
	}
	return string_equal(summary->url, url);
}

static void provision_forget_loop(struct provision *p)
{
	free(p->loop);
	p->loop = NULL;
}

/* Without memory it is told without the reason. */
static void provision_refuse_restart(struct provision *p,
	struct run_summary *summary, bool server, const char *shown)
{
	CLEANUP(free) char *url = NULL;
	bool again = server && provision_was_asked(p, summary, shown);

	if (server && url_redact(shown, &url) < 0)
		return;
	(void)string_format(&summary->next,
		"A file changed %s%s for the %dth time%s; the next run is by "
		"the schedule.",
		server ? "setting_server to " : "provisioning_order",
		url ? url : "", SCHEDULE_MAX_RESTARTS + 1,
		again ? ", and it was asked in this chain: the files name each "
			"other"
		      : " within an hour");
	provision_forget_loop(p);
	p->loop_since = summary->finished;
	(void)string_replace(&p->loop, summary->next);
	if (p->loop)
		log_message(LOG_WARNING, "run %lld: %s", (long long)summary->id,
			p->loop);
}

/* A file named another server, or another order: what follows begins at the
 * first source again, but not without end. */
static void provision_restart(struct provision *p, struct run_summary *summary,
	const struct schedule_policy *policy, bool server)
{
	CLEANUP(free) char *shown = NULL;
	CLEANUP(free) char *url = NULL;

	if (server && url_redact_userinfo(p->server, &shown) < 0)
		return;
	if (!schedule_restart(&p->schedule, policy, provision_monotonic_ms())) {
		if (policy->enabled)
			provision_refuse_restart(p, summary, server, shown);
		provision_end_pass(p);
		return;
	}
	provision_add_link(p, summary);
	p->pass = (struct pass){.asked = 0};
	p->cause = server ? RUN_BY_SETTING_SERVER : RUN_BY_ORDER;
	if (server && url_redact(shown, &url) == 0)
		(void)string_format(&summary->next,
			"A file changed setting_server to %s: it is asked at "
			"once.",
			url);
	else if (!server)
		(void)string_replace(&summary->next,
			"A file changed provisioning_order: the sources are "
			"asked anew at once.");
}

/* The step under way has ended: true when another one follows. */
static bool provision_go_on(struct provision *p, struct run_summary *summary)
{
	const struct pass_facts facts = provision_gather(p);
	bool fetched = summary->result == RUN_COMPLETE ||
		summary->result == RUN_PARTIAL;
	bool service = p->pass.now.service;
	struct pass_step next = {.source = RUN_SOURCE__END};

	if (!pass_step_ends(&p->pass, fetched)) {
		p->stopped = p->pass.now.source;
		return false;
	}
	if (!pass_next(&p->pass, &facts, &next)) {
		if (service && fetched)
			(void)string_replace(&summary->next,
				"The redirection service named no setting "
				"server, and there is no other source.");
		return false;
	}
	p->cause = fetched && !service ? RUN_BY_PROCEEDING : RUN_BY_FAILURE;
	provision_add_link(p, summary);
	(void)string_format(&summary->next, "%s: %s is asked next.",
		p->cause == RUN_BY_PROCEEDING
			? "provisioning_order says proceed"
			: fetched ? "The redirection service named no setting "
				    "server"
				  : "Nothing could be fetched",
		run_source_name(next.source));
	schedule_continue(&p->schedule, provision_monotonic_ms());
	return true;
}

/* Was it changed by a file, and to what was not just asked? */
static bool provision_is_new_server(const struct provision *p, bool changed)
{
	return changed && p->server &&
		provision_is_from_file(p, SETTING_SETTING_SERVER) &&
		!string_equal(p->server, p->asked);
}

/* A server asked to be left alone for a while, and it is. */
static void provision_wait(struct provision *p, struct run_summary *summary)
{
	schedule_wait(&p->schedule, p->retry_after_s, provision_monotonic_ms(),
		provision_some_random());
	if (!summary->next && p->schedule.next_ms != SCHEDULE_NEVER)
		(void)string_format(&summary->next,
			"The server asks to wait %lld seconds: no run begins "
			"by itself before that.",
			(long long)p->retry_after_s);
}

static void provision_on_ends(void *userdata, struct run_summary *summary)
{
	struct provision *p = userdata;
	struct schedule_policy policy = provision_make_policy(p);
	bool changed = provision_take_server(p);
	bool server = provision_is_new_server(p, changed);
	bool order = provision_take_order(p) &&
		provision_is_from_file(p, SETTING_PROVISIONING_ORDER);
	bool ordered =
		changed && !provision_is_from_file(p, SETTING_SETTING_SERVER);
	bool failed = summary->result == RUN_FAILED;

	p->stopped = RUN_SOURCE__END;
	if (summary->retry_after_s > p->retry_after_s)
		p->retry_after_s = summary->retry_after_s;
	if (!server && !order && !ordered && p->pass.active &&
		summary->result != RUN_CANCELLED) {
		if (provision_go_on(p, summary))
			return;
		failed = !p->pass.succeeded;
	}
	if (!server && !order)
		provision_forget_loop(p);
	schedule_run_ends(&p->schedule, &policy, failed,
		provision_monotonic_ms(), provision_some_random());
	if (!server && !order && !ordered && p->retry_after_s > 0)
		provision_wait(p, summary);
	if (ordered || (!server && !order))
		provision_end_pass(p);
	if (ordered)
		schedule_start(&p->schedule, &policy, provision_monotonic_ms(),
			provision_some_random());
	else if (server || order)
		provision_restart(p, summary, &policy, server);
}

static void provision_on_finished(
	void *userdata, const struct run_summary *summary)
{
	struct provision *p = userdata;

	p->ended = TAKE_PTR(p->run);
	if (!summary->dry_run)
		p->finished[summary->result]++;
	(void)sd_event_source_set_enabled(p->release, SD_EVENT_ONESHOT);
	provision_arm(p);
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
	.ends = provision_on_ends,
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
	p->stopped = RUN_SOURCE__END;
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

void provision_stop_run(struct provision *p)
{
	if (p->run)
		run_cancel_now(p->run);
}

void provision_begin_anew(struct provision *p)
{
	provision_end_pass(p);
	provision_forget_loop(p);
	provision_begin(p);
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
	sources_done(&p->learnt);
	cJSON_Delete(p->chain);
	free(p->server);
	free(p->order);
	free(p->asked);
	free(p->loop);
	free(p);
	return NULL;
}

/* The next step of the pass, or the first of one. */
static int provision_choose_step(const struct provision *p,
	const struct pass *pass, struct pass_step *step, struct run_start *ret)
{
	const struct pass_facts facts = provision_gather(p);

	if (!pass_next(pass, &facts, step))
		return -EDESTADDRREQ;
	*ret = (struct run_start){
		.source = step->source,
		.cause = ret->cause,
		.server = step->server,
		.previous = p->previous,
		.chain = p->chain,
	};
	return 0;
}

static int provision_run(struct provision *p, const struct run_request *request)
{
	int error = 0;

	p->ended = run_free(p->ended);
	error = run_start(&p->context, request, &owner, p, &p->run);
	if (error == 0 && p->on_status)
		p->on_status(p->status_userdata, "started", 0, 0);
	return error;
}

/* What was due otherwise is overtaken by what somebody asks for. */
static int provision_begin_asked(
	struct provision *p, const struct run_request *request)
{
	const char *url = request->url;
	int error = provision_run(p, request);

	if (error < 0 || request->dry_run)
		return error;
	provision_end_pass(p);
	return string_replace(&p->asked, url) < 0 ? -ENOMEM : 0;
}

static int provision_begin_step(struct provision *p,
	const struct run_request *request, enum run_cause cause)
{
	const struct pass none = {.asked = 0};
	struct run_request started = *request;
	struct run_start start = {.cause = cause};
	struct pass_step step = {.source = RUN_SOURCE__END};
	int error = 0;

	if (p->cause != RUN_BY_SCHEDULE && !request->dry_run)
		start.cause = p->cause;
	error = provision_choose_step(
		p, request->dry_run ? &none : &p->pass, &step, &start);
	started.start = &start;
	if (error == 0 && !request->dry_run)
		error = string_replace(&p->asked, step.server.url);
	if (error == 0)
		error = provision_run(p, &started);
	if (error < 0 || request->dry_run)
		return error;
	pass_take(&p->pass, &step);
	p->cause = RUN_BY_SCHEDULE;
	return 0;
}

static int provision_begin_run(struct provision *p,
	const struct run_request *request, enum run_cause cause)
{
	bool asked =
		request->url || request->document || request->document_fd >= 0;
	int error = asked ? provision_begin_asked(p, request)
			  : provision_begin_step(p, request, cause);

	if (error == 0 && !request->dry_run) {
		schedule_run_begins(&p->schedule);
		provision_arm(p);
	}
	return error;
}

/* Watched by nobody: by the schedule, or else joined by whoever asks. */
static int provision_start_for(struct provision *p,
	const struct run_request *request, enum run_cause cause)
{
	if (p->run)
		return run_is_for(p->run, request) ? 0 : -EBUSY;
	return provision_begin_run(p, request, cause);
}

int provision_start(struct provision *p, const struct run_request *request,
	const struct run_watcher *watcher, void *userdata,
	struct run_watch **ret_watch, int64_t *ret_id)
{
	int error = provision_start_for(p, request, RUN_BY_REQUEST);

	if (error == -EBUSY)
		*ret_id = run_summary(p->run)->id;
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

int provision_offer(struct provision *p, enum provisioning_source source,
	const char *url, bool *ret_changed)
{
	enum run_source from = (enum run_source)(RUN_FROM_REDIRECTION + source);
	struct schedule_policy policy;
	struct pass_facts facts;
	int error = sources_offer(
		&p->learnt, source, url, provision_monotonic_ms(), ret_changed);

	/* A run under way, and what follows it, see it by themselves. */
	if (error < 0 || !*ret_changed || p->run || provision_is_due(p))
		return error;
	facts = provision_gather(p);
	if (!pass_reaches(&facts, p->stopped, from))
		return 0;
	policy = provision_make_policy(p);
	p->cause = RUN_BY_OFFER;
	schedule_soon(&p->schedule, &policy, provision_monotonic_ms(),
		provision_some_random());
	provision_arm(p);
	return 0;
}

const char *provision_loop(const struct provision *p, int64_t *ret_since)
{
	*ret_since = p->loop_since;
	return p->loop;
}
