/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/api.h"
#include "daemon/certprovd/api/reply-certificate.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/trust/change-counter.h"
#include "lib/trust/snapshot.h"
#include "tests/unit/certprovd/api/api-fixture.h"
#include "tests/unit/contract.h"
#include "tests/unit/runner.h"

#define MANY 100

/* --- ListCertificates --- */

static const cJSON *certificate_of(const struct caller *c, int n)
{
	return member(reply(c, n), "certificate");
}

START_TEST(every_certificate_is_a_reply_and_the_last_does_not_continue)
{
	const struct pki_cert *server = pki_root("Server");
	const struct pki_cert *stranger = pki_root("Stranger");
	const struct caller *c = NULL;

	add_server(server, NULL);
	add_unknown(stranger, "pbx.example");
	c = call_more("ListCertificates", "{}");
	ck_assert_uint_eq(c->count, 3);
	ck_assert_str_eq(text(certificate_of(c, 0), "sha256"), hex(authority));
	ck_assert_str_eq(text(certificate_of(c, 1), "sha256"), hex(server));
	ck_assert_str_eq(text(certificate_of(c, 2), "sha256"), hex(stranger));
	ck_assert(continues(c, 0) && continues(c, 1) && !continues(c, 2));
	ck_assert_str_eq(text(reply(c, 2), "store"), store_id(the_api.store));
	ck_assert_int_eq(number(reply(c, 2), "generation"),
		(int64_t)store_generation(the_api.store));
	ck_assert_ptr_null(c->req);
}
END_TEST

START_TEST(a_list_can_be_chosen)
{
	static const char *const lists[] = {
		"authorities", "servers", "unknown"};
	const struct pki_cert *server = pki_root("Server");
	const struct pki_cert *stranger = pki_root("Stranger");
	const struct pki_cert *expected[] = {authority, server, stranger};

	add_server(server, NULL);
	add_unknown(stranger, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct caller *c = call_more(
			"ListCertificates", "{'list':'%s'}", lists[i]);

		ck_assert_uint_eq(c->count, 1);
		ck_assert_str_eq(
			text(certificate_of(c, 0), "sha256"), hex(expected[i]));
		ck_assert(has_text(
			member(certificate_of(c, 0), "lists"), lists[i]));
	}
	ck_assert_str_eq(
		error_of(call_more("ListCertificates", "{'list':'all'}")),
		VARLINK_INVALID_PARAMETER);
}
END_TEST

/* What a program may believe without asking. */
START_TEST(anchors_are_what_is_exported)
{
	const struct pki_cert *server = pki_root("Server");
	const struct pki_cert *copy = pki_make(
		&(struct pki_spec){
			.cn = "Server", .ca = true, .same_key = server},
		NULL);
	const struct pki_cert *between = pki_make(
		&(struct pki_spec){.cn = "Between", .ca = true}, authority);
	const struct caller *c = NULL;

	add_server(server, NULL);
	add_server(copy, NULL);
	add_server(pki_leaf("DNS:a.example", authority), NULL);
	add_unknown(pki_root("Stranger"), NULL);
	add_intermediate(between);
	c = call_more("ListCertificates", "{'list':'anchors','withDer':true}");
	ck_assert_uint_eq(c->count, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(text(certificate_of(c, i), "role"), "anchor");
		ck_assert_ptr_nonnull(member(certificate_of(c, i), "der"));
	}
	/* One is distrusted, and with it whatever has its name and key. */
	call("admin.Distrust", "{'kind':'certificate','sha256':'%s'}",
		hex(server));
	c = call_more("ListCertificates", "{'list':'anchors'}");
	ck_assert_uint_eq(c->count, 1);
	ck_assert_str_eq(text(certificate_of(c, 0), "sha256"), hex(authority));
}
END_TEST

START_TEST(role_is_told_of_what_has_one)
{
	const struct pki_cert *between = pki_make(
		&(struct pki_spec){.cn = "Between", .ca = true}, authority);
	const struct pki_cert *stranger = pki_root("Stranger");
	const struct pki_cert *all[] = {authority, between, stranger};
	static const char *const expected[] = {"anchor", "intermediate", NULL};

	add_unknown(stranger, "pbx.example");
	add_intermediate(between);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const cJSON *row = member(
			reply(call("Get", "{'sha256':'%s'}", hex(all[i])), 0),
			"certificate");

		if (expected[i])
			ck_assert_str_eq(text(row, "role"), expected[i]);
		else
			ck_assert_ptr_null(member(row, "role"));
	}
	/* nor of what is there for an exception alone */
	call("admin.AddException", "{'sha256':'%s'}", hex(stranger));
	ck_assert_ptr_null(
		member(reply(call("Get", "{'sha256':'%s'}", hex(stranger)), 0),
			"certificate.role"));
}
END_TEST

