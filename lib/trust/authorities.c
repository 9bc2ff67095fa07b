/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/authorities.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/bytes.h"
#include "lib/base/der.h"
#include "lib/base/digest.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/trust/pem-reader.h"
#include "lib/x509/certificate.h"
#include "lib/x509/decode-hint.h"
#include "lib/x509/skeleton.h"

/* Of a sentence about one entry. */
#define WHAT_SIZE 256

struct loader {
	struct anchors *anchors;
	struct authorities_report *report;
	const char *file; /* the one that is read */
};

/* --- the report --- */

static void authorities_finding_done(struct authorities_finding *f)
{
	free(f->file);
	free(f->what);
	*f = (struct authorities_finding){0};
}

void authorities_report_done(struct authorities_report *r)
{
	for (size_t k = 0; k < AUTHORITIES__END; k++)
		for (size_t i = 0; i < AUTHORITIES_MAX_FINDINGS; i++)
			authorities_finding_done(&r->findings[k].items[i]);
	*r = (struct authorities_report){0};
}

size_t authorities_read_count(const struct authorities_report *r)
{
	return r->loaded + r->duplicates;
}

size_t authorities_found_count(const struct authorities_report *r)
{
	return authorities_read_count(r) + r->lost;
}

size_t authorities_kept(
	const struct authorities_report *r, enum authorities_kind kind)
{
	size_t n = r->findings[kind].count;

	return n < AUTHORITIES_MAX_FINDINGS ? n : AUTHORITIES_MAX_FINDINGS;
}

int authorities_finding_text(
	const struct authorities_finding *f, const char *not_named, char **ret)
{
	bool named = !not_named || strcmp(f->file, not_named) != 0;
	const char *file = named ? f->file : "";
	const char *between = named ? ": " : "";

	if (f->line == 0)
		return string_format(ret, "%s%s%s", file, between, f->what);
	return string_format(
		ret, "%s%sline %u: %s", file, between, f->line, f->what);
}

static int authorities_find(struct loader *l, enum authorities_kind kind,
	unsigned line, const char *format, ...) PRINTF_LIKE(4, 5);

static int authorities_find(struct loader *l, enum authorities_kind kind,
	unsigned line, const char *format, ...)
{
	struct authorities_findings *all = &l->report->findings[kind];
	struct authorities_finding *f = NULL;
	char what[WHAT_SIZE];
	va_list arguments;
	int r = 0;

	if (kind == AUTHORITIES_LOST && line > 0)
		l->report->lost++;
	if (all->count++ >= AUTHORITIES_MAX_FINDINGS)
		return 0;
	f = &all->items[all->count - 1];
	va_start(arguments, format);
	(void)vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	f->line = line;
	r = string_replace(&f->file, l->file);
	return r < 0 ? r : string_replace(&f->what, what);
}

/* --- one certificate --- */

/* Why these bytes are no certificate, as exactly as their form says it. */
static int authorities_lose(
	struct loader *l, unsigned line, const void *der, size_t len)
{
	struct decode_hint hint;
	struct der_value v;

	if (len > CERTIFICATE_MAX_BYTES)
		return authorities_find(l, AUTHORITIES_LOST, line,
			"the certificate has %zu bytes; the limit is %zu", len,
			CERTIFICATE_MAX_BYTES);
	if (der_read(der, len, &v) && v.end != (const uint8_t *)der + len)
		return authorities_find(l, AUTHORITIES_LOST, line,
			"%zu bytes follow the certificate in its own block",
			(size_t)((const uint8_t *)der + len - v.end));
	if (decode_hint(der, len, &hint))
		return authorities_find(l, AUTHORITIES_LOST, line,
			"this is not a certificate: it is %s%s%s", hint.what,
			hint.convert ? "; to convert it: " : "",
			hint.convert ? hint.convert : "");
	return authorities_find(l, AUTHORITIES_LOST, line,
		"the certificate is damaged or incomplete: its DER encoding "
		"does not hold together");
}

/* *ret_again: it was there already. */
static int authorities_add_der(
	struct loader *l, const void *der, size_t len, bool *ret_again)
{
	uint8_t sha256[SHA256_BYTES];
	const struct anchor *a = NULL;
	int r = len > CERTIFICATE_MAX_BYTES ? -EINVAL
					    : digest_sha256(der, len, sha256);

