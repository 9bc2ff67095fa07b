/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/string.h"
#include "lib/varlink/json-check.h"
#include "lib/varlink/json-fields.h"

const char *const fetch_scope_names[FETCH_SCOPE__END + 1] = {
	[FETCH_SCOPE_ALL] = "all",
	[FETCH_SCOPE_DOCUMENTS] = "documents",
	[FETCH_SCOPE_FIRST] = "first-documents",
	[FETCH_SCOPE_NOTHING] = "nothing",
};

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
	fetch_pairs_done(&job->validators);
	for (size_t i = 0; i < job->identity_count; i++)
		bytes_done(&job->identity[i]);
	free(job->identity);
	free(job->proxy);
	free(job->local_origin);
	free(job->user);
	if (job->password)
		explicit_bzero(job->password, strlen(job->password));
	free(job->password);
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

/* --- the table --- */

/* Limits as numbers of a message. */
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
	bool offline;
	enum fetch_scope scope;
	const char *local_origin;
	int64_t retries;
	const char *user;
	const char *password;
	bool user_withheld;
};

struct job_wire {
	struct json_texts urls;
	const char *document;
	const char *mac_address;
	const char *phone_type;
	const char *user_agent;
	const cJSON *validators;
	struct json_bytes_list identity;
	struct limits_wire limits;
	struct policy_wire policy;
	const char *store;
	int64_t generation;
	bool another;
};

#define COUNT JSON_INT64, .min = 0, .max = UINT32_MAX, JSON_MUST
#define BIG JSON_INT64, .min = 0, .max = JSON_MAX_INTEGER, JSON_MUST

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct limits_wire, member, __VA_ARGS__)
static const struct json_field limits_fields[] = {
	F("documents", documents, COUNT),
	F("depth", depth, COUNT),
	F("documentBytes", document_bytes, BIG),
	F("certificates", certificates, COUNT),
	F("parallel", parallel, COUNT),
	F("perHost", per_host, COUNT),
	F("seconds", seconds, COUNT),
};
#undef F
static const struct json_table limits_table =
	JSON_TABLE(struct limits_wire, limits_fields);

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct policy_wire, member, __VA_ARGS__)
static const struct json_field policy_fields[] = {
	F("proxy", proxy, JSON_STRING),
	F("allowLocal", allow_local, JSON_BOOL, JSON_MUST),
	F("offline", offline, JSON_BOOL),
	F("scope", scope, JSON_CHOICE, JSON_MUST, .choices = fetch_scope_names),
	F("localOrigin", local_origin, JSON_STRING),
	F("retries", retries, COUNT),
	F("user", user, JSON_STRING),
	F("password", password, JSON_STRING),
	F("userWithheld", user_withheld, JSON_BOOL),
};
#undef F
static const struct json_table policy_table =
	JSON_TABLE(struct policy_wire, policy_fields);

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct job_wire, member, __VA_ARGS__)
static const struct json_field job_fields[] = {
	F("urls", urls, JSON_TEXTS, .max = FETCH_JOB_MAX_URLS, JSON_MUST),
	F("document", document, JSON_STRING),
	F("macAddress", mac_address, JSON_STRING),
	F("phoneType", phone_type, JSON_STRING),
	F("userAgent", user_agent, JSON_STRING, JSON_MUST),
	F("validators", validators, JSON_STRING_MAP,
		.max = FETCH_JOB_MAX_VALIDATORS, JSON_MUST),
	F("identity", identity, JSON_BYTES_LIST,
		.max_items = FETCH_JOB_MAX_IDENTITY),
	F("limits", limits, JSON_STRUCT, .nested = &limits_table, JSON_MUST),
	F("policy", policy, JSON_STRUCT, .nested = &policy_table, JSON_MUST),
	F("store", store, JSON_STRING, JSON_MUST),
	F("generation", generation, BIG),
	F("another", another, JSON_BOOL),
};
#undef F

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

static size_t fetch_job_room_for_validators(const struct fetch_job *job)
{
	size_t taken = fetch_job_json_bytes(job->document);

	for (size_t i = 0; i < job->identity_count; i++)
		taken += (job->identity[i].len + 2) / 3 * 4;
	return taken < FETCH_JOB_MAX_VALIDATOR_BYTES
		? FETCH_JOB_MAX_VALIDATOR_BYTES - taken
		: 0;
}

