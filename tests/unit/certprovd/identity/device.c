/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/device.h"

#include <errno.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/identity/device-place.h"
#include "daemon/certprovd/identity/key-files.h"
#include "tests/unit/certprovd/identity/key-files-double.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/lib/identity/identity-fixture.h"
#include "tests/unit/runner.h"

TCase *device_tests(void);

#define WAITING KEY_FILES_DIRECTORY "/request.pem"

static struct config config;
static struct phone phone;
static struct firmware firmware;
static struct identities identities;
static struct device_context context;
static struct device_refusal refusal;
static const struct pki_cert *root;

static struct certificate *decoded(const struct pki_cert *c)
{
	struct certificate *d = NULL;
	enum verdict v = VERDICT__END;

	ck_assert_int_eq(
		certificate_decode(c->der.data, c->der.len, &d, &v), 0);
	ck_assert_ptr_nonnull(d);
	return d;
}

static void setup(void)
{
	scratch_setup();
	key_changes_reset();
	config = (struct config){.state_directory = strdup(scratch())};
	phone = (struct phone){.mac = strdup(MAC),
		.type = strdup("snomD785"),
		.firmware = strdup("10.1.33.33")};
	ck_assert_int_eq(firmware_parse(phone.firmware, &firmware), 0);
	root = pki_root("Device Root");
	identities = (struct identities){
		.device_cas = {decoded(root)}, .device_ca_count = 1};
	context = (struct device_context){
		&config, &phone, &firmware, &identities, PKI_NOW};
	refusal = (struct device_refusal){.verdict = VERDICT__END};
}

static void teardown(void)
{
	key_changes_reset();
	device_refusal_done(&refusal);
	identities_done(&identities);
	phone_done(&phone);
	config_done(&config);
	identity_fixture_done();
	scratch_teardown();
}

static void assert_refusal(enum verdict verdict)
{
	ck_assert_str_eq(refusal.verdict == VERDICT__END
			? "none"
			: verdict_name(refusal.verdict),
		verdict_name(verdict));
	ck_assert_ptr_nonnull(refusal.reason);
	ck_assert_uint_gt(strlen(refusal.reason), 0);
	ck_assert_ptr_null(strchr(refusal.reason, '{'));
	device_refusal_done(&refusal);
}

/* A key that waits, and its request. */
static void ask(const char *type)
{
	CLEANUP(free) char *request = NULL;

	ck_assert_int_eq(device_request(&context, type, &request, &refusal), 0);
	ck_assert_int_eq(refusal.verdict, VERDICT__END);
	ck_assert_ptr_nonnull(request);
}

/* A certificate for the key that waits; the specification says the rest. */
static const struct pki_cert *issue(
	struct pki_spec spec, const struct pki_cert *issuer)
{
	CLEANUP(free) char *text = scratch_read(WAITING);
	struct pki_cert waiting = {0};
	BIO *bio = NULL;
	const struct pki_cert *made = NULL;

	ck_assert_ptr_nonnull(text);
	bio = BIO_new_mem_buf(text, -1);
	waiting.key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	ck_assert_ptr_nonnull(waiting.key);
	spec.same_key = &waiting;
	made = pki_make(&spec, issuer);
	EVP_PKEY_free(waiting.key);
	BIO_free(bio);
	return made;
}

static int install(const struct pki_cert *leaf, const struct pki_cert *above)
{
	struct bytes chain[] = {leaf->der, above ? above->der : leaf->der};

	return device_install(&context, chain, above ? 2 : 1, &refusal);
}

static const struct pki_cert *installed(void)
{
	const struct pki_cert *leaf = NULL;

	ask("ec");
	leaf = issue((struct pki_spec){.cn = MAC}, root);
	ck_assert_int_eq(install(leaf, NULL), 0);
	ck_assert_int_eq(refusal.verdict, VERDICT__END);
	return leaf;
}

/* What the next start finds. NULL: none. */
static void assert_in_force(const struct pki_cert *leaf)
{
	CLEANUP(free) char *name = NULL;
	CLEANUP(key_bytes_done) struct bytes text = {0};
	CLEANUP(identity_done) struct identity i = {0};

	ck_assert_int_eq(device_places_file(scratch(), &name), 0);
	if (!leaf) {
		ck_assert_ptr_null(name);
		return;
	}
	ck_assert_ptr_nonnull(name);
	ck_assert_int_eq(key_files_read_own(scratch(), name, &text), 0);
	i = identity_of((const char *)text.data, IDENTITY_CUSTOM);
	ck_assert_mem_eq(i.chain[0]->sha256, leaf->sha256, SHA256_BYTES);
}

/* --- may this phone have one --- */

