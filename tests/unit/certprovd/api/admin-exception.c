/* SPDX-License-Identifier: Apache-2.0 */
/* AddException, and what ends it: Remove, Distrust, time. */
#include <openssl/sha.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/concerns-ends.h"
#include "lib/base/date.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/trust/snapshot.h"
#include "tests/unit/certprovd/api/api-fixture.h"

#define HOST "pbx.example.com"
#define NO_SUCH "io.certprov.admin.NoSuchCertificate"
#define FOREVER "9999-01-01T00:00:00Z"

TCase *admin_exception_tests(void);

static const struct pki_cert *ca;       /* nobody's */
static const struct pki_cert *stranger; /* of it */

static void set_wall(int64_t seconds)
{
	clock_set(&(struct clock_reading){.wall = seconds});
}

static void setup(void)
{
	api_setup();
	set_wall(PKI_NOW);
	ca = pki_root("Nobody's CA");
	stranger = pki_leaf("DNS:" HOST, ca);
}

/* A JSON array of what a server sends, one or two certificates. */
static char *chain_of(const struct pki_cert *one, const struct pki_cert *two)
{
	CLEANUP(free) char *first = NULL;
	CLEANUP(free) char *second = NULL;
	char *both = NULL;

	ck_assert_int_eq(base64_encode(one->der.data, one->der.len, &first), 0);
	if (two)
		ck_assert_int_eq(
			base64_encode(two->der.data, two->der.len, &second), 0);
	ck_assert_int_eq(
		string_format(&both, "['%s'%s%s%s]", first, two ? ",'" : "",
			two ? second : "", two ? "'" : ""),
		0);
	return both;
}

/* The result of Verify. */
static const char *verdict_with(const struct pki_cert *one,
	const struct pki_cert *two, const char *host)
{
	CLEANUP(free) char *chain = chain_of(one, two);

	return text(reply(call("Verify",
				  "{'chain':%s,'host':'%s','purpose':'https'}",
				  chain, host),
			    0),
		"verdict.result");
}

static const char *verdict(const struct pki_cert *one, const char *host)
{
	return verdict_with(one, NULL, host);
}

static struct caller *except(const struct pki_cert *c)
{
	return call("admin.AddException", "{'sha256':'%s'}", hex(c));
}

static struct caller *except_for(const struct pki_cert *c, const char *host)
{
	return call("admin.AddException", "{'sha256':'%s','host':'%s'}", hex(c),
		host);
}

static const cJSON *certificate_of(const struct pki_cert *c)
{
	return member(reply(call("Get", "{'sha256':'%s'}", hex(c)), 0),
		"certificate");
}

static const cJSON *history(int n)
{
	return member(reply(call_more("admin.History", "{}"), n), "change");
}

static bool is_anchor(const struct pki_cert *c)
{
	return anchors_find(trust_state_trust(the_api.state)->anchors,
		       c->sha256) != NULL;
}

static unsigned stored(enum store_table table)
{
	unsigned count = 0;

	ck_assert_int_eq(store_count(the_api.store, table, &count), 0);
	return count;
}

/* --- what it does --- */

/* Of nobody, past its end, and for another name. */
START_TEST(an_exception_says_all_that_it_lets_pass)
{
	const struct pki_cert *c =
		pki_make(&(struct pki_spec){.cn = "old",
				 .san = "DNS:other.example.com",
				 .not_after = PKI_NOW - 1},
			ca);
	static const char *const faults[] = {
		"issuer-not-trusted", "expired", "name-mismatch"};
	const cJSON *results = NULL;

	ck_assert_str_eq(verdict(c, HOST), "issuer-not-trusted");
	ck_assert_ptr_null(error_of(except_for(c, HOST)));
	results = member(certificate_of(c), "results");
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		ck_assert(has_text(results, faults[i]));
	ck_assert_int_eq(cJSON_GetArraySize(results), ARRAY_SIZE(faults));
}
END_TEST

