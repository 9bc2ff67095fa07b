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

/* Between SHA-1 and SHA-2. */
static const char *identity_explain_type(const struct firmware *firmware,
	const char *phone_cert_type, bool has_sha1, bool has_sha2)
{
	bool set = firmware_has(firmware, RULE_DEVICE_CERT_TYPE_SETTING) &&
		phone_cert_type && *phone_cert_type;
	bool sha2 = identity_wants_sha2(firmware, phone_cert_type);

	if (set && !(sha2 ? has_sha2 : has_sha1))
		return sha2 ? "phone_cert_type is sha2, but there is no usable "
			      "SHA-2 certificate."
			    : "phone_cert_type is sha1, but there is no usable "
			      "SHA-1 certificate.";
	if (!has_sha1 || !has_sha2)
		return "There is no other usable built-in certificate.";
	if (set)
		return sha2 ? "phone_cert_type is sha2."
			    : "phone_cert_type is sha1.";
	if (!firmware_has(firmware, RULE_DEVICE_CERT_TYPE_SETTING))
		return "This firmware has no phone_cert_type and shows the "
		       "SHA-1 certificate.";
	return sha2 ? "phone_cert_type is empty, and this firmware knows the "
		      "SHA-2 device CA."
		    : "phone_cert_type is empty, and this firmware does not "
		      "know the SHA-2 device CA.";
}

const char *identity_choice_explain(const struct firmware *firmware,
	const char *phone_cert_type, const bool has[IDENTITY_SOURCE__END],
	enum identity_source source)
{
	if (source == IDENTITY_WEBSERVER_CERT)
		return "webserver_cert is set: its certificate takes the place "
		       "of the built-in one.";
	if (has[IDENTITY_WEBSERVER_CERT])
		return "webserver_cert is set: its certificate is shown "
		       "instead.";
	if (source == IDENTITY_SHA2 && has[IDENTITY_INSTALLED])
		return "The installed certificate takes its place.";
	return identity_explain_type(firmware, phone_cert_type,
		has[IDENTITY_SHA1],
		has[IDENTITY_SHA2] || has[IDENTITY_INSTALLED]);
}
