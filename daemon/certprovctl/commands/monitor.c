/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor: two streams of certprovd side by side, of trust and of rejected
 * peers. A certprovd that is restarted is connected to again; one that stays
 * away ends it.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/base/date.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink-client.h"

/* How long to wait before looking for certprovd again. */
#define RETRY_MS 200
#define MAX_FIELD_BYTES 512

/* In the order in which they are asked: once the second has answered, nothing
 * is missed. */
enum stream_id {
	STREAM_REJECTIONS,
	STREAM_TRUST,
	STREAM__END,
};

struct monitor_command {
	struct session *session;
	char *path;
	int64_t timeout_ms;
	int64_t deadline_ms; /* for certprovd to answer, or to come back */
	int signals;
	struct varlink_client *streams[STREAM__END]; /* NULL: not open */
	bool answered[STREAM__END]; /* or certprovd does not have it */
	bool lost;                  /* it went away; reported, and waited for */
};

static void monitor_disconnect(struct monitor_command *m)
{
	for (size_t i = 0; i < STREAM__END; i++) {
		m->streams[i] = varlink_client_free(m->streams[i]);
		m->answered[i] = false;
	}
}

static void monitor_done(struct monitor_command *m)
{
	monitor_disconnect(m);
	free(m->path);
	m->signals = fd_close(m->signals);
}
DEFINE_CLEANUP_EMBEDDED(struct monitor_command, monitor_done);

/* --- lines --- */

static int monitor_put_time(FILE *out)
{
	char now[DATE_TEXT_SIZE];

	date_format((int64_t)time(NULL), now);
	return fprintf(out, "%s ", now) < 0 ? -EIO : 0;
}

/* Prints a member, escaped: strangers may have written it. */
static int monitor_put_field(
	FILE *out, const cJSON *row, const char *member, const char *missing)
{
	const char *text = view_text(row, member);
	CLEANUP(free) char *clean = NULL;
	int r = 0;

	if (!text)
		text = missing;
	r = text_escape(text, strlen(text), MAX_FIELD_BYTES, &clean);
	if (r == 0)
		(void)fprintf(out, " %s", clean);
	return r;
}

static int monitor_print_trust(FILE *out, const cJSON *reply)
{
	const char *store = view_text(reply, "store");
	int r = monitor_put_time(out);

	if (r == 0)
		(void)fprintf(out, "store %.32s generation %" PRId64 "\n",
			store ? store : "-",
			view_number(reply, "generation", 0));
	return r;
}

/* The first reply is without one. */
static int monitor_print_rejection(FILE *out, const cJSON *reply)
{
	const cJSON *certificate =
		cJSON_GetObjectItemCaseSensitive(reply, "certificate");
	const char *sha256 = view_text(certificate, "sha256");
	int r = 0;

	if (!cJSON_IsObject(certificate))
		return 0;
	r = monitor_put_time(out);
	if (r == 0)
		(void)fprintf(out, "rejected %.*s", VIEW_FINGERPRINT_DIGITS,
			sha256 ? sha256 : "-");
	if (r == 0)
		r = monitor_put_field(out, reply, "host", "-");
	if (r == 0)
		r = monitor_put_field(out, reply, "purpose", "any");
	if (r == 0)
		r = monitor_put_field(out, reply, "result", "-");
	if (r == 0)
		r = monitor_put_field(out, reply, "reason", "");
	(void)fputc('\n', out);
	return r;
}

static const struct monitor_stream {
	const char *method;
	int (*print)(FILE *out, const cJSON *reply);
	bool optional; /* may be missing in certprovd */
} streams[] = {
	[STREAM_REJECTIONS] =
		{
			.method = "io.certprov.trust.MonitorRejections",
			.print = monitor_print_rejection,
			.optional = true,
		},
	[STREAM_TRUST] =
		{
			.method = "io.certprov.trust.Monitor",
			.print = monitor_print_trust,
		},
};

static enum exit_status monitor_print_reply(const struct monitor_command *m,
	enum stream_id id, const cJSON *parameters)
{
	struct session *s = m->session;
	CLEANUP(json_free) cJSON *none = cJSON_CreateObject();
	const cJSON *reply = parameters ? parameters : none;
	int r = session_json(s) ? view_print_json(&s->screen, reply)
				: streams[id].print(s->screen.out, reply);

