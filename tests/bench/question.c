/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/question.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/sha256-size.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"

static struct bytes question_take(char *text)
{
	return (struct bytes){(uint8_t *)text, strlen(text) + 1};
}

struct bytes question_verify(
	const struct bytes *leaf, const struct bytes *intermediate)
{
	CLEANUP(free) char *first = NULL;
	CLEANUP(free) char *second = NULL;
	char *text = NULL;

	must(base64_encode(leaf->data, leaf->len, &first), "memory");
	must(base64_encode(intermediate->data, intermediate->len, &second),
		"memory");
	must(string_format(&text,
		     "{\"method\":\"io.certprov.trust.Verify\",\"parameters\":"
		     "{\"chain\":[\"%s\",\"%s\"],\"host\":\"" BENCH_HOST
		     "\",\"purpose\":\"https\"}}",
		     first, second),
		"memory");
	return question_take(text);
}

struct bytes question_digest(
	const struct bytes *leaf, const struct bytes *intermediate)
{
	CLEANUP(free) uint8_t *both = malloc(leaf->len + intermediate->len);
	uint8_t digest[SHA256_BYTES];
	char hex[SHA256_HEX_SIZE];
	char *text = NULL;

	if (!both)
		die("memory");
	memcpy(both, leaf->data, leaf->len);
	memcpy(both + leaf->len, intermediate->data, intermediate->len);
	if (EVP_Digest(both, leaf->len + intermediate->len, digest, NULL,
		    EVP_sha256(), NULL) != 1)
		die("no digest");
	hex_format(digest, SHA256_BYTES, hex);
	must(string_format(&text,
		     "{\"method\":\"io.certprov.trust.VerifyDigest\","
		     "\"parameters\":{\"chainSha256\":\"%s\",\"host\":\"" BENCH_HOST
		     "\",\"purpose\":\"https\"}}",
		     hex),
		"memory");
	return question_take(text);
}

struct bytes question_of(const char *method)
{
	char *text = NULL;

	must(string_format(&text, "{\"method\":\"%s\"}", method), "memory");
	return question_take(text);
}

bool question_is_trusted(const char *reply)
{
	return strstr(reply, "\"trusted\":true") != NULL;
}

void question_load(
	const char *directory, const char *style, struct question_set *ret)
{
	CLEANUP(free) char *leaves = NULL;
	CLEANUP(free) char *intermediate = NULL;
	CLEANUP(bytes_done) struct bytes all = {0};

	must(string_format(&leaves, "%s.leaves", style), "memory");
	must(string_format(&intermediate, "%s.int.der", style), "memory");
	all = bench_read(directory, leaves);
	bench_split(&all, ret->leaves, BENCH_LEAVES);
	ret->intermediate = bench_read(directory, intermediate);
	for (size_t i = 0; i < BENCH_LEAVES; i++)
		ret->messages[i] =
			question_verify(&ret->leaves[i], &ret->intermediate);
}

void question_set_done(struct question_set *s)
{
	for (size_t i = 0; i < BENCH_LEAVES; i++) {
		bytes_done(&s->leaves[i]);
		bytes_done(&s->messages[i]);
	}
	bytes_done(&s->intermediate);
}
