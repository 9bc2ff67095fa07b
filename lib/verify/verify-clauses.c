/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the sentences of verify-explain.c: which certificate is meant, what
 * else is known of its name, and what a rule of the firmware leaves. */
#include "lib/verify/verify-parts.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "lib/base/date.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/verify/verify.h"
#include "lib/x509/openssl-errors.h"

DEFINE_CLEANUP(AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free);

/* An identifier or serial number of more bytes is cut. */
#define IDENTIFIER_MAX_BYTES 20
#define IDENTIFIER_SIZE ((size_t)2 * IDENTIFIER_MAX_BYTES + sizeof(TEXT_CUT))

static const char *clauses_hex(const ASN1_STRING *s, char ret[IDENTIFIER_SIZE])
{
	int len = ASN1_STRING_length(s);
	bool cut = len > IDENTIFIER_MAX_BYTES;
	size_t shown = cut ? IDENTIFIER_MAX_BYTES : (size_t)len;

	ret[0] = '\0';
	hex_format(ASN1_STRING_get0_data(s), shown, ret);
	if (cut)
		(void)snprintf(ret + 2 * shown, sizeof(TEXT_CUT), TEXT_CUT);
	return ret;
}

/* By its lists; NULL: it is not in the store. */
static const char *clauses_place(const struct anchor *a)
{
	if (!a)
		return "sent by the server";
	if (a->lists & ANCHOR_AUTHORITY)
		return "in the list authorities";
	return "in the list servers";
}

int clauses_other_key(const struct trust *trust,
	const struct certificate *about, const struct certificate *other,
	char **ret)
{
	const ASN1_OCTET_STRING *asked =
		X509_get0_authority_key_id(about->x509);
	const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(other->x509);
	const char *place =
		clauses_place(anchors_find_certificate(trust->anchors, other));
	char asked_hex[IDENTIFIER_SIZE];
	char has_hex[IDENTIFIER_SIZE];

	if (asked && has && ASN1_OCTET_STRING_cmp(asked, has) != 0)
		return string_format(ret,
			"the CA of that name %s, SHA-256 %s, has another key: "
			"the certificate asks for key identifier %s, and "
			"that one has %s",
			place, other->sha256_hex, clauses_hex(asked, asked_hex),
			clauses_hex(has, has_hex));
	return string_format(ret,
		"the CA of that name %s, SHA-256 %s, has another key", place,
		other->sha256_hex);
}

/* Of a certificate and its issuer, of the same name and key. */
int clauses_identifiers(const struct certificate *about,
	const struct certificate *issuer, char **ret)
{
	const ASN1_OCTET_STRING *asked =
		X509_get0_authority_key_id(about->x509);
	const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(issuer->x509);
	const ASN1_INTEGER *serial = X509_get0_authority_serial(about->x509);
	char asked_hex[IDENTIFIER_SIZE];
	char has_hex[IDENTIFIER_SIZE];

	if (asked && has && ASN1_OCTET_STRING_cmp(asked, has) != 0)
		return string_format(ret,
			"a CA of the name and key of its issuer is there, but "
			"the certificate asks for key identifier %s, and "
			"that CA has %s",
			clauses_hex(asked, asked_hex),
			clauses_hex(has, has_hex));
	if (!serial)
		return 0;
	return string_format(ret,
		"a CA of the name and key of its issuer is there, but the "
		"certificate asks for the one with serial number %s, and "
		"that one has %s",
		clauses_hex(serial, asked_hex),
		clauses_hex(X509_get0_serialNumber(issuer->x509), has_hex));
}

static int clauses_earlier_anchor(const struct trust *trust,
	const struct anchor *earlier, const struct certificate *leaf,
	char **ret)
{
	CLEANUP(free) char *source = NULL;
	uint8_t sha256[SHA256_BYTES];
	char hex[SHA256_HEX_SIZE];
	int r = anchors_sha256_of(trust->anchors, earlier, sha256);

	if (r == 0)
		r = anchors_source_of(trust->anchors, earlier, &source);
	if (r < 0)
		return r;
	hex_format(sha256, SHA256_BYTES, hex);
	return string_format(ret,
		"an earlier certificate of this name, SHA-256 %s, is trusted "
		"(%s%s%s), but this is another one, SHA-256 %s",
		hex, clauses_place(earlier), source ? ", " : "",
		source ? source : "", leaf->sha256_hex);
}

int clauses_earlier(const struct trust *trust, const struct related *related,
	const struct certificate *leaf, char **ret)
{
	char hex[SHA256_HEX_SIZE];

	if (related->earlier)
		return clauses_earlier_anchor(
			trust, related->earlier, leaf, ret);
	if (!related->excepted)
		return 0;
	hex_format(related->excepted->sha256, SHA256_BYTES, hex);
	return string_format(ret,
		"there is an exception for this host, but for the "
		"certificate with SHA-256 %s, and this is another one, "
		"SHA-256 %s",
		hex, leaf->sha256_hex);
}

