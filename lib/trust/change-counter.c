/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/change-counter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"

/* As FD_SEALS, but what was mapped before stays writable. */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE)

/* The same in 32 and in 64 bits. Nothing but these numbers may be in it. */
struct change_page {
	atomic_uint owner; /* the thread's id; its bits are cleared by the
			      kernel when the thread ends */
	atomic_uint count;
};
_Static_assert(sizeof(struct change_page) == 8 && ATOMIC_INT_LOCK_FREE == 2,
	"others read what one writes");

/* --- dying --- */

/* What the kernel looks through when the thread ends: one entry, at a distance
 * from the word to mark. In shared memory, although nobody else has it: of who
 * is killed for lack of memory, private memory may be gone before the kernel
 * looks. Never unmapped, because it stays registered. */
struct change_list {
	struct robust_list_head head;
	struct robust_list entry;
};

static atomic_bool change_is_taken;

static void change_link(struct change_list *l, const struct change_page *page)
{
	l->entry.next = &l->head.list;
	l->head.list.next = &l->entry;
	l->head.futex_offset =
		(long)((uintptr_t)&page->owner - (uintptr_t)&l->entry);
}

/* The id comes last: without it the kernel leaves the word alone. */
static int change_mark(struct change_page *page, struct change_list **ret)
{
	struct change_list *l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (l == MAP_FAILED)
		return -errno;
	change_link(l, page);
	if (syscall(SYS_set_robust_list, &l->head, sizeof(l->head)) < 0) {
		(void)munmap(l, sizeof(*l));
		return -EOPNOTSUPP;
	}
	atomic_store(&page->owner, (unsigned)gettid());
	*ret = l;
	return 0;
}

/* --- the daemon's side --- */

struct change_counter {
	struct change_page *page; /* NULL: nothing is marked */
	struct change_list *list;
	pid_t process; /* that made it: not that of a fork */
	int fd;
};

/* In a fork, both are still those of the process that made it. */
static void change_unmark(struct change_counter *c)
{
	if (c->process != getpid())
		return;
	atomic_store(&c->page->owner, 0);
	c->list->head.list.next = &c->list->head.list;
}

struct change_counter *change_counter_free(struct change_counter *c)
{
	if (!c)
		return NULL;
	if (c->page) {
		change_unmark(c);
		(void)munmap(c->page, sizeof(*c->page));
	}
	atomic_store(&change_is_taken, false);
	(void)fd_close(c->fd);
	free(c);
	return NULL;
}

/* The same memory, opened once more for reading only; without /proc the seals
 * alone prevent changes. */
static int change_open_for_reading(int fd)
{
	char path[32];
	int again = -1;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	return again < 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : again;
}

static int change_map_and_seal(
	int fd, struct change_page **ret, struct change_list **ret_list)
{
	struct change_page *page = MAP_FAILED;
	int r = 0;

	if (ftruncate(fd, sizeof(*page)) < 0)
		return -errno;
	page = mmap(
		NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		r = errno == EINVAL ? -EOPNOTSUPP : -errno;
	if (r == 0)
		r = change_mark(page, ret_list);
	if (r < 0) {
		(void)munmap(page, sizeof(*page));
		return r;
	}
	*ret = page;
	return 0;
}

int change_counter_new(struct change_counter **ret)
{
	CLEANUP(change_counter_free) struct change_counter *c = NULL;
	CLEANUP(fd_close)
	int fd = memfd_create(
		"certprov-changes", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (atomic_exchange(&change_is_taken, true))
		return -EBUSY;
	c = calloc(1, sizeof(*c));
	if (!c) {
		atomic_store(&change_is_taken, false);
		return -ENOMEM;
	}
	c->fd = -1;
	c->process = getpid();
	r = change_map_and_seal(fd, &c->page, &c->list);
	if (r < 0)
		return r;
	c->fd = change_open_for_reading(fd);
	if (c->fd < 0)
		return -errno;
	*ret = TAKE_PTR(c);
	return 0;
}

void change_counter_raise(struct change_counter *c)
{
	if (c)
		atomic_fetch_add(&c->page->count, 1);
}

int change_counter_fd(const struct change_counter *c)
{
	return c->fd;
}

/* --- everybody else's --- */

struct change_view {
	struct change_page *page; /* for reading only */
};

struct change_view *change_view_close(struct change_view *v)
{
	if (!v)
		return NULL;
	if (v->page)
		(void)munmap(v->page, sizeof(*v->page));
	free(v);
	return NULL;
}

/* It can neither be changed by others nor end below what is mapped. */
static bool change_is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return seals >= 0 && (seals & SEALS) == SEALS && fstat(fd, &st) == 0 &&
		st.st_size >= (off_t)sizeof(struct change_page);
}

int change_view_open(int fd, struct change_view **ret)
{
	CLEANUP(change_view_close) struct change_view *v = NULL;
	void *page = MAP_FAILED;

	if (!change_is_sealed(fd))
		return -EBADMSG;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	page = mmap(NULL, sizeof(*v->page), PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	v->page = page;
	*ret = TAKE_PTR(v);
	return 0;
}

bool change_view_lives(const struct change_view *v)
{
	return atomic_load(&v->page->owner) & FUTEX_TID_MASK;
}

unsigned change_view_count(const struct change_view *v)
{
	return atomic_load(&v->page->count);
}
