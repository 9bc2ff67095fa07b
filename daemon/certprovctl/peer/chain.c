/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/chain.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/x509/certificate.h"
#include "lib/x509/decode-hint.h"

DEFINE_CLEANUP(BIO, BIO_free);

void chain_done(struct chain *c)
{
	for (size_t i = 0; i < c->count; i++)
		bytes_done(&c->items[i]);
	*c = (struct chain){0};
}

int chain_add(struct chain *c, const void *der, size_t len)
{
	int r = 0;

	if (c->count == CHAIN_MAX_CERTIFICATES ||
		len > CHAIN_MAX_BYTES - c->bytes)
		return -E2BIG;
	r = bytes_copy(der, len, &c->items[c->count]);
	if (r < 0)
		return r;
	c->count++;
	c->bytes += len;
	return 0;
}

/* --- PEM --- */

/* One block of a PEM file. */
struct block {
	char *label;
	char *header;
	unsigned char *data;
	long len;
};

static void chain_block_done(struct block *b)
{
	OPENSSL_free(b->label);
	OPENSSL_free(b->header);
	OPENSSL_clear_free(b->data, b->len > 0 ? (size_t)b->len : 0);
}
DEFINE_CLEANUP_EMBEDDED(struct block, chain_block_done);

static bool chain_ends_with(const char *text, const char *end)
{
	size_t n = strlen(text);
	size_t m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* Returns 1 if it took or skipped a block, 0 at the end; -EBADMSG for a damaged
 * block, -EACCES for a private key, -E2BIG or -ENOMEM. */
static int chain_take_block(BIO *in, struct chain *chain)
{
	CLEANUP(chain_block_done) struct block b = {0};
	int r = 0;

	if (PEM_read_bio(in, &b.label, &b.header, &b.data, &b.len) != 1) {
		unsigned long error = ERR_peek_last_error();

		ERR_clear_error();
		return ERR_GET_REASON(error) == PEM_R_NO_START_LINE ? 0
								    : -EBADMSG;
	}
	if (chain_ends_with(b.label, "PRIVATE KEY"))
		return -EACCES;
	if (strcmp(b.label, PEM_STRING_X509) == 0 ||
		strcmp(b.label, PEM_STRING_X509_OLD) == 0)
		r = chain_add(chain, b.data, (size_t)b.len);
	return r < 0 ? r : 1;
}

static int chain_take_pem(const struct bytes *file, struct chain *chain)
{
	CLEANUP(BIO_free)
	BIO *in = BIO_new_mem_buf(file->data, (int)file->len);
	int r = 1;

	if (!in)
		return -ENOMEM;
	chain->was_pem = true;
	while (r > 0)
		r = chain_take_block(in, chain);
	return r < 0 ? r : chain->count > 0 ? 0 : -ENODATA;
}

/* --- files --- */

static bool chain_is_pem(const struct bytes *file)
{
	static const char begin[] = "-----BEGIN ";

	return file->len > 0 &&
		memmem(file->data, file->len, begin, strlen(begin));
}

/* Says what the file is instead, and how to convert it. */
static enum exit_status chain_refuse(const struct session *s, const char *path,
	const struct bytes *file, int error)
{
	struct decode_hint is = {.what = "nothing with a certificate in it"};

	(void)decode_hint(file->data, file->len, &is);
	if (error == -ENOMEM)
		return session_trouble(s, path, error);
	if (error == -E2BIG)
		screen_complainf(&s->screen,
			"A chain is the peer's certificate and its issuers, "
			"nothing else.",
			"%s: it holds more certificates than a chain may have",
			path);
	else if (error == -EACCES)
		screen_complainf(&s->screen,
			"openssl x509 -in FILE extracts the certificate.",
			"%s: it holds a private key, which must stay where it is",
			path);
	else if (error == -EBADMSG)
		screen_complainf(
			&s->screen, NULL, "%s: the PEM is damaged", path);
	else
		screen_complainf(
			&s->screen, is.convert, "%s: it is %s", path, is.what);
	return EXIT_TROUBLE;
}

/* One certificate and nothing else, or an errno for chain_refuse(). */
static int chain_take_der(const struct bytes *file, struct chain *chain)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT__END;
	struct decode_hint is = {0};
	int r = certificate_decode(file->data, file->len, &c, &why);

	if (r < 0)
		return r;
	/* certprovd judges a damaged certificate. */
	if (!c &&
		(decode_hint(file->data, file->len, &is) || file->len == 0 ||
			file->data[0] != 0x30))
		return -ENODATA;
	return chain_add(chain, file->data, file->len);
}

static int chain_read_any(const char *path, struct bytes *ret)
{
	if (strcmp(path, "-") == 0)
		return fd_read_all(STDIN_FILENO, CHAIN_MAX_FILE_BYTES, ret);
	return fd_read_file(path, CHAIN_MAX_FILE_BYTES, ret);
}

static enum exit_status ctl_chain_load(const struct session *s,
	const char *path,
	int (*take_other)(const struct bytes *file, struct chain *chain),
	struct chain *ret)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	CLEANUP(chain_done) struct chain chain = {0};
	int r = chain_read_any(path, &file);

	if (r < 0)
		return session_trouble(s, path, r);
	r = chain_is_pem(&file) ? chain_take_pem(&file, &chain)
				: take_other(&file, &chain);
	if (r < 0)
		return chain_refuse(s, path, &file, r);
	*ret = TAKE_OBJECT(chain);
	return EXIT_COMPLETE;
}

enum exit_status chain_load(
	const struct session *s, const char *path, struct chain *ret)
{
	return ctl_chain_load(s, path, chain_take_der, ret);
}

static int chain_take_as_is(const struct bytes *file, struct chain *chain)
{
	return file->len > 0 ? chain_add(chain, file->data, file->len)
			     : -ENODATA;
}

enum exit_status chain_load_as_is(
	const struct session *s, const char *path, struct chain *ret)
{
	return ctl_chain_load(s, path, chain_take_as_is, ret);
}
