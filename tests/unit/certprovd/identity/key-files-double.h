/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comes before what daemon/certprovd/identity/key-files.c changes: writes down
 * each change, and cuts the power after some of them. The linker (--wrap)
 * brings every call of ours here first.
 */
#ifndef CERTPROV_TESTS_KEY_FILES_DOUBLE_H
#define CERTPROV_TESTS_KEY_FILES_DOUBLE_H

/* From here on: none is written down yet, and none fails. */
void key_changes_reset(void);
/* So many more are made; those behind them are -EIO, until the reset. */
void key_changes_cut_after(unsigned count);
/* "write device, remove request.pem": those that were made. */
const char *key_changes(void);

#endif
