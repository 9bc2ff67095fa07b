/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/client/client-internal.h"

#define UNREACHABLE "daemon-unreachable"

struct certprov_verdict {
	atomic_uint references;
	cJSON *object; /* what everything below is borrowed from */
	bool trusted;
	const char *result;
	const char *reason;
	const char *remedy;
	bool recoverable;
	struct json_texts path;
	const char *anchor;
	struct json_structs warnings;
	const char *store;
	int64_t generation;
	bool clock_trusted;
};

#define W(member, ...) JSON_FIELD(struct certprov_warning, member, __VA_ARGS__)
static const struct json_field warning_fields[] = {
	W(identifier, JSON_STRING, JSON_MUST),
	W(sentence, JSON_STRING, JSON_MUST),
	W(remedy, JSON_STRING),
};
#undef W
static const struct json_table warning_table =
	JSON_TABLE(struct certprov_warning, warning_fields);

static const struct json_field verdict_fields[] = {
	JSON_FIELD(
		struct certprov_verdict, trusted, JSON_BOOL, .required = true),
	JSON_FIELD(
		struct certprov_verdict, result, JSON_STRING, .required = true),
	JSON_FIELD(
		struct certprov_verdict, reason, JSON_STRING, .required = true),
	JSON_FIELD(struct certprov_verdict, remedy, JSON_STRING),
	JSON_FIELD(struct certprov_verdict, recoverable, JSON_BOOL),
	JSON_FIELD(struct certprov_verdict, path, JSON_TEXTS),
	JSON_FIELD(struct certprov_verdict, anchor, JSON_STRING),
	JSON_FIELD(struct certprov_verdict, warnings, JSON_STRUCTS,
		.nested = &warning_table),
	JSON_FIELD(
		struct certprov_verdict, store, JSON_STRING, .required = true),
	JSON_FIELD(struct certprov_verdict, generation, JSON_INT64),
	JSON_FIELD_NAMED("clockTrusted", struct certprov_verdict, clock_trusted,
		JSON_BOOL),
};

struct certprov_verdict *certprov_verdict_free(struct certprov_verdict *v)
{
	if (!v || --v->references > 0)
		return NULL;
	json_fields_done(verdict_fields, ARRAY_SIZE(verdict_fields), v);
	cJSON_Delete(v->object);
	free(v);
	return NULL;
}

struct certprov_verdict *certprov_verdict_ref(struct certprov_verdict *v)
{
	if (v)
		v->references++;
	return v;
}

int client_verdict_decode(cJSON *object, struct certprov_verdict **ret)
{
	CLEANUP(json_free) cJSON *taken = object;
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	const char *wrong = NULL;
	int r = 0;

	if (!cJSON_IsObject(taken))
		return -EBADMSG;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->references = 1;
	v->object = TAKE_PTR(taken);
	r = json_fields_decode_known(verdict_fields, ARRAY_SIZE(verdict_fields),
		v->object, v, &wrong);
	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	*ret = TAKE_PTR(v);
	return 0;
}

/* --- one of our own --- */

int certprov_verdict_new(const struct certprov_verdict_parts *parts,
	struct certprov_verdict **ret)
{
	const struct certprov_verdict_parts *p = parts;
	cJSON *object = NULL;
	int r = 0;

	if (p->size != sizeof(*p) || !p->result || !p->reason || !p->store)
		return -EINVAL;
	r = json_fields_encode(verdict_fields, ARRAY_SIZE(verdict_fields),
		&(struct certprov_verdict){
			.trusted = p->trusted,
			.result = p->result,
			.reason = p->reason,
			.remedy = p->remedy,
			.recoverable = p->recoverable,
			.path = {p->path, p->path_count},
			.anchor = p->path_count > 0 ? p->path[p->path_count - 1]
						    : NULL,
			.warnings = {p->warnings, p->warning_count},
			.store = p->store,
			.generation = (int64_t)p->generation,
			.clock_trusted = p->clock_trusted,
		},
		&object);
	return r < 0 ? r : client_verdict_decode(object, ret);
}

static const char *client_verdict_why_unreachable(int error)
{
	switch (-error) {
	case ENOTCONN:
		return "nobody listens there";
	case ETIMEDOUT:
		return "it does not answer within the time limit";
	case ECONNRESET:
		return "it went away before it had answered";
	case EBUSY:
		return "it serves as many as it can";
	case EOPNOTSUPP:
		return "it is older and does not know the question";
	case EBADMSG:
		return "it does not keep to the protocol";
	default:
		return strerrordesc_np(-error);
	}
}

int certprov_verdict_absent(
	const struct certprov *c, int error, struct certprov_verdict **ret)
{
	CLEANUP(free) char *reason = NULL;
	const char *why = client_verdict_why_unreachable(error);
	int r = error;

	/* A wrong argument, or a failure here, does not mean that it is absent.
	 */
	if (error == -EINVAL || error == -ENOMEM ||
		c->absent == CERTPROV_ABSENT_FAIL)
		return error;
	r = string_format(&reason,
		"The trust daemon at %s cannot be asked: %s.", c->path,
		why ? why : "unknown error");
	if (r < 0)
		return r;
	return certprov_verdict_new(
		&(struct certprov_verdict_parts){
			.size = sizeof(struct certprov_verdict_parts),
			.trusted = c->absent == CERTPROV_ABSENT_ALLOW,
			.result = UNREACHABLE,
			.reason = reason,
			.remedy = "See that certprovd runs: systemctl status "
				  "certprovd",
			.store = "",
		},
		ret);
}

/* --- what it says --- */

const char *client_text(const struct json_texts *texts, size_t index)
{
	return index < texts->count ? texts->items[index] : NULL;
}

/* NULL trusts nobody, and can still be shown. */
int certprov_verdict_trusted(const struct certprov_verdict *v)
{
	return v && v->trusted;
}

const char *certprov_verdict_result(const struct certprov_verdict *v)
{
	return v ? v->result : "no-verdict";
}

const char *certprov_verdict_reason(const struct certprov_verdict *v)
{
	return v ? v->reason : "There is no verdict.";
}

const char *certprov_verdict_remedy(const struct certprov_verdict *v)
{
	return v ? v->remedy : NULL;
}

int certprov_verdict_recoverable(const struct certprov_verdict *v)
{
	return v && v->recoverable;
}

size_t certprov_verdict_path_count(const struct certprov_verdict *v)
{
	return v ? v->path.count : 0;
}

const char *certprov_verdict_path(
	const struct certprov_verdict *v, size_t index)
{
	return v ? client_text(&v->path, index) : NULL;
}

const char *certprov_verdict_anchor(const struct certprov_verdict *v)
{
	return v ? v->anchor : NULL;
}

size_t certprov_verdict_warning_count(const struct certprov_verdict *v)
{
	return v ? v->warnings.count : 0;
}

const struct certprov_warning *certprov_verdict_warning(
	const struct certprov_verdict *v, size_t index)
{
	const struct certprov_warning *all = v ? v->warnings.items : NULL;

	return v && index < v->warnings.count ? &all[index] : NULL;
}

const char *certprov_verdict_store(const struct certprov_verdict *v)
{
	return v ? v->store : "";
}

uint64_t certprov_verdict_generation(const struct certprov_verdict *v)
{
	return v ? (uint64_t)v->generation : 0;
}

int certprov_verdict_clock_trusted(const struct certprov_verdict *v)
{
	return v && v->clock_trusted;
}
