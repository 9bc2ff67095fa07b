/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/net/tls-offer.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

TCase *config_tests(void);

#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct config c;
static struct config_report report;

static void setup(void)
{
	scratch_setup();
	c = (struct config){0};
	report = (struct config_report){0};
}

static void teardown(void)
{
	config_done(&c);
	config_report_done(&report);
	scratch_teardown();
}

static int load(const char *text)
{
	scratch_write("c.conf", text);
	return config_load(scratch_path("c.conf"), &c, &report);
}

static void assert_error(int line, const char *part)
{
	ck_assert_uint_eq(report.error_count, 1);
	ck_assert_int_eq(report.errors[0].line, line);
	ck_assert_str_eq(report.errors[0].file, scratch_path("c.conf"));
	ck_assert_msg(strstr(report.errors[0].text, part) != NULL, "%s",
		report.errors[0].text);
}

START_TEST(no_file_gives_the_defaults_of_the_design)
{
	ck_assert_int_eq(
		config_load(scratch_path("none.conf"), &c, &report), 0);
	ck_assert_ptr_null(c.firmware);
	ck_assert_str_eq(c.authorities, "/etc/ssl/certs/ca-certificates.crt");
	ck_assert_str_eq(c.fetch_socket, "/run/certprov/fetch");
	ck_assert_str_eq(c.fetch_user, "certprov-fetch");
	ck_assert_str_eq(c.state_directory, "/var/lib/certprov");
	ck_assert_uint_eq(c.profile, 0);
	ck_assert_uint_eq(c.bootstrap, 0);
	ck_assert_uint_eq(c.tls_minimum, TLS_MINIMUM_1_2);
	ck_assert_str_eq(c.tls_ciphers, "DEFAULT");
	ck_assert_str_eq(c.tls_suites,
		"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
		"TLS_AES_128_GCM_SHA256");
	ck_assert_uint_eq(c.documents, 256);
	ck_assert_uint_eq(c.depth, 8);
	ck_assert_uint_eq(c.document_bytes, 32ULL << 20);
	ck_assert_uint_eq(c.certificates, 20000);
	ck_assert_uint_eq(c.time_limit, 600);
	ck_assert_uint_eq(c.parallel, 8);
	ck_assert_uint_eq(c.per_host, 2);
	ck_assert_uint_eq(c.message_bytes, 262144);
	ck_assert_uint_eq(c.connections, 512);
	ck_assert_uint_eq(c.connections_per_uid, 64);
	ck_assert_uint_eq(c.connections_of_root, 256);
	ck_assert_uint_eq(c.connections_for_admin, 16);
	ck_assert_uint_eq(c.servers, 4096);
	ck_assert_uint_eq(c.unknown, 200);
	ck_assert_uint_eq(c.distrusted, 1024);
	ck_assert(c.at_start && c.mac_in_user_agent);
	ck_assert(!c.allow_local && !c.sip_strict);
	ck_assert_uint_eq(report.warning_count + report.error_count, 0);
}
END_TEST

START_TEST(values_of_every_kind_are_read)
{
	ck_assert_int_eq(load("# a comment\n"
			      "[phone]\n"
			      "Firmware = snomD785-SIP 10.1.33.33\n"
			      "Mac=00:04:13:aa:bb:cc\n"
			      "[trust]\n"
			      "Profile=strict\n"
			      "SipStrict=yes\n"
			      "[provisioning]\n"
			      "Url=https://user:pw@h.example/{mac}.xml?a=b&c\n"
			      "RefreshInterval=12h\n"
			      "DocumentBytes=2 M ; a comment\n"
			      "Parallel=4\n"
			      "AtStart=off\n"
			      "[tls]\n"
			      "MinimumVersion=1.3\n"
			      "Ciphers=ECDHE+AESGCM:!RC4:!aNULL:@STRENGTH\n"
			      "CipherSuites=TLS_AES_128_GCM_SHA256\n"
			      "[bootstrap]\n"
			      "Bootstrap=pinned\n"
			      "Sha256=" PIN "\n"
			      "  " PIN "," PIN "\n"),
		0);
	ck_assert_str_eq(c.firmware, "snomD785-SIP 10.1.33.33");
	ck_assert_str_eq(c.mac, "000413AABBCC");
	ck_assert_uint_eq(c.profile, 1);
	ck_assert(c.sip_strict && !c.at_start);
	ck_assert_str_eq(c.url, "https://user:pw@h.example/{mac}.xml?a=b&c");
	ck_assert_uint_eq(c.refresh_interval, 43200);
	ck_assert_uint_eq(c.document_bytes, 2097152);
	ck_assert_uint_eq(c.tls_minimum, TLS_MINIMUM_1_3);
	ck_assert_str_eq(c.tls_ciphers, "ECDHE+AESGCM:!RC4:!aNULL:@STRENGTH");
	ck_assert_str_eq(c.tls_suites, "TLS_AES_128_GCM_SHA256");
	ck_assert_uint_eq(c.parallel, 4);
	ck_assert_uint_eq(c.bootstrap, 2);
	ck_assert_uint_eq(c.pins.count, 3);
	ck_assert_uint_eq(c.pins.sha256[0][0], 0x01);
	ck_assert_uint_eq(c.pins.sha256[2][31], 0xef);
	ck_assert_uint_eq(report.warning_count, 0);
}
END_TEST

