/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of what a program may do, as sandbox_enter takes it.
 */
#ifndef CERTPROV_SANDBOX_RULES_H
#define CERTPROV_SANDBOX_RULES_H

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

/* A file, or a directory with all that is below it. A symbolic link is
 * followed; a path that does not exist is skipped. */
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

/* Calls have the names that libseccomp uses, so that one list serves every
 * architecture: a call that an architecture lacks is left out of its filter.
 * All borrowed for the call. */
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
	bool reaches_abstract_names; /* Unix sockets without a file */
};

#endif
