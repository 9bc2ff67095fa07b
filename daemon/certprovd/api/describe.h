/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon holds as the types of its interfaces: Certificate, Run,
 * Setting, Distrusted, Change. Reads state and store, changes nothing, and
 * lets no credential out: every URL is redacted here, whoever did it before.
 */
#ifndef CERTPROVD_DESCRIBE_H
#define CERTPROVD_DESCRIBE_H

#include <cjson/cJSON.h>

#include "daemon/certprovd/api/api.h"
#include "lib/base/sha256-size.h"
#include "lib/varlink/json-fields.h"

/* What more to say of a certificate. */
enum describe {
	DESCRIBE_DER = 1,  /* the certificate itself */
	DESCRIBE_SEEN = 2, /* when a run last found it where it came from */
};

/*
 * A certificate that is trusted or unknown here. Returns 0 and the object,
 * which is the caller's; -ENOENT when it is neither; -ENOMEM or what the
 * store says. What cannot be decoded is described as far as it is known.
 */
int describe_certificate(const struct api *api,
	const uint8_t sha256[SHA256_BYTES], unsigned flags, cJSON **ret);

/* Into an empty writer; failures stick to it. */
void describe_run(struct json_writer *w, const struct store_run *run);
/* The same of a run under way. */
void describe_summary(struct json_writer *w, const struct run_summary *run);
void describe_setting(
	struct json_writer *w, const struct api *api, enum setting_id id);
void describe_distrusted(
	struct json_writer *w, const struct store_distrusted *row);
void describe_change(struct json_writer *w, const struct store_change *change);

/* The trust an answer was made from: store and generation. */
void describe_trust(struct json_writer *w, const struct trust *trust);

#endif
