/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware version changes, one row each: since is where a rule begins
 * to hold and until where it ends, one for each branch (firmware.h). An
 * unknown version gets the answer that allows less. Included by firmware.h for
 * the identifiers and by firmware.c for the rows, hence without an include
 * guard.
 */
RULE_ROW(RULE_BASE64_VARIANT, .name = "base64-variant",
	.effect = "<certificate type=\"base64\"> is understood",
	.since = {VERSION(8, 7, 5, 52), VERSION(8, 9, 3, 41)},
	.when_unknown = false,
	.source = "TLS Support, Uploading Server Certificates")

RULE_ROW(RULE_PROVISIONED_CHAIN_REQUIRED, .name = "provisioned-chain-required",
	.effect =
		"a provisioned certificate must be signed by an authority or a server certificate",
	.until = {VERSION(8, 7, 5, 52), VERSION(8, 9, 3, 41)},
	.when_unknown = true,
	.source = "TLS Support, Uploading Server Certificates")

RULE_ROW(RULE_UPLOAD_CHAIN_REQUIRED, .name = "upload-chain-required",
	.effect =
		"an uploaded certificate must be signed by an authority or a server certificate",
	.when_unknown = true,
	.source = "TLS Support, Unknown Certificates, manual upload")

RULE_ROW(RULE_VERIFICATION_SETTING, .name = "verification-setting",
	.effect = "tls_server_authentication exists, off by default",
	.since = {VERSION(8, 2, 30)}, .until = {VERSION(10, 0)},
	.when_unknown = false,
	.source = "TLS Support, Server Authentication, version 8.x")

RULE_ROW(RULE_VERIFICATION_FORCED, .name = "verification-forced",
	.effect =
		"servers are always verified; tls_server_authentication is ignored",
	.since = {VERSION(10, 0)}, .when_unknown = true,
	.source = "TLS Support, Server Authentication, version 10.x")

RULE_ROW(RULE_NAME_CHECK_SETTING, .name = "name-check-setting",
	.effect = "check_fqdn_against_server_cert exists",
	.since = {VERSION(8, 8, 3, 26)}, .when_unknown = true,
	.source = "setting page check_fqdn_against_server_cert")

RULE_ROW(RULE_NAME_CHECK_DEFAULT_ON, .name = "name-check-default-on",
	.effect = "check_fqdn_against_server_cert is on by default",
	.since = {VERSION(10, 0)}, .when_unknown = true,
	.source = "setting page check_fqdn_against_server_cert")

RULE_ROW(RULE_NAME_FLAGS_SETTING, .name = "name-flags-setting",
	.effect = "host_name_validation_flags exists",
	.since = {VERSION(8, 7, 5)}, .when_unknown = true,
	.source = "setting page host_name_validation_flags")

RULE_ROW(RULE_NAME_FLAGS_NO_WILDCARDS, .name = "name-flags-no-wildcards",
	.effect =
		"host_name_validation_flags is 2 by default, and 0 on other versions",
	.until = {VERSION(8, 7, 5, 71)}, .when_unknown = true,
	.source = "setting page host_name_validation_flags")

RULE_ROW(RULE_SIP_NAME_RULE, .name = "sip-name-rule",
	.effect =
		"SIP servers are identified by RFC 5922 section 4: outbound proxy, else registrar",
	.since = {VERSION(10, 1, 63, 0)}, .when_unknown = true,
	.source = "setting page check_fqdn_against_server_cert")

RULE_ROW(RULE_DEVICE_CERT_TYPE_SETTING, .name = "device-cert-type-setting",
	.effect =
		"phone_cert_type may switch to the SHA-256 device certificate",
	.since = {VERSION(8, 9, 3, 40)}, .when_unknown = false,
	.source = "TLS Support, Built-in Certificates")

RULE_ROW(RULE_SHA2_DEVICE_CA, .name = "sha2-device-ca",
	.effect = "the SHA-2 device CA is known",
	.since = {VERSION(8, 9, 3, 60), VERSION(10, 1)}, .when_unknown = false,
	.source = "TLS Support, Built-in Certificates")

RULE_ROW(RULE_REMOVE_ACTION, .name = "remove-action",
	.effect =
		"action=\"remove\" is known; for every setting that certprov acts on, it is a normal set",
	.since = {VERSION(10, 1, 57, 0)}, .when_unknown = false,
	.source = "<phone-settings> tag")
