/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/pem-reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/base64.h"
#include "lib/base/bytes.h"
#include "lib/base/macros.h"

#define DASHES "-----"
#define DASHES_LEN (sizeof(DASHES) - 1)

/* A BEGIN or END line, or what was meant as one. */
struct pem_marker {
	bool begin;
	bool sound;
	char label[PEM_LABEL_SIZE];
	unsigned line;
	const char *from; /* where it begins, and what follows it */
	const char *after;
};

void pem_reader_init(struct pem_reader *r, const char *text, size_t len)
{
	*r = (struct pem_reader){.at = text, .end = text + len, .line = 1};
}

/* Lines end in LF, in CR LF, or, on very old systems, in CR. */
static bool pem_ends_line(const char *p, const char *end)
{
	return *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] != '\n'));
}

static bool pem_starts_with(const char *p, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - p) >= len && memcmp(p, word, len) == 0;
}

/* Hyphens, and the bytes of the dashes that word processors make of them. */
static bool pem_is_dash(char c)
{
	return c == '-' || c == '\xe2' || c == '\x80' || c == '\x93' ||
		c == '\x94';
}

static bool pem_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *pem_skip_back(
	const char *text, const char *p, bool (*skip)(char c))
{
	while (p > text && skip(p[-1]))
		p--;
	return p;
}

/* The word between the dashes, without blanks around it; NULL when there is
 * none. Returns where it ends. */
static const char *pem_take_label(
	const char *p, const char *end, char ret[PEM_LABEL_SIZE])
{
	size_t n = 0;

	while (p < end && *p != '\n' && *p != '\r' && !pem_is_dash(*p)) {
		if (n + 1 == PEM_LABEL_SIZE)
			return NULL;
		ret[n++] = *p++;
	}
	while (n > 0 && pem_is_blank(ret[n - 1]))
		n--;
	ret[n] = '\0';
	return n > 0 ? p : NULL;
}

/* Only what can be meant as nothing else: comments have such words too. */
static bool pem_is_meant(const struct pem_marker *m, const char *text,
	const char *keyword, const char *behind, const char *end)
{
	const char *before = pem_skip_back(text, keyword, pem_is_blank);

	if ((before == text || !pem_is_dash(before[-1])) &&
		(behind == end || !pem_is_dash(*behind)))
		return false;
	return strcasecmp(m->label, "CERTIFICATE") == 0 ||
		strcasecmp(m->label, "X509 CERTIFICATE") == 0 ||
		strcasecmp(m->label, "TRUSTED CERTIFICATE") == 0;
}

static bool pem_is_sound(const char *text, const char *keyword, bool begin,
	const char *behind, const char *end)
{
	return (size_t)(keyword - text) >= DASHES_LEN &&
		memcmp(keyword - DASHES_LEN, DASHES, DASHES_LEN) == 0 &&
		pem_starts_with(keyword, end, begin ? "BEGIN " : "END ") &&
		pem_starts_with(behind, end, DASHES) && behind[-1] != ' ';
}

/* May a keyword begin here? Quick, because it is asked of every byte of a file
 * whose lines end in CR: base64 has such letters, but seldom both. */
static bool pem_may_be_keyword(const char *p, const char *end)
{
	int first = *p | 0x20;
	int second = 0;

	if (first != 'b' && first != 'e')
		return false;
	second = p + 1 < end ? p[1] | 0x20 : 0;
	return second == (first == 'b' ? 'e' : 'n');
}

/* Is there a marker with its keyword at p? */
static bool pem_read_marker(
	const struct pem_reader *r, const char *p, struct pem_marker *m)
{
	size_t left = (size_t)(r->end - p);
	size_t len = 0;
	const char *behind = NULL;

	if (left > 6 && strncasecmp(p, "BEGIN ", 6) == 0)
		len = 6;
	else if (left > 4 && strncasecmp(p, "END ", 4) == 0)
		len = 4;
	else
		return false;
	m->begin = len == 6;
	behind = pem_take_label(p + len, r->end, m->label);
	if (!behind)
		return false;
	m->sound = pem_is_sound(r->at, p, m->begin, behind, r->end);
	if (!m->sound && !pem_is_meant(m, r->at, p, behind, r->end))
		return false;
	m->from = m->sound
		? p - DASHES_LEN
		: pem_skip_back(r->at, pem_skip_back(r->at, p, pem_is_blank),
			  pem_is_dash);
	while (!m->sound && behind < r->end && pem_is_dash(*behind))
		behind++;
	m->after = m->sound ? behind + DASHES_LEN : behind;
	return true;
}

/* Where the lines that p begins with end which have no dash, and so no marker:
 * nearly all of a file are such. */
