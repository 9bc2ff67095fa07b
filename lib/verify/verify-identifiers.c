/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which issuer a certificate asks for by its authorityKeyIdentifier, compared
 * with one that is there.
 */
#include "lib/verify/verify-parts.h"

#include <openssl/x509v3.h>

static bool identifiers_key_differs(
	const struct certificate *c, const struct certificate *issuer)
{
	const ASN1_OCTET_STRING *asked = X509_get0_authority_key_id(c->x509);
	const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(issuer->x509);

	return asked && has && ASN1_OCTET_STRING_cmp(asked, has) != 0;
}

static bool identifiers_serial_differs(
	const struct certificate *c, const struct certificate *issuer)
{
	const ASN1_INTEGER *asked = X509_get0_authority_serial(c->x509);

	return asked &&
		ASN1_INTEGER_cmp(asked, X509_get0_serialNumber(issuer->x509)) !=
		0;
}

/* The issuer of the issuer, which goes with its serial number. */
static bool identifiers_name_differs(
	const struct certificate *c, const struct certificate *issuer)
{
	const GENERAL_NAMES *asked = X509_get0_authority_issuer(c->x509);

	for (int i = 0; i < sk_GENERAL_NAME_num(asked); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(asked, i);

		if (name->type == GEN_DIRNAME)
			return X509_NAME_cmp(name->d.directoryName,
				       X509_get_issuer_name(issuer->x509)) != 0;
	}
	return false;
}

bool identifiers_differ(
	const struct certificate *c, const struct certificate *issuer)
{
	return identifiers_key_differs(c, issuer) ||
		identifiers_serial_differs(c, issuer) ||
		identifiers_name_differs(c, issuer);
}
