/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/der.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)
#define MAX_REPLY_BYTES ((size_t)1 << 16)

void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)fputs("bench: ", stderr);
	(void)vfprintf(stderr, format, arguments);
	(void)fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

void must(int r, const char *what)
{
	if (r < 0)
		die("%s: %s", what, strerror(-r));
}

int64_t now_ns(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2]
			 : (values[count / 2 - 1] + values[count / 2]) / 2;
}

struct bytes bench_read(const char *directory, const char *name)
{
	CLEANUP(free) char *path = NULL;
	struct bytes b = {0};

	must(string_format(&path, "%s/%s", directory, name), "memory");
	must(fd_read_file(path, MAX_FILE_BYTES, &b), path);
	return b;
}

void bench_split(const struct bytes *all, struct bytes *ret, size_t count)
{
	const uint8_t *at = all->data;
	const uint8_t *end = all->data + all->len;

	for (size_t i = 0; i < count; i++) {
		struct der_value v = {0};

		if (!der_read(at, (size_t)(end - at), &v))
			die("there are %zu certificates, not %zu", i, count);
		must(bytes_copy(at, (size_t)(v.end - at), &ret[i]), "memory");
		at = v.end;
	}
}

int bench_try_connect(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		die("%s: no socket", path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	return -error;
}

int bench_connect(const char *path)
{
	int fd = bench_try_connect(path);

	must(fd, path);
	return fd;
}

const char *bench_exchange(int fd, const struct bytes *message)
{
	static _Thread_local char reply[MAX_REPLY_BYTES];
	size_t len = 0;
	ssize_t n = 0;

	must(fd_write_full(fd, message->data, message->len), "sending");
	do {
		n = read(fd, reply + len, sizeof(reply) - len);
		if (n <= 0)
			die("no reply");
		len += (size_t)n;
	} while (reply[len - 1] != 0);
	return reply;
}

double bench_private_dirty_kib(pid_t pid)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(bytes_done) struct bytes text = {0};
	const char *at = NULL;

	must(string_format(&path, "/proc/%ld/smaps_rollup", (long)pid),
		"memory");
	must(fd_read_file(path, 65536, &text), path);
	at = strstr((char *)text.data, "Private_Dirty:");
	if (!at)
		die("%s: no Private_Dirty", path);
	return strtod(at + strlen("Private_Dirty:"), NULL);
}

void bench_print(const struct figure *f)
{
	(void)printf("figure\t%s\t%s\t%s\t%s\t%.4g\t%.4g\t", f->name,
		f->style ? f->style : "-", f->unit ? f->unit : "-", f->what,
		f->over, f->under);
	for (size_t i = 0; i < BENCH_ROUNDS; i++)
		(void)printf("%s%.5g", i ? " " : "", f->values[i]);
	(void)puts("");
	(void)fflush(stdout);
}

void bench_ratio(const struct figure *f, const double over[BENCH_ROUNDS],
	const double under[BENCH_ROUNDS])
{
	struct figure whole = *f;
	double o[BENCH_ROUNDS];
	double u[BENCH_ROUNDS];

	for (size_t i = 0; i < BENCH_ROUNDS; i++) {
		o[i] = over[i];
		u[i] = under[i];
		whole.values[i] = over[i] / under[i];
	}
	whole.over = median(o, BENCH_ROUNDS);
	whole.under = median(u, BENCH_ROUNDS);
	bench_print(&whole);
}

void bench_begin(void)
{
	(void)puts("begin");
	(void)fflush(stdout);
}

void bench_skip(const char *name, const char *style, const char *why)
{
	(void)printf("skip\t%s\t%s\t%s\n", name, style ? style : "-", why);
	(void)fflush(stdout);
}
