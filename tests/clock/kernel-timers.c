/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers that fire when they are to, for a program under libfaketime, which
 * shifts the time of each, even of one on the monotonic clock that it leaves
 * alone: preloaded before it, it hands them to the kernel as they are.
 */
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(time_t) == sizeof(long),
	"where it is not, libc and the kernel have another call for it");

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) glibc names
 * parameters with underscores */

int timerfd_settime(int fd, int flags, const struct itimerspec *to,
	struct itimerspec *ret_was)
{
	return (int)syscall(SYS_timerfd_settime, fd, flags, to, ret_was);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
