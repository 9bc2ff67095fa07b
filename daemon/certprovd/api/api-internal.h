/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the two interfaces share: the handlers, by their file, and
 * how an admin's change is made.
 */
#ifndef CERTPROVD_API_INTERNAL_H
#define CERTPROVD_API_INTERNAL_H

#include "daemon/certprovd/api/api.h"
#include "daemon/certprovd/sys/log.h"
#include "lib/base/sha256-size.h"
#include "lib/provisioning/guard.h"

#define TRUST_INTERFACE "io.certprov.trust"
#define ADMIN_INTERFACE "io.certprov.admin"

/* Of a reason an admin gives. */
#define ADMIN_MAX_REASON_BYTES 512

varlink_handler monitors_on_monitor; /* monitors.c */
varlink_handler monitors_on_monitor_rejections;
varlink_handler trust_verify_on_verify; /* trust-verify.c */
varlink_handler trust_verify_on_digest;
varlink_handler trust_verify_on_explain;
varlink_handler trust_verify_on_report;
varlink_handler trust_endings_on_list;   /* trust-endings.c */
varlink_handler trust_counters_on_call;  /* trust-counters.c */
varlink_handler status_on_status;        /* status.c */
varlink_handler admin_provision_on_call; /* admin-provision.c */
varlink_handler admin_runs_on_cancel;    /* admin-runs.c, and so on */
varlink_handler admin_runs_on_list;
varlink_handler admin_runs_on_get;
varlink_handler admin_runs_on_history;
varlink_handler admin_exception_on_add;
varlink_handler admin_upload_on_upload;
varlink_handler admin_remove_on_remove;
varlink_handler admin_trust_on_distrust;
varlink_handler admin_trust_on_lift;
varlink_handler admin_trust_on_list;
varlink_handler admin_settings_on_list;
varlink_handler admin_settings_on_set;
varlink_handler admin_clock_on_reset;
varlink_handler admin_reset_on_call; /* admin-reset.c */
varlink_handler admin_offer_on_offer;
varlink_handler admin_act_for_on_call;

/* Of the methods that have parameters, or a reply of their own. */
extern const struct json_table admin_provision_reply;
extern const struct json_table admin_settings_list_reply;
extern const struct json_table admin_upload_reply_table;
extern const struct json_table monitors_rejection_reply;
extern const struct json_table trust_endings_parameters;
extern const struct json_table trust_counters_reply;
extern const struct json_table status_reply;
extern const struct json_table admin_settings_set_parameters;
extern const struct json_table admin_runs_id_parameters;
extern const struct json_table admin_runs_history_parameters;
extern const struct json_table admin_upload_parameters;
extern const struct json_table admin_trust_distrust_parameters;
extern const struct json_table admin_trust_lift_parameters;
extern const struct json_table admin_provision_parameters;
extern const struct json_table admin_offer_parameters;
extern const struct json_table admin_act_for_parameters;
extern const struct json_table admin_remove_parameters;
extern const struct json_table admin_exception_parameters;
extern const struct json_table trust_verify_verify_parameters;
extern const struct json_table trust_verify_digest_parameters;
extern const struct json_table trust_verify_explain_parameters;
extern const struct json_table trust_verify_report_parameters;

/* {limit, maximum} */
int admin_reply_limit_exceeded(struct varlink_request *req,
	const char *interface, const char *limit, int64_t maximum);
int admin_reply_no_such_run(struct varlink_request *req, int64_t id);
/* {store, generation} as they are now. */
int admin_reply_generation(struct varlink_request *req, const struct api *api);

/* --- admin-change.c: a change by an admin --- */

struct admin_change {
	/* Called in a transaction of the store, which is given up when it
	 * fails or changes nothing. */
	int (*make)(struct api *api, void *userdata, bool *ret_changed);
	void *userdata;
	bool must_fit; /* takes trust away: may use the reserve of a full disk
			*/
	enum log_event event;
	const char
		*what; /* for the history: a sentence without its full stop */
	const char *sha256; /* in hex, or NULL */
	const char *name;   /* of a setting, or NULL */
	const char *host;   /* of an exception, or NULL */
	const char *result; /* a verdict's identifier, or NULL */
	/* Whether it ends trust in the last good provisioning server is told
	 * here, and then it is not made unless it is forced. NULL: it cannot.
	 */
	struct guard_answer *lockout;
	bool forced;
};

/*
 * Make the change, with its line in the history, in one durable step; take it
 * over into the state and log it. Returns 0, *ret_changed (may be a NULL
 * pointer) false when nothing had to change; or a negative errno, and
 * nothing is changed.
 */
int admin_change(struct api *api, const struct varlink_request *req,
	const struct admin_change *change, bool *ret_changed);

/* WouldLockOut. */
int admin_reply_lockout(
	struct varlink_request *req, const struct guard_answer *lockout);

/* Of a subject in a sentence. */
#define ADMIN_MAX_SUBJECT_BYTES 200
/* "the certificate of CN=PBX", or "a certificate" where its subject is not
 * known here; the caller frees it. */
int admin_name_certificate(
	const struct api *api, const uint8_t sha256[SHA256_BYTES], char **ret);

/* "uid:0 pid:1234 certprovctl.service"; then, of a connection that called
 * ActFor, " for alice at 192.0.2.7". The caller frees it. */
int admin_who(const struct varlink_request *req, char **ret);

#endif
