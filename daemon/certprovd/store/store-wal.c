/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log says of itself, before SQLite plays it: that takes every frame up
 * to the first that is not right, and says nothing of what stands behind.
 * https://www.sqlite.org/fileformat2.html#walformat
 *
 * A power cut leaves frames that were never flushed, in any order: then there
 * is a wrong one in front of good ones, and nothing is lost that anybody was
 * told of. What was flushed is told from it by counting commits. All that may
 * stand there without a flush is STORE_MAX_LAZY_COMMITS lazy commits and the
 * one that flushes them; with one commit more behind the wrong frame, one of
 * those before that was flushed, and the wrong frame with it.
 *
 * The commits that count are of one chain: each frame has the checksum of all
 * frames before it. What an earlier power cut left behind the end, under the
 * same header, is another chain.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <endian.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"

#define MAGIC 0x377f0682U /* the lowest bit: sums are of big-endian words */
#define SALTS_AT 16
#define HEADER_SUMS_AT 24
#define FRAME_COMMIT_AT 4 /* 0: not the last of its transaction */
#define FRAME_SALTS_AT 8
#define FRAME_SUMS_AT 16
#define FRAME_HEADER_BYTES 24
#define SALTS_BYTES 8
#define MIN_FLUSHED_COMMITS (STORE_MAX_LAZY_COMMITS + 2)
/* Behind the first wrong frame SQLite reads nothing, whatever the length of the
 * file is, and damage may have made it any. */
#define MAX_FRAMES_BEHIND 16384

struct store_wal_chain {
	uint8_t salts[SALTS_BYTES];
	bool big_endian;
	uint32_t sums[2]; /* of the frame before */
};

static uint32_t store_wal_number(const uint8_t *at)
{
	uint32_t number = 0;

	memcpy(&number, at, sizeof(number));
	return be32toh(number);
}

static uint32_t store_wal_word(const uint8_t *at, bool big_endian)
{
	uint32_t word = 0;

	memcpy(&word, at, sizeof(word));
	return big_endian ? be32toh(word) : le32toh(word);
}

static void store_wal_add(
	struct store_wal_chain *c, const uint8_t *data, size_t len)
{
	for (size_t done = 0; done + 8 <= len; done += 8) {
		c->sums[0] +=
			store_wal_word(data + done, c->big_endian) + c->sums[1];
		c->sums[1] += store_wal_word(data + done + 4, c->big_endian) +
			c->sums[0];
	}
}

static bool store_wal_begins(
	struct store_wal_chain *c, const uint8_t header[STORE_WAL_HEADER_BYTES])
{
	uint32_t magic = store_wal_number(header);

	*c = (struct store_wal_chain){.big_endian = magic & 1};
	memcpy(c->salts, header + SALTS_AT, SALTS_BYTES);
	store_wal_add(c, header, HEADER_SUMS_AT);
	return (magic & ~1U) == MAGIC &&
		store_wal_number(header + HEADER_SUMS_AT) == c->sums[0] &&
		store_wal_number(header + HEADER_SUMS_AT + 4) == c->sums[1];
}

/* Whether it is the one after the last; the next one is after this one. */
static bool store_wal_goes_on(
	struct store_wal_chain *c, const uint8_t frame[STORE_WAL_FRAME_BYTES])
{
	uint32_t sums[2] = {store_wal_number(frame + FRAME_SUMS_AT),
		store_wal_number(frame + FRAME_SUMS_AT + 4)};
	bool right = false;

	store_wal_add(c, frame, FRAME_SALTS_AT);
	store_wal_add(c, frame + FRAME_HEADER_BYTES, STORE_PAGE_BYTES);
	right = memcmp(c->sums, sums, sizeof(sums)) == 0 &&
		memcmp(frame + FRAME_SALTS_AT, c->salts, SALTS_BYTES) == 0;
	memcpy(c->sums, sums, sizeof(sums));
	return right;
}

/* What SQLite cannot read it reports. */
static bool store_wal_hides_commits(int fd, struct store_wal_chain *c)
{
	uint8_t frame[STORE_WAL_FRAME_BYTES];
	unsigned commits = 0;
	unsigned behind = 0;
	bool broken = false;

	while (commits < MIN_FLUSHED_COMMITS && behind < MAX_FRAMES_BEHIND &&
		fd_read_full(fd, frame, sizeof(frame)) == 0) {
		if (!store_wal_goes_on(c, frame)) {
			broken = true;
			commits = 0;
		} else if (broken &&
			store_wal_number(frame + FRAME_COMMIT_AT) != 0)
			commits++;
		behind += broken ? 1 : 0;
	}
	return commits >= MIN_FLUSHED_COMMITS;
}

int store_wal_look(int fd, enum store_wal_state *ret)
{
	uint8_t header[STORE_WAL_HEADER_BYTES];
	struct store_wal_chain chain;
	struct stat st;

	*ret = STORE_WAL_GOOD;
	if (fstat(fd, &st) < 0)
		return -errno;
	/* The header is flushed before there is a frame. */
	if (st.st_size < STORE_WAL_HEADER_BYTES + STORE_WAL_FRAME_BYTES ||
		lseek(fd, 0, SEEK_SET) < 0 ||
		fd_read_full(fd, header, sizeof(header)) < 0)
		return 0;
	/* What was killed may have left any number of commits to flush. */
	(void)fsync(fd);
	if (!store_wal_begins(&chain, header))
		*ret = STORE_WAL_HEADLESS;
	else if (store_wal_hides_commits(fd, &chain))
		*ret = STORE_WAL_CUT;
	return 0;
}

void store_wal_drop_hidden(const struct store *s, const char *wal)
{
	off_t end = STORE_WAL_HEADER_BYTES +
		(off_t)s->wal_pages * STORE_WAL_FRAME_BYTES;
	struct stat st;

	if (stat(wal, &st) == 0 && st.st_size > end)
		(void)(truncate(wal, end) < 0);
}
