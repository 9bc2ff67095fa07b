/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/document-stray.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/macros.h"
#include "lib/base/utf8.h"

#define BLANKS " \t\r\n"
/* Of a name in a sentence. */
#define NAME_MAX_SHOWN 40
#define PREFIX_MAX_SHOWN 16
/* Half a detail, which may be cut. */
#define STRAY_SAID_SIZE (DOCUMENT_DETAIL_SIZE / 2 - 8)
/* There is nothing to tell. */
#define STRAY_NOTHING 1

void document_strays_done(struct strays *s)
{
	for (size_t i = 0; i <= DOCUMENT_MAX_DEPTH; i++)
		free(s->open[i].url);
	*s = (struct strays){0};
}

/* --- names --- */

/* So many bytes of it, and no part of a character. */
static int document_stray_shown(const char *text, size_t max_bytes)
{
	return (int)utf8_valid_bytes(text, strnlen(text, max_bytes));
}

void document_stray_tag(
	const char *prefix, const char *local, char ret[STRAY_TAG_SIZE])
{
	(void)snprintf(ret, STRAY_TAG_SIZE, "<%.*s%s%.*s%s>",
		prefix ? document_stray_shown(prefix, PREFIX_MAX_SHOWN) : 0,
		prefix ? prefix : "", prefix ? ":" : "",
		document_stray_shown(local, NAME_MAX_SHOWN), local,
		strlen(local) > NAME_MAX_SHOWN ? "..." : "");
}

/* Documents have few names, and hostile ones have them often. */
static struct name_like document_stray_like(
	struct strays *strays, const xmlChar *name)
{
	size_t i = ((uintptr_t)name >> 3) % STRAY_CACHE_SIZE;

	if (strays->cache[i].name != name) {
		strays->cache[i].name = name;
		strays->cache[i].like = document_name_like((const char *)name);
	}
	return strays->cache[i].like;
}

static struct stray *document_stray_current(struct document *d)
{
	return &d->strays.open[d->depth];
}

/* --- what is open --- */

static bool document_stray_is_certificates(const struct stray *s)
{
	return s->like.kind == NAME_CERTIFICATES;
}

static bool document_stray_is_language(const struct stray *s)
{
	return strstr(s->local, "languages") || strstr(s->local, "phrases");
}

void document_stray_begin(struct document *d, const xmlChar *local,
	const xmlChar *prefix, const xmlChar *uri, enum grammar_place place)
{
	struct stray *s = document_stray_current(d);
	struct stray *parent = s - 1;

	free(s->url);
	*s = (struct stray){
		.local = (const char *)local,
		.prefix = (const char *)prefix,
		.uri = (const char *)uri,
		.line = document_line_of_tag(d),
		.like = document_stray_like(&d->strays, local),
		.foreign = prefix || uri,
		.language = parent->language,
	};
	s->like.exact = s->like.exact && !s->foreign;
	s->language = s->language || document_stray_is_language(s);
	/* Any name can be a setting, also one that is near ours. */
	s->ours = place != GRAMMAR_SKIPPED &&
		(place != GRAMMAR_SETTING ||
			(s->like.kind != NAME_CERTIFICATE &&
				!document_stray_is_certificates(s)));
	if (s->ours && s->like.exact)
		parent->foretold = true;
}

/* What an attribute looks like, by its name as well. */
static enum value_look document_stray_look(
	const char *name, const char *value, size_t len)
{
	enum value_look look = document_value_look(value, len);

	if (document_name_is_url(name) && look != VALUE_BLANK)
		return VALUE_URL;
	if (strcasecmp(name, "type") == 0 && len == strlen("base64") &&
		strncasecmp(value, "base64", len) == 0)
		return VALUE_BASE64;
	return look;
}

void document_stray_attributes(
	struct document *d, int count, const xmlChar **attributes)
{
	struct stray *s = document_stray_current(d);

