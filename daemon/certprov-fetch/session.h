/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provisioning run from the fetcher's end: documents first, then the
 * certificates to download, everything that is found offered or reported,
 * and one Finish. Decides nothing about trust: it asks the daemon, and
 * lib/verify about the servers it meets.
 */
#ifndef CERTPROV_FETCH_SESSION_H
#define CERTPROV_FETCH_SESSION_H

#include "daemon/certprov-fetch/session-config.h"

/* Returns 0 when Finish was said and heard; a negative errno when the run
 * could not go on: then there is nobody left to tell. */
int session_run(const struct session_config *config);

#endif
