/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/export-record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/trust/export-files.h"
#include "daemon/certprovd/trust/export-set.h"
#include "lib/base/digest.h"
#include "lib/base/fd.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/trust/trust.h"

#define RECORD_MODE 0600
#define RECORD_MAX_BYTES 512

/* All anchors in their order with their lists, what is distrusted, the policy,
 * and the version of what chooses. */
int export_record_digest(const struct trust *trust, char ret[SHA256_HEX_SIZE])
{
	const struct anchor *a = NULL;
	size_t cursor = 0;
	size_t room = anchors_count(trust->anchors, ANCHOR_LISTS_SETS - 1) *
			(SHA256_BYTES + 1) +
		SHA256_BYTES + RECORD_MAX_BYTES;
	CLEANUP(free) uint8_t *all = malloc(room);
	uint8_t *end = all;
	int r = 0;

	if (!all)
		return -ENOMEM;
	end += snprintf((char *)all, RECORD_MAX_BYTES, "%s %u ",
		CERTPROV_VERSION, trust->policy.rsa_max_bits);
	r = export_set_digest_distrusted(trust, end);
	if (r < 0)
		return r;
	end += SHA256_BYTES;
	while (r == 0 && (a = anchors_next(trust->anchors, &cursor))) {
		*end++ = (uint8_t)a->lists;
		r = anchors_sha256_of(trust->anchors, a, end);
		end += SHA256_BYTES;
	}
	return r < 0 ? r : digest_sha256_hex(all, (size_t)(end - all), ret);
}

/* "DIGEST GENERATION INODE BYTES CHANGED ", of the files as they are. */
static int export_record_head(
	const struct export_files *f, const char *digest, char **ret)
{
	struct stat st;
	int r = export_files_stat(f, &st);

	return r < 0 ? r
		     : string_format(ret,
			       "%s %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64
			       ".%09ld ",
			       digest, f->current, (uint64_t)st.st_ino,
			       (int64_t)st.st_size, (int64_t)st.st_ctim.tv_sec,
			       st.st_ctim.tv_nsec);
}

static int export_record_read(const struct export_files *f, struct bytes *ret)
{
	CLEANUP(fd_close)
	int fd = openat(f->fd, EXPORT_RECORD,
		O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd_read_all(fd, RECORD_MAX_BYTES, ret);
}

/* "FROM UNTIL\n" behind the head. */
static bool export_record_is_of(const char *times, int64_t now)
{
	char *end = NULL;
	long long from = strtoll(times, &end, 10);
	const char *second = end + 1;
	long long until = 0;

	if (end == times || *end != ' ')
		return false;
	until = strtoll(second, &end, 10);
	return end != second && strcmp(end, "\n") == 0 && now >= from &&
		now <= until;
}

bool export_record_holds(
	const struct export_files *f, const char *digest, int64_t now)
{
	CLEANUP(bytes_done) struct bytes there = {0};
	CLEANUP(free) char *head = NULL;
	char text[RECORD_MAX_BYTES + 1] = "";

	if (export_record_read(f, &there) < 0 || there.len == 0 ||
		export_record_head(f, digest, &head) < 0)
		return false;
	memcpy(text, there.data, there.len);
	return strncmp(text, head, strlen(head)) == 0 &&
		export_record_is_of(text + strlen(head), now);
}

/* The first of those chosen that ends. What has ended was not chosen, so it
 * holds for no earlier time than this one. */
static int64_t export_record_until(const struct export_set *set)
{
	int64_t until = INT64_MAX;

	for (size_t i = 0; i < set->count; i++)
		if (set->rows[i].chosen &&
			set->rows[i].issuing.not_after < until)
			until = set->rows[i].issuing.not_after;
	return until;
}

void export_record_write(const struct export_files *f, const char *digest,
	const struct export_set *set, int64_t now)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(free) char *head = NULL;
	CLEANUP(free) char *text = NULL;

	if (export_record_head(f, digest, &head) < 0 ||
		string_format(&text, "%s%" PRId64 " %" PRId64 "\n", head, now,
			export_record_until(set)) < 0)
		return;
	fd = openat(f->fd, EXPORT_RECORD,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		RECORD_MODE);
	/* Cut short it is none. */
	if (fd >= 0)
		(void)fd_write_full(fd, text, strlen(text));
}