	if (s->ours && !document_stray_is_certificates(s))
		return;
	for (int i = 0; i < count; i++) {
		const xmlChar **fields =
			attributes + (ptrdiff_t)i * ATTRIBUTE_FIELDS;
		const char *value = (const char *)fields[3];
		size_t len = (size_t)(fields[4] - fields[3]);
		enum value_look look = document_stray_look(
			(const char *)fields[0], value, len);

		if (look > s->look)
			s->look = look;
		if (look != VALUE_URL || s->url || s->ours ||
			len > STRAY_MAX_URL_BYTES)
			continue;
		s->url = strndup(value, len);
		if (!s->url)
			document_fail(d, -ENOMEM);
	}
}

void document_stray_text(struct document *d, const char *text, size_t len)
{
	struct stray *s = document_stray_current(d);

	for (size_t i = 0; i < len && s->lead_len < STRAY_LEAD_BYTES; i++)
		if (s->lead_len > 0 || !strchr(BLANKS, text[i]))
			s->lead[s->lead_len++] = text[i];
}

/* --- telling --- */

struct stray_telling {
	const struct stray *stray;
	enum document_kind kind;
	enum verdict verdict;
	struct markup markup;
	char detail[DOCUMENT_DETAIL_SIZE];
	char wrong[STRAY_TAG_SIZE];
	char parent[STRAY_TAG_SIZE];
};

static int document_stray_tell(
	struct document *d, const struct stray_telling *t)
{
	const struct document_refusal refusal = {
		.kind = t->kind,
		.element = t->stray->local,
		.url = t->stray->url,
		.detail = t->detail,
		.verdict = t->verdict,
		.markup = t->markup,
		.line = t->stray->line,
	};

	int r = d->handler->refused(d->userdata, &refusal);

	d->strays.enough = d->strays.enough || r > 0;
	return r < 0 ? r : 0;
}

