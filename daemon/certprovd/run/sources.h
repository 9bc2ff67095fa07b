/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other processes of the phone learnt about where to provision from: one
 * URL a source, for as long as the daemon runs. It is hearsay: nothing that is
 * fetched from it is authenticated, and it never becomes setting_server. Never
 * fetches.
 */
#ifndef CERTPROVD_SOURCES_H
#define CERTPROVD_SOURCES_H

#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/phone/provisioning-order.h"

/* So many changes are taken in a span; one more is refused. What was known
 * already costs nothing. */
#define SOURCES_MAX_CHANGES 20
#define SOURCES_SPAN_MS INT64_C(600000)

/* Zeroed is empty. */
struct sources {
	char *urls[PROVISIONING_SOURCE__END];
	unsigned changes;
	int64_t since_ms;
};
void sources_done(struct sources *s);

/*
 * Copies the URL; an empty one withdraws what was offered. *ret_changed: it is
 * another one than before. 0; -EINVAL when it is no URL of HTTP once {mac} and
 * {phone_type} are filled in; -EDQUOT past SOURCES_MAX_CHANGES; -ENOMEM.
 */
int sources_offer(struct sources *s, enum provisioning_source source,
	const char *url, int64_t now_ms, bool *ret_changed);

#endif
