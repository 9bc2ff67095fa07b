/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust as bytes, for processes that verify by themselves: encoded by
 * the daemon into a sealed memfd, decoded by fetcher and client library.
 * The decoder trusts nothing: every length is checked, every limit holds.
 */
#ifndef CERTPROV_SNAPSHOT_H
#define CERTPROV_SNAPSHOT_H

#include "lib/trust/trust.h"

#define SNAPSHOT_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* 0; -EFBIG past the maximum; -EINVAL when an exception's host or a list of
 * ciphers is not short printable text; -ENOMEM. */
int snapshot_encode(const struct trust *trust, struct bytes *ret);
/* 0; -EBADMSG when it is not a snapshot; -EPROTONOSUPPORT for another version;
 * -ENOMEM; -EIO when a digest cannot be made. */
int snapshot_decode(const void *data, size_t len, struct trust **ret);

/* A memfd with the bytes, sealed against any change; or one received:
 * refused with -EBADMSG unless it is sealed. */
int snapshot_seal(const struct bytes *snapshot, int *ret_fd);
int snapshot_open(int fd, struct trust **ret);

#endif