static void document_stray_print(char *to, size_t size, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* What does not fit is cut. */
static void document_stray_print(char *to, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(to, size, format, arguments);
	va_end(arguments);
}

/* How its name differs from what is meant; line 0: said already. */
static void document_stray_say_name(const struct stray *s, enum name_kind meant,
	int64_t line, char ret[STRAY_SAID_SIZE])
{
	const char *name = document_name_of(meant);
	char tag[STRAY_TAG_SIZE];
	char at[32] = "";
	bool near = s->like.kind == meant;

	document_stray_tag(s->prefix, s->local, tag);
	if (line > 0)
		(void)snprintf(at, sizeof(at), " (line %" PRId64 ")", line);
	if (s->uri)
		document_stray_print(ret, STRAY_SAID_SIZE,
			"%s%s is in the namespace %.*s", tag, at,
			document_stray_shown(s->uri, NAME_MAX_SHOWN), s->uri);
	else if (s->prefix)
		(void)snprintf(
			ret, STRAY_SAID_SIZE, "%s%s has a prefix", tag, at);
	else if (near && strcasecmp(s->local, name) == 0)
		document_stray_print(ret, STRAY_SAID_SIZE,
			"%s%s is not <%s>, since case counts", tag, at, name);
	else if (near)
		document_stray_print(ret, STRAY_SAID_SIZE,
			"%s%s is unknown, and may be meant as <%s>", tag, at,
			name);
	else
		document_stray_print(ret, STRAY_SAID_SIZE, "%s%s is not <%s>",
			tag, at, name);
}

/* As it is written, as far as that is wrong. */
static void document_stray_say_wrong(
	const struct stray *s, char ret[STRAY_TAG_SIZE])
{
	size_t len = 0;

	document_stray_tag(s->prefix, s->local, ret);
	len = strlen(ret) - 1;
	if (s->uri && !s->prefix)
		document_stray_print(
			ret + len, STRAY_TAG_SIZE - len, " xmlns=\"...\">");
}

static const char *document_stray_meant(enum name_kind meant)
{
	static const enum markup_meant all[NAME__END] = {
		[NAME_OTHER] = MARKUP__END,
		[NAME_CERTIFICATE] = MARKUP_CERTIFICATE,
		[NAME_CERTIFICATES] = MARKUP_CERTIFICATES,
		[NAME_FILE] = MARKUP_FILE,
		[NAME_SETTING_FILES] = MARKUP_SETTING_FILES,
		[NAME_PHONE_SETTINGS] = MARKUP_PHONE_SETTINGS,
		[NAME_SETTING] = MARKUP__END,
	};

	return all[meant] == MARKUP__END ? NULL : markup_meant_name(all[meant]);
}

/* By its attributes or its text, a person takes it for a certificate. */
static bool document_stray_looks_filled(const struct stray *s)
{
	enum value_look lead = document_value_look(s->lead, s->lead_len);

	return s->look == VALUE_URL || s->look == VALUE_BASE64 ||
		s->look == VALUE_CERTIFICATE || lead == VALUE_CERTIFICATE ||
		lead == VALUE_URL;
}

/* The name of this element, or of one around it, is wrong. */
static int document_stray_tell_name(struct document *d, struct stray_telling *t,
	const struct stray *wrong, enum name_kind meant)
{
	char name[STRAY_SAID_SIZE];

	document_stray_say_name(
		wrong, meant, wrong == t->stray ? 0 : wrong->line, name);
	t->verdict = VERDICT_UNKNOWN_ELEMENT;
	document_stray_say_wrong(wrong, t->wrong);
	/* What only stands there, such as <br>, is not meant as one. */
	if (wrong->like.kind != NAME_OTHER || wrong->foreign ||
		document_stray_looks_filled(wrong)) {
		t->markup.wrong = t->wrong;
		t->markup.meant = document_stray_meant(meant);
	}
	document_stray_print(t->detail, sizeof(t->detail), "%s%s",
		wrong == t->stray ? "" : "around it, ", name);
	return document_stray_tell(d, t);
}

/* Its name is wrong, and so is the one around it. */
static int document_stray_tell_names(struct document *d,
	struct stray_telling *t, const struct stray *around,
	enum name_kind meant, enum name_kind meant_around)
{
	char first[STRAY_SAID_SIZE];
	char second[STRAY_SAID_SIZE];

	document_stray_say_name(t->stray, meant, 0, first);
	document_stray_say_name(around, meant_around, around->line, second);
	t->verdict = VERDICT_UNKNOWN_ELEMENT;
	/* A default namespace is written where it begins. */
	if (t->stray->uri && !t->stray->prefix &&
		t->stray->uri == around->uri) {
		document_stray_say_wrong(around, t->wrong);
		t->markup.meant = document_stray_meant(meant_around);
	} else {
		document_stray_say_wrong(t->stray, t->wrong);
		t->markup.meant = document_stray_meant(meant);
	}
	t->markup.wrong = t->wrong;
	document_stray_print(t->detail, sizeof(t->detail), "%s; around it, %s",
		first, second);
	return document_stray_tell(d, t);
}

/* It, or the section it is in, stands in the wrong parent. */
static int document_stray_tell_place(
	struct document *d, struct stray_telling *t, const struct stray *moved)
{
	const struct stray *parent = moved - 1;
	bool in_root = parent == &d->strays.open[1];
	bool known = document_name_is_section(parent->local) ||
		parent->like.kind == NAME_CERTIFICATE;

	t->verdict = VERDICT_MISPLACED;
	document_stray_tag(parent->prefix, parent->local, t->parent);
	document_stray_tag(moved->prefix, moved->local, t->wrong);
	if (in_root && moved->like.kind == NAME_CERTIFICATE &&
		strcmp(parent->local, "settings") == 0) {
		document_stray_print(t->detail, sizeof(t->detail),
			"%s stands directly in %s", t->wrong, t->parent);
		t->markup.meant = markup_meant_name(MARKUP_CERTIFICATES);
		return document_stray_tell(d, t);
	}
	t->markup.wrong = t->wrong;
	t->markup.parent = t->parent;
	document_stray_print(t->detail, sizeof(t->detail),
		"%s (line %" PRId64 ") stands in %s (line %" PRId64 ")%s",
		t->wrong, moved->line, t->parent, parent->line,
		known ? "" : ", which is unknown");
	return document_stray_tell(d, t);
}

/* Its name is wrong, and it stands in no <certificates>. */
static int document_stray_tell_both(
	struct document *d, struct stray_telling *t, const struct stray *parent)
{
	char name[STRAY_SAID_SIZE];
	char tag[STRAY_TAG_SIZE];

	document_stray_say_name(t->stray, NAME_CERTIFICATE, 0, name);
	document_stray_say_wrong(t->stray, t->wrong);
	document_stray_tag(parent->prefix, parent->local, tag);
	t->verdict = VERDICT_UNKNOWN_ELEMENT;
	t->markup.wrong = t->wrong;
	t->markup.meant = document_stray_meant(NAME_CERTIFICATE);
	document_stray_print(t->detail, sizeof(t->detail),
		"%s; and it stands in %s (line %" PRId64
		"), not in <certificates>",
		name, tag, parent->line);
	return document_stray_tell(d, t);
}

static int document_stray_tell_certificate(
	struct document *d, const struct stray *s)
{
	struct stray_telling t = {.stray = s, .kind = DOCUMENT_CERTIFICATE};
	const struct stray *parent = s - 1;
	bool in_list = document_stray_is_certificates(parent);
	bool right = s->like.kind == NAME_CERTIFICATE && s->like.exact;

	if (!right && !in_list)
		return document_stray_tell_both(d, &t, parent);
	if (!right && !parent->like.exact)
		return document_stray_tell_names(
			d, &t, parent, NAME_CERTIFICATE, NAME_CERTIFICATES);
	if (!right)
		return document_stray_tell_name(d, &t, s, NAME_CERTIFICATE);
	if (in_list && !parent->like.exact)
		return document_stray_tell_name(
			d, &t, parent, NAME_CERTIFICATES);
	return document_stray_tell_place(d, &t, in_list ? parent : s);
}

/* <certificates> with what belongs into a <certificate>. */
static int document_stray_tell_list(struct document *d, const struct stray *s)
{
	struct stray_telling t = {.stray = s, .kind = DOCUMENT_CERTIFICATE};

	if (!s->like.exact)
		return document_stray_tell_name(d, &t, s, NAME_CERTIFICATES);
	if (!s->ours)
		return document_stray_tell_place(d, &t, s);
	t.verdict = VERDICT_MISPLACED;
	if (document_value_look(s->lead, s->lead_len) > VALUE_TEXT) {
		t.markup.meant = markup_meant_name(MARKUP_CERTIFICATE);
		document_stray_print(t.detail, sizeof(t.detail),
			"text stands directly in <certificates>");
		return document_stray_tell(d, &t);
	}
	t.markup.wrong = "its attributes";
	t.markup.parent = "<certificates>";
	document_stray_print(t.detail, sizeof(t.detail),
		"<certificates> has attributes of a <certificate>");
	return document_stray_tell(d, &t);
}

static int document_stray_tell_link(struct document *d, const struct stray *s)
{
	struct stray_telling t = {.stray = s, .kind = DOCUMENT_LINK};
	const struct stray *parent = s - 1;

	bool right = s->like.kind == NAME_FILE && s->like.exact;

	if (!right && !parent->like.exact)
		return document_stray_tell_names(
			d, &t, parent, NAME_FILE, NAME_SETTING_FILES);
	if (!right)
		return document_stray_tell_name(d, &t, s, NAME_FILE);
	if (parent->like.kind == NAME_SETTING_FILES)
		return document_stray_tell_name(
			d, &t, parent, NAME_SETTING_FILES);
	t.verdict = VERDICT_UNKNOWN_ELEMENT;
	t.markup.meant = markup_meant_name(MARKUP_SETTING_FILES);
	document_stray_print(t.detail, sizeof(t.detail),
		"<file> stands directly in <settings>, without "
		"<setting-files> around it");
	return document_stray_tell(d, &t);
}

static int document_stray_tell_section(
	struct document *d, const struct stray *s, enum document_kind kind)
{
	struct stray_telling t = {.stray = s, .kind = kind};

	return document_stray_tell_name(d, &t, s, s->like.kind);
}

static int document_stray_tell_setting(
	struct document *d, const struct stray *s)
{
	struct stray_telling t = {.stray = s, .kind = DOCUMENT_SETTING};

	if (s->foreign)
		return document_stray_tell_name(d, &t, s, NAME_SETTING);
	return document_stray_tell_place(d, &t, s);
}

/* --- what is told --- */

/* In a <certificates> everything is meant as one; elsewhere a word that is not
 * quite ours may be the format of somebody else. */
static bool document_stray_is_certificate(const struct stray *s)
{
	const struct stray *parent = s - 1;
	bool filled = document_stray_looks_filled(s);

	if (s->ours)
		return false;
	/* The one around it tells what is in it. */
	if (parent->like.kind == NAME_CERTIFICATE &&
		s->like.kind != NAME_CERTIFICATE)
		return false;
	if (document_stray_is_certificates(parent) && !s->language)
		return s->like.kind == NAME_CERTIFICATE || !s->foretold;
	if (s->foretold && !filled)
		return false;
	if (s->like.kind == NAME_CERTIFICATE && s->like.exact)
		return filled || !s->language;
	if (s->like.kind == NAME_CERTIFICATE)
		return filled;
	return document_value_look(s->lead, s->lead_len) == VALUE_CERTIFICATE;
}

/* A child of the <settings> that is the root. */
static bool document_stray_is_in_settings(
	const struct document *d, const struct stray *s)
{
	return s == &d->strays.open[2] && d->strays.open[1].ours &&
		strcmp(d->strays.open[1].local, "settings") == 0;
}

static bool document_stray_is_list(
	const struct document *d, const struct stray *s)
{
	if (!document_stray_is_certificates(s) || s->foretold)
		return false;
	return document_stray_looks_filled(s) ||
		(!s->like.exact && document_stray_is_in_settings(d, s));
}

static bool document_stray_is_link(
	const struct document *d, const struct stray *s)
{
	const struct stray *parent = s - 1;

	if (s->ours || (s->foretold && s->look != VALUE_URL))
		return false;
	if (parent->like.kind == NAME_SETTING_FILES &&
		(parent->ours || parent - 1 == &d->strays.open[1]))
		return s->like.kind == NAME_FILE || s->look == VALUE_URL;
	return s->like.kind == NAME_FILE && s->like.exact &&
		document_stray_is_in_settings(d, s);
}

/* One of our settings where none is read: in a section of ours, in the root,
 * or in an element nobody knows; sections of the vendor have theirs. */
static bool document_stray_is_setting(
	const struct document *d, const struct stray *s)
{
	const struct stray *parent = s - 1;

	if (s->like.kind != NAME_SETTING || s->language ||
		parent == &d->strays.open[0])
		return false;
	if (!s->ours && s->foreign)
		return strcmp(parent->local, "phone-settings") == 0;
	return !s->ours &&
		(parent->ours || !document_name_is_section(parent->local)) &&
		d->depth <= 3;
}

static int document_stray_tell_any(struct document *d, const struct stray *s)
{
	bool enough = d->strays.enough;

	if (document_stray_is_list(d, s))
		return enough ? 0 : document_stray_tell_list(d, s);
	if (document_stray_is_link(d, s))
		return document_stray_tell_link(d, s);
	if (document_stray_is_setting(d, s))
		return document_stray_tell_setting(d, s);
	if (document_stray_is_certificate(s))
		return enough ? 0 : document_stray_tell_certificate(d, s);
	if (s->ours || s->foretold || !document_stray_is_in_settings(d, s))
		return STRAY_NOTHING;
	if (s->like.kind == NAME_SETTING_FILES)
		return document_stray_tell_section(d, s, DOCUMENT_LINK);
	if (s->like.kind == NAME_PHONE_SETTINGS)
		return document_stray_tell_section(d, s, DOCUMENT_SETTING);
	return STRAY_NOTHING;
}

/* What is in a child of what is taken for a certificate counts for that. */
static void document_stray_pass_on(struct stray *s)
{
	enum value_look lead = document_value_look(s->lead, s->lead_len);

	if (s->look > s[-1].look)
		s[-1].look = s->look;
	if (lead > VALUE_TEXT && lead > s[-1].look)
		s[-1].look = lead;
}

int document_stray_end(struct document *d)
{
	struct stray *s = document_stray_current(d);
	int r = document_stray_tell_any(d, s);

	if (r == 0 || s->foretold)
		s[-1].foretold = true;
	else if (s[-1].like.kind == NAME_CERTIFICATE && !s[-1].ours)
		document_stray_pass_on(s);
	return r == STRAY_NOTHING ? 0 : r;
}
