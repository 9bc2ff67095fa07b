/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/varlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/varlink/json-fields.h"
#include "tests/unit/runner.h"

/* Append text and its zero byte, in pieces. */
static void feed(struct varlink_input *in, const char *text, size_t piece)
{
	size_t len = strlen(text) + 1;

	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		ck_assert_int_eq(varlink_input_append(in, text + at, n), 0);
	}
}

START_TEST(messages_come_out_whole_however_they_arrive)
{
	CLEANUP(varlink_input_done) struct varlink_input in = {0};
	const char *text = NULL;
	size_t len = 0;

	ck_assert_int_eq(varlink_input_next(&in, &text, &len), 0);
	feed(&in, "{\"a\":1}", (size_t)_i);
	ck_assert_int_eq(varlink_input_append(&in, "second\0thi", 10), 0);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), 1);
	ck_assert_str_eq(text, "{\"a\":1}");
	ck_assert_uint_eq(len, 7);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), 1);
	ck_assert_str_eq(text, "second");
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), 0);
	ck_assert(varlink_input_unfinished(&in));
	ck_assert_int_eq(varlink_input_append(&in, "rd", 3), 0);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), 1);
	ck_assert_str_eq(text, "third");
	ck_assert(!varlink_input_unfinished(&in));
}
END_TEST

START_TEST(a_message_at_the_limit_passes_and_one_byte_more_does_not)
{
	CLEANUP(varlink_input_done) struct varlink_input in = {.max_bytes = 5};
	CLEANUP(varlink_input_done)
	struct varlink_input open = {.max_bytes = 5};
	const char *text = NULL;
	size_t len = 0;

	feed(&in, "12345", 6);
	feed(&in, "123456", 7);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), 1);
	ck_assert_uint_eq(len, 5);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), -EMSGSIZE);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), -EMSGSIZE);

	ck_assert_int_eq(varlink_input_append(&open, "12345", 5), 0);
	ck_assert_int_eq(varlink_input_next(&open, &text, &len), 0);
	ck_assert_int_eq(varlink_input_append(&open, "6", 1), 0);
	ck_assert_int_eq(varlink_input_next(&open, &text, &len), -EMSGSIZE);
}
END_TEST

START_TEST(what_was_said_is_wiped_before_the_next_unless_it_is_plain)
{
	CLEANUP(varlink_input_done)
	struct varlink_input in = {.plain = _i == 1};
	const char *text = NULL;
	size_t len = 0;

	feed(&in, "a message with a secret", 100);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), 1);
	feed(&in, "next", 5);
	/* As long as a message was: there is room for it yet. */
	ck_assert_uint_ge(in.room, len);
	ck_assert_int_eq(memmem(in.data, len, "secret", 6) != NULL, in.plain);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), 1);
	ck_assert_str_eq(text, "next");
}
END_TEST

START_TEST(the_default_limit_is_256_kib)
{
	CLEANUP(varlink_input_done) struct varlink_input in = {0};
	static const char block[VARLINK_READ_BYTES] = {[0] = 'x'};
	char filled[VARLINK_READ_BYTES];
	const char *text = NULL;
	size_t len = 0;

	memset(filled, block[0], sizeof(filled));
	for (size_t i = 0; i < VARLINK_MESSAGE_MAX_BYTES; i += sizeof(filled))
		ck_assert_int_eq(
			varlink_input_append(&in, filled, sizeof(filled)), 0);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), 0);
	ck_assert_int_eq(varlink_input_append(&in, "x", 1), 0);
	ck_assert_int_eq(varlink_input_next(&in, &text, &len), -EMSGSIZE);
}
END_TEST

START_TEST(memory_does_not_grow_with_the_number_of_messages)
{
	CLEANUP(varlink_input_done) struct varlink_input in = {0};
	const char *text = NULL;
	size_t len = 0;

	for (size_t i = 0; i < 1000; i++) {
		feed(&in, "{\"method\":\"a.b\"}", 5);
		ck_assert_int_eq(varlink_input_next(&in, &text, &len), 1);
	}
	ck_assert_uint_lt(in.room, 64);
}
END_TEST

static int decode_call(const char *text, struct varlink_call *ret)
{
	return varlink_call_decode(text, strlen(text), ret);
}

