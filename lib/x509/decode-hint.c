/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/decode-hint.h"

#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/der.h"
#include "lib/base/macros.h"
#include "lib/x509/openssl-errors.h"
#include "lib/x509/skeleton.h"

#define CONVERT_X509 "openssl x509 -in FILE -outform DER -out FILE.der"
#define CONVERT_PKCS7(form)                                                    \
	"openssl pkcs7 -inform " form " -in FILE -print_certs | openssl x509 " \
	"-outform DER -out FILE.der"

#define CONVERT_PKCS12                                                         \
	"openssl pkcs12 -in FILE -nokeys | openssl x509 -outform DER -out "    \
	"FILE.der"
#define CONVERT_JAVA                                                           \
	"keytool -exportcert -keystore FILE -file FILE.der -alias NAME"
#define CONVERT_GZIP                                                           \
	"gzip -dc < FILE > FILE.der, and no compression by the server"

/* How to make DER of it; some are put together of pieces.
 * NOLINTBEGIN(bugprone-suspicious-missing-comma) */
static const char *const conversions[CONTENT__END] = {
	[CONTENT_GZIP] = CONVERT_GZIP,
	[CONTENT_ZIP] = "unzip FILE",
	[CONTENT_JAVA_STORE] = CONVERT_JAVA,
	[CONTENT_BASE64] = "openssl base64 -d -in FILE -out FILE.der",
	[CONTENT_PEM_TRUSTED] = CONVERT_X509,
	[CONTENT_PEM_CERTIFICATE] = CONVERT_X509,
	[CONTENT_PEM_PKCS7] = CONVERT_PKCS7("PEM"),
	[CONTENT_PKCS7] = CONVERT_PKCS7("DER"),
	[CONTENT_PKCS12] = CONVERT_PKCS12,
};
/* NOLINTEND(bugprone-suspicious-missing-comma) */

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
	enum content_kind kind;
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
	{{SEQUENCE, PKCS("\x07")}, CONTENT_PKCS7},
	{{SEQUENCE, VERSION("\x03"), SEQUENCE, PKCS("\x07")}, CONTENT_PKCS12},
	{{SEQUENCE, VERSION("\x00"), SEQUENCE, OBJECT}, CONTENT_KEY},
	{{SEQUENCE, VERSION("\x01"), SEQUENCE, OBJECT}, CONTENT_KEY},
	{{SEQUENCE, VERSION("\x00"), INTEGER, INTEGER}, CONTENT_KEY},
	{{SEQUENCE, VERSION("\x01"), OCTETS}, CONTENT_KEY},
	{{SEQUENCE, SEQUENCE, PKCS("\x05")}, CONTENT_KEY},
	{{SEQUENCE, SEQUENCE, PKCS("\x0c")}, CONTENT_KEY},
	{{SEQUENCE, SEQUENCE, OBJECT}, CONTENT_PUBLIC_KEY},
	{{SEQUENCE, SEQUENCE, VERSION("\x00"), SEQUENCE, SET}, CONTENT_REQUEST},
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

static enum content_kind hint_of_shape(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (hint_shape_matches(&shapes[i], data, len))
			return shapes[i].kind;
	return CONTENT_UNKNOWN;
}

/* It begins like a version 1 certificate: read all of it. */
static bool hint_is_crl(const uint8_t *data, size_t len)
{
	const uint8_t *p = data;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)len);

	X509_CRL_free(crl);
	openssl_clear_errors();
	return crl != NULL;
}

/* A SEQUENCE of more than 127 bytes, which may be cut. */
static bool hint_begins_as_der(const uint8_t *data, size_t len)
{
	return len > 4 && data[0] == 0x30 && data[1] > 0x80 && data[1] < 0x84;
}

static enum content_kind hint_of_der(const uint8_t *data, size_t len)
{
	enum content_kind kind = hint_of_shape(data, len);
	struct skeleton o;

	if (kind != CONTENT_UNKNOWN)
		return kind;
	if (len > 0 && data[0] == 0x30 && hint_is_crl(data, len))
		return CONTENT_CRL;
	if (skeleton_read(data, len, &o) == 0)
		return CONTENT_CERTIFICATE;
	return hint_begins_as_der(data, len) ? CONTENT_DER : CONTENT_UNKNOWN;
}

void decode_recognise(const void *data, size_t len, struct content *ret)
{
	enum content_kind kind = hint_of_der(data, len);

	if (kind == CONTENT_UNKNOWN)
		content_recognise(data, len, ret);
	else
		*ret = (struct content){.kind = kind};
}

/* It says no more than that this is no certificate. */
static bool hint_says_nothing(enum content_kind kind)
{
	return kind == CONTENT_UNKNOWN || kind == CONTENT_BLANK ||
		kind == CONTENT_TEXT || kind == CONTENT_ASSIGNMENTS ||
		kind == CONTENT_INI || kind == CONTENT_BINARY ||
		kind == CONTENT_CERTIFICATE || kind == CONTENT_DER;
}

bool decode_hint(const void *data, size_t len, struct decode_hint *ret)
{
	struct content is;

	decode_recognise(data, len, &is);
	if (hint_says_nothing(is.kind))
		return false;
	*ret = (struct decode_hint){
		content_name(is.kind), conversions[is.kind]};
	return true;
}
