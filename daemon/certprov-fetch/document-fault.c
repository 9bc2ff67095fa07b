/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is not well-formed in a document, in the words of those who write them:
 * a table of libxml2's codes. What it quotes are names, never text, which may
 * be a password.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/certprov-fetch/document-fault.h"

/* Names are shown as far as this. */
#define NAME "%.60s"

/* --- where the parser stands --- */

/* The bytes at the place of the error, n from it; 0 when there are none. */
static char document_fault_byte(const struct document *d, ptrdiff_t n)
{
	const xmlParserInput *input = d->parser->input;

	if (!input || input->cur + n < input->base ||
		input->cur + n >= input->end)
		return 0;
	return (char)input->cur[n];
}

static bool document_fault_at(const struct document *d, const char *text)
{
	const xmlParserInput *input = d->parser->input;
	size_t len = strlen(text);

	return input && (size_t)(input->end - input->cur) >= len &&
		memcmp(input->cur, text, len) == 0;
}

bool document_fault_at_end(const struct document *d)
{
	const xmlParserInput *input = d->parser->input;

	return !input || input->cur >= input->end;
}

const struct open_element *document_fault_element(const struct document *d)
{
	size_t n = d->depth;

	if (n > DOCUMENT_MAX_DEPTH)
		n = DOCUMENT_MAX_DEPTH;
	return n > 0 ? &d->open[n - 1] : NULL;
}

void document_fault_put_name(
	char *ret, size_t size, const struct open_element *e)
{
	(void)snprintf(ret, size, "<%.40s%s" NAME ">",
		e->prefix ? (const char *)e->prefix : "", e->prefix ? ":" : "",
		(const char *)e->name);
}

/* " in the tag <a>", " in the text of <a>", or nothing. */
static void document_fault_put_place(
	const struct document *d, char *ret, size_t size)
{
	const xmlParserInput *input = d->parser->input;
	const struct open_element *e = document_fault_element(d);
	const xmlChar *p = input ? input->cur : NULL;
	size_t n = 0;

	ret[0] = 0;
	while (p && p > input->base && p[-1] != '>' && p[-1] != '<')
		p--;
	if (p && p > input->base && p[-1] == '<')
		while (p + n < input->cur && !isspace(p[n]) && p[n] != '>' &&
			p[n] != '/')
			n++;
	if (n > 0)
		(void)snprintf(ret, size, " in the tag <%.*s>",
			n < 60 ? (int)n : 60, (const char *)p);
	else if (e) {
		(void)snprintf(ret, size, " in the text of ");
		document_fault_put_name(
			ret + strlen(ret), size - strlen(ret), e);
	}
}

/* --- the faults --- */

typedef void document_fault_teller(
	struct document *d, const xmlError *error, struct fault *f);

static void document_fault_ampersand(
	struct document *d, const xmlError *error, struct fault *f)
{
	char place[160];

	(void)error;
	document_fault_put_place(d, place, sizeof(place));
	f->mistake = MISTAKE_AMPERSAND;
	FAULT_SAY(
		f, "there is a bare &%s, which has to be written &amp;", place);
}

/* Names that HTML has from 160 on. */
static const char *const html_names[] = {"nbsp", "iexcl", "cent", "pound",
	"curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo",
	"not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute",
	"micro", "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14",
	"frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde",
	"Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml",
	"Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve",
	"Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave",
	"Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave",
	"aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
	"egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc",
	"iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml",
	"divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute",
	"thorn", "yuml"};

static void document_fault_entity(
	struct document *d, const xmlError *error, struct fault *f)
{
	const char *name = error->str1 ? error->str1 : "";
	char place[160];

	document_fault_put_place(d, place, sizeof(place));
	f->mistake = MISTAKE_ENTITY;
	for (unsigned i = 0; i < ARRAY_SIZE(html_names); i++)
		if (strcmp(html_names[i], name) == 0) {
			FAULT_SAY(f,
				"the entity &%s;%s is one of HTML and not "
				"defined in XML; write &#%u;",
				name, place, 160 + i);
			return;
		}
	FAULT_SAY(f, "the entity &" NAME ";%s is not defined", name, place);
}

/* A quotation mark that is missing may be lines before the < that shows it: the
 * last < before that begins the tag. */
static void document_fault_in_value(const struct document *d, struct fault *f)
{
	const xmlParserInput *input = d->parser->input;
	const xmlChar *p = input->cur;
	int64_t line = f->line;
	int n = 0;

	while (p > input->base && p[-1] != '<')
		line -= *--p == '\n';
	while (n < 60 && p + n < input->cur && !isspace(p[n]) && p[n] != '/')
		n++;
	FAULT_SAY(f,
		"the value of an attribute in the tag <%.*s> of line %lld "
		"contains <, or the quotation mark at its end is missing",
		n, (const char *)p, (long long)line);
}

