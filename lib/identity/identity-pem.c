/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-pem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#include "lib/base/base64.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define LABEL_MAX_CHARS 40

/* What a block is, by the end of its label. */
enum identity_block_kind {
	IDENTITY_BLOCK_CERTIFICATE,
	IDENTITY_BLOCK_KEY,
	IDENTITY_BLOCK_ENCRYPTED_KEY,
	IDENTITY_BLOCK_IGNORED, /* parameters of a curve: the key has them as
				   well */
	IDENTITY_BLOCK_OTHER,
};

static const struct {
	const char *label;
	enum identity_block_kind kind;
} labels[] = {
	{"CERTIFICATE", IDENTITY_BLOCK_CERTIFICATE},
	{"X509 CERTIFICATE", IDENTITY_BLOCK_CERTIFICATE},
	{"PRIVATE KEY", IDENTITY_BLOCK_KEY},
	{"RSA PRIVATE KEY", IDENTITY_BLOCK_KEY},
	{"EC PRIVATE KEY", IDENTITY_BLOCK_KEY},
	{"ENCRYPTED PRIVATE KEY", IDENTITY_BLOCK_ENCRYPTED_KEY},
	{"EC PARAMETERS", IDENTITY_BLOCK_IGNORED},
};

/* A block: its label, and what stands between its two lines. */
struct identity_block {
	enum identity_block_kind kind;
	const char *content;
	size_t len;
	int64_t line;
};

/* How far the text is read. */
struct identity_reader {
	const char *at;
	const char *end;
	const char *counted; /* lines before this are in line */
	int64_t line;
	struct identity_refusal *refusal;
};

void identity_pem_done(struct identity_pem *p)
{
	for (size_t i = 0; i < p->count; i++)
		certificate_free(p->certificates[i]);
	EVP_PKEY_free(p->key);
	*p = (struct identity_pem){0};
}

static void identity_pem_refuse(struct identity_reader *r, enum verdict verdict,
	int64_t line, const char *detail)
{
	*r->refusal = (struct identity_refusal){
		.verdict = verdict, .line = line, .detail = detail};
}

/* A written \n is no line that an editor would show. */
static int64_t identity_pem_line_of(struct identity_reader *r, const char *at)
{
	for (; r->counted < at; r->counted++)
		r->line += *r->counted == '\n';
	return r->line;
}

static const char *identity_pem_find(
	const char *from, const char *end, const char *text)
{
	return from < end
		? memmem(from, (size_t)(end - from), text, strlen(text))
		: NULL;
}

static enum identity_block_kind identity_pem_kind_of(
	const char *label, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (strlen(labels[i].label) == len &&
			memcmp(labels[i].label, label, len) == 0)
			return labels[i].kind;
	return IDENTITY_BLOCK_OTHER;
}

/* The next block. False at the end, or with a refusal. */
static bool identity_pem_next(
	struct identity_reader *r, struct identity_block *ret)
{
	const char *begin = identity_pem_find(r->at, r->end, BEGIN);
	const char *label = begin ? begin + strlen(BEGIN) : NULL;
	const char *dashes =
		label ? identity_pem_find(label, r->end, DASHES) : NULL;
	const char *finish = NULL;

	if (!begin)
		return false;
	ret->line = identity_pem_line_of(r, begin);
	if (dashes && dashes - label <= LABEL_MAX_CHARS)
		finish =
			identity_pem_find(dashes + strlen(DASHES), r->end, END);
	if (!finish || identity_pem_find(label, finish, BEGIN)) {
		identity_pem_refuse(r, VERDICT_IDENTITY_PEM_DAMAGED, ret->line,
			"a block that begins there does not end");
		return false;
	}
	ret->kind = identity_pem_kind_of(label, (size_t)(dashes - label));
	ret->content = dashes + strlen(DASHES);
	ret->len = (size_t)(finish - ret->content);
	r->at = finish + strlen(END);
	return true;
}

/* --- content --- */

/* The base64 without white space and without written line ends. */
static size_t identity_pem_squeeze(const char *content, size_t len, char *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = content[i];

		if (c == '\\' && i + 1 < len && strchr("nrt", content[i + 1])) {
			i++;
			continue;
		}
		if (c != ' ' && !(c >= '\t' && c <= '\r'))
			ret[n++] = c;
	}
	ret[n] = 0;
	return n;
}

static void identity_pem_wipe(char **text)
{
	if (*text)
		OPENSSL_cleanse(*text, strlen(*text));
	free(*text);
}

static inline void identity_pem_wipe_at_end(char **text)
{
	identity_pem_wipe(text);
}

