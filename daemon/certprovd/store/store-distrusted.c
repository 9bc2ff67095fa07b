/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is distrusted stands in the database and in a file of its own, so that
 * neither a backup nor an empty start lifts it. One line a distrust, tabs
 * between its fields, a digest over all of them in the last line.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"
#include "lib/base/digest.h"

#define FILE_HEAD "certprov distrusted 1\n"
#define FILE_FIELDS 5
#define FILE_MAX_BYTES ((size_t)4 << 20)
/* A reason or name in the file; longer ones are refused. */
#define MAX_TEXT 1000

int store_add_distrusted(
	struct store *s, const struct store_distrusted *d, bool *ret_added)
{
	int64_t count = 0;
	int rows = 0;
	int r = store_query_integer(
		s, SQL_DISTRUSTED_COUNT, STORE_NO_VALUES, &count);

	assert(d->kind < DISTRUST__END);

	if (r < 0)
		return r;
	if ((d->reason && strlen(d->reason) > MAX_TEXT) ||
		(d->who && strlen(d->who) > MAX_TEXT))
		return -EINVAL;
	if (count >= s->options.max_distrusted && !s->opening)
		return -EDQUOT;
	r = store_change_rows(s, SQL_DISTRUSTED_ADD,
		STORE_VALUES(value_integer(d->kind), value_sha256(d->sha256),
			value_text(d->reason), value_integer(d->added),
			value_text(d->who)),
		&rows);
	if (r < 0)
		return r;
	if (rows > 0) {
		store_touch(s);
		s->distrusted_changed = true;
	}
	*ret_added = rows > 0;
	return 0;
}

int store_lift_distrusted(struct store *s, enum distrust_kind kind,
	const uint8_t sha256[SHA256_BYTES], bool *ret_lifted)
{
	int rows = 0;
	int r = store_change_rows(s, SQL_DISTRUSTED_LIFT,
		STORE_VALUES(value_integer(kind), value_sha256(sha256)), &rows);

	if (r < 0)
		return r;
	if (rows > 0) {
		store_touch(s);
		s->distrusted_changed = true;
	}
	*ret_lifted = rows > 0;
	return 0;
}

struct distrusted_rows {
	store_distrusted_fn *fn;
	void *userdata;
};

static int store_take_distrusted(void *userdata, sqlite3_stmt *row)
{
	const struct distrusted_rows *rows = userdata;
	int64_t kind = sqlite3_column_int64(row, 0);
	struct store_distrusted d = {
		.reason = column_text(row, 2),
		.added = sqlite3_column_int64(row, 3),
		.who = column_text(row, 4),
	};

	if (kind < 0 || kind >= DISTRUST__END ||
		!column_sha256(row, 1, d.sha256))
		return 0;
	d.kind = (enum distrust_kind)kind;
	return rows->fn(rows->userdata, &d);
}

int store_each_distrusted(
	struct store *s, store_distrusted_fn *fn, void *userdata)
{
	struct distrusted_rows rows = {.fn = fn, .userdata = userdata};

	return store_query(s, SQL_DISTRUSTED_EACH, STORE_NO_VALUES,
		&(struct store_rows){
			.fn = store_take_distrusted, .userdata = &rows});
}

/* Text without tab, newline or control character: %XX for them. */
static void store_print_escaped(FILE *out, const char *text)
{
	for (; text && *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 0x7f || c == '%')
			(void)fprintf(out, "%%%02x", c);
		else
			(void)fputc(c, out);
	}
}

/* Back, in place; false when a % is not one of ours. */
static bool store_unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		char hex[3] = {0};
		uint8_t c = (uint8_t)*text;

		if (*text == '%') {
			(void)snprintf(hex, sizeof(hex), "%s", text + 1);
			if (hex_parse(hex, &c, 1) < 0 || c == 0)
				return false;
			text += 2;
		}
		*to++ = (char)c;
	}
	*to = 0;
	return true;
}

static int store_print_one(void *userdata, const struct store_distrusted *d)
{
	FILE *out = userdata;
	char sha256[SHA256_HEX_SIZE];
	char added[TIME_TEXT_SIZE];

	hex_format(d->sha256, SHA256_BYTES, sha256);
	time_format(d->added, added);
	(void)fprintf(
		out, "%s\t%s\t%s\t", distrust_kinds[d->kind], sha256, added);
	store_print_escaped(out, d->who);
	(void)fputc('\t', out);
	store_print_escaped(out, d->reason);
	(void)fputc('\n', out);
	return 0;
}

/* The table as the text of the file. */
static int store_format_file(struct store *s, struct bytes *ret)
{
	CLEANUP(bytes_done) struct bytes text = {0};
	char sum[SHA256_HEX_SIZE];
	FILE *out = open_memstream((char **)&text.data, &text.len);
	int r = 0;

	if (!out)
		return -ENOMEM;
	(void)fputs(FILE_HEAD, out);
	r = store_each_distrusted(s, store_print_one, out);
	if (fflush(out) != 0)
		r = -ENOMEM;
	if (r == 0)
		r = digest_sha256_hex(text.data, text.len, sum);
	if (r == 0)
		(void)fprintf(out, "end\t%s\n", sum);
	if (fclose(out) != 0)
		r = -ENOMEM;
	if (r < 0)
		return r;

	ret->len = text.len;
	ret->data = TAKE_PTR(text.data);
	return 0;
}

