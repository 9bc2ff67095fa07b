/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/runner.h"

static struct settings s;
static struct firmware v7, v8, v10, unknown;

static void setup(void)
{
	s = (struct settings){0};
	ck_assert_int_eq(firmware_parse("8.2.29", &v7), 0);
	ck_assert_int_eq(firmware_parse("8.9.3.80", &v8), 0);
	ck_assert_int_eq(firmware_parse("10.1.33.33", &v10), 0);
	unknown = (struct firmware){.count = 0};
}

static void teardown(void)
{
	settings_done(&s);
}

static enum setting_result offer(
	const struct firmware *f, const char *name, const char *value)
{
	const struct setting_offer o = {
		.name = name, .value = value, .may_trust = true};
	enum setting_result r = SETTING_RESULT__END;

	ck_assert_int_eq(settings_offer(&s, f, &o, &r), 0);
	return r;
}

static enum setting_result set(
	const struct firmware *f, enum setting_id id, const char *value)
{
	enum setting_result r = SETTING_RESULT__END;

	ck_assert_int_eq(settings_set(&s, f, id, value, &r), 0);
	return r;
}

/* What is kept in place of webserver_cert. */
#define FINGERPRINT                                                            \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(every_row_of_the_tables_is_complete)
{
	for (enum setting_id id = 0; id < SETTING__END; id++) {
		const struct setting *row = setting_get(id);
		enum setting_id found = SETTING__END;

		ck_assert(row->name && row->doc && row->source && row->syntax);
		ck_assert(row->values[0] || row->check || row->max > 0);
		ck_assert(row->fallback);
		ck_assert_str_ne(row->example, row->fallback);
		ck_assert_int_eq(setting_check(id, row->example), 0);
		ck_assert_int_eq(setting_find(row->name, &found), 0);
		ck_assert_int_eq(found, id);
		if (*row->fallback)
			ck_assert_int_eq(setting_check(id, row->fallback), 0);
		if (row->fallback_varies)
			ck_assert_int_eq(
				setting_check(id, row->fallback_by_rule), 0);
	}
	for (enum setting_result r = 0; r < SETTING_RESULT__END; r++) {
		const struct setting_result_info *info = setting_result_get(r);

		ck_assert(info->name && info->sentence);
		ck_assert_int_eq(info->good, info->remedy == NULL);
	}
	for (enum setting_origin o = 0; o < SETTING_ORIGIN__END; o++) {
		enum setting_origin found = SETTING_ORIGIN__END;

		ck_assert_int_eq(
			setting_origin_find(setting_origin_name(o), &found), 0);
		ck_assert_int_eq(found, o);
	}
}
END_TEST

START_TEST(defaults_are_those_of_the_firmware)
{
	struct firmware old;

	ck_assert_int_eq(firmware_parse("8.7.5.70", &old), 0);
	ck_assert_int_eq(
		settings_verification(&s, &v7), VERIFICATION_UNSUPPORTED);
	ck_assert_int_eq(settings_verification(&s, &v8), VERIFICATION_OFF);
	ck_assert_int_eq(settings_verification(&s, &v10), VERIFICATION_FORCED);
	ck_assert_int_eq(
		settings_verification(&s, &unknown), VERIFICATION_FORCED);
	ck_assert(!settings_checks_names(&s, &v8));
	ck_assert(settings_checks_names(&s, &v10));
	ck_assert(settings_checks_names(&s, &unknown));
	ck_assert_uint_eq(settings_number(&s, &old, SETTING_NAME_FLAGS), 2);
	ck_assert_uint_eq(settings_number(&s, &v8, SETTING_NAME_FLAGS), 0);
	ck_assert_uint_eq(settings_number(&s, &v10, SETTING_NAME_FLAGS), 0);
	ck_assert_uint_eq(settings_number(&s, &unknown, SETTING_NAME_FLAGS), 2);
	ck_assert(!settings_forbid_downloads(&s, &v10));
	ck_assert_uint_eq(settings_back_off(&s, &v10).limit_s, 3600);
	ck_assert_str_eq(
		settings_effective(&s, &v10, SETTING_SETTING_SERVER), "");
}
END_TEST

