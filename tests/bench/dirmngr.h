/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dirmngr, GnuPG's daemon for certificates, as a child that is spoken to over
 * a socket pair: its VALIDATE is the nearest there is to our Verify, less the
 * name. Assuan protocol. It trusts the system's bundle, whatever that is where
 * this runs.
 */
#ifndef CERTPROV_TESTS_BENCH_DIRMNGR_H
#define CERTPROV_TESTS_BENCH_DIRMNGR_H

#include <stdbool.h>
#include <sys/types.h>

struct bytes;

struct dirmngr;

/* NULL when there is none, or it does not come up. */
struct dirmngr *dirmngr_start(const char *home);
/* One that listens at this path, with any number of connections; that there is
 * none is found by who connects. Never NULL. */
struct dirmngr *dirmngr_listen(const char *home, const char *path);
/* NULL when it does not answer. */
struct dirmngr *dirmngr_connect(const char *path);
void dirmngr_stop(struct dirmngr *d); /* NULL is fine */
pid_t dirmngr_pid(const struct dirmngr *d);
/* VALIDATE --systrust --tls --no-crl; false for any other answer than OK. */
bool dirmngr_validate(struct dirmngr *d, const struct bytes *leaf,
	const struct bytes *intermediate);

#endif