START_TEST(an_empty_list_is_one_reply_without_a_certificate)
{
	const struct caller *c =
		call_more("ListCertificates", "{'list':'unknown'}");

	ck_assert_uint_eq(c->count, 1);
	ck_assert(!continues(c, 0));
	ck_assert_ptr_null(certificate_of(c, 0));
	ck_assert_str_eq(text(reply(c, 0), "store"), store_id(the_api.store));
}
END_TEST

START_TEST(a_list_without_more_is_refused)
{
	ck_assert_str_eq(error_of(call("ListCertificates", "{}")),
		VARLINK_EXPECTED_MORE);
	ck_assert_str_eq(
		error_of(call("Monitor", "{}")), VARLINK_EXPECTED_MORE);
}
END_TEST

START_TEST(a_certificate_in_two_lists_comes_once)
{
	const struct caller *c = NULL;

	add_server(authority, NULL);
	add_unknown(authority, NULL);
	c = call_more("ListCertificates", "{}");
	ck_assert_uint_eq(c->count, 1);
	ck_assert_int_eq(
		cJSON_GetArraySize(member(certificate_of(c, 0), "lists")), 3);
}
END_TEST

static void add_many(void)
{
	for (unsigned i = 0; i < MANY; i++)
		add_unknown(pki_root("Stranger"), NULL);
}

START_TEST(a_long_list_is_sent_over_several_turns)
{
	struct caller *c = NULL;

	add_many();
	c = call_more("ListCertificates", "{}");
	ck_assert_uint_eq(c->count, MANY + 1);
	ck_assert(!continues(c, MANY));
	ck_assert_ptr_null(c->req);
}
END_TEST

START_TEST(who_does_not_read_is_not_sent_more)
{
	static const struct caller slow = {.room = 5};
	struct caller *c = NULL;

	add_many();
	c = call_as(&slow, true, "ListCertificates", "");
	ck_assert_uint_eq(c->count, 5);
	read_all_replies(c);
	ck_assert_uint_eq(c->count, 10);
	for (unsigned i = 0; i < MANY; i++)
		read_all_replies(c);
	ck_assert_uint_eq(c->count, MANY + 1);
	ck_assert_ptr_null(c->req);
}
END_TEST

/* Before it says anything a list looks at all that it is of, and at more to say
 * what is exported. */
START_TEST(a_list_costs_its_length_however_little_is_read)
{
	static const struct caller slow = {.room = 1};
	unsigned alone = 0;

	alone = call_as(&slow, true, "ListCertificates", "{'list':'unknown'}")
			->work;
	add_many();
	ck_assert_uint_eq(
		call_as(&slow, true, "ListCertificates", "{'list':'unknown'}")
			->work,
		alone + MANY * REPLY_CERTIFICATE_LISTED_WORK);
	ck_assert_uint_eq(
		call_as(&slow, true, "ListCertificates", "{'list':'anchors'}")
			->work,
		alone + (MANY + 1) * REPLY_CERTIFICATE_LISTED_WORK);
}
END_TEST

START_TEST(who_goes_while_a_list_is_sent_leaves_nothing_behind)
{
	static const struct caller slow = {.room = 5};
	struct caller *c = NULL;

	add_many();
	c = call_as(&slow, true, "ListCertificates", "");
	hang_up(c);
	turn();
	ck_assert_uint_eq(c->count, 5);
	c = call_as(&slow, true, "ListCertificates", "");
	c->failure = -ENOBUFS;
	read_all_replies(c);
	ck_assert_uint_eq(c->count, 5);
}
END_TEST

