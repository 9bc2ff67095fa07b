/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/turns.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Budgets are counted in millionths of what a byte costs, so that small
 * messages cost something and a microsecond adds a whole number. */
#define PER_BYTE ((int64_t)1000000)
#define PER_WORK (TURNS_BYTES_PER_WORK * PER_BYTE)
/* No single charge and no debt is larger, so that no sum overflows. */
#define MAX_CHARGE ((int64_t)1 << 60)

struct turns_user {
	struct turns_user *next; /* of all */
	struct turns_who who;
	size_t turns;
	struct turn *first; /* those that wait */
	struct turn *last;
	struct turns_user *later; /* of the users with one that waits */
	int64_t left;             /* negative: a debt, which is waited for */
	int64_t when_us;          /* when it was so */
};

/* When runs go on. */
struct turns_pace {
	int64_t due_us;   /* at the latest */
	int64_t asked_us; /* when others had their last turn */
	int64_t pause_us; /* how long ago that is to be */
	int64_t look_us;  /* when to look for a pause, if it is later */
	int64_t wait_us;  /* before the next look; 0: there was a pause */
	int64_t rest_us;  /* when the last turn of a run ended */
	int64_t left_us;  /* for how long runs still give way */
	unsigned others;  /* their turns since the last one of a run */
};

struct turns {
	struct turns_limits limits;
	struct turns_pace pace;
	size_t runs; /* that have joined */
	struct turns_user *users;
	struct turns_user *head; /* whose turn comes first */
	struct turns_user *tail;
};

/* --- budgets --- */

static int64_t turns_full(const struct turns *t)
{
	return (int64_t)t->limits.work_at_once * PER_WORK;
}

/* In a microsecond. */
static int64_t turns_rate(const struct turns *t)
{
	return (int64_t)t->limits.work_per_second * TURNS_BYTES_PER_WORK;
}

static void turns_refill(
	const struct turns *t, struct turns_user *user, int64_t now_us)
{
	int64_t missing = turns_full(t) - user->left;
	int64_t passed_us = now_us - user->when_us;

	if (passed_us < 0)
		passed_us = 0;
	user->when_us = now_us;
	if (missing <= 0 || passed_us > missing / turns_rate(t))
		user->left = turns_full(t);
	else
		user->left += passed_us * turns_rate(t);
}

static bool turns_run_is_due(const struct turns *t, int64_t now_us)
{
	return t->pace.others >= TURNS_BEFORE_RUN || now_us >= t->pace.due_us ||
		t->pace.left_us <= 0;
}

/* Since when nobody has asked who could: while a run has its turn, who asked
 * lately may be without a processor to ask again. */
static int64_t turns_quiet_us(const struct turns_pace *p)
{
	bool lately = p->rest_us - p->asked_us < TURNS_MAX_REST_US;

	return lately && p->rest_us > p->asked_us ? p->rest_us : p->asked_us;
}

/* Whether others ask without a pause. */
static bool turns_run_rests(const struct turns *t, int64_t now_us)
{
	return !turns_run_is_due(t, now_us) &&
		now_us - turns_quiet_us(&t->pace) < t->pace.pause_us;
}

static int64_t turns_look_us(const struct turns *t, int64_t now_us)
{
	const struct turns_pace *p = &t->pace;
	int64_t at_us = turns_quiet_us(p) + p->pause_us;

	if (at_us < p->look_us)
		at_us = p->look_us;
	return (at_us < p->due_us ? at_us : p->due_us) - now_us;
}

static bool turns_may_go(
	const struct turns *t, struct turns_user *user, int64_t now_us)
{
	if (user->who.run)
		return !turns_run_rests(t, now_us);
	turns_refill(t, user, now_us);
	return user->left > 0;
}

void turns_charge(struct turns *t, struct turn *turn, uint64_t work,
	size_t bytes, int64_t now_us)
{
	struct turns_user *user = turn->user;
	uint64_t sent = bytes; /* a size_t may always be below the limit */
	int64_t cost = MAX_CHARGE;

	if (user->who.run)
		return;
	if (work < MAX_CHARGE / PER_WORK / 2 &&
		sent < MAX_CHARGE / PER_BYTE / 2)
		cost = (int64_t)work * PER_WORK + (int64_t)sent * PER_BYTE;
	turns_refill(t, user, now_us);
	user->left -= user->left > -MAX_CHARGE ? cost : 0;
}

/* --- users --- */

static bool turns_is_same(const struct turns_who *a, const struct turns_who *b)
{
	return a->uid == b->uid && a->admin == b->admin && a->run == b->run;
}