START_TEST(a_key_of_before_is_taken_for_that_of_today_with_a_warning)
{
	ck_assert_int_eq(load("[provisioning]\nTlsMinimum=1.1\n"), 0);
	ck_assert_uint_eq(c.tls_minimum, TLS_MINIMUM_1_1);
	ck_assert_uint_eq(report.warning_count, 1);
	ck_assert_int_eq(report.warnings[0].line, 2);
	ck_assert_str_eq(report.warnings[0].text,
		"TlsMinimum= of [provisioning] is taken for MinimumVersion= of [tls]; write that");
}
END_TEST

START_TEST(an_empty_list_is_the_default)
{
	ck_assert_int_eq(load("[tls]\nCiphers=AES128-SHA\nCiphers=\n"
			      "CipherSuites=\n"),
		0);
	ck_assert_str_eq(c.tls_ciphers, TLS_CIPHERS_DEFAULT);
	ck_assert_str_eq(c.tls_suites, TLS_SUITES_DEFAULT);
}
END_TEST

START_TEST(an_unknown_key_warns_with_file_and_line)
{
	ck_assert_int_eq(
		load("\n[provisioning]\nParalel=3\n[nowhere]\nA=b\n"), 0);
	ck_assert_uint_eq(report.warning_count, 2);
	ck_assert_int_eq(report.warnings[0].line, 3);
	ck_assert_str_eq(report.warnings[0].file, scratch_path("c.conf"));
	ck_assert_str_eq(report.warnings[0].text,
		"there is no key Paralel in [provisioning]; it is ignored");
	ck_assert_int_eq(report.warnings[1].line, 5);
	ck_assert_uint_eq(c.parallel, 8);
}
END_TEST

