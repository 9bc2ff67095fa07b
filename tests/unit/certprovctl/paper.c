/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprovctl/paper.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/verbs.h"
#include "tests/unit/runner.h"

#define MAX_WORDS 16

static struct {
	char *text;
	size_t len;
	FILE *file;
} sheets[2];
static struct screen screen;

static void sheet_done(size_t i)
{
	if (sheets[i].file)
		ck_assert_int_eq(fclose(sheets[i].file), 0);
	free(sheets[i].text);
	sheets[i].text = NULL;
	sheets[i].file = NULL;
}

static void fresh(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sheets); i++) {
		sheet_done(i);
		sheets[i].file =
			open_memstream(&sheets[i].text, &sheets[i].len);
		ck_assert_ptr_nonnull(sheets[i].file);
	}
}

void paper_setup(void)
{
	static const char *const said[] = {
		"COLUMNS", "NO_COLOR", "CERTPROV_RUNTIME_DIR"};

	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		ck_assert_int_eq(unsetenv(said[i]), 0);
	fresh();
}

void paper_teardown(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sheets); i++)
		sheet_done(i);
}

struct screen *paper_screen(size_t width)
{
	screen = (struct screen){
		.out = sheets[0].file,
		.err = sheets[1].file,
		.width = width,
	};
	return &screen;
}

static const char *written(size_t i)
{
	ck_assert_int_eq(fflush(sheets[i].file), 0);
	return sheets[i].text;
}

const char *paper_out(void)
{
	return written(0);
}

const char *paper_err(void)
{
	return written(1);
}

void paper_prints(const char *part)
{
	ck_assert_msg(strstr(paper_out(), part) != NULL, "%s lacks %s",
		paper_out(), part);
}

void paper_says(const char *part)
{
	ck_assert_msg(strstr(paper_err(), part) != NULL, "%s lacks %s",
		paper_err(), part);
}

int paper_run(const char *words)
{
	CLEANUP(free) char *copy = strdup(words);
	char program[] = "certprovctl";
	char *argv[MAX_WORDS + 1] = {program};
	char *rest = NULL;
	int argc = 1;

	ck_assert_ptr_nonnull(copy);
	for (char *word = strtok_r(copy, " ", &rest); word;
		word = strtok_r(NULL, " ", &rest)) {
		ck_assert_int_lt(argc, MAX_WORDS);
		argv[argc++] = word;
	}
	fresh();
	return verbs_main(argc, argv, sheets[0].file, sheets[1].file);
}
