/* SPDX-License-Identifier: Apache-2.0 */
/* CreateRequest, Install, Rollback: a SHA-2 identity made on the phone. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/identity-reply.h"
#include "daemon/certprovd/identity/device.h"
#include "lib/base/string.h"
#include "lib/base/text.h"

/* A new key takes long on a small phone, and is written to its flash. */
#define IDENTITY_KEY_WORK 100000
#define IDENTITY_MAX_CHAIN_BYTES ((int64_t)128 * 1024)
/* So that one too many is told in words. */
#define INSTALL_MAX_CERTIFICATES 16

static const char *const key_types[] = {"ec", "rsa", NULL};

static struct device_context identity_device_context(const struct api *api)
{
	return (struct device_context){
		.config = api->config,
		.phone = api->phone,
		.firmware = trust_state_firmware(api->state),
		.identities = api->identities,
		.now = clock_now(api->clock, clock_wall()),
	};
}

static int identity_refuse_device(
	struct varlink_request *req, const struct device_refusal *refusal)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "result", verdict_name(refusal->verdict));
	json_put_string(&w, "reason", refusal->reason);
	if (refusal->remedy)
		json_put_string(&w, "remedy", refusal->remedy);
	return varlink_error_writer(req, IDENTITY_INTERFACE ".NotUsable", &w);
}

/* Who may change trust may change who the phone is; who signs may not. That is
 * read from the rights of the Admin socket, which are told in one place only:
 * there the kernel checks them, here they are looked up. The certificates page
 * offers nothing of this to its users, so whoever took it over gets nothing. */
static bool identity_may_change(
	const struct varlink_request *req, const struct api *api)
{
	uid_t uid = varlink_request_peer(req)->uid;
	struct stat rights = {0};

	if (uid == 0)
		return true;
	if (uid == api->page_uid || stat(api->admin_socket, &rights) < 0)
		return false;
	return ((rights.st_mode & S_IWUSR) && uid == rights.st_uid) ||
		((rights.st_mode & S_IWGRP) &&
			varlink_request_peer_is_in(req, rights.st_gid));
}

/* --- CreateRequest --- */

struct request_parameters {
	int type;
};

static const struct json_field request_fields[] = {
	JSON_FIELD_NAMED("keyType", struct request_parameters, type,
		JSON_CHOICE, .choices = key_types),
};
const struct json_table identity_request_parameters =
	JSON_TABLE(struct request_parameters, request_fields);

int identity_on_request(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	const struct device_context context = identity_device_context(api);
	struct request_parameters asked = {0};
	CLEANUP(device_refusal_done)
	struct device_refusal refusal = {.verdict = VERDICT__END};
	CLEANUP(free) char *text = NULL;
	int r = varlink_request_decode(req, &asked);

	if (r != 0)
		return r;
	if (!identity_may_change(req, api))
		return varlink_error(req, VARLINK_PERMISSION_DENIED, NULL);
	varlink_request_charge(req, IDENTITY_KEY_WORK);
	r = device_request(&context, key_types[asked.type], &text, &refusal);
	if (r < 0)
		return r;
	return text
		? varlink_reply_member(req, "request", cJSON_CreateString(text))
		: identity_refuse_device(req, &refusal);
}

/* --- Install, Rollback --- */

struct install_parameters {
	struct json_bytes_list chain;
};

static const struct json_field install_fields[] = {
	JSON_FIELD(struct install_parameters, chain, JSON_BYTES_LIST, JSON_MUST,
		.max = IDENTITY_MAX_CHAIN_BYTES,
		.max_items = INSTALL_MAX_CERTIFICATES),
};
const struct json_table identity_install_parameters =
	JSON_TABLE(struct install_parameters, install_fields);

/* The files have changed already: here it is only told. */
static int identity_note_change(
	struct api *api, void *userdata, bool *ret_changed)
{
	(void)api;
	(void)userdata;
	*ret_changed = true;
	return 0;
}

static int identity_reload(const struct api *api)
{
	return identities_reload(api->identities, api->config,
		trust_state_firmware(api->state),
		trust_state_settings(api->state));
}

static int identity_record(struct varlink_request *req, struct api *api,
	const char *what, const char *sha256)
{
	return admin_change(api, req,
		&(struct admin_change){
			.make = identity_note_change,
			.event = LOG_ADMIN_CHANGE,
			.what = what,
			.sha256 = sha256,
		},
		NULL);
}

static int identity_tell_installed(struct varlink_request *req, struct api *api)
{
	const struct identity *i =
		&api->identities->slots[IDENTITY_INSTALLED].identity;
	CLEANUP(free) char *subject = NULL;
	CLEANUP(free) char *what = NULL;
	int r = 0;

	if (i->count == 0)
		return -EIO;
	r = text_escape(certificate_subject(i->chain[0]),
		strlen(certificate_subject(i->chain[0])),
		ADMIN_MAX_SUBJECT_BYTES, &subject);
	if (r == 0)
		r = string_format(&what, "installed the identity %s", subject);
	if (r == 0)
		r = identity_record(req, api, what, i->chain[0]->sha256_hex);
	return r < 0 ? r : identity_reply_source(req, api, IDENTITY_INSTALLED);
}

int identity_on_install(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	const struct device_context context = identity_device_context(api);
	struct install_parameters asked = {0};
	CLEANUP(device_refusal_done)
	struct device_refusal refusal = {.verdict = VERDICT__END};
	int r = varlink_request_decode(req, &asked);

	if (r != 0)
		return r;
	if (!identity_may_change(req, api)) {
		json_fields_done(
			install_fields, ARRAY_SIZE(install_fields), &asked);
		return varlink_error(req, VARLINK_PERMISSION_DENIED, NULL);
	}
	r = device_install(
		&context, asked.chain.items, asked.chain.count, &refusal);
	if (r == 0 && refusal.verdict == VERDICT__END)
		r = identity_reload(api);
	if (r == 0)
		r = refusal.verdict == VERDICT__END
			? identity_tell_installed(req, api)
			: identity_refuse_device(req, &refusal);
	json_fields_done(install_fields, ARRAY_SIZE(install_fields), &asked);
	return r;
}

int identity_on_rollback(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	int r = varlink_request_decode(req, NULL);

	if (r != 0)
		return r;
	if (!identity_may_change(req, api))
		return varlink_error(req, VARLINK_PERMISSION_DENIED, NULL);
	r = device_rollback(api->config);
	if (r == -ENOENT)
		return varlink_error(
			req, IDENTITY_INTERFACE ".NoFormerIdentity", NULL);
	if (r == 0)
		r = identity_reload(api);
	if (r == 0)
		r = identity_record(req, api,
			"went back to the identity before the last one", NULL);
	if (r < 0)
		return r;
	return api->identities->in_force == IDENTITY_SOURCE__END
		? varlink_reply(req, NULL)
		: identity_reply_source(req, api, api->identities->in_force);
}
