/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/sandbox/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/macros.h"
#include "lib/sandbox/sandbox-filter.h"
#include "lib/sandbox/sandbox-landlock.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STRICT false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||     \
	__has_feature(thread_sanitizer)
#define STRICT false
#endif
#endif
#ifndef STRICT
#define STRICT true
#endif

bool sandbox_is_strict(void)
{
	return STRICT;
}

static int sandbox_compare_fds(const void *a, const void *b)
{
	const int *x = a;
	const int *y = b;

	return (*x > *y) - (*x < *y);
}

/* Closes everything between and above the descriptors that stay. */
int sandbox_close_others(const int *keep_fds, size_t count)
{
	CLEANUP(free) int *kept = calloc(count + 1, sizeof(*kept));
	int from = STDERR_FILENO + 1;

	if (!kept)
		return -ENOMEM;
	if (count > 0)
		memcpy(kept, keep_fds, count * sizeof(*kept));
	qsort(kept, count, sizeof(*kept), sandbox_compare_fds);
	for (size_t i = 0; i < count; i++) {
		if (kept[i] < from)
			continue;
		if (kept[i] > from &&
			close_range((unsigned)from, (unsigned)kept[i] - 1, 0) <
				0)
			return -errno;
		from = kept[i] + 1;
	}
	return close_range((unsigned)from, UINT_MAX, 0) < 0 ? -errno : 0;
}

/* Not above the limit we were started with: that takes a capability. */
static int sandbox_set_limit(const struct sandbox_limit *limit)
{
	struct rlimit now = {0};
	rlim_t value = limit->value;

	if (getrlimit(limit->resource, &now) < 0)
		return -errno;
	if (now.rlim_max < value)
		value = now.rlim_max;
	now = (struct rlimit){.rlim_cur = value, .rlim_max = value};
	return setrlimit(limit->resource, &now) < 0 ? -errno : 0;
}

static int sandbox_limit_resources(const struct sandbox_rules *rules)
{
	for (size_t i = 0; i < rules->limit_count; i++) {
		int r = 0;

		if (STRICT || !rules->limits[i].strict_only)
			r = sandbox_set_limit(&rules->limits[i]);
		if (r < 0)
			return r;
	}
	/* Past its size limit, a log in a file just stops growing. */
	return signal(SIGXFSZ, SIG_IGN) == SIG_ERR ? -errno : 0;
}

/* Started as root, we keep the name only. A process without capabilities
 * skips the call, which our systemd units do not allow. */
static int sandbox_drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
	struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, now) == 0 &&
		memcmp(now, none, sizeof(now)) == 0)
		return 0;
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

/* It is no failure when the kernel lacks something, but it is noted. */
static int sandbox_note(int r, enum sandbox_lack lack, unsigned *lacks)
{
	if (r != -EOPNOTSUPP)
		return r;
	*lacks |= (unsigned)lack;
	return 0;
}

int sandbox_enter(const struct sandbox_rules *rules, unsigned *ret_lacks)
{
	unsigned lacks = 0;
	int r = 0;

	/* One heap: those of threads would reserve 64 MiB each. */
	(void)mallopt(M_ARENA_MAX, 1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		(STRICT && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0))
		return -errno;
	r = sandbox_note(
		landlock_enter(rules, STRICT), SANDBOX_NO_LANDLOCK, &lacks);
	if (r == 0)
		r = sandbox_drop_capabilities();
	if (r == 0)
		r = sandbox_limit_resources(rules);
	if (r == 0 && STRICT)
		r = sandbox_note(
			filter_enter(rules), SANDBOX_NO_FILTER, &lacks);
	if (r < 0)
		return r;
	*ret_lacks = lacks;
	return 0;
}