START_TEST(what_is_removed_while_a_list_is_sent_is_left_out)
{
	static const struct caller slow = {.room = 1};
	const struct pki_cert *first = pki_root("First");
	const struct pki_cert *second = pki_root("Second");
	const struct pki_cert *third = pki_root("Third");
	struct caller *c = NULL;

	add_unknown(third, NULL);
	add_unknown(second, NULL);
	add_unknown(first, NULL);
	c = call_as(&slow, true, "ListCertificates", "{'list':'unknown'}");
	ck_assert(unknown_remove(the_api.unknown, third->sha256));
	for (unsigned i = 0; i < 4; i++)
		read_all_replies(c);
	ck_assert_uint_eq(c->count, 2);
	ck_assert_str_eq(text(certificate_of(c, 1), "sha256"), hex(second));
	ck_assert(!continues(c, 1));
}
END_TEST

/* --- Get --- */

START_TEST(get_tells_where_a_certificate_came_from)
{
	const struct pki_cert *server = pki_root("Server");
	const cJSON *c = NULL;

	add_server(server, "https://user:secret@pbx.example/ca.der");
	c = certificate_of(call("Get", "{'sha256':'%s'}", hex(server)), 0);
	ck_assert_str_eq(text(c, "origin"), "provisioned-url");
	ck_assert_str_eq(text(c, "subject"), "CN=Server");
	ck_assert_str_eq(text(c, "document"), "http://pbx.example/d785.xml");
	ck_assert_int_eq(number(c, "line"), 7);
	ck_assert_int_eq(number(c, "run"), 3);
	ck_assert_str_eq(text(c, "added"), "2026-05-28T20:26:40Z");
	ck_assert_str_eq(text(c, "keyType"), "ec");
	ck_assert_int_eq(number(c, "keyBits"), 256);
	ck_assert(cJSON_IsTrue(member(c, "ca")));
	ck_assert_ptr_null(member(c, "der"));
	ck_assert_ptr_nonnull(strstr(text(c, "url"), "pbx.example/ca.der"));
	ck_assert_ptr_null(strstr(text(c, "url"), "secret"));
}
END_TEST

START_TEST(get_with_der_has_the_certificate_itself)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	const cJSON *c = certificate_of(
		call("Get", "{'sha256':'%s','withDer':true}", hex(authority)),
		0);

	ck_assert_str_eq(text(c, "origin"), "firmware");
	ck_assert_int_eq(base64_decode(text(c, "der"), 0, &der), 0);
	ck_assert_uint_eq(der.len, authority->der.len);
	ck_assert_mem_eq(der.data, authority->der.data, der.len);
}
END_TEST

START_TEST(get_tells_key_and_constraints_and_a_list_does_not)
{
	char key[SHA256_HEX_SIZE];
	const cJSON *c = certificate_of(
		call("Get", "{'sha256':'%s'}", hex(authority)), 0);

	hex_format(authority->spki_sha256, SHA256_BYTES, key);
	ck_assert_str_eq(text(c, "keySha256"), key);
	ck_assert(has_text(
		member(c, "constraints"), "basicConstraints: CA:TRUE"));
	c = certificate_of(
		call_more("ListCertificates", "{'list':'authorities'}"), 0);
	ck_assert_ptr_null(member(c, "keySha256"));
	ck_assert_ptr_null(member(c, "constraints"));
}
END_TEST

START_TEST(the_chain_that_was_sent_comes_with_its_subjects)
{
	uint8_t garbage[] = "no certificate";
	const struct pki_cert *issuer = pki_root("Issuer");
	const struct pki_cert *leaf = pki_leaf("DNS:a.example", issuer);
	struct bytes chain[] = {leaf->der, issuer->der,
		{.data = garbage, .len = sizeof(garbage)}};
	const cJSON *subjects = NULL;

	ck_assert_int_eq(unknown_add(the_api.unknown,
				 &(struct rejection){.chain = chain,
					 .chain_count = ARRAY_SIZE(chain),
					 .result = "malformed"},
				 NULL),
		0);
	subjects = member(
		certificate_of(call("Get", "{'sha256':'%s','withDer':true}",
				       hex(leaf)),
			0),
		"chainSubjects");
	ck_assert_int_eq(cJSON_GetArraySize(subjects), 2);
	ck_assert_str_eq(
		cJSON_GetArrayItem(subjects, 0)->valuestring, "CN=Issuer");
	ck_assert_str_eq(cJSON_GetArrayItem(subjects, 1)->valuestring,
		"(cannot be decoded)");
}
END_TEST

