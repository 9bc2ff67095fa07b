/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/hex.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

TCase *log_tests(void);

static char sent[64 * 1024];
static int answer;

static int take_entry(const struct iovec *iov, int count)
{
	size_t n = 0;

	for (int i = 0; i < count; i++) {
		ck_assert_uint_lt(n + iov[i].iov_len + 2, sizeof(sent));
		memcpy(sent + n, iov[i].iov_base, iov[i].iov_len);
		n += iov[i].iov_len;
		sent[n++] = '\n';
	}
	sent[n] = 0;
	return answer;
}

static void stderr_to_file(void)
{
	int fd = open(scratch_path("err"),
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	(void)close(fd);
}

static void setup(void)
{
	scratch_setup();
	stderr_to_file();
}

START_TEST(an_event_in_the_journal_has_message_id_and_fields)
{
	char expected[256];

	log_set_sender(take_entry);
	log_event(LOG_CERTIFICATE_REFUSED,
		LOG_FIELDS(LOG_FIELD_DOCUMENT("http://h/d.xml"),
			LOG_FIELD_LINE(LOG_NUMBER(17)), LOG_FIELD_URL(NULL)),
		"Refused %s", "it");
	(void)snprintf(expected, sizeof(expected),
		"MESSAGE=Refused it\nPRIORITY=4\nSYSLOG_IDENTIFIER=certprovd\n"
		"MESSAGE_ID=%s\nCERTPROV_EVENT=certificate-refused\n"
		"CERTPROV_DOCUMENT=http://h/d.xml\nCERTPROV_LINE=17\n",
		log_event_id(LOG_CERTIFICATE_REFUSED));
	ck_assert_str_eq(sent, expected);
	ck_assert_int_eq(scratch_size("err"), 0);
}
END_TEST

START_TEST(a_fingerprint_has_a_name_that_the_catalog_can_fill_in_as_well)
{
	log_set_sender(take_entry);
	log_event(LOG_CERTIFICATE_ACCEPTED, LOG_FIELDS(LOG_FIELD_SHA256("f0")),
		"it");
	ck_assert_ptr_nonnull(strstr(sent, "\nCERTPROV_SHA256=f0\n"));
	ck_assert_ptr_nonnull(strstr(sent, "\nCERTPROV_FINGERPRINT=f0\n"));
}
END_TEST

START_TEST(without_journal_a_line_with_its_priority_goes_to_standard_error)
{
	CLEANUP(free) char *text = NULL;

	log_set_sender(NULL);
	log_event(LOG_STORE_DAMAGED, LOG_NO_FIELDS, "Page %d", 3);
	log_message(LOG_INFO, "fine");
	text = scratch_read("err");
	ck_assert_str_eq(text, "<2>certprovd: Page 3\n<6>certprovd: fine\n");
}
END_TEST

START_TEST(a_journal_that_does_not_take_it_is_replaced_by_standard_error)
{
	CLEANUP(free) char *text = NULL;

	answer = -EPIPE;
	log_set_sender(take_entry);
	log_message(LOG_ERR, "heard");
	text = scratch_read("err");
	ck_assert_str_eq(text, "<3>certprovd: heard\n");
}
END_TEST

START_TEST(what_the_network_sent_cannot_forge_a_line)
{
	CLEANUP(free) char *text = NULL;

	log_set_sender(NULL);
	log_message(LOG_WARNING, "%s", "a\n<0>certprovd: b\x1b[2J\x7f");
	text = scratch_read("err");
	ck_assert_str_eq(
		text, "<4>certprovd: a\\x0A<0>certprovd: b\\x1B[2J\\x7F\n");
}
END_TEST

/* C0, C1, a direction override, a mark of direction, a zero width space, and
 * a byte that is no UTF-8: in the message and in every field, which is what
 * the catalog fills its texts with. */
START_TEST(nothing_that_steers_a_terminal_leaves_in_message_or_field)
{
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): the point of it */
	static const char hostile[] = "h\x1b[2J\n\xc2\x9b\xe2\x80\xae"
				      "\xe2\x80\x8f\xe2\x80\x8b\xff";
	static const char safe[] = "h\\x1B[2J\\x0A\\u009B\\u202E"
				   "\\u200F\\u200B\\xFF";
	char expected[256];

	log_set_sender(take_entry);
	log_event(LOG_PEER_REJECTED,
		LOG_FIELDS(LOG_FIELD_HOST(hostile), LOG_FIELD_SUBJECT(hostile),
			LOG_FIELD_NAME(hostile)),
		"Rejected %s", hostile);
	(void)snprintf(expected, sizeof(expected),
		"\nCERTPROV_HOST=%s\nCERTPROV_SUBJECT=%s\nCERTPROV_NAME=%s\n",
		safe, safe, safe);
	ck_assert_ptr_nonnull(strstr(sent, expected));
	(void)snprintf(
		expected, sizeof(expected), "MESSAGE=Rejected %s\n", safe);
	ck_assert_ptr_nonnull(strstr(sent, expected));
}
END_TEST