START_TEST(what_a_row_says_in_words_comes_from_the_rules)
{
	char firmware[SETTING_FIRMWARE_SIZE];
	char fallback[SETTING_DEFAULT_SIZE];

	ck_assert_str_eq(setting_firmware_text(
				 SETTING_TLS_SERVER_AUTHENTICATION, firmware),
		"8.2.30, ignored from 10.0");
	ck_assert_str_eq(setting_default_text(
				 SETTING_TLS_SERVER_AUTHENTICATION, fallback),
		"off, on from 10.0");
	ck_assert_str_eq(setting_default_text(SETTING_NAME_FLAGS, fallback),
		"0, 2 before 8.7.5.71");
	ck_assert_str_eq(
		setting_firmware_text(SETTING_SETTING_SERVER, firmware), "");
	ck_assert_str_eq(
		setting_default_text(SETTING_SETTING_SERVER, fallback), "none");
}
END_TEST

START_TEST(verification_follows_its_setting_where_there_is_one)
{
	const char *name = "tls_server_authentication";

	ck_assert_int_eq(offer(&v8, name, "on"), SETTING_APPLIED);
	ck_assert_int_eq(settings_verification(&s, &v8), VERIFICATION_ON);
	ck_assert_int_eq(
		settings_verification(&s, &v7), VERIFICATION_UNSUPPORTED);
	ck_assert(!settings_checks_names(&s, &v8));
	ck_assert_int_eq(offer(&v8, "check_fqdn_against_server_cert", "on"),
		SETTING_APPLIED);
	ck_assert(settings_checks_names(&s, &v8));
	ck_assert_int_eq(offer(&v8, name, "off"), SETTING_APPLIED);
	ck_assert(!settings_checks_names(&s, &v8));
	ck_assert_int_eq(offer(&v7, name, "on"), SETTING_NOT_ON_FIRMWARE);
}
END_TEST

START_TEST(verification_cannot_be_switched_off_from_10)
{
	const char *name = "tls_server_authentication";

	ck_assert_int_eq(offer(&v8, name, "off"), SETTING_APPLIED);
	ck_assert_int_eq(offer(&v10, name, "off"), SETTING_FORCED);
	ck_assert_int_eq(offer(&unknown, name, "off"), SETTING_FORCED);
	ck_assert_int_eq(set(&v10, SETTING_TLS_SERVER_AUTHENTICATION, "off"),
		SETTING_FORCED);
	ck_assert_int_eq(settings_verification(&s, &v10), VERIFICATION_FORCED);
	ck_assert_str_eq(
		settings_effective(&s, &v10, SETTING_TLS_SERVER_AUTHENTICATION),
		"on");
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	enum setting_result result;
} offers[] = {
	{"admin_mode_password", "x", SETTING_UNKNOWN},
	{"tls_server_authentication", "off", SETTING_FORCED},
	{"tls_server_authentication", "", SETTING_FORCED},
	/* What is in force anyway: files of 8.x have it. */
	{"tls_server_authentication", " on ", SETTING_UNCHANGED},
	{"", "x", SETTING_UNKNOWN},
	{"check_fqdn_against_server_cert", "off", SETTING_APPLIED},
	{"check_fqdn_against_server_cert", " \n off \t", SETTING_APPLIED},
	{"check_fqdn_against_server_cert", "ON", SETTING_INVALID},
	{"check_fqdn_against_server_cert", "1", SETTING_INVALID},
	{"check_fqdn_against_server_cert", "", SETTING_UNCHANGED},
	{"check_fqdn_against_server_cert", NULL, SETTING_UNCHANGED},
	{"host_name_validation_flags", "0", SETTING_APPLIED},
	{"host_name_validation_flags", "31", SETTING_APPLIED},
	{"host_name_validation_flags", "32", SETTING_INVALID},
	{"host_name_validation_flags", "-1", SETTING_INVALID},
	{"host_name_validation_flags", "100", SETTING_INVALID},
	{"host_name_validation_flags", "0x2", SETTING_INVALID},
	{"update_policy", "never_update", SETTING_APPLIED},
	{"update_policy", "settings_only", SETTING_APPLIED},
	{"update_policy", "auto_update", SETTING_APPLIED},
	{"update_policy", "ask_for_update", SETTING_APPLIED},
	{"update_policy", "never", SETTING_INVALID},
	{"prov_back_off_timer", "5,10;10,20", SETTING_APPLIED},
	{"prov_back_off_timer", "soon", SETTING_INVALID},
	{"setting_server", "https://u:p@h/{mac}.xml", SETTING_APPLIED},
	{"setting_server", "https://{mac}.example.com/", SETTING_APPLIED},
	{"setting_server", "ftp://h/", SETTING_INVALID},
	{"setting_server", "h/x", SETTING_INVALID},
	{"provisioning_order", "pnp:stop dhcp:proceed", SETTING_APPLIED},
	{"provisioning_order", "dhcp114", SETTING_APPLIED},
	{"provisioning_order", "pnp:stop  dhcp:stop", SETTING_APPLIED},
	{"provisioning_order", "pnp:", SETTING_INVALID},
	{"provisioning_order", "pnp:stops", SETTING_INVALID},
	{"provisioning_order", ":stop", SETTING_INVALID},
	{"provisioning_order", "pnp,dhcp", SETTING_INVALID},
	{"settings_refresh_timer", "60", SETTING_APPLIED},
	{"settings_refresh_timer", "31536000", SETTING_APPLIED},
	{"settings_refresh_timer", "31536001", SETTING_INVALID},
	{"settings_refresh_timer", "999999999", SETTING_INVALID},
	{"settings_refresh_timer", "-1", SETTING_INVALID},
	{"settings_refresh_timer", "1h", SETTING_INVALID},
	{"phone_cert_type", "sha1", SETTING_APPLIED},
	{"phone_cert_type", "sha2", SETTING_APPLIED},
	{"phone_cert_type", "sha256", SETTING_INVALID},
	{"http_client_user", "000413A11FA7", SETTING_APPLIED},
	{"http_client_user", "J\xc3\xb6rg \"x\"", SETTING_APPLIED},
	{"http_client_user", "a:b", SETTING_INVALID},
	{"http_client_user", "a\r\nb", SETTING_INVALID},
	{"http_client_user", "a\x7f", SETTING_INVALID},
	{"http_client_pass", "a:b", SETTING_APPLIED},
	{"http_client_pass", "a\nb", SETTING_INVALID},
	{"http_client_pass", "", SETTING_UNCHANGED},
	{"webserver_cert", FINGERPRINT, SETTING_APPLIED},
	{"webserver_cert", FINGERPRINT " " FINGERPRINT, SETTING_APPLIED},
	{"webserver_cert", FINGERPRINT "0", SETTING_INVALID},
	{"webserver_cert", "0", SETTING_INVALID},
	{"webserver_cert", FINGERPRINT "  " FINGERPRINT, SETTING_INVALID},
	{"webserver_cert", "-----BEGIN PRIVATE KEY-----", SETTING_INVALID},
};

