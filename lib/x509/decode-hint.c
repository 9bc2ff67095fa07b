/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/decode-hint.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/base/der.h"
#include "lib/base/macros.h"

/* PEM lines are searched for so far. */
#define SEARCH_MAX_BYTES ((size_t)64 * 1024)
/* Shorter runs of letters are words, not base64. */
#define BASE64_MIN_BYTES 64

#define A_KEY                                                                  \
	"a private key, which must never be published: anybody may have "      \
	"fetched it, so the key has to be replaced"
#define CONVERT_X509 "openssl x509 -in FILE -outform DER -out FILE.der"
#define CONVERT_PKCS7(form)                                                    \
	"openssl pkcs7 -inform " form " -in FILE -print_certs | openssl x509 " \
	"-outform DER -out FILE.der"

/* --- PEM --- */

struct pem_label {
	const char *label; /* a label that ends so */
	struct decode_hint is;
};

/* The first row that matches counts; the worst come first. */
static const struct pem_label pem_labels[] = {
	{"PRIVATE KEY", {A_KEY, NULL}},
	{"TRUSTED CERTIFICATE",
		{"a PEM file with trust settings of OpenSSL", CONVERT_X509}},
	{"CERTIFICATE REQUEST",
		{"a certificate request, which a CA has yet to sign", NULL}},
	{"CERTIFICATE", {"a PEM file", CONVERT_X509}},
	{"PKCS7", {"a PKCS#7 file in PEM form", CONVERT_PKCS7("PEM")}},
	{"CMS", {"a PKCS#7 file in PEM form", CONVERT_PKCS7("PEM")}},
	{"CRL", {"a revocation list in PEM form", NULL}},
	{"PUBLIC KEY", {"a public key without a certificate", NULL}},
	{"", {"a PEM file without a certificate", NULL}},
};

/* The row of the label that starts at text. */
static size_t hint_pem_label_row(const char *text, size_t len)
{
	const char *end = memmem(text, len, "-----", 5);
	size_t n = end ? (size_t)(end - text) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(pem_labels) - 1; i++) {
		size_t m = strlen(pem_labels[i].label);

		if (n >= m && memcmp(text + n - m, pem_labels[i].label, m) == 0)
			return i;
	}
	return ARRAY_SIZE(pem_labels) - 1;
}

/* A file may contain several things: the worst of them counts. */
static bool hint_pem(const char *text, size_t len, struct decode_hint *ret)
{
	static const char begin[] = "-----BEGIN ";
	const char *end =
		text + (len < SEARCH_MAX_BYTES ? len : SEARCH_MAX_BYTES);
	const char *p = text;
	size_t row = ARRAY_SIZE(pem_labels);

	for (;;) {
		size_t found = 0;

		p = memmem(p, (size_t)(end - p), begin, strlen(begin));
		if (!p)
			break;
		p += strlen(begin);
		found = hint_pem_label_row(p, (size_t)(end - p));
		row = found < row ? found : row;
	}
	if (row == ARRAY_SIZE(pem_labels))
		return false;
	*ret = pem_labels[row].is;
	return true;
}

/* --- what starts like something --- */

struct magic {
	const char *start;
	size_t len;
	struct decode_hint is;
};

#define MAGIC(start, ...)                                                      \
	{                                                                      \
		start, sizeof(start) - 1,                                      \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}

/* Bytes that must match exactly. */
static const struct magic magics[] = {
	MAGIC("\x1f\x8b", "gzip data",
		"gzip -dc < FILE > FILE.der, and no compression by the "
		"server"),
	MAGIC("PK\x03\x04", "a zip archive", "unzip FILE"),
	MAGIC("\xfe\xed\xfe\xed", "a Java key store",
		"keytool -exportcert -keystore FILE -file FILE.der -alias "
		"NAME"),
	MAGIC("\xfe\xff", "UTF-16 text", NULL),
	MAGIC("\xff\xfe", "UTF-16 text", NULL),
};

/* Text behind white space, in any case; the longest come first. */
static const struct magic texts[] = {
	MAGIC("<!doctype html", "an HTML page, maybe an error of the server",
		NULL),
	MAGIC("<html", "an HTML page, maybe an error of the server", NULL),
	MAGIC("<head", "an HTML page, maybe an error of the server", NULL),
	MAGIC("<body", "an HTML page, maybe an error of the server", NULL),
	MAGIC("<!--", "an XML or HTML document", NULL),
	MAGIC("<", "an XML document", NULL),
};

static bool hint_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool hint_magic(const char *data, size_t len, struct decode_hint *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		const struct magic *m = &magics[i];

		if (len < m->len || memcmp(data, m->start, m->len) != 0)
			continue;
		*ret = m->is;
		return true;
	}
	return false;
}

static bool hint_text(const char *text, size_t len, struct decode_hint *ret)
{
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	while (len > 0 && hint_is_space(*text)) {
		text++;
		len--;
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct magic *m = &texts[i];

		if (len < m->len || strncasecmp(text, m->start, m->len) != 0)
			continue;
		*ret = m->is;
		return true;
	}
	return false;
}

