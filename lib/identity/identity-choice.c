/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-choice.h"

#include <assert.h>
#include <string.h>

const char *identity_source_name(enum identity_source source)
{
	static const char *const names[IDENTITY_SOURCE__END] = {
		[IDENTITY_SHA1] = "built-in-sha1",
		[IDENTITY_SHA2] = "built-in-sha2",
		[IDENTITY_INSTALLED] = "installed",
		[IDENTITY_WEBSERVER_CERT] = "webserver-cert",
	};

	assert((unsigned)source < IDENTITY_SOURCE__END);
	return names[source];
}

static bool identity_wants_sha2(
	const struct firmware *firmware, const char *phone_cert_type)
{
	if (!firmware_has(firmware, RULE_DEVICE_CERT_TYPE_SETTING))
		return false;
	if (phone_cert_type && *phone_cert_type)
		return strcmp(phone_cert_type, "sha2") == 0;
	return firmware_has(firmware, RULE_SHA2_DEVICE_CA);
}

enum identity_source identity_choose(const struct firmware *firmware,
	const char *phone_cert_type, const bool has[IDENTITY_SOURCE__END])
{
	enum identity_source sha2 =
		has[IDENTITY_INSTALLED] ? IDENTITY_INSTALLED : IDENTITY_SHA2;

	if (has[IDENTITY_WEBSERVER_CERT])
		return IDENTITY_WEBSERVER_CERT;
	if (!has[IDENTITY_SHA1])
		return has[sha2] ? sha2 : IDENTITY_SOURCE__END;
	return has[sha2] && identity_wants_sha2(firmware, phone_cert_type)
		? sha2
		: IDENTITY_SHA1;
}
