/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings-explain.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/unit/runner.h"

static struct settings s;
static struct firmware firmware;
static struct setting_words words;

static void setup(void)
{
	s = (struct settings){0};
	words = (struct setting_words){0};
	ck_assert_int_eq(firmware_parse("10.1.33.33", &firmware), 0);
}

static void teardown(void)
{
	settings_done(&s);
	settings_words_done(&words);
}

/* Offer it as a fetcher's call does, and keep what is said. */
static enum setting_result explain(const struct setting_offer *o, int64_t index)
{
	enum setting_result result = SETTING_RESULT__END;
	enum setting_id id = SETTING__END;
	CLEANUP(free) char *former = NULL;

	if (setting_find(o->name, &id) == 0)
		ck_assert_int_eq(
			string_replace(&former, s.values[id].value), 0);
	ck_assert_int_eq(settings_offer(&s, &firmware, o, &result), 0);
	settings_words_done(&words);
	ck_assert_int_eq(settings_explain(&(struct setting_event){.id = id,
						  .name = o->name,
						  .result = result,
						  .value = o->value,
						  .former = former,
						  .permission = o->permission,
						  .action = o->action,
						  .index = index,
						  .settings = &s,
						  .firmware = &firmware},
				 &words),
		0);
	return result;
}

static enum setting_result say(const char *name, const char *value)
{
	return explain(
		&(struct setting_offer){
			.name = name, .value = value, .may_trust = true},
		-1);
}

START_TEST(what_is_set_is_told_with_the_old_and_the_new_value)
{
	const char *name = "host_name_validation_flags";

	ck_assert_int_eq(say(name, " 7\n"), SETTING_APPLIED);
	ck_assert_str_eq(words.reason,
		"host_name_validation_flags is now \"7\"; it was its default, \"0\".");
	ck_assert_str_eq(words.value, "7");
	ck_assert_str_eq(words.former, "0");
	ck_assert_ptr_null(words.remedy);
	ck_assert_int_eq(say(name, "4"), SETTING_APPLIED);
	ck_assert_str_eq(words.reason,
		"host_name_validation_flags is now \"4\"; it was \"7\".");
	ck_assert_str_eq(words.former, "7");
	ck_assert_int_eq(say(name, "4"), SETTING_UNCHANGED);
	ck_assert_str_eq(
		words.reason, "host_name_validation_flags is \"4\" already.");
	ck_assert_ptr_null(words.former);
	ck_assert_int_eq(say(name, NULL), SETTING_APPLIED);
	ck_assert_str_eq(words.reason,
		"host_name_validation_flags is now its default, \"0\"; it was \"4\".");
}
END_TEST

START_TEST(credentials_are_hidden_in_every_value)
{
	ck_assert_int_eq(say("setting_server", "https://u:secret@h/?p=secret2"),
		SETTING_APPLIED);
	ck_assert_str_eq(words.reason,
		"setting_server is now \"https://***@h/?p=***\"; it was not set.");
	ck_assert_str_eq(words.value, "https://***@h/?p=***");
	ck_assert_int_eq(say("setting_server", "http://h/"), SETTING_APPLIED);
	ck_assert_str_eq(words.former, "https://***@h/?p=***");
	ck_assert_int_eq(
		say("setting_server", "htp:/u:secret@h/"), SETTING_INVALID);
	ck_assert_ptr_null(strstr(words.reason, "secret"));
	ck_assert_int_eq(
		say("setting_server", "u:secret@h?x=secret"), SETTING_INVALID);
	ck_assert_ptr_null(strstr(words.reason, "secret"));
	ck_assert_ptr_null(strstr(words.value, "secret"));
	ck_assert_int_eq(say("provisioning_order", "http://u:secret@h/"),
		SETTING_INVALID);
	ck_assert_ptr_null(strstr(words.reason, "secret"));
}
END_TEST