static const struct {
	const char *type;
	const char *firmware;
	const char *mac;
	enum verdict verdict;
} phones[] = {
	{"snom370", "8.9.3.80", MAC, VERDICT_IDENTITY_SHARED_MODEL},
	{"snomPA1", "8.9.3.80", NULL, VERDICT_IDENTITY_SHARED_MODEL},
	{"snom760", "8.9.3.59", MAC, VERDICT_IDENTITY_SHA2_UNSUPPORTED},
	{"snomD785", "9.0.1", MAC, VERDICT_IDENTITY_SHA2_UNSUPPORTED},
	{"snomD785", NULL, MAC, VERDICT_IDENTITY_SHA2_UNSUPPORTED},
	{"snomD785", "10.1.33.33", NULL, VERDICT_IDENTITY_NO_MAC},
	{NULL, "8.9.3.60", MAC, VERDICT__END},
	{"snomD785", "10.1.0", MAC, VERDICT__END},
};

static void become(const char *type, const char *version, const char *mac)
{
	phone_done(&phone);
	phone.type = type ? strdup(type) : NULL;
	phone.firmware = version ? strdup(version) : NULL;
	phone.mac = mac ? strdup(mac) : NULL;
	firmware = (struct firmware){0};
	if (version)
		ck_assert_int_eq(firmware_parse(version, &firmware), 0);
}

START_TEST(not_every_phone_may_have_one)
{
	CLEANUP(free) char *request = NULL;
	const struct pki_cert *leaf = NULL;

	ask("ec");
	leaf = issue((struct pki_spec){.cn = MAC}, root);
	key_changes_reset();
	become(phones[_i].type, phones[_i].firmware, phones[_i].mac);
	ck_assert_int_eq(device_request(&context, "ec", &request, &refusal), 0);
	if (phones[_i].verdict == VERDICT__END) {
		ck_assert_int_eq(refusal.verdict, VERDICT__END);
		ck_assert_ptr_nonnull(request);
		return;
	}
	ck_assert_ptr_null(request);
	assert_refusal(phones[_i].verdict);
	ck_assert_int_eq(install(leaf, NULL), 0);
	assert_refusal(phones[_i].verdict);
	ck_assert_str_eq(key_changes(), "");
}
END_TEST

/* --- the key that waits --- */

START_TEST(a_request_makes_one_key_and_no_second)
{
	CLEANUP(free) char *first = NULL;
	CLEANUP(free) char *again = NULL;
	CLEANUP(free) char *other = NULL;

	ask("ec");
	ck_assert_str_eq(key_changes(), "write request.pem");
	first = scratch_read(WAITING);
	ask("ec");
	again = scratch_read(WAITING);
	ck_assert_str_eq(again, first);
	ck_assert_str_eq(key_changes(), "write request.pem");
	ask("rsa");
	other = scratch_read(WAITING);
	ck_assert_str_ne(other, first);
	ck_assert_ptr_null(strstr(other, "CERTIFICATE"));
	assert_in_force(NULL);
}
END_TEST

START_TEST(another_type_of_key_is_not_made)
{
	CLEANUP(free) char *request = NULL;

	ck_assert_int_eq(
		device_request(&context, "dsa", &request, &refusal), -EINVAL);
	ck_assert_ptr_null(request);
	ck_assert_str_eq(key_changes(), "");
}
END_TEST

START_TEST(a_request_whose_key_is_not_durable_is_none)
{
	CLEANUP(free) char *request = NULL;

	key_changes_cut_after(0);
	ck_assert_int_eq(
		device_request(&context, "ec", &request, &refusal), -EIO);
	ck_assert_ptr_null(request);
	ck_assert(!scratch_exists(WAITING));
}
END_TEST

/* --- installing --- */

static const struct {
	struct pki_spec leaf;
	enum verdict verdict;
} refused[] = {
	{{.cn = "000413AABBCD"}, VERDICT_IDENTITY_MAC_MISMATCH},
	{{.cn = "Snom Phone"}, VERDICT_IDENTITY_MAC_MISMATCH},
	{{.cn = MAC, .digest = "SHA1"}, VERDICT_WEAK_SIGNATURE},
	{{.cn = MAC, .not_after = PKI_NOW - 1}, VERDICT_EXPIRED},
	{{.cn = MAC, .not_before = PKI_NOW + 1}, VERDICT_NOT_YET_VALID},
	{{.cn = MAC, .bad_signature = true}, VERDICT_IDENTITY_ISSUER_UNKNOWN},
};

START_TEST(a_wrong_certificate_is_refused_and_nothing_is_changed)
{
	const struct pki_cert *before = installed();
	const struct pki_cert *leaf = NULL;

	ask("ec");
	leaf = issue(refused[_i].leaf, root);
	key_changes_reset();
	ck_assert_int_eq(install(leaf, NULL), 0);
	assert_refusal(refused[_i].verdict);
	ck_assert_str_eq(key_changes(), "");
	assert_in_force(before);
}
END_TEST