START_TEST(an_excepted_certificate_goes_from_unknown_to_servers)
{
	const struct caller *monitor = call_more("Monitor", "{}");
	const cJSON *row = NULL;

	ck_assert_str_eq(verdict(stranger, HOST), "issuer-not-trusted");
	ck_assert_int_eq(number(reply(except(stranger), 0), "generation"),
		number(reply(monitor, 0), "generation") + 1);
	ck_assert_uint_eq(monitor->count, 2);
	ck_assert_str_eq(verdict(stranger, HOST), "exception");
	ck_assert_str_eq(verdict(stranger, "other.example.com"), "exception");

	ck_assert_uint_eq(unknown_count(the_api.unknown), 0);
	row = certificate_of(stranger);
	ck_assert_int_eq(cJSON_GetArraySize(member(row, "lists")), 1);
	ck_assert(has_text(member(row, "lists"), "servers"));
	ck_assert_str_eq(text(row, "origin"), "exception");
	ck_assert(has_text(member(row, "results"), "issuer-not-trusted"));
	ck_assert_ptr_null(member(row, "hosts"));
	ck_assert_ptr_null(member(row, "expires"));
	ck_assert_int_eq(cJSON_GetArraySize(member(row, "exceptions")), 1);
	row = reply(call_more("ListCertificates", "{'list':'servers'}"), 0);
	ck_assert_str_eq(text(row, "certificate.sha256"), hex(stranger));
	row = reply(call("Status", "{}"), 0);
	ck_assert_int_eq(number(row, "servers"), 1);
	ck_assert_int_eq(number(row, "unknown"), 0);
}
END_TEST

START_TEST(a_list_of_everything_has_an_excepted_certificate_once)
{
	const struct caller *c = NULL;

	add_unknown(stranger, HOST);
	add_unknown(authority, HOST);
	reply(except(stranger), 0);
	reply(except(authority), 0);
	/* Rejected again, for whatever reason. */
	add_unknown(stranger, "other.example.com");
	c = call_more("ListCertificates", "{}");
	ck_assert_uint_eq(c->count, 2);
	c = call_more("ListCertificates", "{'list':'servers'}");
	ck_assert_uint_eq(c->count, 2);
	ck_assert_int_eq(
		cJSON_GetArraySize(member(certificate_of(stranger), "lists")),
		2);
	ck_assert_int_eq(
		cJSON_GetArraySize(member(certificate_of(authority), "lists")),
		2);
}
END_TEST

START_TEST(an_exception_for_a_host_holds_for_it_however_it_is_written)
{
	add_unknown(stranger, HOST);
	reply(except_for(stranger, "PBX.Example.com."), 0);
	ck_assert(has_text(member(certificate_of(stranger), "hosts"), HOST));
	ck_assert_str_eq(verdict(stranger, HOST), "exception");
	ck_assert_str_eq(verdict(stranger, "pbx.EXAMPLE.com."), "exception");
	ck_assert_str_eq(
		verdict(stranger, "other.example.com"), "issuer-not-trusted");
	/* From unknown, where it is again, to a further host. */
	ck_assert_ptr_nonnull(unknown_find(the_api.unknown, stranger->sha256));
	reply(except_for(stranger, "[2001:DB8:0::1]"), 0);
	ck_assert_str_eq(verdict(stranger, "2001:db8::1"), "exception");
	ck_assert_str_eq(verdict(stranger, HOST), "exception");
	ck_assert_str_eq(
		verdict(stranger, "2001:db8::2"), "issuer-not-trusted");
	reply(except_for(stranger, "2001:db8::1"), 0);
	ck_assert_uint_eq(stored(STORE_EXCEPTIONS), 2);
}
END_TEST

START_TEST(an_excepted_authority_issues_nothing)
{
	CLEANUP(trust_free) struct trust *snapshot = NULL;
	const struct caller *c = NULL;

	add_unknown(ca, HOST);
	reply(except(ca), 0);
	ck_assert_str_eq(verdict_with(ca, NULL, HOST), "exception");
	ck_assert_str_eq(
		verdict_with(stranger, ca, HOST), "issuer-not-trusted");
	ck_assert(!is_anchor(ca));
	c = call("Snapshot", "{}");
	ck_assert_int_eq(snapshot_open(c->fd, &snapshot), 0);
	ck_assert_ptr_null(anchors_find(snapshot->anchors, ca->sha256));
	ck_assert_uint_eq(snapshot->exception_count, 1);
	/* After a restart, too. */
	refresh();
	ck_assert(!is_anchor(ca));
	ck_assert_str_eq(
		verdict_with(stranger, ca, HOST), "issuer-not-trusted");
}
END_TEST

