/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/certificate.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/der.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/x509/certificate-parse.h"
#include "lib/x509/decoder-context.h"
#include "lib/x509/name-digest.h"
#include "lib/x509/openssl-errors.h"
#include "lib/x509/openssl-free.h"
#include "lib/x509/placed-key.h"
#include "lib/x509/skeleton.h"

/* How much of a name, a serial number and a list of names is shown. */
#define DISTINGUISHED_NAME_MAX_BYTES 1024
#define NAME_MAX_BYTES 512
#define SERIAL_MAX_BYTES 64
#define NAMES_SHOWN 8

/* OpenSSL's returns nothing, which DEFINE_CLEANUP does not take. */
static void certificate_string_free_at_end(ASN1_STRING **s)
{
	ASN1_STRING_free(*s);
}

DEFINE_CLEANUP(BIO, BIO_free);
DEFINE_CLEANUP(X509_NAME, X509_NAME_free);
DEFINE_CLEANUP(GENERAL_NAMES, GENERAL_NAMES_free);
DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free);
DEFINE_CLEANUP(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free);

struct certificate *certificate_ref(struct certificate *c)
{
	assert(c->references > 0 && c->references < UINT_MAX);
	c->references++;
	return c;
}

struct certificate *certificate_free(struct certificate *c)
{
	if (!c || --c->references > 0)
		return NULL;
	X509_free(c->x509);
	EVP_PKEY_free(c->verifying);
	bytes_done(&c->der);
	for (size_t i = 0; i < CERTIFICATE_TEXTS; i++)
		free(c->texts[i]);
	for (size_t i = 0; i < c->name_count; i++)
		free(c->names[i]);
	free(c->names);
	free(c);
	return NULL;
}

/* --- text --- */

static int certificate_print_name(
	const X509_NAME *name, unsigned long flags, char **ret)
{
	CLEANUP(BIO_free) BIO *bio = BIO_new(BIO_s_mem());
	const char *text = NULL;
	long n = 0;

	if (!bio)
		return -ENOMEM;
	if (X509_NAME_print_ex(bio, name, 0, flags) < 0)
		return -EILSEQ;
	n = BIO_get_mem_data(bio, &text);
	return text_escape(n > 0 ? text : "", n > 0 ? (size_t)n : 0,
		DISTINGUISHED_NAME_MAX_BYTES, ret);
}

static int certificate_name_text(const X509_NAME *name, char **ret)
{
	int r = certificate_print_name(
		name, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB, ret);

	/* A string that does not fit its type is shown as hex. */
	if (r == -EILSEQ)
		r = certificate_print_name(
			name, XN_FLAG_RFC2253 | ASN1_STRFLGS_DUMP_ALL, ret);
	return r == -EILSEQ ? -ENOMEM : r;
}

static int certificate_serial_text(const ASN1_INTEGER *serial, char **ret)
{
	char hex[2 * SERIAL_MAX_BYTES + 1] = "00";
	const uint8_t *data = ASN1_STRING_get0_data(serial);
	int len = ASN1_STRING_length(serial);
	bool negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;
	bool cut = len > SERIAL_MAX_BYTES;

	if (len > 0)
		hex_format(data, cut ? SERIAL_MAX_BYTES : (size_t)len, hex);
	return string_format(
		ret, "%s%s%s", negative ? "-" : "", hex, cut ? TEXT_CUT : "");
}

static int certificate_make_text(
	const struct certificate *c, enum certificate_text which, char **ret)
{
	if (which == CERTIFICATE_SERIAL)
		return certificate_serial_text(
			X509_get0_serialNumber(c->x509), ret);
	return certificate_name_text(which == CERTIFICATE_SUBJECT
			? X509_get_subject_name(c->x509)
			: X509_get_issuer_name(c->x509),
		ret);
}

/* Several threads may make it; the first one's stays. */
static int certificate_find_text(const struct certificate *c,
	enum certificate_text which, const char **ret)
{
	_Atomic(char *) *at = &((struct certificate *)c)->texts[which];
	CLEANUP(free) char *made = NULL;
	char *there = atomic_load(at);
	int r = 0;

