/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/sys/stream.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/net/url.h"

/* Distrusted entries in one reply: with the longest reasons, still less than
 * a message. */
#define DISTRUSTED_A_REPLY 128

/* --- Distrust, LiftDistrust --- */

struct distrust_parameters {
	int kind; /* enum distrust_kind */
	const char *sha256;
	const char *reason;
	bool force; /* even if it locks the phone out */
	uint8_t digest[SHA256_BYTES];
	const char *who;
};

static const struct json_field distrust_fields[] = {
	JSON_FIELD(struct distrust_parameters, kind, JSON_CHOICE,
		.choices = distrust_kinds, .required = true),
	JSON_FIELD(struct distrust_parameters, sha256, JSON_SHA256_TEXT,
		.required = true),
	JSON_FIELD(struct distrust_parameters, reason, JSON_STRING,
		.max = ADMIN_MAX_REASON_BYTES),
	JSON_FIELD(struct distrust_parameters, force, JSON_BOOL),
};
const struct json_table admin_trust_distrust_parameters =
	JSON_TABLE(struct distrust_parameters, distrust_fields);
/* Lifting takes the first two of these. */
const struct json_table admin_trust_lift_parameters = {
	.fields = distrust_fields, .count = 2};

static int admin_trust_add_distrusted(
	struct api *api, void *userdata, bool *ret_changed)
{
	const struct distrust_parameters *p = userdata;
	struct store_distrusted row = {
		.kind = (enum distrust_kind)p->kind,
		.reason = p->reason,
		.added = clock_wall(),
		.who = p->who,
	};

	memcpy(row.sha256, p->digest, SHA256_BYTES);
	return store_add_distrusted(api->store, &row, ret_changed);
}

static int admin_trust_lift_distrusted(
	struct api *api, void *userdata, bool *ret_changed)
{
	const struct distrust_parameters *p = userdata;

	return store_lift_distrusted(api->store, (enum distrust_kind)p->kind,
		p->digest, ret_changed);
}

/* "distrusted the certificate of CN=PBX" */
static int admin_trust_make_what(const struct api *api, const char *verb,
	const struct distrust_parameters *p, char **ret)
{
	CLEANUP(free) char *name = NULL;
	int r = 0;

	if (p->kind == DISTRUST_PUBLIC_KEY)
		return string_format(ret, "%s the public key", verb);
	r = admin_name_certificate(api, p->digest, &name);
	return r < 0 ? r : string_format(ret, "%s %s", verb, name);
}

/* Redacted, and not longer for that: escapes count. */
static int admin_trust_make_reason(const char *text, char **ret)
{
	CLEANUP(free) char *redacted = NULL;
	int r = url_redact(text, &redacted);

	return r < 0 ? r
		     : text_escape(redacted, strlen(redacted),
			       ADMIN_MAX_REASON_BYTES, ret);
}

static int admin_trust_distrust(struct varlink_request *req, struct api *api,
	struct distrust_parameters *p, struct guard_answer *lockout)
{
	CLEANUP(free) char *reason = NULL;
	CLEANUP(free) char *who = NULL;
	CLEANUP(free) char *what = NULL;
	int r = admin_who(req, &who);

	if (r == 0)
		r = admin_trust_make_what(api, "distrusted", p, &what);
	if (r == 0 && p->reason)
		r = admin_trust_make_reason(p->reason, &reason);
	if (r < 0)
		return r;
	p->reason = reason;
	p->who = who;
	return admin_change(api, req,
		&(struct admin_change){
			.make = admin_trust_add_distrusted,
			.userdata = p,
			.must_fit = true,
			.event = LOG_DISTRUSTED,
			.what = what,
			.sha256 = p->sha256,
			.lockout = lockout,
			.forced = p->force,
		},
		NULL);
}

int admin_trust_on_distrust(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	struct distrust_parameters p = {0};
	CLEANUP(guard_answer_done)
	struct guard_answer lockout = {.locked_out = false};
	int r = varlink_request_decode(req, &p);

	if (r == 0)
		r = hex_parse(p.sha256, p.digest, SHA256_BYTES);
	if (r != 0)
		return r;
	r = admin_trust_distrust(req, api, &p, &lockout);
	if (r == -EDQUOT)
		return admin_reply_limit_exceeded(req, ADMIN_INTERFACE,
			"distrusted", api->config->distrusted);
	if (r == 0 && lockout.locked_out && !p.force)
		return admin_reply_lockout(req, &lockout);
	return r < 0 ? r : admin_reply_generation(req, api);
}

