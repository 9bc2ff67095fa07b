/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an attacker would try in a program that was taken over: it gives up its
 * rights with the program's own code and then makes each attempt in a process
 * of its own. What came of it, one a line:
 *
 *   refused NAME ERRNO    it may not
 *   reached NAME ERRNO    the kernel looked at it and did not like its form
 *   possible NAME         it worked
 *   untried NAME          this kernel's Landlock is too old to refuse it
 *   needed NAME           the program needs it, so it is not tried
 *
 * evil-PROGRAM sandboxed|free DATABASE PID SOCKET ABSTRACT DIRECTORY ...
 *
 * "free" tries the same without giving anything up, which shows that the
 * attempts are real. PID and the sockets are a daemon's; DATABASE and
 * DIRECTORY are somebody's, and none of the program's business.
 */
#ifndef TESTS_EVIL_ATTEMPTS_H
#define TESTS_EVIL_ATTEMPTS_H

#include <sys/types.h>

/* Of argv; what comes after them is the program's own. */
#define ATTEMPTS_ARGUMENTS 7

enum evil {
	EVIL_FETCHER,
	EVIL_DAEMON,
	EVIL_HANDSHAKE,
	EVIL__END,
};

struct attempt_target {
	const char *database;
	pid_t daemon;
	const char *socket;
	const char *abstract;
	const char *directory;
	int opened_before; /* the database, open for writing */
};

/* Make all of them; the exit status of the program. */
int attempts_make(int argc, char **argv, enum evil who,
	int (*give_up)(void *userdata), void *userdata);

#endif
