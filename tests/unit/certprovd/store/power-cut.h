/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that forgets: what the scratch directory holds after a power cut. The
 * bytes of a file are there as they were when it was flushed last, and names as
 * they were when the directory was; what was written since may have come to the
 * disk as well, file by file. For a child, which is gone afterwards.
 */
#ifndef CERTPROV_TESTS_POWER_CUT_H
#define CERTPROV_TESTS_POWER_CUT_H

#include <stdbool.h>

/* From now on, what is written by write() or flushed fails with this errno; 0:
 * no more. SQLite writes by another call. */
void power_fail_writes(int error);
void power_fail_flushes(int error);

/* From now on; what is there is on the disk. */
void power_watch(void);
/* Flushes of files and directories since then. */
unsigned power_flushes(void);
/* Call it after so many flushes more. */
void power_call_after(unsigned flushes, void (*function)(void));
/* Leave in the directory what the disk has. Bit n of the mask: of the nth file
 * it has all that was written. */
void power_cut(unsigned written);

#endif
