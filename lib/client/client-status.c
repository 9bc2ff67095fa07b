/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/client/client-internal.h"

struct status_tls {
	const char *minimum;
	const char *ciphers;
	const char *suites;
};

static const struct json_field tls_fields[] = {
	JSON_FIELD_NAMED(
		"minimumVersion", struct status_tls, minimum, JSON_STRING),
	JSON_FIELD(struct status_tls, ciphers, JSON_STRING),
	JSON_FIELD_NAMED(
		"cipherSuites", struct status_tls, suites, JSON_STRING),
};
static const struct json_table tls_table =
	JSON_TABLE(struct status_tls, tls_fields);

struct certprov_status {
	cJSON *object; /* what everything below is borrowed from */
	const char *version;
	const char *firmware;
	const char *store;
	int64_t generation;
	int64_t authorities;
	int64_t servers;
	int64_t unknown;
	int64_t distrusted;
	const char *verification;
	const char *profile;
	struct status_tls tls;
	bool clock_trusted;
	struct json_structs concerns;
};

#define C(member, ...) JSON_FIELD(struct certprov_concern, member, __VA_ARGS__)
static const struct json_field concern_fields[] = {
	C(identifier, JSON_STRING, .required = true),
	C(sentence, JSON_STRING, .required = true),
	C(remedy, JSON_STRING),
	C(since, JSON_TIME),
};
#undef C
static const struct json_table concern_table =
	JSON_TABLE(struct certprov_concern, concern_fields);

static const struct json_field status_fields[] = {
	JSON_FIELD(
		struct certprov_status, version, JSON_STRING, .required = true),
	JSON_FIELD(struct certprov_status, firmware, JSON_STRING),
	JSON_FIELD(
		struct certprov_status, store, JSON_STRING, .required = true),
	JSON_FIELD(struct certprov_status, generation, JSON_INT64,
		.required = true),
	JSON_FIELD(struct certprov_status, authorities, JSON_INT64),
	JSON_FIELD(struct certprov_status, servers, JSON_INT64),
	JSON_FIELD(struct certprov_status, unknown, JSON_INT64),
	JSON_FIELD(struct certprov_status, distrusted, JSON_INT64),
	JSON_FIELD(struct certprov_status, verification, JSON_STRING,
		.required = true),
	JSON_FIELD(
		struct certprov_status, profile, JSON_STRING, .required = true),
	/* An older daemon does not say it. */
	JSON_FIELD(
		struct certprov_status, tls, JSON_STRUCT, .nested = &tls_table),
	JSON_FIELD_NAMED("clockTrusted", struct certprov_status, clock_trusted,
		JSON_BOOL),
	JSON_FIELD(struct certprov_status, concerns, JSON_STRUCTS,
		.nested = &concern_table),
};

int certprov_get_status(struct certprov *c, struct certprov_status **ret)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	CLEANUP(certprov_status_free) struct certprov_status *s = NULL;
	const char *wrong = NULL;
	int r = client_call(c, "Status", NULL, 0, &answer);

	if (r < 0)
		return r;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->object = TAKE_PTR(answer.reply.parameters);
	r = json_fields_decode_known(
		status_fields, ARRAY_SIZE(status_fields), s->object, s, &wrong);
	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct certprov_status *certprov_status_free(struct certprov_status *s)
{
	if (!s)
		return NULL;
	json_fields_done(status_fields, ARRAY_SIZE(status_fields), s);
	cJSON_Delete(s->object);
	free(s);
	return NULL;
}

static int client_get_file(struct certprov *c, const char *method, int *ret_fd)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int fd = -1;
	int r = client_call(c, method, NULL, 1, &answer);

	if (r < 0)
		return r;
	fd = varlink_fds_take_one(&answer.fds, 0);
	if (fd < 0)
		return -EBADMSG;
	*ret_fd = fd;
	return 0;
}

int certprov_get_snapshot(struct certprov *c, int *ret_fd)
{
	return client_get_file(c, "Snapshot", ret_fd);
}

int certprov_get_change_counter(struct certprov *c, int *ret_fd)
{
	return client_get_file(c, "ChangeCounter", ret_fd);
}

/* --- what it says --- */

const char *certprov_status_version(const struct certprov_status *s)
{
	return s->version;
}

const char *certprov_status_firmware(const struct certprov_status *s)
{
	return s->firmware;
}

const char *certprov_status_store(const struct certprov_status *s)
{
	return s->store;
}

uint64_t certprov_status_generation(const struct certprov_status *s)
{
	return (uint64_t)s->generation;
}

const char *certprov_status_verification(const struct certprov_status *s)
{
	return s->verification;
}

const char *certprov_status_profile(const struct certprov_status *s)
{
	return s->profile;
}

const char *certprov_status_tls_minimum(const struct certprov_status *s)
{
	return s->tls.minimum;
}

const char *certprov_status_tls_ciphers(const struct certprov_status *s)
{
	return s->tls.ciphers;
}

const char *certprov_status_tls_ciphersuites(const struct certprov_status *s)
{
	return s->tls.suites;
}

int certprov_status_clock_trusted(const struct certprov_status *s)
{
	return s->clock_trusted;
}

uint64_t certprov_status_count(
	const struct certprov_status *s, enum certprov_list list)
{
	switch (list) {
	case CERTPROV_AUTHORITIES:
		return (uint64_t)s->authorities;
	case CERTPROV_SERVERS:
		return (uint64_t)s->servers;
	case CERTPROV_UNKNOWN:
		return (uint64_t)s->unknown;
	case CERTPROV_DISTRUSTED:
		return (uint64_t)s->distrusted;
	case CERTPROV_ANCHORS:
		break; /* they are not counted */
	}
	return 0;
}

size_t certprov_status_concern_count(const struct certprov_status *s)
{
	return s->concerns.count;
}

const struct certprov_concern *certprov_status_concern(
	const struct certprov_status *s, size_t index)
{
	const struct certprov_concern *all = s->concerns.items;

	return index < s->concerns.count ? &all[index] : NULL;
}
