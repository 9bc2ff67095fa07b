/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/decode.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/der.h"
#include "lib/x509/decode-hint.h"
#include "lib/x509/openssl-free.h"
#include "lib/x509/skeleton.h"

#define CONVERT_DER                                                            \
	"openssl x509 -inform DER -in FILE -outform DER -out FILE.der"

DEFINE_CLEANUP(X509, X509_free);

static struct decode_refusal decode_no(enum verdict verdict, const char *what)
{
	return (struct decode_refusal){.verdict = verdict, .what = what};
}

/* --- DER --- */

/*
 * Does a template give the same bytes? i2d_X509() alone would return what it
 * once read; a copy is made because encoding anew marks it for good. A
 * second opinion beside the outline, which sees more (names and parameters
 * are kept as they were read). A default that is spelt out (critical FALSE,
 * version 1) passes: OpenSSL knows no defaults there, and such certificates are
 * in use.
 */
static int decode_reencodes(const struct certificate *c, bool *ret)
{
	CLEANUP(X509_free) X509 *copy = NULL;
	CLEANUP(openssl_free) unsigned char *again = NULL;
	const uint8_t *p = c->der.data;
	int n = 0;

	copy = d2i_X509(NULL, &p, (long)c->der.len);
	if (!copy)
		return -ENOMEM;
	if (i2d_re_X509_tbs(copy, NULL) <= 0)
		return -ENOMEM;
	n = i2d_X509(copy, &again);
	if (n <= 0)
		return -ENOMEM;
	*ret = (size_t)n == c->der.len &&
		memcmp(again, c->der.data, c->der.len) == 0;
	return 0;
}

/* A certificate that OpenSSL may be asked about: see lib/key. */
static bool decode_is_decodable(const uint8_t *data, size_t len)
{
	struct skeleton o;
	struct public_key key;

	if (skeleton_read(data, len, &o) < 0)
		return false;
	key_read(o.spki, &key);
	return key.used;
}

/* What follows the first certificate, in words. */
static struct decode_refusal decode_name_trailing(
	const uint8_t *data, size_t len)
{
	struct decode_refusal refusal = {
		.verdict = VERDICT_TRAILING_DATA,
		.what = "there are bytes behind its end",
		.convert = CONVERT_DER,
	};
	struct der_value first;
	struct der_value second;
	struct skeleton o;
	const uint8_t *p = data;
	X509 *next = NULL;

	if (!der_read(data, len, &first) || first.indefinite ||
		!der_read(first.end, len - (size_t)(first.end - data), &second))
		return refusal;
	if (skeleton_read(first.end, (size_t)(second.end - first.end), &o) ==
		0) {
		refusal.what = "there is another certificate behind it";
		return refusal;
	}
	if (!decode_is_decodable(data, (size_t)(first.end - data)))
		return refusal;
	next = d2i_X509_AUX(NULL, &p, (long)len);
	if (next && p == data + len)
		refusal.what = "it is a TRUSTED CERTIFICATE of OpenSSL, with "
			       "trust settings behind it";
	X509_free(next);
	return refusal;
}

/*
 * A certificate to OpenSSL, but not to us: that is for its dates alone. The
 * encoding is asked first, as for all others.
 */
static bool decode_name_dates(
	const uint8_t *data, size_t len, struct decode_refusal *ret)
{
	const uint8_t *p = data;
	CLEANUP(X509_free) X509 *x509 = NULL;

	if (decode_is_decodable(data, len))
		x509 = d2i_X509(NULL, &p, (long)len);
	if (!x509 || p != data + len)
		return false;
	*ret = der_is_canonical(data, len)
		? decode_no(VERDICT_MALFORMED,
			  "its dates are not in the form RFC 5280 demands")
		: decode_no(VERDICT_NOT_CANONICAL, NULL);
	return true;
}

static struct decode_refusal decode_name_malformed(
	const uint8_t *data, size_t len)
{
	struct decode_refusal refusal;
	struct decode_hint is;
	struct der_value v;

	if (decode_name_dates(data, len, &refusal))
		return refusal;
	if (decode_hint(data, len, &is))
		return (struct decode_refusal){
			.verdict = VERDICT_NOT_DER,
			.what = is.what,
			.convert = is.convert,
		};
	if (!der_read(data, len, &v))
		return decode_no(VERDICT_MALFORMED, "it is cut short");
	return decode_no(
		VERDICT_MALFORMED, "its parts are not those of a certificate");
}

/* Why these bytes could not be decoded. */
static struct decode_refusal decode_name_undecoded(
	const uint8_t *data, size_t len, enum verdict verdict)
{
	struct decode_hint is;

	if (verdict == VERDICT_TOO_LARGE)
		return decode_no(
			verdict, "a certificate has at most 65,536 bytes");
	if (verdict == VERDICT_TRAILING_DATA)
		return decode_name_trailing(data, len);
	if (verdict == VERDICT_MALFORMED)
		return decode_name_malformed(data, len);
	if (verdict == VERDICT_NOT_CANONICAL)
		return decode_no(verdict, NULL);
	if (decode_hint(data, len, &is))
		return (struct decode_refusal){
			.verdict = VERDICT_NOT_DER,
			.what = is.what,
			.convert = is.convert,
		};
	return decode_no(verdict, NULL);
}

/* The questions to a certificate that could be decoded; ACCEPTED is yes. */
static int decode_check_strictly(
	const struct certificate *c, struct decode_refusal *ret)
{
	bool same = der_is_canonical(c->der.data, c->der.len);
	int r = 0;

	/* Without its key it is not what OpenSSL would write. */
	if (same && c->key.used)
		r = decode_reencodes(c, &same);
	if (r < 0)
		return r;
	if (!same)
		*ret = decode_no(VERDICT_NOT_CANONICAL, NULL);
	else if (c->invalid_extension)
		*ret = decode_no(VERDICT_INVALID_EXTENSION, NULL);
	else
		*ret = decode_no(VERDICT_ACCEPTED, NULL);
	return 0;
}

