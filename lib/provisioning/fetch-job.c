/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/string.h"
#include "lib/varlink/json-check.h"
#include "lib/varlink/json-fields.h"

/* --- pairs --- */

void fetch_pairs_done(struct fetch_pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->pairs[i].name);
		free(p->pairs[i].value);
	}
	free(p->pairs);
	*p = (struct fetch_pairs){0};
}

/* Room for one more of an array that grows by doubling. */
static int fetch_job_make_room(void **array, size_t count, size_t size)
{
	void *grown = NULL;

	/* Full only when count is zero or a power of two. */
	if ((count & (count - 1)) != 0)
		return 0;
	grown = reallocarray(*array, count ? 2 * count : 1, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	return 0;
}

int fetch_pairs_add(
	struct fetch_pairs *p, const char *name, const char *value, size_t max)
{
	CLEANUP(free) char *name_copy = NULL;
	CLEANUP(free) char *value_copy = NULL;
	int r;

	if (p->count >= max)
		return -ENOSPC;
	if (string_replace(&name_copy, name) < 0 ||
		string_replace(&value_copy, value) < 0)
		return -ENOMEM;
	r = fetch_job_make_room(
		(void **)&p->pairs, p->count, sizeof(*p->pairs));
	if (r < 0)
		return r;
	p->pairs[p->count].name = TAKE_PTR(name_copy);
	p->pairs[p->count].value = TAKE_PTR(value_copy);
	p->count++;
	return 0;
}

const char *fetch_pairs_find(const struct fetch_pairs *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->pairs[i].name, name) == 0)
			return p->pairs[i].value;
	return NULL;
}

/* --- the job --- */

void fetch_job_done(struct fetch_job *job)
{
	for (size_t i = 0; i < job->url_count; i++)
		free(job->urls[i]);
	free(job->urls);
	free(job->document);
	free(job->mac_address);
	free(job->phone_type);
	free(job->user_agent);
	fetch_pairs_done(&job->settings);
	fetch_pairs_done(&job->validators);
	for (size_t i = 0; i < job->identity_count; i++)
		bytes_done(&job->identity[i]);
	free(job->identity);
	free(job->proxy);
	free(job->local_origin);
	free(job->tls_minimum);
	free(job->store);
	*job = (struct fetch_job){0};
}

int fetch_job_add_url(struct fetch_job *job, const char *url)
{
	CLEANUP(free) char *copy = NULL;
	int r;

	if (job->url_count >= FETCH_JOB_MAX_URLS)
		return -ENOSPC;
	if (string_replace(&copy, url) < 0)
		return -ENOMEM;
	r = fetch_job_make_room(
		(void **)&job->urls, job->url_count, sizeof(*job->urls));
	if (r < 0)
		return r;
	job->urls[job->url_count++] = TAKE_PTR(copy);
	return 0;
}

int fetch_job_add_identity(struct fetch_job *job, const void *der, size_t len)
{
	CLEANUP(bytes_done) struct bytes copy = {0};
	int r;

	if (job->identity_count >= FETCH_JOB_MAX_IDENTITY)
		return -ENOSPC;
	r = bytes_copy(der, len, &copy);
	if (r < 0)
		return r;
	r = fetch_job_make_room((void **)&job->identity, job->identity_count,
		sizeof(*job->identity));
	if (r < 0)
		return r;
	job->identity[job->identity_count++] = TAKE_OBJECT(copy);
	return 0;
}

/* --- encoding --- */

/* How long a text is in a message. */
static size_t fetch_job_json_bytes(const char *text)
{
	size_t bytes = 2;

	for (; text && *text; text++) {
		if (*text == '"' || *text == '\\')
			bytes += 2;
		else
			bytes += (unsigned char)*text < ' ' ? 6 : 1;
	}
	return bytes;
}

/* Those that fit into max_bytes. */
static void fetch_job_put_pairs(struct json_writer *w, const char *name,
	const struct fetch_pairs *pairs, size_t max_bytes)
{
	CLEANUP(json_done) struct json_writer inner = {0};
	size_t bytes = 0;

	for (size_t i = 0; i < pairs->count; i++) {
		const struct fetch_pair *p = &pairs->pairs[i];
		size_t more = fetch_job_json_bytes(p->name) +
			fetch_job_json_bytes(p->value) + 2;

		if (more > max_bytes - bytes)
			continue;
		bytes += more;
		json_put_string(&inner, p->name, p->value);
	}
	json_put_object(w, name, &inner);
}

