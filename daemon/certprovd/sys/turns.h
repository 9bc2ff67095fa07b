/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is: users one after the other, and of each user one
 * connection after the other, so that many connections of one take nothing
 * from the others. Each user has a budget of work a second; a user who has used
 * it up waits, and nobody else. Runs give way to those who ask, and still go
 * on whoever asks. The clock is a parameter, work is counted.
 */
#ifndef CERTPROVD_TURNS_H
#define CERTPROVD_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/macros.h"

/* 1000 is what a good chain costs that is seen for the first time. */
#define TURNS_WORK_PER_SECOND 100000
#define TURNS_WORK_AT_ONCE 1000000
#define TURNS_MAX_WORK 1000000000 /* of either */
/* So many bytes of messages, said and heard, cost one. */
#define TURNS_BYTES_PER_WORK 128
/* Users that have gone and whose budget is not full again: this many are
 * remembered, so that they do not come back with a new one. */
#define TURNS_MAX_GONE 256

/* While others ask without a pause, a run gives way until they have had so many
 * turns since its last one, or so much time has passed: of many calls, one in
 * this many waits for it. From the time when there is a run until there is
 * none, they give way for so long together; then they take turns as everybody
 * does, so that nobody who asks and asks keeps a run from its end. */
#define TURNS_BEFORE_RUN 256
#define TURNS_MAX_REST_US 20000
#define TURNS_MAX_RESTS_US 60000000
/* It is a pause when nobody has asked for this part of what its last turn took:
 * whoever asks again upon an answer has done so by then, and for others a run
 * has no reason to wait. After each turn of a run there is a pause for who has
 * asked within TURNS_MAX_REST_US, who may have been without a processor. */
#define TURNS_PAUSE_PART 4
#define TURNS_MIN_PAUSE_US 40
#define TURNS_MAX_PAUSE_US 1000

struct turns_limits {
	unsigned work_per_second;
	unsigned work_at_once;
};
#define TURNS_LIMITS_DEFAULT                                                   \
	((struct turns_limits){.work_per_second = TURNS_WORK_PER_SECOND,       \
		.work_at_once = TURNS_WORK_AT_ONCE})

/* Who uses a connection; those of one uid on different sockets have budgets
 * of their own. */
struct turns_who {
	uid_t uid;
	bool admin;
	bool run; /* its work is not counted, and it gives way to others */
};

struct turns;
struct turns_user;

/* Embedded in what wants turns. Zeroed has not joined. */
struct turn {
	struct turns_user *user;
	struct turn *next; /* of the user's that wait */
	struct turn *prev;
	bool waits;
};

int turns_new(const struct turns_limits *limits, struct turns **ret);
/* After all have left. NULL is fine; returns NULL. */
struct turns *turns_free(struct turns *t);
DEFINE_CLEANUP(struct turns, turns_free);
void turns_set_limits(struct turns *t, const struct turns_limits *limits);

/* 0 or -ENOMEM. */
int turns_join(struct turns *t, struct turn *turn, const struct turns_who *who,
	int64_t now_us);
void turns_leave(struct turns *t, struct turn *turn, int64_t now_us);

/* It waits for its turn from now on, if it does not already. */
void turns_want(struct turns *t, struct turn *turn);
/* Whose turn it is; it no longer waits. NULL when nobody waits or may go. */
struct turn *turns_take(struct turns *t, int64_t now_us);
/* When that changes: 0 when turns_take has one, else microseconds; -1 when
 * nobody waits. */
int64_t turns_wait_us(struct turns *t, int64_t now_us);

/* Nobody waits who does not give way, and its user has work left: a turn of its
 * own would come next, so it may be taken without waiting. */
bool turns_is_next(struct turns *t, const struct turn *turn, int64_t now_us);
/* It is of a run that would give way to others now. */
bool turns_gives_way(
	const struct turns *t, const struct turn *turn, int64_t now_us);

bool turns_is_of_run(const struct turn *turn);
/* One has joined: turns that are taken are to be told. */
bool turns_have_run(const struct turns *t);
/* A turn has been taken, of a run or of others; returns whether a run that
 * waits is due, of which turns_wait_us() knew nothing. */
bool turns_taken(struct turns *t, bool run, int64_t since_us, int64_t now_us);
/* What turns_wait_us() said has passed. It says twice as much each time that
 * there was no pause, because to wake up in vain delays those who ask. */
void turns_waited(struct turns *t, int64_t now_us);

/* Take work from the budget of its user, even more than is left. */
void turns_charge(struct turns *t, struct turn *turn, uint64_t work,
	size_t bytes, int64_t now_us);

size_t turns_users(const struct turns *t); /* including those remembered */

#endif
