/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that opens files with private keys: those the configuration
 * names, which are read, and those of the daemon itself in the directory "keys"
 * of its state directory (0700, files 0600), which are replaced whole.
 */
#ifndef CERTPROVD_KEY_FILES_H
#define CERTPROVD_KEY_FILES_H

#include <stdbool.h>

#include "lib/base/bytes.h"

#define KEY_FILES_DIRECTORY "keys"
/* Instead of a path in the configuration: a credential of the service
 * manager (systemd.exec(5), LoadCredential=). */
#define KEY_FILES_CREDENTIAL "credential:"

/* Wipes the bytes before their memory is given back. */
void key_bytes_done(struct bytes *b);
DEFINE_CLEANUP_EMBEDDED(struct bytes, key_bytes_done);

/*
 * A file, or a credential. *ret_exposed: others than its owner can read or
 * change it, which no file with a private key may be; of a credential only all
 * others count, because the service manager lets the service in by its group
 * bits. 0; -ENOENT; -EFBIG; -EINVAL when it is no regular file; another errno.
 */
int key_files_read(const char *name, struct bytes *ret, bool *ret_exposed);

/* Of the daemon's own: by its name in the directory. No link is followed, and
 * an exposed one is -EPERM. */
int key_files_read_own(
	const char *state_directory, const char *name, struct bytes *ret);
int key_files_write_own(const char *state_directory, const char *name,
	const void *data, size_t len);
/* Durably; nothing to remove or rename is fine. */
int key_files_remove_own(const char *state_directory, const char *name);
int key_files_rename_own(
	const char *state_directory, const char *from, const char *to);

#endif