static void turns_forget(struct turns *t, struct turns_user *user)
{
	struct turns_user **at = &t->users;

	while (*at != user)
		at = &(*at)->next;
	*at = user->next;
	free(user);
}

/* Among the users that have gone: the one with the fullest budget, and how many
 * there are. */
static struct turns_user *turns_find_gone(
	struct turns *t, int64_t now_us, size_t *ret_count)
{
	struct turns_user *best = NULL;

	*ret_count = 0;
	for (struct turns_user *u = t->users; u; u = u->next) {
		if (u->turns > 0)
			continue;
		turns_refill(t, u, now_us);
		(*ret_count)++;
		if (!best || u->left > best->left)
			best = u;
	}
	return best;
}

static void turns_tidy(struct turns *t, int64_t now_us)
{
	size_t count = 0;
	struct turns_user *gone = NULL;

	while ((gone = turns_find_gone(t, now_us, &count)) != NULL &&
		(count > TURNS_MAX_GONE || gone->left >= turns_full(t) ||
			gone->who.run))
		turns_forget(t, gone);
}

static struct turns_user *turns_find_user(
	const struct turns *t, const struct turns_who *who)
{
	for (struct turns_user *u = t->users; u; u = u->next)
		if (turns_is_same(&u->who, who))
			return u;
	return NULL;
}

int turns_join(struct turns *t, struct turn *turn, const struct turns_who *who,
	int64_t now_us)
{
	struct turns_user *user = turns_find_user(t, who);

	if (!user) {
		user = calloc(1, sizeof(*user));
		if (!user)
			return -ENOMEM;
		user->who = *who;
		user->left = turns_full(t);
		user->when_us = now_us;
		user->next = t->users;
		t->users = user;
	}
	user->turns++;
	if (who->run && t->runs++ == 0)
		t->pace.left_us = TURNS_MAX_RESTS_US;
	*turn = (struct turn){.user = user};
	return 0;
}

/* --- the waiting users --- */

static void turns_enqueue_user(struct turns *t, struct turns_user *user)
{
	user->later = NULL;
	if (t->tail)
		t->tail->later = user;
	else
		t->head = user;
	t->tail = user;
}

/* before NULL: it is the first. */
static void turns_dequeue_user(
	struct turns *t, struct turns_user *before, struct turns_user *user)
{
	if (before)
		before->later = user->later;
	else
		t->head = user->later;
	if (t->tail == user)
		t->tail = before;
	user->later = NULL;
}

static void turns_drop_user(struct turns *t, struct turns_user *user)
{
	struct turns_user *before = NULL;

	for (struct turns_user *u = t->head; u; before = u, u = u->later) {
		if (u != user)
			continue;
		turns_dequeue_user(t, before, user);
		return;
	}
}

static void turns_unlink_turn(struct turns_user *user, struct turn *turn)
{
	if (turn->prev)
		turn->prev->next = turn->next;
	else
		user->first = turn->next;
	if (turn->next)
		turn->next->prev = turn->prev;
	else
		user->last = turn->prev;
	turn->next = NULL;
	turn->prev = NULL;
	turn->waits = false;
}

void turns_want(struct turns *t, struct turn *turn)
{
	struct turns_user *user = turn->user;

	if (turn->waits)
		return;
	if (!user->first)
		turns_enqueue_user(t, user);
	turn->waits = true;
	turn->prev = user->last;
	if (user->last)
		user->last->next = turn;
	else
		user->first = turn;
	user->last = turn;
}

void turns_leave(struct turns *t, struct turn *turn, int64_t now_us)
{
	struct turns_user *user = turn->user;

	if (!user)
		return;
	if (turn->waits) {
		turns_unlink_turn(user, turn);
		if (!user->first)
			turns_drop_user(t, user);
	}
	*turn = (struct turn){0};
	user->turns--;
	t->runs -= user->who.run;
	if (user->turns == 0)
		turns_tidy(t, now_us);
}

/* Others than runs wait, and one of them may go. */
static bool turns_others_go(const struct turns *t, int64_t now_us)
{
	for (struct turns_user *u = t->head; u; u = u->later)
		if (!u->who.run && turns_may_go(t, u, now_us))
			return true;
	return false;
}

struct turn *turns_take(struct turns *t, int64_t now_us)
{
	bool due = turns_run_is_due(t, now_us);
	struct turns_user *before = NULL;

	for (struct turns_user *u = t->head; u; before = u, u = u->later) {
		struct turn *turn = u->first;

		if (!turns_may_go(t, u, now_us))
			continue;
		if (u->who.run && !due && turns_others_go(t, now_us))
			continue;
		turns_dequeue_user(t, before, u);
		turns_unlink_turn(u, turn);
		if (u->first)
			turns_enqueue_user(t, u);
		return turn;
	}
	return NULL;
}

