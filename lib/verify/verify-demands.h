/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What suites of test cases (tests/corpora) demand of a path besides what a
 * phone does: the inputs of RFC 5280 6.1.1 and another use of the key. No
 * product code sets any of it.
 */
#ifndef CERTPROV_VERIFY_DEMANDS_H
#define CERTPROV_VERIFY_DEMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the leaf's key is to be used for. */
enum verify_use {
	USE_TLS_SERVER,
	USE_TLS_CLIENT,
	USE_ANY,
};

/* Zeroed demands nothing. Borrowed. */
struct verify_demands {
	enum verify_use use;
	bool depth_given;
	uint64_t max_intermediates;  /* self-issued ones do not count */
	const char *const *policies; /* object identifiers; none: any policy */
	size_t policy_count;
	bool explicit_policy;
	bool inhibit_policy_mapping;
	bool inhibit_any_policy;
};

#endif
