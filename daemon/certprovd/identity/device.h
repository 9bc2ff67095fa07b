/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SHA-2 identity made on the phone: a key that never leaves it, the request
 * for its certificate, and the certificate that came of it. There are two
 * places for it, and one small file says which is in force: what was there
 * before can be taken back, and a power cut leaves one or the other.
 */
#ifndef CERTPROVD_DEVICE_H
#define CERTPROVD_DEVICE_H

#include "daemon/certprovd/identity/identities.h"
#include "lib/phone/firmware.h"

/* Why it cannot be done. */
struct device_refusal {
	enum verdict verdict; /* VERDICT__END: it can */
	char *reason;
	char *remedy; /* or NULL */
};
void device_refusal_done(struct device_refusal *r);
DEFINE_CLEANUP_EMBEDDED(struct device_refusal, device_refusal_done);

struct device_context {
	const struct config *config;
	const struct phone *phone;
	const struct firmware *firmware;
	const struct identities *identities;
	int64_t now;
};

/*
 * A request in PEM, in new memory, for the key that waits for a certificate; it
 * is made when there is none of this type ("rsa" or "ec"). 0 with *ret NULL and
 * the refusal: IDENTITY_NO_MAC, IDENTITY_SHARED_MODEL,
 * IDENTITY_SHA2_UNSUPPORTED. -EINVAL for another type.
 */
int device_request(const struct device_context *context, const char *type,
	char **ret, struct device_refusal *ret_refusal);

/*
 * Install the chain for the key that waits, in any order. It is checked: whose
 * key and MAC address it has, whether a known device CA issued it, the digest
 * of its signature, its dates. 0 and the refusal, or VERDICT__END in it and the
 * chain is durable; to be read by identities_load.
 */
int device_install(const struct device_context *context,
	const struct bytes *chain, size_t count,
	struct device_refusal *ret_refusal);

/* Back to what was there before the last installation, or forth again. 0, or
 * -ENOENT when there was none. */
int device_rollback(const struct config *config);

#endif
