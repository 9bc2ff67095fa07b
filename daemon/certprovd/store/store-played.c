/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stop played into the file stays in the WAL, which continues the
 * backup, and SQLite lays it over the file again at the next start, up to where
 * it is damaged: then older pages would hide newer ones, and what was removed
 * could be back. So a stop notes the checksum of what it played in. Where the
 * WAL has another one, the file alone counts: it has all of that. What stands
 * in the WAL behind that was written later, and is lost.
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
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"

#define PLAYED_MAGIC "played-1"
#define MAGIC_BYTES 8

/* Frames that were committed do not change as long as the header stays. */
struct store_played {
	char magic[MAGIC_BYTES];
	uint8_t header[STORE_WAL_HEADER_BYTES];
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

/* A descriptor or a negative errno. */
static int store_played_open_wal(const struct store *s)
{
	CLEANUP(free) char *wal = NULL;
	int r = string_format(&wal, "%s-wal", s->path);

	if (r < 0)
		return r;
	r = open(wal, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return r < 0 ? -errno : r;
}

static int store_played_sum(int wal, uint64_t pages, uint32_t ret[2])
{
	uint8_t frame[STORE_WAL_FRAME_BYTES];
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

/* Behind its header. */
static bool store_played_is_whole(const struct store_played *p, int wal)
{
	uint32_t sums[2];

	return lseek(wal, STORE_WAL_HEADER_BYTES, SEEK_SET) >= 0 &&
		store_played_sum(wal, p->pages, sums) == 0 &&
		memcmp(sums, p->sums, sizeof(sums)) == 0;
}

static bool store_played_is_of(const struct store_played *p, int wal)
{
	uint8_t header[STORE_WAL_HEADER_BYTES];

	return lseek(wal, 0, SEEK_SET) >= 0 &&
		fd_read_full(wal, header, sizeof(header)) == 0 &&
		memcmp(header, p->header, sizeof(header)) == 0;
}

static bool store_played_is_all(const struct store_played *p, int wal)
{
	struct stat st;

	return fstat(wal, &st) == 0 &&
		(uint64_t)st.st_size <=
		STORE_WAL_HEADER_BYTES + p->pages * STORE_WAL_FRAME_BYTES;
}

static enum store_wal_use store_played_use(
	const struct store *s, int wal, enum store_wal_state state)
{
	static const enum store_wal_use uses[] = {
		[STORE_WAL_GOOD] = STORE_WAL_PLAY,
		[STORE_WAL_CUT] = STORE_WAL_PLAY_PART,
		[STORE_WAL_HEADLESS] = STORE_WAL_IGNORE_LOST,
	};
	struct store_played p;
	bool headless = state == STORE_WAL_HEADLESS;

	if (!store_played_read(s, &p) ||
		(!headless && !store_played_is_of(&p, wal)))
		return uses[state];
	/* Without a header, the frames say whether it is the one of the note.
	 */
	if (store_played_is_whole(&p, wal) != headless)
		return uses[state];
	return store_played_is_all(&p, wal) ? STORE_WAL_IGNORE
					    : STORE_WAL_IGNORE_LOST;
}

int store_played_judge(const struct store *s, enum store_wal_use *ret)
{
	CLEANUP(fd_close) int wal = store_played_open_wal(s);
	enum store_wal_state state = STORE_WAL_GOOD;
	int r = 0;

	*ret = STORE_WAL_PLAY;
	if (wal < 0)
		return wal == -ENOENT ? 0 : wal;
	r = store_wal_look(wal, &state);
	if (r == 0)
		*ret = store_played_use(s, wal, state);
	return r;
}
