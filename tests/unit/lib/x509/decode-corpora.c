/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/decode.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "tests/unit/runner.h"

#define LINE_MAX_BYTES 1024
#define FILE_MAX_BYTES ((size_t)1 << 20)
#define COLUMNS 6
/* Of what decoding says: yes, too large, or a row of the bytes and later. */
#define BIT_OF(v)                                                              \
	((v) == VERDICT_ACCEPTED                                               \
			? 0U                                                   \
			: (unsigned)(v) - (unsigned)VERDICT_TOO_LARGE + 1)
#define BIT(v) (1ULL << BIT_OF(VERDICT_##v))

_Static_assert(BIT_OF(VERDICT__END) <= 64, "verdicts are bits of a number");

/* What may become of the files of one kind; accepted is an answer, too. */
struct allowed {
	const char *expected; /* columns openssl30 or expected */
	const char *encoding; /* NULL: whatever */
	uint64_t verdicts;
};

struct counts {
	unsigned files;
	unsigned by[VERDICT__END];
};

/* The file's verdict, by the door it would come in. */
static enum verdict verdict_of_der(const struct bytes *b)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	struct decode_refusal refusal = {.verdict = VERDICT__END};

	ck_assert_int_eq(decode_der(b->data, b->len, &c, &refusal), 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	return c ? VERDICT_ACCEPTED : refusal.verdict;
}

static enum verdict verdict_of_base64(const struct bytes *b)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	struct decode_refusal refusal = {.verdict = VERDICT__END};

	ck_assert_int_eq(
		decode_base64((const char *)b->data, b->len, &der, &refusal),
		0);
	return der.data ? verdict_of_der(&der) : refusal.verdict;
}

static uint64_t allowed_of(
	const struct allowed *table, size_t count, char *const columns[COLUMNS])
{
	for (size_t i = 0; i < count; i++)
		if (string_equal(table[i].expected, columns[2]) &&
			(!table[i].encoding ||
				string_equal(table[i].encoding, columns[5])))
			return table[i].verdicts;
	ck_abort_msg("%s: nothing is said of %s", columns[0], columns[2]);
}

static void check_file(const char *dir, char *const columns[COLUMNS],
	const struct allowed *table, size_t table_count, struct counts *counts)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	CLEANUP(free) char *path = NULL;
	enum verdict verdict = VERDICT__END;

	ck_assert_int_eq(string_format(&path, "%s/%s", dir, columns[0]), 0);
	ck_assert_int_eq(fd_read_file(path, FILE_MAX_BYTES, &b), 0);
	verdict = strstr(columns[0], ".txt") ? verdict_of_base64(&b)
					     : verdict_of_der(&b);
	ck_assert_uint_lt(verdict, VERDICT__END);
	ck_assert_uint_lt(BIT_OF(verdict), 64);
	ck_assert_msg(
		allowed_of(table, table_count, columns) >> BIT_OF(verdict) & 1,
		"%s (%s, %s) is %s", columns[0], columns[2],
		columns[5] ? columns[5] : "-", verdict_name(verdict));
	counts->files++;
	counts->by[verdict]++;
}

static void check_all(const char *dir, const char *list,
	const struct allowed *table, size_t table_count, struct counts *counts)
{
	CLEANUP(free) char *path = NULL;
	char line[LINE_MAX_BYTES];
	FILE *f = NULL;

	ck_assert_int_eq(string_format(&path, "%s/%s", dir, list), 0);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f)); /* the heading */
	while (fgets(line, sizeof(line), f)) {
		char *columns[COLUMNS] = {NULL};
		char *rest = line;

		line[strcspn(line, "\n")] = 0;
		for (size_t i = 0; i < COLUMNS && rest; i++)
			columns[i] = strsep(&rest, "\t");
		check_file(dir, columns, table, table_count, counts);
	}
	(void)fclose(f);
}

/*
 * As OpenSSL reads them, then as we do. Accepted files may still have dates
 * of another form (malformed) or an encoding whose fault OpenSSL keeps when
 * it encodes again (not-canonical): how many is counted below.
 */
