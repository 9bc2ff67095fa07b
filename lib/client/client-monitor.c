/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/base/date.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/client/client-internal.h"

/* Between attempts to connect; doubled after each. */
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000
#define MS_PER_S 1000
#define NS_PER_MS 1000000
/* Events reported in one go: a daemon that never stops talking must not keep
 * the caller from its other descriptors. */
#define EVENTS_MAX 256

struct certprov_event {
	enum certprov_event_kind kind;
	const char *store;
	int64_t generation;
	struct certprov_certificate *certificate;
	const char *host;
	const char *purpose;
	const char *result;
	const char *reason;
};

struct certprov_monitor {
	char *path;
	enum certprov_what what;
	certprov_event_callback *callback;
	void *userdata;
	/* The one descriptor the caller sees: it holds the two others. */
	int epoll;
	int timer;
	struct varlink_client *connection; /* or NULL */
	bool lost;                         /* and that was reported */
	int backoff_ms;
};

/* --- descriptors --- */

static int client_set_timer(struct certprov_monitor *m, int64_t ms)
{
	/* All zeroes would be no timer at all. */
	struct itimerspec when = {
		.it_value = {.tv_sec = date_to_time_t(ms / MS_PER_S),
			.tv_nsec = (long)(ms % MS_PER_S * NS_PER_MS + 1)},
	};

	return timerfd_settime(m->timer, 0, &when, NULL) < 0 ? -errno : 0;
}

static int client_watch(const struct certprov_monitor *m, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int client_open_descriptors(struct certprov_monitor *m)
{
	int r = 0;

	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	m->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (m->epoll < 0 || m->timer < 0)
		return -errno;
	r = client_watch(m, m->timer);
	return r < 0 ? r : client_set_timer(m, 0);
}

/* --- life --- */

int certprov_monitor_new(const struct certprov *c, enum certprov_what what,
	certprov_event_callback *callback, void *userdata,
	struct certprov_monitor **ret)
{
	CLEANUP(certprov_monitor_free) struct certprov_monitor *m = NULL;
	int r = 0;

	if ((unsigned)what > CERTPROV_MONITOR_REJECTIONS || !callback)
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	*m = (struct certprov_monitor){
		.what = what,
		.callback = callback,
		.userdata = userdata,
		.epoll = -1,
		.timer = -1,
		.backoff_ms = BACKOFF_MIN_MS,
	};
	r = string_replace(&m->path, c->path);
	if (r == 0)
		r = client_open_descriptors(m);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

struct certprov_monitor *certprov_monitor_free(struct certprov_monitor *m)
{
	if (!m)
		return NULL;
	(void)varlink_client_free(m->connection);
	(void)fd_close(m->timer);
	(void)fd_close(m->epoll);
	free(m->path);
	free(m);
	return NULL;
}

int certprov_monitor_fd(const struct certprov_monitor *m)
{
	return m->epoll;
}

short certprov_monitor_events(const struct certprov_monitor *m)
{
	(void)m;
	return POLLIN;
}

/* --- losing and finding the daemon --- */

static void client_monitor_tell(
	struct certprov_monitor *m, const struct certprov_event *event)
{
	m->callback(event, m->userdata);
}

/* Try again later. The closed descriptor leaves the set by itself. */
static int client_lose(struct certprov_monitor *m)
{
	int r = client_set_timer(m, m->backoff_ms);

	m->connection = varlink_client_free(m->connection);
	m->backoff_ms = 2 * m->backoff_ms < BACKOFF_MAX_MS ? 2 * m->backoff_ms
							   : BACKOFF_MAX_MS;
	if (!m->lost) {
		m->lost = true;
		client_monitor_tell(m,
			&(struct certprov_event){.kind = CERTPROV_EVENT_LOST});
	}
	return r;
}

static int client_subscribe(struct certprov_monitor *m)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};
	int64_t now = varlink_deadline(0);
	int r = client_prepare(m->what == CERTPROV_MONITOR_TRUST
			? "Monitor"
			: "MonitorRejections",
		NULL, &call);

	if (r < 0)
		return r;
	call.more = true;
	r = varlink_client_connect(m->path, now, &m->connection);
	if (r == 0)
		r = client_watch(m, varlink_client_fd(m->connection));
	if (r == 0)
		r = varlink_client_send(m->connection, &call, NULL, now);
	return r;
}

/* --- replies --- */

struct client_event_reply {
	const char *store;
	int64_t generation;
	const cJSON *certificate;
	const char *host;
	const char *purpose;
	const char *result;
	const char *reason;
};

