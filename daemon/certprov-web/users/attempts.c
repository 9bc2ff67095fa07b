/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/attempts.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-web/http/web-bucket.h"

#define KEY_SIZE (USER_MAX_NAME + 1)
#define NETWORK_BYTES 8

_Static_assert(KEY_SIZE >= INET6_ADDRSTRLEN, "an address is a key too");
/* Whoever tries ever other names or addresses, to have one forgotten, needs
 * longer than it takes that one to be as good as new. */
#define REFILL_SECONDS(what)                                                   \
	(ATTEMPTS_OF_##what##_AT_ONCE * ATTEMPTS_OF_##what##_SECONDS_EACH)
#define TRIED_IN(seconds)                                                      \
	(2 * (ATTEMPTS_AT_ONCE + (seconds) / ATTEMPTS_SECONDS_EACH) +          \
		ATTEMPTS_OF_NEWCOMERS_AT_ONCE +                                \
		(seconds) / ATTEMPTS_OF_NEWCOMERS_SECONDS_EACH)
_Static_assert(ATTEMPTS_MAX_KEYS > TRIED_IN(REFILL_SECONDS(NAME)) &&
		ATTEMPTS_MAX_KEYS > TRIED_IN(REFILL_SECONDS(ADDRESS)),
	"forgetting helps nobody");

/* A limit: so many at once, then one each so many seconds. */
struct attempts_pace {
	int64_t at_once;
	int64_t seconds_each;
};
static const struct attempts_pace pace_of_all = {
	ATTEMPTS_AT_ONCE, ATTEMPTS_SECONDS_EACH};
static const struct attempts_pace pace_of_name = {
	ATTEMPTS_OF_NAME_AT_ONCE, ATTEMPTS_OF_NAME_SECONDS_EACH};
static const struct attempts_pace pace_of_address = {
	ATTEMPTS_OF_ADDRESS_AT_ONCE, ATTEMPTS_OF_ADDRESS_SECONDS_EACH};
static const struct attempts_pace pace_of_pair = {
	ATTEMPTS_OF_PAIR_AT_ONCE, ATTEMPTS_OF_PAIR_SECONDS_EACH};
static const struct attempts_pace pace_of_newcomers = {
	ATTEMPTS_OF_NEWCOMERS_AT_ONCE, ATTEMPTS_OF_NEWCOMERS_SECONDS_EACH};

/* A name, an address, or a name at an address. */
struct attempts_key {
	char name[KEY_SIZE];
	char address[KEY_SIZE];
};

struct attempts_entry {
	struct attempts_key key;
	bool known;
	int64_t seen_ms;
	struct web_bucket bucket;
	/* Of an address, with no longer pause than a newcomer's. */
	unsigned tries;
};

/* What let an attempt through. */
enum attempts_share {
	ATTEMPTS_AS_ANY,
	ATTEMPTS_AS_PAIR,
	ATTEMPTS_AS_NEWCOMER,
};

struct attempts {
	struct web_bucket all;
	struct web_bucket all_pairs;
	struct web_bucket all_newcomers;
	struct attempts_entry names[ATTEMPTS_MAX_KEYS];
	struct attempts_entry addresses[ATTEMPTS_MAX_KEYS];
	struct attempts_entry pairs[ATTEMPTS_MAX_PAIRS];
	enum attempts_share last;
};

int attempts_new(struct attempts **ret)
{
	struct attempts *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	*ret = a;
	return 0;
}

struct attempts *attempts_free(struct attempts *a)
{
	free(a);
	return NULL;
}

/* --- keys --- */

/* Whoever has one address of a /64 has them all. */
static void attempts_network(const char *address, char ret[KEY_SIZE])
{
	struct in6_addr v6 = {0};

	if (inet_pton(AF_INET6, address, &v6) != 1) {
		(void)snprintf(ret, KEY_SIZE, "%s", address);
		return;
	}
	memset(v6.s6_addr + NETWORK_BYTES, 0, NETWORK_BYTES);
	(void)inet_ntop(AF_INET6, &v6, ret, KEY_SIZE);
}

static struct attempts_key attempts_key_of(
	const char *name, const char *address)
{
	struct attempts_key key = {0};

	/* All names that nobody can have are one. */
	if (name)
		(void)snprintf(key.name, sizeof(key.name), "%s",
			user_name_is(name) ? name : "?");
	if (address)
		attempts_network(address, key.address);
	return key;
}

static bool attempts_is(
	const struct attempts_entry *e, const char *name, const char *address)
{
	return e->known && strcmp(e->key.name, name) == 0 &&
		(!address || strcmp(e->key.address, address) == 0);
}

static struct attempts_entry *attempts_find(struct attempts_entry *entries,
	size_t count, const struct attempts_key *key)
{
	for (size_t i = 0; i < count; i++)
		if (attempts_is(&entries[i], key->name, key->address))
			return &entries[i];
	return NULL;
}

/* The one that is there, or a place for it: one that was never used, or was
 * seen longest ago. */
static struct attempts_entry *attempts_enter(struct attempts_entry *entries,
	size_t count, const struct attempts_key *key)
{
	struct attempts_entry *e = attempts_find(entries, count, key);

	if (e)
		return e;
	for (size_t i = 0; i < count; i++) {
		if (!entries[i].known) {
			e = &entries[i];
			break;
		}
		if (!e || entries[i].seen_ms < e->seen_ms)
			e = &entries[i];
	}
	*e = (struct attempts_entry){.key = *key, .known = true};
	return e;
}

/* --- how much --- */

static int64_t attempts_wait(const struct web_bucket *b,
	const struct attempts_pace *pace, int64_t now_ms)
{
	/* So that one a second is one each so many seconds. */
	return b ? pace->seconds_each *
			web_bucket_wait(b, 1, pace->at_once,
				now_ms / pace->seconds_each)
		 : 0;
}

static void attempts_pay(
	struct web_bucket *b, const struct attempts_pace *pace, int64_t now_ms)
{
	(void)web_bucket_take(b, 1, pace->at_once, now_ms / pace->seconds_each);
}

static int64_t attempts_wait_of(const struct attempts_entry *e,
	const struct attempts_pace *pace, int64_t now_ms)
{
	return attempts_wait(e ? &e->bucket : NULL, pace, now_ms);
}

static bool attempts_was_long_ago(
	const struct attempts_entry *e, int64_t now_ms)
{
	return now_ms - e->seen_ms >=
		(int64_t)ATTEMPTS_OF_NEWCOMER_SECONDS * 1000;
}

/* One more, whatever let it through. */
static void attempts_count(struct attempts_entry *e, int64_t now_ms)
{
	if (attempts_was_long_ago(e, now_ms))
		e->tries = 0;
	if (e->tries < ATTEMPTS_OF_NEWCOMER)
		e->tries++;
	e->seen_ms = now_ms;
}

static bool attempts_is_newcomer(const struct attempts_entry *e, int64_t now_ms)
{
	return !e || e->tries < ATTEMPTS_OF_NEWCOMER ||
		attempts_was_long_ago(e, now_ms);
}

static void attempts_pay_of(struct attempts_entry *e,
	const struct attempts_pace *pace, int64_t now_ms)
{
	attempts_count(e, now_ms);
	attempts_pay(&e->bucket, pace, now_ms);
}

static int64_t attempts_longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Like everybody. */
static int64_t attempts_take_as_any(struct attempts *a,
	const struct attempts_key *name, const struct attempts_key *address,
	int64_t now_ms)
{
	int64_t wait = attempts_wait(&a->all, &pace_of_all, now_ms);

	wait = attempts_longer(wait,
		attempts_wait_of(
			attempts_find(a->names, ATTEMPTS_MAX_KEYS, name),
			&pace_of_name, now_ms));
	wait = attempts_longer(wait,
		attempts_wait_of(
			attempts_find(a->addresses, ATTEMPTS_MAX_KEYS, address),
			&pace_of_address, now_ms));
	if (wait > 0)
		return wait;
	attempts_pay(&a->all, &pace_of_all, now_ms);
	attempts_pay_of(attempts_enter(a->names, ATTEMPTS_MAX_KEYS, name),
		&pace_of_name, now_ms);
	attempts_pay_of(
		attempts_enter(a->addresses, ATTEMPTS_MAX_KEYS, address),
		&pace_of_address, now_ms);
	return 0;
}

/* By the share of one who signed in there before. */
static int64_t attempts_take_as_pair(
	struct attempts *a, struct attempts_entry *pair, int64_t now_ms)
{
	int64_t wait = attempts_longer(
		attempts_wait(&a->all_pairs, &pace_of_all, now_ms),
		attempts_wait_of(pair, &pace_of_pair, now_ms));

	if (wait > 0)
		return wait;
	attempts_pay(&a->all_pairs, &pace_of_all, now_ms);
	attempts_pay_of(pair, &pace_of_pair, now_ms);
	return 0;
}

/* By the share of those who have hardly tried. */
static int64_t attempts_take_as_newcomer(
	struct attempts *a, const struct attempts_key *address, int64_t now_ms)
{
	const struct attempts_entry *known =
		attempts_find(a->addresses, ATTEMPTS_MAX_KEYS, address);
	int64_t wait =
		attempts_wait(&a->all_newcomers, &pace_of_newcomers, now_ms);

	if (!attempts_is_newcomer(known, now_ms))
		return INT64_MAX;
	if (wait > 0)
		return wait;
	attempts_pay(&a->all_newcomers, &pace_of_newcomers, now_ms);
	attempts_count(attempts_enter(a->addresses, ATTEMPTS_MAX_KEYS, address),
		now_ms);
	return 0;
}

int64_t attempts_take(struct attempts *a, const char *name, const char *address,
	int64_t now_ms)
{
	const struct attempts_key by_name = attempts_key_of(name, NULL);
	const struct attempts_key by_address = attempts_key_of(NULL, address);
	const struct attempts_key both = attempts_key_of(name, address);
	struct attempts_entry *pair =
		attempts_find(a->pairs, ATTEMPTS_MAX_PAIRS, &both);
	int64_t wait = attempts_take_as_any(a, &by_name, &by_address, now_ms);
	int64_t other = 0;

	a->last = ATTEMPTS_AS_ANY;
	if (wait == 0)
		return 0;
	if (pair) {
		other = attempts_take_as_pair(a, pair, now_ms);
		a->last = ATTEMPTS_AS_PAIR;
	} else {
		other = attempts_take_as_newcomer(a, &by_address, now_ms);
		a->last = ATTEMPTS_AS_NEWCOMER;
	}
	return other < wait ? other : wait;
}

/* --- who signed in --- */

/* So that nobody's pairs push out another's. */
static struct attempts_entry *attempts_enter_pair(
	struct attempts *a, const struct attempts_key *key)
{
	struct attempts_entry *oldest = NULL;
	size_t count = 0;

	if (attempts_find(a->pairs, ATTEMPTS_MAX_PAIRS, key))
		return attempts_enter(a->pairs, ATTEMPTS_MAX_PAIRS, key);
	for (size_t i = 0; i < ATTEMPTS_MAX_PAIRS; i++) {
		struct attempts_entry *e = &a->pairs[i];

		if (!attempts_is(e, key->name, NULL))
			continue;
		count++;
		if (!oldest || e->seen_ms < oldest->seen_ms)
			oldest = e;
	}
	if (count >= ATTEMPTS_MAX_PAIRS_OF_NAME)
		*oldest = (struct attempts_entry){0};
	return attempts_enter(a->pairs, ATTEMPTS_MAX_PAIRS, key);
}

void attempts_succeeded(struct attempts *a, const char *name,
	const char *address, int64_t now_ms)
{
	const struct attempts_key by_name = attempts_key_of(name, NULL);
	const struct attempts_key by_address = attempts_key_of(NULL, address);
	const struct attempts_key both = attempts_key_of(name, address);
	struct attempts_entry *pair = attempts_enter_pair(a, &both);

	pair->seen_ms = now_ms;
	if (a->last == ATTEMPTS_AS_PAIR)
		web_bucket_give_back(&pair->bucket);
	if (a->last != ATTEMPTS_AS_ANY)
		return;
	web_bucket_give_back(
		&attempts_enter(a->names, ATTEMPTS_MAX_KEYS, &by_name)->bucket);
	web_bucket_give_back(
		&attempts_enter(a->addresses, ATTEMPTS_MAX_KEYS, &by_address)
			 ->bucket);
}

bool attempts_knows(const struct attempts *a, const char *address)
{
	const struct attempts_key key = attempts_key_of(NULL, address);

	for (size_t i = 0; i < ATTEMPTS_MAX_PAIRS; i++)
		if (a->pairs[i].known &&
			strcmp(a->pairs[i].key.address, key.address) == 0)
			return true;
	return false;
}