START_TEST(an_exception_ends_and_stays_to_be_seen)
{
	const cJSON *concerns = NULL;
	char end[DATE_TEXT_SIZE];

	date_format(PKI_NOW + PKI_DAY, end);
	add_unknown(stranger, HOST);
	reply(call("admin.AddException", "{'sha256':'%s','expires':'%s'}",
		      hex(stranger), end),
		0);
	ck_assert_str_eq(verdict(stranger, HOST), "exception");
	ck_assert_str_eq(text(certificate_of(stranger), "expires"), end);
	concerns = member(reply(call("Status", "{}"), 0), "concerns");
	ck_assert(has_warning(concerns, "exceptions-expiring"));
	ck_assert(!has_warning(concerns, "exceptions-expired"));
	set_wall(PKI_NOW + PKI_DAY + 1);
	ck_assert_str_eq(verdict(stranger, HOST), "issuer-not-trusted");
	ck_assert_str_eq(text(certificate_of(stranger), "expires"), end);
	concerns = member(reply(call("Status", "{}"), 0), "concerns");
	ck_assert(has_warning(concerns, "exceptions-expired"));
	ck_assert(!has_warning(concerns, "exceptions-expiring"));
	/* Another end for it. */
	reply(call("admin.AddException",
		      "{'sha256':'%s','expires':'" FOREVER "'}", hex(stranger)),
		0);
	ck_assert_str_eq(verdict(stranger, HOST), "exception");
	ck_assert_uint_eq(stored(STORE_EXCEPTIONS), 1);
}
END_TEST

/* The sentence of a concern; NULL when there is none. */
static const char *concern(const char *identifier, const char *member_name)
{
	const cJSON *c = NULL;

	cJSON_ArrayForEach(
		c, member(reply(call("Status", "{}"), 0), "concerns"))
	{
		if (strcmp(text(c, "identifier"), identifier) == 0)
			return text(c, member_name);
	}
	return NULL;
}

static void except_until(
	const struct pki_cert *c, const char *host, int64_t until)
{
	char end[DATE_TEXT_SIZE];

	date_format(until, end);
	reply(call("admin.AddException",
		      "{'sha256':'%s','host':'%s','expires':'%s'}", hex(c),
		      host, end),
		0);
}

START_TEST(an_exception_that_ends_is_named_before_and_after)
{
	CLEANUP(free) char *again = NULL;
	const char *remedy;

	add_unknown(stranger, HOST);
	except_until(stranger, HOST, PKI_NOW + 40 * PKI_DAY);
	ck_assert_ptr_null(concern("exceptions-expiring", "sentence"));
	ck_assert_int_eq(
		number(certificate_of(stranger), "exceptionExpiresIn"), -1);
	set_wall(PKI_NOW + 13 * PKI_DAY);
	ck_assert_str_eq(concern("exceptions-expiring", "sentence"),
		"The exception for CN=server for " HOST " ends on "
		"2026-07-07T20:26:40Z, 27 days from now.");
	ck_assert_int_eq(number(certificate_of(stranger), "exceptionExpiresIn"),
		27 * PKI_DAY);
	set_wall(PKI_NOW + 43 * PKI_DAY);
	ck_assert_ptr_null(concern("exceptions-expiring", "sentence"));
	ck_assert_str_eq(concern("exceptions-expired", "sentence"),
		"The exception for CN=server for " HOST " expired on "
		"2026-07-07T20:26:40Z, 3 days ago.");
	ck_assert_int_eq(string_format(&again,
				 "If it is still needed: certprovctl trust %s "
				 "--host " HOST,
				 hex(stranger)),
		0);
	remedy = concern("exceptions-expired", "remedy");
	ck_assert_ptr_nonnull(again);
	ck_assert_ptr_nonnull(remedy);
	ck_assert_ptr_nonnull(strstr(remedy, again));
}
END_TEST

START_TEST(exceptions_past_five_are_counted)
{
	const cJSON *concerns = NULL;
	const cJSON *c = NULL;
	int named = 0;
	bool counted = false;

	add_unknown(stranger, HOST);
	for (int i = 0; i < CONCERNS_MAX_LISTED + 2; i++) {
		char host[32];

		(void)snprintf(host, sizeof(host), "h%d.example.com", i);
		except_until(stranger, host, PKI_NOW + PKI_DAY);
	}
	concerns = member(reply(call("Status", "{}"), 0), "concerns");
	cJSON_ArrayForEach(c, concerns)
	{
		named += strcmp(text(c, "identifier"), "exceptions-expiring") ==
			0;
		counted = counted ||
			strcmp(text(c, "sentence"),
				"2 more exceptions end within 28 days.") == 0;
	}
	ck_assert_int_eq(named, CONCERNS_MAX_LISTED + 1);
	ck_assert(counted);
}
END_TEST

