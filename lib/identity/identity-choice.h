/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of its certificates the phone shows.
 */
#ifndef CERTPROV_IDENTITY_CHOICE_H
#define CERTPROV_IDENTITY_CHOICE_H

#include <stdbool.h>

#include "lib/phone/firmware.h"

enum identity_source {
	IDENTITY_SHA1,           /* built in: RSA 1024, signed with SHA-1 */
	IDENTITY_SHA2,           /* built in: RSA 2048 or EC, SHA-2 */
	IDENTITY_INSTALLED,      /* an upgrade made on the phone: SHA-2 */
	IDENTITY_WEBSERVER_CERT, /* by the setting */
	IDENTITY_SOURCE__END
};
/* "built-in-sha1", "built-in-sha2", "installed", "webserver-cert". */
const char *identity_source_name(enum identity_source source);

/*
 * webserver_cert when it is set. Else the built-in certificate that
 * phone_cert_type names, "sha1" or "sha2"; one that was installed takes the
 * place of the built-in SHA-2 certificate. Where the setting is empty, SHA-2 if
 * the firmware knows its CA; before the setting existed, SHA-1. What is not
 * there gives way to the other. IDENTITY_SOURCE__END: the phone has none.
 * Source: TLS Support, Built-in Certificates.
 */
enum identity_source identity_choose(const struct firmware *firmware,
	const char *phone_cert_type, const bool has[IDENTITY_SOURCE__END]);

/* Why this one, which the phone has, is in force or is not: a sentence. */
const char *identity_choice_explain(const struct firmware *firmware,
	const char *phone_cert_type, const bool has[IDENTITY_SOURCE__END],
	enum identity_source source);

#endif
