/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/document-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/macros.h"
#include "tests/unit/runner.h"

static bool fits(const char *text, size_t len)
{
	CLEANUP(bytes_done) struct bytes b = {0};

	ck_assert_int_eq(bytes_copy(text, len, &b), 0);
	return document_file_fits_inline(&b);
}

static const struct {
	const char *text;
	bool fits;
} texts[] = {
	{"<settings/>\n", true},
	{"<a>\tM\u00fcller \U0001f512</a>\r\n", true},
	{"", false},
	{"<a>\x01</a>", false},
	{"<a>\xe4</a>", false},     /* ISO 8859-1 */
	{"<a>\xc0\xaf</a>", false}, /* longer than it has to be */
	{"<a>\xe2\x82", false},     /* cut */
	{"\xff\xfe<", false},       /* UTF-16 */
	{"\xf5\x80\x80\x80", false},
	{"\xed\xa0\x80", false}, /* half a character of UTF-16 */
	{"\xe0\x80\x80", false},
};

START_TEST(only_plain_utf8_goes_into_a_message)
{
	ck_assert(
		fits(texts[_i].text, strlen(texts[_i].text)) == texts[_i].fits);
}
END_TEST

START_TEST(a_zero_byte_does_not_go_into_a_message)
{
	ck_assert(!fits("<a>\0</a>", 8));
}
END_TEST

START_TEST(one_byte_more_than_may_be_inline_is_not)
{
	CLEANUP(free) char *text = malloc(DOCUMENT_FILE_MAX_INLINE_BYTES + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', DOCUMENT_FILE_MAX_INLINE_BYTES + 1);
	ck_assert(fits(text, DOCUMENT_FILE_MAX_INLINE_BYTES));
	ck_assert(!fits(text, DOCUMENT_FILE_MAX_INLINE_BYTES + 1));
}
END_TEST

START_TEST(a_sealed_document_cannot_be_changed)
{
	uint8_t data[] = "<settings/>";
	struct bytes b = {.data = data, .len = sizeof(data) - 1};
	CLEANUP(bytes_done) struct bytes back = {0};
	CLEANUP(fd_close) int fd = -1;

	ck_assert_int_eq(document_file_seal(&b, &fd), 0);
	ck_assert_int_eq(fd_read_all(fd, 100, &back), 0);
	ck_assert_uint_eq(back.len, b.len);
	ck_assert_mem_eq(back.data, data, b.len);
	ck_assert_int_lt(write(fd, "x", 1), 0);
	ck_assert_int_lt(ftruncate(fd, 1), 0);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_said_so)
{
	struct bytes b = {0};

	ck_assert_int_eq(
		document_file_read("/nowhere/at/all.xml", &b), -ENOENT);
	ck_assert_ptr_null(b.data);
}
END_TEST

test_case_maker document_file_tests;

TCase *document_file_tests(void)
{
	TCase *tc = tcase_create("document-file");

	tcase_add_loop_test(
		tc, only_plain_utf8_goes_into_a_message, 0, ARRAY_SIZE(texts));
	tcase_add_test(tc, a_zero_byte_does_not_go_into_a_message);
	tcase_add_test(tc, one_byte_more_than_may_be_inline_is_not);
	tcase_add_test(tc, a_sealed_document_cannot_be_changed);
	tcase_add_test(tc, a_file_that_is_not_there_is_said_so);
	return tc;
}
