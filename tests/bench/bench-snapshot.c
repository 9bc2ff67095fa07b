/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it takes to get the phone's trust as it is, from a daemon with 10,000
 * authorities and from one with those of this system:
 *
 *	bench-snapshot MANY-SOCKET FEW-SOCKET
 *
 * Snapshot is asked, its descriptor taken, mapped, and its first page read.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tests/bench/bench.h"
#include "tests/bench/question.h"

#define NS_PER_US 1000.0

/* The descriptor that comes with the reply. */
static int receive(int fd)
{
	char reply[4096];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {reply, sizeof(reply)};
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int got = -1;

	if (n <= 0 || reply[n - 1] != 0 || !c || c->cmsg_type != SCM_RIGHTS)
		die("no snapshot");
	memcpy(&got, CMSG_DATA(c), sizeof(got));
	return got;
}

static void take(int fd, const struct bytes *message)
{
	void *map = NULL;
	struct stat s;
	int got = -1;

	must(fd_write_full(fd, message->data, message->len), "sending");
	got = receive(fd);
	if (fstat(got, &s) < 0 || s.st_size == 0)
		die("an empty snapshot");
	map = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, got, 0);
	if (map == MAP_FAILED)
		die("a snapshot is not mapped");
	(void)*(volatile const char *)map;
	(void)munmap(map, (size_t)s.st_size);
	(void)close(got);
}

static double measure(int fd, const struct bytes *message)
{
	double took[BENCH_A_ROUND];

	for (size_t i = 0; i < BENCH_A_ROUND; i++) {
		int64_t since = now_ns();

		take(fd, message);
		took[i] = (double)(now_ns() - since) / NS_PER_US;
	}
	return median(took, BENCH_A_ROUND);
}

int main(int argc, char **argv)
{
	CLEANUP(bytes_done)
	struct bytes message = question_of("io.certprov.trust.Snapshot");
	double many[BENCH_ROUNDS];
	double few[BENCH_ROUNDS];
	int fds[2];

	if (argc != 3)
		die("usage: bench-snapshot MANY FEW");
	for (int i = 0; i < 2; i++) {
		fds[i] = bench_connect(argv[1 + i]);
		take(fds[i], &message);
	}
	bench_begin();
	for (size_t round = 0; round < BENCH_ROUNDS; round++) {
		many[round] = measure(fds[0], &message);
		few[round] = measure(fds[1], &message);
	}
	bench_ratio(&(struct figure){.name = "snapshot-10000",
			    .unit = "us",
			    .what = "Snapshot, mapped: with 10,000 authorities "
				    "/ with those of this system"},
		many, few);
	(void)close(fds[0]);
	(void)close(fds[1]);
	return 0;
}