static int decode_reply(const char *text, struct varlink_reply *ret)
{
	return varlink_reply_decode(text, strlen(text), ret);
}

START_TEST(a_call_with_everything_is_decoded)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};

	ck_assert_int_eq(decode_call("{\"method\":\"org.x.M\",\"parameters\":"
				     "{\"a\":1},\"more\":true,\"oneway\":false,"
				     "\"upgrade\":false}",
				 &call),
		0);
	ck_assert_str_eq(call.method, "org.x.M");
	ck_assert_str_eq(call.parameters->child->string, "a");
	ck_assert(call.more);
	ck_assert(!call.oneway);
	ck_assert(!call.upgrade);
}
END_TEST

static const char *const no_parameters[] = {
	"{\"method\":\"a.B\"}",
	"{\"method\":\"a.B\",\"parameters\":null}",
	"{\"method\":\"a.B\",\"parameters\":{}}",
	"{\"method\":\"a.B\",\"parameters\":{},\"more\":null}",
};

START_TEST(absent_null_and_empty_parameters_are_alike)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};

	ck_assert_int_eq(decode_call(no_parameters[_i], &call), 0);
	ck_assert_ptr_null(call.parameters);
}
END_TEST

static const char *const bad_calls[] = {
	"",
	"[]",
	"\"a.B\"",
	"{}",
	"{\"method\":1}",
	"{\"method\":\"\"}",
	"{\"method\":null}",
	"{\"method\":\"a.B\",\"parameters\":[]}",
	"{\"method\":\"a.B\",\"parameters\":\"x\"}",
	"{\"method\":\"a.B\",\"more\":1}",
	"{\"method\":\"a.B\",\"more\":true,\"oneway\":true}",
	"{\"method\":\"a.B\",\"oneway\":true,\"upgrade\":true}",
	"{\"method\":\"a.B\",\"continues\":true}",
	"{\"method\":\"a.B\",\"Parameters\":{}}",
	"{\"method\":\"a.B\",\"method\":\"a.C\"}",
	"{\"method\":\"a.\\u0000B\"}",
	"{\"method\":\"a.B\"}}",
};

START_TEST(a_message_that_is_no_call_is_refused)
{
	struct varlink_call call = {.method = NULL, .more = true};

	ck_assert_msg(decode_call(bad_calls[_i], &call) == -EBADMSG, "%s",
		bad_calls[_i]);
	ck_assert_ptr_null(call.method);
	ck_assert(call.more);
}
END_TEST

START_TEST(replies_and_errors_are_decoded)
{
	CLEANUP(varlink_reply_done) struct varlink_reply plain = {0};
	CLEANUP(varlink_reply_done) struct varlink_reply more = {0};
	CLEANUP(varlink_reply_done) struct varlink_reply error = {0};

	ck_assert_int_eq(decode_reply("{}", &plain), 0);
	ck_assert_ptr_null(plain.error);
	ck_assert_ptr_null(plain.parameters);
	ck_assert_int_eq(
		decode_reply(
			"{\"parameters\":{\"x\":1},\"continues\":true}", &more),
		0);
	ck_assert(more.continues);
	ck_assert_int_eq(
		decode_reply("{\"error\":\"a.E\",\"parameters\":{\"n\":\"v\"}}",
			&error),
		0);
	ck_assert_str_eq(error.error, "a.E");
	ck_assert_str_eq(error.parameters->child->valuestring, "v");
}
END_TEST

static const char *const bad_replies[] = {
	"[]",
	"{\"error\":\"\"}",
	"{\"error\":7}",
	"{\"error\":\"a.E\",\"continues\":true}",
	"{\"parameters\":[]}",
	"{\"method\":\"a.B\"}",
};

START_TEST(a_message_that_is_no_reply_is_refused)
{
	struct varlink_reply reply = {0};

	ck_assert_msg(decode_reply(bad_replies[_i], &reply) == -EBADMSG, "%s",
		bad_replies[_i]);
}
END_TEST

