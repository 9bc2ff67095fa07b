/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a store that was written before there were roles. */
#include "daemon/certprovd/trust/roles.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovd/store/store-internal.h"
#include "lib/provisioning/judge.h"
#include "tests/unit/certprovd/store/store-fixture.h"
#include "tests/unit/pki.h"

#define WITH_RULE "8.9.3.40"
#define WITHOUT_RULE "10.1.33.33"
#define STEP_BEFORE_ROLES 3

test_case_maker roles_tests;

static const struct pki_cert *root;
static const struct pki_cert *own;       /* signs itself */
static const struct pki_cert *signed_ca; /* by the root */
static struct config config;
static struct phone phone;
static struct roles roles;
static struct roles_settled settled;

static void setup(void)
{
	store_setup();
	root = pki_root("Root");
	own = pki_root("Own");
	signed_ca = pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, root);
	config = (struct config){0};
	phone = (struct phone){.firmware = (char *)WITHOUT_RULE};
	settled = (struct roles_settled){0};
}

static void teardown(void)
{
	store_teardown();
	pki_free_all();
}

static void put_row(sqlite3 *db, const struct pki_cert *c, const char *origin,
	bool authenticated)
{
	sqlite3_stmt *add = NULL;

	ck_assert_int_eq(
		sqlite3_prepare_v2(db,
			"INSERT INTO certificate (sha256, der, origin, line,"
			" run, added, authenticated)"
			" VALUES (?, ?, ?, 1, 1, 1, ?)",
			-1, &add, NULL),
		SQLITE_OK);
	(void)sqlite3_bind_blob(add, 1, c->sha256, SHA256_BYTES, SQLITE_STATIC);
	(void)sqlite3_bind_blob(
		add, 2, c->der.data, (int)c->der.len, SQLITE_STATIC);
	(void)sqlite3_bind_text(add, 3, origin, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int(add, 4, authenticated);
	ck_assert_int_eq(sqlite3_step(add), SQLITE_DONE);
	ck_assert_int_eq(sqlite3_finalize(add), SQLITE_OK);
}

/* A store as the version before left it, opened by this one. */
static void open_old(
	const char *origin, const struct pki_cert *c, bool authenticated)
{
	sqlite3 *db = NULL;

	close_store();
	ck_assert_int_eq(unlink(scratch_path("trust.db")), 0);
	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
	ck_assert_int_eq(
		store_schema_migrate(db, 0, STEP_BEFORE_ROLES), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db,
			"INSERT INTO meta VALUES"
			" ('store', '00112233445566778899aabbccddeeff'),"
			" ('generation', 41)",
			NULL, NULL, NULL),
		SQLITE_OK);
	put_row(db, c, origin, authenticated);
	ck_assert_int_eq(sqlite3_close(db), 0);
	reopen_store();
	ck_assert_uint_eq(events[STORE_MIGRATED], 1);
}

static int take_lists(void *userdata, const struct store_certificate *c)
{
	unsigned *lists = userdata;

	*lists = roles_lists(&roles, c);
	return 0;
}

static int take_role(void *userdata, const struct store_certificate *c)
{
	enum store_role *role = userdata;

	*role = c->role;
	return 0;
}

static unsigned lists_of(const struct pki_cert *c)
{
	unsigned lists = 0;

	ck_assert_int_eq(
		store_find_certificate(store, c->sha256, take_lists, &lists),
		0);
	return lists;
}

static enum store_role role_of(const struct pki_cert *c)
{
	enum store_role role = STORE_ROLE__END;

	ck_assert_int_eq(
		store_find_certificate(store, c->sha256, take_role, &role), 0);
	return role;
}

static void settle(void)
{
	ck_assert_int_eq(roles_settle(&roles, store, &settled), 0);
}

/* --- judging again --- */

enum which {
	OWN,
	SIGNED,
};

static const struct {
	const char *firmware;
	enum bootstrap mode;
	bool pinned;
	bool authenticated;
	enum which which;
	unsigned lists;
} again[] = {
	{WITHOUT_RULE, BOOTSTRAP_OPEN, false, false, SIGNED, ANCHOR_SERVER},
	{WITHOUT_RULE, BOOTSTRAP_UNTIL_AUTHENTICATED, false, false, SIGNED,
		ANCHOR_SERVER},
	{WITHOUT_RULE, BOOTSTRAP_OPEN, false, true, SIGNED,
		(unsigned)ANCHOR_SERVER | (unsigned)ANCHOR_AUTHENTICATED},
	{WITHOUT_RULE, BOOTSTRAP_PINNED, false, false, SIGNED,
		ANCHOR_INTERMEDIATE},
	{WITHOUT_RULE, BOOTSTRAP_PINNED, false, true, SIGNED,
		(unsigned)ANCHOR_INTERMEDIATE | (unsigned)ANCHOR_AUTHENTICATED},
	{WITHOUT_RULE, BOOTSTRAP_PINNED, true, false, SIGNED,
		(unsigned)ANCHOR_SERVER | (unsigned)ANCHOR_AUTHENTICATED},
	{WITHOUT_RULE, BOOTSTRAP_PINNED, false, false, OWN, ANCHOR_SERVER},
	{WITH_RULE, BOOTSTRAP_OPEN, false, false, SIGNED, ANCHOR_INTERMEDIATE},
	{WITH_RULE, BOOTSTRAP_OPEN, true, false, SIGNED,
		(unsigned)ANCHOR_INTERMEDIATE | (unsigned)ANCHOR_AUTHENTICATED},
	{WITH_RULE, BOOTSTRAP_OPEN, false, false, OWN, ANCHOR_SERVER},
	/* an unknown version is restrictive */
	{NULL, BOOTSTRAP_OPEN, false, false, SIGNED, ANCHOR_INTERMEDIATE},
};

