/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/peer-report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/runner.h"

/* Parts of a report as they stand on the pipe. */
#define END "E\0\0\0\15\3\0\0\0\0\0\0\0\0\0\0\0\0"
#define VERSION "V\0\0\0\7TLSv1.3"
#define CERTIFICATE "D\0\0\0\3abc"

static const struct {
	const char *what;
	const char *data;
	size_t len;
	int error;
} reports[] = {
#define REPORT(what, data, error)                                              \
	{                                                                      \
		what, data, sizeof(data) - 1, error                            \
	}
	REPORT("the shortest", END, 0),
	REPORT("a whole one", VERSION CERTIFICATE CERTIFICATE END, 0),
	REPORT("nothing", "", -EBADMSG),
	REPORT("no end", VERSION CERTIFICATE, -EBADMSG),
	REPORT("half a head", END "E\0", -EBADMSG),
	REPORT("more after the end", END VERSION, -EBADMSG),
	REPORT("two ends", END END, -EBADMSG),
	REPORT("a part of a kind that is none", "X\0\0\0\1x" END, -EBADMSG),
	REPORT("a part longer than what there is", "D\xff\xff\xff\xff" END,
		-EBADMSG),
	REPORT("a certificate of nothing", "D\0\0\0\0" END, -EBADMSG),
	REPORT("a version twice", VERSION VERSION END, -EBADMSG),
	REPORT("a version of nothing", "V\0\0\0\0" END, -EBADMSG),
	REPORT("a version that moves the cursor", "V\0\0\0\3\33[A" END,
		-EBADMSG),
	REPORT("a version with a zero byte", "V\0\0\0\3a\0b" END, -EBADMSG),
	REPORT("an end that is too short", "E\0\0\0\1\3", -EBADMSG),
	REPORT("a stage that is none", "E\0\0\0\15\5\0\0\0\0\0\0\0\0\0\0\0\0",
		-EBADMSG),
	REPORT("an error that is none",
		"E\0\0\0\15\3\xff\0\0\0\0\0\0\0\0\0\0\0", -EBADMSG),
};

START_TEST(only_what_can_be_written_is_read)
{
	CLEANUP(peer_report_done) struct peer_report r = {0};
	/* In memory of its own size, for sanitizers. */
	CLEANUP(free) uint8_t *copy = malloc(reports[_i].len + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, reports[_i].data, reports[_i].len);
	ck_assert_msg(peer_report_decode(copy, reports[_i].len, &r) ==
			reports[_i].error,
		"%s", reports[_i].what);
	ck_assert(reports[_i].error == 0 || r.chain.count == 0);
}
END_TEST

/* As many certificates of so many bytes as one message has. */
static int decode_many(size_t count, size_t size)
{
	CLEANUP(peer_report_done) struct peer_report r = {0};
	size_t len = count * (5 + size) + sizeof(END) - 1;
	CLEANUP(free) uint8_t *data = calloc(1, len);
	uint8_t *p = data;

	ck_assert_ptr_nonnull(data);
	for (size_t i = 0; i < count; i++, p += 5 + size) {
		p[0] = 'D';
		p[2] = (uint8_t)(size >> 16);
		p[3] = (uint8_t)(size >> 8);
		p[4] = (uint8_t)size;
	}
	memcpy(p, END, sizeof(END) - 1);
	return peer_report_decode(data, len, &r);
}

START_TEST(a_chain_has_its_limits)
{
	ck_assert_int_eq(decode_many(CHAIN_MAX_CERTIFICATES, 1), 0);
	ck_assert_int_eq(decode_many(CHAIN_MAX_CERTIFICATES + 1, 1), -E2BIG);
	ck_assert_int_eq(decode_many(1, CHAIN_MAX_BYTES), 0);
	ck_assert_int_eq(decode_many(1, CHAIN_MAX_BYTES + 1), -E2BIG);
}
END_TEST

START_TEST(a_name_has_its_limit)
{
	char text[5 + PEER_NAME_SIZE + sizeof(END)] = "C\0\0\0";
	struct peer_report r = {0};

	for (size_t len = PEER_NAME_SIZE - 1; len <= PEER_NAME_SIZE; len++) {
		text[4] = (char)len;
		memset(text + 5, 'x', len);
		memcpy(text + 5 + len, END, sizeof(END) - 1);
		ck_assert_int_eq(peer_report_decode((const uint8_t *)text,
					 5 + len + sizeof(END) - 1, &r),
			len < PEER_NAME_SIZE ? 0 : -EBADMSG);
	}
}
END_TEST

START_TEST(what_is_written_is_read)
{
	CLEANUP(peer_report_done)
	struct peer_report r = {
		.stage = PEER_STARTTLS,
		.error = -EPROTO,
		.tls_error = 0xa000123456ULL,
		.version = "TLSv1.3",
		.cipher = "TLS_AES_256_GCM_SHA384",
		.answer = "454 not now",
	};
	CLEANUP(peer_report_done) struct peer_report again = {0};
	uint8_t text[1024];
	int ends[2];
	ssize_t n = 0;

	ck_assert_int_eq(chain_add(&r.chain, "first", 5), 0);
	ck_assert_int_eq(chain_add(&r.chain, "second", 6), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(peer_report_write(ends[1], &r), 0);
	n = read(ends[0], text, sizeof(text));
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(peer_report_decode(text, (size_t)n, &again), 0);
	ck_assert_int_eq(again.stage, PEER_STARTTLS);
	ck_assert_int_eq(again.error, -EPROTO);
	ck_assert_uint_eq(again.tls_error, r.tls_error);
	ck_assert_str_eq(again.version, r.version);
	ck_assert_str_eq(again.cipher, r.cipher);
	ck_assert_str_eq(again.answer, r.answer);
	ck_assert_uint_eq(again.chain.count, 2);
	ck_assert_mem_eq(again.chain.items[1].data, "second", 6);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

test_case_maker peer_report_tests;

TCase *peer_report_tests(void)
{
	TCase *tc = tcase_create("peer-report");

	tcase_add_loop_test(tc, only_what_can_be_written_is_read, 0,
		(int)ARRAY_SIZE(reports));
	tcase_add_test(tc, a_chain_has_its_limits);
	tcase_add_test(tc, a_name_has_its_limit);
	tcase_add_test(tc, what_is_written_is_read);
	return tc;
}