static void identity_pem_bytes_wipe(struct bytes *b)
{
	if (b->data)
		OPENSSL_cleanse(b->data, b->len);
	bytes_done(b);
}
DEFINE_CLEANUP_EMBEDDED(struct bytes, identity_pem_bytes_wipe);

/* 0, -EINVAL when it is not base64, -ENOMEM. */
static int identity_pem_decode(
	const struct identity_block *block, size_t max, struct bytes *ret)
{
	CLEANUP(identity_pem_wipe) char *text = malloc(block->len + 1);

	if (!text)
		return -ENOMEM;
	(void)identity_pem_squeeze(block->content, block->len, text);
	return base64_decode(text, max, ret);
}

static int identity_pem_add_certificate(struct identity_reader *r,
	const struct identity_block *block, struct identity_pem *pem)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	struct certificate *c = NULL;
	enum verdict verdict = VERDICT__END;
	int error = identity_pem_decode(block, CERTIFICATE_MAX_BYTES, &der);

	if (error == -ENOMEM)
		return error;
	if (error < 0) {
		identity_pem_refuse(r, VERDICT_IDENTITY_PEM_DAMAGED,
			block->line,
			"the certificate that begins there is not base64");
		return 0;
	}
	if (pem->count == IDENTITY_MAX_CHAIN) {
		identity_pem_refuse(r, VERDICT_IDENTITY_TOO_MANY, block->line,
			"more than 8 certificates");
		return 0;
	}
	error = certificate_decode(der.data, der.len, &c, &verdict);
	if (error < 0)
		return error;
	if (!c)
		identity_pem_refuse(r, verdict, block->line, NULL);
	else
		pem->certificates[pem->count++] = c;
	return 0;
}

/* Of the old form: "Proc-Type: 4,ENCRYPTED" before the base64. */
static bool identity_pem_is_encrypted(const struct identity_block *block)
{
	return block->kind == IDENTITY_BLOCK_ENCRYPTED_KEY ||
		memmem(block->content, block->len, "ENCRYPTED", 9) != NULL;
}

static int identity_pem_add_key(struct identity_reader *r,
	const struct identity_block *block, struct identity_pem *pem)
{
	CLEANUP(identity_pem_bytes_wipe) struct bytes der = {0};
	const unsigned char *p = NULL;
	int error = 0;

	if (identity_pem_is_encrypted(block)) {
		identity_pem_refuse(
			r, VERDICT_IDENTITY_KEY_ENCRYPTED, block->line, NULL);
		return 0;
	}
	if (pem->key) {
		identity_pem_refuse(r, VERDICT_IDENTITY_TOO_MANY, block->line,
			"more than one private key");
		return 0;
	}
	error = identity_pem_decode(block, IDENTITY_KEY_MAX_BYTES, &der);
	if (error == -ENOMEM)
		return error;
	p = der.data;
	if (error == 0)
		pem->key = d2i_AutoPrivateKey(NULL, &p, (long)der.len);
	ERR_clear_error();
	if (!pem->key || p != der.data + der.len) {
		identity_pem_refuse(
			r, VERDICT_IDENTITY_KEY_DAMAGED, block->line, NULL);
		return 0;
	}
	pem->key_line = block->line;
	return 0;
}

static int identity_pem_add_block(struct identity_reader *r,
	const struct identity_block *block, struct identity_pem *pem)
{
	switch (block->kind) {
	case IDENTITY_BLOCK_CERTIFICATE:
		return identity_pem_add_certificate(r, block, pem);
	case IDENTITY_BLOCK_KEY:
	case IDENTITY_BLOCK_ENCRYPTED_KEY:
		return identity_pem_add_key(r, block, pem);
	case IDENTITY_BLOCK_IGNORED:
		return 0;
	case IDENTITY_BLOCK_OTHER:
		break;
	}
	identity_pem_refuse(r, VERDICT_IDENTITY_PEM_DAMAGED, block->line,
		"the block that begins there is neither a certificate nor a "
		"private key");
	return 0;
}

int identity_pem_read(const char *text, size_t len, struct identity_pem *pem,
	struct identity_refusal *ret_refusal)
{
	struct identity_reader r = {
		.at = text,
		.end = text + len,
		.counted = text,
		.line = 1,
		.refusal = ret_refusal,
	};
	struct identity_block block;
	int error = 0;

	*ret_refusal = (struct identity_refusal){.verdict = VERDICT__END};
	if (len > IDENTITY_PEM_MAX_BYTES) {
		identity_pem_refuse(
			&r, VERDICT_TOO_LARGE, 0, "more than 64 KiB");
		return 0;
	}
	while (error == 0 && ret_refusal->verdict == VERDICT__END &&
		identity_pem_next(&r, &block))
		error = identity_pem_add_block(&r, &block, pem);
	return error;
}
