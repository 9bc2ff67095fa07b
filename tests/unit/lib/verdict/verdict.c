/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verdict/verdict.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/net/url.h"
#include "lib/verdict/mistake.h"
#include "tests/unit/runner.h"

static bool is_kebab(const char *s)
{
	return islower((unsigned char)*s) &&
		strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
		strlen(s) &&
		!strstr(s, "--") && s[strlen(s) - 1] != '-';
}

/* What other programs and documents rely on, spelt out. */
#define ROW(e, text) [VERDICT_##e] = text
static const char *const spelling[VERDICT__END] = {
	ROW(ACCEPTED, "accepted"),
	ROW(ALREADY_TRUSTED, "already-trusted"),
	ROW(WITHDRAWN, "withdrawn"),
	ROW(REMOVED, "removed"),
	ROW(WOULD_LOCK_OUT, "would-lock-out"),
	ROW(TRUSTED, "trusted"),
	ROW(NOT_VERIFIED, "not-verified"),
	ROW(EXCEPTION, "exception"),
	ROW(PROCESSED, "processed"),
	ROW(OPTIONAL_ABSENT, "optional-absent"),
	ROW(PENDING, "pending"),
	ROW(AMBIGUOUS, "ambiguous"),
	ROW(EMPTY, "empty"),
	ROW(TYPE_UNKNOWN, "type-unknown"),
	ROW(MISPLACED, "misplaced"),
	ROW(UNKNOWN_ELEMENT, "unknown-element"),
	ROW(DUPLICATE_URL, "duplicate-url"),
	ROW(URL_NOT_SUPPORTED, "url-not-supported"),
	ROW(BASE64_NOT_SUPPORTED, "base64-not-supported"),
	ROW(NOT_WELL_FORMED, "not-well-formed"),
	ROW(NOT_XML, "not-xml"),
	ROW(DOCTYPE_REFUSED, "doctype-refused"),
	ROW(UNKNOWN_ROOT, "unknown-root"),
	ROW(NO_ROOT, "no-root"),
	ROW(TEXT_FORMAT, "text-format"),
	ROW(UNREADABLE, "unreadable"),
	ROW(HTTP_STATUS, "http-status"),
	ROW(AUTHENTICATION_REQUIRED, "authentication-required"),
	ROW(TIMEOUT, "timeout"),
	ROW(TLS_REJECTED, "tls-rejected"),
	ROW(CLIENT_CERTIFICATE_REQUIRED, "client-certificate-required"),
	ROW(CLIENT_CERTIFICATE_REFUSED, "client-certificate-refused"),
	ROW(PROTOCOL_VERSION, "protocol-version"),
	ROW(NO_COMMON_CIPHER, "no-common-cipher"),
	ROW(NOT_TLS, "not-tls"),
	ROW(HTTPS_REQUIRED, "https-required"),
	ROW(HANDSHAKE_FAILED, "handshake-failed"),
	ROW(REDIRECT_REFUSED, "redirect-refused"),
	ROW(ADDRESS_REFUSED, "address-refused"),
	ROW(CONNECTION_FAILED, "connection-failed"),
	ROW(INCOMPLETE_TRANSFER, "incomplete-transfer"),
	ROW(TOO_LARGE, "too-large"),
	ROW(ENCODING_REFUSED, "encoding-refused"),
	ROW(LIMIT_EXCEEDED, "limit-exceeded"),
	ROW(NOT_ATTEMPTED, "not-attempted"),
	ROW(FETCHER_LOST, "fetcher-lost"),
	ROW(CANCELLED, "cancelled"),
	ROW(NOT_BASE64, "not-base64"),
	ROW(NOT_DER, "not-der"),
	ROW(TRAILING_DATA, "trailing-data"),
	ROW(NOT_CANONICAL, "not-canonical"),
	ROW(MALFORMED, "malformed"),
	ROW(INVALID_EXTENSION, "invalid-extension"),
	ROW(DIGEST_MISMATCH, "digest-mismatch"),
	ROW(DISTRUSTED, "distrusted"),
	ROW(KEY_TOO_WEAK, "key-too-weak"),
	ROW(KEY_UNSUPPORTED, "key-unsupported"),
	ROW(EXPIRED, "expired"),
	ROW(UNAUTHENTICATED_SOURCE, "unauthenticated-source"),
	ROW(ISSUER_NOT_TRUSTED, "issuer-not-trusted"),
	ROW(STORE_FULL, "store-full"),
	ROW(UNAUTHENTICATED_FULL, "unauthenticated-full"),
	ROW(STORE_FAILED, "store-failed"),
	ROW(NOT_YET_VALID, "not-yet-valid"),
	ROW(NAME_MISMATCH, "name-mismatch"),
	ROW(HOST_INVALID, "host-invalid"),
	ROW(NOT_FOR_SERVERS, "not-for-servers"),
	ROW(BAD_SIGNATURE, "bad-signature"),
	ROW(WEAK_SIGNATURE, "weak-signature"),
	ROW(NOT_A_CA, "not-a-ca"),
	ROW(PATH_TOO_LONG, "path-too-long"),
	ROW(NAME_CONSTRAINTS, "name-constraints"),
	ROW(UNHANDLED_CRITICAL, "unhandled-critical"),
	ROW(POLICY_MISSING, "policy-missing"),
	ROW(PROFILE, "profile"),
	ROW(BUDGET, "budget"),
	ROW(IDENTITY_PEM_DAMAGED, "pem-damaged"),
	ROW(IDENTITY_TOO_MANY, "too-many"),
	ROW(IDENTITY_CERTIFICATE_MISSING, "certificate-missing"),
	ROW(IDENTITY_KEY_MISSING, "key-missing"),
	ROW(IDENTITY_KEY_DAMAGED, "key-damaged"),
	ROW(IDENTITY_KEY_ENCRYPTED, "key-encrypted"),
	ROW(IDENTITY_KEY_MISMATCH, "key-mismatch"),
	ROW(IDENTITY_SHARED_MODEL, "shared-model"),
	ROW(IDENTITY_SHA2_UNSUPPORTED, "sha2-not-supported"),
	ROW(IDENTITY_NO_MAC, "mac-unknown"),
	ROW(IDENTITY_MAC_MISMATCH, "mac-mismatch"),
	ROW(IDENTITY_ISSUER_UNKNOWN, "issuer-unknown"),
	ROW(IDENTITY_NO_REQUEST, "no-request"),
	ROW(IDENTITY_UNREADABLE, "file-unreadable"),
	ROW(IDENTITY_KEY_EXPOSED, "key-exposed"),
	ROW(IDENTITY_NOT_REQUESTED, "not-requested"),
	ROW(IDENTITY_KEY_LOST, "key-lost"),
};