int clauses_from(const struct trust *trust, const struct anchor *stored,
	const struct certificate *about, char **ret)
{
	CLEANUP(free) char *source = NULL;
	const char *kind = "an issuer sent by the server";
	int r = stored ? anchors_source_of(trust->anchors, stored, &source) : 0;

	if (r < 0)
		return r;
	if (stored && stored->lists & ANCHOR_AUTHORITY)
		kind = "an authority of the firmware";
	else if (stored)
		kind = "an issuer in the list servers";
	return string_format(ret, "%s (SHA-256 %s%s%s)", kind,
		about->sha256_hex, source ? ", " : "", source ? source : "");
}

int clauses_issuer_at_fault(
	const struct failure *why, const struct certificate *leaf, char **ret)
{
	const struct certificate *c = why->about;
	char date[DATE_TEXT_SIZE];

	if (why->verdict == VERDICT_EXPIRED && c != leaf) {
		date_format(c->not_after, date);
		return string_format(ret,
			"its issuer %s (SHA-256 %s) expired on %s",
			certificate_subject(c), c->sha256_hex, date);
	}
	if (why->verdict == VERDICT_NOT_YET_VALID && c != leaf) {
		date_format(c->not_before, date);
		return string_format(ret,
			"its issuer %s (SHA-256 %s) is valid only from %s",
			certificate_subject(c), c->sha256_hex, date);
	}
	if (why->verdict == VERDICT_NOT_A_CA)
		return string_format(ret,
			"%s (SHA-256 %s) has signed it, but is not allowed to "
			"issue certificates",
			certificate_subject(c), c->sha256_hex);
	if (why->verdict == VERDICT_DISTRUSTED && c != leaf)
		return string_format(ret,
			"its issuer %s (SHA-256 %s) is distrusted",
			certificate_subject(c), c->sha256_hex);
	if (why->verdict == VERDICT_BAD_SIGNATURE)
		return string_format(ret,
			"the signature on it was not made with the key of %s "
			"that is known here",
			certificate_issuer(c));
	return string_format(ret, "%s, %s%s%s", verdict_name(why->verdict),
		certificate_subject(c), why->detail[0] ? ": " : "",
		why->detail);
}

int clauses_newer(const struct anchor *newer, char **ret)
{
	const struct certificate *c = NULL;
	char date[DATE_TEXT_SIZE];
	int r = anchor_decode(newer, &c);

	if (r < 0 || !c)
		return r;
	date_format(c->not_after, date);
	return string_format(ret,
		"a CA of that name with another key is trusted until %s (%s, "
		"SHA-256 %s)",
		date, clauses_place(newer), c->sha256_hex);
}

/* Only what is quoted without harm; it is never fetched. */
static bool clauses_is_plain_url(const ASN1_IA5STRING *s)
{
	const char *text = (const char *)ASN1_STRING_get0_data(s);
	size_t len = (size_t)ASN1_STRING_length(s);

	if (len >= CLAUSES_URL_SIZE ||
		(strncmp(text, "http://", 7) != 0 &&
			strncmp(text, "https://", 8) != 0))
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' ||
			strchr("@?#\"'`$\\", text[i]))
			return false;
	return true;
}

/* caIssuers, RFC 5280 4.2.2.1. */
void clauses_issuer_url(const struct certificate *c, char ret[CLAUSES_URL_SIZE])
{
	CLEANUP(AUTHORITY_INFO_ACCESS_free)
	AUTHORITY_INFO_ACCESS *places =
		X509_get_ext_d2i(c->x509, NID_info_access, NULL, NULL);

	openssl_clear_errors();
	ret[0] = '\0';
	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(places); i++) {
		const ACCESS_DESCRIPTION *d =
			sk_ACCESS_DESCRIPTION_value(places, i);
		const GENERAL_NAME *name = d->location;

		if (OBJ_obj2nid(d->method) != NID_ad_ca_issuers ||
			name->type != GEN_URI ||
			!clauses_is_plain_url(
				name->d.uniformResourceIdentifier))
			continue;
		(void)snprintf(ret, CLAUSES_URL_SIZE, "%.*s",
			ASN1_STRING_length(name->d.uniformResourceIdentifier),
			ASN1_STRING_get0_data(
				name->d.uniformResourceIdentifier));
		return;
	}
}

void verify_way_around_chain_rule(
	const struct firmware *firmware, bool upload, char ret[VERIFY_WAY_SIZE])
{
	const struct rule *rule = rule_get(RULE_PROVISIONED_CHAIN_REQUIRED);
	const char *publish =
		upload ? " and publish it in a provisioning document" : "";
	char until[RULE_TEXT_SIZE] = "";

	(void)rule_format(rule->until, until);
	if (upload && !firmware_has(firmware, RULE_PROVISIONED_CHAIN_REQUIRED))
		(void)snprintf(ret, VERIFY_WAY_SIZE, "%s",
			"publish it in a provisioning document, where that "
			"rule does not hold");
	else if (firmware_is_known(firmware))
		(void)snprintf(ret, VERIFY_WAY_SIZE,
			"update the firmware to %s or later%s", until, publish);
	else
		(void)snprintf(ret, VERIFY_WAY_SIZE,
			"set Firmware= in certprovd.conf, if the phone has %s "
			"or later%s",
			until, publish);
}
