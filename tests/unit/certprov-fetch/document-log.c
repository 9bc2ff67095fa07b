/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprov-fetch/document-log.h"

#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(struct document_log *log, const char *format, ...)
	PRINTF_LIKE(2, 3);

static void add(struct document_log *log, const char *format, ...)
{
	size_t room = sizeof(log->text) - log->len;
	va_list arguments;
	int n = 0;

	va_start(arguments, format);
	n = vsnprintf(log->text + log->len, room, format, arguments);
	va_end(arguments);
	if (n > 0 && (size_t)n < room)
		log->len += (size_t)n;
	else
		log->text[log->len] = 0;
}

static int on_link(void *userdata, const char *url, int64_t line)
{
	struct document_log *log = userdata;

	log->links++;
	log->last_line = line;
	add(log, "%" PRId64 " link %s\n", line, url);
	return 0;
}

static int on_certificate(void *userdata, const struct document_certificate *c)
{
	struct document_log *log = userdata;

	ck_assert(!c->url != !c->text);
	log->base64 += c->text != NULL;
	log->urls += c->url != NULL;
	log->last_line = c->line;
	add(log, "%" PRId64 " %s %s%s%s\n", c->line, c->url ? "url" : "base64",
		c->url ? c->url : c->text, c->sha256 ? " sha256=" : "",
		c->sha256 ? c->sha256 : "");
	return 0;
}

static int on_setting(void *userdata, const struct document_setting *s)
{
	struct document_log *log = userdata;

	log->settings++;
	log->last_line = s->line;
	add(log, "%" PRId64 " setting %s=%s", s->line, s->name, s->value);
	if (s->index)
		add(log, " idx=%s", s->index);
	if (s->perm)
		add(log, " perm=%s", s->perm);
	if (s->action)
		add(log, " action=%s", s->action);
	add(log, "\n");
	return 0;
}

static int on_refused(void *userdata, const struct document_refusal *r)
{
	struct document_log *log = userdata;

	log->refused++;
	log->last_line = r->line;
	add(log, "%" PRId64 " refused %s %s\n", r->line, r->element,
		verdict_name(r->verdict));
	return 0;
}

const struct document_handler document_log_handler = {
	.link = on_link,
	.certificate = on_certificate,
	.setting = on_setting,
	.refused = on_refused,
};

void document_log_read(struct document_log *log, const void *data, size_t len,
	size_t piece_bytes)
{
	CLEANUP(document_free) struct document *d = NULL;
	const char *p = data;

	document_prepare();
	ck_assert_int_eq(document_new(&document_log_handler, log, &d), 0);
	while (len > 0) {
		size_t n = len < piece_bytes ? len : piece_bytes;

		ck_assert_int_eq(document_push(d, p, n), 0);
		p += n;
		len -= n;
	}
	ck_assert_int_eq(document_finish(d, &log->result), 0);
}

void document_log_read_text(struct document_log *log, const char *text)
{
	struct document_log bytewise = {0};

	document_log_read(log, text, strlen(text), SIZE_MAX);
	document_log_read(&bytewise, text, strlen(text), 1);
	ck_assert_str_eq(log->text, bytewise.text);
	ck_assert_int_eq(log->result.verdict, bytewise.result.verdict);
	ck_assert_int_eq(log->result.line, bytewise.result.line);
}