	if (r < 0)
		return r;
	a = anchors_find_encoding(l->anchors, sha256, der, len);
	*ret_again = a && (a->lists & ANCHOR_AUTHORITY);
	return anchors_add_known(
		l->anchors, der, len, sha256, ANCHOR_AUTHORITY);
}

static int authorities_add(
	struct loader *l, unsigned line, const void *der, size_t len)
{
	bool again = false;
	int r = authorities_add_der(l, der, len, &again);

	if (r == -EINVAL)
		return authorities_lose(l, line, der, len);
	if (r == -ENOSPC)
		return authorities_find(l, AUTHORITIES_LOST, line,
			"there are more certificates than the limit of %d",
			ANCHORS_MAX);
	if (r == 0 && again)
		l->report->duplicates++;
	else if (r == 0)
		l->report->loaded++;
	return r;
}

/* --- PEM --- */

/* A block that lost its END, and its certificate with it. */
static int authorities_lose_end(struct loader *l, const struct pem_block *b)
{
	if (b->state == PEM_BAD_END)
		return authorities_find(l, AUTHORITIES_LOST, b->line,
			"the certificate is damaged, and so is its END line, "
			"line %u",
			b->end_line);
	if (b->state == PEM_OTHER_END)
		return authorities_find(l, AUTHORITIES_LOST, b->line,
			"the certificate is damaged, and line %u ends it with "
			"END %s",
			b->end_line, b->end_label);
	if (b->end_line == 0)
		return authorities_find(l, AUTHORITIES_LOST, b->line,
			"the certificate is cut off: the file ends before its "
			"END line");
	return authorities_find(l, AUTHORITIES_LOST, b->line,
		"the certificate is cut off: another block begins in line %u "
		"before its END line",
		b->end_line);
}

static int authorities_lose_base64(
	struct loader *l, const struct pem_block *b, const struct pem_fault *f)
{
	if (f->line == 0)
		return authorities_find(l, AUTHORITIES_LOST, b->line,
			"the base64 of the certificate is incomplete or "
			"damaged");
	if (f->byte > ' ' && f->byte < 0x7f)
		return authorities_find(l, AUTHORITIES_LOST, b->line,
			"the base64 of the certificate is damaged: line %u has "
			"the character %c",
			f->line, f->byte);
	return authorities_find(l, AUTHORITIES_LOST, b->line,
		"the base64 of the certificate is damaged: line %u has the "
		"byte 0x%02x",
		f->line, f->byte);
}

/* DER has its own length: what is whole is read even if its END line is not. */
static int authorities_take_certificate(
	struct loader *l, const struct pem_block *b)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	struct skeleton skeleton;
	struct pem_fault fault;
	int r = pem_reader_decode(b, &der, &fault);

	if (r < 0 && r != -EINVAL)
		return r;
	if (b->state != PEM_COMPLETE &&
		(r < 0 || skeleton_read(der.data, der.len, &skeleton) < 0))
		return authorities_lose_end(l, b);
	if (r < 0)
		return authorities_lose_base64(l, b, &fault);
	return authorities_add(l, b->line, der.data, der.len);
}

static int authorities_take_key(struct loader *l, const struct pem_block *b)
{
	return authorities_find(l, AUTHORITIES_SECRET, b->line,
		"a private key; whoever may read this file has it");
}

static int authorities_take_trusted(struct loader *l, const struct pem_block *b)
{
	return authorities_find(l, AUTHORITIES_LOST, b->line,
		"an OpenSSL TRUSTED CERTIFICATE, whose trust settings are not "
		"understood; to convert it: openssl x509 -in FILE -out "
		"FILE.pem");
}

static int authorities_take_bundle(struct loader *l, const struct pem_block *b)
{
	return authorities_find(l, AUTHORITIES_LOST, b->line,
		"a PKCS #7 bundle; to convert it: openssl pkcs7 -print_certs "
		"-in FILE -out FILE.pem");
}

/* The first whose label ends a block's counts. */
static const struct {
	const char *label;
	int (*take)(struct loader *l, const struct pem_block *b);
} takers[] = {
	{"PRIVATE KEY", authorities_take_key},
	{"TRUSTED CERTIFICATE", authorities_take_trusted},
	{"PKCS7", authorities_take_bundle},
	{"PKCS #7 SIGNED DATA", authorities_take_bundle},
	{"CMS", authorities_take_bundle},
	{"X509 CERTIFICATE", authorities_take_certificate},
};