/* Nobody agreed to that; whoever makes the exception again does. */
START_TEST(what_expired_since_the_exception_is_told_until_it_is_agreed_to)
{
	const struct pki_cert *c =
		pki_make(&(struct pki_spec){.cn = "short",
				 .san = "DNS:" HOST,
				 .not_after = PKI_NOW + PKI_DAY},
			ca);

	add_unknown(c, HOST);
	reply(except_for(c, HOST), 0);
	ck_assert_ptr_null(concern("excepted-expired", "sentence"));
	ck_assert_ptr_null(member(certificate_of(c), "newSince"));
	set_wall(PKI_NOW + 3 * PKI_DAY);
	ck_assert_str_eq(verdict(c, HOST), "exception");
	ck_assert_str_eq(concern("excepted-expired", "sentence"),
		"The certificate of CN=short expired on 2026-05-29T20:26:40Z, "
		"2 days ago; the exception for " HOST " was made on "
		"2026-05-28T20:26:40Z, not for that.");
	ck_assert(has_text(member(certificate_of(c), "newSince"), "expired"));
	reply(except_for(c, HOST), 0);
	ck_assert_ptr_null(concern("excepted-expired", "sentence"));
	ck_assert_ptr_null(member(certificate_of(c), "newSince"));
	ck_assert(has_text(member(certificate_of(c), "results"), "expired"));
}
END_TEST

START_TEST(what_was_expired_when_it_was_excepted_is_not_new)
{
	const struct pki_cert *c =
		pki_make(&(struct pki_spec){.cn = "old",
				 .san = "DNS:" HOST,
				 .not_after = PKI_NOW - PKI_DAY},
			ca);

	add_unknown(c, HOST);
	reply(except_for(c, HOST), 0);
	ck_assert_ptr_null(concern("excepted-expired", "sentence"));
}
END_TEST

START_TEST(the_same_exception_again_is_no_change)
{
	uint64_t generation = 0;

	add_unknown(stranger, HOST);
	reply(except_for(stranger, HOST), 0);
	generation = store_generation(the_api.store);
	reply(except_for(stranger, "PBX.example.com"), 0);
	ck_assert_uint_eq(generation, store_generation(the_api.store));
	ck_assert_uint_eq(call_more("admin.History", "{}")->count, 1);
}
END_TEST

START_TEST(the_history_says_who_excepted_what_where_and_until_when)
{
	char what[256];
	char who[64];

	add_unknown(stranger, HOST);
	reply(call("admin.AddException",
		      "{'sha256':'%s','host':'" HOST "','expires':'" FOREVER
		      "'}",
		      hex(stranger)),
		0);
	(void)snprintf(who, sizeof(who), "uid:1000 pid:%d", (int)getpid());
	ck_assert_int_eq(strncmp(text(history(0), "who"), who, strlen(who)), 0);
	(void)snprintf(what, sizeof(what),
		"made an exception for %s for " HOST " until " FOREVER
		", seen: issuer-not-trusted",
		"the certificate of CN=server");
	ck_assert_str_eq(text(history(0), "what"), what);
	ck_assert_str_eq(text(history(0), "sha256"), hex(stranger));
	reply(except(stranger), 0);
	ck_assert_ptr_nonnull(
		strstr(text(history(0), "what"), "for every host, seen: "));
}
END_TEST

START_TEST(a_server_certificate_may_get_an_exception_and_stays_one)
{
	const struct pki_cert *pinned = pki_leaf("DNS:" HOST, NULL);

	add_server(pinned, NULL);
	ck_assert_str_eq(verdict(pinned, "10.0.0.1"), "name-mismatch");
	reply(except_for(pinned, "10.0.0.1"), 0);
	ck_assert_str_eq(verdict(pinned, "10.0.0.1"), "exception");
	ck_assert_str_eq(verdict(pinned, HOST), "trusted");
	ck_assert_str_eq(
		text(certificate_of(pinned), "origin"), "provisioned-base64");
	reply(call("admin.Remove",
		      "{'list':'servers','sha256':'%s','host':'10.0.0.1'}",
		      hex(pinned)),
		0);
	ck_assert_str_eq(verdict(pinned, "10.0.0.1"), "name-mismatch");
	ck_assert_str_eq(verdict(pinned, HOST), "trusted");
}
END_TEST

