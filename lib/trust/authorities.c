/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/authorities.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"

#define DER_SEQUENCE 0x30

struct loader {
	struct anchors *anchors;
	struct authorities_report report;
};

/* One block of a PEM file. */
struct pem_block {
	char *name;
	char *header;
	unsigned char *data;
	long len;
};

static int authorities_bio_done(BIO *bio)
{
	return BIO_free(bio);
}
DEFINE_CLEANUP(BIO, authorities_bio_done);

static void authorities_pem_block_done(struct pem_block *b)
{
	OPENSSL_free(b->name);
	OPENSSL_free(b->header);
	OPENSSL_free(b->data);
}
DEFINE_CLEANUP_EMBEDDED(struct pem_block, authorities_pem_block_done);

void authorities_report_done(struct authorities_report *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->problems); i++)
		free(r->problems[i]);
	*r = (struct authorities_report){0};
}

static int authorities_problem(
	struct loader *l, const char *file, const char *what)
{
	size_t n = l->report.problem_count++;

	if (n >= AUTHORITIES_MAX_PROBLEMS)
		return 0;
	return string_format(&l->report.problems[n], "%s: %s", file, what);
}

static int authorities_add(
	struct loader *l, const char *file, const void *der, size_t len)
{
	int r = anchors_add(l->anchors, der, len, ANCHOR_AUTHORITY);

	if (r == -EINVAL)
		return authorities_problem(
			l, file, "an entry is not a certificate");
	if (r == -ENOSPC)
		return authorities_problem(
			l, file, "there are too many certificates");
	return r;
}

static bool authorities_is_certificate(const char *name)
{
	return strcmp(name, PEM_STRING_X509) == 0 ||
		strcmp(name, PEM_STRING_X509_OLD) == 0;
}

/* One block; *ret_more is false at the end of the file. */
static int authorities_load_block(
	struct loader *l, const char *file, BIO *bio, bool *ret_more)
{
	CLEANUP(authorities_pem_block_done) struct pem_block b = {0};
	unsigned long error = 0;

	*ret_more = true;
	if (PEM_read_bio(bio, &b.name, &b.header, &b.data, &b.len) == 1)
		return authorities_is_certificate(b.name)
			? authorities_add(l, file, b.data, (size_t)b.len)
			: authorities_problem(
				  l, file, "a block is not a certificate");

	error = ERR_peek_last_error();
	ERR_clear_error();
	if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
		return authorities_problem(l, file, "a PEM block is damaged");
	*ret_more = false;
	return 0;
}

static int authorities_load_pem(
	struct loader *l, const char *file, const struct bytes *b)
{
	CLEANUP(authorities_bio_done) BIO *bio = NULL;
	bool more = true;
	int r = 0;

	bio = BIO_new_mem_buf(b->data, (int)b->len);
	if (!bio)
		return -ENOMEM;
	while (more && r == 0)
		r = authorities_load_block(l, file, bio, &more);
	return r;
}

static int authorities_load_file(struct loader *l, const char *path)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	int r = fd_read_file(path, AUTHORITIES_MAX_FILE_BYTES, &b);

	if (r < 0)
		return r;
	if (b.len > 0 && b.data[0] == DER_SEQUENCE)
		return authorities_add(l, path, b.data, b.len);
	return authorities_load_pem(l, path, &b);
}

static bool authorities_has_certificate_suffix(const char *name)
{
	static const char *const suffixes[] = {".pem", ".crt", ".cer", ".der"};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(suffixes); i++)
		if (strcasecmp(dot, suffixes[i]) == 0)
			return true;
	return false;
}

static int authorities_wanted(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
		authorities_has_certificate_suffix(entry->d_name);
}

static int authorities_load_entry(
	struct loader *l, const char *dir, const char *name)
{
	CLEANUP(free) char *path = NULL;
	int r = string_format(&path, "%s/%s", dir, name);

	if (r < 0)
		return r;
	r = authorities_load_file(l, path);
	if (r == -ENOMEM || r >= 0)
		return r;
	return authorities_problem(l, path, strerror(-r));
}

static int authorities_load_directory(struct loader *l, const char *path)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, authorities_wanted, alphasort);
	int r = 0;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (r == 0 && i < AUTHORITIES_MAX_FILES)
			r = authorities_load_entry(l, path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (r == 0 && n > AUTHORITIES_MAX_FILES)
		r = authorities_problem(l, path, "there are too many files");
	return r;
}

int authorities_load(const char *path, struct anchors *anchors,
	struct authorities_report *ret)
{
	struct loader l = {.anchors = anchors};
	size_t before = anchors_count(anchors, ANCHOR_AUTHORITY);
	struct stat st;
	int r = 0;

	if (stat(path, &st) < 0)
		return -errno;
	r = S_ISDIR(st.st_mode) ? authorities_load_directory(&l, path)
				: authorities_load_file(&l, path);
	if (r < 0) {
		authorities_report_done(&l.report);
		return r;
	}
	l.report.loaded = anchors_count(anchors, ANCHOR_AUTHORITY) - before;
	*ret = l.report;
	return 0;
}
