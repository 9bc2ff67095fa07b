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

extern const struct json_table identity_request_parameters;
extern const struct json_table identity_install_parameters;
varlink_handler identity_on_request;
varlink_handler identity_on_install;
varlink_handler identity_on_rollback;

#endif