START_TEST(offer_gets_the_result_it_deserves)
{
	ck_assert_msg(offer(&v10, offers[_i].name, offers[_i].value) ==
			offers[_i].result,
		"%s=%s", offers[_i].name, offers[_i].value);
}
END_TEST

START_TEST(every_setting_is_offered)
{
	const char *name = setting_get((enum setting_id)_i)->name;
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(offers); i++)
		found = found || strcmp(offers[i].name, name) == 0;
	ck_assert_msg(found, "offers[] lacks %s", name);
}
END_TEST

START_TEST(value_one_character_too_long_is_invalid)
{
	char text[SETTING_MAX_CHARS + 2] = "http://h/";

	memset(text + 9, 'a', SETTING_MAX_CHARS - 9);
	ck_assert_int_eq(offer(&v10, "setting_server", text), SETTING_APPLIED);
	text[SETTING_MAX_CHARS] = ' ';
	ck_assert_int_eq(
		offer(&v10, "setting_server", text), SETTING_UNCHANGED);
	text[SETTING_MAX_CHARS] = 'a';
	ck_assert_int_eq(offer(&v10, "setting_server", text), SETTING_INVALID);
}
END_TEST

/* Of the setting that has this limit. */
static void check_longest_user(enum setting_id id)
{
	const char *name = setting_get(id)->name;
	char text[SETTING_MAX_USER_CHARS + 2] = {0};

	memset(text, 'a', SETTING_MAX_USER_CHARS);
	ck_assert_int_eq(offer(&v10, name, text), SETTING_APPLIED);
	text[SETTING_MAX_USER_CHARS] = 'a';
	ck_assert_int_eq(offer(&v10, name, text), SETTING_INVALID);
	ck_assert_uint_eq(
		strlen(s.values[id].value), (size_t)SETTING_MAX_USER_CHARS);
}

