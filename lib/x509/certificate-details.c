/* SPDX-License-Identifier: Apache-2.0 */
/* What a person who looks at one certificate wants to know besides. */
#include "lib/x509/certificate.h"

#include <errno.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/x509/openssl-errors.h"

DEFINE_CLEANUP(BIO, BIO_free_all);

static const int constraint_nids[CERTIFICATE_CONSTRAINTS] = {
	NID_basic_constraints,
	NID_key_usage,
	NID_ext_key_usage,
	NID_name_constraints,
};

/* Name constraints have a line for each name. */
static int certificate_constraint_line(BIO *out, char **ret)
{
	char *text = NULL;
	long len = BIO_get_mem_data(out, &text);

	for (long i = 0; i < len; i++)
		if (text[i] == '\n')
			text[i] = ' ';
	return text_escape(
		text, (size_t)len, CERTIFICATE_CONSTRAINT_MAX_BYTES, ret);
}

int certificate_constraint_text(
	const struct certificate *c, size_t which, char **ret)
{
	int nid = constraint_nids[which];
	X509_EXTENSION *extension =
		X509_get_ext(c->x509, X509_get_ext_by_NID(c->x509, nid, -1));
	CLEANUP(BIO_free_all) BIO *out = NULL;
	int r = 0;

	if (!extension)
		return 0;
	out = BIO_new(BIO_s_mem());
	if (!out)
		return -ENOMEM;
	if (BIO_printf(out, "%s: ", OBJ_nid2sn(nid)) < 0)
		return -ENOMEM;
	if (!X509V3_EXT_print(out, extension, X509V3_EXT_DEFAULT, 0))
		(void)BIO_puts(out, "(cannot be read)");
	r = certificate_constraint_line(out, ret);
	openssl_clear_errors();
	return r;
}