	if (!there) {
		r = certificate_make_text(c, which, &made);
		openssl_clear_errors();
		if (r < 0)
			return r;
		if (atomic_compare_exchange_strong(at, &there, made))
			there = TAKE_PTR(made);
	}
	*ret = there;
	return 0;
}

static const char *certificate_get_text(
	const struct certificate *c, enum certificate_text which)
{
	const char *text = "(out of memory)";

	(void)certificate_find_text(c, which, &text);
	return text;
}

int certificate_find_subject(const struct certificate *c, const char **ret)
{
	return certificate_find_text(c, CERTIFICATE_SUBJECT, ret);
}

const char *certificate_subject(const struct certificate *c)
{
	return certificate_get_text(c, CERTIFICATE_SUBJECT);
}

const char *certificate_issuer(const struct certificate *c)
{
	return certificate_get_text(c, CERTIFICATE_ISSUER);
}

const char *certificate_serial(const struct certificate *c)
{
	return certificate_get_text(c, CERTIFICATE_SERIAL);
}

/* --- names --- */

/* Keep one more name, or only count it. */
static int certificate_add_name(
	struct certificate *c, const char *kind, const void *data, size_t len)
{
	CLEANUP(free) char *safe = NULL;
	int r = 0;

	if (c->name_count >= CERTIFICATE_MAX_NAMES) {
		c->names_left_out++;
		return 0;
	}
	r = text_escape(data, len, NAME_MAX_BYTES, &safe);
	if (r < 0)
		return r;
	if (!c->names)
		c->names = calloc(CERTIFICATE_MAX_NAMES, sizeof(*c->names));
	if (!c->names)
		return -ENOMEM;
	r = string_format(&c->names[c->name_count], "%s:%s", kind, safe);
	if (r < 0)
		return r;
	c->name_count++;
	return 0;
}

static int certificate_add_string(
	struct certificate *c, const char *kind, const ASN1_STRING *s)
{
	return certificate_add_name(c, kind, ASN1_STRING_get0_data(s),
		(size_t)ASN1_STRING_length(s));
}

static int certificate_add_address(
	struct certificate *c, const ASN1_OCTET_STRING *s)
{
	char text[INET6_ADDRSTRLEN] = "";
	const uint8_t *data = ASN1_STRING_get0_data(s);
	int len = ASN1_STRING_length(s);

	if (len == 4)
		(void)inet_ntop(AF_INET, data, text, sizeof(text));
	else if (len == 16)
		(void)inet_ntop(AF_INET6, data, text, sizeof(text));
	else
		return certificate_add_string(c, "IP", s);
	return certificate_add_name(c, "IP", text, strlen(text));
}

static int certificate_add_general_name(
	struct certificate *c, const GENERAL_NAME *name)
{
	if (name->type == GEN_DNS)
		return certificate_add_string(c, "DNS", name->d.dNSName);
	if (name->type == GEN_URI)
		return certificate_add_string(
			c, "URI", name->d.uniformResourceIdentifier);
	if (name->type == GEN_IPADD)
		return certificate_add_address(c, name->d.iPAddress);
	return 0;
}

static int certificate_add_common_names(struct certificate *c)
{
	const X509_NAME *subject = X509_get_subject_name(c->x509);
	int i = -1;

	for (;;) {
		CLEANUP(openssl_free) unsigned char *text = NULL;
		const ASN1_STRING *value = NULL;
		int len = 0;
		int r = 0;

		i = X509_NAME_get_index_by_NID(subject, NID_commonName, i);
		if (i < 0)
			return 0;
		value = X509_NAME_ENTRY_get_data(
			X509_NAME_get_entry(subject, i));
		len = ASN1_STRING_to_UTF8(&text, value);
		r = len < 0 ? certificate_add_string(c, "CN", value)
			    : certificate_add_name(c, "CN", text, (size_t)len);
		if (r < 0)
			return r;
	}
}

static int certificate_fill_names(struct certificate *c)
{
	CLEANUP(GENERAL_NAMES_free)
	GENERAL_NAMES *names =
		X509_get_ext_d2i(c->x509, NID_subject_alt_name, NULL, NULL);
	int count = sk_GENERAL_NAME_num(names); /* below 0 without */
	bool dns = false;
	int r = 0;

	c->alternative_names = count > 0 ? (unsigned)count : 0;
	for (int i = 0; i < count && r == 0; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		dns = dns || name->type == GEN_DNS;
		r = certificate_add_general_name(c, name);
	}
	return r < 0 || dns ? r : certificate_add_common_names(c);
}