START_TEST(user_and_password_have_a_limit)
{
	check_longest_user(SETTING_HTTP_CLIENT_USER);
	check_longest_user(SETTING_HTTP_CLIENT_PASS);
}
END_TEST

START_TEST(same_value_again_is_no_change_and_empty_is_the_default)
{
	const char *name = "host_name_validation_flags";

	ck_assert_int_eq(offer(&v10, name, "4"), SETTING_APPLIED);
	ck_assert_int_eq(offer(&v10, name, " 4 "), SETTING_UNCHANGED);
	ck_assert_uint_eq(settings_number(&s, &v10, SETTING_NAME_FLAGS), 4);
	ck_assert_int_eq(offer(&v10, name, "99"), SETTING_INVALID);
	ck_assert_uint_eq(settings_number(&s, &v10, SETTING_NAME_FLAGS), 4);
	ck_assert_int_eq(offer(&v10, name, ""), SETTING_APPLIED);
	ck_assert_uint_eq(settings_number(&s, &v10, SETTING_NAME_FLAGS), 0);
	ck_assert_int_eq(
		s.values[SETTING_NAME_FLAGS].origin, SETTING_FROM_PROVISIONING);
}
END_TEST

START_TEST(indexed_element_is_ignored)
{
	const struct setting_offer o = {.name = "update_policy",
		.value = "never_update",
		.indexed = true,
		.may_trust = true};
	enum setting_result r = SETTING_RESULT__END;

	ck_assert_int_eq(settings_offer(&s, &v10, &o, &r), 0);
	ck_assert_int_eq(r, SETTING_INDEXED);
	ck_assert(!settings_forbid_downloads(&s, &v10));
}
END_TEST

START_TEST(untrusted_source_changes_no_setting)
{
	for (enum setting_id id = 0; id < SETTING__END; id++) {
		const struct setting_offer o = {
			.name = setting_get(id)->name,
			.value = setting_get(id)->example,
		};
		enum setting_result r = SETTING_RESULT__END;

		ck_assert_int_eq(settings_offer(&s, &v8, &o, &r), 0);
		ck_assert_int_eq(r, SETTING_UNAUTHENTICATED);
		ck_assert_ptr_null(s.values[id].value);
		ck_assert_int_eq(offer(&v8, o.name, setting_get(id)->example),
			SETTING_APPLIED);
		/* Nor does it say that it would not have been allowed. */
		ck_assert_int_eq(settings_offer(&s, &v8, &o, &r), 0);
		ck_assert_int_eq(r, SETTING_UNCHANGED);
	}
}
END_TEST

START_TEST(never_update_of_a_file_forbids_downloads_and_of_an_admin_runs)
{
	ck_assert(!settings_forbid_runs(&s, &v10));
	ck_assert_int_eq(
		offer(&v10, "update_policy", "never_update"), SETTING_APPLIED);
	ck_assert(settings_forbid_downloads(&s, &v10));
	ck_assert(!settings_forbid_runs(&s, &v10));
	ck_assert_int_eq(set(&v10, SETTING_UPDATE_POLICY, "never_update"),
		SETTING_APPLIED);
	ck_assert(settings_forbid_downloads(&s, &v10));
	ck_assert(settings_forbid_runs(&s, &v10));
	ck_assert_int_eq(set(&v10, SETTING_UPDATE_POLICY, "settings_only"),
		SETTING_APPLIED);
	ck_assert(!settings_forbid_runs(&s, &v10));
}
END_TEST

START_TEST(refresh_is_none_until_it_is_set)
{
	ck_assert_uint_eq(settings_number(&s, &v10, SETTING_REFRESH_TIMER), 0);
	ck_assert_int_eq(
		offer(&v10, "settings_refresh_timer", "60"), SETTING_APPLIED);
	ck_assert_uint_eq(settings_number(&s, &v10, SETTING_REFRESH_TIMER), 60);
}
END_TEST

