/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/certprov-fetch/sandbox-filter.h"
#include "daemon/certprov-fetch/sandbox-landlock.h"
#include "lib/util.h"

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

static int compare_fds(const void *a, const void *b)
{
	const int *x = a;
	const int *y = b;

	return (*x > *y) - (*x < *y);
}

/* Everything between and above those that stay. */
static int close_others(const int *keep_fds, size_t count)
{
	CLEANUP(free) int *kept = calloc(count + 1, sizeof(*kept));
	int from = STDERR_FILENO + 1;

	if (!kept)
		return -ENOMEM;
	if (count > 0)
		memcpy(kept, keep_fds, count * sizeof(*kept));
	qsort(kept, count, sizeof(*kept), compare_fds);
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

/*
 * Not RLIMIT_NPROC: it counts what the user runs elsewhere, and libcurl's
 * resolver needs threads. The filter lets none but threads be made.
 */
static const struct limit {
	__rlimit_resource_t resource;
	rlim_t value;
	bool strict_only;
} limits[] = {
	{RLIMIT_AS, SANDBOX_MAX_ADDRESS_SPACE, true},
	{RLIMIT_CORE, 0, false},
	{RLIMIT_FSIZE, 0, true},
	{RLIMIT_MEMLOCK, 0, false},
	{RLIMIT_MSGQUEUE, 0, false},
	{RLIMIT_NOFILE, SANDBOX_MAX_DESCRIPTORS, false},
};

static int limit_resources(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct rlimit value = {
			.rlim_cur = limits[i].value,
			.rlim_max = limits[i].value,
		};

		if (limits[i].strict_only && !STRICT)
			continue;
		if (setrlimit(limits[i].resource, &value) < 0)
			return -errno;
	}
	/* A standard error that is a file just stays as it is. */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -errno;
	return 0;
}

static int restrict_files(void)
{
	int r = landlock_enter();

	if (r != -EOPNOTSUPP)
		return r;
	(void)fprintf(stderr,
		"certprov-fetch: this kernel has no Landlock; files are "
		"protected by the system call filter and by file permissions "
		"only\n");
	return 0;
}

/* Somebody started us as root, perhaps: then only the name is left of it. Who
 * has none to drop may not even be allowed the call: so it is in our unit. */
static int drop_capabilities(void)
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

int sandbox_enter(const int *keep_fds, size_t keep_count)
{
	int r = close_others(keep_fds, keep_count);

	if (r < 0)
		return r;
	/* One heap: those of threads would reserve 64 MiB each. */
	(void)mallopt(M_ARENA_MAX, 1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		(STRICT && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0))
		return -errno;
	r = restrict_files();
	if (r == 0)
		r = drop_capabilities();
	if (r == 0)
		r = limit_resources();
	if (r == 0 && STRICT)
		r = filter_enter();
	return r;
}
