/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the command, checks the command line against its row, prints the help.
 * The rows are in the files of commands/.
 */
#ifndef CERTPROVCTL_VERBS_H
#define CERTPROVCTL_VERBS_H

#include <stdio.h>

#include "daemon/certprovctl/commands/commands.h"

/* The commands in the order of the help: NULL before the first and after the
 * last. */
const struct verb *verbs_next(const struct verb *last);
/* What every command takes. */
uint64_t verbs_common_options(void);

/* All of certprovctl; returns its exit status. argv is reordered. */
int verbs_main(int argc, char **argv, FILE *out, FILE *err);

#endif