START_TEST(what_is_encoded_is_minimal_and_ends_in_a_zero_byte)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};
	CLEANUP(bytes_done) struct bytes b = {0};
	CLEANUP(bytes_done) struct bytes reply = {0};
	static const char expected[] =
		"{\"method\":\"a.B\",\"parameters\":{\"k\":[1]},\"more\":true}";

	ck_assert_int_eq(decode_call(expected, &call), 0);
	ck_assert_int_eq(varlink_call_encode(&call, &b), 0);
	ck_assert_uint_eq(b.len, sizeof(expected));
	ck_assert_mem_eq(b.data, expected, sizeof(expected));
	/* The parameters were lent, not taken. */
	ck_assert_int_eq(cJSON_GetArraySize(call.parameters), 1);

	ck_assert_int_eq(
		varlink_reply_encode(&(struct varlink_reply){0}, &reply), 0);
	ck_assert_str_eq((char *)reply.data, "{\"parameters\":{}}");
}
END_TEST

START_TEST(an_error_is_encoded_with_its_parameters)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(bytes_done) struct bytes b = {0};
	CLEANUP(varlink_reply_done)
	struct varlink_reply reply = {
		.error = strdup(VARLINK_INVALID_PARAMETER),
	};

	json_put_string(&w, "parameter", "chain");
	ck_assert_int_eq(json_take(&w, &reply.parameters), 0);
	ck_assert_int_eq(varlink_reply_encode(&reply, &b), 0);
	ck_assert_str_eq((char *)b.data,
		"{\"error\":\"org.varlink.service.InvalidParameter\","
		"\"parameters\":{\"parameter\":\"chain\"}}");
}
END_TEST

/* {"parameters":{"x":"..."}} of exactly this length. */
static int encode_reply_of(size_t len, struct bytes *ret)
{
	CLEANUP(varlink_reply_done) struct varlink_reply reply = {0};
	CLEANUP(json_done) struct json_writer w = {0};
	size_t n = len - strlen("{\"parameters\":{\"x\":\"\"}}");
	CLEANUP(free) char *text = calloc(1, n + 1);

	memset(text, 'x', n);
	json_put_string(&w, "x", text);
	ck_assert_int_eq(json_take(&w, &reply.parameters), 0);
	return varlink_reply_encode(&reply, ret);
}

START_TEST(a_message_its_reader_would_refuse_is_not_encoded)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	CLEANUP(bytes_done) struct bytes none = {0};

	ck_assert_int_eq(encode_reply_of(VARLINK_MESSAGE_MAX_BYTES, &b), 0);
	ck_assert_uint_eq(b.len, VARLINK_MESSAGE_MAX_BYTES + 1);
	ck_assert_int_eq(encode_reply_of(VARLINK_MESSAGE_MAX_BYTES + 1, &none),
		-EMSGSIZE);
	ck_assert_ptr_null(none.data);
}
END_TEST

TCase *varlink_tests(void);

TCase *varlink_tests(void)
{
	TCase *tc = tcase_create("varlink");

	tcase_add_loop_test(
		tc, messages_come_out_whole_however_they_arrive, 1, 10);
	tcase_add_test(
		tc, a_message_at_the_limit_passes_and_one_byte_more_does_not);
	tcase_add_loop_test(tc,
		what_was_said_is_wiped_before_the_next_unless_it_is_plain, 0,
		2);
	tcase_add_test(tc, the_default_limit_is_256_kib);
	tcase_add_test(tc, memory_does_not_grow_with_the_number_of_messages);
	tcase_add_test(tc, a_call_with_everything_is_decoded);
	tcase_add_loop_test(tc, absent_null_and_empty_parameters_are_alike, 0,
		ARRAY_SIZE(no_parameters));
	tcase_add_loop_test(tc, a_message_that_is_no_call_is_refused, 0,
		ARRAY_SIZE(bad_calls));
	tcase_add_test(tc, replies_and_errors_are_decoded);
	tcase_add_loop_test(tc, a_message_that_is_no_reply_is_refused, 0,
		ARRAY_SIZE(bad_replies));
	tcase_add_test(tc, what_is_encoded_is_minimal_and_ends_in_a_zero_byte);
	tcase_add_test(tc, an_error_is_encoded_with_its_parameters);
	tcase_add_test(tc, a_message_its_reader_would_refuse_is_not_encoded);
	return tc;
}
