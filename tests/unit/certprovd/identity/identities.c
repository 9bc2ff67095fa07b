/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/identities.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/identity/device-place.h"
#include "daemon/certprovd/identity/key-files.h"
#include "daemon/certprovd/identity/webserver-file.h"
#include "lib/base/string.h"
#include "lib/identity/identity-pem.h"
#include "lib/identity/identity-setting.h"
#include "tests/unit/certprovd/identity/key-files-double.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/lib/identity/identity-fixture.h"
#include "tests/unit/runner.h"

TCase *identities_tests(void);

static struct config config;
static struct settings settings;
static struct firmware firmware;
static struct phone phone;
static struct identities identities;
static const struct pki_cert *root;
static const struct pki_cert *old; /* as the factory made it */
static const struct pki_cert *new;

static void setup(void)
{
	scratch_setup();
	key_changes_reset();
	config = (struct config){.state_directory = strdup(scratch())};
	settings = (struct settings){0};
	phone = (struct phone){.mac = strdup(MAC), .type = strdup("snomD785")};
	identities = (struct identities){.in_force = IDENTITY_SOURCE__END};
	ck_assert_int_eq(firmware_parse("10.1.33.33", &firmware), 0);
	root = pki_root("Device Root");
	old = pki_make(
		&(struct pki_spec){
			.cn = MAC, .key = PKI_RSA_1024, .digest = "SHA1"},
		NULL);
	new = pki_make(&(struct pki_spec){.cn = MAC}, root);
}

static void teardown(void)
{
	key_changes_reset();
	identities_done(&identities);
	settings_done(&settings);
	phone_done(&phone);
	config_done(&config);
	identity_fixture_done();
	scratch_teardown();
}

static const char *whole(const struct pki_cert *c)
{
	return joined(certificate_pem(c), key_pem(c), "");
}

/* A file of the configuration. */
static void configure(char **key, const char *name, const char *text)
{
	scratch_write(name, text);
	free(*key);
	*key = strdup(scratch_path(name));
}

static void load(void)
{
	ck_assert_int_eq(
		identities_reload(&identities, &config, &firmware, &settings),
		0);
}

static const struct identity_slot *slot(enum identity_source source)
{
	return &identities.slots[source];
}

static void assert_good(enum identity_source source, const struct pki_cert *c)
{
	ck_assert_ptr_null(slot(source)->result);
	ck_assert_uint_gt(slot(source)->identity.count, 0);
	ck_assert_mem_eq(slot(source)->identity.chain[0]->sha256, c->sha256,
		SHA256_BYTES);
}

static void assert_refused(enum identity_source source, enum verdict verdict)
{
	ck_assert(slot(source)->configured);
	ck_assert_uint_eq(slot(source)->identity.count, 0);
	ck_assert_ptr_nonnull(slot(source)->result);
	ck_assert_str_eq(slot(source)->result, verdict_name(verdict));
	ck_assert_ptr_nonnull(slot(source)->reason);
	ck_assert_ptr_nonnull(slot(source)->remedy);
	ck_assert_ptr_null(strstr(slot(source)->reason, "PRIVATE"));
}

/* --- built in --- */

START_TEST(a_phone_may_have_none)
{
	const struct certificate *chain[IDENTITY_MAX_CHAIN];

	load();
	for (enum identity_source s = 0; s < IDENTITY_SOURCE__END; s++) {
		ck_assert(!slot(s)->configured);
		ck_assert_ptr_null(slot(s)->result);
	}
	ck_assert_int_eq(identities.in_force, IDENTITY_SOURCE__END);
	ck_assert_ptr_null(identities_in_force(&identities));
	ck_assert_uint_eq(identities_chain_in_force(&identities, chain), 0);
	ck_assert(!identities_lost_webserver(&identities));
	ck_assert(!identities_are_outdated(&identities, &settings));
}
END_TEST

START_TEST(the_key_may_have_a_file_of_its_own)
{
	configure(&config.sha1_certificate, "old.pem", whole(old));
	configure(&config.sha2_certificate, "new.pem", certificate_pem(new));
	configure(&config.sha2_key, "new.key", key_pem(new));
	/* Nobody need be kept from a certificate. */
	ck_assert_int_eq(chmod(scratch_path("new.pem"), 0644), 0);
	load();
	assert_good(IDENTITY_SHA1, old);
	assert_good(IDENTITY_SHA2, new);
	ck_assert_int_eq(identities.in_force, IDENTITY_SHA2);
}
END_TEST