	(void)fflush(s->screen.out);
	return r < 0 ? session_trouble(s, "printing", r) : EXIT_COMPLETE;
}

/* --- one stream --- */

static bool monitor_is_settled(const struct monitor_command *m)
{
	return m->answered[STREAM_REJECTIONS] && m->answered[STREAM_TRUST];
}

static void monitor_greet(struct monitor_command *m)
{
	if (!m->lost || !monitor_is_settled(m))
		return;
	m->lost = false;
	screen_complain(&m->session->screen,
		"certprovd is back; \"certprovctl unknown\" shows what "
		"it has rejected meanwhile",
		NULL);
}

/*
 * One reply. EXIT_COMPLETE with *ret 0, or with the negative errno of a
 * connection that has ended: another one may work. -ETIMEDOUT when nothing is
 * there.
 */
static enum exit_status monitor_receive(
	struct monitor_command *m, enum stream_id id, int *ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	const struct screen *screen = &m->session->screen;

	*ret = varlink_client_receive(
		m->streams[id], varlink_deadline(0), &answer);
	if (*ret < 0)
		return EXIT_COMPLETE;
	m->answered[id] = true;
	monitor_greet(m);
	if (!answer.reply.error)
		return monitor_print_reply(m, id, answer.reply.parameters);
	if (streams[id].optional &&
		strstr(answer.reply.error, ".MethodNot") != NULL) {
		screen_complain(screen,
			"this certprovd does not report rejected peers",
			"Only changes of trust are printed. A later version "
			"reports both.");
		m->streams[id] = varlink_client_free(m->streams[id]);
		return EXIT_COMPLETE;
	}
	return service_explain_error(
		screen, answer.reply.error, answer.reply.parameters);
}

/* Takes everything that has arrived: one read may hold several replies. */
static enum exit_status monitor_drain(
	struct monitor_command *m, enum stream_id id, int *ret)
{
	enum exit_status status = EXIT_COMPLETE;

	while (!status && *ret == 0 && m->streams[id])
		status = monitor_receive(m, id, ret);
	if (*ret == -ETIMEDOUT)
		*ret = 0;
	return status;
}

/* Connect and ask. 0 or a negative errno. */
static int monitor_open_stream(struct monitor_command *m, enum stream_id id)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {.more = true};
	int r = varlink_client_connect(
		m->path, m->deadline_ms, &m->streams[id]);

	if (r == 0)
		r = string_replace(&call.method, streams[id].method);
	if (r == 0)
		r = varlink_client_send(
			m->streams[id], &call, NULL, m->deadline_ms);
	return r;
}

/* Opens the second stream when the first has answered. */
static int monitor_go_on(struct monitor_command *m)
{
	if (m->answered[STREAM_REJECTIONS] && !m->answered[STREAM_TRUST] &&
		!m->streams[STREAM_TRUST])
		return monitor_open_stream(m, STREAM_TRUST);
	return 0;
}

/* --- waiting --- */

enum woken {
	WOKEN_BY_REPLY,
	WOKEN_BY_TIME,
	WOKEN_TO_END, /* interrupted, or the output is closed */
};

static enum woken monitor_wait_for_any(
	const struct monitor_command *m, int timeout_ms, struct pollfd *fds)
{
	int n = 0;

	for (size_t i = 0; i < STREAM__END; i++)
		fds[i] = (struct pollfd){
			.fd = m->streams[i] ? varlink_client_fd(m->streams[i])
					    : -1,
			.events = POLLIN,
		};
	fds[STREAM__END] = (struct pollfd){.fd = m->signals, .events = POLLIN};
	fds[STREAM__END + 1] =
		(struct pollfd){.fd = fileno(m->session->screen.out)};
	n = poll(fds, STREAM__END + 2, timeout_ms);
	if (n == 0)
		return WOKEN_BY_TIME;
	return fds[STREAM__END].revents || fds[STREAM__END + 1].revents
		? WOKEN_TO_END
		: WOKEN_BY_REPLY;
}