START_TEST(every_identifier_is_spelt_as_documented_and_found_again)
{
	enum verdict v = (enum verdict)_i;
	enum verdict found = VERDICT__END;

	ck_assert_ptr_nonnull(spelling[v]);
	ck_assert_str_eq(verdict_name(v), spelling[v]);
	ck_assert(is_kebab(verdict_name(v)));
	ck_assert_int_eq(verdict_find(verdict_name(v), &found), 0);
	ck_assert_uint_eq(found, v);
}
END_TEST

START_TEST(unknown_identifier_is_not_found)
{
	enum verdict found = VERDICT_BUDGET;

	ck_assert_int_eq(verdict_find("", &found), -ENOENT);
	ck_assert_int_eq(verdict_find("Accepted", &found), -ENOENT);
	ck_assert_int_eq(verdict_find("accepted ", &found), -ENOENT);
	ck_assert_uint_eq(found, VERDICT_BUDGET);
}
END_TEST

/* Facts only stand in brackets, so that no sentence has a hole. */
static void assert_template(const char *t)
{
	bool inside = false;
	bool has_fact = true;

	for (const char *p = t; *p; p++) {
		if (*p == '[' || *p == ']')
			ck_assert_msg(inside == (*p == ']'), "%s", t);
		if (*p == '[')
			has_fact = false;
		if (*p == '{') {
			ck_assert_msg(inside, "fact outside brackets: %s", t);
			has_fact = true;
		}
		if (*p == '[' || *p == ']')
			inside = *p == '[';
		if (*p == ']')
			ck_assert_msg(has_fact, "brackets for nothing: %s", t);
	}
	ck_assert_msg(!inside, "bracket left open: %s", t);
}