static const struct allowed der_files[] = {
	/* BER is not decoded to see what else is wrong with it. */
	{"no-parse", NULL, BIT(MALFORMED) | BIT(NOT_DER) | BIT(NOT_CANONICAL)},
	{"trailing", "re-encodes-differently",
		BIT(TRAILING_DATA) | BIT(NOT_CANONICAL)},
	{"trailing", NULL, BIT(TRAILING_DATA)},
	{"parse", "re-encodes-differently", BIT(NOT_CANONICAL)},
	{"parse-no-key", "re-encodes-differently", BIT(NOT_CANONICAL)},
	{"parse-ext-invalid", "re-encodes-differently", BIT(NOT_CANONICAL)},
	{"parse-ext-invalid", "canonical",
		BIT(INVALID_EXTENSION) | BIT(MALFORMED) | BIT(NOT_CANONICAL)},
	{"parse", "canonical",
		BIT(ACCEPTED) | BIT(MALFORMED) | BIT(NOT_CANONICAL)},
	{"parse-no-key", "canonical",
		BIT(ACCEPTED) | BIT(MALFORMED) | BIT(NOT_CANONICAL)},
};

START_TEST(every_odd_certificate_gets_the_answer_of_its_kind)
{
	const char *corpora = corpora_or_skip("odd certificates");
	CLEANUP(free) char *dir = NULL;
	struct counts counts = {0};

	if (!corpora)
		return;
	ck_assert_int_eq(string_format(&dir, "%s/der", corpora), 0);
	check_all(
		dir, "SOURCES.tsv", der_files, ARRAY_SIZE(der_files), &counts);
	ck_assert_uint_eq(counts.files, 299);
	ck_assert_uint_eq(counts.by[VERDICT_ACCEPTED], 157);
	ck_assert_uint_eq(counts.by[VERDICT_TRAILING_DATA], 10);
	ck_assert_uint_eq(counts.by[VERDICT_INVALID_EXTENSION], 44);
	/* 15 that OpenSSL encodes differently, 14 whose fault it keeps, 18
	 * whose lengths are not even told. */
	ck_assert_uint_eq(counts.by[VERDICT_NOT_CANONICAL], 47);
	/* 29 that do not parse, 9 by their dates. */
	ck_assert_uint_eq(counts.by[VERDICT_MALFORMED], 38);
	ck_assert_uint_eq(counts.by[VERDICT_NOT_DER], 3);
}
END_TEST

static const struct allowed base64_files[] = {
	{"certificate", NULL, BIT(ACCEPTED)},
	{"not-base64, it is PEM", NULL, BIT(NOT_BASE64)},
	{"not-base64", NULL, BIT(NOT_BASE64)},
	{"malformed DER", NULL, BIT(MALFORMED) | BIT(NOT_CANONICAL)},
	{"trailing data", NULL, BIT(TRAILING_DATA)},
	{"not DER", NULL, BIT(NOT_DER)},
};

START_TEST(every_base64_payload_gets_the_answer_expected)
{
	const char *corpora = corpora_or_skip("base64 payloads");
	CLEANUP(free) char *dir = NULL;
	struct counts counts = {0};

	if (!corpora)
		return;
	ck_assert_int_eq(string_format(&dir, "%s/base64", corpora), 0);
	check_all(dir, "EXPECTED.tsv", base64_files, ARRAY_SIZE(base64_files),
		&counts);
	ck_assert_uint_eq(counts.files, 18);
	ck_assert_uint_eq(counts.by[VERDICT_ACCEPTED], 3);
	ck_assert_uint_eq(counts.by[VERDICT_NOT_BASE64], 8);
	ck_assert_uint_eq(counts.by[VERDICT_MALFORMED], 1);
	ck_assert_uint_eq(counts.by[VERDICT_NOT_CANONICAL], 2);
	ck_assert_uint_eq(counts.by[VERDICT_TRAILING_DATA], 2);
	ck_assert_uint_eq(counts.by[VERDICT_NOT_DER], 2);
}
END_TEST

TCase *decode_corpora_tests(void);

TCase *decode_corpora_tests(void)
{
	TCase *tc = tcase_create("decode-corpora");

	tcase_add_test(tc, every_odd_certificate_gets_the_answer_of_its_kind);
	tcase_add_test(tc, every_base64_payload_gets_the_answer_expected);
	return tc;
}