START_TEST(a_password_is_told_as_set_and_never_shown)
{
	const char *name = "http_client_pass";
	enum setting_result result = SETTING_RESULT__END;

	ck_assert_int_eq(say(name, "hunter2"), SETTING_APPLIED);
	ck_assert_str_eq(words.reason,
		"http_client_pass is now (secret); it was not set.");
	ck_assert_str_eq(words.value, "(secret)");
	ck_assert_str_eq(words.former, "");
	ck_assert_int_eq(say(name, "hunter3"), SETTING_APPLIED);
	ck_assert_str_eq(words.reason,
		"http_client_pass is now (secret); it was (secret).");
	ck_assert_str_eq(words.former, "(secret)");
	ck_assert_int_eq(say(name, "hunter\n4"), SETTING_INVALID);
	ck_assert_str_eq(words.reason,
		"http_client_pass cannot be (secret): it has a control character. (secret) still counts.");
	ck_assert_str_eq(words.value, "(secret)");
	ck_assert_int_eq(settings_set(&s, &firmware, SETTING_HTTP_CLIENT_PASS,
				 "hunter5", &result),
		0);
	ck_assert_int_eq(say(name, "hunter6"), SETTING_ADMIN_SET);
	ck_assert_str_eq(words.reason,
		"An administrator set http_client_pass to (secret) on this phone, so (secret) in the file is ignored.");
}
END_TEST

START_TEST(another_permission_is_told)
{
	struct setting_offer o = {.name = "update_policy",
		.value = "never_update",
		.permission = "RW",
		.may_trust = true};

	ck_assert_int_eq(explain(&o, -1), SETTING_APPLIED);
	o.permission = "R";
	ck_assert_int_eq(explain(&o, -1), SETTING_PERMITTED);
	ck_assert_str_eq(words.reason,
		"update_policy is \"never_update\" already; its permission is now read-only.");
	ck_assert_ptr_null(words.former);
	settings_words_done(&words);
	ck_assert_int_eq(
		settings_explain(
			&(struct setting_event){.id = SETTING_UPDATE_POLICY,
				.name = "update_policy",
				.result = SETTING_LOCKED,
				.value = "auto_update",
				.index = -1,
				.settings = &s,
				.firmware = &firmware},
			&words),
		0);
	ck_assert_str_eq(words.reason,
		"Provisioning made update_policy read only, so it stays \"never_update\".");
	ck_assert_ptr_nonnull(
		strstr(words.remedy, "certprovctl set --force update_policy"));
}
END_TEST

