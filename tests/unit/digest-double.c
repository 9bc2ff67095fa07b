/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/digest-double.h"

#include <openssl/evp.h>
#include <stddef.h>

static unsigned left; /* calls until the one that fails; 0: none will */
static bool failed;
static bool held;

bool digest_fails_at(unsigned n)
{
	bool more = n == 1 || failed;

	left = more ? n : 0;
	failed = false;
	held = false;
	return more;
}

void digest_hold(void)
{
	held = true;
}

void digest_go_on(void)
{
	held = false;
}

bool digest_did_fail(void)
{
	return failed;
}

/* NOLINTBEGIN(readability-identifier-naming) the linker wants these names */

int __real_EVP_Digest(const void *data, size_t len, unsigned char *md,
	unsigned int *ret_len, const EVP_MD *type, ENGINE *engine);
int __wrap_EVP_Digest(const void *data, size_t len, unsigned char *md,
	unsigned int *ret_len, const EVP_MD *type, ENGINE *engine);

int __wrap_EVP_Digest(const void *data, size_t len, unsigned char *md,
	unsigned int *ret_len, const EVP_MD *type, ENGINE *engine)
{
	if (left == 0 || held || --left > 0)
		return __real_EVP_Digest(data, len, md, ret_len, type, engine);
	failed = true;
	return 0;
}

/* NOLINTEND(readability-identifier-naming) */
