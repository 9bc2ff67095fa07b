/* SPDX-License-Identifier: Apache-2.0 */
/* Remove: a certificate out of a list, or one exception for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/x509/names.h"

/* As a host: the exception that holds for every one. */
#define EVERY_HOST "*"

enum remove_list {
	REMOVE_SERVERS,
	REMOVE_UNKNOWN,
};

static const char *const remove_lists[] = {
	[REMOVE_SERVERS] = "servers",
	[REMOVE_UNKNOWN] = "unknown",
	NULL,
};

struct remove_parameters {
	int list; /* enum remove_list */
	const char *sha256;
	const char *host; /* of the one exception to be removed, or NULL */
	bool force;       /* even if it locks the phone out */
	uint8_t digest[SHA256_BYTES];
	bool every_host;
	char name[HOST_NAME_SIZE]; /* of the host */
};

static const struct json_field remove_fields[] = {
	JSON_FIELD(struct remove_parameters, list, JSON_CHOICE,
		.choices = remove_lists, .required = true),
	JSON_FIELD(struct remove_parameters, sha256, JSON_SHA256_TEXT,
		.required = true),
	JSON_FIELD(struct remove_parameters, host, JSON_STRING,
		.max = HOST_TEXT_MAX_CHARS),
	JSON_FIELD(struct remove_parameters, force, JSON_BOOL),
};
const struct json_table admin_remove_parameters =
	JSON_TABLE(struct remove_parameters, remove_fields);

/* --- the three things that can be removed --- */

static int remove_server(struct api *api, void *userdata, bool *ret_changed)
{
	const struct remove_parameters *p = userdata;

	return store_remove_certificate(api->store, p->digest, ret_changed);
}

static int remove_exception(struct api *api, void *userdata, bool *ret_changed)
{
	const struct remove_parameters *p = userdata;

	return store_remove_exception(api->store, p->digest,
		p->every_host ? NULL : p->name, ret_changed);
}

/* It may not be written yet, so memory tells whether it is known. */
static int remove_unknown(struct api *api, void *userdata, bool *ret_changed)
{
	const struct remove_parameters *p = userdata;
	bool stored = false;
	int r = store_remove_unknown(api->store, p->digest, &stored);

	*ret_changed = stored || unknown_find(api->unknown, p->digest);
	return r;
}

/* --- the change --- */

/* A certificate that is stored only for exceptions is named so. */
static const char *admin_remove_what_it_is(
	const struct api *api, const struct remove_parameters *p)
{
	if (p->list == REMOVE_UNKNOWN)
		return "from the unknown certificates:";
	if (anchors_find(trust_state_excepted(api->state), p->digest))
		return "all exceptions for";
	return "from the server certificates:";
}

static int admin_remove_make_what(
	const struct api *api, const struct remove_parameters *p, char **ret)
{
	CLEANUP(free) char *name = NULL;
	int r = admin_name_certificate(api, p->digest, &name);

	if (r < 0)
		return r;
	if (!p->host)
		return string_format(ret, "removed %s %s",
			admin_remove_what_it_is(api, p), name);
	return string_format(ret, "removed the exception for %s for %s", name,
		p->every_host ? "every host" : p->name);
}

static int admin_remove_make_change(struct varlink_request *req,
	struct api *api, struct remove_parameters *p,
	struct guard_answer *lockout, bool *ret_removed)
{
	CLEANUP(free) char *what = NULL;
	struct admin_change change = {
		.make = p->list == REMOVE_UNKNOWN ? remove_unknown
						  : remove_server,
		.userdata = p,
		.must_fit = true,
		.event = LOG_ADMIN_CHANGE,
		.sha256 = p->sha256,
		.host = p->host && !p->every_host ? p->name : NULL,
		.lockout = lockout,
		.forced = p->force,
	};
	int r = admin_remove_make_what(api, p, &what);

	if (r < 0)
		return r;
	change.what = what;
	if (p->host)
		change.make = remove_exception;
	return admin_change(api, req, &change, ret_removed);
}

/* Only an exception has a host. Returns as varlink_request_decode. */
static int admin_remove_read_host(
	struct varlink_request *req, struct remove_parameters *p)
{
	struct host host;
	int r = 0;

	if (!p->host)
		return 0;
	p->every_host = strcmp(p->host, EVERY_HOST) == 0;
	if (p->list == REMOVE_SERVERS && p->every_host)
		return 0;
	if (p->list == REMOVE_SERVERS && host_parse(p->host, &host) == 0) {
		host_format(&host, p->name);
		return 0;
	}
	r = varlink_invalid_parameter(req, "host");
	return r < 0 ? r : 1;
}

int admin_remove_on_remove(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	struct remove_parameters p = {0};
	CLEANUP(guard_answer_done)
	struct guard_answer lockout = {.locked_out = false};
	bool removed = false;
	int r = varlink_request_decode(req, &p);

	if (r == 0)
		r = hex_parse(p.sha256, p.digest, SHA256_BYTES);
	if (r == 0)
		r = admin_remove_read_host(req, &p);
	if (r == 0)
		r = admin_remove_make_change(req, api, &p, &lockout, &removed);
	if (r != 0)
		return r;
	if (lockout.locked_out && !p.force)
		return admin_reply_lockout(req, &lockout);
	if (!removed)
		return varlink_error_text(req,
			ADMIN_INTERFACE ".NoSuchCertificate", "sha256",
			p.sha256);
	if (p.list == REMOVE_UNKNOWN)
		(void)unknown_remove(api->unknown, p.digest);
	return admin_reply_generation(req, api);
}