START_TEST(what_became_of_an_action_is_told)
{
	struct setting_offer o = {.name = "update_policy",
		.value = "never_update",
		.action = "remove",
		.may_trust = true};

	ck_assert_int_eq(explain(&o, -1), SETTING_APPLIED);
	ck_assert_str_eq(words.reason,
		"update_policy is now \"never_update\"; it was its default, \"settings_only\". It was written with action=, which this firmware does not know (rule remove-action).");
	ck_assert_int_eq(firmware_parse("10.1.57.0", &firmware), 0);
	ck_assert_int_eq(explain(&o, -1), SETTING_UNCHANGED);
	ck_assert_str_eq(words.reason,
		"update_policy is \"never_update\" already. It was written with action=, which is a normal set for this setting (rule remove-action).");
	o.action = "delete";
	ck_assert_int_eq(explain(&o, -1), SETTING_UNCHANGED);
	ck_assert_ptr_nonnull(
		strstr(words.reason, "action=, which only knows \"remove\"."));
	o.value = "sometimes";
	ck_assert_int_eq(explain(&o, -1), SETTING_INVALID);
	ck_assert_ptr_null(strstr(words.reason, "action="));
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	const char *reason;
	const char *remedy;
} refusals[] = {
	{"check_fqdn_against_server_cert", "ON",
		"check_fqdn_against_server_cert cannot be \"ON\": it has to be in lower case. \"on\" still counts.",
		"Write on or off."},
	{"check_fqdn_against_server_cert", "true",
		"check_fqdn_against_server_cert cannot be \"true\": it is not one of its values. \"on\" still counts.",
		"Write on or off."},
	{"host_name_validation_flags", "32",
		"host_name_validation_flags cannot be \"32\": it is greater than 31. \"0\" still counts.",
		"Write a sum of 1, 2, 4, 8 and 16: 0 to 31."},
	{"host_name_validation_flags", "-1",
		"host_name_validation_flags cannot be \"-1\": it is not a whole number in digits. \"0\" still counts.",
		"Write a sum of 1, 2, 4, 8 and 16: 0 to 31."},
	{"setting_server", "ftp://h/x",
		"setting_server cannot be \"ftp://h/x\": it begins with \"ftp:\", which is neither http:// nor https://.",
		"Write an http or https URL; {mac} and {phone_type} are filled in."},
	{"setting_server", "h/x",
		"setting_server cannot be \"h/x\": it does not begin with http:// or https://.",
		"Write an http or https URL; {mac} and {phone_type} are filled in."},
	{"setting_server", "http://",
		"setting_server cannot be \"http://\": the host name is missing.",
		"Write an http or https URL; {mac} and {phone_type} are filled in."},
	{"update_policy", "never",
		"update_policy cannot be \"never\": it is not one of its values. \"settings_only\" still counts.",
		"Write never_update, settings_only, auto_update or ask_for_update."},
	{"prov_back_off_timer", "soon\x1b",
		"prov_back_off_timer cannot be \"soon\\x1B\": it is not made of seconds from 1 to 604800. \"3,6:3600\" still counts.",
		"Write seconds, ranges and a limit: 120, 3,6:300 or 5,10;10,20."},
	{"provisioning_order", "pnp:stop dhcp:go",
		"provisioning_order cannot be \"pnp:stop dhcp:go\": \"dhcp:go\" is not a name with :stop or :proceed. \"redirection:stop pnp:stop dhcp:stop tr69:stop\" still counts.",
		"Write names with blanks between, each with :stop or :proceed."},
	{"settings_refresh_timer", "31536001",
		"settings_refresh_timer cannot be \"31536001\": it is greater than 31536000. \"0\" still counts.",
		"Write seconds, 0 to 31536000; 0: not by itself."},
	{"settings_refresh_timer", "1h",
		"settings_refresh_timer cannot be \"1h\": it is not a whole number in digits. \"0\" still counts.",
		"Write seconds, 0 to 31536000; 0: not by itself."},
	{"http_client_user", "a:b",
		"http_client_user cannot be \"a:b\": it has a colon, which ends the name of a user.",
		"Write a text of up to 255 characters, without a colon."},
	{"http_client_user", "a\nb",
		"http_client_user cannot be \"a\\x0Ab\": it has a control character.",
		"Write a text of up to 255 characters, without a colon."},
	{"http_client_pass", "a\nb",
		"http_client_pass cannot be (secret): it has a control character.",
		"Write a text of up to 255 characters."},
	{"webserver_cert", "-----BEGIN",
		"webserver_cert cannot be (not shown): it is no fingerprint of a certificate.",
		"Write a certificate and its private key in PEM form, with or without its chain."},
};

START_TEST(what_is_refused_is_told_with_what_is_wrong_and_allowed)
{
	ck_assert_int_eq(
		say(refusals[_i].name, refusals[_i].value), SETTING_INVALID);
	ck_assert_str_eq(words.reason, refusals[_i].reason);
	ck_assert_str_eq(words.remedy, refusals[_i].remedy);
}
END_TEST

START_TEST(every_setting_is_refused_once)
{
	const char *name = setting_get((enum setting_id)_i)->name;
	bool found = !setting_get((enum setting_id)_i)->always;

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		found = found || strcmp(refusals[i].name, name) == 0;
	ck_assert_msg(found, "refusals[] lacks %s", name);
}
END_TEST

START_TEST(a_value_that_is_too_long_is_cut)
{
	CLEANUP(free) char *value = calloc(1, SETTING_MAX_CHARS + 2);

	memset(value, 'a', SETTING_MAX_CHARS + 1);
	ck_assert_int_eq(say("update_policy", value), SETTING_INVALID);
	ck_assert_ptr_nonnull(
		strstr(words.reason, "aaa...\": it is longer than 2048"));
	ck_assert_uint_eq(strlen(words.value), SETTING_MAX_SHOWN_BYTES);
}
END_TEST

