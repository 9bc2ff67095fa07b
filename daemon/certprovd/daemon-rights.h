/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon may do: read what its configuration named when it started,
 * write below its own directories, use Unix sockets, and nothing else: no
 * network, no program, no other process. The list; lib/sandbox gives up the
 * rest.
 */
#ifndef CERTPROVD_DAEMON_RIGHTS_H
#define CERTPROVD_DAEMON_RIGHTS_H

#include <stddef.h>

/* Address space: sockets at their limits take half of it. */
#define DAEMON_RIGHTS_MAX_ADDRESS_SPACE ((size_t)1024 * 1024 * 1024)
#define DAEMON_RIGHTS_MAX_FILE_BYTES ((size_t)1024 * 1024 * 1024)
#define DAEMON_RIGHTS_MAX_DESCRIPTORS 16384

#define DAEMON_RIGHTS_IDENTITY_FILES ((size_t)5)
/* Where the daemon's files are; borrowed, NULL is none. */
struct daemon_rights_needs {
	const char *config_file; /* and its drop-ins */
	const char *authorities;
	const char *firmware_file;
	/* A credential stands for the directory of all of them. */
	const char *identity_files[DAEMON_RIGHTS_IDENTITY_FILES];
	const char *state_directory; /* the two it writes */
	const char *own_directory;
};

/*
 * Give up everything else, for good. Files that are read may be replaced, so
 * it is their directory that stays readable, unless that is the root or just
 * below it. 0, and in *ret_lacks what the kernel does not have (enum
 * sandbox_lack); or a negative errno, and then the process must end.
 */
int daemon_rights_give_up(
	const struct daemon_rights_needs *needs, unsigned *ret_lacks);

#endif