/* --- what cannot be excepted --- */

static void expect_not_recoverable(const struct pki_cert *c, const char *result)
{
	const struct caller *answer = NULL;
	uint64_t generation = store_generation(the_api.store);

	add_unknown(c, HOST);
	answer = except(c);
	ck_assert_str_eq(error_of(answer), "io.certprov.admin.NotRecoverable");
	ck_assert_str_eq(text(answer->replies[0], "parameters.result"), result);
	ck_assert_str_eq(text(answer->replies[0], "parameters.sha256"), hex(c));
	ck_assert_ptr_nonnull(unknown_find(the_api.unknown, c->sha256));
	ck_assert_uint_eq(generation, store_generation(the_api.store));
	ck_assert_uint_eq(stored(STORE_CERTIFICATES), 0);
}

START_TEST(what_is_fatal_cannot_be_excepted)
{
	expect_not_recoverable(
		pki_make(&(struct pki_spec){.cn = "weak", .key = PKI_RSA_512},
			ca),
		"key-too-weak");
	/* A better reason hides nothing. */
	expect_not_recoverable(pki_make(&(struct pki_spec){.cn = "old and weak",
						.key = PKI_RSA_512,
						.not_after = PKI_NOW - 1},
				       authority),
		"key-too-weak");
	expect_not_recoverable(
		pki_make(&(struct pki_spec){.cn = "dsa", .key = PKI_DSA}, ca),
		"key-unsupported");
	expect_not_recoverable(pki_make(&(struct pki_spec){.cn = "forged",
						.bad_signature = true},
				       authority),
		"bad-signature");
	expect_not_recoverable(
		pki_make(&(struct pki_spec){.cn = "sha1", .digest = "SHA1"},
			authority),
		"weak-signature");
	ck_assert_ptr_null(history(0));
}
END_TEST

