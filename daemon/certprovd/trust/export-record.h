/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the export on the disk was made from: a file beside it, so that a start
 * need not make the whole text again to see that it is still the right one.
 * Everything that decides what is exported is in its digest, and the times
 * between which that is so; a file that cannot be read, or is of another
 * generation, version or trust, is none, and the export is made as ever.
 */
#ifndef CERTPROVD_EXPORT_RECORD_H
#define CERTPROVD_EXPORT_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/sha256-size.h"

struct export_files;
struct export_set;
struct trust;

/* Beside the link. */
#define EXPORT_RECORD "export.made"

/* Of all of a trust that decides what is exported. The fingerprints of all
 * certificates are made for it: once for each change is enough. 0, -ENOMEM or
 * -EIO. */
int export_record_digest(const struct trust *trust, char ret[SHA256_HEX_SIZE]);
/* Is what the files hold the export of the trust with this digest at this time?
 */
bool export_record_holds(
	const struct export_files *f, const char *digest, int64_t now);
/* The files hold what was chosen of that trust now. What cannot be written is
 * made again at the next start. */
void export_record_write(const struct export_files *f, const char *digest,
	const struct export_set *set, int64_t now);

#endif