START_TEST(what_the_admin_set_is_not_touched_whatever_the_permission)
{
	static const char *const all[] = {
		NULL, "", "!", "R", "&", " ", "$", "RW", "anything"};

	ck_assert_int_eq(set(&v10, SETTING_UPDATE_POLICY, "auto_update"),
		SETTING_APPLIED);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const struct setting_offer o = {.name = "update_policy",
			.value = "never_update",
			.permission = all[i],
			.may_trust = true};
		enum setting_result r = SETTING_RESULT__END;

		ck_assert_int_eq(settings_offer(&s, &v10, &o, &r), 0);
		ck_assert_int_eq(r, SETTING_ADMIN_SET);
	}
	ck_assert_str_eq(settings_effective(&s, &v10, SETTING_UPDATE_POLICY),
		"auto_update");
	ck_assert_int_eq(
		set(&v10, SETTING_UPDATE_POLICY, NULL), SETTING_APPLIED);
	ck_assert_int_eq(
		offer(&v10, "update_policy", "never_update"), SETTING_APPLIED);
}
END_TEST

START_TEST(admin_overrides_provisioning_and_is_checked_as_well)
{
	ck_assert_int_eq(
		offer(&v10, "update_policy", "auto_update"), SETTING_APPLIED);
	ck_assert_int_eq(
		set(&v10, SETTING_UPDATE_POLICY, "sometimes"), SETTING_INVALID);
	ck_assert_int_eq(set(&v10, SETTING_UPDATE_POLICY, "auto_update"),
		SETTING_APPLIED);
	ck_assert_int_eq(
		s.values[SETTING_UPDATE_POLICY].origin, SETTING_FROM_ADMIN);
	ck_assert_int_eq(set(&v10, SETTING_UPDATE_POLICY, "auto_update"),
		SETTING_UNCHANGED);
	ck_assert_int_eq(
		set(&v7, SETTING_CHECK_FQDN, "on"), SETTING_NOT_ON_FIRMWARE);
	ck_assert_int_eq(
		set(&v10, SETTING_CHECK_FQDN, NULL), SETTING_UNCHANGED);
}
END_TEST

START_TEST(permission_is_kept_for_display)
{
	const struct setting_offer o = {.name = "update_policy",
		.value = "auto_update",
		.permission = "RW",
		.may_trust = true};
	enum setting_result r = SETTING_RESULT__END;

	ck_assert_int_eq(settings_offer(&s, &v10, &o, &r), 0);
	ck_assert_str_eq(s.values[SETTING_UPDATE_POLICY].permission, "RW");
}
END_TEST

static enum setting_result offer_with(const char *permission, const char *value)
{
	const struct setting_offer o = {.name = "update_policy",
		.value = value,
		.permission = permission,
		.may_trust = true};
	enum setting_result r = SETTING_RESULT__END;

	ck_assert_int_eq(settings_offer(&s, &v10, &o, &r), 0);
	return r;
}

static const struct {
	const char *text;
	enum setting_permission permission;
} permissions[] = {
	{NULL, SETTING_READ_WRITE},
	{"", SETTING_READ_WRITE},
	{"$", SETTING_READ_WRITE},
	{"RW", SETTING_READ_WRITE},
	{"!", SETTING_INITIAL},
	{"&", SETTING_READ_ONLY},
	{"R", SETTING_READ_ONLY},
	{" ", SETTING_READ_ONLY},
	/* Not documented. */
	{"r", SETTING_READ_WRITE},
	{"  ", SETTING_READ_WRITE},
	{"RWX", SETTING_READ_WRITE},
};

START_TEST(permission_means_what_the_vendor_says)
{
	bool read_only = permissions[_i].permission == SETTING_READ_ONLY;

	ck_assert_int_eq(setting_permission_parse(permissions[_i].text),
		permissions[_i].permission);
	ck_assert_int_eq(offer_with(permissions[_i].text, "auto_update"),
		SETTING_APPLIED);
	ck_assert_int_eq(
		settings_is_read_only(&s, SETTING_UPDATE_POLICY), read_only);
	/* Provisioning itself goes on. */
	ck_assert_int_eq(offer_with(permissions[_i].text, "never_update"),
		SETTING_APPLIED);
}
END_TEST

START_TEST(another_permission_of_the_same_value_is_a_change_of_its_own)
{
	ck_assert_int_eq(offer_with("RW", "auto_update"), SETTING_APPLIED);
	ck_assert_int_eq(offer_with("$", "auto_update"), SETTING_UNCHANGED);
	ck_assert_int_eq(offer_with("R", "auto_update"), SETTING_PERMITTED);
	ck_assert(setting_result_is_change(SETTING_PERMITTED));
	ck_assert(settings_is_read_only(&s, SETTING_UPDATE_POLICY));
	ck_assert_int_eq(offer_with("&", "auto_update"), SETTING_UNCHANGED);
	ck_assert_int_eq(offer_with("!", "auto_update"), SETTING_PERMITTED);
	ck_assert(!settings_is_read_only(&s, SETTING_UPDATE_POLICY));
}
END_TEST