static const struct json_field trust_fields[] = {
	JSON_FIELD(struct client_event_reply, store, JSON_STRING,
		.required = true),
	JSON_FIELD(struct client_event_reply, generation, JSON_INT64,
		.required = true),
};

static const struct json_field rejection_fields[] = {
	JSON_FIELD(struct client_event_reply, certificate, JSON_OBJECT),
	JSON_FIELD(struct client_event_reply, host, JSON_STRING),
	JSON_FIELD(struct client_event_reply, purpose, JSON_STRING),
	JSON_FIELD(struct client_event_reply, result, JSON_STRING),
	JSON_FIELD(struct client_event_reply, reason, JSON_STRING),
};

static int client_read_trust(const cJSON *object, struct certprov_event *event)
{
	struct client_event_reply reply = {0};
	const char *wrong = NULL;
	int r = json_fields_decode_known(
		trust_fields, ARRAY_SIZE(trust_fields), object, &reply, &wrong);

	if (r < 0)
		return r;
	*event = (struct certprov_event){
		.kind = CERTPROV_EVENT_TRUST,
		.store = reply.store,
		.generation = reply.generation,
	};
	return 0;
}

static int client_read_rejection(cJSON *object, struct certprov_event *event)
{
	struct client_event_reply reply = {0};
	const char *wrong = NULL;
	int r = json_fields_decode_known(rejection_fields,
		ARRAY_SIZE(rejection_fields), object, &reply, &wrong);

	if (r < 0)
		return r;
	*event = (struct certprov_event){
		.kind = reply.certificate ? CERTPROV_EVENT_REJECTION
					  : CERTPROV_EVENT_CONNECTED,
		.host = reply.host,
		.purpose = reply.purpose,
		.result = reply.result,
		.reason = reply.reason,
	};
	if (!reply.certificate)
		return 0;
	return client_certificate_decode(
		cJSON_DetachItemFromObjectCaseSensitive(object, "certificate"),
		&event->certificate);
}

static int client_take_reply(
	struct certprov_monitor *m, struct varlink_reply *reply)
{
	struct certprov_event event = {.kind = CERTPROV_EVENT_LOST};
	int r = client_reply_errno(reply);

	if (r == 0)
		r = m->what == CERTPROV_MONITOR_TRUST
			? client_read_trust(reply->parameters, &event)
			: client_read_rejection(reply->parameters, &event);
	if (r < 0)
		return r;
	m->lost = false;
	m->backoff_ms = BACKOFF_MIN_MS;
	client_monitor_tell(m, &event);
	(void)certprov_certificate_free(event.certificate);
	return reply->continues ? 0 : -ECONNRESET;
}

/* Everything that is there now: 0. */
static int client_take_replies(struct certprov_monitor *m)
{
	for (int i = 0; i < EVENTS_MAX; i++) {
		CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
		int r = varlink_client_receive(
			m->connection, varlink_deadline(0), &answer);

		if (r == -ETIMEDOUT)
			return 0;
		if (r == 0)
			r = client_take_reply(m, &answer.reply);
		if (r < 0)
			return r;
	}
	/* What was read but not reported does not make the socket readable. */
	return client_set_timer(m, 0);
}

int certprov_monitor_process(struct certprov_monitor *m)
{
	uint64_t expired = 0;
	bool due = read(m->timer, &expired, sizeof(expired)) > 0;
	int r = 0;

	if (!m->connection) {
		if (!due)
			return 0;
		r = client_subscribe(m);
	}
	if (r == 0)
		r = client_take_replies(m);
	if (r == 0)
		return 0;
	if (client_lose(m) < 0 || r == -ENOMEM || r == -EMFILE || r == -ENFILE)
		return r;
	return 0;
}

/* --- what an event says --- */

enum certprov_event_kind certprov_event_kind(const struct certprov_event *e)
{
	return e->kind;
}

const char *certprov_event_store(const struct certprov_event *e)
{
	return e->store ? e->store : "";
}

uint64_t certprov_event_generation(const struct certprov_event *e)
{
	return (uint64_t)e->generation;
}

const struct certprov_certificate *certprov_event_certificate(
	const struct certprov_event *e)
{
	return e->certificate;
}

const char *certprov_event_host(const struct certprov_event *e)
{
	return e->host;
}

const char *certprov_event_purpose(const struct certprov_event *e)
{
	return e->purpose;
}

const char *certprov_event_result(const struct certprov_event *e)
{
	return e->result;
}

const char *certprov_event_reason(const struct certprov_event *e)
{
	return e->reason;
}