static int admin_trust_lift(struct varlink_request *req, struct api *api,
	struct distrust_parameters *p, bool *ret_lifted)
{
	CLEANUP(free) char *what = NULL;
	int r = admin_trust_make_what(api, "lifted the distrust of", p, &what);

	if (r < 0)
		return r;
	return admin_change(api, req,
		&(struct admin_change){
			.must_fit = true,
			.make = admin_trust_lift_distrusted,
			.userdata = p,
			.event = LOG_ADMIN_CHANGE,
			.what = what,
			.sha256 = p->sha256,
		},
		ret_lifted);
}

int admin_trust_on_lift(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	struct distrust_parameters p = {0};
	bool lifted = false;
	int r = varlink_request_decode(req, &p);

	if (r == 0)
		r = hex_parse(p.sha256, p.digest, SHA256_BYTES);
	if (r == 0)
		r = admin_trust_lift(req, api, &p, &lifted);
	if (r != 0)
		return r;
	if (!lifted)
		return varlink_error_text(req,
			ADMIN_INTERFACE ".NoSuchCertificate", "sha256",
			p.sha256);
	return admin_reply_generation(req, api);
}

/* --- ListDistrusted --- */

/* At most STORE_MAX_DISTRUSTED. */
struct distrusted_list {
	cJSON *rows;
	bool said;
};

static void admin_trust_list_done(void *userdata)
{
	struct distrusted_list *list = userdata;

	json_free(list->rows);
	free(list);
}

static const struct json_field row_fields[] = {
	JSON_FIELD(struct store_distrusted, kind, JSON_CHOICE, JSON_MUST,
		.choices = distrust_kinds),
	JSON_FIELD(struct store_distrusted, sha256, JSON_DIGEST, JSON_MUST),
	JSON_FIELD(struct store_distrusted, reason, JSON_STRING,
		.rewrite = url_redact),
	JSON_FIELD(struct store_distrusted, added, JSON_TIME, JSON_MUST),
	JSON_FIELD_NAMED(
		"by", struct store_distrusted, who, JSON_STRING, JSON_MUST),
};

static int admin_trust_add_row(
	void *userdata, const struct store_distrusted *row)
{
	struct store_distrusted known = *row;
	const struct distrusted_list *list = userdata;

	known.who = row->who ? row->who : "";
	return json_fields_append(
		list->rows, row_fields, ARRAY_SIZE(row_fields), &known);
}

static int admin_trust_next_distrusted(void *userdata, cJSON **ret)
{
	struct distrusted_list *list = userdata;
	cJSON *piece = NULL;
	int r = 0;

	/* An empty list still has a first reply. */
	if (cJSON_GetArraySize(list->rows) == 0 && list->said)
		return 0;
	list->said = true;
	piece = cJSON_CreateArray();
	for (unsigned i = 0; piece && i < DISTRUSTED_A_REPLY; i++) {
		cJSON *row = cJSON_DetachItemFromArray(list->rows, 0);

		if (!row)
			break;
		cJSON_AddItemToArray(piece, row);
	}
	r = json_wrap("distrusted", piece, ret);
	return r < 0 ? r : 1;
}

static int admin_trust_list_new(
	const struct api *api, struct distrusted_list **ret)
{
	struct distrusted_list *list = calloc(1, sizeof(*list));
	int r = -ENOMEM;

	if (!list)
		return r;
	list->rows = cJSON_CreateArray();
	if (list->rows)
		r = store_each_distrusted(
			api->store, admin_trust_add_row, list);
	if (r < 0)
		admin_trust_list_done(list);
	else
		*ret = list;
	return r;
}

int admin_trust_on_list(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct distrusted_list *list = NULL;
	int r = varlink_request_decode(req, NULL);

	if (r == 0)
		r = admin_trust_list_new(api, &list);
	if (r != 0)
		return r;
	/* All of them may be more than a message holds. */
	if (!varlink_request_more(req) &&
		cJSON_GetArraySize(list->rows) > DISTRUSTED_A_REPLY) {
		admin_trust_list_done(list);
		return varlink_error(req, VARLINK_EXPECTED_MORE, NULL);
	}
	return stream_start(req,
		&(struct stream_source){
			.next = admin_trust_next_distrusted,
			.done = admin_trust_list_done,
			.userdata = list,
		});
}
