/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of a command line, a row each: parsing and help are made from
 * them.
 */
#ifndef CERTPROV_OPTIONS_H
#define CERTPROV_OPTIONS_H

#include <stddef.h>
#include <stdio.h>

/* Of one program. */
#define OPTIONS_MAX 32

struct options_row {
	const char *name;
	char letter;       /* its short form; 0: none */
	const char *value; /* what it takes, NULL for nothing */
	const char *help;
	/* In what options_parse fills: a const char * if it takes something,
	 * and a bool otherwise. */
	size_t offset;
};

/*
 * Fills what the rows say, with texts that are of argv. The index of the first
 * argument that is no option, which is argc when there is none; or -EINVAL when
 * getopt has said what is wrong.
 */
int options_parse(const struct options_row *rows, size_t count, int argc,
	char **argv, void *ret);
/* A line each. */
void options_print_help(const struct options_row *rows, size_t count, FILE *to);

#endif
