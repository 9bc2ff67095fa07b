/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/presented.h"

#include "lib/base/hex.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

static const struct pki_cert *root, *upper, *lower, *leaf, *stranger;
static struct chain chain;
static struct presented presented;

static void setup(void)
{
	const struct pki_spec ca = {.cn = "Upper", .ca = true};
	const struct pki_spec below = {.cn = "Lower", .ca = true};

	root = pki_root("Root");
	upper = pki_make(&ca, root);
	lower = pki_make(&below, upper);
	leaf = pki_leaf("DNS:a.example", lower);
	stranger = pki_root("Stranger");
}

static void teardown(void)
{
	presented_done(&presented);
	chain_done(&chain);
	pki_free_all();
}

static void send(const struct pki_cert *c)
{
	ck_assert_int_eq(chain_add(&chain, c->der.data, c->der.len), 0);
}

/* The notes with a path of these, or without one. */
static void look(const struct pki_cert *const *path, size_t count)
{
	char hex[8][SHA256_HEX_SIZE];
	const char *texts[8];

	for (size_t i = 0; i < count; i++) {
		hex_format(path[i]->sha256, SHA256_BYTES, hex[i]);
		texts[i] = hex[i];
	}
	ck_assert_int_eq(presented_new(&chain, texts, count, &presented), 0);
	ck_assert_uint_eq(presented.count, chain.count);
}

START_TEST(what_stands_where_it_belongs_has_no_note)
{
	const struct pki_cert *path[] = {leaf, lower, upper, root};

	send(leaf);
	send(lower);
	send(upper);
	look(path, 4);
	ck_assert(!presented_has_notes(&presented));
	ck_assert_str_eq(presented_note_text(presented.notes[2]), "");
}
END_TEST

START_TEST(an_anchor_that_is_sent_is_noted)
{
	const struct pki_cert *path[] = {leaf, lower, upper, root};

	send(leaf);
	send(lower);
	send(upper);
	send(root);
	look(path, 4);
	ck_assert_int_eq(presented.notes[2], NOTE_NONE);
	ck_assert_int_eq(presented.notes[3], NOTE_ANCHOR);
}
END_TEST

START_TEST(a_leaf_that_is_the_anchor_has_no_note)
{
	send(leaf);
	look(&leaf, 1);
	ck_assert(!presented_has_notes(&presented));
}
END_TEST

START_TEST(what_comes_too_late_is_out_of_order)
{
	const struct pki_cert *path[] = {leaf, lower, upper, root};

	send(leaf);
	send(upper);
	send(lower);
	look(path, 4);
	ck_assert_int_eq(presented.notes[1], NOTE_NONE);
	ck_assert_int_eq(presented.notes[2], NOTE_OUT_OF_ORDER);
}
END_TEST

START_TEST(what_the_path_does_not_need_is_superfluous)
{
	const struct pki_cert *path[] = {leaf, lower};

	send(leaf);
	send(stranger);
	send(upper);
	send(leaf);
	look(path, 2);
	ck_assert_int_eq(presented.notes[0], NOTE_NONE);
	ck_assert_int_eq(presented.notes[1], NOTE_SUPERFLUOUS);
	ck_assert_int_eq(presented.notes[2], NOTE_SUPERFLUOUS);
	ck_assert_int_eq(presented.notes[3], NOTE_REPEATED);
}
END_TEST

START_TEST(without_a_path_the_names_tell)
{
	send(leaf);
	send(stranger);
	send(upper);
	send(lower);
	send(root);
	look(NULL, 0);
	ck_assert_int_eq(presented.notes[0], NOTE_NONE);
	ck_assert_int_eq(presented.notes[1], NOTE_SUPERFLUOUS);
	ck_assert_int_eq(presented.notes[2], NOTE_NONE);
	ck_assert_int_eq(presented.notes[3], NOTE_OUT_OF_ORDER);
	ck_assert_int_eq(presented.notes[4], NOTE_NONE);
}
END_TEST

START_TEST(what_does_not_decode_is_noted_and_never_found)
{
	ck_assert_int_eq(chain_add(&chain, "x", 1), 0);
	send(leaf);
	look(NULL, 0);
	ck_assert_int_eq(presented.notes[0], NOTE_UNDECODABLE);
	ck_assert_int_eq(presented.notes[1], NOTE_SUPERFLUOUS);
	ck_assert_uint_eq(presented_find(&presented, "x"), 2);
}
END_TEST

test_case_maker presented_tests;

TCase *presented_tests(void)
{
	TCase *tc = tcase_create("presented");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_stands_where_it_belongs_has_no_note);
	tcase_add_test(tc, an_anchor_that_is_sent_is_noted);
	tcase_add_test(tc, a_leaf_that_is_the_anchor_has_no_note);
	tcase_add_test(tc, what_comes_too_late_is_out_of_order);
	tcase_add_test(tc, what_the_path_does_not_need_is_superfluous);
	tcase_add_test(tc, without_a_path_the_names_tell);
	tcase_add_test(tc, what_does_not_decode_is_noted_and_never_found);
	return tc;
}
