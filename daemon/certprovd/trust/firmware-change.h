/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A firmware of another version than before: what is stored is judged again by
 * its rules. What it would not accept any more stays as it is and is marked,
 * because taking it away could cost the phone its provisioning server.
 */
#ifndef CERTPROVD_FIRMWARE_CHANGE_H
#define CERTPROVD_FIRMWARE_CHANGE_H

#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "lib/phone/firmware.h"

/* Lines of the history for one change, beside the one that counts. */
#define FIRMWARE_CHANGE_MAX_LINES 16
/* Chains of provisioned certificates that are longer than this, and stored the
 * leaf first, are not followed to their end. */
#define FIRMWARE_CHANGE_MAX_PASSES 8

struct firmware_change {
	bool changed; /* the version is another one */
	char former[FIRMWARE_TEXT_SIZE];
	char present[FIRMWARE_TEXT_SIZE];
	size_t judged;
	size_t refused; /* of those, by its rules */
	size_t news;    /* of those, not marked before */
};

/*
 * Judge again and mark, when the firmware is another one than the last time, or
 * something is marked that may pass now. A version that is not understood
 * changes nothing: it may be one that cannot be read at the moment. 0 or a
 * negative errno, and the next start tries again.
 */
int firmware_change_settle(struct store *store, const struct trust_state *state,
	int64_t now, struct firmware_change *ret);

#endif
