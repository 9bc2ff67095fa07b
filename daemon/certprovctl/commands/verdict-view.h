/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verdict for a person: the answer and why, the path from the peer to what
 * is trusted and where that came from, and what of the peer's chain is of no
 * use. Decides nothing.
 */
#ifndef CERTPROVCTL_VERDICT_VIEW_H
#define CERTPROVCTL_VERDICT_VIEW_H

#include <cjson/cJSON.h>

#include "daemon/certprovctl/peer/chain.h"

/* What the verdict is about. All borrowed; texts may be NULL. */
struct verdict_subject {
	const struct chain *chain;
	const char *host; /* as it was asked for */
	const char *purpose;
	const char *peer; /* who presented it: an address, a file */
};

/* Of a type Verdict. certprovd is asked about the certificates of the path
 * that were not sent, and about the anchor. */
enum exit_status verdict_view_print(struct session *s,
	const struct verdict_subject *subject, const cJSON *verdict);

#endif