START_TEST(what_is_no_certificate_cannot_be_excepted)
{
	static uint8_t text_of[] = "junk";
	static uint8_t sequence[] = {0x30, 3, 2, 1, 0};
	struct pki_cert junk[] = {
		{.der = {.data = text_of, .len = 4}},
		{.der = {.data = sequence, .len = sizeof(sequence)}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(junk); i++) {
		ck_assert_ptr_nonnull(SHA256(
			junk[i].der.data, junk[i].der.len, junk[i].sha256));
		expect_not_recoverable(&junk[i], i ? "malformed" : "not-der");
	}
}
END_TEST

START_TEST(what_is_fatal_is_so_where_nobody_is_verified)
{
	free(the_phone.firmware);
	the_phone.firmware = strdup("snom360-SIP 7.3.30");
	refresh();
	expect_not_recoverable(pki_make(&(struct pki_spec){.cn = "forged",
						.bad_signature = true},
				       authority),
		"bad-signature");
}
END_TEST

/* Anybody may report anything. */
START_TEST(what_is_only_claimed_does_not_prevent_an_exception)
{
	CLEANUP(free) char *chain = chain_of(stranger, NULL);

	reply(call("ReportRejection", "{'chain':%s,'result':'bad-signature'}",
		      chain),
		0);
	reply(except(stranger), 0);
	ck_assert(has_text(
		member(certificate_of(stranger), "results"), "bad-signature"));
}
END_TEST

START_TEST(what_is_not_unknown_cannot_be_excepted)
{
	ck_assert_str_eq(error_of(except(stranger)), NO_SUCH);
	ck_assert_str_eq(error_of(except(authority)), NO_SUCH);
}
END_TEST

START_TEST(bad_parameters_of_an_exception_are_named)
{
	static const char *const wrong[][2] = {
		{"'host':'.example.com'", "host"},
		{"'host':'a..b'", "host"},
		{"'host':''", "host"},
		{"'host':'*'", "host"},
		{"'host':'1.2.3'", "host"},
		{"'host':7", "host"},
		{"'expires':'tomorrow'", "expires"},
		{"'expires':'2001-01-01T00:00:00Z'", "expires"},
		{"'reason':'x'", "reason"},
	};
	const struct caller *c = NULL;
	char end[DATE_TEXT_SIZE];

	add_unknown(stranger, HOST);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		c = call("admin.AddException", "{'sha256':'%s',%s}",
			hex(stranger), wrong[i][0]);
		ck_assert_str_eq(error_of(c), VARLINK_INVALID_PARAMETER);
		ck_assert_str_eq(text(c->replies[0], "parameters.parameter"),
			wrong[i][1]);
	}
	/* Neither the clock nor the last known time. */
	set_wall(0);
	date_format(the_clock.floor, end);
	c = call("admin.AddException", "{'sha256':'%s','expires':'%s'}",
		hex(stranger), end);
	ck_assert_str_eq(error_of(c), VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(error_of(call("admin.AddException", "{}")),
		VARLINK_INVALID_PARAMETER);
	ck_assert_uint_eq(stored(STORE_EXCEPTIONS), 0);
}
END_TEST

/* --- distrust wins --- */

static void distrust(const char *kind, const uint8_t sha256[SHA256_BYTES])
{
	char digits[SHA256_HEX_SIZE];

	hex_format(sha256, SHA256_BYTES, digits);
	reply(call("admin.Distrust", "{'kind':'%s','sha256':'%s'}", kind,
		      digits),
		0);
}

static void lift(const char *kind, const uint8_t sha256[SHA256_BYTES])
{
	char digits[SHA256_HEX_SIZE];

	hex_format(sha256, SHA256_BYTES, digits);
	reply(call("admin.LiftDistrust", "{'kind':'%s','sha256':'%s'}", kind,
		      digits),
		0);
}

START_TEST(distrust_wins_over_an_exception_and_lifting_it_gives_it_back)
{
	const struct {
		const char *kind;
		const uint8_t *sha256;
	} ways[] = {
		{"certificate", stranger->sha256},
		{"public-key", stranger->spki_sha256},
		{"certificate", ca->sha256},
		{"public-key", ca->spki_sha256},
	};

	add_unknown(stranger, HOST);
	reply(except(stranger), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		distrust(ways[i].kind, ways[i].sha256);
		refresh();
		if (i >= 2)
			add_server(ca, NULL);
		ck_assert_str_eq(
			verdict_with(stranger, ca, HOST), "distrusted");
		if (i >= 2)
			reply(call("admin.Remove",
				      "{'list':'servers','sha256':'%s'}",
				      hex(ca)),
				0);
		lift(ways[i].kind, ways[i].sha256);
		ck_assert_str_eq(verdict_with(stranger, ca, HOST), "exception");
	}
}
END_TEST

START_TEST(what_is_distrusted_cannot_be_excepted)
{
	distrust("certificate", stranger->sha256);
	expect_not_recoverable(stranger, "distrusted");
	lift("certificate", stranger->sha256);
	distrust("public-key", stranger->spki_sha256);
	expect_not_recoverable(stranger, "distrusted");
	/* Nor is anything else said of it. */
	stranger = pki_make(
		&(struct pki_spec){.cn = "weak", .key = PKI_RSA_512}, ca);
	distrust("public-key", stranger->spki_sha256);
	expect_not_recoverable(stranger, "distrusted");
}
END_TEST

START_TEST(the_history_says_what_was_distrusted_by_name)
{
	add_unknown(stranger, HOST);
	distrust("certificate", stranger->sha256);
	ck_assert_str_eq(text(history(0), "what"),
		"distrusted the certificate of CN=server");
	lift("certificate", stranger->sha256);
	ck_assert_str_eq(text(history(0), "what"),
		"lifted the distrust of the certificate of CN=server");
}
END_TEST

/* --- removal --- */

START_TEST(removing_a_server_ends_all_its_exceptions)
{
	add_unknown(stranger, HOST);
	reply(except_for(stranger, HOST), 0);
	reply(except(stranger), 0);
	reply(call("admin.Remove", "{'list':'servers','sha256':'%s'}",
		      hex(stranger)),
		0);
	ck_assert_str_eq(text(history(0), "what"),
		"removed all exceptions for the certificate of CN=server");
	ck_assert_str_eq(verdict(stranger, HOST), "issuer-not-trusted");
	ck_assert_uint_eq(stored(STORE_EXCEPTIONS), 0);
	ck_assert_uint_eq(stored(STORE_CERTIFICATES), 0);
}
END_TEST

static struct caller *remove_host(const char *host)
{
	return call("admin.Remove",
		"{'list':'servers','sha256':'%s','host':'%s'}", hex(stranger),
		host);
}

START_TEST(one_exception_can_be_removed_and_the_last_takes_its_certificate)
{
	add_unknown(stranger, HOST);
	reply(except_for(stranger, HOST), 0);
	reply(except(stranger), 0);
	ck_assert_str_eq(error_of(remove_host("other.example.com")), NO_SUCH);
	reply(remove_host("*"), 0);
	ck_assert_str_eq(text(history(0), "what"),
		"removed the exception for the certificate of CN=server"
		" for every host");
	ck_assert_str_eq(verdict(stranger, HOST), "exception");
	ck_assert_str_eq(
		verdict(stranger, "other.example.com"), "issuer-not-trusted");
	reply(remove_host("PBX.example.com."), 0);
	ck_assert_str_eq(verdict(stranger, HOST), "issuer-not-trusted");
	ck_assert_uint_eq(stored(STORE_CERTIFICATES), 0);
	ck_assert_int_eq(number(reply(call("Status", "{}"), 0), "servers"), 0);
}
END_TEST

START_TEST(only_a_server_has_exceptions_to_be_removed)
{
	static const char *const wrong[][2] = {
		{"unknown", HOST},
		{"unknown", "*"},
		{"servers", "a..b"},
	};

	add_unknown(stranger, HOST);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const struct caller *c = call("admin.Remove",
			"{'list':'%s','sha256':'%s','host':'%s'}", wrong[i][0],
			hex(stranger), wrong[i][1]);

		ck_assert_str_eq(error_of(c), VARLINK_INVALID_PARAMETER);
		ck_assert_str_eq(
			text(c->replies[0], "parameters.parameter"), "host");
	}
	ck_assert_uint_eq(unknown_count(the_api.unknown), 1);
}
END_TEST

