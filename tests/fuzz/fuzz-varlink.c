/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framing and messages: the first byte says in which pieces the others
 * arrive. However they do, the messages are those between the zero bytes, and
 * a message that decodes is encoded to one that decodes to the same.
 */
#include "lib/varlink/varlink.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/string.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool same_parameters(const cJSON *a, const cJSON *b)
{
	return a && b ? cJSON_Compare(a, b, 1) : a == b;
}

static void try_call(const char *text, size_t len)
{
	CLEANUP(varlink_call_done) struct varlink_call first = {0};
	CLEANUP(varlink_call_done) struct varlink_call second = {0};
	CLEANUP(bytes_done) struct bytes b = {0};
	int r = varlink_call_decode(text, len, &first);

	if (r < 0) {
		require(r == -EBADMSG);
		return;
	}
	r = varlink_call_encode(&first, &b);
	if (r == -EMSGSIZE) /* numbers may print longer than they came */
		return;
	require(r == 0 && b.data[b.len - 1] == 0);
	r = varlink_call_decode((char *)b.data, b.len - 1, &second);
	require(r == 0 && strcmp(first.method, second.method) == 0);
	require(first.more == second.more && first.oneway == second.oneway &&
		first.upgrade == second.upgrade);
	require(same_parameters(first.parameters, second.parameters));
}

static void try_reply(const char *text, size_t len)
{
	CLEANUP(varlink_reply_done) struct varlink_reply first = {0};
	CLEANUP(varlink_reply_done) struct varlink_reply second = {0};
	CLEANUP(bytes_done) struct bytes b = {0};

	if (varlink_reply_decode(text, len, &first) < 0)
		return;
	if (varlink_reply_encode(&first, &b) == -EMSGSIZE)
		return;
	require(varlink_reply_decode((char *)b.data, b.len - 1, &second) == 0);
	require(string_equal(first.error, second.error) &&
		first.continues == second.continues);
	require(same_parameters(first.parameters, second.parameters));
}

/* Every message that is there must be the one at *at in the data. */
static void take_all(struct varlink_input *in, const uint8_t *data, size_t *at)
{
	const char *text = NULL;
	size_t len = 0;

	while (varlink_input_next(in, &text, &len) > 0) {
		require(memcmp(data + *at, text, len + 1) == 0);
		*at += len + 1;
		try_call(text, len);
		try_reply(text, len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(varlink_input_done) struct varlink_input in = {0};
	size_t piece = size > 0 ? 1 + data[0] % 64U : 1;
	size_t at = 1;

	for (size_t i = 1; i < size; i += piece) {
		size_t n = size - i < piece ? size - i : piece;

		require(varlink_input_append(&in, data + i, n) == 0);
		take_all(&in, data, &at);
	}
	require(size == 0 || !memchr(data + at, 0, size - at));
	return 0;
}
