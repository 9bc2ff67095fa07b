/* SPDX-License-Identifier: Apache-2.0 */
/* The type Identity of io.certprov.identity, and the handlers in
 * identity-device.c. */
#ifndef CERTPROVD_IDENTITY_REPLY_H
#define CERTPROVD_IDENTITY_REPLY_H

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/identity/identities.h"

#define IDENTITY_INTERFACE "io.certprov.identity"

/* One row of ListIdentities more. 0 or a negative errno. */
int identity_append_source(
	const struct api *api, enum identity_source source, cJSON *list);
/* The member identity; of no source, NoIdentity. */
int identity_reply_source(struct varlink_request *req, const struct api *api,
	enum identity_source source);

/* What most methods are asked for; the names end with NULL. */
extern const char *const identity_roles[];
struct identity_role {
	int role;
};
/* NoIdentity */
int identity_refuse_role(struct varlink_request *req, int role);

extern const struct json_table identity_key_reply;
extern const struct json_table identity_request_parameters;
extern const struct json_table identity_install_parameters;
varlink_handler identity_on_get_key;
varlink_handler identity_on_request;
varlink_handler identity_on_install;
varlink_handler identity_on_rollback;

#endif