START_TEST(urls_lose_credentials_and_values_of_queries_in_message_and_field)
{
	static const char url[] = "http://u:secret@h/x?password=secret&a=";

	log_set_sender(take_entry);
	log_event(LOG_DOCUMENT_FAILED,
		LOG_FIELDS(LOG_FIELD_DOCUMENT(url), LOG_FIELD_URL(url)),
		"Failed: %s", url);
	ck_assert_ptr_null(strstr(sent, "secret"));
	ck_assert_ptr_nonnull(
		strstr(sent, "CERTPROV_URL=http://***@h/x?password=***&a=\n"));
	ck_assert_ptr_nonnull(
		strstr(sent, "MESSAGE=Failed: http://***@h/x?password=***&a="));
}
END_TEST

START_TEST(a_text_longer_than_the_maximum_is_cut)
{
	static char longer[6000];
	CLEANUP(free) char *text = NULL;

	log_set_sender(NULL);
	memset(longer, 'x', sizeof(longer) - 1);
	log_message(LOG_WARNING, "%s", longer);
	text = scratch_read("err");
	ck_assert_uint_lt(strlen(text), LOG_MAX_TEXT + 20);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');

	log_set_sender(take_entry);
	log_event(LOG_STARTED, LOG_FIELDS(LOG_FIELD_URL(longer)), "short");
	ck_assert_uint_lt(strlen(sent), LOG_MAX_TEXT + 200);
}
END_TEST

START_TEST(less_urgent_messages_are_dropped_when_asked)
{
	log_set_sender(NULL);
	log_set_level(LOG_WARNING);
	log_message(LOG_NOTICE, "no");
	ck_assert_int_eq(scratch_size("err"), 0);
	log_message(LOG_WARNING, "yes");
	ck_assert_int_gt(scratch_size("err"), 0);
}
END_TEST

START_TEST(an_inherited_journal_stream_that_is_another_file_is_not_believed)
{
	ck_assert_int_eq(setenv("JOURNAL_STREAM", "1:1", 1), 0);
	log_open();
	log_message(LOG_ERR, "here");
	ck_assert_int_gt(scratch_size("err"), 0);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", "nonsense", 1), 0);
	log_open();
	log_message(LOG_ERR, "here");
}
END_TEST

START_TEST(every_event_has_a_name_and_an_id_of_its_own)
{
	uint8_t id[16];

	for (unsigned i = 0; i < LOG__END; i++) {
		ck_assert_ptr_nonnull(log_event_name((enum log_event)i));
		ck_assert_int_eq(hex_parse(log_event_id((enum log_event)i), id,
					 sizeof(id)),
			0);
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(log_event_id((enum log_event)i),
				log_event_id((enum log_event)j));
	}
}
END_TEST

START_TEST(every_id_has_a_text_in_the_catalog)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	char head[64];
	size_t entries = 0;

	/* The tests run in the top directory. */
	ck_assert_int_eq(
		fd_read_file("systemd/certprov.catalog", 262144, &b), 0);
	for (unsigned i = 0; i < LOG__END; i++) {
		(void)snprintf(head, sizeof(head),
			"\n-- %s\nSubject: ", log_event_id((enum log_event)i));
		ck_assert_msg(strstr((char *)b.data, head) != NULL,
			"no text for %s", log_event_name((enum log_event)i));
	}
	for (char *p = (char *)b.data; (p = strstr(p, "\n-- ")); p++)
		entries++;
	ck_assert_uint_eq(entries, LOG__END);
}
END_TEST

TCase *log_tests(void)
{
	TCase *tc = tcase_create("log");

	tcase_add_checked_fixture(tc, setup, scratch_teardown);
	tcase_add_test(tc, an_event_in_the_journal_has_message_id_and_fields);
	tcase_add_test(tc,
		a_fingerprint_has_a_name_that_the_catalog_can_fill_in_as_well);
	tcase_add_test(tc,
		without_journal_a_line_with_its_priority_goes_to_standard_error);
	tcase_add_test(tc,
		a_journal_that_does_not_take_it_is_replaced_by_standard_error);
	tcase_add_test(tc, what_the_network_sent_cannot_forge_a_line);
	tcase_add_test(
		tc, nothing_that_steers_a_terminal_leaves_in_message_or_field);
	tcase_add_test(tc,
		urls_lose_credentials_and_values_of_queries_in_message_and_field);
	tcase_add_test(tc, a_text_longer_than_the_maximum_is_cut);
	tcase_add_test(tc, less_urgent_messages_are_dropped_when_asked);
	tcase_add_test(tc,
		an_inherited_journal_stream_that_is_another_file_is_not_believed);
	tcase_add_test(tc, every_event_has_a_name_and_an_id_of_its_own);
	tcase_add_test(tc, every_id_has_a_text_in_the_catalog);
	return tc;
}
