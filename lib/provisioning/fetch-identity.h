/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webserver_cert, as a document offers it: its value has a private key, which
 * goes from here to where keys are kept and nowhere else.
 */
#ifndef CERTPROV_FETCH_IDENTITY_H
#define CERTPROV_FETCH_IDENTITY_H

#include "lib/identity/identity-setting.h"
#include "lib/provisioning/decision.h"
#include "lib/provisioning/fetch-messages.h"

/*
 * Read the value of *f, if it is of that setting (id) and may be read where it
 * stands, and put in its place what may be told: for the rest, nothing of the
 * key is in *f any more. A value that is refused becomes one that no setting
 * can have. 0, -ENOMEM, -EIO.
 */
int fetch_identity_take(struct fetch_setting *f, enum setting_id id,
	struct identity_setting *ret);

/*
 * What of it belongs into the decision: which certificate it is, what is worth
 * knowing of it, and, if it was applied, the key; a refusal with its line.
 * stays: what counts now. 0 or -ENOMEM.
 */
int fetch_identity_fill(struct identity_setting *own,
	const struct fetch_setting *f, int64_t now, struct decision *d);
int fetch_identity_refuse(const struct identity_setting *own,
	const struct fetch_setting *f, const char *stays, struct outcome *o);

#endif