START_TEST(an_unknown_certificate_tells_who_saw_it_where)
{
	const struct pki_cert *stranger = pki_root("Stranger");
	const cJSON *c = NULL;

	add_unknown(stranger, "pbx.example");
	c = certificate_of(call("Get", "{'sha256':'%s'}", hex(stranger)), 0);
	ck_assert_str_eq(text(c, "origin"), "connection");
	ck_assert(has_text(member(c, "hosts"), "pbx.example"));
	ck_assert(has_text(member(c, "results"), "issuer-not-trusted"));
	ck_assert(has_text(member(c, "reporters"), "fetcher"));
	ck_assert_int_eq(number(c, "seen"), 1);
}
END_TEST

START_TEST(bytes_that_are_no_certificate_are_listed_all_the_same)
{
	uint8_t garbage[] = "no certificate";
	struct bytes chain = {.data = garbage, .len = sizeof(garbage)};
	const cJSON *c = NULL;

	ck_assert_int_eq(unknown_add(the_api.unknown,
				 &(struct rejection){.chain = &chain,
					 .chain_count = 1,
					 .result = "malformed"},
				 NULL),
		0);
	c = certificate_of(
		call_more("ListCertificates", "{'list':'unknown'}"), 0);
	ck_assert_str_eq(text(c, "subject"), "(cannot be decoded)");
	ck_assert(has_text(member(c, "results"), "malformed"));
}
END_TEST