START_TEST(a_date_is_good_to_its_last_second)
{
	const struct pki_cert *leaf = NULL;

	ask("ec");
	leaf = issue(
		(struct pki_spec){
			.cn = MAC, .not_before = PKI_NOW, .not_after = PKI_NOW},
		root);
	ck_assert_int_eq(install(leaf, NULL), 0);
	ck_assert_int_eq(refusal.verdict, VERDICT__END);
	assert_in_force(leaf);
}
END_TEST

START_TEST(the_issuer_is_a_known_device_ca)
{
	const struct pki_cert *other = pki_root("Device Root");
	const struct pki_cert *leaf = NULL;

	ask("ec");
	leaf = issue((struct pki_spec){.cn = MAC}, other);
	ck_assert_int_eq(install(leaf, other), 0);
	assert_refusal(VERDICT_IDENTITY_ISSUER_UNKNOWN);
	leaf = issue((struct pki_spec){.cn = MAC}, root);
	identities.device_ca_count = 0;
	ck_assert_int_eq(install(leaf, root), 0);
	assert_refusal(VERDICT_IDENTITY_ISSUER_UNKNOWN);
	identities.device_ca_count = 1;
	ck_assert_int_eq(install(leaf, root), 0);
	ck_assert_int_eq(refusal.verdict, VERDICT__END);
}
END_TEST

static const struct {
	struct pki_spec middle;
	enum verdict verdict;
} middles[] = {
	{{.cn = "Middle", .ca = true}, VERDICT__END},
	{{.cn = "Middle"}, VERDICT_NOT_A_CA},
	{{.cn = "Middle", .ca = true, .digest = "SHA1"},
		VERDICT_WEAK_SIGNATURE},
	{{.cn = "Middle", .ca = true, .not_after = PKI_NOW - 1},
		VERDICT_EXPIRED},
};

START_TEST(each_certificate_of_the_chain_is_judged)
{
	const struct pki_cert *middle = pki_make(&middles[_i].middle, root);
	const struct pki_cert *leaf = NULL;

	ask("ec");
	leaf = issue((struct pki_spec){.cn = MAC}, middle);
	/* In any order. */
	ck_assert_int_eq(install(middle, leaf), 0);
	if (middles[_i].verdict == VERDICT__END) {
		ck_assert_int_eq(refusal.verdict, VERDICT__END);
		assert_in_force(leaf);
	} else {
		assert_refusal(middles[_i].verdict);
		assert_in_force(NULL);
	}
}
END_TEST

START_TEST(a_chain_for_another_key_or_for_none_is_refused)
{
	const struct pki_cert *leaf =
		pki_make(&(struct pki_spec){.cn = MAC}, root);

	ck_assert_int_eq(install(leaf, NULL), 0);
	assert_refusal(VERDICT_IDENTITY_NO_REQUEST);
	ask("ec");
	ck_assert_int_eq(install(leaf, NULL), 0);
	assert_refusal(VERDICT_IDENTITY_NOT_REQUESTED);
	ck_assert_int_eq(device_install(&context, NULL, 0, &refusal), 0);
	assert_refusal(VERDICT_IDENTITY_CERTIFICATE_MISSING);
}
END_TEST

START_TEST(what_is_no_certificate_is_refused)
{
	uint8_t zeroes[4] = {0};
	struct bytes chain = {zeroes, sizeof(zeroes)};

	ask("ec");
	ck_assert_int_eq(device_install(&context, &chain, 1, &refusal), 0);
	assert_refusal(VERDICT_NOT_DER);
}
END_TEST

START_TEST(one_certificate_too_many_is_refused)
{
	struct bytes chain[IDENTITY_MAX_CHAIN + 1];
	const struct pki_cert *leaf = NULL;

	ask("ec");
	leaf = issue((struct pki_spec){.cn = MAC}, root);
	chain[0] = leaf->der;
	for (size_t n = 1; n < ARRAY_SIZE(chain); n++)
		chain[n] = root->der;
	ck_assert_int_eq(
		device_install(&context, chain, ARRAY_SIZE(chain), &refusal),
		0);
	assert_refusal(VERDICT_IDENTITY_TOO_MANY);
	ck_assert_int_eq(
		device_install(&context, chain, IDENTITY_MAX_CHAIN, &refusal),
		0);
	ck_assert_int_eq(refusal.verdict, VERDICT__END);
	assert_in_force(leaf);
}
END_TEST

/* --- there and back --- */

START_TEST(there_is_nothing_to_go_back_to)
{
	ck_assert_int_eq(device_rollback(&config), -ENOENT);
	ck_assert_str_eq(key_changes(), "");
}
END_TEST