START_TEST(what_cannot_be_used_gives_way_to_the_other)
{
	configure(&config.sha1_certificate, "old.pem", whole(old));
	configure(&config.sha2_certificate, "new.pem",
		joined(certificate_pem(new), key_pem(root), ""));
	load();
	assert_refused(IDENTITY_SHA2, VERDICT_IDENTITY_KEY_MISMATCH);
	ck_assert_ptr_nonnull(strstr(slot(IDENTITY_SHA2)->reason, "in line "));
	ck_assert_int_eq(identities.in_force, IDENTITY_SHA1);
}
END_TEST

static const struct {
	mode_t certificate;
	mode_t key;
	bool refused;
} modes[] = {
	{0644, 0600, false},
	{0600, 0400, false},
	{0600, 0640, true},
	{0644, 0644, true},
	{0600, 0620, true},
};

START_TEST(a_key_that_others_can_have_is_refused)
{
	configure(&config.sha2_certificate, "new.pem", certificate_pem(new));
	configure(&config.sha2_key, "new.key", key_pem(new));
	ck_assert_int_eq(
		chmod(scratch_path("new.pem"), modes[_i].certificate), 0);
	ck_assert_int_eq(chmod(scratch_path("new.key"), modes[_i].key), 0);
	load();
	if (modes[_i].refused) {
		assert_refused(IDENTITY_SHA2, VERDICT_IDENTITY_KEY_EXPOSED);
		ck_assert_ptr_nonnull(
			strstr(slot(IDENTITY_SHA2)->reason, "new.key"));
	} else {
		assert_good(IDENTITY_SHA2, new);
	}
}
END_TEST

START_TEST(a_key_in_the_file_of_the_certificate_is_a_key)
{
	configure(&config.sha2_certificate, "new.pem", whole(new));
	ck_assert_int_eq(chmod(scratch_path("new.pem"), 0644), 0);
	load();
	assert_refused(IDENTITY_SHA2, VERDICT_IDENTITY_KEY_EXPOSED);
}
END_TEST

static void assert_unreadable(const char *why)
{
	load();
	assert_refused(IDENTITY_SHA1, VERDICT_IDENTITY_UNREADABLE);
	ck_assert_ptr_nonnull(strstr(slot(IDENTITY_SHA1)->reason, why));
	ck_assert_ptr_nonnull(strstr(slot(IDENTITY_SHA1)->reason, "old.pem"));
}

START_TEST(a_file_that_cannot_be_read_is_told)
{
	static char text[IDENTITY_PEM_MAX_BYTES + 2];

	configure(&config.sha1_certificate, "old.pem", "");
	ck_assert_int_eq(unlink(scratch_path("old.pem")), 0);
	assert_unreadable("No such file");
	ck_assert_int_eq(mkdir(scratch_path("old.pem"), 0700), 0);
	assert_unreadable("it is no regular file");
	ck_assert_int_eq(rmdir(scratch_path("old.pem")), 0);
	ck_assert_int_eq(mkfifo(scratch_path("old.pem"), 0600), 0);
	assert_unreadable("it is no regular file");
	ck_assert_int_eq(unlink(scratch_path("old.pem")), 0);
	memset(text, ' ', IDENTITY_PEM_MAX_BYTES + 1);
	scratch_write("old.pem", text);
	assert_unreadable("it is larger than 64 KiB");
	scratch_write("old.pem", "");
	load();
	assert_refused(IDENTITY_SHA1, VERDICT_IDENTITY_CERTIFICATE_MISSING);
}
END_TEST

/* --- device CAs --- */

START_TEST(device_cas_are_read_or_the_problem_is_kept)
{
	configure(&config.device_authorities, "cas.pem",
		joined(certificate_pem(root), certificate_pem(old), ""));
	load();
	ck_assert_uint_eq(identities.device_ca_count, 2);
	ck_assert_ptr_null(identities.device_cas_problem);
	scratch_write("cas.pem", "-----BEGIN CERTIFICATE-----\n");
	load();
	ck_assert_uint_eq(identities.device_ca_count, 0);
	ck_assert_ptr_nonnull(strstr(identities.device_cas_problem,
		verdict_name(VERDICT_IDENTITY_PEM_DAMAGED)));
	ck_assert_int_eq(unlink(scratch_path("cas.pem")), 0);
	load();
	ck_assert_ptr_nonnull(
		strstr(identities.device_cas_problem, "No such file"));
}
END_TEST

