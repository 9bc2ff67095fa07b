/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line, read by one table that has every option once. Which command
 * takes which option is in the tables of commands/. Acts on nothing.
 */
#ifndef CERTPROVCTL_ARGUMENTS_H
#define CERTPROVCTL_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How often --firmware may be given. */
#define ARGUMENTS_MAX_FIRMWARE 16

enum option_id {
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_JSON,
	OPTION_SOCKET_DIR,
	OPTION_TIMEOUT,
	OPTION_DRY_RUN,
	OPTION_FIRMWARE,
	OPTION_AUTHORITIES,
	OPTION_FOLLOW,
	OPTION_ALLOW_LOCAL,
	OPTION_MAC,
	OPTION_PHONE_TYPE,
	OPTION_KIND,
	OPTION_REASON,
	OPTION_FORCE,
	OPTION_LIMIT,
	OPTION_HOST,
	OPTION_EXPIRES,
	OPTION_CHAIN,
	OPTION_CONNECT,
	OPTION_STARTTLS,
	OPTION_PURPOSE,
	OPTION_COMPLETE,
	OPTION_OFFLINE,
	OPTION_JOBS,
	OPTION_MAP,
	OPTION_ONLY_PROBLEMS,
	OPTION_VERBOSE,
	OPTION_FORMAT,
	OPTION_DAYS,
	OPTION_KEY_TYPE,
	OPTION_OUTPUT,
	OPTION_YES,
	OPTION_ROLE,
	OPTION__END,
};
#define OPTION_BIT(option) (UINT64_C(1) << (unsigned)(option))
_Static_assert(OPTION__END <= 64, "a bit for each option");

struct option_info {
	const char *name;
	char letter;       /* -h; 0: none */
	const char *value; /* what it takes, for people; NULL: nothing */
	const char *help;
};
/* Never NULL; lives forever. */
const struct option_info *argument_option(enum option_id id);

/* All borrowed from argv. */
struct arguments {
	uint64_t given;                 /* bits */
	const char *value[OPTION__END]; /* the last one given */
	const char *firmware[ARGUMENTS_MAX_FIRMWARE];
	size_t firmware_count;
	char **words; /* all but options: the first is the command */
	size_t word_count;
};

static inline bool arguments_has(const struct arguments *a, enum option_id id)
{
	return a->given & OPTION_BIT(id);
}

/*
 * Reads options as getopt_long() does: anywhere, up to "--". argv is reordered,
 * so that the words are at its end. Returns 0; or -EINVAL with what is wrong in
 * *ret_problem, which the caller frees; or -ENOMEM. *ret is untouched on
 * failure.
 */
int arguments_parse(
	int argc, char **argv, struct arguments *ret, char **ret_problem);

#endif