START_TEST(what_was_accepted_before_is_judged_by_what_is_in_force_now)
{
	const struct pki_cert *c = again[_i].which == OWN ? own : signed_ca;
	bool anchor = again[_i].lists & (unsigned)ANCHOR_SERVER;

	phone.firmware = (char *)again[_i].firmware;
	config.bootstrap = again[_i].mode;
	config.pins.sha256 = (uint8_t(*)[SHA256_BYTES])c->sha256;
	config.pins.count = again[_i].pinned ? 1 : 0;
	roles_init(&roles, &config, &phone);
	open_old("provisioned-url", c, again[_i].authenticated);
	/* Before it is written down the answer is the same. */
	ck_assert_int_eq(role_of(c), STORE_ROLE_NONE);
	ck_assert_uint_eq(lists_of(c), again[_i].lists);
	settle();
	ck_assert_uint_eq(settled.anchors, anchor ? 1 : 0);
	ck_assert_uint_eq(settled.intermediates, anchor ? 0 : 1);
	ck_assert_uint_gt(store_generation(store), 41);
	reopen_store();
	ck_assert_int_eq(role_of(c),
		anchor ? STORE_ROLE_ANCHOR : STORE_ROLE_INTERMEDIATE);
	ck_assert_uint_eq(lists_of(c), again[_i].lists);
}
END_TEST

static const enum pki_key kinds_of_keys[] = {
	PKI_P256, PKI_RSA_2048, PKI_ED25519};

/* Keys are decoded where signatures of their kind cannot be checked. */
START_TEST(what_signs_itself_is_known_by_any_kind_of_key)
{
	const struct pki_cert *c = pki_make(
		&(struct pki_spec){
			.cn = "Own", .ca = true, .key = kinds_of_keys[_i]},
		NULL);

	phone.firmware = (char *)WITH_RULE;
	roles_init(&roles, &config, &phone);
	open_old("provisioned-url", c, false);
	settle();
	ck_assert_int_eq(role_of(c), STORE_ROLE_ANCHOR);
}
END_TEST

START_TEST(what_is_settled_stays_whatever_is_in_force_later)
{
	config.bootstrap = BOOTSTRAP_PINNED;
	roles_init(&roles, &config, &phone);
	open_old("provisioned-base64", signed_ca, false);
	settle();
	config.bootstrap = BOOTSTRAP_OPEN;
	settle();
	ck_assert_uint_eq(settled.anchors + settled.intermediates, 0);
	ck_assert_uint_eq(lists_of(signed_ca), ANCHOR_INTERMEDIATE);
}
END_TEST

START_TEST(an_upload_was_always_accepted_for_who_signed_it)
{
	roles_init(&roles, &config, &phone);
	open_old("uploaded", signed_ca, false);
	ck_assert_int_eq(role_of(signed_ca), STORE_ROLE_INTERMEDIATE);
	ck_assert_uint_eq(lists_of(signed_ca),
		(unsigned)ANCHOR_INTERMEDIATE | (unsigned)ANCHOR_AUTHENTICATED);
	settle();
	ck_assert_uint_eq(settled.intermediates, 0);
}
END_TEST

START_TEST(what_is_there_for_an_exception_gets_no_role)
{
	roles_init(&roles, &config, &phone);
	open_old("exception", signed_ca, false);
	settle();
	ck_assert_uint_eq(settled.anchors + settled.intermediates, 0);
	ck_assert_int_eq(role_of(signed_ca), STORE_ROLE_NONE);
}
END_TEST

/* --- the store --- */

static bool add_as(const struct pki_cert *c, enum store_role role)
{
	struct store_certificate row = {
		.der = c->der.data,
		.der_len = c->der.len,
		.origin = role == STORE_ROLE_INTERMEDIATE
			? STORE_ORIGIN_UPLOADED
			: "provisioned-url",
		.role = role,
	};
	bool added = false;

	memcpy(row.sha256, c->sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &row, &added), 0);
	ck_assert_int_eq(store_commit(store), 0);
	return added;
}

START_TEST(an_intermediate_becomes_an_anchor_and_never_the_other_way)
{
	uint64_t generation = 0;

	ck_assert(add_as(signed_ca, STORE_ROLE_INTERMEDIATE));
	ck_assert(!add_as(signed_ca, STORE_ROLE_INTERMEDIATE));
	generation = store_generation(store);
	ck_assert(add_as(signed_ca, STORE_ROLE_ANCHOR));
	ck_assert_uint_eq(store_generation(store), generation + 1);
	reopen_store();
	ck_assert_int_eq(role_of(signed_ca), STORE_ROLE_ANCHOR);
	ck_assert(!add_as(signed_ca, STORE_ROLE_INTERMEDIATE));
	ck_assert_int_eq(role_of(signed_ca), STORE_ROLE_ANCHOR);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 1);
}
END_TEST

TCase *roles_tests(void)
{
	TCase *tc = tcase_create("roles");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_loop_test(tc,
		what_was_accepted_before_is_judged_by_what_is_in_force_now, 0,
		ARRAY_SIZE(again));
	tcase_add_loop_test(tc, what_signs_itself_is_known_by_any_kind_of_key,
		0, ARRAY_SIZE(kinds_of_keys));
	tcase_add_test(tc, what_is_settled_stays_whatever_is_in_force_later);
	tcase_add_test(tc, an_upload_was_always_accepted_for_who_signed_it);
	tcase_add_test(tc, what_is_there_for_an_exception_gets_no_role);
	tcase_add_test(
		tc, an_intermediate_becomes_an_anchor_and_never_the_other_way);
	return tc;
}
