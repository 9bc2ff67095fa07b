/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few bytes of memory that a trust daemon shares with everybody who verifies
 * from its snapshots: how often its trust has changed, and whether it still
 * lives. Looking at them enters no kernel, and no change is seen later than
 * through a socket: the daemon counts before it answers whoever made the
 * change, and when its thread ends, however it ends, the kernel says so in the
 * memory before it closes the sockets (get_robust_list(2)).
 */
#ifndef CERTPROV_CHANGE_COUNTER_H
#define CERTPROV_CHANGE_COUNTER_H

#include <stdbool.h>

#include "lib/base/macros.h"

/* --- the daemon's side --- */

struct change_counter;

/*
 * Lives as long as the calling thread, or until it is freed. One at a time in
 * a process; the thread must not lock robust mutexes of its own. -EBUSY;
 * -EOPNOTSUPP when this kernel does not do what it takes; or another negative
 * errno.
 */
int change_counter_new(struct change_counter **ret);
/* NULL is fine; returns NULL. Whoever looks sees that it is gone. */
struct change_counter *change_counter_free(struct change_counter *c);
DEFINE_CLEANUP(struct change_counter, change_counter_free);

/* Before anybody hears of the change. NULL is fine. */
void change_counter_raise(struct change_counter *c);
/* To hand out; borrowed. Nobody can write to the memory through it. */
int change_counter_fd(const struct change_counter *c);

/* --- everybody else's --- */

struct change_view;

/* Maps it; the descriptor stays the caller's. -EBADMSG when it is not one, or
 * when others could change it. */
int change_view_open(int fd, struct change_view **ret);
struct change_view *change_view_close(struct change_view *v); /* NULL is fine */
DEFINE_CLEANUP(struct change_view, change_view_close);

bool change_view_lives(const struct change_view *v);
/* To be read before the question whose answer it is to hold for. */
unsigned change_view_count(const struct change_view *v);

#endif