static size_t fetch_job_room_for_validators(const struct fetch_job *job)
{
	size_t document = fetch_job_json_bytes(job->document);

	return document < FETCH_JOB_MAX_VALIDATOR_BYTES
		? FETCH_JOB_MAX_VALIDATOR_BYTES - document
		: 0;
}

static void fetch_job_put_limits(
	struct json_writer *w, const struct fetch_limits *limits)
{
	CLEANUP(json_done) struct json_writer inner = {0};

	json_put_int(&inner, "documents", limits->documents);
	json_put_int(&inner, "depth", limits->depth);
	json_put_int(&inner, "documentBytes", (int64_t)limits->document_bytes);
	json_put_int(&inner, "certificates", limits->certificates);
	json_put_int(&inner, "parallel", limits->parallel);
	json_put_int(&inner, "perHost", limits->per_host);
	json_put_int(&inner, "seconds", limits->seconds);
	json_put_object(w, "limits", &inner);
}

static void fetch_job_put_policy(
	struct json_writer *w, const struct fetch_job *job)
{
	CLEANUP(json_done) struct json_writer inner = {0};

	json_put_string(&inner, "proxy", job->proxy);
	json_put_bool(&inner, "allowLocal", job->allow_local);
	json_put_bool(&inner, "noDownloads", job->no_downloads);
	json_put_string(&inner, "localOrigin", job->local_origin);
	json_put_string(&inner, "tlsMinimum",
		job->tls_minimum ? job->tls_minimum : "1.2");
	json_put_int(&inner, "retries", job->retries);
	json_put_object(w, "policy", &inner);
}

int fetch_job_encode(const struct fetch_job *job, cJSON **ret)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_array(&w, "urls");
	for (size_t i = 0; i < job->url_count; i++)
		json_append_string(&w, "urls", job->urls[i]);
	json_put_string(&w, "document", job->document);
	json_put_string(&w, "macAddress", job->mac_address);
	json_put_string(&w, "phoneType", job->phone_type);
	json_put_string(
		&w, "userAgent", job->user_agent ? job->user_agent : "");
	fetch_job_put_pairs(&w, "settings", &job->settings, SIZE_MAX);
	fetch_job_put_pairs(&w, "validators", &job->validators,
		fetch_job_room_for_validators(job));
	for (size_t i = 0; i < job->identity_count; i++)
		json_append_base64(&w, "identity", job->identity[i].data,
			job->identity[i].len);
	fetch_job_put_limits(&w, &job->limits);
	fetch_job_put_policy(&w, job);
	json_put_string(&w, "store", job->store ? job->store : "");
	json_put_int(&w, "generation", (int64_t)job->generation);
	return json_take(&w, ret);
}

/* --- decoding --- */

struct limits_wire {
	int64_t documents;
	int64_t depth;
	int64_t document_bytes;
	int64_t certificates;
	int64_t parallel;
	int64_t per_host;
	int64_t seconds;
};

struct policy_wire {
	const char *proxy;
	bool allow_local;
	bool no_downloads;
	const char *local_origin;
	const char *tls_minimum;
	int64_t retries;
};

struct job_wire {
	const cJSON *urls;
	const char *document;
	const char *mac_address;
	const char *phone_type;
	const char *user_agent;
	const cJSON *settings;
	const cJSON *validators;
	struct json_bytes_list identity;
	const cJSON *limits;
	const cJSON *policy;
	const char *store;
	int64_t generation;
};

#define MUST .required = true
#define COUNT JSON_INT64, .min = 0, .max = UINT32_MAX, MUST
#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct limits_wire, member, __VA_ARGS__)
static const struct json_field limits_fields[] = {
	F("documents", documents, COUNT),
	F("depth", depth, COUNT),
	F("documentBytes", document_bytes, JSON_INT64, .min = 0,
		.max = JSON_MAX_INTEGER, MUST),
	F("certificates", certificates, COUNT),
	F("parallel", parallel, COUNT),
	F("perHost", per_host, COUNT),
	F("seconds", seconds, COUNT),
};
#undef F

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct policy_wire, member, __VA_ARGS__)
static const struct json_field policy_fields[] = {
	F("proxy", proxy, JSON_STRING),
	F("allowLocal", allow_local, JSON_BOOL, MUST),
	F("noDownloads", no_downloads, JSON_BOOL),
	F("localOrigin", local_origin, JSON_STRING),
	F("tlsMinimum", tls_minimum, JSON_STRING, MUST),
	F("retries", retries, COUNT),
};
#undef F

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct job_wire, member, __VA_ARGS__)
static const struct json_field job_fields[] = {
	F("urls", urls, JSON_STRINGS, .max = FETCH_JOB_MAX_URLS, MUST),
	F("document", document, JSON_STRING),
	F("macAddress", mac_address, JSON_STRING),
	F("phoneType", phone_type, JSON_STRING),
	F("userAgent", user_agent, JSON_STRING, MUST),
	F("settings", settings, JSON_STRING_MAP, .max = FETCH_JOB_MAX_SETTINGS,
		MUST),
	F("validators", validators, JSON_STRING_MAP,
		.max = FETCH_JOB_MAX_VALIDATORS, MUST),
	F("identity", identity, JSON_BYTES_LIST,
		.max_items = FETCH_JOB_MAX_IDENTITY),
	F("limits", limits, JSON_OBJECT, MUST),
	F("policy", policy, JSON_OBJECT, MUST),
	F("store", store, JSON_STRING, MUST),
	F("generation", generation, JSON_INT64, .min = 0,
		.max = JSON_MAX_INTEGER, MUST),
};
#undef F