START_TEST(a_mistake_has_a_remedy_of_its_own)
{
	const char *name = mistake_name((enum mistake)_i);
	const struct facts facts = {.mistake = name};
	CLEANUP(free) char *remedy = NULL;

	ck_assert(is_kebab(name));
	ck_assert_int_eq(mistake_find(name), _i);
	assert_template(mistake_remedy((enum mistake)_i));
	ck_assert_int_eq(
		verdict_explain(VERDICT_NOT_WELL_FORMED, &facts, NULL, &remedy),
		0);
	ck_assert_str_eq(remedy, mistake_remedy((enum mistake)_i));
}
END_TEST

START_TEST(no_other_mistake_is_known)
{
	ck_assert_int_eq(mistake_find(NULL), MISTAKE_NONE);
	ck_assert_int_eq(mistake_find("x"), MISTAKE_NONE);
	ck_assert_ptr_null(mistake_remedy(MISTAKE_NONE));
}
END_TEST

START_TEST(every_row_is_complete_and_reads_as_a_sentence)
{
	const struct verdict_row *row = verdict_row((enum verdict)_i);
	CLEANUP(free) char *reason = NULL;
	CLEANUP(free) char *remedy = NULL;
	struct facts all = {0};
	const char *text = "x";

	/* Whatever members there are: all are texts.
	 * NOLINTNEXTLINE(bugprone-sizeof-expression) */
	for (size_t at = 0; at < sizeof(all); at += sizeof(text))
		/* NOLINTNEXTLINE(bugprone-sizeof-expression) */
		memcpy((char *)&all + at, &text, sizeof(text));
	all.remedy = NULL; /* a template */
	ck_assert_ptr_nonnull(row->sentence);
	assert_template(row->sentence);
	ck_assert(row->positive || row->remedy);
	if (row->remedy)
		assert_template(row->remedy);
	ck_assert(!(row->positive && row->recoverable));

	ck_assert_int_eq(
		verdict_explain((enum verdict)_i, NULL, &reason, &remedy), 0);
	ck_assert(isupper((unsigned char)reason[0]));
	ck_assert_int_eq(reason[strlen(reason) - 1], '.');
	ck_assert_ptr_null(strpbrk(reason, "[]{}"));
	ck_assert_ptr_null(strstr(reason, "  "));
	free(reason);
	free(TAKE_PTR(remedy));
	ck_assert_int_eq(
		verdict_explain((enum verdict)_i, &all, &reason, &remedy), 0);
	ck_assert_ptr_null(strpbrk(reason, "[]{}"));
	ck_assert(!remedy == !row->remedy);
	ck_assert(!remedy || !strpbrk(remedy, "[]{}"));
}
END_TEST

static void assert_shown_whole(const char *text)
{
	CLEANUP(free) char *shown = NULL;

	ck_assert_int_eq(url_redact(text, &shown), 0);
	ck_assert_str_eq(shown, text);
}

/* A report hides what may be the credentials of a URL that was cut off. */
START_TEST(nothing_in_a_sentence_is_taken_for_credentials)
{
	const struct facts facts = {.url = "https://h.example/x?***",
		.asked = "https://h.example/y",
		.server = "h.example:443",
		.detail = "as it is"};

	for (enum verdict v = 0; v < VERDICT__END; v++) {
		CLEANUP(free) char *reason = NULL;
		CLEANUP(free) char *remedy = NULL;

		ck_assert_int_eq(
			verdict_explain(v, &facts, &reason, &remedy), 0);
		assert_shown_whole(reason);
		if (remedy)
			assert_shown_whole(remedy);
	}
}
END_TEST

START_TEST(every_variant_reads_as_a_sentence)
{
	const struct variant_row *row = &variant_rows[_i];
	CLEANUP(free) char *reason = NULL;
	CLEANUP(free) char *remedy = NULL;

	ck_assert(_i == VARIANT_NONE || row->sentence || row->remedy);
	if (row->sentence)
		assert_template(row->sentence);
	if (row->remedy)
		assert_template(row->remedy);
	ck_assert_int_eq(
		verdict_explain_variant(VERDICT_ISSUER_NOT_TRUSTED,
			(enum verdict_variant)_i, NULL, &reason, &remedy),
		0);
	ck_assert(isupper((unsigned char)reason[0]));
	ck_assert_int_eq(reason[strlen(reason) - 1], '.');
	ck_assert_ptr_null(strstr(reason, "  "));
	ck_assert_int_eq(remedy[strlen(remedy) - 1], '.');
	ck_assert_ptr_null(strstr(remedy, "  "));
}
END_TEST