START_TEST(back_to_the_built_in_one_and_forth_again)
{
	const struct pki_cert *leaf = installed();

	ck_assert(!scratch_exists(WAITING));
	assert_in_force(leaf);
	ck_assert_int_eq(device_rollback(&config), 0);
	assert_in_force(NULL);
	ck_assert_int_eq(device_rollback(&config), 0);
	assert_in_force(leaf);
}
END_TEST

START_TEST(back_to_the_former_and_forth_again)
{
	const struct pki_cert *first = installed();
	const struct pki_cert *second = installed();
	const struct pki_cert *third = NULL;

	assert_in_force(second);
	ck_assert_int_eq(device_rollback(&config), 0);
	assert_in_force(first);
	ck_assert_int_eq(device_rollback(&config), 0);
	assert_in_force(second);
	third = installed();
	assert_in_force(third);
	ck_assert_int_eq(device_rollback(&config), 0);
	assert_in_force(second);
}
END_TEST

START_TEST(a_rollback_is_one_step)
{
	const struct pki_cert *first = installed();
	const struct pki_cert *second = installed();

	key_changes_reset();
	key_changes_cut_after(0);
	ck_assert_int_eq(device_rollback(&config), -EIO);
	assert_in_force(second);
	key_changes_reset();
	ck_assert_int_eq(device_rollback(&config), 0);
	ck_assert_str_eq(key_changes(), "write device");
	assert_in_force(first);
}
END_TEST

/* --- power cuts --- */

START_TEST(the_key_and_chain_are_durable_before_they_are_in_force)
{
	(void)installed();
	ck_assert_str_eq(key_changes(),
		"write request.pem, write device-a.pem, write device, remove request.pem");
	key_changes_reset();
	(void)installed();
	ck_assert_str_eq(key_changes(),
		"write request.pem, write device-b.pem, write device, remove request.pem");
	key_changes_reset();
	(void)installed();
	ck_assert_str_eq(key_changes(),
		"write request.pem, write device-a.pem, write device, remove request.pem");
}
END_TEST

/* Changes of an installation; before the second the old one is in force. */
#define INSTALL_CHANGES 3
#define IN_FORCE_AT 2

START_TEST(a_power_cut_leaves_the_old_one_or_the_new_one)
{
	const struct pki_cert *before = installed();
	const struct pki_cert *leaf = NULL;

	ask("ec");
	leaf = issue((struct pki_spec){.cn = MAC}, root);
	key_changes_cut_after((unsigned)_i);
	ck_assert_int_eq(install(leaf, NULL), -EIO);
	key_changes_reset();
	assert_in_force(_i < IN_FORCE_AT ? before : leaf);
	/* Done again, it is whole, and the former is still there. */
	ck_assert_int_eq(install(leaf, NULL), 0);
	ck_assert_int_eq(refusal.verdict, VERDICT__END);
	assert_in_force(leaf);
	ck_assert(!scratch_exists(WAITING));
	ck_assert_int_eq(device_rollback(&config), 0);
	assert_in_force(before);
}
END_TEST

TCase *device_tests(void)
{
	TCase *tc = tcase_create("device");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, not_every_phone_may_have_one, 0, ARRAY_SIZE(phones));
	tcase_add_test(tc, a_request_makes_one_key_and_no_second);
	tcase_add_test(tc, another_type_of_key_is_not_made);
	tcase_add_test(tc, a_request_whose_key_is_not_durable_is_none);
	tcase_add_loop_test(tc,
		a_wrong_certificate_is_refused_and_nothing_is_changed, 0,
		ARRAY_SIZE(refused));
	tcase_add_test(tc, a_date_is_good_to_its_last_second);
	tcase_add_test(tc, the_issuer_is_a_known_device_ca);
	tcase_add_loop_test(tc, each_certificate_of_the_chain_is_judged, 0,
		ARRAY_SIZE(middles));
	tcase_add_test(tc, a_chain_for_another_key_or_for_none_is_refused);
	tcase_add_test(tc, what_is_no_certificate_is_refused);
	tcase_add_test(tc, one_certificate_too_many_is_refused);
	tcase_add_test(tc, there_is_nothing_to_go_back_to);
	tcase_add_test(tc, back_to_the_built_in_one_and_forth_again);
	tcase_add_test(tc, back_to_the_former_and_forth_again);
	tcase_add_test(tc, a_rollback_is_one_step);
	tcase_add_test(
		tc, the_key_and_chain_are_durable_before_they_are_in_force);
	tcase_add_loop_test(tc, a_power_cut_leaves_the_old_one_or_the_new_one,
		0, INSTALL_CHANGES);
	return tc;
}
