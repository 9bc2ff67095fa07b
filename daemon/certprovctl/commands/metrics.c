/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics: figures for monitoring, on standard output or as a file that is
 * replaced whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/openmetrics.h"
#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/output/whole-file.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/base/date.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

/* Ends with a time series of their own, the first ends first; what is more is
 * counted. */
#define METRICS_MAX_EXPIRIES 512
/* Concerns with one. */
#define METRICS_MAX_CONCERNS 64

#define LABELS(...)                                                            \
	((const struct openmetrics_label[]){__VA_ARGS__, {NULL, NULL}})
#define GAUGE(text, help_text)                                                 \
	(&(const struct openmetrics_family){                                   \
		.name = (text), .help = (help_text)})
#define SECONDS(text, help_text)                                               \
	(&(const struct openmetrics_family){                                   \
		.name = (text), .unit = "seconds", .help = (help_text)})
#define COUNTER(text, help_text)                                               \
	(&(const struct openmetrics_family){.name = (text),                    \
		.type = OPENMETRICS_COUNTER,                                   \
		.help = (help_text)})

/* What is written, and the first error. */
struct metrics {
	FILE *out;
	size_t expiries;
	int64_t left_out;
	int error;
};

static void metrics_put(struct metrics *m, const struct openmetrics_family *f,
	const struct openmetrics_label *labels, int64_t value)
{
	if (m->error == 0)
		m->error = openmetrics_put(m->out, f, labels, value);
}

/* A family of one figure. */
static void metrics_put_one(struct metrics *m,
	const struct openmetrics_family *f,
	const struct openmetrics_label *labels, int64_t value)
{
	openmetrics_put_head(m->out, f);
	metrics_put(m, f, labels, value);
}

static enum exit_status metrics_check(
	const struct session *s, const struct metrics *m)
{
	return m->error < 0 ? session_trouble(s, "the figures", m->error)
			    : EXIT_COMPLETE;
}

/* --- Status --- */

static void metrics_put_time(struct metrics *m,
	const struct openmetrics_family *f, const cJSON *status,
	const char *member)
{
	const char *text = view_text(status, member);
	int64_t seconds = 0;

	if (text && date_parse(text, &seconds) == 0)
		metrics_put_one(m, f, NULL, seconds);
}

static void metrics_put_lists(struct metrics *m, const cJSON *status)
{
	static const char *const lists[] = {"authorities", "servers", "unknown",
		"distrusted", "quarantined", "withdrawn"};
	const struct openmetrics_family *f = GAUGE("certprov_certificates",
		"Certificates in a list of certprovd.");

	openmetrics_put_head(m->out, f);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		metrics_put(m, f, LABELS({"list", lists[i]}),
			view_number(status, lists[i], 0));
}

/* How many there are of one identifier; 0 when it was counted before. */
static int64_t metrics_count_concern(const cJSON *list, const cJSON *concern)
{
	const char *identifier = view_text(concern, "identifier");
	const cJSON *other = NULL;
	int64_t count = 0;

	cJSON_ArrayForEach(other, list)
	{
		if (!string_equal(view_text(other, "identifier"), identifier))
			continue;
		if (count == 0 && other != concern)
			return 0;
		count++;
	}
	return count;
}

static void metrics_put_concerns(struct metrics *m, const cJSON *status)
{
	const cJSON *list =
		cJSON_GetObjectItemCaseSensitive(status, "concerns");
	const struct openmetrics_family *f = GAUGE("certprov_concerns",
		"What needs attention, by its identifier.");
	const cJSON *concern = NULL;
	size_t written = 0;

	openmetrics_put_head(m->out, f);
	cJSON_ArrayForEach(concern, list)
	{
		int64_t count = metrics_count_concern(list, concern);

		if (count == 0 || written++ >= METRICS_MAX_CONCERNS)
			continue;
		metrics_put(m, f,
			LABELS({"identifier",
				view_text(concern, "identifier")}),
			count);
	}
}

static enum exit_status metrics_on_status(
	struct session *s, const cJSON *status, void *userdata)
{
	struct metrics *m = userdata;

	metrics_put_one(m,
		GAUGE("certprov_build_info",
			"Version of certprovd and of the phone's firmware."),
		LABELS({"version", view_text(status, "version")},
			{"firmware", view_text(status, "firmware")},
			{"phone_type", view_text(status, "phoneType")}),
		1);
	metrics_put_one(m,
		GAUGE("certprov_generation",
			"Number of durable changes of trust in this store."),
		NULL, view_number(status, "generation", 0));
	metrics_put_lists(m, status);
	metrics_put_concerns(m, status);
	metrics_put_one(m,
		GAUGE("certprov_clock_trusted",
			"Whether the clock can be right: 1 or 0."),
		NULL, view_flag(status, "clockTrusted"));
	metrics_put_time(m,
		SECONDS("certprov_last_run_timestamp_seconds",
			"When the last provisioning run finished."),
		status, "lastRun");
	metrics_put_time(m,
		SECONDS("certprov_last_complete_run_timestamp_seconds",
			"When the last complete provisioning run finished."),
		status, "lastCompleteRun");
	return metrics_check(s, m);
}

