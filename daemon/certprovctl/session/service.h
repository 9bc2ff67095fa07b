/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls certprovd, hands out its replies one by one, and reports what goes
 * wrong with its cause and a remedy. With --json the replies are printed here
 * unchanged.
 */
#ifndef CERTPROVCTL_SERVICE_H
#define CERTPROVCTL_SERVICE_H

#include <cjson/cJSON.h>

#include "daemon/certprovctl/session/session.h"
#include "lib/base/bytes.h"
#include "lib/varlink/json-fields.h"

/* Seconds to wait for a reply without --timeout. */
#define SERVICE_USUAL_TIMEOUT 30
#define SERVICE_MAX_TIMEOUT 86400

enum service {
	SERVICE_TRUST,
	SERVICE_ADMIN,
	SERVICE_IDENTITY,
	SERVICE__END,
};

/* Takes the parameters of one reply, borrowed; NULL if it has none. If it does
 * not return EXIT_COMPLETE, the call ends with that. */
typedef enum exit_status service_reply(
	struct session *s, const cJSON *parameters, void *userdata);

/* The parameters of every call, all borrowed. What is zero is left out. */
struct service_parameters {
	const char *list, *kind, *host, *sha256, *reason, *name, *value;
	const char *url, *document, *firmware, *purpose, *source, *key_type;
	int64_t expires, limit;
	bool dry_run, force;
	struct bytes certificate;
	int64_t id;   /* by service_run_table only */
	int64_t days; /* by service_endings_table only */
	/* by service_verify_table and service_install_table only */
	struct json_bytes_list chain;
};
/* Where a run 0, 0 days or an empty chain has to be sent as well. */
extern const struct json_table service_run_table;
extern const struct json_table service_verify_table;
extern const struct json_table service_endings_table;
extern const struct json_table service_install_table;

struct service_call {
	enum service service;
	const char *method; /* without the interface */
	struct service_parameters with;
	const struct json_table *table; /* of with; NULL: the usual one */
	bool more;    /* replies until one does not continue */
	bool patient; /* they may take any time */
	bool quiet;   /* not for the user: never printed */
	int *fd;      /* goes along and is taken, also on failure */
	service_reply *reply;
	void *userdata;
};

/* Everything that goes wrong has been reported on the screen. */
enum exit_status service_call(struct session *s, struct service_call *call);

/* --timeout, or what is usual, in milliseconds. */
enum exit_status service_timeout(const struct session *s, int64_t *ret_ms);
/* The socket, in new memory the caller frees. 0 or -ENOMEM. */
int service_path(const struct session *s, enum service service, char **ret);

/* --- service-errors.c: what goes wrong, and what helps --- */

/* certprovd answered with an error; parameters may be NULL. EXIT_REFUSED. */
enum exit_status service_explain_error(
	const struct screen *s, const char *error, const cJSON *parameters);
/* What a negative errno of lib/varlink-client means at this socket. */
enum exit_status service_explain_errno(const struct screen *s,
	enum service service, const char *path, int error);

#endif
