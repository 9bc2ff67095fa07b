/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-check.h"

#include <ctype.h>
#include <openssl/err.h>
#include <string.h>
#include <strings.h>

#include "lib/phone/device-model.h"

#define MAC_DIGITS (IDENTITY_MAC_SIZE - 1)
#define EXPIRES_SOON_SECONDS ((int64_t)30 * 24 * 60 * 60)

/* --- the MAC address --- */

/* Twelve hex digits at the start of the text, whatever separates them, and no
 * letter or digit behind. */
static bool identity_read_mac(
	const char *text, size_t len, char ret[IDENTITY_MAC_SIZE])
{
	size_t n = 0;
	size_t i = 0;

	for (; i < len && n < MAC_DIGITS; i++) {
		if (isxdigit((unsigned char)text[i]))
			ret[n++] = (char)toupper((unsigned char)text[i]);
		else if (isalnum((unsigned char)text[i]))
			break;
	}
	ret[n] = 0;
	return n == MAC_DIGITS &&
		(i == len || !isalnum((unsigned char)text[i]));
}

/* It begins a word. */
static void identity_find_mac(
	const char *text, size_t len, char ret[IDENTITY_MAC_SIZE])
{
	for (size_t i = 0; i < len; i++)
		if (isxdigit((unsigned char)text[i]) &&
			(i == 0 || !isalnum((unsigned char)text[i - 1])) &&
			identity_read_mac(text + i, len - i, ret))
			return;
	ret[0] = 0;
}

void identity_mac(const struct certificate *c, char ret[IDENTITY_MAC_SIZE])
{
	const X509_NAME *subject = X509_get_subject_name(c->x509);
	int at = -1;

	ret[0] = 0;
	while (!ret[0]) {
		const X509_NAME_ENTRY *entry = NULL;
		unsigned char *text = NULL;
		int len = 0;

		at = X509_NAME_get_index_by_NID(subject, NID_commonName, at);
		if (at < 0)
			break;
		entry = X509_NAME_get_entry(subject, at);
		len = ASN1_STRING_to_UTF8(
			&text, X509_NAME_ENTRY_get_data(entry));
		if (len > 0)
			identity_find_mac((const char *)text, (size_t)len, ret);
		OPENSSL_free(text);
	}
	ERR_clear_error();
}

bool identity_is_of_phone(const struct certificate *c, const char *mac)
{
	char found[IDENTITY_MAC_SIZE];

	identity_mac(c, found);
	return mac && *found && strcasecmp(found, mac) == 0;
}

/* --- checks --- */

static unsigned identity_check_dates(const struct certificate *c, int64_t now)
{
	if (now > c->not_after)
		return WARNING_BIT(WARNING_EXPIRED);
	if (now < c->not_before)
		return WARNING_BIT(WARNING_NOT_YET_VALID);
	return c->not_after - now < EXPIRES_SOON_SECONDS
		? WARNING_BIT(WARNING_EXPIRES_SOON)
		: 0;
}

static unsigned identity_check_mac(
	const struct certificate *c, const struct identity_phone *phone)
{
	char found[IDENTITY_MAC_SIZE];

	if (device_model_shares_certificate(phone->phone_type))
		return WARNING_BIT(WARNING_IDENTITY_SHARED);
	identity_mac(c, found);
	if (!*found)
		return WARNING_BIT(WARNING_IDENTITY_WITHOUT_MAC);
	return !phone->mac || identity_is_of_phone(c, phone->mac)
		? 0
		: WARNING_BIT(WARNING_IDENTITY_OTHER_MAC);
}

/* One of its chain is a device CA, or is signed by one. */
static bool identity_is_by_device_ca(
	const struct identity *i, const struct identity_phone *phone)
{
	for (size_t n = 0; n < phone->device_ca_count; n++) {
		const struct certificate *ca = phone->device_cas[n];

		for (size_t k = 0; k < i->count; k++) {
			const struct certificate *c = i->chain[k];

			if (memcmp(c->sha256, ca->sha256, SHA256_BYTES) == 0)
				return true;
			if (memcmp(c->issuer_sha256, ca->subject_sha256,
				    SHA256_BYTES) == 0 &&
				certificate_is_signed_by(c, ca))
				return true;
		}
	}
	return false;
}

unsigned identity_check(
	const struct identity *i, const struct identity_phone *phone)
{
	bool known = identity_is_by_device_ca(i, phone);
	unsigned w = 0;

	for (size_t n = 0; n < i->count; n++)
		w |= identity_check_dates(i->chain[n], phone->now);
	w |= identity_check_mac(i->chain[0], phone);
	if (!i->complete && !known)
		w |= WARNING_BIT(WARNING_IDENTITY_CHAIN_INCOMPLETE);
	if (phone->device_ca_count > 0 && !known)
		w |= WARNING_BIT(WARNING_IDENTITY_ISSUER_UNKNOWN);
	if (key_is_short(&i->chain[0]->key))
		w |= WARNING_BIT(WARNING_KEY_SHORT);
	return w;
}
