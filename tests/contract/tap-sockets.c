/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes down what a program that has this in LD_PRELOAD receives and sends by
 * recvmsg and sendmsg on sockets, in the file that TAP_SOCKETS names. A record
 * is a line "R INODE LENGTH" or "S INODE LENGTH" and then that many bytes. Ends
 * at TAP_MAX_BYTES without a word: the daemon may not write larger files.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TAP_MAX_BYTES ((size_t)24 * 1024 * 1024)
#define MAX_PARTS 16
/* Out of the way of descriptors that are passed by number. */
#define LOG_FD 100

static ssize_t (*real_recvmsg)(int, struct msghdr *, int);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);
static int log_fd = -1;
static size_t written;

static void next(const char *name, void *ret)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (!symbol)
		abort();
	memcpy(ret, &symbol, sizeof(symbol));
}

/* Before main, which may give up the right to open files. */
__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("TAP_SOCKETS");
	struct stat st;
	int fd = -1;

	next("recvmsg", &real_recvmsg);
	next("sendmsg", &real_sendmsg);
	if (!path)
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0)
		written = (size_t)st.st_size;
	log_fd = fcntl(fd, F_DUPFD_CLOEXEC, LOG_FD);
	if (log_fd < 0)
		log_fd = fd;
	else
		close(fd);
}

static void note(char kind, int fd, const struct msghdr *m, size_t len)
{
	struct iovec parts[MAX_PARTS + 1];
	struct stat st;
	char head[64];
	size_t left = len;
	int count = 1;

	/* Nothing after what has no room: half of a dialogue is misread. */
	if (written + len + sizeof(head) > TAP_MAX_BYTES)
		log_fd = -1;
	if (log_fd < 0 || fstat(fd, &st) < 0)
		return;
	parts[0].iov_base = head;
	parts[0].iov_len = (size_t)snprintf(head, sizeof(head), "%c %llu %zu\n",
		kind, (unsigned long long)st.st_ino, len);
	for (size_t i = 0; left > 0 && count <= MAX_PARTS; i++) {
		parts[count] = m->msg_iov[i];
		if (parts[count].iov_len > left)
			parts[count].iov_len = left;
		left -= parts[count++].iov_len;
	}
	if (writev(log_fd, parts, count) < 0)
		log_fd = -1;
	written += len + sizeof(head);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) libc's */
ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	ssize_t n = real_recvmsg(fd, m, flags);
	int error = errno;

	if (n > 0)
		note('R', fd, m, (size_t)n);
	errno = error;
	return n;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) libc's */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	ssize_t n = real_sendmsg(fd, m, flags);
	int error = errno;

	if (n > 0)
		note('S', fd, m, (size_t)n);
	errno = error;
	return n;
}