START_TEST(only_issuer_dates_name_and_purpose_are_recoverable)
{
	unsigned recoverable = 0;
	unsigned positive = 0;

	for (unsigned v = 0; v < VERDICT__END; v++) {
		recoverable += verdict_row((enum verdict)v)->recoverable;
		positive += verdict_is_positive((enum verdict)v);
	}
	ck_assert_uint_eq(recoverable, 5);
	ck_assert(verdict_row(VERDICT_ISSUER_NOT_TRUSTED)->recoverable);
	ck_assert(verdict_row(VERDICT_EXPIRED)->recoverable);
	ck_assert(verdict_row(VERDICT_NOT_YET_VALID)->recoverable);
	ck_assert(verdict_row(VERDICT_NAME_MISMATCH)->recoverable);
	ck_assert(verdict_row(VERDICT_NOT_FOR_SERVERS)->recoverable);
	ck_assert_uint_eq(positive, 10);
	ck_assert(!verdict_is_positive(VERDICT_PENDING));
	ck_assert(verdict_is_positive(VERDICT_NOT_VERIFIED));
}
END_TEST

START_TEST(the_first_alternative_that_has_its_facts_is_told)
{
	CLEANUP(free) char *remedy = NULL;
	struct facts facts = {.advice = "Wait", .server = "h:1"};

	ck_assert_int_eq(verdict_explain(VERDICT_HANDSHAKE_FAILED, &facts, NULL,
				 &remedy),
		0);
	ck_assert_str_eq(remedy, "Wait.");
	free(TAKE_PTR(remedy));
	facts.advice = NULL;
	ck_assert_int_eq(verdict_explain(VERDICT_HANDSHAKE_FAILED, &facts, NULL,
				 &remedy),
		0);
	ck_assert_str_eq(remedy,
		"Look in the server's log; openssl s_client -connect h:1 shows "
		"the handshake.");
	free(TAKE_PTR(remedy));
	ck_assert_int_eq(
		verdict_explain(VERDICT_HANDSHAKE_FAILED, NULL, NULL, &remedy),
		0);
	ck_assert_str_eq(remedy, "Look in the server's log.");
}
END_TEST

START_TEST(facts_are_filled_in_and_parts_without_theirs_left_out)
{
	CLEANUP(free) char *reason = NULL;
	CLEANUP(free) char *remedy = NULL;
	struct facts facts = {.subject = "CN=pbx"};

	ck_assert_int_eq(
		verdict_explain(VERDICT_EXPIRED, &facts, &reason, NULL), 0);
	ck_assert_str_eq(reason,
		"The certificate of CN=pbx expired (RFC 5280 4.1.2.5).");
	free(TAKE_PTR(reason));

	facts = (struct facts){.date = "2020-01-01T00:00:00Z"};
	ck_assert_int_eq(
		verdict_explain(VERDICT_EXPIRED, &facts, &reason, NULL), 0);
	ck_assert_str_eq(reason,
		"The certificate expired on 2020-01-01T00:00:00Z (RFC 5280 "
		"4.1.2.5).");

	/* A command is the end of a remedy, so that none of it is typed. */
	facts = (struct facts){.server = "h:443",
		.later = "It counts from the next run on.",
		.peer_cure = "Publish it, or: certprovctl trust 00 --host h"};
	ck_assert_int_eq(
		verdict_explain(VERDICT_TLS_REJECTED, &facts, NULL, &remedy),
		0);
	ck_assert_str_eq(remedy,
		"It counts from the next run on. Publish it, or: certprovctl "
		"trust 00 --host h");
	free(TAKE_PTR(remedy));

	facts = (struct facts){.detail = "a PEM file",
		.convert = "openssl x509 -in FILE -outform DER -out FILE.der"};
	ck_assert_int_eq(
		verdict_explain(VERDICT_NOT_DER, &facts, NULL, &remedy), 0);
	ck_assert_str_eq(remedy,
		"Publish the certificate in DER form: openssl x509 -in FILE "
		"-outform DER -out FILE.der.");
}
END_TEST