/* --- dates, key, use --- */

/* OpenSSL reads other forms of dates too, but never verifies them. */
static bool certificate_read_time(const ASN1_TIME *time, int64_t *ret)
{
	return date_read_asn1(ASN1_STRING_type(time),
		ASN1_STRING_get0_data(time), (size_t)ASN1_STRING_length(time),
		ret);
}

/* OpenSSL must have read the same key as we did. */
static void certificate_fill_key(struct certificate *c)
{
	const EVP_PKEY *key = c->key.used ? X509_get0_pubkey(c->x509) : NULL;

	if (!c->key.used)
		return;
	if (!key || EVP_PKEY_get_bits(key) != (int)c->key.bits)
		c->key = (struct public_key){.type = KEY_OTHER};
}

/* The same name again, encoded as DER has it. */
static int certificate_encode_name(const X509_NAME *name, X509_NAME **ret)
{
	CLEANUP(X509_NAME_free) X509_NAME *made = X509_NAME_new();
	int before = -1;

	for (int i = 0; made && i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
		int set = X509_NAME_ENTRY_set(e);

		/* -1: in the same set as the one before. */
		if (!X509_NAME_add_entry(made, e, -1, set == before ? -1 : 0))
			return -ENOMEM;
		before = set;
	}
	if (!made)
		return -ENOMEM;
	*ret = TAKE_PTR(made);
	return 0;
}

/* OpenSSL keeps a name as it was read, even in BER, which would have another
 * digest or none at all. */
static int certificate_digest_name(
	const X509_NAME *name, uint8_t ret[SHA256_BYTES])
{
	CLEANUP(X509_NAME_free) X509_NAME *made = NULL;
	const unsigned char *der = NULL;
	size_t len = 0;
	int r = 0;

	if (!X509_NAME_get0_der(name, &der, &len))
		return -ENOMEM;
	if (!der_is_canonical(der, len)) {
		r = certificate_encode_name(name, &made);
		if (r < 0)
			return r;
		if (!X509_NAME_get0_der(made, &der, &len))
			return -ENOMEM;
	}
	r = name_digest((struct span){der, len}, ret);
	return r;
}

/* The key in DER; one that was left out or is in DER already, as it was read.
 */
static int certificate_find_key(const struct certificate *c, struct span read,
	unsigned char **ret_made, struct span *ret)
{
	int n = 0;

	*ret = read;
	if (!c->key.used || key_is_usual(read))
		return 0;
	n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x509), ret_made);
	if (n <= 0)
		return -ENOMEM;
	*ret = (struct span){*ret_made, (size_t)n};
	return 0;
}

static const EVP_PKEY *certificate_decoded_key(const struct certificate *c)
{
	return c->key.used ? X509_get0_pubkey(c->x509) : NULL;
}

static int certificate_digest_key(struct certificate *c, struct span read)
{
	CLEANUP(openssl_free) unsigned char *made = NULL;
	struct span spki = {0};
	int r = certificate_find_key(c, read, &made, &spki);

	if (r == 0)
		r = digest_sha256(spki.data, spki.len, c->spki_sha256);
	if (r == 0)
		r = key_fingerprint(spki, c->spki_sha256,
			certificate_decoded_key(c), c->key_sha256);
	return r;
}

int certificate_key_fingerprints(
	const struct certificate *c, uint8_t ret[KEY_FORMS_MAX][SHA256_BYTES])
{
	CLEANUP(openssl_free) unsigned char *made = NULL;
	struct span spki = {0};
	struct skeleton o;
	int r = skeleton_read(c->der.data, c->der.len, &o);

	if (r == 0)
		r = certificate_find_key(c, o.spki, &made, &spki);
	if (r == 0)
		r = key_fingerprints(spki, certificate_decoded_key(c), ret);
	openssl_clear_errors();
	return r;
}

