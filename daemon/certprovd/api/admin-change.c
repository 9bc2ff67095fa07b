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
#include "daemon/certprovd/trust/last-server.h"
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

struct admin_lockout {
	const char *url;
	const char *result;
	const char *reason;
};

static const struct json_field lockout_fields[] = {
	JSON_FIELD(struct admin_lockout, url, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct admin_lockout, result, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct admin_lockout, reason, JSON_STRING, JSON_MUST),
};

int admin_reply_lockout(
	struct varlink_request *req, const struct guard_answer *lockout)
{
	const struct admin_lockout parameters = {
		.url = lockout->url ? lockout->url : lockout->host,
		.result = verdict_name(lockout->verdict),
		.reason = lockout->reason,
	};
	cJSON *json = NULL;
	int r = json_fields_encode(
		lockout_fields, ARRAY_SIZE(lockout_fields), &parameters, &json);

	return r < 0
		? r
		: varlink_error(req, ADMIN_INTERFACE ".WouldLockOut", json);
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

int admin_who(const struct varlink_request *req, char **ret)
{
	const struct varlink_peer *peer = varlink_request_peer(req);
	const char *whom = varlink_request_acts_for(req);
	CLEANUP(free) char *unit = admin_change_unit_of(peer->pid);

	return string_format(ret, "uid:%lu pid:%ld%s%s%s%s",
		(unsigned long)peer->uid, (long)peer->pid, unit ? " " : "",
		unit ? unit : "", whom ? " for " : "", whom ? whom : "");
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
		*ret = anchor_der(a);
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
	if (!c || !*certificate_subject(c))
		return string_replace(ret, "a certificate");
	r = text_escape(certificate_subject(c), strlen(certificate_subject(c)),
		ADMIN_MAX_SUBJECT_BYTES, &subject);
	return r < 0 ? r : string_format(ret, "the certificate of %s", subject);
}

static bool admin_change_locks_out(const struct admin_change *change)
{
	return change->lockout && change->lockout->locked_out;
}

static const char *admin_change_forced(const struct admin_change *change)
{
	return change->forced && admin_change_locks_out(change) ? ", by force"
								: "";
}

static int admin_change_write(
	struct api *api, const struct admin_change *change, const char *who)
{
	CLEANUP(free) char *what = NULL;
	int r = string_format(
		&what, "%s%s", change->what, admin_change_forced(change));

	return r < 0 ? r
		     : store_add_change(api->store,
			       &(struct store_change){
				       .when = clock_wall(),
				       .who = who,
				       .what = what,
				       .sha256 = change->sha256,
				       .name = change->name,
			       });
}

/* The change and its line in the history; the caller ends the transaction. */
static int admin_change_make(struct api *api, const struct admin_change *change,
	const char *who, bool *ret_changed)
{
	int r = change->make(api, change->userdata, ret_changed);

	if (r == 0 && *ret_changed && change->lockout)
		r = last_server_check(api->state,
			clock_now(api->clock, clock_wall()), change->lockout);
	if (r == 0 && admin_change_locks_out(change) && !change->forced)
		*ret_changed = false;
	return r < 0 || !*ret_changed ? r
				      : admin_change_write(api, change, who);
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
		"%s: %s%s%s%s", who, change->what, change->sha256 ? " " : "",
		change->sha256 ? change->sha256 : "",
		admin_change_forced(change));
}

static void admin_change_say_refused(
	const struct admin_change *change, const char *who)
{
	const struct guard_answer *l = change->lockout;

	log_event(LOG_WOULD_LOCK_OUT,
		LOG_FIELDS(LOG_FIELD_WHO(who), LOG_FIELD_SHA256(change->sha256),
			LOG_FIELD_NAME(change->name), LOG_FIELD_HOST(l->host),
			LOG_FIELD_RESULT(verdict_name(l->verdict))),
		"%s: not done: %s: this phone would no longer trust %s, which "
		"it was last provisioned from: %s",
		who, change->what, l->host, l->reason);
}

int admin_change(struct api *api, const struct varlink_request *req,
	const struct admin_change *change, bool *ret_changed)
{
	CLEANUP(free) char *who = NULL;
	bool changed = false;
	int r = admin_who(req, &who);

	if (r == 0)
		r = admin_change_commit(api, change, who, &changed);
	if (r < 0) {
		log_message(LOG_ERR, "%s: not done: %s: %s", who ? who : "?",
			change->what, strerrordesc_np(-r));
		return r;
	}
	if (ret_changed)
		*ret_changed = changed;
	if (!changed && admin_change_locks_out(change))
		admin_change_say_refused(change, who);
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
