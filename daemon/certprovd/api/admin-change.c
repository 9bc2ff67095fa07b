/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all changes by an administrator share: the transaction, the line in the
 * history, the log, and the error replies.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-login.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/reply-trust.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/x509/certificate.h"

/* --- errors and replies both interfaces give --- */

int admin_reply_limit_exceeded(struct varlink_request *req,
	const char *interface, const char *limit, int64_t maximum)
{
	CLEANUP(free) char *error = NULL;
	cJSON *parameters = NULL;
	int r = string_format(&error, "%s.LimitExceeded", interface);

	if (r == 0)
		r = varlink_limit_encode(limit, maximum, &parameters);
	return r < 0 ? r : varlink_error(req, error, parameters);
}

int admin_reply_no_such_run(struct varlink_request *req, int64_t id)
{
	return varlink_error_number(
		req, ADMIN_INTERFACE ".NoSuchRun", "id", id);
}

int admin_reply_generation(struct varlink_request *req, const struct api *api)
{
	const struct reply_trust reply =
		reply_trust_of(trust_state_trust(api->state));

	return varlink_reply_struct(req, &reply);
}

/* --- changes --- */

/* A user's process also has a unit of the user's manager. */
static char *admin_change_unit_of(pid_t pid)
{
	char *unit = NULL;

	if (pid <= 0)
		return NULL;
	if (sd_pid_get_user_unit(pid, &unit) >= 0)
		return unit;
	return sd_pid_get_unit(pid, &unit) >= 0 ? unit : NULL;
}

int admin_who(const struct varlink_peer *peer, char **ret)
{
	CLEANUP(free) char *unit = admin_change_unit_of(peer->pid);

	return string_format(ret, "uid:%lu pid:%ld%s%s",
		(unsigned long)peer->uid, (long)peer->pid, unit ? " " : "",
		unit ? unit : "");
}

/* The bytes of a certificate in any of the lists; false when it is in none. */
static bool admin_change_find_der(
	const struct api *api, const uint8_t *sha256, struct bytes *ret)
{
	const struct anchor *a =
		anchors_find(trust_state_trust(api->state)->anchors, sha256);
	const struct unknown_entry *u = unknown_find(api->unknown, sha256);

	if (!a)
		a = trust_state_find_server(api->state, sha256);
	if (a)
		*ret = a->der;
	else if (u)
		*ret = u->chain[0];
	return a || u;
}

int admin_name_certificate(
	const struct api *api, const uint8_t sha256[SHA256_BYTES], char **ret)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	CLEANUP(free) char *subject = NULL;
	enum verdict why = VERDICT_MALFORMED;
	struct bytes der = {0};
	int r = 0;

	if (admin_change_find_der(api, sha256, &der))
		r = certificate_decode(der.data, der.len, &c, &why);
	if (r < 0)
		return r;
	if (!c || !*c->subject)
		return string_replace(ret, "a certificate");
	r = text_escape(c->subject, strlen(c->subject), ADMIN_MAX_SUBJECT_BYTES,
		&subject);
	return r < 0 ? r : string_format(ret, "the certificate of %s", subject);
}

/* The change and its line in the history; the caller ends the transaction. */
static int admin_change_make(struct api *api, const struct admin_change *change,
	const char *who, bool *ret_changed)
{
	int r = change->make(api, change->userdata, ret_changed);

	if (r < 0 || !*ret_changed)
		return r;
	return store_add_change(api->store,
		&(struct store_change){
			.when = clock_wall(),
			.who = who,
			.what = change->what,
			.sha256 = change->sha256,
			.name = change->name,
		});
}

static int admin_change_commit_once(struct api *api,
	const struct admin_change *change, const char *who, bool *ret_changed)
{
	bool changed = false;
	int r = store_begin(api->store);

	if (r < 0)
		return r;
	r = admin_change_make(api, change, who, &changed);
	if (r < 0 || !changed) {
		store_rollback(api->store);
		*ret_changed = false;
		return r;
	}
	r = store_commit(api->store);
	if (r == 0)
		*ret_changed = true;
	return r;
}

static int admin_change_commit(struct api *api,
	const struct admin_change *change, const char *who, bool *ret_changed)
{
	int r = admin_change_commit_once(api, change, who, ret_changed);

	if (r != -ENOSPC || !change->must_fit)
		return r;
	store_use_reserve(api->store);
	r = admin_change_commit_once(api, change, who, ret_changed);
	store_end_reserve(api->store);
	return r;
}

static void admin_change_say(const struct admin_change *change, const char *who)
{
	log_event(change->event,
		LOG_FIELDS(LOG_FIELD_WHO(who), LOG_FIELD_SHA256(change->sha256),
			LOG_FIELD_NAME(change->name),
			LOG_FIELD_HOST(change->host),
			LOG_FIELD_RESULT(change->result)),
		"%s: %s%s%s", who, change->what, change->sha256 ? " " : "",
		change->sha256 ? change->sha256 : "");
}

int admin_change(struct api *api, const struct varlink_request *req,
	const struct admin_change *change, bool *ret_changed)
{
	CLEANUP(free) char *who = NULL;
	bool changed = false;
	int r = admin_who(varlink_request_peer(req), &who);

	if (r == 0)
		r = admin_change_commit(api, change, who, &changed);
	if (r < 0) {
		log_message(LOG_ERR, "%s: not done: %s: %s", who ? who : "?",
			change->what, strerrordesc_np(-r));
		return r;
	}
	if (ret_changed)
		*ret_changed = changed;
	if (!changed)
		return 0;
	admin_change_say(change, who);
	r = trust_state_refresh(api->state);
	if (r < 0)
		log_message(LOG_ERR,
			"A change is stored but takes effect only with the "
			"next one: %s",
			strerrordesc_np(-r));
	return r;
}