/* -EINVAL when a name has no digest to be found by. */
static int certificate_fill_digests(struct certificate *c, struct span key)
{
	int r = certificate_digest_key(c, key);

	if (r == 0)
		r = digest_sha256(c->der.data, c->der.len, c->sha256);
	if (r == 0)
		r = certificate_digest_name(
			X509_get_subject_name(c->x509), c->subject_sha256);
	if (r == 0)
		r = certificate_digest_name(
			X509_get_issuer_name(c->x509), c->issuer_sha256);
	if (r == 0)
		hex_format(c->sha256, SHA256_BYTES, c->sha256_hex);
	return r;
}

/* id-kp-sipDomain */
#define OID_SIP_DOMAIN "1.3.6.1.5.5.7.3.20"

/* RFC 5924: the use that SIP domain certificates are issued for. */
static bool certificate_is_for_sip_domains(const X509 *x)
{
	CLEANUP(EXTENDED_KEY_USAGE_free)
	EXTENDED_KEY_USAGE *uses =
		X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	char oid[sizeof(OID_SIP_DOMAIN) + 1];

	for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++)
		if (OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(uses, i),
			    1) > 0 &&
			strcmp(oid, OID_SIP_DOMAIN) == 0)
			return true;
	return false;
}

static void certificate_fill_use(struct certificate *c)
{
	uint32_t flags = X509_get_extension_flags(c->x509);
	uint32_t usage = X509_get_key_usage(c->x509);
	uint32_t extended = X509_get_extended_key_usage(c->x509);

	/* An absent extension permits everything: all bits are set. */
	c->version_1 = X509_get_version(c->x509) == X509_VERSION_1;
	c->ca = !c->version_1 && flags & EXFLAG_BCONS && flags & EXFLAG_CA;
	c->self_issued = flags & EXFLAG_SI;
	c->self_signed = flags & EXFLAG_SS;
	c->invalid_extension = flags & EXFLAG_INVALID;
	c->tls_server = usage &
			(KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT |
				KU_KEY_AGREEMENT) &&
		extended & (XKU_SSL_SERVER | XKU_ANYEKU);
	c->for_servers = extended & (XKU_SSL_SERVER | XKU_ANYEKU) ||
		certificate_is_for_sip_domains(c->x509);
}

/* --- decoding --- */

/* 0 and all facts; 0 and MALFORMED for an invalid date; -ENOMEM, -EIO. */
static int certificate_fill(struct certificate *c, const struct skeleton *o,
	enum verdict *ret_verdict)
{
	int r = 0;

	if (!certificate_read_time(
		    X509_get0_notBefore(c->x509), &c->not_before) ||
		!certificate_read_time(
			X509_get0_notAfter(c->x509), &c->not_after)) {
		*ret_verdict = VERDICT_MALFORMED;
		return 0;
	}
	certificate_fill_use(c);
	certificate_fill_key(c);
	r = certificate_fill_digests(c, o->spki);
	if (r == -EINVAL) {
		*ret_verdict = VERDICT_NOT_CANONICAL;
		return 0;
	}
	if (r == 0)
		r = certificate_fill_names(c);
	return r;
}

/* Takes a reference to what OpenSSL has decoded, NULL: nothing yet. */
static int certificate_parse(const uint8_t *der, size_t len, X509 *decoded,
	struct certificate *c, enum verdict *ret_verdict)
{
	const uint8_t *end = NULL;
	struct skeleton o;
	int r = 0;

	if (skeleton_read(der, len, &o) < 0) {
		*ret_verdict = certificate_why_no_skeleton(der, len);
		return 0;
	}
	key_read(o.spki, &c->key);
	c->parts = skeleton_parts(der, len, &o);
	if (c->parts > CERTIFICATE_MAX_PARTS ||
		skeleton_extensions(&o) > CERTIFICATE_MAX_EXTENSIONS) {
		*ret_verdict = VERDICT_TOO_LARGE;
		return 0;
	}
	if (decoded && c->key.used && X509_up_ref(decoded)) {
		c->x509 = decoded;
		end = der + len;
	} else {
		r = certificate_parse_x509(
			(struct span){der, len}, &o, &c->key, &c->x509, &end);
	}
	if (r < 0)
		return r;
	if (!c->x509) {
		*ret_verdict = VERDICT_MALFORMED;
		return openssl_was_out_of_memory() ? -ENOMEM : 0;
	}
	if (end != der + len) {
		*ret_verdict = VERDICT_TRAILING_DATA;
		return 0;
	}
	if (!certificate_envelope_is_canonical(der, len)) {
		*ret_verdict = VERDICT_NOT_CANONICAL;
		return 0;
	}
	return certificate_fill(c, &o, ret_verdict);
}

