/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provisioning_order: by which ways a phone looks for a setting server, and
 * whether it goes on to the next after a success. Decides nothing about URLs.
 *
 *   redirection:stop pnp:stop dhcp:proceed tr69:stop
 */
#ifndef CERTPROV_PROVISIONING_ORDER_H
#define CERTPROV_PROVISIONING_ORDER_H

#include <stdbool.h>
#include <stddef.h>

/* The ways that the vendor names; dhcp114 on newer firmware only. */
enum provisioning_source {
	PROVISIONING_REDIRECTION,
	PROVISIONING_PNP,
	PROVISIONING_DHCP,
	PROVISIONING_DHCP114,
	PROVISIONING_TR69,
	PROVISIONING_SOURCE__END
};
const char *provisioning_source_name(enum provisioning_source source);
/* 0 or -ENOENT. */
int provisioning_source_find(const char *name, enum provisioning_source *ret);

struct provisioning_step {
	enum provisioning_source source;
	bool proceed; /* after a success the next is asked all the same */
};

/* Each source once. */
struct provisioning_order {
	struct provisioning_step steps[PROVISIONING_SOURCE__END];
	size_t count;
};

/*
 * Of a value that setting_check() accepts. A name without a word behind it
 * stops; of a name that comes twice the first counts; names that are not known
 * are passed over, because a newer phone may have more of them.
 */
void provisioning_order_read(const char *value, struct provisioning_order *ret);

#endif
