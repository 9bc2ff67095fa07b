/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Status says of the phone's own certificates: those that cannot be used,
 * and what a person should know of the one in force. Changes nothing.
 */
#ifndef CERTPROVD_CONCERNS_IDENTITY_H
#define CERTPROVD_CONCERNS_IDENTITY_H

#include "daemon/certprovd/api/api.h"

/* Who takes them; the identifier lives forever. 0 or a negative errno. */
struct concerns_identity_taker {
	int (*take)(void *userdata, const char *identifier,
		const char *sentence, const char *remedy);
	void *userdata;
};

/* All that hold at this time. 0 or a negative errno. */
int concerns_identity_gather(const struct api *api, int64_t now,
	const struct concerns_identity_taker *to);

#endif