START_TEST(get_of_none_names_the_fingerprint)
{
	const struct pki_cert *nobody = pki_root("Nobody");
	const struct caller *c = call("Get", "{'sha256':'%s'}", hex(nobody));

	ck_assert_str_eq(error_of(c), "io.certprov.trust.NoSuchCertificate");
	ck_assert_str_eq(text(c->replies[0], "parameters.sha256"), hex(nobody));
	ck_assert_str_eq(error_of(call("Get", "{'sha256':'ab'}")),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(
		error_of(call("Get", "{}")), VARLINK_INVALID_PARAMETER);
}
END_TEST

START_TEST(get_tells_the_last_run_that_found_it)
{
	const struct pki_cert *server = pki_root("Server");
	int64_t run = 0;
	const cJSON *c = NULL;

	add_server(server, NULL);
	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(store_run_start(the_api.store,
				 &(struct store_run){.started = PKI_NOW}, &run),
		0);
	ck_assert_int_eq(store_run_outcome(the_api.store, run,
				 &(struct store_line){.kind = "certificate",
					 .result = "accepted",
					 .sha256 = hex(server),
					 .json = "{}"}),
		0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	c = certificate_of(call("Get", "{'sha256':'%s'}", hex(server)), 0);
	ck_assert_int_eq(number(c, "lastRun"), run);
	ck_assert_str_eq(text(c, "lastSeen"), "2026-05-28T20:26:40Z");
	ck_assert_ptr_null(member(c, "missingRun"));
	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(store_note_missing(the_api.store, server->sha256,
				 run + 1, PKI_NOW + 1),
		0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	c = certificate_of(
		call_more("ListCertificates", "{'list':'servers'}"), 0);
	ck_assert_int_eq(number(c, "lastRun"), run);
	ck_assert_int_eq(number(c, "missingRun"), run + 1);
	ck_assert_str_eq(text(c, "missingSince"), "2026-05-28T20:26:41Z");
}
END_TEST

/* --- Monitor --- */

START_TEST(a_monitor_hears_at_once_and_of_every_change)
{
	struct caller *c = call_more("Monitor", "{}");

	ck_assert_uint_eq(c->count, 1);
	ck_assert_int_eq(number(reply(c, 0), "generation"),
		(int64_t)store_generation(the_api.store));
	add_server(pki_root("Server"), NULL);
	ck_assert_uint_eq(c->count, 2);
	ck_assert_int_eq(number(reply(c, 1), "generation"),
		(int64_t)store_generation(the_api.store));
	ck_assert_int_gt(number(reply(c, 1), "generation"),
		number(reply(c, 0), "generation"));
	ck_assert(continues(c, 1));
}
END_TEST

START_TEST(a_monitor_that_does_not_read_hears_of_the_last_change_only)
{
	static const struct caller slow = {.room = 1};
	struct caller *c = call_as(&slow, true, "Monitor", "");

	for (unsigned i = 0; i < 3; i++)
		add_server(pki_root("Server"), NULL);
	ck_assert_uint_eq(c->count, 1);
	read_all_replies(c);
	ck_assert_uint_eq(c->count, 2);
	ck_assert_int_eq(number(reply(c, 1), "generation"),
		(int64_t)store_generation(the_api.store));
	read_all_replies(c);
	ck_assert_uint_eq(c->count, 2);
}
END_TEST

START_TEST(monitors_that_go_are_forgotten)
{
	struct caller *first = call_more("Monitor", "{}");
	struct caller *second = call_more("Monitor", "{}");
	struct caller *third = call_more("Monitor", "{}");

	hang_up(second);
	third->failure = -ENOBUFS;
	refresh();
	refresh();
	ck_assert_uint_eq(first->count, 3);
	ck_assert_uint_eq(second->count, 1);
	ck_assert_uint_eq(third->count, 1);
}
END_TEST

/* --- Snapshot, Rules --- */

START_TEST(a_snapshot_is_what_the_trust_is)
{
	CLEANUP(trust_free) struct trust *trust = NULL;
	const struct pki_cert *server = pki_root("Server");
	struct caller *c = NULL;
	struct caller *again = NULL;
	char byte = 0;

	add_server(server, NULL);
	c = call("Snapshot", "{}");
	again = call("Snapshot", "{}");
	ck_assert_int_ge(c->fd, 0);
	ck_assert_int_eq(
		lseek(c->fd, 0, SEEK_END), number(reply(c, 0), "size"));
	/* One open file for all: who moves its position disturbs nobody that
	 * reads as it should. */
	ck_assert_int_eq(
		lseek(again->fd, 0, SEEK_CUR), number(reply(c, 0), "size"));
	ck_assert_int_eq(fcntl(c->fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	ck_assert_int_lt(write(c->fd, &byte, 1), 0);
	ck_assert_int_eq(snapshot_open(again->fd, &trust), 0);
	ck_assert_ptr_nonnull(anchors_find(trust->anchors, server->sha256));
	ck_assert_uint_eq(trust->generation, store_generation(the_api.store));
	ck_assert_str_eq(trust->store, text(reply(c, 0), "store"));
}
END_TEST

static struct change_view *view;
static unsigned told;

/* Whoever hears of a change can see it. */
static void hear(void *userdata, enum trust_change change)
{
	(void)change;
	ck_assert_uint_gt(change_view_count(view), *(unsigned *)userdata);
	told++;
}

START_TEST(what_is_decoded_stays_so_over_a_change)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	CLEANUP(certificate_free) struct certificate *kept = NULL;
	const struct pki_cert *middle = pki_make(
		&(struct pki_spec){.cn = "Middle", .ca = true}, authority);
	const struct trust *before = trust_state_trust(the_api.state);
	enum verdict why = VERDICT_ACCEPTED;

	ck_assert_int_eq(
		certificate_decode(middle->der.data, middle->der.len, &c, &why),
		0);
	intermediate_cache_add(before->intermediates, c, NULL);
	ck_assert_int_eq(trust_state_refresh(the_api.state), 0);
	kept = intermediate_cache_find(
		trust_state_trust(the_api.state)->intermediates,
		middle->der.data, middle->der.len);
	ck_assert_ptr_eq(kept, c);
}
END_TEST

START_TEST(changes_are_counted_before_anybody_is_told)
{
	const struct pki_cert *server = pki_root("Server");
	unsigned before = 0;

	if (emulator_lacks("the counter of changes"))
		return;
	ck_assert_int_eq(
		change_view_open(call("ChangeCounter", "{}")->fd, &view), 0);
	ck_assert(change_view_lives(view));
	before = change_view_count(view);
	call("Status", "{}");
	call("Snapshot", "{}");
	ck_assert_uint_eq(change_view_count(view), before);
	told = 0;
	trust_state_on_change(the_api.state, hear, &before);
	call("admin.Distrust", "{'kind':'certificate','sha256':'%s'}",
		hex(server));
	ck_assert_uint_ge(told, 1);
	before = change_view_count(view);
	call("admin.LiftDistrust", "{'kind':'certificate','sha256':'%s'}",
		hex(server));
	ck_assert_uint_ge(told, 2);
	view = change_view_close(view);
}
END_TEST

START_TEST(there_is_one_counter_for_all)
{
	CLEANUP(change_view_close) struct change_view *first = NULL;
	CLEANUP(change_view_close) struct change_view *second = NULL;

	if (emulator_lacks("the counter of changes, by all"))
		return;
	ck_assert_int_eq(
		change_view_open(call("ChangeCounter", "{}")->fd, &first), 0);
	add_server(pki_root("Server"), NULL);
	ck_assert_int_eq(
		change_view_open(call("ChangeCounter", "{}")->fd, &second), 0);
	ck_assert_uint_ge(change_view_count(first), 1);
	ck_assert_uint_eq(change_view_count(first), change_view_count(second));
	ck_assert_str_eq(error_of(call("ChangeCounter", "{'watch':true}")),
		VARLINK_INVALID_PARAMETER);
}
END_TEST

START_TEST(without_a_counter_the_method_is_not_implemented)
{
	struct trust_state *whole = the_api.state;

	ck_assert_int_eq(
		trust_state_new(
			&(struct trust_state_sources){.store = the_api.store},
			&the_api.state),
		0);
	ck_assert_str_eq(error_of(call("ChangeCounter", "{}")),
		VARLINK_METHOD_NOT_IMPLEMENTED);
	(void)trust_state_free(the_api.state);
	the_api.state = whole;
}
END_TEST

static bool holds(const struct caller *c, const char *name)
{
	const cJSON *rule = NULL;

	cJSON_ArrayForEach(rule, member(reply(c, 0), "rules"))
	{
		if (strcmp(text(rule, "name"), name) == 0)
			return cJSON_IsTrue(member(rule, "holds"));
	}
	ck_abort_msg("no rule %s", name);
	return false;
}

START_TEST(rules_are_for_the_phone_or_for_any_version)
{
	struct caller *c = call("Rules", "{}");

	ck_assert_str_eq(
		text(reply(c, 0), "firmware"), "snomD785-SIP 10.1.33.33");
	ck_assert(cJSON_IsTrue(member(reply(c, 0), "understood")));
	ck_assert(holds(c, "verification-forced"));
	c = call("Rules", "{'firmware':'8.7.5.51'}");
	ck_assert(!holds(c, "verification-forced"));
	ck_assert(holds(c, "provisioned-chain-required"));
}
END_TEST

START_TEST(rules_for_what_is_no_version_are_the_restrictive_ones)
{
	struct caller *c = call("Rules", "{'firmware':'latest'}");

	ck_assert_str_eq(text(reply(c, 0), "firmware"), "latest");
	ck_assert(cJSON_IsFalse(member(reply(c, 0), "understood")));
	ck_assert(holds(c, "provisioned-chain-required"));
	ck_assert(!holds(c, "base64-variant"));
}
END_TEST

/* --- the interface --- */

START_TEST(a_method_that_there_is_not_is_said_so)
{
	ck_assert_str_eq(
		error_of(call("Certify", "{}")), VARLINK_METHOD_NOT_FOUND);
}
END_TEST

static bool has_method(const struct varlink_interface *i, const char *name)
{
	for (size_t m = 0; m < i->n_methods; m++)
		if (strcmp(i->methods[m].name, name) == 0)
			return true;
	return false;
}

/* What a description has for each type of a table. */
static const char *const type_texts[JSON_TYPE__END] = {
	[JSON_BOOL] = "bool",
	[JSON_INT64] = "int",
	[JSON_STRINGS] = "[]string",
	[JSON_TEXTS] = "[]string",
	[JSON_BYTES_LIST] = "[]string",
	[JSON_STRING_MAP] = "[string]string",
};

static bool is_type(const struct json_field *f, const char *type)
{
	const char *expected = type_texts[f->type];

	if ((*type == '?') == f->required)
		return false;
	type += *type == '?';
	/* Types of the interface are held against what is sent. */
	if (isupper((unsigned char)type[strspn(type, "[]")]))
		return true;
	return strcmp(type, expected ? expected : "string") == 0;
}

struct comparison {
	const struct json_table *table;
	const char *method;
	size_t count;
};

static void compare_member(void *userdata, const char *name, const char *type)
{
	struct comparison *c = userdata;

	c->count++;
	for (size_t i = 0; c->table && i < c->table->count; i++)
		if (strcmp(c->table->fields[i].name, name) == 0) {
			ck_assert_msg(is_type(&c->table->fields[i], type),
				"%s: %s is not %s", c->method, name, type);
			return;
		}
	ck_abort_msg("%s: there is no row of %s", c->method, name);
}

static void compare(
	const char *method, const struct json_table *table, bool reply)
{
	struct comparison c = {.table = table, .method = method};

	ck_assert_msg(contract_members(method, reply, compare_member, &c),
		"no %s", method);
	ck_assert_msg(c.count == (table ? table->count : 0),
		"%s: a row that is not described", method);
}

static void compare_method(const struct varlink_interface *interface,
	const struct varlink_method *m)
{
	CLEANUP(free) char *name = NULL;

	ck_assert_int_eq(
		string_format(&name, "%s.%s", interface->name, m->name), 0);
	if (m->handle)
		compare(name, m->parameters, false);
	if (m->reply)
		compare(name, m->reply, true);
}

/* Every method of the description has a row, with the parameters and the reply
 * that are described, and every row is described. */
START_TEST(the_tables_are_what_the_descriptions_say)
{
	static const struct varlink_interface *const interfaces[] = {
		&trust_interface, &admin_interface};
	const struct varlink_interface *interface = interfaces[_i];
	size_t described = 0;

	for (const char *at = interface->description;
		(at = strstr(at, "\nmethod "));) {
		char name[64] = {0};

		at += strlen("\nmethod ");
		(void)snprintf(
			name, sizeof(name), "%.*s", (int)strcspn(at, "("), at);
		ck_assert_msg(has_method(interface, name), "no %s", name);
		described++;
	}
	for (size_t i = 0; i < interface->n_methods; i++)
		compare_method(interface, &interface->methods[i]);
	ck_assert_uint_eq(described, interface->n_methods);
}
END_TEST

TCase *trust_api_tests(void);

TCase *trust_api_tests(void)
{
	TCase *tc = tcase_create("trust-api");

	tcase_add_checked_fixture(tc, api_setup, api_teardown);
	tcase_add_test(tc,
		every_certificate_is_a_reply_and_the_last_does_not_continue);
	tcase_add_test(tc, a_list_can_be_chosen);
	tcase_add_test(tc, anchors_are_what_is_exported);
	tcase_add_test(tc, role_is_told_of_what_has_one);
	tcase_add_test(tc, an_empty_list_is_one_reply_without_a_certificate);
	tcase_add_test(tc, a_list_without_more_is_refused);
	tcase_add_test(tc, a_certificate_in_two_lists_comes_once);
	tcase_add_test(tc, a_long_list_is_sent_over_several_turns);
	tcase_add_test(tc, who_does_not_read_is_not_sent_more);
	tcase_add_test(tc, a_list_costs_its_length_however_little_is_read);
	tcase_add_test(tc, who_goes_while_a_list_is_sent_leaves_nothing_behind);
	tcase_add_test(tc, what_is_removed_while_a_list_is_sent_is_left_out);
	tcase_add_test(tc, get_tells_where_a_certificate_came_from);
	tcase_add_test(tc, get_with_der_has_the_certificate_itself);
	tcase_add_test(tc, get_tells_key_and_constraints_and_a_list_does_not);
	tcase_add_test(tc, the_chain_that_was_sent_comes_with_its_subjects);
	tcase_add_test(tc, an_unknown_certificate_tells_who_saw_it_where);
	tcase_add_test(
		tc, bytes_that_are_no_certificate_are_listed_all_the_same);
	tcase_add_test(tc, get_of_none_names_the_fingerprint);
	tcase_add_test(tc, get_tells_the_last_run_that_found_it);
	tcase_add_test(tc, a_monitor_hears_at_once_and_of_every_change);
	tcase_add_test(
		tc, a_monitor_that_does_not_read_hears_of_the_last_change_only);
	tcase_add_test(tc, monitors_that_go_are_forgotten);
	tcase_add_test(tc, a_snapshot_is_what_the_trust_is);
	tcase_add_test(tc, what_is_decoded_stays_so_over_a_change);
	tcase_add_test(tc, changes_are_counted_before_anybody_is_told);
	tcase_add_test(tc, there_is_one_counter_for_all);
	tcase_add_test(tc, without_a_counter_the_method_is_not_implemented);
	tcase_add_test(tc, rules_are_for_the_phone_or_for_any_version);
	tcase_add_test(
		tc, rules_for_what_is_no_version_are_the_restrictive_ones);
	tcase_add_test(tc, a_method_that_there_is_not_is_said_so);
	tcase_add_loop_test(tc, the_tables_are_what_the_descriptions_say, 0, 2);
	return tc;
}