/* --- installed --- */

static void install_new(void)
{
	const char *text = whole(new);

	ck_assert_int_eq(key_files_write_own(
				 scratch(), "device-b.pem", text, strlen(text)),
		0);
	ck_assert_int_eq(device_places_write(
				 scratch(), (struct device_places){'b', '-'}),
		0);
}

START_TEST(an_installed_one_takes_the_place_of_the_built_in_one)
{
	const struct pki_cert *built_in =
		pki_make(&(struct pki_spec){.cn = MAC}, root);

	configure(&config.sha2_certificate, "new.pem", whole(built_in));
	load();
	ck_assert_int_eq(identities.in_force, IDENTITY_SHA2);
	install_new();
	load();
	assert_good(IDENTITY_INSTALLED, new);
	assert_good(IDENTITY_SHA2, built_in);
	ck_assert_int_eq(identities.in_force, IDENTITY_INSTALLED);
}
END_TEST

START_TEST(without_the_file_that_names_it_none_is_installed)
{
	install_new();
	ck_assert_int_eq(key_files_write_own(scratch(), "device", "?", 1), 0);
	load();
	ck_assert(!slot(IDENTITY_INSTALLED)->configured);
	ck_assert_int_eq(identities.in_force, IDENTITY_SOURCE__END);
}
END_TEST

START_TEST(a_damaged_installed_one_is_told)
{
	install_new();
	ck_assert_int_eq(
		key_files_write_own(scratch(), "device-b.pem", "x", 1), 0);
	load();
	assert_refused(
		IDENTITY_INSTALLED, VERDICT_IDENTITY_CERTIFICATE_MISSING);
	install_new();
	ck_assert_int_eq(chmod(scratch_path("keys/device-b.pem"), 0644), 0);
	load();
	assert_refused(IDENTITY_INSTALLED, VERDICT_IDENTITY_KEY_EXPOSED);
}
END_TEST

/* --- webserver_cert --- */

static void set_webserver(const char *value)
{
	ck_assert_int_eq(
		string_replace(
			&settings.values[SETTING_WEBSERVER_CERT].value, value),
		0);
}

/* The certificate is of the place that the setting names. */
static void bring_webserver(const struct pki_cert *c)
{
	CLEANUP(identity_setting_done) struct identity_setting s = {0};

	ck_assert_int_eq(identity_setting_read(whole(c), &s), 0);
	ck_assert_int_eq(
		webserver_file_write(scratch(),
			settings.values[SETTING_WEBSERVER_CERT].value, &s.pem),
		0);
	set_webserver(s.value);
}

START_TEST(webserver_cert_comes_before_all_others)
{
	const struct pki_cert *own =
		pki_make(&(struct pki_spec){.cn = "phone"}, NULL);

	install_new();
	load();
	ck_assert_int_eq(identities.in_force, IDENTITY_INSTALLED);
	bring_webserver(own);
	ck_assert(identities_are_outdated(&identities, &settings));
	load();
	assert_good(IDENTITY_WEBSERVER_CERT, own);
	ck_assert_int_eq(identities.in_force, IDENTITY_WEBSERVER_CERT);
	ck_assert(!identities_are_outdated(&identities, &settings));
	/* It need hold no MAC address, and its CA is no device CA. */
	ck_assert_uint_eq(identities_warnings(&identities,
				  IDENTITY_WEBSERVER_CERT, &phone, PKI_NOW),
		0);
	set_webserver("");
	ck_assert(identities_are_outdated(&identities, &settings));
	load();
	ck_assert(!slot(IDENTITY_WEBSERVER_CERT)->configured);
	ck_assert_int_eq(identities.in_force, IDENTITY_INSTALLED);
	ck_assert(!scratch_exists("keys/webserver-a.pem"));
}
END_TEST

START_TEST(a_value_that_was_not_committed_leaves_the_one_before)
{
	const struct pki_cert *one =
		pki_make(&(struct pki_spec){.cn = "one"}, NULL);
	const struct pki_cert *two =
		pki_make(&(struct pki_spec){.cn = "two"}, NULL);
	CLEANUP(free) char *before = NULL;

	bring_webserver(one);
	before = strdup(settings.values[SETTING_WEBSERVER_CERT].value);
	bring_webserver(two);
	/* The power cut came before the setting was in the database. */
	set_webserver(before);
	load();
	assert_good(IDENTITY_WEBSERVER_CERT, one);
	ck_assert(scratch_exists("keys/webserver-a.pem"));
	ck_assert(!scratch_exists("keys/webserver-b.pem"));
}
END_TEST

