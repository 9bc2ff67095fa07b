/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who this phone is: firmware, model and MAC address, from the configuration
 * or from where it points. Read at start and at reload. Understands neither
 * versions nor models.
 */
#ifndef CERTPROVD_PHONE_H
#define CERTPROVD_PHONE_H

#include "daemon/certprovd/config/config.h"
#include "lib/base/macros.h"

#define PHONE_MAX_FIRMWARE_BYTES 256
#define PHONE_INTERFACES "/sys/class/net"

/* Zeroed is empty; what is not known is NULL. */
struct phone {
	char *firmware;
	char *type;
	char *mac; /* 12 upper-case hex digits */
	/* Why firmware or mac is not known although it is configured; one
	 * sentence for the log. */
	char *problem;
};
void phone_done(struct phone *p);
DEFINE_CLEANUP_EMBEDDED(struct phone, phone_done);

/* interfaces is PHONE_INTERFACES, or where a test keeps its own. Returns 0,
 * also with a problem, or -ENOMEM; *ret untouched then. */
int phone_read(
	const struct config *c, const char *interfaces, struct phone *ret);

#endif