static int fetch_job_decode_limits(const cJSON *json, struct fetch_limits *ret)
{
	struct limits_wire w = {0};
	const char *wrong = NULL;
	int r;

	r = json_fields_decode_known(
		limits_fields, ARRAY_SIZE(limits_fields), json, &w, &wrong);
	if (r < 0)
		return r;
	*ret = (struct fetch_limits){
		.documents = (unsigned)w.documents,
		.depth = (unsigned)w.depth,
		.document_bytes = (uint64_t)w.document_bytes,
		.certificates = (unsigned)w.certificates,
		.parallel = (unsigned)w.parallel,
		.per_host = (unsigned)w.per_host,
		.seconds = (unsigned)w.seconds,
	};
	return 0;
}

static int fetch_job_decode_policy(const cJSON *json, struct fetch_job *job)
{
	struct policy_wire w = {0};
	const char *wrong = NULL;
	int r;

	r = json_fields_decode_known(
		policy_fields, ARRAY_SIZE(policy_fields), json, &w, &wrong);
	if (r < 0)
		return r;
	job->allow_local = w.allow_local;
	job->no_downloads = w.no_downloads;
	job->retries = (unsigned)w.retries;
	if (string_replace(&job->proxy, w.proxy) < 0 ||
		string_replace(&job->local_origin, w.local_origin) < 0 ||
		string_replace(&job->tls_minimum, w.tls_minimum) < 0)
		return -ENOMEM;
	return 0;
}

static int fetch_job_decode_pairs(
	const cJSON *json, size_t max, struct fetch_pairs *ret)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, json)
	{
		int r = fetch_pairs_add(
			ret, item->string, item->valuestring, max);

		if (r < 0)
			return r;
	}
	return 0;
}

static int fetch_job_decode_texts(
	const struct job_wire *w, struct fetch_job *job)
{
	const cJSON *item = NULL;

	if (string_replace(&job->document, w->document) < 0 ||
		string_replace(&job->mac_address, w->mac_address) < 0 ||
		string_replace(&job->phone_type, w->phone_type) < 0 ||
		string_replace(&job->user_agent, w->user_agent) < 0 ||
		string_replace(&job->store, w->store) < 0)
		return -ENOMEM;
	job->generation = (uint64_t)w->generation;
	cJSON_ArrayForEach(item, w->urls)
	{
		int r = fetch_job_add_url(job, item->valuestring);

		if (r < 0)
			return r;
	}
	return 0;
}

int fetch_job_decode(const cJSON *parameters, struct fetch_job *ret)
{
	CLEANUP(fetch_job_done) struct fetch_job job = {0};
	struct job_wire w = {0};
	const char *wrong = NULL;
	int r;

	r = json_fields_decode_known(
		job_fields, ARRAY_SIZE(job_fields), parameters, &w, &wrong);
	if (r < 0)
		return r;
	job.identity = w.identity.items;
	job.identity_count = w.identity.count;
	r = fetch_job_decode_texts(&w, &job);
	if (r == 0)
		r = fetch_job_decode_limits(w.limits, &job.limits);
	if (r == 0)
		r = fetch_job_decode_policy(w.policy, &job);
	if (r == 0)
		r = fetch_job_decode_pairs(
			w.settings, FETCH_JOB_MAX_SETTINGS, &job.settings);
	if (r == 0)
		r = fetch_job_decode_pairs(w.validators,
			FETCH_JOB_MAX_VALIDATORS, &job.validators);
	if (r < 0)
		return r;
	*ret = TAKE_OBJECT(job);
	return 0;
}

unsigned fetch_limits_progress(const struct fetch_limits *limits)
{
	return 2 * (limits->documents + limits->certificates) +
		FETCH_PROGRESS_SPARE;
}