static int certificate_make(const void *der, size_t len, X509 *decoded,
	struct certificate **ret, enum verdict *ret_verdict)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict verdict = VERDICT_ACCEPTED;
	const uint8_t *data = der;
	int r = 0;

	if (len > CERTIFICATE_MAX_BYTES)
		verdict = VERDICT_TOO_LARGE;
	else if (len == 0 || data[0] != DER_SEQUENCE)
		verdict = VERDICT_NOT_DER;
	if (verdict != VERDICT_ACCEPTED) {
		*ret = NULL;
		*ret_verdict = verdict;
		return 0;
	}

	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->references = 1;
	r = bytes_copy(data, len, &c->der);
	if (r < 0)
		return r;
	r = certificate_parse(c->der.data, len, decoded, c, &verdict);
	openssl_clear_errors();
	if (r < 0)
		return r;
	if (verdict != VERDICT_ACCEPTED) {
		*ret = NULL;
		*ret_verdict = verdict;
		return 0;
	}
	*ret = TAKE_PTR(c);
	return 0;
}

int certificate_decode(const void *der, size_t len, struct certificate **ret,
	enum verdict *ret_verdict)
{
	return certificate_make(der, len, NULL, ret, ret_verdict);
}

/* Trust settings, which are not part of its encoding, count for OpenSSL. */
static bool certificate_is_of(const void *der, size_t len, X509 *x509)
{
	CLEANUP(openssl_free) unsigned char *encoded = NULL;
	int n = 0;

	if (X509_get0_trust_objects(x509) || X509_get0_reject_objects(x509))
		return false;
	n = i2d_X509(x509, &encoded);
	return n > 0 && (size_t)n == len && memcmp(encoded, der, len) == 0;
}

int certificate_adopt(X509 *x509, const void *der, size_t len,
	struct certificate **ret, enum verdict *ret_verdict)
{
	return certificate_make(der, len,
		certificate_is_of(der, len, x509) ? x509 : NULL, ret,
		ret_verdict);
}

/* --- its signature --- */

/* What is signed, as it is encoded, for OpenSSL. */
static ASN1_STRING *certificate_signed_part(const struct certificate *c)
{
	CLEANUP(certificate_string_free)
	ASN1_STRING *made = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
	struct span in = {c->der.data, c->der.len};
	struct der_item outer;
	struct der_item tbs;

	if (!made || !der_take_tag(&in, DER_SEQUENCE, &outer) ||
		!der_take_tag(&outer.content, DER_SEQUENCE, &tbs) ||
		!ASN1_STRING_set(made, tbs.whole.data, (int)tbs.whole.len))
		return NULL;
	return TAKE_PTR(made);
}

/* Several threads may make it; the first one's stays. */
static const EVP_PKEY *certificate_verifying_key(const struct certificate *c)
{
	_Atomic(EVP_PKEY *) *at = &((struct certificate *)c)->verifying;
	EVP_PKEY *there = atomic_load(at);
	EVP_PKEY *made = NULL;

	if (there)
		return there;
	if (c->key.used && c->key.type == KEY_EC)
		made = placed_key_for_signatures(c->x509);
	if (!made)
		return certificate_decoded_key(c);
	if (atomic_compare_exchange_strong(at, &there, made))
		return made;
	EVP_PKEY_free(made);
	return there;
}

/* Where a signature of this algorithm by this issuer is checked. */
static OSSL_LIB_CTX *certificate_signature_context(
	const X509_ALGOR *algorithm, const struct certificate *issuer)
{
	const ASN1_OBJECT *oid = NULL;
	int digest = NID_undef;

	X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	(void)OBJ_find_sigid_algs(OBJ_obj2nid(oid), &digest, NULL);
	return decoder_context_of_signatures(issuer->key.type, digest);
}

