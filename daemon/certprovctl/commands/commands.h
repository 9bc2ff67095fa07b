/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands: each file has a table of its own, from which the help is
 * printed, the command line is checked and the function is called.
 */
#ifndef CERTPROVCTL_COMMANDS_H
#define CERTPROVCTL_COMMANDS_H

#include "daemon/certprovctl/session/session.h"

#define TAKES(option) OPTION_BIT(OPTION_##option)
#define COMMAND_MANY_WORDS SIZE_MAX

struct verb {
	unsigned place; /* in the help, lowest first; no two have the same */
	const char *name;
	/* The arguments, for people; NULL: none. The completion reads it too:
	 * lower case is typed as it is, FILE, SHA256, ID and NAME are found. */
	const char *words;
	size_t min_words;
	size_t max_words;
	uint64_t options; /* bits, beyond those every command has */
	/* Takes a checked command line, prints everything on the screen. */
	enum exit_status (*run)(struct session *s);
	const char *summary;
};

/* Each ends with a row without a name. */
extern const struct verb certificates_verbs[];
extern const struct verb changes_verbs[];
extern const struct verb check_verbs[];
extern const struct verb device_verbs[];
extern const struct verb expiring_verbs[];
extern const struct verb metrics_verbs[];
extern const struct verb monitor_verbs[];
extern const struct verb runs_verbs[];
extern const struct verb state_verbs[];
extern const struct verb verify_verbs[];
extern const struct verb web_password_verbs[];

#endif
