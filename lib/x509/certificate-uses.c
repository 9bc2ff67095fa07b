/* SPDX-License-Identifier: Apache-2.0 */
/* The extended key usage of a certificate, for sentences. */
#include "lib/x509/certificate.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/x509v3.h>

#include "lib/base/string.h"
#include "lib/x509/openssl-errors.h"

#define USES_SHOWN 6
#define USE_CHARS 80

DEFINE_CLEANUP(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free);

static void certificate_use_text(const ASN1_OBJECT *use, char ret[USE_CHARS])
{
	int nid = OBJ_obj2nid(use);

	if (nid == NID_undef)
		(void)OBJ_obj2txt(ret, USE_CHARS, use, 1);
	else
		(void)snprintf(ret, USE_CHARS, "%s", OBJ_nid2sn(nid));
}

int certificate_uses_text(const struct certificate *c, char **ret)
{
	CLEANUP(EXTENDED_KEY_USAGE_free)
	EXTENDED_KEY_USAGE *uses =
		X509_get_ext_d2i(c->x509, NID_ext_key_usage, NULL, NULL);
	CLEANUP(free) char *text = NULL;
	int count = sk_ASN1_OBJECT_num(uses);
	int r = 0;

	openssl_clear_errors();
	for (int i = 0; r == 0 && i < count && i < USES_SHOWN; i++) {
		CLEANUP(free) char *before = TAKE_PTR(text);
		char use[USE_CHARS];

		certificate_use_text(sk_ASN1_OBJECT_value(uses, i), use);
		r = string_format(&text, "%s%s%s", before ? before : "",
			before ? ", " : "", use);
	}
	if (r == 0 && count > USES_SHOWN) {
		CLEANUP(free) char *before = TAKE_PTR(text);

		r = string_format(
			&text, "%s and %d more", before, count - USES_SHOWN);
	}
	if (r == 0)
		*ret = TAKE_PTR(text);
	return r;
}