/* --- limits --- */

/* In the transaction: a certificate for exceptions alone, for h0 to hN. */
static void put_excepted(
	const void *der, size_t len, unsigned hosts, int64_t expires)
{
	struct store_certificate c = {
		.der = der, .der_len = len, .origin = STORE_ORIGIN_EXCEPTION};
	struct store_exception e = {.expires = expires, .results = "[]"};
	char host[16];
	bool added = false;

	(void)SHA256(der, len, c.sha256);
	memcpy(e.sha256, c.sha256, SHA256_BYTES);
	e.host = host;
	ck_assert_int_eq(store_add_certificate(the_api.store, &c, &added), 0);
	for (unsigned h = 0; h < hosts; h++) {
		(void)snprintf(host, sizeof(host), "h%u", h);
		ck_assert_int_eq(store_put_exception(the_api.store, &e), 0);
	}
}

static void fill(unsigned certificates, unsigned each, int64_t expires)
{
	ck_assert_int_eq(store_begin(the_api.store), 0);
	for (unsigned i = 0; i < certificates; i++)
		put_excepted(&i, sizeof(i), each, expires);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	refresh();
}

static void expect_limit(
	const struct caller *c, const char *limit, int64_t maximum)
{
	ck_assert_str_eq(error_of(c), "io.certprov.admin.LimitExceeded");
	ck_assert_str_eq(text(c->replies[0], "parameters.limit"), limit);
	ck_assert_int_eq(number(c->replies[0], "parameters.maximum"), maximum);
	ck_assert_ptr_nonnull(unknown_find(the_api.unknown, stranger->sha256));
	ck_assert_ptr_null(history(0));
}

START_TEST(one_more_exception_than_the_maximum_is_refused)
{
	fill(TRUST_MAX_EXCEPTIONS / STORE_MAX_EXCEPTIONS_EACH,
		STORE_MAX_EXCEPTIONS_EACH, INT64_MAX);
	add_unknown(stranger, HOST);
	expect_limit(except(stranger), "exceptions", TRUST_MAX_EXCEPTIONS);
	ck_assert_uint_eq(stored(STORE_EXCEPTIONS), TRUST_MAX_EXCEPTIONS);
}
END_TEST

START_TEST(one_more_certificate_than_fits_is_not_excepted)
{
	fill(STORE_MAX_SERVERS, 1, INT64_MAX);
	add_unknown(stranger, HOST);
	expect_limit(except(stranger), "servers", STORE_MAX_SERVERS);
	ck_assert_uint_eq(stored(STORE_CERTIFICATES), STORE_MAX_SERVERS);
}
END_TEST

START_TEST(one_more_exception_for_a_certificate_is_refused)
{
	ck_assert_int_eq(store_begin(the_api.store), 0);
	put_excepted(stranger->der.data, stranger->der.len,
		STORE_MAX_EXCEPTIONS_EACH, INT64_MAX);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	refresh();
	add_unknown(stranger, HOST);
	expect_limit(except(stranger), "exceptionsOfCertificate",
		STORE_MAX_EXCEPTIONS_EACH);
	/* All of them fit a reply. */
	ck_assert_int_eq(cJSON_GetArraySize(member(
				 certificate_of(stranger), "exceptions")),
		STORE_MAX_EXCEPTIONS_EACH);
}
END_TEST