/* The time left for certprovd to answer; -1 if it has. */
static int monitor_patience_ms(const struct monitor_command *m)
{
	int64_t left = m->deadline_ms - varlink_deadline(0);

	if (monitor_is_settled(m))
		return -1;
	if (left < 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

static enum exit_status monitor_take_replies(
	struct monitor_command *m, const struct pollfd *fds, int *ret)
{
	enum exit_status status = EXIT_COMPLETE;

	for (size_t i = 0; !status && *ret == 0 && i < STREAM__END; i++)
		if (fds[i].revents)
			status = monitor_drain(m, (enum stream_id)i, ret);
	if (!status && *ret == 0)
		*ret = monitor_go_on(m);
	return status;
}

/* Follows until a stream ends, with the errno in *ret, or until monitor should
 * end, with 0. */
static enum exit_status monitor_follow(struct monitor_command *m, int *ret)
{
	struct pollfd fds[STREAM__END + 2];
	enum exit_status status = EXIT_COMPLETE;

	while (!status && *ret == 0) {
		switch (monitor_wait_for_any(m, monitor_patience_ms(m), fds)) {
		case WOKEN_TO_END:
			return EXIT_COMPLETE;
		case WOKEN_BY_TIME:
			*ret = -ETIMEDOUT;
			break;
		case WOKEN_BY_REPLY:
			status = monitor_take_replies(m, fds, ret);
			break;
		}
	}
	return status;
}

/* certprovd has gone or is not back yet: is it worth waiting? */
static bool monitor_is_worth_waiting(struct monitor_command *m)
{
	if (monitor_is_settled(m)) {
		m->lost = true;
		m->deadline_ms = varlink_deadline(m->timeout_ms);
		screen_complain(&m->session->screen,
			"certprovd closed the connection; waiting for it to come back",
			NULL);
	}
	return m->lost && varlink_deadline(0) < m->deadline_ms;
}

static enum exit_status monitor_give_up(
	const struct monitor_command *m, int error)
{
	const struct screen *screen = &m->session->screen;

	if (!m->lost)
		return service_explain_errno(
			screen, SERVICE_TRUST, m->path, error);
	screen_complainf(screen,
		"Start it: systemctl start certprovd. Its log says why: "
		"journalctl -u certprovd",
		"certprovd did not come back: %s", m->path);
	return EXIT_NO_DAEMON;
}

static enum exit_status monitor_watch(struct monitor_command *m)
{
	struct pollfd fds[STREAM__END + 2];

	m->deadline_ms = varlink_deadline(m->timeout_ms);
	for (;;) {
		int r = monitor_open_stream(m, STREAM_REJECTIONS);
		enum exit_status status =
			r < 0 ? EXIT_COMPLETE : monitor_follow(m, &r);

		if (status || r == 0)
			return status;
		if (!monitor_is_worth_waiting(m))
			return monitor_give_up(m, r);
		monitor_disconnect(m);
		if (monitor_wait_for_any(m, RETRY_MS, fds) == WOKEN_TO_END)
			return EXIT_COMPLETE;
	}
}

/* Interrupts are read from a descriptor, so that no line is cut. */
static int monitor_catch_interrupts(sigset_t *ret_before)
{
	sigset_t ends;
	int fd = -1;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &ends, ret_before);
	fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Drops interrupts that have arrived; later ones act as usual. */
static void monitor_release_interrupts(int fd, const sigset_t *before)
{
	struct signalfd_siginfo info;

	while (fd >= 0 && read(fd, &info, sizeof(info)) > 0)
		continue;
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}

static enum exit_status command_monitor(struct session *s)
{
	CLEANUP(monitor_done)
	struct monitor_command m = {.session = s, .signals = -1};
	sigset_t before;
	enum exit_status status = service_timeout(s, &m.timeout_ms);

	if (status)
		return status;
	if (service_path(s, SERVICE_TRUST, &m.path) < 0)
		return session_trouble(s, "monitor", -ENOMEM);
	m.signals = monitor_catch_interrupts(&before);
	status = m.signals < 0 ? session_trouble(s, "monitor", m.signals)
			       : monitor_watch(&m);
	monitor_release_interrupts(m.signals, &before);
	return status;
}

const struct verb monitor_verbs[] = {
	{200, "monitor", NULL, 0, 0, 0, command_monitor,
		"print changes of trust and rejected peers until interrupted"},
	{0},
};