int64_t turns_wait_us(struct turns *t, int64_t now_us)
{
	int64_t min_us = -1;

	for (struct turns_user *u = t->head; u; u = u->later) {
		int64_t us = 0;

		if (turns_may_go(t, u, now_us))
			return 0;
		us = u->who.run ? turns_look_us(t, now_us)
				: -u->left / turns_rate(t) + 1;
		if (min_us < 0 || us < min_us)
			min_us = us;
	}
	return min_us;
}

bool turns_is_next(struct turns *t, const struct turn *turn, int64_t now_us)
{
	bool gives_way = !turn->user->who.run && !turns_run_is_due(t, now_us);

	for (const struct turns_user *u = t->head; u; u = u->later)
		if (!u->who.run || !gives_way)
			return false;
	return turns_may_go(t, turn->user, now_us);
}

/* --- runs and others --- */

bool turns_is_of_run(const struct turn *turn)
{
	return turn->user->who.run;
}

bool turns_have_run(const struct turns *t)
{
	return t->runs > 0;
}

bool turns_gives_way(
	const struct turns *t, const struct turn *turn, int64_t now_us)
{
	return turns_is_of_run(turn) && !turns_run_is_due(t, now_us);
}

static bool turns_run_waits(const struct turns *t)
{
	for (const struct turns_user *u = t->head; u; u = u->later)
		if (u->who.run)
			return true;
	return false;
}

static int64_t turns_pause_after(int64_t took_us)
{
	int64_t us = took_us / TURNS_PAUSE_PART;

	if (us < TURNS_MIN_PAUSE_US)
		return TURNS_MIN_PAUSE_US;
	return us < TURNS_MAX_PAUSE_US ? us : TURNS_MAX_PAUSE_US;
}

/* When it was not due earlier, it may have given way. */
static int64_t turns_rested_us(const struct turns_pace *p, int64_t since_us)
{
	int64_t us = since_us - p->rest_us;

	if (p->others == 0)
		return 0;
	return us < TURNS_MAX_REST_US ? us : TURNS_MAX_REST_US;
}

static void turns_run_taken(struct turns *t, int64_t since_us, int64_t now_us)
{
	struct turns_pace *p = &t->pace;

	if (since_us - turns_quiet_us(p) >= p->pause_us)
		p->wait_us = 0;
	p->left_us -= turns_rested_us(p, since_us);
	p->rest_us = now_us;
	p->pause_us = turns_pause_after(now_us - since_us);
	p->look_us = now_us + p->wait_us;
	p->due_us = now_us + TURNS_MAX_REST_US;
	p->others = 0;
}

bool turns_taken(struct turns *t, bool run, int64_t since_us, int64_t now_us)
{
	if (run) {
		turns_run_taken(t, since_us, now_us);
		return false;
	}
	t->pace.asked_us = now_us;
	if (t->pace.others >= TURNS_BEFORE_RUN)
		return false;
	t->pace.others++;
	return t->pace.others == TURNS_BEFORE_RUN && turns_run_waits(t);
}

void turns_waited(struct turns *t, int64_t now_us)
{
	struct turns_pace *p = &t->pace;

	if (!turns_run_waits(t) || !turns_run_rests(t, now_us))
		return;
	if (p->wait_us == 0)
		p->wait_us = p->pause_us;
	else if (p->wait_us < TURNS_MAX_REST_US)
		p->wait_us *= 2;
	p->look_us = now_us + p->wait_us;
}

/* --- life --- */

int turns_new(const struct turns_limits *limits, struct turns **ret)
{
	struct turns *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	turns_set_limits(t, limits);
	t->pace.asked_us = -TURNS_MAX_REST_US;
	*ret = t;
	return 0;
}

struct turns *turns_free(struct turns *t)
{
	if (!t)
		return NULL;
	while (t->users) {
		assert(t->users->turns == 0);
		turns_forget(t, t->users);
	}
	free(t);
	return NULL;
}

void turns_set_limits(struct turns *t, const struct turns_limits *limits)
{
	assert(limits->work_per_second > 0 && limits->work_at_once > 0);
	assert(limits->work_per_second <= TURNS_MAX_WORK &&
		limits->work_at_once <= TURNS_MAX_WORK);
	t->limits = *limits;
}

size_t turns_users(const struct turns *t)
{
	size_t count = 0;

	for (const struct turns_user *u = t->users; u; u = u->next)
		count++;
	return count;
}
