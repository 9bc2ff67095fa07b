/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of certprovctl, in one table from which the help is printed, the
 * command line is checked and the function is called.
 */
#ifndef CERTPROVCTL_VERBS_H
#define CERTPROVCTL_VERBS_H

#include <stdio.h>

#include "daemon/certprovctl/session/session.h"

struct verb {
	const char *name;
	const char *words; /* the arguments, for people; NULL: none */
	size_t min_words;
	size_t max_words;
	uint32_t options; /* bits, beyond those every command has */
	enum exit_status (*run)(struct session *s);
	const char *summary;
};

/* The table, row by row, for tests and documents; NULL past the end. */
const struct verb *verb_at(size_t index);
/* What every command takes. */
uint32_t verbs_common_options(void);

/* All of certprovctl; returns its exit status. argv is reordered. */
int verbs_main(int argc, char **argv, FILE *out, FILE *err);

#endif