static bool authorities_ends_with(const char *label, const char *end)
{
	size_t len = strlen(label);
	size_t tail = strlen(end);

	return len >= tail && strcmp(label + len - tail, end) == 0;
}

static int authorities_take_block(struct loader *l, const struct pem_block *b)
{
	if (b->state == PEM_BAD_BEGIN)
		return authorities_find(l, AUTHORITIES_LOST, b->line,
			"the BEGIN line of a certificate is misspelt: it has "
			"to be -----BEGIN CERTIFICATE-----");
	if (b->state == PEM_NO_BEGIN &&
		authorities_ends_with(b->label, "CERTIFICATE"))
		return authorities_find(l, AUTHORITIES_LOST, b->line,
			"a certificate ends here whose BEGIN line is missing");
	if (strcmp(b->label, "CERTIFICATE") == 0)
		return authorities_take_certificate(l, b);
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		if (authorities_ends_with(b->label, takers[i].label))
			return takers[i].take(l, b);
	return authorities_find(l, AUTHORITIES_NOTE, b->line,
		"a block %s is not used", b->label);
}

/* A file in which there is nothing that even looks like a certificate. */
static int authorities_no_blocks(struct loader *l, const void *data, size_t len)
{
	struct decode_hint hint;

	if (!decode_hint(data, len, &hint))
		return authorities_find(l, AUTHORITIES_LOST, 0,
			"there is no certificate in this file, neither PEM nor "
			"DER");
	return authorities_find(l, AUTHORITIES_LOST, 0,
		"there is no certificate in this file: it is %s%s%s", hint.what,
		hint.convert ? "; to convert it: " : "",
		hint.convert ? hint.convert : "");
}

static int authorities_read_pem(struct loader *l, const char *text, size_t len)
{
	struct pem_reader reader;
	struct pem_block b;
	bool any = false;
	int r = 0;

	pem_reader_init(&reader, text, len);
	while (r == 0 && pem_reader_next(&reader, &b)) {
		any = true;
		r = authorities_take_block(l, &b);
	}
	return r == 0 && !any ? authorities_no_blocks(l, text, len) : r;
}

/* --- one file --- */

/* Everything PEM needs is ASCII; the rest of a comment does not matter. */
static int authorities_read_utf16(
	struct loader *l, const uint8_t *data, size_t len, bool big)
{
	CLEANUP(free) char *text = malloc(len / 2 + 1);

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < len / 2; i++) {
		uint8_t high = data[2 * i + (big ? 0 : 1)];
		uint8_t low = data[2 * i + (big ? 1 : 0)];

		text[i] = (char)(high == 0 && low < 0x80 ? low : '?');
	}
	return authorities_read_pem(l, text, len / 2);
}

/* Of a file that is DER: one certificate after the other. */
static int authorities_read_der(
	struct loader *l, const uint8_t *data, size_t len)
{
	const uint8_t *end = data + len;
	struct der_value v;
	int r = 0;

	while (r == 0 && data < end) {
		size_t lost = l->report->findings[AUTHORITIES_LOST].count;
		bool whole = der_read(data, (size_t)(end - data), &v) &&
			*data == 0x30 && !v.indefinite;
		const uint8_t *next = whole ? v.end : end;

		r = authorities_add(l, 0, data, (size_t)(next - data));
		data = next;
		if (l->report->findings[AUTHORITIES_LOST].count > lost)
			l->report->lost++;
	}
	return r;
}

/* No text begins like this, and no certificate is so short that it would not.
 */
static bool authorities_is_der(const uint8_t *data, size_t len)
{
	return len > 1 && data[0] == 0x30 && data[1] >= 0x80;
}

static int authorities_read_utf8(
	struct loader *l, const uint8_t *data, size_t len)
{
	return authorities_read_pem(l, (const char *)data, len);
}

static int authorities_read_utf16_big(
	struct loader *l, const uint8_t *data, size_t len)
{
	return authorities_read_utf16(l, data, len, true);
}

static int authorities_read_utf16_little(
	struct loader *l, const uint8_t *data, size_t len)
{
	return authorities_read_utf16(l, data, len, false);
}

