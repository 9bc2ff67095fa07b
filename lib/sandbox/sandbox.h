/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up rights: after this the process can do what its list says, and
 * nothing else. It cannot get anything back. Call before the first byte of
 * input, with one thread.
 *
 * A call the filter does not list fails with EPERM instead of ending the
 * process: libc and libraries try things (name service daemons, for one) and
 * have to go on when they may not.
 *
 * What every process needs (memory, time, the descriptors it has, signals to
 * itself) is no part of a list; see sandbox-filter.c.
 */
#ifndef CERTPROV_SANDBOX_H
#define CERTPROV_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/* Arguments that one condition looks at. */
#define SANDBOX_MAX_PARTS 3

/* For the masks below: the whole argument, or an int of it. */
#define SANDBOX_ALL UINT64_MAX
#define SANDBOX_INT UINT32_MAX
/* Of socket(): without SOCK_CLOEXEC and SOCK_NONBLOCK. */
#define SANDBOX_SOCKET_TYPE 0xfU

enum sandbox_access {
	SANDBOX_READ,  /* files and directories */
	SANDBOX_WRITE, /* and make, change, rename and remove them */
};

/* A file, or a directory with all that is below it. Followed when it is a
 * symbolic link; what is not there is not needed. */
struct sandbox_path {
	const char *path;
	enum sandbox_access access;
};

/* Allowed when every argument named, masked, has this value. Conditions of one
 * call are alternatives. */
struct sandbox_condition {
	const char *call;
	struct sandbox_part {
		unsigned argument;
		uint64_t mask; /* 0: no part */
		uint64_t value;
	} parts[SANDBOX_MAX_PARTS];
};

/* Never raises what is in force. */
struct sandbox_limit {
	__rlimit_resource_t resource;
	rlim_t value;
	bool strict_only; /* not in builds with sanitizers */
};

/* The list of a program. Calls go by the names libseccomp has for them, so
 * that one list serves every architecture: what one does not have is no part
 * of its filter. All borrowed for the call. */
struct sandbox_rules {
	const struct sandbox_path *paths;
	size_t path_count;
	const char *const *calls; /* with any arguments */
	size_t call_count;
	const struct sandbox_condition *conditions;
	size_t condition_count;
	const struct sandbox_limit *limits;
	size_t limit_count;
	bool connects_by_ip;         /* to TCP ports */
	bool reaches_abstract_names; /* Unix sockets that are no files */
};

/* What the kernel does not have, or has switched off. */
enum sandbox_lack {
	SANDBOX_NO_LANDLOCK = 1 << 0,
	SANDBOX_NO_FILTER = 1 << 1,
};

/* Sanitizers map terabytes, look into the process from outside and write
 * reports: in their builds limits that are strict_only, the filter and "not
 * dumpable" are off, /proc can be read, and this says so. */
bool sandbox_is_strict(void);

/* Close what is above 2 and not listed. 0 or a negative errno. */
int sandbox_close_others(const int *keep_fds, size_t count);

/*
 * Give up everything else. 0, and in *ret_lacks (of enum sandbox_lack) what
 * does not hold because the kernel cannot; or a negative errno, and then the
 * process must end.
 */
int sandbox_enter(const struct sandbox_rules *rules, unsigned *ret_lacks);

#endif
