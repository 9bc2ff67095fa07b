/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stop played into the file stays in the WAL, which continues the
 * backup, and SQLite lays it over the file again at the next start, up to where
 * it is damaged: then older pages would hide newer ones, and what was removed
 * could be back. So a stop notes the checksum of what it played in. Where the
 * WAL has another one, the file alone counts: it has all of that.
 *
 * The note need not be durable. Without it, or with a part of it, the WAL is
 * believed.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"

#define PLAYED_MAGIC "played-1"
#define MAGIC_BYTES 8
#define WAL_HEADER_BYTES 32
#define WAL_FRAME_BYTES (24 + STORE_PAGE_BYTES)

/* Frames that were committed do not change as long as the header stays. */
struct store_played {
	char magic[MAGIC_BYTES];
	uint8_t header[WAL_HEADER_BYTES];
	uint64_t pages;
	uint32_t sums[2];
	uint32_t own_sums[2]; /* of what is above */
};

/* As SQLite does it. */
static void store_played_add(uint32_t sums[2], const void *data, size_t len)
{
	const uint8_t *at = data;

	for (size_t done = 0; done + 8 <= len; done += 8) {
		uint32_t words[2];

		memcpy(words, at + done, sizeof(words));
		sums[0] += words[0] + sums[1];
		sums[1] += words[1] + sums[0];
	}
}

static void store_played_sum_up(const struct store_played *p, uint32_t ret[2])
{
	ret[0] = 0;
	ret[1] = 0;
	store_played_add(ret, p, offsetof(struct store_played, own_sums));
}

static int store_played_name(const struct store *s, char **ret)
{
	return string_format(ret, "%s/trust.db.played", s->state_directory);
}

static int store_played_open_wal(const struct store *s)
{
	CLEANUP(free) char *wal = NULL;
	int r = string_format(&wal, "%s-wal", s->path);

	return r < 0 ? -1 : open(wal, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static int store_played_sum(int wal, uint64_t pages, uint32_t ret[2])
{
	uint8_t frame[WAL_FRAME_BYTES];
	int r = 0;

	ret[0] = 0;
	ret[1] = 0;
	for (uint64_t n = 0; r == 0 && n < pages; n++) {
		r = fd_read_full(wal, frame, sizeof(frame));
		if (r == 0)
			store_played_add(ret, frame, sizeof(frame));
	}
	return r;
}

static bool store_played_read(const struct store *s, struct store_played *ret)
{
	CLEANUP(free) char *name = NULL;
	CLEANUP(fd_close) int fd = -1;
	uint32_t sums[2];

	if (store_played_name(s, &name) < 0)
		return false;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (fd < 0 || fd_read_full(fd, ret, sizeof(*ret)) < 0)
		return false;
	store_played_sum_up(ret, sums);
	return memcmp(ret->magic, PLAYED_MAGIC, MAGIC_BYTES) == 0 &&
		memcmp(ret->own_sums, sums, sizeof(sums)) == 0;
}

static void store_played_write(
	const struct store *s, const struct store_played *p)
{
	CLEANUP(free) char *name = NULL;
	CLEANUP(fd_close) int fd = -1;

	if (store_played_name(s, &name) < 0)
		return;
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		0600);
	if (fd >= 0)
		(void)fd_write_full(fd, p, sizeof(*p));
}

void store_note_played(const struct store *s)
{
	CLEANUP(fd_close) int wal = store_played_open_wal(s);
	struct store_played p = {.pages = s->wal_pages};

	if (wal < 0 || fd_read_full(wal, p.header, sizeof(p.header)) < 0 ||
		store_played_sum(wal, p.pages, p.sums) < 0)
		return;
	memcpy(p.magic, PLAYED_MAGIC, MAGIC_BYTES);
	store_played_sum_up(&p, p.own_sums);
	store_played_write(s, &p);
}

bool store_played_is_damaged(const struct store *s)
{
	CLEANUP(fd_close) int wal = -1;
	uint8_t header[WAL_HEADER_BYTES];
	struct store_played p;
	uint32_t sums[2];

	if (!store_played_read(s, &p))
		return false;
	/* SQLite believes nothing of a WAL whose header is damaged. */
	wal = store_played_open_wal(s);
	if (wal < 0 || fd_read_full(wal, header, sizeof(header)) < 0 ||
		memcmp(header, p.header, sizeof(header)) != 0)
		return false;
	return store_played_sum(wal, p.pages, sums) < 0 ||
		memcmp(sums, p.sums, sizeof(sums)) != 0;
}
