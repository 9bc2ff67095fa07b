/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of certprovctl: what was asked, where answers go, and how it ends.
 * Shared by all commands; does nothing by itself.
 */
#ifndef CERTPROVCTL_SESSION_H
#define CERTPROVCTL_SESSION_H

#include "daemon/certprovctl/output/screen.h"
#include "daemon/certprovctl/session/arguments.h"
#include "lib/base/macros.h"

/* Documented in certprovctl(1), so they never change. */
enum exit_status {
	EXIT_COMPLETE = 0,   /* everything was done */
	EXIT_PARTIAL = 1,    /* not all was fetched; something was refused */
	EXIT_FAILED = 2,     /* the run failed or was cancelled */
	EXIT_REFUSED = 3,    /* certprovd answered with an error */
	EXIT_NO_DAEMON = 4,  /* it cannot be reached or does not answer */
	EXIT_TROUBLE = 5,    /* here: a file, memory, a peer not reached */
	EXIT_WRONG_USE = 64, /* the command line */
};

struct session {
	struct screen screen;
	struct arguments arguments;
	const char *socket_dir;
};

/* Reports what is wrong with the command line; returns EXIT_WRONG_USE. */
enum exit_status session_wrong_use(
	const struct session *s, const char *format, ...) PRINTF_LIKE(2, 3);
/* Reports a negative errno of this program; returns EXIT_TROUBLE. */
enum exit_status session_trouble(
	const struct session *s, const char *what, int error);

/* Takes what table_print() and its like returned: EXIT_COMPLETE for 0,
 * otherwise reports the error. */
enum exit_status session_printed(const struct session *s, int r);

/* The words after the command, from 0; NULL past the end. */
const char *session_word(const struct session *s, size_t index);

static inline bool session_json(const struct session *s)
{
	return arguments_has(&s->arguments, OPTION_JSON);
}

#endif
