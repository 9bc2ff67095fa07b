/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/general-name.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>

#include "lib/base/macros.h"
#include "lib/x509/openssl-errors.h"

#define ADDRESS4_BYTES 4
#define ADDRESS6_BYTES 16

DEFINE_CLEANUP(BIO, BIO_free_all);

const char *general_name_kind(int type)
{
	static const char *const kinds[] = {
		[GEN_OTHERNAME] = "other name",
		[GEN_EMAIL] = "e-mail address",
		[GEN_DNS] = "DNS name",
		[GEN_X400] = "X.400 address",
		[GEN_DIRNAME] = "directory name",
		[GEN_EDIPARTY] = "EDI party name",
		[GEN_URI] = "URI",
		[GEN_IPADD] = "IP address",
		[GEN_RID] = "registered ID",
	};

	if (type < 0 || (size_t)type >= ARRAY_SIZE(kinds) || !kinds[type])
		return "name";
	return kinds[type];
}

void general_name_copy(const void *data, size_t len, char *ret, size_t size)
{
	const char *text = data;
	size_t n = 0;

	for (size_t i = 0; i < len && n + 3 < size; i++) {
		if (text[i] != 0) {
			ret[n++] = text[i];
			continue;
		}
		ret[n++] = '\\';
		ret[n++] = '0';
	}
	ret[n] = 0;
}

static void general_name_copy_string(
	const ASN1_STRING *s, char ret[GENERAL_NAME_TEXT_SIZE])
{
	general_name_copy(ASN1_STRING_get0_data(s),
		(size_t)ASN1_STRING_length(s), ret, GENERAL_NAME_TEXT_SIZE);
}

static void general_name_address(
	const uint8_t *data, size_t len, char ret[GENERAL_NAME_TEXT_SIZE])
{
	if (len == ADDRESS4_BYTES)
		(void)inet_ntop(AF_INET, data, ret, GENERAL_NAME_TEXT_SIZE);
	else if (len == ADDRESS6_BYTES)
		(void)inet_ntop(AF_INET6, data, ret, GENERAL_NAME_TEXT_SIZE);
	else
		(void)snprintf(
			ret, GENERAL_NAME_TEXT_SIZE, "of %zu bytes", len);
}

/* Without memory the sentence only says less. */
static void general_name_directory(
	const X509_NAME *name, char ret[GENERAL_NAME_TEXT_SIZE])
{
	CLEANUP(BIO_free_all) BIO *out = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	if (out &&
		X509_NAME_print_ex(out, name, 0,
			(XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB)) >= 0)
		len = BIO_get_mem_data(out, &text);
	general_name_copy(
		text, len > 0 ? (size_t)len : 0, ret, GENERAL_NAME_TEXT_SIZE);
	openssl_clear_errors();
}

void general_name_text(
	const GENERAL_NAME *name, char ret[GENERAL_NAME_TEXT_SIZE])
{
	ret[0] = 0;
	if (name->type == GEN_DNS || name->type == GEN_EMAIL ||
		name->type == GEN_URI)
		general_name_copy_string(name->d.ia5, ret);
	else if (name->type == GEN_IPADD)
		general_name_address(ASN1_STRING_get0_data(name->d.iPAddress),
			(size_t)ASN1_STRING_length(name->d.iPAddress), ret);
	else if (name->type == GEN_DIRNAME)
		general_name_directory(name->d.directoryName, ret);
	else if (name->type == GEN_RID)
		(void)OBJ_obj2txt(
			ret, GENERAL_NAME_TEXT_SIZE, name->d.registeredID, 1);
	else if (name->type == GEN_OTHERNAME)
		(void)OBJ_obj2txt(ret, GENERAL_NAME_TEXT_SIZE,
			name->d.otherName->type_id, 1);
}

/* --- subtrees --- */

/* The length of a prefix, or -1 when the mask has holes. */
static int general_name_prefix(const uint8_t *mask, size_t len)
{
	int bits = 0;
	bool ended = false;

	for (size_t i = 0; i < 8 * len; i++) {
		bool set = mask[i / 8] & (0x80U >> i % 8);

		if (set && ended)
			return -1;
		ended = ended || !set;
		bits += set ? 1 : 0;
	}
	return bits;
}

static void general_name_network(
	const ASN1_OCTET_STRING *base, char ret[GENERAL_NAME_TEXT_SIZE])
{
	const uint8_t *data = ASN1_STRING_get0_data(base);
	size_t len = (size_t)ASN1_STRING_length(base) / 2;
	char address[GENERAL_NAME_TEXT_SIZE];
	char mask[GENERAL_NAME_TEXT_SIZE];
	int bits = 0;

	if (2 * len != (size_t)ASN1_STRING_length(base) ||
		(len != ADDRESS4_BYTES && len != ADDRESS6_BYTES)) {
		(void)snprintf(ret, GENERAL_NAME_TEXT_SIZE,
			"an address of %d bytes", ASN1_STRING_length(base));
		return;
	}
	bits = general_name_prefix(data + len, len);
	general_name_address(data, len, address);
	general_name_address(data + len, len, mask);
	if (bits == 0)
		(void)snprintf(ret, GENERAL_NAME_TEXT_SIZE,
			"all IPv%d addresses", len == ADDRESS4_BYTES ? 4 : 6);
	else if (bits > 0)
		(void)snprintf(
			ret, GENERAL_NAME_TEXT_SIZE, "%.50s/%d", address, bits);
	else
		(void)snprintf(ret, GENERAL_NAME_TEXT_SIZE, "%.50s/%.50s",
			address, mask);
}

void general_name_subtree_text(
	const GENERAL_NAME *base, char ret[GENERAL_NAME_TEXT_SIZE])
{
	char text[GENERAL_NAME_TEXT_SIZE];

	if (base->type == GEN_IPADD) {
		general_name_network(base->d.iPAddress, ret);
		return;
	}
	general_name_text(base, text);
	if (text[0])
		memcpy(ret, text, sizeof(text));
	else
		(void)snprintf(ret, GENERAL_NAME_TEXT_SIZE, "every %s",
			general_name_kind(base->type));
}