START_TEST(a_rule_that_decides_is_named_with_what_counts)
{
	ck_assert_int_eq(
		say("tls_server_authentication", "off"), SETTING_FORCED);
	ck_assert_str_eq(words.reason,
		"tls_server_authentication has no effect on firmware 10.1.33.33, which always verifies servers (rule verification-forced); \"off\" is ignored. \"on\" counts.");
	ck_assert_int_eq(firmware_parse("8.2.29", &firmware), 0);
	ck_assert_int_eq(say("host_name_validation_flags", "7"),
		SETTING_NOT_ON_FIRMWARE);
	ck_assert_str_eq(words.reason,
		"host_name_validation_flags does not exist on firmware 8.2.29 (rule name-flags-setting), so \"7\" has no effect. \"2\" counts.");
	ck_assert_str_eq(words.remedy,
		"Firmware that has it: 8.7.5. certprovctl rules shows what each version knows.");
	firmware = (struct firmware){.count = 0};
	ck_assert_int_eq(
		say("tls_server_authentication", "off"), SETTING_FORCED);
	ck_assert_ptr_nonnull(strstr(
		words.reason, "on a firmware of unknown version, which"));
}
END_TEST

START_TEST(what_stands_in_the_way_is_told)
{
	struct setting_offer o = {.name = "update_policy",
		.value = "never_update",
		.indexed = true,
		.may_trust = true};
	enum setting_result result = SETTING_RESULT__END;

	ck_assert_int_eq(explain(&o, 3), SETTING_INDEXED);
	ck_assert_str_eq(words.reason,
		"update_policy has no index, so the element with idx=\"3\" and its value \"never_update\" are ignored. \"settings_only\" counts.");
	o = (struct setting_offer){
		.name = "update_policy", .value = "never_update"};
	ck_assert_int_eq(explain(&o, -1), SETTING_UNAUTHENTICATED);
	ck_assert_str_eq(words.reason,
		"update_policy does not become \"never_update\": the document was not authenticated, and may change neither whom this phone trusts nor how it is provisioned. \"settings_only\" still counts.");
	ck_assert_int_eq(settings_set(&s, &firmware, SETTING_UPDATE_POLICY,
				 "auto_update", &result),
		0);
	ck_assert_int_eq(
		say("update_policy", "never_update"), SETTING_ADMIN_SET);
	ck_assert_str_eq(words.reason,
		"An administrator set update_policy to \"auto_update\" on this phone, so \"never_update\" in the file is ignored.");
	ck_assert_str_eq(words.remedy,
		"To let provisioning decide again: certprovctl set update_policy");
	ck_assert_int_eq(settings_set(&s, &firmware, SETTING_SETTING_SERVER, "",
				 &result),
		0);
	ck_assert_int_eq(say("setting_server", "http://h/"), SETTING_ADMIN_SET);
	ck_assert_ptr_nonnull(
		strstr(words.reason, "setting_server to nothing"));
}
END_TEST

START_TEST(the_value_of_a_setting_nobody_knows_is_not_shown)
{
	ck_assert_int_eq(say("user_pass", "secret"), SETTING_UNKNOWN);
	ck_assert_str_eq(words.reason,
		"certprov does not use a setting of the name user_pass.");
	ck_assert_ptr_null(words.value);
	ck_assert_ptr_null(words.former);
}
END_TEST

START_TEST(a_misspelt_setting_is_told_with_the_one_it_is_near)
{
	ck_assert_int_eq(say("Setting_Server", "secret"), SETTING_UNKNOWN);
	ck_assert_str_eq(words.reason,
		"certprov does not use a setting of the name Setting_Server; the nearest that it uses is setting_server.");
	ck_assert_ptr_nonnull(strstr(words.remedy, "Write setting_server if"));
	ck_assert_ptr_null(words.value);
	ck_assert_int_eq(say("phone_settings", NULL), SETTING_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(words.reason, "is phone-settings."));
}
END_TEST