static const struct refusal {
	const char *text;
	int line;
	const char *part;
} refusals[] = {
	{"[provisioning]\nParallel=33\n", 2,
		"[provisioning] Parallel=33 is not allowed, only a number from "
		"1 to 32"},
	{"[provisioning]\nParallel=-1\n", 2, "a number from 1 to 32"},
	{"[provisioning]\nParallel=\n", 2, "a number from 1 to 32"},
	{"[provisioning]\nParallel=4K\n", 2, "a number from 1 to 32"},
	{"[provisioning]\nDocumentBytes=99999999999999999999\n", 2, "bytes"},
	{"[provisioning]\nDocumentBytes=18446744073709551615K\n", 2, "bytes"},
	{"[provisioning]\nDocumentBytes=1T\n", 2, "with K, M or G"},
	{"[provisioning]\n\nRefreshInterval=1y\n", 3, "min, h, d or w"},
	{"[tls]\nMinimumVersion=1.4\n", 2, "one of 1.0, 1.1, 1.2, 1.3"},
	{"[provisioning]\nTlsMinimum=1.4\n", 2, "one of 1.0, 1.1, 1.2, 1.3"},
	{"[tls]\n\nCiphers=ECDHE+AESGCM:AES128-GMC-SHA256\n", 3,
		"no cipher suite up to TLS 1.2 that \"AES128-GMC-SHA256\" means"},
	{"[tls]\nCiphers=ALL\n", 2, "needs no certificate; add :!aNULL"},
	{"[tls]\nCiphers=DEFAULT:@SECLEVEL=0\n", 2,
		"@SECLEVEL=0 has no place in it"},
	{"[tls]\nCipherSuites=TLS_AES_128_GCM_SHA256:TLS_NONE\n", 2,
		"that is called \"TLS_NONE\""},
	{"[provisioning]\nUrl=ftp://h/x\n", 2, "http:// or https://"},
	{"[provisioning]\nUrl=http:///x\n", 2, "with a host"},
	{"[provisioning]\nUrl=http://u:secret@h/a b\n", 2,
		"Url= is not allowed, only an http://"},
	{"[provisioning]\nProxy=https://u:secret@h/\n", 2,
		"Proxy= is not allowed, only an http:// URL"},
	{"[provisioning]\nAtStart=maybe\n", 2, "yes or no"},
	{"[phone]\nMac=0004:13aabbc\n", 2, "12 hex digits"},
	{"[phone]\nMac=000413aabbccd\n", 2, "12 hex digits"},
	{"[phone]\nMacInterface=../../x\n", 2, "network interface"},
	{"[trust]\nProfile=Strict\n", 2, "one of compatible, strict"},
	{"[trust]\nAuthorities=certs\n", 2, "a path from the root"},
	{"[fetch]\nUser=-x\n", 2, "the name of a user"},
	{"[fetch]\nSocket=\n", 0, "cannot be empty"},
	{"[bootstrap]\nSha256=" PIN "0\n", 2, "64 hex digits"},
	{"[store]\nDistrusted=1025\n", 2, "from 1 to 1024"},
	{"[trust]\nProfile=strict\n  strict\n", 3, "is not a list"},
	{"[trust]\nProfile\n", 2, "neither [section]"},
};

START_TEST(a_wrong_value_is_refused_with_its_line_and_what_is_allowed)
{
	ck_assert_int_eq(load(refusals[_i].text), -EINVAL);
	assert_error(refusals[_i].line, refusals[_i].part);
	ck_assert_ptr_null(c.authorities);
}
END_TEST

/* A file of a repeated line between a beginning and an end. */
static int load_repeated(
	const char *head, const char *line, unsigned times, const char *tail)
{
	FILE *out = fopen(scratch_path("c.conf"), "we");

	ck_assert_ptr_nonnull(out);
	(void)fputs(head, out);
	for (unsigned i = 0; i < times; i++)
		(void)fputs(line, out);
	(void)fputs(tail, out);
	ck_assert_int_eq(fclose(out), 0);
	return config_load(scratch_path("c.conf"), &c, &report);
}

START_TEST(a_line_too_long_is_refused_and_not_cut)
{
	unsigned fits = CONFIG_MAX_LINE - (unsigned)strlen("PhoneType=");

	ck_assert_int_eq(load_repeated("[phone]\nPhoneType=", "x", fits,
				 "\n[trust]\nProfile=strict\n"),
		0);
	ck_assert_uint_eq(strlen(c.phone_type), fits);
	ck_assert_uint_eq(c.profile, 1);

	config_done(&c);
	ck_assert_int_eq(load_repeated("[phone]\nPhoneType=", "x", fits + 1,
				 "\n[trust]\nProfile=strict\n"),
		-EINVAL);
	assert_error(2, "longer than 198");
}
END_TEST

START_TEST(drop_ins_are_read_in_order_of_their_names)
{
	ck_assert_int_eq(mkdir(scratch_path("c.conf.d"), 0700), 0);
	scratch_write("c.conf.d/20.conf", "[trust]\nProfile=strict\n");
	scratch_write("c.conf.d/10.conf",
		"[trust]\nProfile=compatible\n[fetch]\nUser=ten\n");
	scratch_write("c.conf.d/30.conf~", "[fetch]\nUser=backup\n");
	scratch_write("c.conf.d/.40.conf", "[fetch]\nUser=hidden\n");
	ck_assert_int_eq(
		load("[fetch]\nUser=main\n[phone]\nFirmware=10.1\n"), 0);
	ck_assert_uint_eq(c.profile, 1);
	ck_assert_str_eq(c.fetch_user, "ten");
	ck_assert_str_eq(c.firmware, "10.1");

	scratch_write("c.conf.d/25.conf", "\n[trust]\n\nProfile=none\n");
	ck_assert_int_eq(load(""), -EINVAL);
	ck_assert_int_eq(report.errors[0].line, 4);
	ck_assert_str_eq(
		report.errors[0].file, scratch_path("c.conf.d/25.conf"));
}
END_TEST

