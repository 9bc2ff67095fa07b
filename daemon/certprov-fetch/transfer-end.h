/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of an ending share: transfer-result.c (answers),
 * transfer-failure.c (none came) and transfer-tell.c (words). For these alone.
 */
#ifndef CERTPROV_FETCH_TRANSFER_END_H
#define CERTPROV_FETCH_TRANSFER_END_H

#include "daemon/certprov-fetch/transfer.h"

#define TRANSFER_STATUS_PROXY_USER 407

void transfer_tell(struct transfer *t, enum verdict verdict,
	enum fetch_cause cause, const char *format, ...) PRINTF_LIKE(4, 5);
/* 401 or 407: what is asked for, and what was sent. */
void transfer_explain_user(struct transfer *t, long status);
struct transfer_end transfer_explain_failure(struct transfer *t, CURLcode code);
/* How many seconds the server wants not to be asked, as it says with 429 and
 * 503, at most FETCH_MAX_RETRY_AFTER_SECONDS; 0: it does not say. */
int64_t transfer_retry_after(const struct transfer *t);
/* The handshake failed, and not for a verdict of ours. */
struct transfer_end transfer_explain_handshake(struct transfer *t);
/* Put what a look taught in place of what was told before; false: nothing. */
bool transfer_explain_look(struct transfer *t);

#endif