/* OpenSSL keeps a key for each context that it is used in. Which one that is,
 * is for whoever sends the certificate to say, so a rare one gets a copy. */
static EVP_PKEY *certificate_key_for(OSSL_LIB_CTX *context,
	const struct certificate *issuer, const EVP_PKEY *key)
{
	bool rare = issuer->key.type == KEY_RSA && context &&
		context == decoder_context_of_all();

	if (rare)
		return EVP_PKEY_dup((EVP_PKEY *)key);
	return EVP_PKEY_up_ref((EVP_PKEY *)key) == 1 ? (EVP_PKEY *)key : NULL;
}

/* As X509_verify() does, which would use the library context of the
 * certificate. */
bool certificate_is_signed_by(
	const struct certificate *c, const struct certificate *issuer)
{
	CLEANUP(certificate_string_free) ASN1_STRING *tbs = NULL;
	CLEANUP(EVP_PKEY_free) EVP_PKEY *held = NULL;
	const EVP_PKEY *key = certificate_verifying_key(issuer);
	const ASN1_BIT_STRING *signature = NULL;
	const X509_ALGOR *algorithm = NULL;
	OSSL_LIB_CTX *context = NULL;
	bool good = false;

	X509_get0_signature(&signature, &algorithm, c->x509);
	context = certificate_signature_context(algorithm, issuer);
	if (key &&
		X509_ALGOR_cmp(algorithm, X509_get0_tbs_sigalg(c->x509)) == 0)
		tbs = certificate_signed_part(c);
	if (tbs)
		held = certificate_key_for(context, issuer, key);
	if (held)
		good = ASN1_item_verify_ex(ASN1_ITEM_rptr(ASN1_ANY), algorithm,
			       signature,
			       &(const ASN1_TYPE){.type = V_ASN1_SEQUENCE,
				       .value.sequence = tbs},
			       NULL, held, context, NULL) == 1;
	openssl_clear_errors();
	return good;
}

/* --- the key --- */

enum verdict certificate_judge_key(
	const struct certificate *c, unsigned rsa_max_bits)
{
	if (key_is_weak(&c->key))
		return VERDICT_KEY_TOO_WEAK;
	return key_is_supported(&c->key, rsa_max_bits)
		? VERDICT_ACCEPTED
		: VERDICT_KEY_UNSUPPORTED;
}

/* --- for sentences --- */

const char *certificate_why_no_issuer(const struct certificate *c)
{
	if (c->version_1)
		return "it is a version 1 certificate, which cannot say that "
		       "it is a CA";
	if (!(X509_get_extension_flags(c->x509) & EXFLAG_BCONS))
		return "it has no basicConstraints";
	if (!c->ca)
		return "its basicConstraints say CA:FALSE";
	if (!(X509_get_key_usage(c->x509) & KU_KEY_CERT_SIGN))
		return "its key usage does not include keyCertSign";
	return NULL;
}

int certificate_key_text(const struct certificate *c, char **ret)
{
	const char *type = key_type_name(c->key.type);

	if (c->key.bits == 0)
		return string_format(ret, "%s", type);
	return string_format(ret, "%s, %u bits%s", type, c->key.bits,
		c->key.type == KEY_EC && !c->key.used
			? ", a curve other than P-256, P-384 and P-521"
			: "");
}

int certificate_names_text(const struct certificate *c, char **ret)
{
	CLEANUP(free) char *text = NULL;
	size_t shown =
		c->name_count < NAMES_SHOWN ? c->name_count : NAMES_SHOWN;
	size_t more = c->name_count - shown + c->names_left_out;
	int r = 0;

	if (shown == 0)
		return string_format(ret, "no names");
	r = string_replace(&text, c->names[0]);
	for (size_t i = 1; i < shown && r == 0; i++) {
		CLEANUP(free) char *before = TAKE_PTR(text);

		r = string_format(&text, "%s, %s", before, c->names[i]);
	}
	if (r == 0 && more > 0) {
		CLEANUP(free) char *before = TAKE_PTR(text);

		r = string_format(&text, "%s and %zu more", before, more);
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(text);
	return 0;
}
