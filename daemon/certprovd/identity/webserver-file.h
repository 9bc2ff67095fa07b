/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key and chain of webserver_cert. Which one counts, the setting in the
 * database says, by its fingerprints: there are two places, a new one goes to
 * the place that is not in force, and is in force once the setting is
 * committed. A power cut leaves the one or the other.
 */
#ifndef CERTPROVD_WEBSERVER_FILE_H
#define CERTPROVD_WEBSERVER_FILE_H

#include "lib/base/bytes.h"

/* Beside the one of the setting as it is now (NULL: none). 0 or a negative
 * errno. */
int webserver_file_write(const char *state_directory, const char *value_now,
	const struct bytes *pem);

/* The name of the file that a value of the setting is about; it lives forever.
 * NULL: there is none. 0, -ENOMEM, -EIO. */
int webserver_file_find(
	const char *state_directory, const char *value, const char **ret);

/* Remove what is of no value but this; NULL: all. */
void webserver_file_keep(const char *state_directory, const char *value);

#endif
