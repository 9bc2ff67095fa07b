/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of what is distrusted, beside the database, so that neither a backup
 * nor an empty start lifts a distrust. One line each, tabs between its fields;
 * the last line has a digest of all before it.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/certprovd/sys/durable-file.h"
#include "lib/base/date.h"
#include "lib/base/digest.h"
#include "lib/base/fd.h"
#include "lib/base/hex.h"

#define FILE_HEAD "certprov distrusted 1\n"
#define FILE_FIELDS 5

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
	char added[DATE_TEXT_SIZE];

	hex_format(d->sha256, SHA256_BYTES, sha256);
	date_format(d->added, added);
	(void)fprintf(
		out, "%s\t%s\t%s\t", distrust_kinds[d->kind], sha256, added);
	store_print_escaped(out, d->who);
	(void)fputc('\t', out);
	store_print_escaped(out, d->reason);
	(void)fputc('\n', out);
	return 0;
}

int store_format_distrusted(struct store *s, struct bytes *ret)
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

int store_prepare_distrusted(struct store *s, struct durable_file *ret)
{
	CLEANUP(bytes_done) struct bytes text = {0};
	int r = store_format_distrusted(s, &text);

	if (r == 0)
		r = durable_file_open(s->distrusted_path, ret);
	if (r == 0)
		r = fd_write_full(ret->fd, text.data, text.len);
	return r < 0 ? r : durable_file_flush(ret);
}

static int store_find_distrust_kind(const char *name)
{
	for (int i = 0; i < DISTRUST__END; i++)
		if (strcmp(distrust_kinds[i], name) == 0)
			return i;
	return -EINVAL;
}

int store_parse_distrusted(char *line, struct store_distrusted *ret)
{
	struct store_distrusted d = {0};
	char *fields[FILE_FIELDS];
	int kind = 0;

	for (size_t i = 0; i < FILE_FIELDS; i++) {
		fields[i] = strsep(&line, "\t");
		if (!fields[i] || !store_unescape(fields[i]))
			return -EINVAL;
	}
	kind = store_find_distrust_kind(fields[0]);
	if (line || kind < 0 ||
		hex_parse(fields[1], d.sha256, SHA256_BYTES) < 0)
		return -EINVAL;
	d.kind = (enum distrust_kind)kind;
	/* A bad date is no reason to lose the distrust. */
	if (date_parse(fields[2], &d.added) < 0)
		d.added = 0;
	d.who = *fields[3] ? fields[3] : NULL;
	d.reason = *fields[4] ? fields[4] : NULL;
	*ret = d;
	return 0;
}

int store_distrusted_intact(const char *text, size_t len, bool *ret)
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