/* --- other things in DER --- */

#define SHAPE_MAX 5

/* One value of a shape: its first byte, and how its content begins. */
struct hint_step {
	uint8_t tag;
	uint8_t len;
	const char *starts;
};

/*
 * Walks the values of a structure in order: into constructed ones, past
 * primitive ones.
 */
struct shape {
	struct hint_step steps[SHAPE_MAX];
	struct decode_hint is;
};

#define SEQUENCE                                                               \
	{                                                                      \
		0x30, 0, ""                                                    \
	}
#define SET                                                                    \
	{                                                                      \
		0x31, 0, ""                                                    \
	}
#define INTEGER                                                                \
	{                                                                      \
		0x02, 0, ""                                                    \
	}
#define VERSION(n)                                                             \
	{                                                                      \
		0x02, 1, n                                                     \
	}
#define OBJECT                                                                 \
	{                                                                      \
		0x06, 0, ""                                                    \
	}
#define PKCS(n)                                                                \
	{                                                                      \
		0x06, 8, "\x2a\x86\x48\x86\xf7\x0d\x01" n                      \
	}
#define OCTETS                                                                 \
	{                                                                      \
		0x04, 0, ""                                                    \
	}

static const struct shape shapes[] = {
	{{SEQUENCE, PKCS("\x07")}, {"a PKCS#7 file", CONVERT_PKCS7("DER")}},
	{{SEQUENCE, VERSION("\x03"), SEQUENCE, PKCS("\x07")},
		{"a PKCS#12 file; when it holds a private key, that is no "
		 "longer secret",
			"openssl pkcs12 -in FILE -nokeys | openssl x509 "
			"-outform DER -out FILE.der"}},
	{{SEQUENCE, VERSION("\x00"), SEQUENCE, OBJECT}, {A_KEY, NULL}},
	{{SEQUENCE, VERSION("\x01"), SEQUENCE, OBJECT}, {A_KEY, NULL}},
	{{SEQUENCE, VERSION("\x00"), INTEGER, INTEGER}, {A_KEY, NULL}},
	{{SEQUENCE, VERSION("\x01"), OCTETS}, {A_KEY, NULL}},
	{{SEQUENCE, SEQUENCE, PKCS("\x05")}, {A_KEY, NULL}},
	{{SEQUENCE, SEQUENCE, PKCS("\x0c")}, {A_KEY, NULL}},
	{{SEQUENCE, SEQUENCE, OBJECT},
		{"a public key without a certificate", NULL}},
	{{SEQUENCE, SEQUENCE, VERSION("\x00"), SEQUENCE, SET},
		{"a certificate request, which a CA has yet to sign", NULL}},
};

static bool hint_step_matches(
	const struct hint_step *s, uint8_t tag, const struct der_value *v)
{
	return s->tag == tag && v->len >= s->len &&
		memcmp(v->content, s->starts, s->len) == 0;
}

static bool hint_shape_matches(
	const struct shape *s, const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	struct der_value v;

	for (size_t i = 0; i < SHAPE_MAX && s->steps[i].tag; i++) {
		if (!der_read(p, (size_t)(end - p), &v) ||
			!hint_step_matches(&s->steps[i], *p, &v))
			return false;
		p = v.constructed ? v.content : v.end;
	}
	return true;
}

static bool hint_der(const uint8_t *data, size_t len, struct decode_hint *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (!hint_shape_matches(&shapes[i], data, len))
			continue;
		*ret = shapes[i].is;
		return true;
	}
	return false;
}

/* It begins like a version 1 certificate: read all of it. */
static bool hint_crl(const uint8_t *data, size_t len, struct decode_hint *ret)
{
	const uint8_t *p = data;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)len);

	X509_CRL_free(crl);
	ERR_clear_error();
	if (!crl)
		return false;
	*ret = (struct decode_hint){"a revocation list", NULL};
	return true;
}

/* --- all together --- */

bool decode_hint_is_base64(const void *data, size_t len)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/=";
	const char *text = data;

	for (size_t i = 0; i < len; i++)
		if (!hint_is_space(text[i]) &&
			!memchr(alphabet, text[i], sizeof(alphabet) - 1))
			return false;
	return len >= BASE64_MIN_BYTES;
}

bool decode_hint(const void *data, size_t len, struct decode_hint *ret)
{
	if (len == 0) {
		*ret = (struct decode_hint){"an empty file", NULL};
		return true;
	}
	if (hint_magic(data, len, ret) || hint_der(data, len, ret) ||
		hint_crl(data, len, ret) || hint_pem(data, len, ret) ||
		hint_text(data, len, ret))
		return true;
	if (!decode_hint_is_base64(data, len))
		return false;
	*ret = (struct decode_hint){
		"base64 text", "openssl base64 -d -in FILE -out FILE.der"};
	return true;
}
