/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-junit.h"

#include <errno.h>
#include <string.h>

#include "daemon/certprovctl/check/check-problems.h"
#include "lib/base/string.h"
#include "lib/base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* --- text --- */

static const char *check_junit_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\n':
		return "&#10;";
	case '\t':
		return "&#9;";
	case '\r':
		return "&#13;";
	default:
		return (unsigned char)c < ' ' ? REPLACEMENT : NULL;
	}
}

/* U+FFFE and U+FFFF are no characters of XML 1.0. */
static bool check_junit_is_noncharacter(const char *text)
{
	return strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
		strncmp(text, "\xef\xbf\xbf", 3) == 0;
}

/* The length of the character at text, which is written as it is; 0: what is
 * there is not UTF-8. */
static size_t check_junit_length_of(const char *text)
{
	size_t max = strnlen(text, 4);

	for (size_t n = 1; n <= max; n++)
		if (utf8_valid_bytes(text, n) == n)
			return n;
	return 0;
}

void check_junit_put_text(FILE *out, const char *text)
{
	while (*text) {
		const char *entity = check_junit_entity(*text);
		size_t n = entity ? 1 : check_junit_length_of(text);

		if (!entity && (n == 0 || check_junit_is_noncharacter(text)))
			entity = REPLACEMENT;
		if (entity)
			(void)fputs(entity, out);
		else
			(void)fwrite(text, 1, n, out);
		text += n > 0 ? n : 1;
	}
}

static void check_junit_put_attribute(
	FILE *out, const char *name, const char *value)
{
	(void)fprintf(out, " %s=\"", name);
	check_junit_put_text(out, value);
	(void)fputc('"', out);
}

/* --- a test case --- */

struct check_case {
	const struct check_file *file;
	size_t row;
	size_t version;
	const struct outcome *o;
	enum matrix_state state;
};

static void check_junit_put_result(
	FILE *out, const char *element, const struct outcome *o)
{
	(void)fprintf(out, "<%s", element);
	check_junit_put_attribute(out, "message", o->reason ? o->reason : "");
	/* <skipped> has no type. */
	if (strcmp(element, "skipped") != 0)
		check_junit_put_attribute(out, "type", outcome_result_name(o));
	(void)fputc('>', out);
	check_junit_put_text(out, o->remedy ? o->remedy : "");
	(void)fprintf(out, "</%s>", element);
}

static void check_junit_put_warnings(FILE *out, const struct outcome *o)
{
	if (o->warning_count == 0)
		return;
	(void)fputs("<system-out>", out);
	for (size_t i = 0; i < o->warning_count; i++) {
		const struct warning_words *w = &o->warnings[i];

		(void)fprintf(out, "%swarning %s: ", i > 0 ? "&#10;" : "",
			w->identifier);
		check_junit_put_text(out, w->sentence);
		(void)fputs(w->remedy ? " " : "", out);
		check_junit_put_text(out, w->remedy ? w->remedy : "");
	}
	(void)fputs("</system-out>", out);
}

static int check_junit_put_case(FILE *out, const struct check_case *c)
{
	const struct outcome *known = matrix_known(c->file->matrix, c->row);
	CLEANUP(free) char *place = NULL;
	CLEANUP(free) char *what = NULL;
	CLEANUP(free) char *name = NULL;

	if (problem_place_of(c->o, &place) < 0 ||
		problem_subject_of(known, &what) < 0 ||
		string_format(&name, "%s %s [%s]", place, what,
			matrix_version(c->file->matrix, c->version)) < 0)
		return -ENOMEM;
	(void)fputs("    <testcase", out);
	check_junit_put_attribute(out, "name", name);
	check_junit_put_attribute(out, "classname", c->file->name);
	(void)fputc('>', out);
	if (c->state == MATRIX_REFUSED)
		check_junit_put_result(out,
			c->o->kind == OUTCOME_DOCUMENT ? "error" : "failure",
			c->o);
	if (c->state == MATRIX_SKIPPED)
		check_junit_put_result(out, "skipped", c->o);
	check_junit_put_warnings(out, c->o);
	(void)fputs("</testcase>\n", out);
	return 0;
}

/* --- suites --- */

struct check_suite {
	size_t tests;
	size_t failures;
	size_t errors;
	size_t skipped;
};

static bool check_junit_next(struct check_case *c)
{
	const struct matrix *m = c->file->matrix;

	for (; c->row < matrix_row_count(m); c->row++, c->version = 0)
		for (; c->version < matrix_version_count(m); c->version++) {
			c->o = matrix_cell(m, c->row, c->version);
			c->state = matrix_cell_state(m, c->row, c->version);
			if (c->o)
				return true;
		}
	return false;
}

static struct check_suite check_junit_count(const struct check_file *f)
{
	struct check_suite n = {0};

	for (struct check_case c = {.file = f}; check_junit_next(&c);
		c.version++) {
		bool refused = c.state == MATRIX_REFUSED;
		bool document = c.o->kind == OUTCOME_DOCUMENT;

		n.tests++;
		n.failures += refused && !document;
		n.errors += refused && document;
		n.skipped += c.state == MATRIX_SKIPPED;
	}
	return n;
}

static void check_junit_put_counts(FILE *out, const struct check_suite *n)
{
	(void)fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
		n->tests, n->failures, n->errors);
}

static int check_junit_put_suite(FILE *out, const struct check_file *f)
{
	struct check_suite n = check_junit_count(f);
	int r = 0;

	(void)fputs("  <testsuite", out);
	check_junit_put_attribute(out, "name", f->name);
	check_junit_put_counts(out, &n);
	(void)fprintf(out, " skipped=\"%zu\">\n", n.skipped);
	for (struct check_case c = {.file = f}; r == 0 && check_junit_next(&c);
		c.version++)
		r = check_junit_put_case(out, &c);
	(void)fputs("  </testsuite>\n", out);
	return r;
}

int check_junit_print(const struct check_file *files, size_t count, FILE *out)
{
	struct check_suite all = {0};
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		struct check_suite n = check_junit_count(&files[i]);

		all.tests += n.tests;
		all.failures += n.failures;
		all.errors += n.errors;
	}
	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<testsuites name=\"certprovctl check\"",
		out);
	check_junit_put_counts(out, &all);
	(void)fputs(">\n", out);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = check_junit_put_suite(out, &files[i]);
	(void)fputs("</testsuites>\n", out);
	return r;
}