static void document_fault_less_than(
	struct document *d, const xmlError *error, struct fault *f)
{
	char place[160];

	document_fault_put_place(d, place, sizeof(place));
	f->mistake = MISTAKE_LESS_THAN;
	if (error->code == XML_ERR_LT_IN_ATTRIBUTE)
		document_fault_in_value(d, f);
	else
		FAULT_SAY(f, "there is a <%s that begins no tag", place);
}

/* An attribute without quotation marks, or without a value. */
static void document_fault_quotes(
	struct document *d, const xmlError *error, struct fault *f)
{
	char place[160];

	document_fault_put_place(d, place, sizeof(place));
	f->mistake = MISTAKE_QUOTES;
	if (error->code == XML_ERR_ATTRIBUTE_WITHOUT_VALUE)
		FAULT_SAY(f, "the attribute " NAME "%s has no value",
			error->str1 ? error->str1 : "", place);
	else if (error->code == XML_ERR_ATTRIBUTE_NOT_FINISHED)
		FAULT_SAY(f,
			"the value of an attribute%s has no quotation mark at "
			"its end",
			place);
	else
		FAULT_SAY(f,
			"the value of an attribute%s is not in quotation marks",
			place);
}

static void document_fault_attribute(
	struct document *d, const xmlError *error, struct fault *f)
{
	char place[160];

	document_fault_put_place(d, place, sizeof(place));
	f->mistake = MISTAKE_ATTRIBUTE;
	if (error->code == XML_ERR_ATTRIBUTE_REDEFINED)
		FAULT_SAY(f, "the attribute " NAME "%s is given twice",
			error->str1 ? error->str1 : "", place);
	else if (error->code == XML_ERR_SPACE_REQUIRED)
		FAULT_SAY(f, "a blank before an attribute%s is missing", place);
	else
		FAULT_SAY(f,
			"something%s is no attribute, or the > at its end is "
			"missing",
			place);
}

static bool document_fault_is_open(const struct document *d, const char *name)
{
	for (size_t i = 0; i + 1 < d->depth && i < DOCUMENT_MAX_DEPTH; i++)
		if (strcmp((const char *)d->open[i].name, name) == 0)
			return true;
	return false;
}

static void document_fault_end_tag(
	struct document *d, const xmlError *error, struct fault *f)
{
	const struct open_element *e = document_fault_element(d);
	const char *found = error->str2 ? error->str2 : "";
	char name[128] = "";

	if (e)
		document_fault_put_name(name, sizeof(name), e);
	f->mistake = MISTAKE_END_TAG;
	if (!e)
		FAULT_SAY(f,
			"there is an end tag </" NAME "> without a start tag",
			found);
	else if (document_fault_is_open(d, found))
		FAULT_SAY(f,
			"%s of line %lld has no end tag before </" NAME ">",
			name, (long long)e->line, found);
	else
		FAULT_SAY(f,
			"</" NAME "> stands where %s of line %lld has to end%s",
			found, name, (long long)e->line,
			strcasecmp(found, (const char *)e->name) == 0
				? ": upper and lower case count"
				: "");
}

static void document_fault_declaration(
	struct document *d, const xmlError *error, struct fault *f)
{
	(void)d;
	(void)error;
	f->mistake = MISTAKE_DECLARATION;
	FAULT_SAY(f,
		"the XML declaration <?xml ...?> is not written as it has to "
		"be");
}

