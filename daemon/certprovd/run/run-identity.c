/* SPDX-License-Identifier: Apache-2.0 */
/* What the phone tells servers of a run about who it is: its certificate goes
 * to the fetcher, its key does not. */
#include <errno.h>
#include <string.h>

#include "daemon/certprovd/run/run-state.h"
#include "lib/identity/identity-sign.h"

int run_add_identity(struct run *r)
{
	const struct identity *i = identities_in_force(r->context.identities);
	int error = 0;

	if (!i)
		return 0;
	if (!r->root_authenticated) {
		r->no_identity = FETCH_IDENTITY_KEPT_BACK;
		return 0;
	}
	/* Servers have the root, or do not believe it. */
	for (size_t n = 0; error == 0 && n < i->count; n++)
		if (n == 0 || !i->chain[n]->self_signed)
			error = fetch_job_add_identity(&r->job,
				i->chain[n]->der.data, i->chain[n]->der.len);
	memcpy(r->identity, i->chain[0]->sha256, sizeof(r->identity));
	return error;
}

/* The one that the fetcher was given: another may be in force by now. NULL:
 * it is gone. */
static const struct identity *run_find_identity(const struct run *r)
{
	const struct identities *all = r->context.identities;

	for (size_t n = 0; n < IDENTITY_SOURCE__END; n++) {
		const struct identity *i = &all->slots[n].identity;

		if (i->count > 0 &&
			memcmp(i->chain[0]->sha256, r->identity,
				sizeof(r->identity)) == 0)
			return i;
	}
	return NULL;
}

int run_sign(
	void *userdata, const struct fetch_signing *what, struct bytes *ret)
{
	const struct identity *i = run_find_identity(userdata);

	return i ? identity_sign(i, what->scheme, what->digest.data,
			   what->digest.len, ret)
		 : -ENODATA;
}