#define FINGERPRINT                                                            \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(a_certificate_is_told_by_its_fingerprint)
{
	ck_assert_int_eq(say("webserver_cert", FINGERPRINT " " FINGERPRINT),
		SETTING_APPLIED);
	ck_assert_str_eq(words.reason,
		"webserver_cert is now the certificate with SHA-256 " FINGERPRINT
		"; it was the built-in certificate.");
	ck_assert_str_eq(words.value, FINGERPRINT);
	ck_assert_str_eq(words.former, "");
	ck_assert_int_eq(say("webserver_cert", ""), SETTING_APPLIED);
	ck_assert_str_eq(words.reason,
		"webserver_cert is now the built-in certificate; it was the "
		"certificate with SHA-256 " FINGERPRINT ".");
	ck_assert_str_eq(words.former, FINGERPRINT);
}
END_TEST

START_TEST(a_key_that_comes_by_mistake_is_not_told)
{
	ck_assert_int_eq(say("webserver_cert", "c2VjcmV0"), SETTING_INVALID);
	ck_assert_ptr_null(strstr(words.reason, "c2VjcmV0"));
	ck_assert_str_eq(words.value, "");
}
END_TEST

START_TEST(what_is_not_acted_on_is_told_without_its_value)
{
	ck_assert_int_eq(say("cert_provisioning_service", "http://u:secret@h/"),
		SETTING_NOT_ACTED_ON);
	ck_assert_str_eq(words.reason,
		"cert_provisioning_service is not acted on by this version of certprov; its value is neither used nor kept.");
	ck_assert_ptr_null(words.value);
	ck_assert_ptr_null(words.former);
}
END_TEST

/* Also with a value that would be taken elsewhere. */
START_TEST(a_setting_in_the_wrong_place_sets_nothing)
{
	const struct setting_offer o = {.name = "setting_server",
		.value = "http://h/",
		.misplaced = true,
		.may_trust = true};
	enum setting_result result = SETTING_RESULT__END;

	ck_assert_int_eq(settings_offer(&s, &firmware, &o, &result), 0);
	ck_assert_int_eq(result, SETTING_MISPLACED);
	ck_assert_ptr_null(s.values[SETTING_SETTING_SERVER].value);
	ck_assert_int_eq(
		settings_explain(&(struct setting_event){.id = SETTING__END,
					 .name = o.name,
					 .result = result,
					 .misplaced = "it is in <a>",
					 .settings = &s,
					 .firmware = &firmware},
			&words),
		0);
	ck_assert_str_eq(words.reason,
		"setting_server is not read in this place, so it has no effect: it is in <a>.");
}
END_TEST

TCase *settings_explain_tests(void);

TCase *settings_explain_tests(void)
{
	TCase *tc = tcase_create("settings-explain");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_set_is_told_with_the_old_and_the_new_value);
	tcase_add_test(tc, credentials_are_hidden_in_every_value);
	tcase_add_test(tc, a_password_is_told_as_set_and_never_shown);
	tcase_add_test(tc, another_permission_is_told);
	tcase_add_test(tc, what_became_of_an_action_is_told);
	tcase_add_loop_test(tc,
		what_is_refused_is_told_with_what_is_wrong_and_allowed, 0,
		ARRAY_SIZE(refusals));
	tcase_add_loop_test(tc, every_setting_is_refused_once, 0, SETTING__END);
	tcase_add_test(tc, a_value_that_is_too_long_is_cut);
	tcase_add_test(tc, a_rule_that_decides_is_named_with_what_counts);
	tcase_add_test(tc, what_stands_in_the_way_is_told);
	tcase_add_test(tc, the_value_of_a_setting_nobody_knows_is_not_shown);
	tcase_add_test(tc, a_misspelt_setting_is_told_with_the_one_it_is_near);
	tcase_add_test(tc, what_is_not_acted_on_is_told_without_its_value);
	tcase_add_test(tc, a_certificate_is_told_by_its_fingerprint);
	tcase_add_test(tc, a_key_that_comes_by_mistake_is_not_told);
	tcase_add_test(tc, a_setting_in_the_wrong_place_sets_nothing);
	return tc;
}