START_TEST(a_refusal_ends_with_the_one_clause_that_decides)
{
	CLEANUP(free) char *reason = NULL;
	struct facts facts = {.detail = "zero", .clause = "RFC 5280 4.1.2.2"};

	ck_assert_int_eq(
		verdict_explain(VERDICT_PROFILE, NULL, &reason, NULL), 0);
	ck_assert_str_eq(reason,
		"The strict profile refuses the certificate (RFC 5280 4.2).");
	free(TAKE_PTR(reason));
	ck_assert_int_eq(
		verdict_explain(VERDICT_PROFILE, &facts, &reason, NULL), 0);
	ck_assert_str_eq(reason,
		"The strict profile refuses the certificate: zero (RFC 5280 "
		"4.1.2.2).");
	free(TAKE_PTR(reason));
	/* A peer may have written the detail. */
	facts = (struct facts){.detail = "RFC 1 Ltd"};
	ck_assert_int_eq(
		verdict_explain(VERDICT_PROFILE, &facts, &reason, NULL), 0);
	ck_assert_str_eq(reason,
		"The strict profile refuses the certificate: RFC 1 Ltd (RFC "
		"5280 4.2).");
	free(TAKE_PTR(reason));
	ck_assert_int_eq(
		verdict_explain(VERDICT_TRUSTED, NULL, &reason, NULL), 0);
	ck_assert_str_eq(reason, "The server is trusted.");
}
END_TEST

START_TEST(facts_cannot_control_a_terminal_or_inject_templates)
{
	CLEANUP(free) char *reason = NULL;
	const struct facts facts = {
		.subject = "CN=\x1b[31m\n\xff{issuer}[x]\xe2\x80\x8b",
		.issuer = "SECRET",
	};

	ck_assert_int_eq(
		verdict_explain(VERDICT_DISTRUSTED, &facts, &reason, NULL), 0);
	ck_assert_str_eq(reason,
		"The certificate of CN=\\x1B[31m\\x0A\\xFF{issuer}[x]\\u200B or "
		"its key is distrusted on this phone.");
}
END_TEST

START_TEST(every_warning_has_a_name_and_a_sentence)
{
	enum warning w = (enum warning)_i;
	CLEANUP(warning_words_done) struct warning_words words = {0};

	ck_assert(is_kebab(warning_name(w)));
	ck_assert_int_eq(warning_explain(w, NULL, &words), 0);
	ck_assert_str_eq(words.identifier, warning_name(w));
	ck_assert(isupper((unsigned char)words.sentence[0]));
	ck_assert_ptr_null(strpbrk(words.sentence, "[]{}"));
	for (unsigned i = 0; i < (unsigned)_i; i++)
		ck_assert_str_ne(
			warning_name((enum warning)i), warning_name(w));
}
END_TEST

TCase *verdict_tests(void);

TCase *verdict_tests(void)
{
	TCase *tc = tcase_create("verdict");

	tcase_add_loop_test(
		tc, a_mistake_has_a_remedy_of_its_own, 1, MISTAKE__END);
	tcase_add_test(tc, no_other_mistake_is_known);
	tcase_add_loop_test(tc,
		every_identifier_is_spelt_as_documented_and_found_again, 0,
		VERDICT__END);
	tcase_add_test(tc, unknown_identifier_is_not_found);
	tcase_add_test(tc, nothing_in_a_sentence_is_taken_for_credentials);
	tcase_add_loop_test(
		tc, every_variant_reads_as_a_sentence, 0, VARIANT__END);
	tcase_add_loop_test(tc, every_row_is_complete_and_reads_as_a_sentence,
		0, VERDICT__END);
	tcase_add_test(tc, only_issuer_dates_name_and_purpose_are_recoverable);
	tcase_add_test(tc, the_first_alternative_that_has_its_facts_is_told);
	tcase_add_test(
		tc, facts_are_filled_in_and_parts_without_theirs_left_out);
	tcase_add_test(tc, a_refusal_ends_with_the_one_clause_that_decides);
	tcase_add_test(tc, facts_cannot_control_a_terminal_or_inject_templates);
	tcase_add_loop_test(
		tc, every_warning_has_a_name_and_a_sentence, 0, WARNING__END);
	return tc;
}