static int store_distrusted_prepare(
	struct store *s, const struct bytes *text, struct durable_file *ret)
{
	int r = durable_file_open(s->distrusted_path, ret);

	if (r == 0)
		r = write_full(ret->fd, text->data, text->len);
	if (r == 0 && fsync(ret->fd) < 0)
		r = -errno;
	return r;
}

int store_prepare_distrusted(struct store *s, struct durable_file *ret)
{
	CLEANUP(bytes_done) struct bytes text = {0};
	int r = store_format_file(s, &text);

	return r < 0 ? r : store_distrusted_prepare(s, &text, ret);
}

static int store_find_kind(const char *name)
{
	for (int i = 0; i < DISTRUST__END; i++)
		if (strcmp(distrust_kinds[i], name) == 0)
			return i;
	return -EINVAL;
}

/* One line, cut at its end; it is taken apart in place. */
static int store_parse_line(char *line, struct store_distrusted *ret)
{
	struct store_distrusted d = {0};
	char *fields[FILE_FIELDS];
	int kind = 0;

	for (size_t i = 0; i < FILE_FIELDS; i++) {
		fields[i] = strsep(&line, "\t");
		if (!fields[i] || !store_unescape(fields[i]))
			return -EINVAL;
	}
	kind = store_find_kind(fields[0]);
	if (line || kind < 0 ||
		hex_parse(fields[1], d.sha256, SHA256_BYTES) < 0)
		return -EINVAL;
	d.kind = (enum distrust_kind)kind;
	/* A date or a name is not worth losing the distrust for. */
	if (time_parse(fields[2], &d.added) < 0)
		d.added = 0;
	d.who = *fields[3] ? fields[3] : NULL;
	d.reason = *fields[4] ? fields[4] : NULL;
	*ret = d;
	return 0;
}

/* The file ends with the digest of what comes before. */
static int store_look_whether_intact(const char *text, size_t len, bool *ret)
{
	static const size_t trailer =
		sizeof("end\t\n") - 1 + SHA256_HEX_SIZE - 1;
	char sum[SHA256_HEX_SIZE];
	int r = 0;

	*ret = false;
	if (len != strlen(text) || len < strlen(FILE_HEAD) + trailer ||
		strncmp(text, FILE_HEAD, strlen(FILE_HEAD)) != 0)
		return 0;
	r = digest_sha256_hex(text, len - trailer, sum);
	if (r < 0)
		return r;
	text += len - trailer;
	*ret = strncmp(text, "end\t", 4) == 0 && text[trailer - 1] == '\n' &&
		strncmp(text + 4, sum, SHA256_HEX_SIZE - 1) == 0;
	return 0;
}

/* What the file distrusts goes into the table. */
static int store_take_file(struct store *s, char *text)
{
	char *line = NULL;
	int r = 0;

	while (r == 0 && (line = strsep(&text, "\n"))) {
		struct store_distrusted d;
		bool added = false;

		if (store_parse_line(line, &d) == 0)
			r = store_add_distrusted(s, &d, &added);
	}
	return r;
}

static int store_merge(struct store *s, char *text, bool replace)
{
	int r = store_begin(s);

	if (r < 0)
		return r;
	if (replace)
		r = store_execute(s, SQL_DISTRUSTED_CLEAR, STORE_NO_VALUES);
	if (r == 0)
		r = store_take_file(s, text);
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	return store_commit(s);
}

/* The file is brought to what the table says. */
static int store_renew_file(struct store *s, const char *before)
{
	CLEANUP(bytes_done) struct bytes now = {0};
	int r = store_format_file(s, &now);

	if (r < 0 ||
		(before && strlen(before) == now.len &&
			memcmp(before, now.data, now.len) == 0))
		return r;
	return s->read_only
		? 0
		: durable_file_write(s->distrusted_path, now.data, now.len);
}

int store_merge_distrusted(struct store *s, bool restored)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	CLEANUP(free) char *before = NULL;
	bool whole = false;
	int r = read_file(s->distrusted_path, FILE_MAX_BYTES, &file);

	if (r == -ENOENT)
		return store_renew_file(s, NULL);
	if (r < 0)
		return r;

	/* Cut at a zero byte, if damage put one there: before is text. */
	r = replace_string(&before, (char *)file.data);
	if (r < 0)
		return r;
	r = store_look_whether_intact((char *)file.data, file.len, &whole);
	if (r < 0)
		return r;
	if (!whole)
		store_say(s,
			&(struct store_event){.kind = STORE_DISTRUSTED_DAMAGED,
				.path = s->distrusted_path,
				.text = "The file of what is distrusted is "
					"damaged; what the trust database and "
					"the legible lines say counts."});
	/* A distrust that was lifted after the backup stays lifted, but only
	 * if the file can be believed. */
	r = store_merge(s, (char *)file.data, restored && whole);
	return r < 0 ? r : store_renew_file(s, before);
}
