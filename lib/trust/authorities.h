/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate authorities shipped with the firmware: a PEM or DER file,
 * or a directory of such files. They are only read. A file that cannot be
 * read is reported, and the rest still counts. Decodes no certificate.
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
/* Problems kept word by word; all are counted. */
#define AUTHORITIES_MAX_PROBLEMS 16

struct authorities_report {
	size_t loaded; /* certificates, each counted once */
	size_t problem_count;
	char *problems[AUTHORITIES_MAX_PROBLEMS]; /* "FILE: what is wrong" */
};
void authorities_report_done(struct authorities_report *r);
DEFINE_CLEANUP_EMBEDDED(struct authorities_report, authorities_report_done);

/*
 * Add what lies at path to the list ANCHOR_AUTHORITY of anchors. Returns 0
 * and a report; or a negative errno when the path itself cannot be read
 * (anchors and *ret untouched) or memory is short.
 */
int authorities_load(const char *path, struct anchors *anchors,
	struct authorities_report *ret);

#endif
