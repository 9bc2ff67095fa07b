/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is replaced as a whole: who reads it finds what was there before,
 * or all of what is there now.
 */
#ifndef CERTPROVCTL_WHOLE_FILE_H
#define CERTPROVCTL_WHOLE_FILE_H

#include <stddef.h>

/* Everybody may read it. After a failure, which is a negative errno, it is as
 * it was. */
int whole_file_write(const char *path, const char *text, size_t len);

#endif
