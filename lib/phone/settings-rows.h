/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phone settings that certprov acts on, one row each: name, which firmware
 * has it, default, values. Included by settings-table.h for the identifiers
 * and by settings-table.c for the rows, hence without an include guard.
 */
SETTING_ROW(SETTING_TLS_SERVER_AUTHENTICATION,
	.name = "tls_server_authentication",
	.doc = "verify the certificates of TLS servers",
	.source = "TLS Support, Server Authentication", .trust = true,
	.exists_by = RULE_VERIFICATION_SETTING, .fallback = "off",
	.fallback_varies = true, .fallback_rule = RULE_VERIFICATION_FORCED,
	.fallback_by_rule = "on", .values = {"on", "off"}, .example = "on",
	.syntax = "on or off")

SETTING_ROW(SETTING_CHECK_FQDN, .name = "check_fqdn_against_server_cert",
	.doc = "verify that the certificate is for the host that was asked for",
	.source = "setting page check_fqdn_against_server_cert", .trust = true,
	.exists_by = RULE_NAME_CHECK_SETTING, .fallback = "off",
	.fallback_varies = true, .fallback_rule = RULE_NAME_CHECK_DEFAULT_ON,
	.fallback_by_rule = "on", .values = {"on", "off"}, .example = "on",
	.syntax = "on or off")

SETTING_ROW(SETTING_NAME_FLAGS, .name = "host_name_validation_flags",
	.doc = "how names are matched: 1 subject too, 2 no wildcards, 4 no partial wildcards, 8 multi-label wildcards, 16 single-label subdomains",
	.source = "setting page host_name_validation_flags", .trust = true,
	.exists_by = RULE_NAME_FLAGS_SETTING, .fallback = "0",
	.fallback_varies = true, .fallback_rule = RULE_NAME_FLAGS_NO_WILDCARDS,
	.fallback_by_rule = "2", .max = 31, .example = "7",
	.syntax = "a sum of 1, 2, 4, 8 and 16: 0 to 31")

SETTING_ROW(SETTING_SETTING_SERVER, .name = "setting_server",
	.doc = "the URL to provision from", .source = "Auto Provisioning",
	.always = true, .fallback = "", .check = setting_check_server,
	.example = "https://example.com/{mac}.xml",
	.syntax = "an http or https URL; {mac} and {phone_type} are filled in")

SETTING_ROW(SETTING_UPDATE_POLICY, .name = "update_policy",
	.doc = "with never_update, provisioning downloads nothing; from a file, it still reads the files that could lift it",
	.source = "setting page update_policy", .always = true,
	.fallback = "settings_only",
	.values = {"never_update", "settings_only", "auto_update",
		"ask_for_update"},
	.example = "never_update",
	.syntax = "never_update, settings_only, auto_update or ask_for_update")

/*
 * The vendor documents it from 8.7 on, and until 10.1.39.0 an empty value
 * meant an "old behaviour" that is not described. Here it paces this daemon on
 * every firmware, and empty is the default.
 */
SETTING_ROW(SETTING_BACK_OFF, .name = "prov_back_off_timer",
	.doc = "how long to wait after a failed provisioning run",
	.source = "setting page prov_back_off_timer", .always = true,
	.fallback = BACKOFF_DEFAULT, .check = setting_check_back_off,
	.example = "5,10;10,20",
	.syntax = "seconds, ranges and a limit: 120, 3,6:300 or 5,10;10,20")

/* The vendor documents it from 8.7.3 on. */
SETTING_ROW(SETTING_PROVISIONING_ORDER, .name = "provisioning_order",
	.doc = "where the phone looks for its setting server; a change in a file begins another run",
	.source = "setting page provisioning_order", .always = true,
	.fallback = "redirection:stop pnp:stop dhcp:stop tr69:stop",
	.check = setting_check_order, .example = "pnp:stop",
	.syntax = "names with blanks between, each with :stop or :proceed")

SETTING_ROW(SETTING_REFRESH_TIMER, .name = "settings_refresh_timer",
	.doc = "provision again after this many seconds, if that is sooner than RefreshInterval",
	.source = "deployed files", .always = true, .fallback = "0",
	.max = 31536000 /* a year */, .example = "86400",
	.syntax = "seconds, 0 to 31536000; 0: not by itself")

/* The vendor does not publish the names of the values. */
SETTING_ROW(SETTING_PHONE_CERT_TYPE, .name = "phone_cert_type",
	.doc = "which built-in certificate the phone shows: the one signed with SHA-1 or the one signed with SHA-2; empty: SHA-2 if the firmware knows its CA",
	.source = "TLS Support, Built-in Certificates",
	.exists_by = RULE_DEVICE_CERT_TYPE_SETTING, .fallback = "",
	.values = {"sha1", "sha2"}, .example = "sha2", .syntax = "sha1 or sha2")

/* The vendor's files have them, and no page of the vendor's describes them. */
SETTING_ROW(SETTING_HTTP_CLIENT_USER, .name = "http_client_user",
	.doc = "the user for HTTP servers that ask for one, of the origin of the setting server or of the file that brought it",
	.source = "deployed files", .always = true, .fallback = "",
	.check = setting_check_user, .example = "000413123456",
	.syntax = "a text of up to 255 characters, without a colon")

SETTING_ROW(SETTING_HTTP_CLIENT_PASS, .name = "http_client_pass",
	.doc = "the password of http_client_user; never shown",
	.source = "deployed files", .always = true, .secret = true,
	.fallback = "", .check = setting_check_password, .example = "secret",
	.syntax = "a text of up to 255 characters")

/* The text of a file has the private key as well; what is kept, stored and
 * shown in its place is made of it by lib/identity/identity-setting.h. */
SETTING_ROW(SETTING_WEBSERVER_CERT, .name = "webserver_cert",
	.doc = "a certificate of the phone's own with its private key, for its web server and as its TLS client certificate; empty: the built-in certificate",
	.source = "TLS Support, Custom Certificates", .always = true,
	.fallback = "", .check = setting_check_fingerprints,
	.example =
		"ad1f5c5fe5b7a3bdfbd1f47fdbde5b2bc3a2f1dfc5fd9ee6b9ddaf03ea1a3b7f",
	.syntax =
		"a certificate and its private key in PEM form, with or without its chain")