START_TEST(permission_of_what_the_admin_set_or_from_a_stranger_is_not_taken)
{
	const struct setting_offer stranger = {.name = "update_policy",
		.value = "auto_update",
		.permission = "R"};
	enum setting_result r = SETTING_RESULT__END;

	ck_assert_int_eq(offer_with("RW", "auto_update"), SETTING_APPLIED);
	ck_assert_int_eq(settings_offer(&s, &v10, &stranger, &r), 0);
	ck_assert_int_eq(r, SETTING_UNCHANGED);
	ck_assert(!settings_is_read_only(&s, SETTING_UPDATE_POLICY));
	ck_assert_int_eq(set(&v10, SETTING_UPDATE_POLICY, "auto_update"),
		SETTING_APPLIED);
	ck_assert_int_eq(offer_with("R", "auto_update"), SETTING_UNCHANGED);
	ck_assert(!settings_is_read_only(&s, SETTING_UPDATE_POLICY));
}
END_TEST

/* None of these settings is on the vendor's list. */
START_TEST(action_remove_is_a_normal_set_on_any_firmware)
{
	const struct setting_offer o = {.name = "update_policy",
		.value = "never_update",
		.action = "remove",
		.may_trust = true};
	const struct setting_offer empty = {
		.name = "update_policy", .action = "remove", .may_trust = true};
	struct firmware versions[2];
	enum setting_result r = SETTING_RESULT__END;

	ck_assert_int_eq(firmware_parse("10.1.56.99", &versions[0]), 0);
	ck_assert_int_eq(firmware_parse("10.1.57.0", &versions[1]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		ck_assert_int_eq(settings_offer(&s, &versions[i], &o, &r), 0);
		ck_assert_int_eq(r, SETTING_APPLIED);
		ck_assert(settings_forbid_downloads(&s, &versions[i]));
		ck_assert_int_eq(
			settings_offer(&s, &versions[i], &empty, &r), 0);
		ck_assert_int_eq(r, SETTING_APPLIED);
		ck_assert_str_eq(s.values[SETTING_UPDATE_POLICY].value, "");
		ck_assert(!settings_forbid_downloads(&s, &versions[i]));
	}
}
END_TEST

START_TEST(a_password_is_a_secret_whatever_it_is)
{
	ck_assert(setting_is_secret(SETTING_HTTP_CLIENT_PASS, "x"));
	ck_assert(!setting_is_secret(SETTING_HTTP_CLIENT_PASS, ""));
	ck_assert(!setting_is_secret(SETTING_HTTP_CLIENT_USER, "x"));
}
END_TEST

START_TEST(server_with_userinfo_is_a_secret)
{
	ck_assert(setting_is_secret(SETTING_SETTING_SERVER, "http://u:p@h/"));
	ck_assert(
		setting_is_secret(SETTING_SETTING_SERVER, "http://u@h/{mac}"));
	ck_assert(setting_is_secret(SETTING_SETTING_SERVER, "u:p@h"));
	ck_assert(!setting_is_secret(SETTING_SETTING_SERVER, "http://h/{mac}"));
	ck_assert(!setting_is_secret(SETTING_SETTING_SERVER, ""));
	ck_assert(!setting_is_secret(SETTING_UPDATE_POLICY, "u:p@h"));
}
END_TEST

START_TEST(stored_values_come_back_and_bad_ones_do_not)
{
	CLEANUP(settings_done) struct settings other = {0};
	CLEANUP(settings_done) struct settings copy = {0};
	struct setting_value bad = {.value = (char[]){"nonsense"}};

	ck_assert_int_eq(
		offer(&v8, "update_policy", "never_update"), SETTING_APPLIED);
	ck_assert_int_eq(settings_restore(&other, SETTING_UPDATE_POLICY,
				 &s.values[SETTING_UPDATE_POLICY]),
		0);
	ck_assert(settings_forbid_downloads(&other, &v8));
	ck_assert_int_eq(
		settings_restore(&other, SETTING_BACK_OFF, &bad), -EINVAL);
	ck_assert_ptr_null(other.values[SETTING_BACK_OFF].value);
	ck_assert_int_eq(settings_copy(&other, &copy), 0);
	ck_assert(settings_forbid_downloads(&copy, &v8));
	ck_assert_int_eq(copy.values[SETTING_UPDATE_POLICY].origin,
		SETTING_FROM_PROVISIONING);
}
END_TEST

START_TEST(names_of_verification_are_those_of_the_interface)
{
	ck_assert_str_eq(settings_verification_name(VERIFICATION_UNSUPPORTED),
		"unsupported");
	ck_assert_str_eq(settings_verification_name(VERIFICATION_OFF), "off");
	ck_assert_str_eq(settings_verification_name(VERIFICATION_ON), "on");
	ck_assert_str_eq(
		settings_verification_name(VERIFICATION_FORCED), "forced");
}
END_TEST

START_TEST(the_policy_is_what_the_settings_say)
{
	CLEANUP(settings_done) struct settings none = {0};
	struct policy policy = {.profile = PROFILE_STRICT, .sip_strict = true};
	struct firmware f = {0};

	ck_assert_int_eq(firmware_parse("10.1.63.0", &f), 0);
	settings_fill_policy(&none, &f, &policy);
	ck_assert_int_eq(policy.verification, VERIFICATION_FORCED);
	ck_assert(policy.name_check);
	ck_assert_uint_eq(policy.name_flags, 0);
	ck_assert(policy.sip_names);
	ck_assert_int_eq(policy.profile, PROFILE_STRICT);
	ck_assert(policy.sip_strict);

	ck_assert_int_eq(firmware_parse("8.7.5.70", &f), 0);
	settings_fill_policy(&none, &f, &policy);
	ck_assert_int_eq(policy.verification, VERIFICATION_OFF);
	ck_assert(!policy.name_check);
	ck_assert_uint_eq(policy.name_flags, 2);
	ck_assert(!policy.sip_names);
	ck_assert(firmware_equal(&policy.firmware, &f));
}
END_TEST

TCase *settings_tests(void);

TCase *settings_tests(void)
{
	TCase *tc = tcase_create("settings");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_row_of_the_tables_is_complete);
	tcase_add_test(tc, defaults_are_those_of_the_firmware);
	tcase_add_test(tc, what_a_row_says_in_words_comes_from_the_rules);
	tcase_add_test(tc, verification_follows_its_setting_where_there_is_one);
	tcase_add_test(tc, verification_cannot_be_switched_off_from_10);
	tcase_add_loop_test(
		tc, offer_gets_the_result_it_deserves, 0, ARRAY_SIZE(offers));
	tcase_add_loop_test(tc, every_setting_is_offered, 0, SETTING__END);
	tcase_add_test(tc, value_one_character_too_long_is_invalid);
	tcase_add_test(tc, user_and_password_have_a_limit);
	tcase_add_test(
		tc, same_value_again_is_no_change_and_empty_is_the_default);
	tcase_add_test(tc, indexed_element_is_ignored);
	tcase_add_test(tc, untrusted_source_changes_no_setting);
	tcase_add_test(tc,
		never_update_of_a_file_forbids_downloads_and_of_an_admin_runs);
	tcase_add_test(tc, refresh_is_none_until_it_is_set);
	tcase_add_test(
		tc, what_the_admin_set_is_not_touched_whatever_the_permission);
	tcase_add_test(tc, admin_overrides_provisioning_and_is_checked_as_well);
	tcase_add_test(tc, permission_is_kept_for_display);
	tcase_add_loop_test(tc, permission_means_what_the_vendor_says, 0,
		ARRAY_SIZE(permissions));
	tcase_add_test(tc,
		another_permission_of_the_same_value_is_a_change_of_its_own);
	tcase_add_test(tc,
		permission_of_what_the_admin_set_or_from_a_stranger_is_not_taken);
	tcase_add_test(tc, action_remove_is_a_normal_set_on_any_firmware);
	tcase_add_test(tc, a_password_is_a_secret_whatever_it_is);
	tcase_add_test(tc, server_with_userinfo_is_a_secret);
	tcase_add_test(tc, stored_values_come_back_and_bad_ones_do_not);
	tcase_add_test(tc, names_of_verification_are_those_of_the_interface);
	tcase_add_test(tc, the_policy_is_what_the_settings_say);
	return tc;
}
