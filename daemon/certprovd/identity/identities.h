/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All certificates the phone has of its own, and which of them is in force.
 * What cannot be used is kept with the reason, and the next best is used.
 */
#ifndef CERTPROVD_IDENTITIES_H
#define CERTPROVD_IDENTITIES_H

#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/config/phone.h"
#include "lib/identity/identity-choice.h"
#include "lib/identity/identity.h"
#include "lib/phone/settings.h"

/* CAs of DeviceAuthorities=. */
#define IDENTITIES_MAX_DEVICE_CAS 16

/* One source of an identity. */
struct identity_slot {
	bool configured;          /* it should be there */
	struct identity identity; /* count 0: it cannot be used */
	char *reason;             /* why not, and what to do */
	char *remedy;
	const char *result; /* identifier of the reason */
};

struct identities {
	struct identity_slot slots[IDENTITY_SOURCE__END];
	struct certificate *device_cas[IDENTITIES_MAX_DEVICE_CAS];
	size_t device_ca_count;
	char *device_cas_problem; /* why they could not be read */
	char *webserver_value;    /* of webserver_cert, when it was read */
	enum identity_source in_force;
};
void identities_done(struct identities *i);
DEFINE_CLEANUP_EMBEDDED(struct identities, identities_done);

/* Read all anew; *ret is untouched on failure. What is wrong with one is in its
 * slot. 0, -ENOMEM, -EIO. */
int identities_load(const struct config *config,
	const struct settings *settings, struct identities *ret);

/* Remove the certificate and key of webserver_cert. 0 or a negative errno. */
int identities_drop_webserver_cert(const struct config *config);

/* The same in place of what *i was, and what is in force; untouched on
 * failure. */
int identities_reload(struct identities *i, const struct config *config,
	const struct firmware *firmware, const struct settings *settings);

/* webserver_cert is another than the one that was read, or that was not to be
 * found. */
bool identities_are_outdated(
	const struct identities *i, const struct settings *settings);
/* webserver_cert is set, and its key cannot be used: to be provisioned anew. */
bool identities_lost_webserver(const struct identities *i);

/* What is in force by firmware and phone_cert_type. */
void identities_choose(struct identities *i, const struct firmware *firmware,
	const struct settings *settings);
/* Why the source, which is usable, is in force or is not: a sentence. */
const char *identities_why(const struct identities *i,
	const struct firmware *firmware, const struct settings *settings,
	enum identity_source source);
/* NULL: the phone has none. */
const struct identity *identities_in_force(const struct identities *i);

/* The chain of that, leaf first, at most IDENTITY_MAX_CHAIN, borrowed: how
 * many. The first parameter is a struct identities. */
size_t identities_chain_in_force(
	void *identities, const struct certificate **ret);

/* Bits of enum warning for the identity of a slot. */
unsigned identities_warnings(const struct identities *i,
	enum identity_source source, const struct phone *phone, int64_t now);
/* One of them in words, for warning_words_done(). 0 or -ENOMEM. */
int identities_explain(const struct identities *i, enum identity_source source,
	enum warning w, int64_t now, struct warning_words *ret);

#endif