int decode_der(const void *data, size_t len, struct certificate **ret,
	struct decode_refusal *ret_refusal)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	struct decode_refusal refusal = {0};
	enum verdict verdict = VERDICT_ACCEPTED;
	int r = certificate_decode(data, len, &c, &verdict);

	if (r < 0)
		return r;
	if (c)
		r = decode_check_strictly(c, &refusal);
	else
		refusal = decode_name_undecoded(data, len, verdict);
	ERR_clear_error();
	if (r < 0)
		return r;
	if (refusal.verdict != VERDICT_ACCEPTED) {
		*ret = NULL;
		*ret_refusal = refusal;
		return 0;
	}
	*ret = TAKE_PTR(c);
	return 0;
}

/* --- base64 --- */

static bool decode_is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int decode_alphabet_value(uint8_t c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";
	const char *found = memchr(alphabet, c, sizeof(alphabet) - 1);

	return found ? (int)(found - alphabet) : -1;
}

/* Without the white space; length returned. */
static size_t decode_squeeze(const char *text, size_t len, uint8_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (!decode_is_space((uint8_t)text[i]))
			ret[n++] = (uint8_t)text[i];
	return n;
}

/* What is wrong with a character that is none of the alphabet. */
static const char *decode_name_character(uint8_t c)
{
	if (c == '=')
		return "text with padding in the middle";
	if (c == '-' || c == '_')
		return "base64 of the URL-safe alphabet";
	if (c >= 0x80)
		return "text with characters that are not ASCII, maybe a "
		       "no-break space";
	return "text with other characters than A-Z a-z 0-9 + / and =";
}

/*
 * Strict before OpenSSL sees it, because EVP_Decode takes '-' for an end and
 * ignores what follows. NULL, or what is wrong.
 */
static const char *decode_fault_of(
	const uint8_t *text, size_t len, size_t *ret_padding)
{
	size_t padding = 0;

	if (len == 0)
		return "nothing";
	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < len - padding; i++)
		if (decode_alphabet_value(text[i]) < 0)
			return decode_name_character(text[i]);
	if (len % 4 != 0)
		return "base64 that lacks characters at its end, or its "
		       "padding";
	/* The last character has bits that belong to no byte. */
	if (padding > 0 &&
		(decode_alphabet_value(text[len - padding - 1]) &
			(padding == 1 ? 0x03 : 0x0f)) != 0)
		return "base64 whose last character is wrong";
	*ret_padding = padding;
	return NULL;
}

/* PEM lines, pages and the like: named before their first odd character. */
static bool decode_name_instead(
	const char *text, size_t len, struct decode_refusal *ret)
{
	struct decode_hint is;

	if (len == 0 || decode_hint_is_base64(text, len) ||
		!decode_hint(text, len, &is))
		return false;
	*ret = (struct decode_refusal){
		.verdict = VERDICT_NOT_BASE64,
		.what = is.what,
		.convert = is.convert,
	};
	return true;
}

static int decode(
	const uint8_t *text, size_t len, size_t padding, struct bytes *ret)
{
	CLEANUP(free) uint8_t *data = malloc(len / 4 * 3 + 1);
	int n = 0;

	if (!data)
		return -ENOMEM;
	n = EVP_DecodeBlock(data, text, (int)len);
	if (n < 0 || (size_t)n < padding)
		return -EINVAL; /* cannot be: the text was looked through */
	*ret = (struct bytes){.data = data, .len = (size_t)n - padding};
	(void)TAKE_PTR(data);
	return 0;
}

static int decode_strictly(const char *text, size_t len, struct bytes *ret,
	struct decode_refusal *refusal)
{
	CLEANUP(free) uint8_t *squeezed = malloc(len + 1);
	const char *fault = NULL;
	size_t padding = 0;
	size_t n = 0;

	if (!squeezed)
		return -ENOMEM;
	n = decode_squeeze(text, len, squeezed);
	fault = decode_fault_of(squeezed, n, &padding);
	if (fault) {
		if (!decode_name_instead(text, len, refusal))
			*refusal = decode_no(VERDICT_NOT_BASE64, fault);
		return 0;
	}
	if (n / 4 * 3 - padding > CERTIFICATE_MAX_BYTES) {
		*refusal = decode_no(VERDICT_TOO_LARGE,
			"a certificate has at most 65,536 bytes");
		return 0;
	}
	return decode(squeezed, n, padding, ret);
}

int decode_base64(const char *text, size_t len, struct bytes *ret_der,
	struct decode_refusal *ret_refusal)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	struct decode_refusal refusal = {0};
	int r = 0;

	if (len > DECODE_MAX_BASE64_BYTES)
		refusal = decode_no(VERDICT_TOO_LARGE,
			"the text of a certificate has at most 262,144 bytes");
	else
		r = decode_strictly(text, len, &der, &refusal);
	if (r < 0)
		return r;
	if (der.data && decode_hint_is_base64(der.data, der.len)) {
		bytes_done(&der);
		refusal = (struct decode_refusal){
			.verdict = VERDICT_NOT_DER,
			.what = "base64 text, encoded twice",
			.convert = "openssl base64 -A -d -in FILE",
		};
	}
	*ret_der = der;
	if (!der.data)
		*ret_refusal = refusal;
	der = (struct bytes){0};
	return 0;
}
