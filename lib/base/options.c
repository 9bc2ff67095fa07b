/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define GAP 2 /* between the longest name and the help */

static void options_keep(
	const struct options_row *row, const char *value, void *ret)
{
	char *at = (char *)ret + row->offset;

	if (row->value)
		*(const char **)(void *)at = value;
	else
		*(bool *)(void *)at = true;
}

/* What getopt says of a row: its letter, or its index behind all letters. */
static int options_mark(const struct options_row *rows, size_t i)
{
	return rows[i].letter ? (unsigned char)rows[i].letter
			      : UCHAR_MAX + 1 + (int)i;
}

static void options_describe(const struct options_row *rows, size_t count,
	struct option *ret_long, char *ret_short)
{
	assert(count <= OPTIONS_MAX);
	for (size_t i = 0; i < count; i++) {
		ret_long[i] = (struct option){
			.name = rows[i].name,
			.has_arg =
				rows[i].value ? required_argument : no_argument,
			.val = options_mark(rows, i),
		};
		if (rows[i].letter)
			*ret_short++ = rows[i].letter;
		if (rows[i].letter && rows[i].value)
			*ret_short++ = ':';
	}
	*ret_short = '\0';
}

int options_parse(const struct options_row *rows, size_t count, int argc,
	char **argv, void *ret)
{
	struct option long_options[OPTIONS_MAX + 1] = {0};
	char short_options[2 * OPTIONS_MAX + 1];
	int mark = 0;

	options_describe(rows, count, long_options, short_options);
	while ((mark = getopt_long(
			argc, argv, short_options, long_options, NULL)) != -1) {
		size_t i = 0;

		while (i < count && options_mark(rows, i) != mark)
			i++;
		if (i == count)
			return -EINVAL;
		options_keep(&rows[i], optarg, ret);
	}
	return optind;
}

static int options_width(const struct options_row *row)
{
	size_t width = strlen("--") + strlen(row->name);

	if (row->value)
		width += strlen("=") + strlen(row->value);
	return (int)width;
}

void options_print_help(const struct options_row *rows, size_t count, FILE *to)
{
	int widest = 0;

	for (size_t i = 0; i < count; i++)
		if (options_width(&rows[i]) > widest)
			widest = options_width(&rows[i]);
	for (size_t i = 0; i < count; i++)
		(void)fprintf(to, "  --%s%s%s%*s%s\n", rows[i].name,
			rows[i].value ? "=" : "",
			rows[i].value ? rows[i].value : "",
			widest + GAP - options_width(&rows[i]), "",
			rows[i].help);
}