/* --- Counters --- */

static void metrics_put_counters(struct metrics *m, const cJSON *reply,
	const char *member, const struct openmetrics_family *f)
{
	const cJSON *item = NULL;

	openmetrics_put_head(m->out, f);
	cJSON_ArrayForEach(
		item, cJSON_GetObjectItemCaseSensitive(reply, member))
	{
		metrics_put(m, f, LABELS({"result", view_text(item, "result")}),
			view_number(item, "count", 0));
	}
}

static enum exit_status metrics_on_counters(
	struct session *s, const cJSON *reply, void *userdata)
{
	struct metrics *m = userdata;

	metrics_put_time(m,
		SECONDS("certprov_start_time_seconds",
			"When certprovd started; counters begin then."),
		reply, "since");
	metrics_put_counters(m, reply, "runs",
		COUNTER("certprov_runs", "Provisioning runs by result."));
	metrics_put_counters(m, reply, "verdicts",
		COUNTER("certprov_verdicts",
			"Verdicts that certprovd gave, by result."));
	metrics_put_counters(m, reply, "reported",
		COUNTER("certprov_reported_rejections",
			"Rejections that other programs reported, by "
			"result."));
	metrics_put_one(m,
		(&(const struct openmetrics_family){
			.name = "certprov_store_size_bytes",
			.unit = "bytes",
			.help = "Size of the trust database."}),
		NULL, view_number(reply, "storeBytes", 0));
	return metrics_check(s, m);
}

/* --- ListEndings --- */

static const struct openmetrics_family expiry = {
	.name = "certprov_expiry_timestamp_seconds",
	.unit = "seconds",
	.help = "When a certificate or an exception ends; the first ends.",
};

static enum exit_status metrics_on_ending(
	struct session *s, const cJSON *reply, void *userdata)
{
	const cJSON *ending = cJSON_GetObjectItemCaseSensitive(reply, "ending");
	const char *text = view_text(ending, "ends");
	struct metrics *m = userdata;
	int64_t seconds = 0;

	if (!text || date_parse(text, &seconds) < 0)
		return EXIT_COMPLETE;
	if (m->expiries >= METRICS_MAX_EXPIRIES) {
		m->left_out++;
		return EXIT_COMPLETE;
	}
	m->expiries++;
	metrics_put(m, &expiry,
		LABELS({"kind", view_text(ending, "kind")},
			{"sha256", view_text(ending, "sha256")},
			{"subject", view_text(ending, "subject")},
			{"host", view_text(ending, "host")}),
		seconds);
	return metrics_check(s, m);
}

/* --- all of it --- */

/* In the order of the text. */
static enum exit_status metrics_gather(struct session *s, struct metrics *m)
{
	static const struct {
		const char *method;
		service_reply *reply;
		bool more;
	} calls[] = {
		{"Status", metrics_on_status, false},
		{"Counters", metrics_on_counters, false},
		{"ListEndings", metrics_on_ending, true},
	};
	enum exit_status status = EXIT_COMPLETE;

	for (size_t i = 0; !status && i < ARRAY_SIZE(calls); i++) {
		struct service_call call = {
			.service = SERVICE_TRUST,
			.method = calls[i].method,
			.more = calls[i].more,
			.quiet = !session_json(s),
			.reply = calls[i].reply,
			.userdata = m,
		};

		if (calls[i].more)
			openmetrics_put_head(m->out, &expiry);
		status = service_call(s, &call);
	}
	metrics_put_one(m,
		GAUGE("certprov_expiries_left_out",
			"Ends that have no time series of their own."),
		NULL, m->left_out);
	openmetrics_put_end(m->out);
	return status;
}

static enum exit_status metrics_deliver(
	struct session *s, const char *text, size_t len)
{
	const char *path = s->arguments.value[OPTION_OUTPUT];
	int r = 0;

	if (path)
		r = whole_file_write(path, text, len);
	else if (!session_json(s))
		(void)fwrite(text, 1, len, s->screen.out);
	return r < 0 ? session_trouble(s, path, r) : EXIT_COMPLETE;
}

/* A file that is there stays as it is when certprovd does not answer. */
static enum exit_status command_metrics(struct session *s)
{
	CLEANUP(free) char *text = NULL;
	size_t len = 0;
	struct metrics m = {.out = open_memstream(&text, &len)};
	enum exit_status status = EXIT_COMPLETE;

	if (!m.out)
		return session_trouble(s, "the figures", -errno);
	status = metrics_gather(s, &m);
	if (!status)
		status = metrics_check(s, &m);
	if (fclose(m.out) != 0 && !status)
		status = session_trouble(s, "the figures", -ENOMEM);
	return status ? status : metrics_deliver(s, text, len);
}

const struct verb metrics_verbs[] = {
	{205, "metrics", NULL, 0, 0, TAKES(OUTPUT), command_metrics,
		"print figures for monitoring, in the OpenMetrics format"},
	{0},
};