START_TEST(a_lost_key_is_told_and_the_next_best_is_in_force)
{
	const struct pki_cert *own =
		pki_make(&(struct pki_spec){.cn = "phone"}, NULL);

	install_new();
	bring_webserver(own);
	ck_assert_int_eq(unlink(scratch_path("keys/webserver-a.pem")), 0);
	load();
	assert_refused(IDENTITY_WEBSERVER_CERT, VERDICT_IDENTITY_KEY_LOST);
	ck_assert(identities_lost_webserver(&identities));
	ck_assert(identities_are_outdated(&identities, &settings));
	ck_assert_int_eq(identities.in_force, IDENTITY_INSTALLED);
}
END_TEST

/* --- what a person is told --- */

START_TEST(warnings_are_of_the_slot)
{
	configure(&config.sha2_certificate, "new.pem",
		whole(pki_make(&(struct pki_spec){.cn = "000413AABBCD",
				       .not_after = PKI_NOW + PKI_DAY},
			root)));
	configure(&config.device_authorities, "cas.pem", certificate_pem(root));
	load();
	ck_assert_uint_eq(identities_warnings(
				  &identities, IDENTITY_SHA2, &phone, PKI_NOW),
		WARNING_BIT(WARNING_IDENTITY_OTHER_MAC) |
			WARNING_BIT(WARNING_EXPIRES_SOON));
	ck_assert_uint_eq(identities_warnings(&identities, IDENTITY_SHA2,
				  &phone, PKI_NOW + 2 * PKI_DAY),
		WARNING_BIT(WARNING_IDENTITY_OTHER_MAC) |
			WARNING_BIT(WARNING_EXPIRED));
	ck_assert_uint_eq(identities_warnings(
				  &identities, IDENTITY_SHA1, &phone, PKI_NOW),
		0);
}
END_TEST

START_TEST(a_warning_names_the_certificate_it_is_about)
{
	const struct pki_cert *ending =
		pki_make(&(struct pki_spec){.cn = "Ending CA",
				 .ca = true,
				 .not_after = PKI_NOW - PKI_DAY},
			root);
	const struct pki_cert *leaf =
		pki_make(&(struct pki_spec){.cn = MAC}, ending);
	CLEANUP(warning_words_done) struct warning_words words = {0};

	configure(&config.sha2_certificate, "new.pem",
		joined(whole(leaf), certificate_pem(ending), ""));
	load();
	ck_assert_int_eq(identities_explain(&identities, IDENTITY_SHA2,
				 WARNING_EXPIRED, PKI_NOW, &words),
		0);
	ck_assert_str_eq(words.identifier, warning_name(WARNING_EXPIRED));
	ck_assert_ptr_nonnull(strstr(words.sentence, "2026-05-27"));
}
END_TEST

TCase *identities_tests(void)
{
	TCase *tc = tcase_create("identities");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_phone_may_have_none);
	tcase_add_test(tc, the_key_may_have_a_file_of_its_own);
	tcase_add_test(tc, what_cannot_be_used_gives_way_to_the_other);
	tcase_add_loop_test(tc, a_key_that_others_can_have_is_refused, 0,
		ARRAY_SIZE(modes));
	tcase_add_test(tc, a_key_in_the_file_of_the_certificate_is_a_key);
	tcase_add_test(tc, a_file_that_cannot_be_read_is_told);
	tcase_add_test(tc, device_cas_are_read_or_the_problem_is_kept);
	tcase_add_test(
		tc, an_installed_one_takes_the_place_of_the_built_in_one);
	tcase_add_test(tc, without_the_file_that_names_it_none_is_installed);
	tcase_add_test(tc, a_damaged_installed_one_is_told);
	tcase_add_test(tc, webserver_cert_comes_before_all_others);
	tcase_add_test(
		tc, a_value_that_was_not_committed_leaves_the_one_before);
	tcase_add_test(tc, a_lost_key_is_told_and_the_next_best_is_in_force);
	tcase_add_test(tc, warnings_are_of_the_slot);
	tcase_add_test(tc, a_warning_names_the_certificate_it_is_about);
	return tc;
}
