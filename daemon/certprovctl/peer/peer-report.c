/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/peer-report.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lib/base/fd.h"

/* A report is a series of parts: a type, the length in four bytes, the bytes.
 * The first three types come at most once, the end once and last. */
enum part {
	PART_VERSION = 'V',
	PART_CIPHER = 'C',
	PART_ANSWER = 'A',
	PART_CERTIFICATE = 'D',
	PART_END = 'E',
};

#define HEAD_BYTES 5
#define END_BYTES 13 /* stage, errno, OpenSSL's error */

void peer_report_done(struct peer_report *r)
{
	chain_done(&r->chain);
	*r = (struct peer_report){0};
}

static void peer_report_put_number(uint8_t *p, size_t bytes, uint64_t n)
{
	for (size_t i = bytes; i-- > 0; n >>= 8)
		p[i] = (uint8_t)n;
}

static uint64_t peer_report_get_number(const uint8_t *p, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | p[i];
	return n;
}

/* --- writing --- */

static int peer_report_write_part(
	int fd, enum part part, const void *data, size_t len)
{
	uint8_t head[HEAD_BYTES] = {(uint8_t)part};
	int r = 0;

	peer_report_put_number(head + 1, 4, len);
	r = fd_write_full(fd, head, sizeof(head));
	return r < 0 ? r : fd_write_full(fd, data, len);
}

static int peer_report_write_text(int fd, enum part part, const char *text)
{
	return *text ? peer_report_write_part(fd, part, text, strlen(text)) : 0;
}

int peer_report_write(int fd, const struct peer_report *r)
{
	uint8_t end[END_BYTES] = {(uint8_t)r->stage};
	int result = peer_report_write_text(fd, PART_VERSION, r->version);

	if (result == 0)
		result = peer_report_write_text(fd, PART_CIPHER, r->cipher);
	if (result == 0)
		result = peer_report_write_text(fd, PART_ANSWER, r->answer);
	for (size_t i = 0; result == 0 && i < r->chain.count; i++)
		result = peer_report_write_part(fd, PART_CERTIFICATE,
			r->chain.items[i].data, r->chain.items[i].len);
	peer_report_put_number(end + 1, 4, (uint64_t)-r->error);
	peer_report_put_number(end + 5, 8, r->tls_error);
	return result < 0
		? result
		: peer_report_write_part(fd, PART_END, end, END_BYTES);
}

/* --- reading --- */

/* The characters in OpenSSL's names. */
static bool peer_report_is_name(const char *text)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("._-", *text))
			return false;
	return true;
}

static int peer_report_read_text(
	const uint8_t *data, size_t len, char *ret, size_t size)
{
	if (*ret || len == 0 || len >= size || memchr(data, 0, len))
		return -EBADMSG;
	memcpy(ret, data, len);
	ret[len] = 0;
	return 0;
}

static int peer_report_read_name(
	const uint8_t *data, size_t len, char ret[PEER_NAME_SIZE])
{
	int r = peer_report_read_text(data, len, ret, PEER_NAME_SIZE);

	return r == 0 && !peer_report_is_name(ret) ? -EBADMSG : r;
}

static int peer_report_read_end(
	const uint8_t *data, size_t len, struct peer_report *r)
{
	uint64_t error = 0;

	if (len != END_BYTES || data[0] >= PEER_STAGE__END)
		return -EBADMSG;
	error = peer_report_get_number(data + 1, 4);
	if (error > INT_MAX)
		return -EBADMSG;
	r->stage = (enum peer_stage)data[0];
	r->error = -(int)error;
	r->tls_error = peer_report_get_number(data + 5, 8);
	return 0;
}

static int peer_report_read_part(
	uint8_t part, const uint8_t *data, size_t len, struct peer_report *r)
{
	switch (part) {
	case PART_VERSION:
		return peer_report_read_name(data, len, r->version);
	case PART_CIPHER:
		return peer_report_read_name(data, len, r->cipher);
	case PART_ANSWER:
		return peer_report_read_text(
			data, len, r->answer, sizeof(r->answer));
	case PART_CERTIFICATE:
		return len > 0 ? chain_add(&r->chain, data, len) : -EBADMSG;
	case PART_END:
		return peer_report_read_end(data, len, r);
	default:
		return -EBADMSG;
	}
}

int peer_report_decode(const uint8_t *data, size_t len, struct peer_report *ret)
{
	CLEANUP(peer_report_done) struct peer_report report = {0};
	bool ended = false;

	while (len > 0) {
		uint64_t size = 0;
		int r = 0;

		if (ended || len < HEAD_BYTES)
			return -EBADMSG;
		size = peer_report_get_number(data + 1, 4);
		if (size > len - HEAD_BYTES)
			return -EBADMSG;
		r = peer_report_read_part(
			*data, data + HEAD_BYTES, (size_t)size, &report);
		if (r < 0)
			return r;
		ended = *data == PART_END;
		data += HEAD_BYTES + size;
		len -= HEAD_BYTES + (size_t)size;
	}
	if (!ended)
		return -EBADMSG;
	*ret = TAKE_OBJECT(report);
	return 0;
}
