/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/base/der.h"
#include "lib/x509/decode-hint.h"
#include "lib/x509/openssl-errors.h"
#include "lib/x509/reencode.h"
#include "lib/x509/skeleton.h"

#define CONVERT_DER                                                            \
	"openssl x509 -inform DER -in FILE -outform DER -out FILE.der"

#define TOO_MANY_BYTES "a certificate has at most 65,536 bytes"
#define ALPHABET                                                               \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

DEFINE_CLEANUP(X509, X509_free);

static struct decode_refusal decode_no(enum verdict verdict, const char *what)
{
	return (struct decode_refusal){.verdict = verdict, .what = what};
}

/* --- DER --- */

/* May OpenSSL decode it? Some keys cost too much: see key.h. */
static bool decode_is_decodable(const uint8_t *data, size_t len)
{
	struct skeleton o;
	struct public_key key;

	if (skeleton_read(data, len, &o) < 0)
		return false;
	key_read(o.spki, &key);
	return key.used;
}

/* Says what follows the first certificate. */
static struct decode_refusal decode_name_trailing(
	const uint8_t *data, size_t len)
{
	struct decode_refusal refusal = {
		.verdict = VERDICT_TRAILING_DATA,
		.what = "more bytes follow its end",
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
		refusal.what = "another certificate follows it";
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
 * OpenSSL decodes it and we do not: that can only be its dates. The encoding
 * comes first, as with all others.
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
			  "its dates are not in the required form")
		: decode_no(VERDICT_NOT_CANONICAL, NULL);
	if (ret->verdict == VERDICT_MALFORMED)
		ret->clause = "RFC 5280 4.1.2.5";
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
	return decode_no(VERDICT_MALFORMED,
		"it does not have the parts of a certificate");
}

/* Why these bytes could not be decoded. */
static struct decode_refusal decode_name_undecoded(
	const uint8_t *data, size_t len, enum verdict verdict)
{
	struct decode_hint is;

	if (verdict == VERDICT_TOO_LARGE)
		return decode_no(verdict, TOO_MANY_BYTES);
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

/* The strict checks of a decoded certificate; ACCEPTED: all passed. */
static int decode_check_strictly(
	const struct certificate *c, struct decode_refusal *ret)
{
	bool same = der_is_canonical(c->der.data, c->der.len);
	int r = 0;

	/* An explicit default (critical FALSE, version 1) passes: OpenSSL
	 * knows no defaults there, and such certificates are in use. One whose
	 * key is not used is refused for that. */
	if (same && c->key.used)
		r = reencode_is_same(&c->der, &same);
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
	openssl_clear_errors();
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

/* Without the white space, ended by a zero byte; returns the length. */
static size_t decode_squeeze(const char *text, size_t len, char *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (!decode_is_space((uint8_t)text[i]))
			ret[n++] = text[i];
	ret[n] = 0;
	return n;
}

/* Says what is wrong with a character outside the alphabet. */
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

/* What is wrong with characters or length, or NULL. */
static const char *decode_fault_of(const char *text, size_t len)
{
	size_t good = strspn(text, ALPHABET);
	size_t padding = strspn(text + good, "=");

	if (len == 0)
		return "nothing";
	if (padding > 2 || good + padding < len)
		return decode_name_character((uint8_t)text[good]);
	return len % 4 == 0 ? NULL
			    : "base64 that lacks characters at its end, or its "
			      "padding";
}

/* A PEM file or a web page is named before its first odd character is. */
static bool decode_name_instead(
	const char *text, size_t len, struct decode_refusal *ret)
{
	struct decode_hint is;

	if (len == 0 || content_is_base64(text, len) ||
		!decode_hint(text, len, &is))
		return false;
	*ret = (struct decode_refusal){
		.verdict = VERDICT_NOT_BASE64,
		.what = is.what,
		.convert = is.convert,
	};
	return true;
}

static int decode_strictly(const char *text, size_t len, struct bytes *ret,
	struct decode_refusal *refusal)
{
	CLEANUP(free) char *squeezed = malloc(len + 1);
	const char *fault = NULL;
	int r = 0;

	if (!squeezed)
		return -ENOMEM;
	fault = decode_fault_of(squeezed, decode_squeeze(text, len, squeezed));
	if (!fault)
		r = base64_decode(squeezed, CERTIFICATE_MAX_BYTES, ret);
	/* The last character may have bits that are part of no byte. */
	if (r == -EINVAL)
		fault = "base64 whose last character is wrong";
	if (r == -EFBIG)
		*refusal = decode_no(VERDICT_TOO_LARGE, TOO_MANY_BYTES);
	else if (fault && !decode_name_instead(text, len, refusal))
		*refusal = decode_no(VERDICT_NOT_BASE64, fault);
	return r == -ENOMEM ? r : 0;
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
	if (der.data && content_is_base64(der.data, der.len)) {
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
