/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-pool.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/varlink/varlink-client.h"

struct check_pool_slot {
	size_t index;
	struct check_run *run; /* NULL: free */
};

struct check_pool {
	const struct check_jobs *jobs;
	size_t at_once;
	size_t next; /* job that has not begun */
	struct check_pool_slot slots[CHECK_POOL_MAX_JOBS];
	size_t active;
	sigset_t before;
	int signals;
};

size_t check_pool_usual_jobs(void)
{
	cpu_set_t set;
	int n = 0;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	if (n < 1)
		return 1;
	return n < CHECK_POOL_MAX_JOBS ? (size_t)n : CHECK_POOL_MAX_JOBS;
}

/* --- signals --- */

/* Held back, and read from a descriptor, so that none comes between. */
static int check_pool_hold_signals(struct check_pool *p)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, &p->before) < 0)
		return -errno;
	p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return p->signals < 0 ? -errno : 0;
}

static void check_pool_done(struct check_pool *p)
{
	for (size_t i = 0; i < p->at_once; i++)
		p->slots[i].run = check_run_free(p->slots[i].run);
	p->signals = fd_close(p->signals);
	(void)sigprocmask(SIG_SETMASK, &p->before, NULL);
}
DEFINE_CLEANUP_EMBEDDED(struct check_pool, check_pool_done);

static int check_pool_take_signal(const struct check_pool *p, int *ret_signal)
{
	struct signalfd_siginfo info = {0};

	if (read(p->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	*ret_signal = (int)info.ssi_signo;
	return -EINTR;
}

/* --- runs --- */

static int check_pool_end(
	struct check_pool *p, struct check_pool_slot *slot, int error)
{
	slot->run = check_run_free(slot->run);
	p->active--;
	return p->jobs->end(p->jobs->userdata, slot->index, error);
}

static int check_pool_begin(struct check_pool *p, struct check_pool_slot *slot)
{
	const struct check_jobs *jobs = p->jobs;
	int r = 0;

	slot->index = p->next++;
	r = jobs->begin(jobs->userdata, slot->index, &slot->run);
	if (r < 0)
		return r;
	p->active++;
	return slot->run ? 0 : check_pool_end(p, slot, 0);
}

static int check_pool_fill(struct check_pool *p)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->at_once; i++)
		while (r == 0 && !p->slots[i].run && p->next < p->jobs->count)
			r = check_pool_begin(p, &p->slots[i]);
	return r;
}

static int check_pool_step(struct check_pool *p, struct check_pool_slot *slot)
{
	int error = check_run_step(slot->run);

	if (error == 0 && !check_run_is_over(slot->run))
		return 0;
	return check_pool_end(p, slot, error);
}

/* --- waiting --- */

/* Which of poll's entries belongs to which slot; the last is for signals. */
struct check_pool_waiting {
	struct pollfd fds[CHECK_POOL_MAX_JOBS + 1];
	int64_t deadline_ms;
};

static void check_pool_list(
	const struct check_pool *p, struct check_pool_waiting *w)
{
	w->deadline_ms = INT64_MAX;
	for (size_t i = 0; i < p->at_once; i++) {
		const struct check_run *run = p->slots[i].run;

		/* poll() passes over a negative descriptor. */
		w->fds[i] = (struct pollfd){.fd = -1};
		if (!run)
			continue;
		w->fds[i].fd = check_run_fd(run);
		w->fds[i].events = check_run_events(run);
		if (check_run_deadline(run) < w->deadline_ms)
			w->deadline_ms = check_run_deadline(run);
	}
	w->fds[p->at_once] =
		(struct pollfd){.fd = p->signals, .events = POLLIN};
}

static int check_pool_poll(
	const struct check_pool *p, struct check_pool_waiting *w)
{
	int64_t left = w->deadline_ms - varlink_deadline(0);

	if (left < 0)
		left = 0;
	if (poll(w->fds, (nfds_t)p->at_once + 1,
		    left > INT32_MAX ? INT32_MAX : (int)left) < 0)
		return errno == EINTR ? 0 : -errno;
	return 0;
}

/* Those that something happened to, or that are late. */
static int check_pool_step_all(
	struct check_pool *p, const struct check_pool_waiting *w)
{
	int64_t now = varlink_deadline(0);
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->at_once; i++) {
		struct check_pool_slot *slot = &p->slots[i];

		if (slot->run &&
			(w->fds[i].revents ||
				check_run_deadline(slot->run) <= now))
			r = check_pool_step(p, slot);
	}
	return r;
}

int check_pool_run(
	const struct check_jobs *jobs, size_t at_once, int *ret_signal)
{
	CLEANUP(check_pool_done)
	struct check_pool p = {.jobs = jobs, .at_once = at_once, .signals = -1};
	struct check_pool_waiting waiting = {0};
	int r = check_pool_hold_signals(&p);

	assert(at_once > 0 && at_once <= CHECK_POOL_MAX_JOBS);
	if (r == 0)
		r = check_pool_fill(&p);
	while (r == 0 && p.active > 0) {
		check_pool_list(&p, &waiting);
		r = check_pool_poll(&p, &waiting);
		if (r == 0)
			r = check_pool_take_signal(&p, ret_signal);
		if (r == 0)
			r = check_pool_step_all(&p, &waiting);
		if (r == 0)
			r = check_pool_fill(&p);
	}
	return r;
}
