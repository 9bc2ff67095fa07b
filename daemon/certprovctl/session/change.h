/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an administrator changes: one call of io.certprov.admin, and a line
 * that says what was done and which generation of trust that is.
 */
#ifndef CERTPROVCTL_CHANGE_H
#define CERTPROVCTL_CHANGE_H

#include "daemon/certprovctl/session/service.h"
#include "lib/varlink/json-fields.h"

/* All borrowed. */
struct change {
	const char *method; /* without the interface */
	const char *sha256; /* of what is changed */
	const char *done;   /* "removed from servers" */
};

/* Makes the change with these parameters, which are taken, also on failure;
 * --force goes along where it was given. */
enum exit_status change_run(struct session *s, const struct change *change,
	struct json_writer *parameters);

#endif