/* Those that fit. */
static int fetch_job_put_validators(const struct fetch_job *job, cJSON **ret)
{
	CLEANUP(json_done) struct json_writer w = {0};
	size_t room = fetch_job_room_for_validators(job);

	for (size_t i = 0; i < job->validators.count; i++) {
		const struct fetch_pair *p = &job->validators.pairs[i];
		size_t more = fetch_job_json_bytes(p->name) +
			fetch_job_json_bytes(p->value) + 2;

		if (more > room)
			continue;
		room -= more;
		json_put_string(&w, p->name, p->value);
	}
	return json_take(&w, ret);
}

int fetch_job_encode(const struct fetch_job *job, cJSON **ret)
{
	const struct fetch_limits *l = &job->limits;
	CLEANUP(json_free) cJSON *validators = NULL;
	struct job_wire w = {
		.urls = {(const char *const *)job->urls, job->url_count},
		.document = job->document,
		.mac_address = job->mac_address,
		.phone_type = job->phone_type,
		.user_agent = job->user_agent ? job->user_agent : "",
		.identity = {job->identity, job->identity_count},
		.limits = {l->documents, l->depth, (int64_t)l->document_bytes,
			l->certificates, l->parallel, l->per_host, l->seconds},
		.policy = {.proxy = job->proxy,
			.allow_local = job->allow_local,
			.offline = job->offline,
			.scope = job->scope,
			.local_origin = job->local_origin,
			.retries = job->retries,
			.user = job->user,
			.password = job->password,
			.user_withheld = job->user_withheld},
		.store = job->store ? job->store : "",
		.generation = (int64_t)job->generation,
		.another = job->another,
	};
	int r = fetch_job_put_validators(job, &validators);

	if (r < 0)
		return r;
	w.validators = validators;
	return json_fields_encode(job_fields, ARRAY_SIZE(job_fields), &w, ret);
}

/* --- decoding --- */

static struct fetch_limits fetch_job_take_limits(const struct limits_wire *w)
{
	return (struct fetch_limits){
		.documents = (unsigned)w->documents,
		.depth = (unsigned)w->depth,
		.document_bytes = (uint64_t)w->document_bytes,
		.certificates = (unsigned)w->certificates,
		.parallel = (unsigned)w->parallel,
		.per_host = (unsigned)w->per_host,
		.seconds = (unsigned)w->seconds,
	};
}

static int fetch_job_take_texts(const struct job_wire *w, struct fetch_job *job)
{
	if (string_replace(&job->document, w->document) < 0 ||
		string_replace(&job->mac_address, w->mac_address) < 0 ||
		string_replace(&job->phone_type, w->phone_type) < 0 ||
		string_replace(&job->user_agent, w->user_agent) < 0 ||
		string_replace(&job->proxy, w->policy.proxy) < 0 ||
		string_replace(&job->local_origin, w->policy.local_origin) <
			0 ||
		string_replace(&job->user, w->policy.user) < 0 ||
		string_replace(&job->password, w->policy.password) < 0 ||
		string_replace(&job->store, w->store) < 0)
		return -ENOMEM;
	return 0;
}

static int fetch_job_take_lists(const struct job_wire *w, struct fetch_job *job)
{
	const cJSON *item = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->urls.count; i++)
		r = fetch_job_add_url(job, w->urls.items[i]);
	cJSON_ArrayForEach(item, w->validators)
	{
		if (r == 0)
			r = fetch_pairs_add(&job->validators, item->string,
				item->valuestring, FETCH_JOB_MAX_VALIDATORS);
	}
	return r;
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
	job.limits = fetch_job_take_limits(&w.limits);
	job.allow_local = w.policy.allow_local;
	job.offline = w.policy.offline;
	job.another = w.another;
	job.scope = w.policy.scope;
	job.retries = (unsigned)w.policy.retries;
	job.user_withheld = w.policy.user_withheld;
	job.generation = (uint64_t)w.generation;
	r = fetch_job_take_texts(&w, &job);
	if (r == 0)
		r = fetch_job_take_lists(&w, &job);
	job.identity = w.identity.items;
	job.identity_count = w.identity.count;
	w.identity = (struct json_bytes_list){0};
	json_fields_done(job_fields, ARRAY_SIZE(job_fields), &w);
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
