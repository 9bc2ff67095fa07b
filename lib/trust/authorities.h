/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate authorities shipped with the firmware: a PEM or DER file,
 * or a directory of such files. They are only read, entry by entry: what
 * cannot be read is named with its file and line, and the rest still counts.
 * Decodes no certificate.
 */
#ifndef CERTPROV_AUTHORITIES_H
#define CERTPROV_AUTHORITIES_H

#include <stddef.h>

#include "lib/base/macros.h"
#include "lib/trust/anchors.h"

/* One file; Mozilla's whole list is 0.3 MiB. */
#define AUTHORITIES_MAX_FILE_BYTES ((size_t)32 * 1024 * 1024)
/* Files looked at in a directory; one more is reported and left out. */
#define AUTHORITIES_MAX_FILES 4096
/* Findings of each kind kept word by word; all are counted. */
#define AUTHORITIES_MAX_FINDINGS 16

enum authorities_kind {
	AUTHORITIES_LOST,   /* a certificate, or a whole file, is not read */
	AUTHORITIES_SECRET, /* a private key: it is no secret any more */
	AUTHORITIES_NOTE,   /* something else that is not used */
	AUTHORITIES__END,
};

struct authorities_finding {
	char *file;
	unsigned line; /* 0: the whole file */
	char *what;    /* "the certificate is cut off: ..." */
};

struct authorities_findings {
	size_t count; /* of which the first are kept */
	struct authorities_finding items[AUTHORITIES_MAX_FINDINGS];
};

struct authorities_report {
	size_t loaded;     /* certificates, each counted once */
	size_t duplicates; /* that were there already */
	size_t lost;       /* certificates, files not counted */
	struct authorities_findings findings[AUTHORITIES__END];
};
void authorities_report_done(struct authorities_report *r);
DEFINE_CLEANUP_EMBEDDED(struct authorities_report, authorities_report_done);

/* How many certificates were read, and how many are there. */
size_t authorities_read_count(const struct authorities_report *r);
size_t authorities_found_count(const struct authorities_report *r);
/* How many findings of a kind are kept. */
size_t authorities_kept(
	const struct authorities_report *r, enum authorities_kind kind);
/* "FILE: line 12: what it is", without the file where that is not_named (NULL:
 * always with it); the caller frees it. 0 or -ENOMEM. */
int authorities_finding_text(
	const struct authorities_finding *f, const char *not_named, char **ret);

/*
 * Add what lies at path to the list ANCHOR_AUTHORITY of anchors. Returns 0
 * and a report; or a negative errno when the path itself cannot be read
 * (anchors and *ret untouched; -EFBIG past AUTHORITIES_MAX_FILE_BYTES) or
 * memory is short.
 */
int authorities_load(const char *path, struct anchors *anchors,
	struct authorities_report *ret);
/* The same for the bytes of one file; adds to *report, also when it fails. */
int authorities_read(const char *name, const void *data, size_t len,
	struct anchors *anchors, struct authorities_report *report);

#endif
