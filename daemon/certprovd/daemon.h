/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon from start to end: made once by main. */
#ifndef CERTPROVD_DAEMON_H
#define CERTPROVD_DAEMON_H

#include "lib/base/macros.h"

struct daemon;

int daemon_new(const char *config_path, struct daemon **ret);
struct daemon *daemon_free(struct daemon *d); /* NULL is fine */
DEFINE_CLEANUP(struct daemon, daemon_free);
/* Serve until told to stop; 0 or a negative errno. */
int daemon_run(struct daemon *d);

#endif
