/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often anybody may try to sign in: in all, since each attempt costs some
 * tenths of a second in which nothing else is done, and by name and by address,
 * since passwords can be guessed. Who signed in at an address before has a
 * share of his own there, so that a stranger who tries his name cannot keep him
 * out; and addresses that have hardly tried have one together, so that a
 * stranger at a few addresses keeps nobody out at another. Pure: time is a
 * parameter, in milliseconds of any clock that does not go back.
 */
#ifndef CERTPROV_WEB_ATTEMPTS_H
#define CERTPROV_WEB_ATTEMPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/users/user-line.h"

/* In all: at once, and then one each so many seconds; and the same again for
 * those who signed in before. */
#define ATTEMPTS_AT_ONCE 4
#define ATTEMPTS_SECONDS_EACH 1
/* With a name, whether there is such a user or not. */
#define ATTEMPTS_OF_NAME_AT_ONCE 5
#define ATTEMPTS_OF_NAME_SECONDS_EACH 10
/* From an address: IPv4, or the /64 of IPv6. */
#define ATTEMPTS_OF_ADDRESS_AT_ONCE 10
#define ATTEMPTS_OF_ADDRESS_SECONDS_EACH 5
/* With a name from an address where it signed in before. */
#define ATTEMPTS_OF_PAIR_AT_ONCE 5
#define ATTEMPTS_OF_PAIR_SECONDS_EACH 10
/* With any name from an address that has tried less often in the last 15
 * minutes; and from all such addresses, whatever others use up. */
#define ATTEMPTS_OF_NEWCOMER 3
#define ATTEMPTS_OF_NEWCOMER_SECONDS (15 * 60)
#define ATTEMPTS_OF_NEWCOMERS_AT_ONCE 6
#define ATTEMPTS_OF_NEWCOMERS_SECONDS_EACH 10
/* Names that are remembered, and addresses; the one that was tried longest ago
 * is forgotten for another. */
#define ATTEMPTS_MAX_KEYS 128
/* Addresses where a name signed in that are remembered, of each name; and of
 * all. */
#define ATTEMPTS_MAX_PAIRS_OF_NAME 4
#define ATTEMPTS_MAX_PAIRS 256

struct attempts;

int attempts_new(struct attempts **ret); /* 0 or -ENOMEM */
struct attempts *attempts_free(struct attempts *a);
DEFINE_CLEANUP(struct attempts, attempts_free);

/*
 * One more attempt: 0 when it may be made, and then it is counted; otherwise
 * for how many milliseconds not. A name that no user can have is as good as any
 * other.
 */
int64_t attempts_take(struct attempts *a, const char *name, const char *address,
	int64_t now_ms);
/* It was the password: the attempt does not count against name and address. */
void attempts_succeeded(struct attempts *a, const char *name,
	const char *address, int64_t now_ms);
/* Whether anybody signed in at this address before. */
bool attempts_knows(const struct attempts *a, const char *address);

#endif