START_TEST(an_empty_value_takes_a_text_or_a_list_back)
{
	ck_assert_int_eq(load("[phone]\nFirmware=8.7\nFirmware=\n"
			      "[bootstrap]\nSha256=" PIN "\nSha256=\n"),
		0);
	ck_assert_ptr_null(c.firmware);
	ck_assert_uint_eq(c.pins.count, 0);
}
END_TEST

START_TEST(one_pin_more_than_the_maximum_is_refused)
{
	ck_assert_int_eq(load_repeated("[bootstrap]\n", "Sha256=" PIN "\n",
				 CONFIG_MAX_PINS, ""),
		0);
	ck_assert_uint_eq(c.pins.count, CONFIG_MAX_PINS);
	config_done(&c);
	ck_assert_int_eq(load_repeated("[bootstrap]\n", "Sha256=" PIN "\n",
				 CONFIG_MAX_PINS + 1, ""),
		-EINVAL);
	assert_error(CONFIG_MAX_PINS + 2, "256 at most");
}
END_TEST

START_TEST(units_to_tell_are_a_list_that_grows)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = NULL;

	ck_assert_int_eq(load("[export]\nReloadUnits=kamailio.service\n"
			      "  phone@\\x2d1.service,a:b_c.target\n"
			      "RestartUnits=gone.service\nRestartUnits=\n"
			      "RestartUnits=baresip.service\n"),
		0);
	out = open_memstream(&text, &len);
	config_print_units(&c, out);
	(void)fclose(out);
	ck_assert_str_eq(text,
		"try-reload-or-restart kamailio.service\n"
		"try-reload-or-restart phone@\\x2d1.service\n"
		"try-reload-or-restart a:b_c.target\n"
		"try-restart baresip.service\n");
	free(text);
}
END_TEST

static const char *const no_units[] = {"kamailio", "-H.service", "a*.service",
	"$(reboot).service", "a.", "../a.service", ".service"};

START_TEST(what_is_no_name_of_a_unit_is_refused)
{
	char line[128];

	(void)snprintf(line, sizeof(line),
		"[export]\nReloadUnits=good.service %s\n", no_units[_i]);
	ck_assert_int_eq(load(line), -EINVAL);
	assert_error(2, "names of units");
}
END_TEST

START_TEST(one_unit_more_than_the_maximum_is_refused)
{
	ck_assert_int_eq(load_repeated("[export]\n", "RestartUnits=a.service\n",
				 CONFIG_MAX_UNITS, ""),
		0);
	ck_assert_uint_eq(c.restart_units.count, CONFIG_MAX_UNITS);
	config_done(&c);
	ck_assert_int_eq(load_repeated("[export]\n", "RestartUnits=a.service\n",
				 CONFIG_MAX_UNITS + 1, ""),
		-EINVAL);
	assert_error(CONFIG_MAX_UNITS + 2, "64 at most");
}
END_TEST

START_TEST(groups_that_may_hold_a_key_are_a_list_and_by_default_nobody)
{
	ck_assert_int_eq(load(""), 0);
	ck_assert_uint_eq(c.hand_out_key_to.count, 0);
	config_done(&c);
	ck_assert_int_eq(load("[identity]\nHandOutKeyTo=sip web\n"
			      "HandOutKeyTo=_x-1\n"),
		0);
	ck_assert_uint_eq(c.hand_out_key_to.count, 3);
	ck_assert_str_eq(c.hand_out_key_to.names[0], "sip");
	ck_assert_str_eq(c.hand_out_key_to.names[2], "_x-1");
	config_done(&c);
	ck_assert_int_eq(
		load("[identity]\nHandOutKeyTo=sip\nHandOutKeyTo=\n"), 0);
	ck_assert_uint_eq(c.hand_out_key_to.count, 0);
}
END_TEST