static int authorities_read_utf32(
	struct loader *l, const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
	return authorities_find(l, AUTHORITIES_LOST, 0,
		"this file is UTF-32 text; save it as ASCII or UTF-8");
}

/* By their byte order marks; the longer one first. */
static const struct {
	const char *mark;
	size_t len;
	int (*read)(struct loader *l, const uint8_t *data, size_t len);
} encodings[] = {
	{"\xff\xfe\0\0", 4, authorities_read_utf32},
	{"\0\0\xfe\xff", 4, authorities_read_utf32},
	{"\xef\xbb\xbf", 3, authorities_read_utf8},
	{"\xff\xfe", 2, authorities_read_utf16_little},
	{"\xfe\xff", 2, authorities_read_utf16_big},
};

static bool authorities_lacks_mark(const uint8_t *data, size_t len)
{
	return (len > 1 && data[0] == 0 && data[1] != 0) ||
		(len > 2 && data[0] != 0 && data[1] == 0 && data[2] != 0);
}

int authorities_read(const char *name, const void *data, size_t len,
	struct anchors *anchors, struct authorities_report *report)
{
	struct loader l = {.anchors = anchors, .report = report, .file = name};

	if (authorities_is_der(data, len))
		return authorities_read_der(&l, data, len);
	for (size_t i = 0; i < ARRAY_SIZE(encodings); i++) {
		size_t n = encodings[i].len;

		if (len >= n && memcmp(data, encodings[i].mark, n) == 0)
			return encodings[i].read(
				&l, (const uint8_t *)data + n, len - n);
	}
	if (authorities_lacks_mark(data, len))
		return authorities_find(&l, AUTHORITIES_LOST, 0,
			"this file looks like UTF-16 text without a byte order "
			"mark; save it as ASCII or UTF-8");
	return authorities_read_pem(&l, data, len);
}

static int authorities_load_file(const char *path, struct anchors *anchors,
	struct authorities_report *to)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	int r = fd_read_file(path, AUTHORITIES_MAX_FILE_BYTES, &b);

	return r < 0 ? r : authorities_read(path, b.data, b.len, anchors, to);
}

/* --- a directory --- */

static bool authorities_has_certificate_suffix(const char *name)
{
	static const char *const suffixes[] = {".pem", ".crt", ".cer", ".der"};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(suffixes); i++)
		if (strcasecmp(dot, suffixes[i]) == 0)
			return true;
	return false;
}

static int authorities_wanted(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
		authorities_has_certificate_suffix(entry->d_name);
}

static int authorities_load_entry(
	struct loader *l, const char *dir, const char *name)
{
	CLEANUP(free) char *path = NULL;
	int r = string_format(&path, "%s/%s", dir, name);

	if (r == 0)
		r = authorities_load_file(path, l->anchors, l->report);
	if (r == -ENOMEM || r >= 0)
		return r;
	l->file = path;
	if (r == -EFBIG)
		return authorities_find(l, AUTHORITIES_LOST, 0,
			"the file has more than %zu bytes, the limit",
			AUTHORITIES_MAX_FILE_BYTES);
	return authorities_find(l, AUTHORITIES_LOST, 0,
		"the file cannot be read: %s", strerror(-r));
}

static int authorities_load_directory(struct loader *l, const char *path)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, authorities_wanted, alphasort);
	int r = 0;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (r == 0 && i < AUTHORITIES_MAX_FILES)
			r = authorities_load_entry(l, path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	l->file = path;
	if (r == 0 && n > AUTHORITIES_MAX_FILES)
		r = authorities_find(l, AUTHORITIES_LOST, 0,
			"there are %d files; only the first %d, the limit, are "
			"read",
			n, AUTHORITIES_MAX_FILES);
	return r;
}

int authorities_load(const char *path, struct anchors *anchors,
	struct authorities_report *ret)
{
	CLEANUP(authorities_report_done) struct authorities_report report = {0};
	struct loader l = {.anchors = anchors, .report = &report};
	struct stat st;
	int r = 0;

	if (stat(path, &st) < 0)
		return -errno;
	r = S_ISDIR(st.st_mode) ? authorities_load_directory(&l, path)
				: authorities_load_file(path, anchors, &report);
	if (r < 0)
		return r;
	*ret = TAKE_OBJECT(report);
	return 0;
}
