/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/api-internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "tests/unit/certprovd/api/api-fixture.h"

/* The newest line of the history. */
static const cJSON *last_change(void)
{
	return member(
		reply(call_more("admin.History", "{'limit':1}"), 0), "change");
}

static bool is_trusted(const struct pki_cert *cert)
{
	const struct trust *trust = trust_state_trust(the_api.state);

	return anchors_find(trust->anchors, cert->sha256) != NULL;
}

/* --- Remove --- */

START_TEST(a_removed_server_is_no_longer_trusted_nor_stored)
{
	const struct pki_cert *server = pki_root("Server");
	const struct caller *monitor = NULL;
	const struct caller *c = NULL;
	unsigned count = 0;

	add_server(server, NULL);
	monitor = call_more("Monitor", "{}");
	c = call("admin.Remove", "{'list':'servers','sha256':'%s'}",
		hex(server));
	ck_assert_str_eq(text(reply(c, 0), "store"), store_id(the_api.store));
	ck_assert_int_eq(number(reply(c, 0), "generation"),
		number(reply(monitor, 0), "generation") + 1);
	ck_assert_uint_eq(monitor->count, 2);
	ck_assert(!is_trusted(server));
	ck_assert_int_eq(
		store_count(the_api.store, STORE_CERTIFICATES, &count), 0);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(the_history_says_who_removed_what)
{
	const struct pki_cert *server = pki_root("Server");
	char who[64];

	add_server(server, NULL);
	call("admin.Remove", "{'list':'servers','sha256':'%s','force':true}",
		hex(server));
	(void)snprintf(who, sizeof(who), "uid:1000 pid:%d", (int)getpid());
	ck_assert_int_eq(
		strncmp(text(last_change(), "who"), who, strlen(who)), 0);
	ck_assert_str_eq(text(last_change(), "what"),
		"removed from the server certificates: the certificate of CN=Server");
	ck_assert_str_eq(text(last_change(), "sha256"), hex(server));
	ck_assert_int_eq(number(last_change(), "generation"),
		(int64_t)store_generation(the_api.store));
}
END_TEST

/* --- ActFor --- */

START_TEST(the_history_says_for_whom_behind_who_removed_what)
{
	const struct pki_cert *server = pki_root("Server");
	CLEANUP(free) char *parameters = NULL;
	struct caller *c =
		call("admin.ActFor", "{'user':'alice','address':'192.0.2.7'}");
	const char *who = NULL;
	char start[64];

	ck_assert_ptr_nonnull(reply(c, 0));
	ck_assert_ptr_null(last_change());
	add_server(server, NULL);
	ck_assert_int_eq(string_format(&parameters,
				 "{'list':'servers','sha256':'%s',"
				 "'force':true}",
				 hex(server)),
		0);
	/* The same connection. */
	call_as(&(struct caller){.acts_for = strdup(c->acts_for)}, false,
		"admin.Remove", parameters);
	(void)snprintf(start, sizeof(start), "uid:1000 pid:%d", (int)getpid());
	who = text(last_change(), "who");
	ck_assert_int_eq(strncmp(who, start, strlen(start)), 0);
	ck_assert_ptr_nonnull(strstr(who, " for alice at 192.0.2.7"));
}
END_TEST

static const struct {
	const char *user;
	const char *address;
	const char *wrong; /* NULL: it is taken */
} acting[] = {
	{"A.b_c@d-9", "2001:db8::7", NULL},
	{"a", "local", NULL},
	{"a", "fe80::1%eth0.5", NULL},
	{"a", "::ffff:192.0.2.7", NULL},
	{"", "192.0.2.7", "user"},
	{"a b", "192.0.2.7", "user"},
	{"a\\tuid:0", "192.0.2.7", "user"},
	{"\xc3\xa9", "192.0.2.7", "user"},
	{"a", "", "address"},
	{"a", "Local", "address"},
	{"a", "192.0.2.7 for b", "address"},
	{"a", "192.0.2", "address"},
	{"a", "192.0.2.7%eth0", "address"},
	{"a", "fe80::1%", "address"},
	{"a", "fe80::1%eth 0", "address"},
	{"a", "host.example", "address"},
};

START_TEST(whom_a_caller_acts_for_is_a_plain_name_and_an_address)
{
	CLEANUP(free) char *parameters = NULL;
	const struct caller *c = NULL;

	ck_assert_int_eq(
		string_format(&parameters, "{'user':'%s','address':'%s'}",
			acting[_i].user, acting[_i].address),
		0);
	c = call_as(NULL, false, "admin.ActFor", parameters);
	if (!acting[_i].wrong) {
		ck_assert_ptr_nonnull(reply(c, 0));
		ck_assert_ptr_nonnull(strstr(c->acts_for, " at "));
		return;
	}
	ck_assert_str_eq(error_of(c), VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(
		text(c->replies[0], "parameters.parameter"), acting[_i].wrong);
	ck_assert_ptr_null(c->acts_for);
}
END_TEST

START_TEST(a_name_of_one_character_too_many_is_refused)
{
	char name[66] = "";

	memset(name, 'a', 64);
	ck_assert_ptr_nonnull(reply(
		call("admin.ActFor", "{'user':'%s','address':'local'}", name),
		0));
	name[64] = 'a';
	ck_assert_str_eq(error_of(call("admin.ActFor",
				 "{'user':'%s','address':'local'}", name)),
		VARLINK_INVALID_PARAMETER);
}
END_TEST

START_TEST(an_address_of_one_character_too_many_is_refused)
{
	static const char longest[] =
		"0000:0000:0000:0000:0000:ffff:255.255.255.255%";
	char address[63];
	size_t len = strlen(longest);

	memset(address, 'z', sizeof(address));
	memcpy(address, longest, len);
	address[61] = 0;
	ck_assert_ptr_nonnull(reply(
		call("admin.ActFor", "{'user':'a','address':'%s'}", address),
		0));
	address[61] = 'z';
	address[62] = 0;
	ck_assert_str_eq(error_of(call("admin.ActFor",
				 "{'user':'a','address':'%s'}", address)),
		VARLINK_INVALID_PARAMETER);
}
END_TEST

START_TEST(an_unknown_certificate_can_be_removed)
{
	const struct pki_cert *stranger = pki_root("Stranger");

	add_unknown(stranger, NULL);
	reply(call("admin.Remove", "{'list':'unknown','sha256':'%s'}",
		      hex(stranger)),
		0);
	ck_assert_ptr_null(unknown_find(the_api.unknown, stranger->sha256));
	ck_assert_str_eq(text(last_change(), "what"),
		"removed from the unknown certificates: the certificate of CN=Stranger");
}
END_TEST

START_TEST(what_is_not_there_cannot_be_removed_and_makes_no_history)
{
	static const char *const lists[] = {"servers", "unknown"};
	uint64_t generation = store_generation(the_api.store);

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		ck_assert_str_eq(error_of(call("admin.Remove",
					 "{'list':'%s','sha256':'%s'}",
					 lists[i], hex(authority))),
			"io.certprov.admin.NoSuchCertificate");
	ck_assert_str_eq(error_of(call("admin.Remove",
				 "{'list':'authorities','sha256':'%s'}",
				 hex(authority))),
		VARLINK_INVALID_PARAMETER);
	ck_assert_ptr_null(last_change());
	ck_assert_uint_eq(generation, store_generation(the_api.store));
}
END_TEST

/* --- Distrust --- */

static bool is_distrusted(enum distrust_kind kind, const uint8_t *sha256)
{
	return trust_lists_distrusted(
		trust_state_trust(the_api.state), kind, sha256);
}

START_TEST(distrust_takes_effect_at_once_and_is_durable)
{
	unsigned count = 0;
	const struct caller *c = NULL;

	reply(call("admin.Distrust", "{'kind':'certificate','sha256':'%s'}",
		      hex(authority)),
		0);
	ck_assert(is_distrusted(DISTRUST_CERTIFICATE, authority->sha256));
	ck_assert(!is_distrusted(DISTRUST_PUBLIC_KEY, authority->sha256));
	ck_assert_int_eq(
		store_count(the_api.store, STORE_DISTRUSTED, &count), 0);
	ck_assert_uint_eq(count, 1);
	c = call("Get", "{'sha256':'%s'}", hex(authority));
	ck_assert(has_text(
		member(reply(c, 0), "certificate.lists"), "distrusted"));
}
END_TEST

START_TEST(a_certificate_with_a_distrusted_key_says_so)
{
	char spki[SHA256_HEX_SIZE];
	const struct caller *c = NULL;

	hex_format(authority->spki_sha256, SHA256_BYTES, spki);
	reply(call("admin.Distrust", "{'kind':'public-key','sha256':'%s'}",
		      spki),
		0);
	ck_assert(is_distrusted(DISTRUST_PUBLIC_KEY, authority->spki_sha256));
	c = call("Get", "{'sha256':'%s'}", hex(authority));
	ck_assert(has_text(
		member(reply(c, 0), "certificate.lists"), "distrusted"));
}
END_TEST

START_TEST(what_nobody_knows_can_be_distrusted_and_listed)
{
	const struct pki_cert *nobody = pki_root("Nobody");
	const cJSON *row = NULL;

	reply(call("admin.Distrust",
		      "{'kind':'certificate','sha256':'%s','reason':'see http://a:secret@b/'}",
		      hex(nobody)),
		0);
	row = cJSON_GetArrayItem(
		member(reply(call("admin.ListDistrusted", "{}"), 0),
			"distrusted"),
		0);
	ck_assert_str_eq(text(row, "kind"), "certificate");
	ck_assert_str_eq(text(row, "sha256"), hex(nobody));
	ck_assert_ptr_null(strstr(text(row, "reason"), "secret"));
	ck_assert_ptr_nonnull(strstr(text(row, "by"), "uid:1000"));
	ck_assert_ptr_nonnull(text(row, "added"));
}
END_TEST

START_TEST(distrusting_twice_is_one_change)
{
	uint64_t generation = 0;

	for (unsigned i = 0; i < 2; i++) {
		generation = store_generation(the_api.store);
		reply(call("admin.Distrust",
			      "{'kind':'certificate','sha256':'%s'}",
			      hex(authority)),
			0);
	}
	ck_assert_uint_eq(generation, store_generation(the_api.store));
	ck_assert_uint_eq(call_more("admin.History", "{}")->count, 1);
}
END_TEST

START_TEST(distrust_can_be_lifted_and_only_where_it_is)
{
	static const char *const lift = "admin.LiftDistrust";

	reply(call("admin.Distrust", "{'kind':'certificate','sha256':'%s'}",
		      hex(authority)),
		0);
	ck_assert_str_eq(
		error_of(call(lift, "{'kind':'public-key','sha256':'%s'}",
			hex(authority))),
		"io.certprov.admin.NoSuchCertificate");
	reply(call(lift, "{'kind':'certificate','sha256':'%s'}",
		      hex(authority)),
		0);
	ck_assert(!is_distrusted(DISTRUST_CERTIFICATE, authority->sha256));
	ck_assert_str_eq(text(last_change(), "what"),
		"lifted the distrust of the certificate of CN=Authority");
	ck_assert_int_eq(cJSON_GetArraySize(member(
				 reply(call("admin.ListDistrusted", "{}"), 0),
				 "distrusted")),
		0);
}
END_TEST

static struct caller *distrust_number(unsigned n)
{
	return call(
		"admin.Distrust", "{'kind':'certificate','sha256':'%064x'}", n);
}

static void fill_distrusted(const char *reason)
{
	ck_assert_int_eq(store_begin(the_api.store), 0);
	for (unsigned i = 0; i < API_MAX_DISTRUSTED; i++) {
		struct store_distrusted row = {
			.added = PKI_NOW, .reason = reason};
		bool added = false;

		row.sha256[0] = (uint8_t)(i + 1);
		ck_assert_int_eq(
			store_add_distrusted(the_api.store, &row, &added), 0);
	}
	ck_assert_int_eq(store_commit(the_api.store), 0);
	refresh();
}

START_TEST(one_more_distrusted_than_fits_is_refused_and_changes_nothing)
{
	uint64_t generation = 0;
	const struct caller *c = NULL;

	fill_distrusted(NULL);
	generation = store_generation(the_api.store);
	c = distrust_number(7);
	ck_assert_str_eq(error_of(c), "io.certprov.admin.LimitExceeded");
	ck_assert_int_eq(number(c->replies[0], "parameters.maximum"),
		API_MAX_DISTRUSTED);
	ck_assert_uint_eq(generation, store_generation(the_api.store));
	ck_assert_ptr_null(last_change());
}
END_TEST

START_TEST(a_long_list_of_distrusted_comes_in_pieces)
{
	const struct caller *c = NULL;

	fill_distrusted(NULL);
	ck_assert_str_eq(error_of(call("admin.ListDistrusted", "{}")),
		VARLINK_EXPECTED_MORE);
	c = call_more("admin.ListDistrusted", "{}");
	ck_assert_uint_eq(c->count, 2);
	ck_assert_int_eq(cJSON_GetArraySize(member(reply(c, 0), "distrusted")) +
			cJSON_GetArraySize(member(reply(c, 1), "distrusted")),
		API_MAX_DISTRUSTED);
}
END_TEST

START_TEST(the_longest_reasons_fit_a_reply)
{
	char reason[ADMIN_MAX_REASON_BYTES + 1] = {0};
	const struct caller *c = NULL;

	/* A byte that takes two in JSON. */
	memset(reason, '\\', ADMIN_MAX_REASON_BYTES);
	fill_distrusted(reason);
	c = call_more("admin.ListDistrusted", "{}");
	ck_assert_uint_eq(c->count, 2);
}
END_TEST

START_TEST(an_escaped_reason_is_not_longer)
{
	char reason[6 * ADMIN_MAX_REASON_BYTES + 1] = {0};
	const cJSON *row = NULL;

	for (unsigned i = 0; i < ADMIN_MAX_REASON_BYTES; i++)
		memcpy(reason + (size_t)6 * i, "\\u0007", 6);
	reply(call("admin.Distrust",
		      "{'kind':'certificate','sha256':'%s','reason':'%s'}",
		      hex(authority), reason),
		0);
	row = cJSON_GetArrayItem(
		member(reply(call("admin.ListDistrusted", "{}"), 0),
			"distrusted"),
		0);
	ck_assert_uint_le(strlen(text(row, "reason")), ADMIN_MAX_REASON_BYTES);
	ck_assert_int_eq(strncmp(text(row, "reason"), "\\x07", 4), 0);
}
END_TEST

START_TEST(bad_parameters_of_distrust_are_named)
{
	static const char *const wrong[][2] = {
		{"{'kind':'name','sha256':'00'}", "kind"},
		{"{'kind':'certificate','sha256':'00'}", "sha256"},
		{"{'kind':'certificate'}", "sha256"},
	};
	char reason[ADMIN_MAX_REASON_BYTES + 2] = {0};
	const struct caller *c = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		c = call("admin.Distrust", "%s", wrong[i][0]);
		ck_assert_str_eq(error_of(c), VARLINK_INVALID_PARAMETER);
		ck_assert_str_eq(text(c->replies[0], "parameters.parameter"),
			wrong[i][1]);
	}
	memset(reason, 'x', ADMIN_MAX_REASON_BYTES + 1);
	c = call("admin.Distrust",
		"{'kind':'certificate','sha256':'%s','reason':'%s'}",
		hex(authority), reason);
	ck_assert_str_eq(text(c->replies[0], "parameters.parameter"), "reason");
}
END_TEST

/* --- settings --- */

static const cJSON *setting(const char *name)
{
	const cJSON *row = NULL;

	cJSON_ArrayForEach(row,
		member(reply(call("admin.ListSettings", "{}"), 0), "settings"))
	{
		if (strcmp(text(row, "name"), name) == 0)
			return row;
	}
	ck_abort_msg("no setting %s", name);
	return NULL;
}

START_TEST(a_setting_is_set_durably_and_says_by_whom)
{
	const cJSON *row = setting("update_policy");

	ck_assert(cJSON_IsFalse(member(row, "isSet")));
	ck_assert_str_eq(text(row, "effective"), "settings_only");
	ck_assert_str_eq(text(row, "origin"), "default");
	reply(call("admin.SetSetting",
		      "{'name':'update_policy','value':'never_update'}"),
		0);
	refresh();
	row = setting("update_policy");
	ck_assert(cJSON_IsTrue(member(row, "isSet")));
	ck_assert_str_eq(text(row, "value"), "never_update");
	ck_assert_str_eq(text(row, "effective"), "never_update");
	ck_assert_str_eq(text(row, "origin"), "admin");
	ck_assert_str_eq(text(last_change(), "what"),
		"set update_policy to \"never_update\"");
	ck_assert_str_eq(text(last_change(), "name"), "update_policy");
}
END_TEST

START_TEST(a_setting_of_trust_is_a_new_generation_and_others_are_not)
{
	uint64_t generation = store_generation(the_api.store);

	reply(call("admin.SetSetting",
		      "{'name':'update_policy','value':'never_update'}"),
		0);
	ck_assert_uint_eq(store_generation(the_api.store), generation);
	reply(call("admin.SetSetting",
		      "{'name':'check_fqdn_against_server_cert','value':'off'}"),
		0);
	ck_assert_uint_eq(store_generation(the_api.store), generation + 1);
	ck_assert(!trust_state_trust(the_api.state)->policy.name_check);
	ck_assert(
		has_warning(member(reply(call("Status", "{}"), 0), "concerns"),
			"name-check-off"));
}
END_TEST

START_TEST(without_a_value_a_setting_is_back_at_its_default)
{
	reply(call("admin.SetSetting",
		      "{'name':'update_policy','value':'never_update'}"),
		0);
	reply(call("admin.SetSetting", "{'name':'update_policy'}"), 0);
	ck_assert(cJSON_IsFalse(member(setting("update_policy"), "isSet")));
	ck_assert_str_eq(text(last_change(), "what"),
		"reset update_policy to its default");
	reply(call("admin.SetSetting", "{'name':'update_policy'}"), 0);
	ck_assert_uint_eq(call_more("admin.History", "{}")->count, 2);
}
END_TEST

START_TEST(the_password_of_a_setting_server_is_never_told)
{
	CLEANUP(free) char *all = NULL;
	const cJSON *row = NULL;
	const struct caller *history = NULL;

	reply(call("admin.SetSetting",
		      "{'name':'setting_server','value':'http://u:secret@pbx.example/'}"),
		0);
	row = setting("setting_server");
	ck_assert(cJSON_IsTrue(member(row, "secret")));
	ck_assert(cJSON_IsTrue(member(row, "isSet")));
	ck_assert_ptr_null(member(row, "value"));
	ck_assert_ptr_nonnull(strstr(text(row, "effective"), "pbx.example"));
	ck_assert_ptr_null(strstr(text(row, "effective"), "secret"));
	history = call_more("admin.History", "{}");
	all = cJSON_PrintUnformatted(history->replies[0]);
	ck_assert_ptr_null(strstr(all, "secret"));
	/* The daemon itself has it whole. */
	ck_assert_str_eq(trust_state_settings(the_api.state)
				 ->values[SETTING_SETTING_SERVER]
				 .value,
		"http://u:secret@pbx.example/");
}
END_TEST

START_TEST(the_setting_server_of_the_configuration_is_shown)
{
	the_config.url = strdup("http://u:secret@pbx.example/");
	ck_assert_str_eq(
		text(setting("setting_server"), "origin"), "configuration");
	ck_assert_ptr_null(
		strstr(text(setting("setting_server"), "effective"), "secret"));
	ck_assert(cJSON_IsTrue(member(setting("setting_server"), "secret")));
}
END_TEST

START_TEST(a_setting_server_that_was_learnt_is_shown_with_its_source)
{
	const cJSON *row = NULL;

	ck_assert_str_eq(text(setting("setting_server"), "origin"), "default");
	provisioning.learnt = "http://u:secret@pbx.example/";
	provisioning.source = RUN_FROM_DHCP;
	row = setting("setting_server");
	ck_assert_str_eq(text(row, "origin"), "dhcp");
	ck_assert_ptr_nonnull(strstr(text(row, "note"), "not authenticated"));
	ck_assert_str_eq(text(row, "effective"), "http://***@pbx.example/");
	ck_assert(cJSON_IsFalse(member(row, "isSet")));
	provisioning.source = RUN_FROM_REDIRECTION;
	the_config.redirection = strdup(provisioning.learnt);
	ck_assert_ptr_nonnull(strstr(
		text(setting("setting_server"), "note"), "Redirection="));
}
END_TEST

START_TEST(an_offered_server_is_handed_on_or_refused)
{
	struct caller *c = call("admin.OfferSettingServer",
		"{'source':'dhcp114','url':'http://pbx.example/'}");

	ck_assert_ptr_nonnull(reply(c, 0));
	ck_assert_int_eq(provisioning.offered, PROVISIONING_DHCP114);
	ck_assert_str_eq(provisioning.url, "http://pbx.example/");
	ck_assert_ptr_null(last_change());
	c = call("admin.OfferSettingServer", "{'source':'ftp','url':''}");
	ck_assert_str_eq(error_of(c), VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(text(c->replies[0], "parameters.parameter"), "source");
	provisioning.result = -EINVAL;
	c = call("admin.OfferSettingServer", "{'source':'pnp','url':'x'}");
	ck_assert_str_eq(text(c->replies[0], "parameters.parameter"), "url");
	provisioning.result = -EDQUOT;
	c = call("admin.OfferSettingServer", "{'source':'pnp','url':'x'}");
	ck_assert_str_eq(error_of(c), "io.certprov.admin.LimitExceeded");
	ck_assert_str_eq(text(c->replies[0], "parameters.limit"),
		"setting-server-changes");
}
END_TEST

START_TEST(a_value_that_does_not_fit_is_refused_with_a_reason)
{
	static const struct {
		const char *parameters;
		const char *reason;
	} wrong[] = {
		{"{'name':'host_name_validation_flags','value':'32'}",
			"0 to 31"},
		{"{'name':'tls_server_authentication','value':'off'}",
			"always verifies"},
		{"{'name':'setting_server','value':'ftp://pbx/'}", "http"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const struct caller *c =
			call("admin.SetSetting", "%s", wrong[i].parameters);

		ck_assert_str_eq(
			error_of(c), "io.certprov.admin.InvalidSetting");
		ck_assert_ptr_nonnull(
			strstr(text(c->replies[0], "parameters.reason"),
				wrong[i].reason));
	}
	ck_assert_ptr_null(last_change());
	ck_assert_str_eq(error_of(call("admin.SetSetting",
				 "{'name':'language','value':'x'}")),
		"io.certprov.admin.NoSuchSetting");
}
END_TEST

START_TEST(a_setting_without_effect_on_this_firmware_has_a_note)
{
	const cJSON *row = setting("tls_server_authentication");

	ck_assert_ptr_nonnull(strstr(text(row, "note"), "always verifies"));
	ck_assert_str_eq(text(row, "effective"), "on");
	ck_assert_ptr_null(member(setting("update_policy"), "note"));
}
END_TEST

/* --- what cannot be made durable --- */

START_TEST(a_change_that_cannot_be_stored_is_an_error_and_no_change)
{
	const struct pki_cert *server = pki_root("Server");
	struct rlimit unlimited;
	struct rlimit full;
	const struct caller *c = NULL;

	add_server(server, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	full = unlimited;
	full.rlim_cur = 0;
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
	c = call("admin.Remove", "{'list':'servers','sha256':'%s'}",
		hex(server));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
	ck_assert_str_eq(error_of(c), VARLINK_SYSTEM_ERROR);
	ck_assert_int_gt(number(c->replies[0], "parameters.errno"), 0);
	ck_assert(is_trusted(server));
	ck_assert_ptr_null(last_change());
}
END_TEST

TCase *admin_api_tests(void);

TCase *admin_api_tests(void)
{
	TCase *tc = tcase_create("admin-api");

	tcase_add_checked_fixture(tc, api_setup, api_teardown);
	tcase_add_test(tc, a_removed_server_is_no_longer_trusted_nor_stored);
	tcase_add_test(tc, the_history_says_who_removed_what);
	tcase_add_test(tc, the_history_says_for_whom_behind_who_removed_what);
	tcase_add_loop_test(tc,
		whom_a_caller_acts_for_is_a_plain_name_and_an_address, 0,
		ARRAY_SIZE(acting));
	tcase_add_test(tc, a_name_of_one_character_too_many_is_refused);
	tcase_add_test(tc, an_address_of_one_character_too_many_is_refused);
	tcase_add_test(tc, an_unknown_certificate_can_be_removed);
	tcase_add_test(
		tc, what_is_not_there_cannot_be_removed_and_makes_no_history);
	tcase_add_test(tc, distrust_takes_effect_at_once_and_is_durable);
	tcase_add_test(tc, a_certificate_with_a_distrusted_key_says_so);
	tcase_add_test(tc, what_nobody_knows_can_be_distrusted_and_listed);
	tcase_add_test(tc, distrusting_twice_is_one_change);
	tcase_add_test(tc, distrust_can_be_lifted_and_only_where_it_is);
	tcase_add_test(tc,
		one_more_distrusted_than_fits_is_refused_and_changes_nothing);
	tcase_add_test(tc, a_long_list_of_distrusted_comes_in_pieces);
	tcase_add_test(tc, the_longest_reasons_fit_a_reply);
	tcase_add_test(tc, an_escaped_reason_is_not_longer);
	tcase_add_test(tc, bad_parameters_of_distrust_are_named);
	tcase_add_test(tc, a_setting_is_set_durably_and_says_by_whom);
	tcase_add_test(
		tc, a_setting_of_trust_is_a_new_generation_and_others_are_not);
	tcase_add_test(tc, without_a_value_a_setting_is_back_at_its_default);
	tcase_add_test(tc, the_password_of_a_setting_server_is_never_told);
	tcase_add_test(tc, the_setting_server_of_the_configuration_is_shown);
	tcase_add_test(
		tc, a_setting_server_that_was_learnt_is_shown_with_its_source);
	tcase_add_test(tc, an_offered_server_is_handed_on_or_refused);
	tcase_add_test(tc, a_value_that_does_not_fit_is_refused_with_a_reason);
	tcase_add_test(
		tc, a_setting_without_effect_on_this_firmware_has_a_note);
	tcase_add_test(
		tc, a_change_that_cannot_be_stored_is_an_error_and_no_change);
	return tc;
}