bool document_fault_has_declaration(const struct document *d)
{
	const char *p = d->head;

	if (strncmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	return strncmp(p, "<?xml", 5) == 0 && isspace((unsigned char)p[5]);
}

/* <?xml at another place than the beginning. */
static void document_fault_second_declaration(
	struct document *d, const xmlError *error, struct fault *f)
{
	const char *p = d->head;

	if (error->message && strstr(error->message, "Invalid PI name")) {
		document_fault_declaration(d, error, f);
		return;
	}
	p += strspn(p, " \t\r\n");
	f->mistake =
		d->has_root ? MISTAKE_AFTER_ROOT : MISTAKE_BEFORE_DECLARATION;
	if (d->has_root)
		FAULT_SAY(
			f, "a second document begins here, with its own <?xml");
	else if (document_fault_has_declaration(d))
		FAULT_SAY(f, "there is a second XML declaration <?xml");
	else if (strncmp(p, "<?xml", 5) == 0)
		FAULT_SAY(f,
			"there is white space before the XML declaration "
			"<?xml, which must be at the very beginning");
	else if (strncmp(p, "\xef\xbb\xbf", 3) == 0)
		FAULT_SAY(f, "there is a second byte order mark before <?xml");
	else
		FAULT_SAY(f,
			"there is something before the XML declaration <?xml, "
			"which must be at the very beginning");
}

static void document_fault_character(
	struct document *d, const xmlError *error, struct fault *f)
{
	char place[160];
	unsigned c = error->int1 > 0 ? (unsigned)error->int1
				     : (unsigned char)document_fault_byte(d, 0);

	document_fault_put_place(d, place, sizeof(place));
	f->mistake = MISTAKE_CHARACTER;
	if (error->message && strstr(error->message, "CharRef"))
		FAULT_SAY(f,
			"a reference &#...;%s names the character U+%04X, which "
			"XML does not allow",
			place, (unsigned)error->int1);
	else
		FAULT_SAY(f,
			"there is a character U+%04X%s, which XML does not "
			"allow",
			c, place);
}

static void document_fault_reference(
	struct document *d, const xmlError *error, struct fault *f)
{
	char place[160];

	(void)error;
	document_fault_put_place(d, place, sizeof(place));
	f->mistake = MISTAKE_AMPERSAND;
	FAULT_SAY(f, "a reference &#...;%s is not written as it has to be",
		place);
}

static void document_fault_comment(
	struct document *d, const xmlError *error, struct fault *f)
{
	(void)d;
	f->mistake = MISTAKE_COMMENT;
	if (error->code == XML_ERR_COMMENT_NOT_FINISHED)
		FAULT_SAY(f,
			"the file ends here, within a comment that has no -->");
	else
		FAULT_SAY(f,
			"a comment contains --, which is allowed only at its "
			"end");
}

static void document_fault_cdata(
	struct document *d, const xmlError *error, struct fault *f)
{
	char place[160];

	f->mistake = MISTAKE_CDATA;
	document_fault_put_place(d, place, sizeof(place));
	if (error->code == XML_ERR_MISPLACED_CDATA_END)
		FAULT_SAY(f, "there is a ]]>%s outside of a CDATA section",
			place);
	else
		FAULT_SAY(f,
			"the file ends here, within a CDATA section that has "
			"no ]]>");
}

static void document_fault_instruction(
	struct document *d, const xmlError *error, struct fault *f)
{
	(void)d;
	(void)error;
	f->mistake = MISTAKE_CUT_OFF;
	FAULT_SAY(f, "a processing instruction <?...?> has no ?> at its end");
}

static void document_fault_unknown_encoding(
	struct document *d, const xmlError *error, struct fault *f)
{
	(void)d;
	f->mistake = MISTAKE_ENCODING;
	if (error->code == XML_ERR_UNSUPPORTED_ENCODING)
		FAULT_SAY(f, "the declared encoding \"" NAME "\" is not known",
			error->str1 ? error->str1 : "");
	else
		FAULT_SAY(f,
			"it declares UTF-16, but its characters have one byte "
			"each");
}

/* The length of the name at p, as far as it is shown; 0 when the rest of it
 * has not come yet. */
static int document_fault_name_bytes(const struct document *d, const char *p)
{
	const char *end = (const char *)d->parser->input->end;
	int n = 0;

	while (n < 60 && p + n < end && !isspace((unsigned char)p[n]) &&
		p[n] != '>' && p[n] != '/')
		n++;
	return p + n < end ? n : 0;
}

/* What stands behind the end of the root. */
static void document_fault_after_root(
	struct document *d, const xmlError *error, struct fault *f)
{
	const char *p = (const char *)d->parser->input->cur;
	const char *root = (const char *)d->open[0].name;
	int n = document_fault_name_bytes(d, p + 1);

	(void)error;
	f->mistake = d->has_root ? MISTAKE_AFTER_ROOT : MISTAKE_PLAIN_TEXT;
	if (!d->has_root)
		FAULT_SAY(f, "there is text where the root has to begin");
	else if (document_fault_at(d, "</"))
		FAULT_SAY(f,
			"there is one more end tag after the end of the root "
			"<" NAME ">",
			root);
	else if (document_fault_byte(d, 0) == '<' &&
		isalpha((unsigned char)document_fault_byte(d, 1)))
		FAULT_SAY(f,
			"a second root%s%.*s%s follows the end of the root "
			"<" NAME "> of line %lld",
			n > 0 ? " <" : "", n, p + 1, n > 0 ? ">" : "", root,
			(long long)d->open[0].line);
	else
		FAULT_SAY(f,
			"there is text after the end of the root <" NAME ">",
			root);
}

/* A name that is missing: behind & or <, or of an attribute. */
static void document_fault_name(
	struct document *d, const xmlError *error, struct fault *f)
{
	const char *message = error->message ? error->message : "";

	if (document_fault_byte(d, -1) == '&')
		document_fault_ampersand(d, error, f);
	else if (document_fault_at(d, "/") && !d->has_root)
		FAULT_SAY(f, "it begins with an end tag");
	else if (strstr(message, "StartTag"))
		document_fault_less_than(d, error, f);
	else if (strstr(message, "attribute"))
		document_fault_attribute(d, error, f);
}

static void document_fault_space(
	struct document *d, const xmlError *error, struct fault *f)
{
	if (error->message && strstr(error->message, "attributes construct"))
		document_fault_attribute(d, error, f);
	else if (!d->has_root)
		document_fault_declaration(d, error, f);
}

static void document_fault_tag(
	struct document *d, const xmlError *error, struct fault *f)
{
	char place[160];

	(void)error;
	document_fault_put_place(d, place, sizeof(place));
	f->mistake = MISTAKE_LESS_THAN;
	FAULT_SAY(f, "a tag has no > at its end%s", place);
}

static const struct {
	int code;
	document_fault_teller *tell;
} tellers[] = {
	{XML_ERR_ENTITYREF_SEMICOL_MISSING, document_fault_ampersand},
	{XML_ERR_NAME_REQUIRED, document_fault_name},
	{XML_ERR_UNDECLARED_ENTITY, document_fault_entity},
	{XML_WAR_UNDECLARED_ENTITY, document_fault_entity},
	{XML_ERR_LT_IN_ATTRIBUTE, document_fault_less_than},
	{XML_ERR_ATTRIBUTE_NOT_STARTED, document_fault_quotes},
	{XML_ERR_ATTRIBUTE_NOT_FINISHED, document_fault_quotes},
	{XML_ERR_ATTRIBUTE_WITHOUT_VALUE, document_fault_quotes},
	{XML_ERR_ATTRIBUTE_REDEFINED, document_fault_attribute},
	{XML_ERR_SPACE_REQUIRED, document_fault_space},
	{XML_ERR_GT_REQUIRED, document_fault_tag},
	{XML_ERR_TAG_NAME_MISMATCH, document_fault_end_tag},
	{XML_ERR_LTSLASH_REQUIRED, document_fault_tag},
	{XML_ERR_DOCUMENT_EMPTY, document_fault_after_root},
	{XML_ERR_DOCUMENT_END, document_fault_after_root},
	{XML_ERR_RESERVED_XML_NAME, document_fault_second_declaration},
	{XML_ERR_XMLDECL_NOT_STARTED, document_fault_declaration},
	{XML_ERR_XMLDECL_NOT_FINISHED, document_fault_declaration},
	{XML_ERR_VERSION_MISSING, document_fault_declaration},
	{XML_ERR_UNKNOWN_VERSION, document_fault_declaration},
	{XML_ERR_STANDALONE_VALUE, document_fault_declaration},
	{XML_ERR_STRING_NOT_STARTED, document_fault_declaration},
	{XML_ERR_STRING_NOT_CLOSED, document_fault_declaration},
	{XML_ERR_ENCODING_NAME, document_fault_declaration},
	{XML_ERR_UNSUPPORTED_ENCODING, document_fault_unknown_encoding},
	{XML_ERR_INVALID_ENCODING, document_fault_unknown_encoding},
	{XML_ERR_INVALID_CHAR, document_fault_character},
	{XML_ERR_INVALID_CHARREF, document_fault_reference},
	{XML_ERR_INVALID_DEC_CHARREF, document_fault_reference},
	{XML_ERR_INVALID_HEX_CHARREF, document_fault_reference},
	{XML_ERR_HYPHEN_IN_COMMENT, document_fault_comment},
	{XML_ERR_COMMENT_NOT_FINISHED, document_fault_comment},
	{XML_ERR_MISPLACED_CDATA_END, document_fault_cdata},
	{XML_ERR_CDATA_NOT_FINISHED, document_fault_cdata},
	{XML_ERR_PI_NOT_FINISHED, document_fault_instruction},
};

/* The parser's own words: the first line, without the name of a function. */
static void document_fault_quote(const xmlError *error, struct fault *f)
{
	const char *p = error->message ? error->message : "";
	const char *colon = strstr(p, ": ");
	size_t len = 0;

	if (strncmp(p, "xml", 3) == 0 && colon)
		p = colon + 2;
	len = strcspn(p, "\n");
	while (len > 0 &&
		(isspace((unsigned char)p[len - 1]) || p[len - 1] == '!' ||
			p[len - 1] == '.'))
		len--;
	FAULT_SAY(f, "%.*s", (int)(len < 200 ? len : 200), p);
}

void document_fault_tell(
	struct document *d, const xmlError *error, struct fault *f)
{
	if (error->code == XML_ERR_DOCUMENT_END && d->depth > 0) {
		document_fault_cdata(d, error, f);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(tellers) && !f->detail[0]; i++)
		if (tellers[i].code == error->code)
			tellers[i].tell(d, error, f);
	if (!f->detail[0])
		document_fault_quote(error, f);
}