static const char *const no_groups[] = {
	"0", "-x", "*", "a:b", "a.b", "a2345678901234567890123456789012"};

START_TEST(what_is_no_name_of_a_group_is_refused)
{
	char line[128];

	(void)snprintf(line, sizeof(line), "[identity]\nHandOutKeyTo=good %s\n",
		no_groups[_i]);
	ck_assert_int_eq(load(line), -EINVAL);
	assert_error(2, "names of groups");
}
END_TEST

START_TEST(one_group_more_than_the_maximum_is_refused)
{
	ck_assert_int_eq(load_repeated("[identity]\n", "HandOutKeyTo=a\n",
				 CONFIG_MAX_GROUPS, ""),
		0);
	ck_assert_uint_eq(c.hand_out_key_to.count, CONFIG_MAX_GROUPS);
	config_done(&c);
	ck_assert_int_eq(load_repeated("[identity]\n", "HandOutKeyTo=a\n",
				 CONFIG_MAX_GROUPS + 1, ""),
		-EINVAL);
	assert_error(CONFIG_MAX_GROUPS + 2, "16 at most");
}
END_TEST

START_TEST(more_problems_than_are_kept_are_counted)
{
	ck_assert_int_eq(
		load_repeated("[x]\n", "a=b\n", CONFIG_MAX_PROBLEMS + 1, ""),
		0);
	ck_assert_uint_eq(report.warning_count, CONFIG_MAX_PROBLEMS + 1);
}
END_TEST

START_TEST(the_table_is_printed_for_the_check_of_the_man_page)
{
	CLEANUP(free) char *text = NULL;
	FILE *out = fopen(scratch_path("keys"), "w");

	ck_assert_ptr_nonnull(out);
	config_print_keys(out);
	(void)fclose(out);
	text = scratch_read("keys");
	ck_assert_ptr_nonnull(strstr(text,
		"provisioning\tParallel\t8\ta number from 1 to 32\tHow many "
		"certificates are downloaded at a time.\n"));
	ck_assert_ptr_nonnull(strstr(text, "phone\tFirmware\t\ta text"));
}
END_TEST

START_TEST(what_cannot_hold_together_is_said)
{
	ck_assert_int_eq(load("[phone]\nFirmware=10.1\nFirmwareFile=/f\n"
			      "Mac=000413000000\nMacInterface=eth0\n"),
		0);
	ck_assert_uint_eq(report.warning_count, 2);
}
END_TEST

TCase *config_tests(void)
{
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, no_file_gives_the_defaults_of_the_design);
	tcase_add_test(tc, values_of_every_kind_are_read);
	tcase_add_test(
		tc, a_key_of_before_is_taken_for_that_of_today_with_a_warning);
	tcase_add_test(tc, an_empty_list_is_the_default);
	tcase_add_test(tc, an_unknown_key_warns_with_file_and_line);
	tcase_add_loop_test(tc,
		a_wrong_value_is_refused_with_its_line_and_what_is_allowed, 0,
		(int)ARRAY_SIZE(refusals));
	tcase_add_test(tc, a_line_too_long_is_refused_and_not_cut);
	tcase_add_test(tc, drop_ins_are_read_in_order_of_their_names);
	tcase_add_test(tc, an_empty_value_takes_a_text_or_a_list_back);
	tcase_add_test(tc, one_pin_more_than_the_maximum_is_refused);
	tcase_add_test(tc, units_to_tell_are_a_list_that_grows);
	tcase_add_loop_test(tc, what_is_no_name_of_a_unit_is_refused, 0,
		ARRAY_SIZE(no_units));
	tcase_add_test(tc, one_unit_more_than_the_maximum_is_refused);
	tcase_add_test(tc,
		groups_that_may_hold_a_key_are_a_list_and_by_default_nobody);
	tcase_add_loop_test(tc, what_is_no_name_of_a_group_is_refused, 0,
		ARRAY_SIZE(no_groups));
	tcase_add_test(tc, one_group_more_than_the_maximum_is_refused);
	tcase_add_test(tc, more_problems_than_are_kept_are_counted);
	tcase_add_test(tc, the_table_is_printed_for_the_check_of_the_man_page);
	tcase_add_test(tc, what_cannot_hold_together_is_said);
	return tc;
}