START_TEST(exceptions_that_ended_make_room_and_that_is_said)
{
	fill(STORE_MAX_SERVERS, 1, PKI_NOW - 1);
	add_unknown(stranger, HOST);
	reply(except(stranger), 0);
	ck_assert_uint_eq(stored(STORE_CERTIFICATES), 1);
	ck_assert_uint_eq(stored(STORE_EXCEPTIONS), 1);
	ck_assert_int_eq(
		strncmp(text(history(0), "what"), "made an exception", 17), 0);
	ck_assert_str_eq(
		text(history(1), "what"), "removed 4096 expired exceptions");
}
END_TEST

START_TEST(an_exception_that_cannot_be_stored_is_an_error_and_none)
{
	struct rlimit unlimited;
	struct rlimit full;
	const struct caller *c = NULL;

	add_unknown(stranger, HOST);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	full = unlimited;
	full.rlim_cur = 0;
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
	c = except(stranger);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
	ck_assert_str_eq(error_of(c), VARLINK_SYSTEM_ERROR);
	ck_assert_str_eq(verdict(stranger, HOST), "issuer-not-trusted");
	ck_assert_ptr_nonnull(unknown_find(the_api.unknown, stranger->sha256));
	ck_assert_ptr_null(history(0));
}
END_TEST

TCase *admin_exception_tests(void)
{
	TCase *tc = tcase_create("admin-exception");

	tcase_add_checked_fixture(tc, setup, api_teardown);
	tcase_add_test(tc, an_exception_says_all_that_it_lets_pass);
	tcase_add_test(
		tc, an_excepted_certificate_goes_from_unknown_to_servers);
	tcase_add_test(
		tc, a_list_of_everything_has_an_excepted_certificate_once);
	tcase_add_test(
		tc, an_exception_for_a_host_holds_for_it_however_it_is_written);
	tcase_add_test(tc, an_excepted_authority_issues_nothing);
	tcase_add_test(tc, an_exception_ends_and_stays_to_be_seen);
	tcase_add_test(tc, an_exception_that_ends_is_named_before_and_after);
	tcase_add_test(tc, exceptions_past_five_are_counted);
	tcase_add_test(tc,
		what_expired_since_the_exception_is_told_until_it_is_agreed_to);
	tcase_add_test(tc, what_was_expired_when_it_was_excepted_is_not_new);
	tcase_add_test(tc, the_same_exception_again_is_no_change);
	tcase_add_test(
		tc, the_history_says_who_excepted_what_where_and_until_when);
	tcase_add_test(
		tc, a_server_certificate_may_get_an_exception_and_stays_one);
	tcase_add_test(tc, what_is_fatal_cannot_be_excepted);
	tcase_add_test(tc, what_is_no_certificate_cannot_be_excepted);
	tcase_add_test(tc, what_is_fatal_is_so_where_nobody_is_verified);
	tcase_add_test(tc, what_is_only_claimed_does_not_prevent_an_exception);
	tcase_add_test(tc, what_is_not_unknown_cannot_be_excepted);
	tcase_add_test(tc, bad_parameters_of_an_exception_are_named);
	tcase_add_test(tc,
		distrust_wins_over_an_exception_and_lifting_it_gives_it_back);
	tcase_add_test(tc, what_is_distrusted_cannot_be_excepted);
	tcase_add_test(tc, the_history_says_what_was_distrusted_by_name);
	tcase_add_test(tc, removing_a_server_ends_all_its_exceptions);
	tcase_add_test(tc,
		one_exception_can_be_removed_and_the_last_takes_its_certificate);
	tcase_add_test(tc, only_a_server_has_exceptions_to_be_removed);
	tcase_add_test(tc, one_more_exception_than_the_maximum_is_refused);
	tcase_add_test(tc, one_more_certificate_than_fits_is_not_excepted);
	tcase_add_test(tc, one_more_exception_for_a_certificate_is_refused);
	tcase_add_test(tc, exceptions_that_ended_make_room_and_that_is_said);
	tcase_add_test(
		tc, an_exception_that_cannot_be_stored_is_an_error_and_none);
	return tc;
}
