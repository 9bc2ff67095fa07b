/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings-names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

static const struct {
	const char *name;
	const char *near;
} misspelt[] = {
	{"tls_server_authentification", "tls_server_authentication"},
	{"TLS_Server_Authentication", "tls_server_authentication"},
	{"tls-server-authentication", "tls_server_authentication"},
	{"tlsserverauthentication", "tls_server_authentication"},
	{"tls_server_autentication", "tls_server_authentication"},
	{"x:tls_server_authentication", "tls_server_authentication"},
	{"check_fqdn_against_server_certificate",
		"check_fqdn_against_server_cert"},
	{"check_fdqn_against_server_cert", "check_fqdn_against_server_cert"},
	{"hostname_validation_flags", "host_name_validation_flags"},
	{"host_name_validation_flag", "host_name_validation_flags"},
	{"Setting_Server", "setting_server"},
	{"setting-server", "setting_server"},
	{"settings_server", "setting_server"},
	{"update_polcy", "update_policy"},
	{"updatepolicy", "update_policy"},
	{"prov_backoff_timer", "prov_back_off_timer"},
	{"provisioning-order", "provisioning_order"},
	{"setting_refresh_timer", "settings_refresh_timer"},
};

START_TEST(a_misspelt_setting_is_near_the_one_that_was_meant)
{
	enum setting_id id = SETTING__END;

	ck_assert_int_eq(setting_find_near(misspelt[_i].name, &id), 0);
	ck_assert_str_eq(setting_get(id)->name, misspelt[_i].near);
}
END_TEST

/* Names of files of the field that have most in common with ours. */
static const char *const deployed[] = {
	"admin_mode",
	"allow_sip_settings",
	"allow_sip_xml_action",
	"answer_after_policy",
	"auto_reboot_on_setting_change",
	"cert_provisioning_service",
	"dim_timer",
	"dirty_host_ttl",
	"dns_domain",
	"dns_server1",
	"dns_server2",
	"dns_update_ip",
	"emergency_proxy",
	"empty_tls_client_cert",
	"encrypt_secrets",
	"exchange_refresh_in_secs",
	"firmware",
	"firmware_status",
	"firmware_version",
	"http_client_pass",
	"http_client_user",
	"http_proxy",
	"ieee8021x_eap_auth_method",
	"ignore_security_warning",
	"keyboard_lock_timeout",
	"language",
	"lcserver1",
	"ldap_over_tls",
	"ldap_server",
	"mb_trusted_hosts",
	"ntp_refresh_timer",
	"ntp_server",
	"ocip_server",
	"periodic_provisioning",
	"periodic_provisioning_interval",
	"phone_name",
	"phone_type",
	"pnp_config",
	"pnp_server",
	"provisioning_server",
	"reset_settings",
	"retry_after_failed_register",
	"server_enforced_kb_lock",
	"session_timer",
	"settings_cyclic_store_timer",
	"sip_proxy",
	"skip_provisioning_urls_on_tls_error",
	"snmp_trusted_addresses",
	"stun_server",
	"subscription_delay",
	"swupd_curl_timeouts",
	"swupd_failed",
	"syslog_server",
	"tcp_listen",
	"timer_support",
	"tr69_acs_url",
	"update_after_idle_timeout",
	"update_filename",
	"update_host_f",
	"update_server",
	"upload_license",
	"user_failover_identity",
	"user_host",
	"user_name",
	"user_pass",
	"user_server_type",
	"user_tlsdsk_store",
	"user_wait_for_ntp_before_register",
	"vision_provisioning_url",
	"web_language",
	"web_logout_timer",
	"webserver_cert",
	"webserver_max_data_size",
	"webserver_type",
	"wui_admin_only",
	"xcap_server_name",
	"xcap_server_port",
	"xcap_via_tls",
};

START_TEST(a_setting_of_the_vendors_is_near_none_of_ours)
{
	enum setting_id id = SETTING__END;

	ck_assert_int_eq(setting_find_near(deployed[_i], &id), -ENOENT);
	ck_assert_int_eq(id, SETTING__END);
}
END_TEST

START_TEST(our_own_names_are_near_nothing)
{
	enum setting_id id = SETTING__END;

	ck_assert_int_eq(
		setting_find_near(setting_get((enum setting_id)_i)->name, &id),
		-ENOENT);
}
END_TEST

START_TEST(a_long_name_is_near_nothing)
{
	char *name = malloc(1000001);
	enum setting_id id = SETTING__END;

	ck_assert_ptr_nonnull(name);
	memset(name, '_', 1000000);
	name[1000000] = 0;
	ck_assert_int_eq(setting_find_near(name, &id), -ENOENT);
	memset(name, 's', 1000000);
	ck_assert_int_eq(setting_find_near(name, &id), -ENOENT);
	ck_assert_int_eq(setting_find_near("", &id), -ENOENT);
	free(name);
}
END_TEST

/* Dumps of a phone have all settings, most with their defaults. */
START_TEST(what_is_not_acted_on_is_told_unless_it_asks_for_nothing)
{
	ck_assert(!setting_is_unserved("cert_provisioning_service", " \n"));
	ck_assert(setting_is_unserved("empty_tls_client_cert", "on"));
	ck_assert(!setting_is_unserved("empty_tls_client_cert", " off\n"));
	ck_assert(!setting_is_unserved("empty_tls_client_cert", ""));
	ck_assert(setting_is_unserved("empty_tls_client_cert", "off off"));
	ck_assert(!setting_is_unserved("phone_cert_type", "sha2"));
	ck_assert(setting_is_unserved("cert_provisioning_service", "u"));
	ck_assert(setting_is_unserved(
		"skip_provisioning_urls_on_tls_error", "on"));
	ck_assert(!setting_is_unserved("ldap_over_tls", "on"));
	ck_assert(!setting_is_unserved("setting_server", "http://h/"));
}
END_TEST

TCase *settings_names_tests(void);

TCase *settings_names_tests(void)
{
	TCase *tc = tcase_create("settings-names");

	tcase_add_loop_test(tc,
		a_misspelt_setting_is_near_the_one_that_was_meant, 0,
		(int)ARRAY_SIZE(misspelt));
	tcase_add_loop_test(tc, a_setting_of_the_vendors_is_near_none_of_ours,
		0, (int)ARRAY_SIZE(deployed));
	tcase_add_loop_test(
		tc, our_own_names_are_near_nothing, 0, SETTING__END);
	tcase_add_test(tc, a_long_name_is_near_nothing);
	tcase_add_test(
		tc, what_is_not_acted_on_is_told_unless_it_asks_for_nothing);
	return tc;
}