static const char *pem_skip_lines(struct pem_reader *r, const char *p)
{
	static const char others[] = "-\xe2\x80\x93\x94\r";
	const char *newline = NULL;

	while ((newline = memchr(p, '\n', (size_t)(r->end - p)))) {
		size_t len = (size_t)(newline - p);

		if (len > 0 && newline[-1] == '\r')
			len--;
		for (const char *c = others; *c; c++)
			if (memchr(p, *c, len))
				return p;
		r->line++;
		p = newline + 1;
	}
	return p;
}

/* The next marker; r moves behind it. */
static bool pem_find_marker(struct pem_reader *r, struct pem_marker *ret)
{
	for (const char *p = pem_skip_lines(r, r->at); p < r->end; p++) {
		if (p > r->at && p[-1] == '\n')
			p = pem_skip_lines(r, p);
		if (p == r->end)
			break;
		if (pem_ends_line(p, r->end))
			r->line++;
		if (!pem_may_be_keyword(p, r->end) ||
			!pem_read_marker(r, p, ret))
			continue;
		ret->line = r->line;
		r->at = ret->after;
		return true;
	}
	r->at = r->end;
	return false;
}

/* r is behind the BEGIN line: find its END. */
static void pem_read_body(struct pem_reader *r, struct pem_block *b)
{
	struct pem_marker m;

	b->body = r->at;
	b->body_line = r->line;
	if (!pem_find_marker(r, &m)) {
		b->body_len = (size_t)(r->end - b->body);
		b->state = PEM_NO_END;
		return;
	}
	b->body_len = (size_t)(m.from - b->body);
	b->end_line = m.line;
	if (m.begin) {
		b->state = PEM_NO_END;
		r->at = m.from;
	} else if (!m.sound) {
		b->state = PEM_BAD_END;
	} else if (strcmp(m.label, b->label) != 0) {
		b->state = PEM_OTHER_END;
		memcpy(b->end_label, m.label, sizeof(b->end_label));
	}
}

bool pem_reader_next(struct pem_reader *r, struct pem_block *ret)
{
	struct pem_marker m = {.begin = false};

	while (pem_find_marker(r, &m)) {
		*ret = (struct pem_block){.line = m.line, .end_line = m.line};
		memcpy(ret->label, m.label, sizeof(ret->label));
		if (m.begin && m.sound) {
			ret->end_line = 0;
			r->orphan = false;
			pem_read_body(r, ret);
			return true;
		}
		ret->state = m.begin ? PEM_BAD_BEGIN : PEM_NO_BEGIN;
		if (m.begin || !r->orphan) {
			r->orphan = m.begin;
			return true;
		}
		r->orphan = false;
	}
	return false;
}

/* --- the body --- */

static bool pem_is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

/* The lines of a body one behind the other; returns how many bytes. text has
 * room for all of it and a zero byte. */
static size_t pem_join_lines(const struct pem_block *b, char *text)
{
	const char *end = b->body + b->body_len;
	size_t n = 0;

	for (const char *p = b->body; p < end;) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		size_t len = (size_t)(stop - p);

		if (len > 0 && stop[-1] == '\r')
			len--;
		memcpy(text + n, p, len);
		n += len;
		p = newline ? newline + 1 : end;
	}
	text[n] = '\0';
	return n;
}

/* The same without blanks, whatever ends the lines; -EINVAL and where it is for
 * another byte. */
static int pem_pick_base64(
	const struct pem_block *b, char *text, struct pem_fault *ret_fault)
{
	const char *end = b->body + b->body_len;
	unsigned line = b->body_line;
	size_t n = 0;

	for (const char *p = b->body; p < end; p++) {
		if (pem_is_base64(*p)) {
			text[n++] = *p;
			continue;
		}
		if (!pem_is_blank(*p) && *p != '\n' && *p != '\r') {
			*ret_fault = (struct pem_fault){
				.line = line, .byte = (unsigned char)*p};
			return -EINVAL;
		}
		line += pem_ends_line(p, end);
	}
	text[n] = '\0';
	return 0;
}

int pem_reader_decode(const struct pem_block *b, struct bytes *ret,
	struct pem_fault *ret_fault)
{
	CLEANUP(free) char *text = malloc(b->body_len + 1);
	int r = -EINVAL;

	if (!text)
		return -ENOMEM;
	*ret_fault = (struct pem_fault){.line = 0};
	/* Most are as programs write them; a zero byte is none of base64. */
	if (pem_join_lines(b, text) == strlen(text))
		r = base64_decode(text, 0, ret);
	if (r != -EINVAL)
		return r;
	r = pem_pick_base64(b, text, ret_fault);
	return r < 0 ? r : base64_decode(text, 0, ret);
}
