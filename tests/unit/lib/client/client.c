/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/client/client-internal.h"
#include "tests/unit/lib/client/service.h"
#include "tests/unit/runner.h"

#define VERDICT(result, trusted)                                               \
	"{\"parameters\":{\"verdict\":{\"trusted\":" trusted                   \
	",\"result\":\"" result                                                \
	"\",\"reason\":\"Because.\",\"recoverable\":true,\"path\":[],"         \
	"\"store\":\"0123456789abcdef0123456789abcdef\","                      \
	"\"generation\":7,\"clockTrusted\":true}}}"
#define NEED "{\"error\":\"io.certprov.trust.NeedCertificates\"}"

static struct service service;
static struct certprov *handle;

static const struct certprov_der chain[] = {
	{"\x30\x02\x05\x00", 4},
	{"\x04\x02hi", 4},
};

static void setup(void)
{
	service_init(&service);
	handle = service_handle(&service);
}

static void teardown(void)
{
	handle = certprov_free(handle);
	service_done(&service);
}

static int verify(struct certprov_verdict **ret)
{
	return certprov_verify(handle, chain, ARRAY_SIZE(chain),
		"pbx.example.com", CERTPROV_SIP, ret);
}

/* A verdict of that result, now. */
static void expect(const char *result, bool trusted)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	ck_assert_int_eq(verify(&v), 0);
	ck_assert_str_eq(certprov_verdict_result(v), result);
	ck_assert_int_eq(certprov_verdict_trusted(v), trusted);
}

static int64_t now_ms(void)
{
	return varlink_deadline(0);
}

/* --- verdicts --- */

static enum manners trust_all(struct service_connection *c, const char *text)
{
	(void)text;
	service_say(c, VERDICT("trusted", "true"));
	return STAY;
}

static enum manners say_text(struct service_connection *c, const char *text)
{
	(void)text;
	service_say(c, c->service->userdata);
	return STAY;
}

static char everything[] =
	"{\"parameters\":{\"verdict\":{\"trusted\":false,"
	"\"result\":\"expired\",\"reason\":\"It is over.\","
	"\"remedy\":\"Renew it.\",\"recoverable\":true,"
	"\"path\":[\"aa\",\"bb\"],\"anchor\":\"bb\","
	"\"store\":\"cafe\",\"generation\":9,\"clockTrusted\":false,"
	"\"warnings\":[{\"identifier\":\"key-short\",\"sentence\":\"Short.\"}],\"news\":{\"of\":\"tomorrow\"}}}}";

START_TEST(a_verdict_says_everything_the_daemon_said)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	/* A newer daemon may say more than the interface of today. */
	service.may_be_wrong = true;
	service_start(&service, say_text, everything);
	ck_assert_int_eq(verify(&v), 0);
	ck_assert_int_eq(certprov_verdict_trusted(v), 0);
	ck_assert_str_eq(certprov_verdict_result(v), "expired");
	ck_assert_str_eq(certprov_verdict_reason(v), "It is over.");
	ck_assert_str_eq(certprov_verdict_remedy(v), "Renew it.");
	ck_assert_int_eq(certprov_verdict_recoverable(v), 1);
	ck_assert_uint_eq(certprov_verdict_path_count(v), 2);
	ck_assert_str_eq(certprov_verdict_path(v, 0), "aa");
	ck_assert_str_eq(certprov_verdict_path(v, 1), "bb");
	ck_assert_ptr_null(certprov_verdict_path(v, 2));
	ck_assert_str_eq(certprov_verdict_anchor(v), "bb");
	ck_assert_uint_eq(certprov_verdict_warning_count(v), 1);
	ck_assert_str_eq(
		certprov_verdict_warning(v, 0)->identifier, "key-short");
	ck_assert_ptr_null(certprov_verdict_warning(v, 1));
	ck_assert_str_eq(certprov_verdict_store(v), "cafe");
	ck_assert_uint_eq(certprov_verdict_generation(v), 9);
	ck_assert_int_eq(certprov_verdict_clock_trusted(v), 0);
}
END_TEST

START_TEST(what_is_asked_is_what_the_interface_says)
{
	service_start(&service, trust_all, NULL);
	expect("trusted", true);
	ck_assert_str_eq(service_message(&service, 0),
		"{\"method\":\"io.certprov.trust.Verify\",\"parameters\":{"
		"\"chain\":[\"MAIFAA==\",\"BAJoaQ==\"],"
		"\"host\":\"pbx.example.com\",\"purpose\":\"sip\"}}");
}
END_TEST

static char no_verdict[] = "{\"parameters\":{}}";
static char no_object[] = "{\"parameters\":{\"verdict\":1}}";
static char half_a_verdict[] =
	"{\"parameters\":{\"verdict\":{\"trusted\":true,\"result\":\"x\"}}}";
static char numbered[] =
	"{\"parameters\":{\"verdict\":{\"trusted\":1,\"result\":\"trusted\","
	"\"reason\":\"r\",\"store\":\"\"}}}";
static char no_json[] = "trusted";
static char unasked[] = "{\"parameters\":{},\"continues\":true}";
static char *const nonsense[] = {
	no_verdict,
	no_object,
	half_a_verdict,
	numbered,
	no_json,
	unasked,
};

START_TEST(nonsense_is_never_a_verdict_of_the_daemon)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	service.may_be_wrong = true;
	service_start(&service, say_text, nonsense[_i]);
	expect("daemon-unreachable", false);
	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_FAIL), 0);
	ck_assert_int_eq(verify(&v), -EBADMSG);
	ck_assert_ptr_null(v);
}
END_TEST

/* --- by digest --- */

static enum manners know_digests(struct service_connection *c, const char *text)
{
	if (strstr(text, "VerifyDigest"))
		service_say(c, VERDICT("trusted", "true"));
	else
		service_say(c, VERDICT("expired", "false"));
	return STAY;
}

START_TEST(a_chain_asked_for_again_is_named_by_digest)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char hex[SHA256_HEX_SIZE];

	service_start(&service, know_digests, NULL);
	expect("expired", false);
	expect("trusted", true);
	(void)SHA256((const uint8_t *)"\x30\x02\x05\x00\x04\x02hi", 8, digest);
	hex_format(digest, sizeof(digest), hex);
	ck_assert_ptr_nonnull(strstr(service_message(&service, 1), hex));
	ck_assert_ptr_nonnull(strstr(service_message(&service, 1),
		"\"host\":\"pbx.example.com\",\"purpose\":\"sip\""));
}
END_TEST

static enum manners forget(struct service_connection *c, const char *text)
{
	service_say(c,
		strstr(text, "VerifyDigest") ? NEED
					     : VERDICT("trusted", "true"));
	return STAY;
}

START_TEST(a_chain_the_daemon_has_forgotten_is_sent_again)
{
	service_start(&service, forget, NULL);
	expect("trusted", true);
	expect("trusted", true);
	ck_assert_uint_eq(service.messages, 3);
	ck_assert_ptr_nonnull(strstr(service_message(&service, 2), "MAIFAA=="));
}
END_TEST

static enum manners be_old(struct service_connection *c, const char *text)
{
	service_say(c,
		strstr(text, "VerifyDigest")
			? "{\"error\":\"org.varlink.service.MethodNotFound\"}"
			: VERDICT("trusted", "true"));
	return STAY;
}

START_TEST(a_daemon_that_knows_no_digests_is_not_asked_again)
{
	service_start(&service, be_old, NULL);
	for (int i = 0; i < 4; i++)
		expect("trusted", true);
	ck_assert_uint_eq(service.messages, 5);
}
END_TEST

/* Two chains of the same bytes, cut in different places. */
START_TEST(a_chain_of_other_than_whole_values_is_not_named_by_digest)
{
	const struct certprov_der cut[][2] = {
		{{"\x30\x02\x05", 3}, {"\x00\x04\x02hi", 5}},
		{{"", 0}, {"\x30\x02\x05\x00\x04\x02hi", 8}},
		{{"\x30\x02\x05\x00\x04\x02hi", 8}, {NULL, 0}},
	};

	service_start(&service, know_digests, NULL);
	expect("expired", false);
	for (size_t i = 0; i < ARRAY_SIZE(cut); i++) {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;

		ck_assert_int_eq(certprov_verify(handle, cut[i], 2,
					 "pbx.example.com", CERTPROV_SIP, &v),
			0);
		ck_assert_str_eq(certprov_verdict_result(v), "expired");
	}
	expect("trusted", true);
}
END_TEST

/* BER marks the end: whatever follows would belong to it as well. */
START_TEST(a_value_without_a_length_is_not_named_by_digest)
{
	const struct certprov_der one = {"\x30\x80\x05\x00\x00\x00", 6};

	service_start(&service, know_digests, NULL);
	for (int i = 0; i < 2; i++) {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;

		ck_assert_int_eq(certprov_verify(handle, &one, 1, NULL,
					 CERTPROV_ANY, &v),
			0);
		ck_assert_str_eq(certprov_verdict_result(v), "expired");
	}
}
END_TEST

START_TEST(only_the_last_chains_are_named_by_digest)
{
	char name[4] = "\x04\x01?";

	service_start(&service, trust_all, NULL);
	for (int round = 0; round < 2; round++)
		for (name[2] = 'a'; name[2] <= 'a' + SEEN_CHAINS; name[2]++) {
			CLEANUP(certprov_verdict_free)
			struct certprov_verdict *v = NULL;
			const struct certprov_der one = {name, 3};

			ck_assert_int_eq(certprov_verify(handle, &one, 1, NULL,
						 CERTPROV_ANY, &v),
				0);
		}
	for (unsigned i = 0; i < service.messages; i++)
		ck_assert_ptr_null(
			strstr(service_message(&service, i), "VerifyDigest"));
}
END_TEST

/* --- nobody there --- */

START_TEST(without_a_daemon_nobody_is_trusted)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	ck_assert_int_eq(verify(&v), 0);
	ck_assert_int_eq(certprov_verdict_trusted(v), 0);
	ck_assert_str_eq(certprov_verdict_result(v), "daemon-unreachable");
	ck_assert_ptr_nonnull(strstr(certprov_verdict_reason(v), service.path));
	ck_assert_ptr_nonnull(strstr(certprov_verdict_remedy(v), "certprovd"));
	ck_assert_int_eq(certprov_verdict_recoverable(v), 0);
	ck_assert_str_eq(certprov_verdict_store(v), "");
	ck_assert_int_eq(certprov_verdict_trusted(NULL), 0);
}
END_TEST

START_TEST(a_verdict_lives_as_long_as_its_last_reference)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	struct certprov_verdict *again = NULL;

	ck_assert_ptr_null(certprov_verdict_ref(NULL));
	ck_assert_int_eq(verify(&v), 0);
	again = certprov_verdict_ref(v);
	ck_assert_ptr_eq(again, v);
	ck_assert_ptr_null(certprov_verdict_free(again));
	ck_assert_str_eq(certprov_verdict_result(v), "daemon-unreachable");
}
END_TEST

START_TEST(without_a_daemon_the_caller_may_want_an_error)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_FAIL), 0);
	ck_assert_int_eq(verify(&v), -ENOTCONN);
	ck_assert_ptr_null(v);
}
END_TEST

START_TEST(without_a_daemon_the_caller_may_go_on)
{
	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_ALLOW), 0);
	expect("daemon-unreachable", true);
}
END_TEST

START_TEST(what_verifies_by_other_means_gets_the_same_of_an_error)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_FAIL), 0);
	ck_assert_int_eq(
		certprov_verdict_absent(handle, -ENOTCONN, &v), -ENOTCONN);
	ck_assert_ptr_null(v);
	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_DENY), 0);
	ck_assert_int_eq(certprov_verdict_absent(handle, -ENOTCONN, &v), 0);
	ck_assert_int_eq(certprov_verdict_trusted(v), 0);
	ck_assert_str_eq(certprov_verdict_result(v), "daemon-unreachable");
}
END_TEST

START_TEST(a_copy_has_the_settings_and_no_connection)
{
	CLEANUP(certprov_free) struct certprov *copy = NULL;

	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_ALLOW), 0);
	ck_assert_int_eq(certprov_set_timeout(handle, 17), 0);
	ck_assert_int_eq(certprov_dup(handle, &copy), 0);
	ck_assert_str_eq(copy->path, service.path);
	ck_assert_int_eq(copy->timeout_ms, 17);
	ck_assert_int_eq(copy->absent, CERTPROV_ABSENT_ALLOW);
	ck_assert_ptr_null(copy->connection);
}
END_TEST

static enum manners say_nothing(struct service_connection *c, const char *text)
{
	(void)c;
	(void)text;
	return STAY;
}

START_TEST(a_silent_daemon_costs_the_time_limit_and_no_more)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	int64_t begin = now_ms();

	service_start(&service, say_nothing, NULL);
	ck_assert_int_eq(certprov_set_timeout(handle, MOMENT_MS), 0);
	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_FAIL), 0);
	ck_assert_int_eq(verify(&v), -ETIMEDOUT);
	ck_assert_int_ge(now_ms() - begin, MOMENT_MS);
	ck_assert_int_lt(now_ms() - begin, PATIENCE_MS);
}
END_TEST

static enum manners be_late(struct service_connection *c, const char *text)
{
	(void)text;
	if (c->number > 0)
		service_say(c, VERDICT("trusted", "true"));
	return STAY;
}

START_TEST(an_answer_that_comes_too_late_answers_nothing_else)
{
	service_start(&service, be_late, NULL);
	ck_assert_int_eq(certprov_set_timeout(handle, MOMENT_MS), 0);
	expect("daemon-unreachable", false);
	ck_assert_int_eq(certprov_set_timeout(handle, PATIENCE_MS), 0);
	expect("trusted", true);
	ck_assert_uint_eq(service.accepted, 2);
}
END_TEST

/* A listener that accepts nobody, with a queue for one. */
static int full_listener(const char *path, int *ret_waiting)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)stpcpy(address.sun_path, path);
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	*ret_waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(*ret_waiting, (struct sockaddr *)&address,
				 sizeof(address)),
		0);
	return fd;
}

START_TEST(a_full_queue_costs_the_time_limit_and_no_more)
{
	CLEANUP(fd_close) int waiting = -1;
	CLEANUP(fd_close)
	int listener = full_listener(service.path, &waiting);
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(certprov_set_timeout(handle, MOMENT_MS), 0);
	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_FAIL), 0);
	ck_assert_int_eq(verify(&v), -ETIMEDOUT);
	/* A report does not even wait for that. */
	ck_assert_int_eq(certprov_set_timeout(handle, PATIENCE_MS), 0);
	ck_assert_int_eq(certprov_report_rejection(handle, chain, 2, "h",
				 CERTPROV_SIP, "expired"),
		-ETIMEDOUT);
	ck_assert_int_eq(unlink(service.path), 0);
}
END_TEST

/* --- a daemon that goes and comes --- */

static enum manners answer_once(struct service_connection *c, const char *text)
{
	(void)trust_all(c, text);
	return HANG_UP;
}

START_TEST(a_daemon_that_was_restarted_between_calls_is_not_noticed)
{
	service_start(&service, answer_once, NULL);
	for (unsigned i = 1; i <= 3; i++) {
		expect("trusted", true);
		ck_assert_uint_eq(service.accepted, i);
	}
}
END_TEST

static enum manners die_at_first(struct service_connection *c, const char *text)
{
	return c->number == 0 ? HANG_UP : trust_all(c, text);
}

START_TEST(a_call_whose_connection_dies_is_made_again)
{
	service_start(&service, die_at_first, NULL);
	expect("trusted", true);
	ck_assert_uint_eq(service.messages, 2);
}
END_TEST

static enum manners die(struct service_connection *c, const char *text)
{
	(void)c;
	(void)text;
	return HANG_UP;
}

START_TEST(a_call_is_made_twice_and_not_more_often)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	service_start(&service, die, NULL);
	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_FAIL), 0);
	ck_assert_int_eq(verify(&v), -ECONNRESET);
	ck_assert_uint_eq(service.messages, 2);
}
END_TEST

static enum manners leave(struct service_connection *c, const char *text)
{
	(void)text;
	ck_assert_int_eq(shutdown(c->service->listener, SHUT_RDWR), 0);
	return HANG_UP;
}

START_TEST(a_daemon_that_went_in_the_middle_is_waited_for_until_the_limit)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	int64_t begin = now_ms();

	service_start(&service, leave, NULL);
	ck_assert_int_eq(certprov_set_timeout(handle, LONG_MOMENT_MS), 0);
	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_FAIL), 0);
	ck_assert_int_eq(verify(&v), -ECONNRESET);
	ck_assert_int_ge(now_ms() - begin, LONG_MOMENT_MS);
	/* The next one knows at once. */
	ck_assert_int_eq(certprov_set_timeout(handle, PATIENCE_MS), 0);
	ck_assert_int_eq(verify(&v), -ENOTCONN);
}
END_TEST

START_TEST(after_a_fork_both_have_a_connection_of_their_own)
{
	int status = -1;
	pid_t child = -1;

	service_start(&service, trust_all, NULL);
	expect("trusted", true);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;

		_exit(verify(&v) == 0 && certprov_verdict_trusted(v) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	expect("trusted", true);
	ck_assert_uint_eq(service.accepted, 2);
}
END_TEST

/* --- errors --- */

static const struct {
	const char *text;
	int error;
} errors[] = {
	{"org.varlink.service.MethodNotFound", -EOPNOTSUPP},
	{"org.varlink.service.MethodNotImplemented", -EOPNOTSUPP},
	{"org.varlink.service.InterfaceNotFound", -EOPNOTSUPP},
	{"org.varlink.service.InvalidParameter", -EINVAL},
	{"org.varlink.service.PermissionDenied", -EACCES},
	{"io.certprov.trust.LimitExceeded", -EBUSY},
	{"io.systemd.System", -EREMOTEIO},
	{"io.example.Something", -EREMOTEIO},
};

START_TEST(every_error_of_the_daemon_has_its_number)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(
		string_format(&text, "{\"error\":\"%s\"}", errors[_i].text), 0);
	service.may_be_wrong = strstr(text, "io.example.");
	service_start(&service, say_text, text);
	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_FAIL), 0);
	ck_assert_int_eq(verify(&v), errors[_i].error);
}
END_TEST

START_TEST(a_wrong_question_is_an_error_whatever_the_caller_chose)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	const struct certprov_der nothing = {NULL, 5};

	ck_assert_int_eq(certprov_set_absent(handle, CERTPROV_ABSENT_ALLOW), 0);
	ck_assert_int_eq(
		certprov_verify(handle, chain, 2, NULL, CERTPROV_SIP, &v),
		-EINVAL);
	ck_assert_int_eq(certprov_verify(handle, chain, 2, "h",
				 (enum certprov_purpose)99, &v),
		-EINVAL);
	ck_assert_int_eq(
		certprov_verify(handle, &nothing, 1, "h", CERTPROV_SIP, &v),
		-EINVAL);
	ck_assert_int_eq(certprov_set_timeout(handle, 0), -EINVAL);
	ck_assert_int_eq(
		certprov_set_timeout(handle, TIMEOUT_MAX_MS + 1), -EINVAL);
	ck_assert_int_eq(
		certprov_set_absent(handle, (enum certprov_absent)3), -EINVAL);
	ck_assert_int_eq(certprov_set_socket(handle, ""), -EINVAL);
	ck_assert_ptr_null(v);
}
END_TEST

START_TEST(one_certificate_more_than_is_looked_at_is_a_verdict)
{
	struct certprov_der many[17];

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct certprov_der){"x", 1};
	service_start(&service, trust_all, NULL);
	for (size_t count = 16; count <= 17; count++) {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;

		ck_assert_int_eq(certprov_verify(handle, many, count, "h",
					 CERTPROV_SIP, &v),
			0);
		ck_assert_str_eq(certprov_verdict_result(v),
			count == 16 ? "trusted" : "budget");
	}
	ck_assert_uint_eq(service.messages, 1);
}
END_TEST

START_TEST(one_byte_more_than_is_looked_at_is_a_verdict)
{
	enum { MOST = 128 * 1024 };
	CLEANUP(free) char *data = calloc(1, MOST);
	const struct certprov_der big[] = {{data, MOST}, {data, 1}};

	service_start(&service, trust_all, NULL);
	for (size_t count = 1; count <= 2; count++) {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;

		ck_assert_int_eq(certprov_verify(handle, big, count, "h",
					 CERTPROV_SIP, &v),
			0);
		ck_assert_str_eq(certprov_verdict_result(v),
			count == 1 ? "trusted" : "budget");
	}
}
END_TEST

/* --- reports --- */

START_TEST(a_report_is_sent_and_nobody_waits)
{
	service_start(&service, say_nothing, NULL);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(certprov_report_rejection(handle, chain, 1,
					 "h", CERTPROV_LDAP, "expired"),
			0);
	ck_assert_str_eq(service_message(&service, 1),
		"{\"method\":\"io.certprov.trust.ReportRejection\","
		"\"parameters\":{\"chain\":[\"MAIFAA==\"],\"host\":\"h\","
		"\"purpose\":\"ldap\",\"result\":\"expired\"},\"oneway\":true}");
	ck_assert_uint_eq(service.accepted, 1);
}
END_TEST

/* --- threads --- */

#define THREADS 8
#define ROUNDS 50
#define CALLS 400
_Static_assert(CALLS == THREADS * ROUNDS, "all of them");

static void *verify_often(void *userdata)
{
	struct certprov *mine = userdata;

	for (int i = 0; i < ROUNDS; i++) {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;

		if (certprov_verify(mine, chain, ARRAY_SIZE(chain), "h",
			    CERTPROV_SIP, &v) < 0 ||
			!certprov_verdict_trusted(v))
			return NULL;
	}
	return userdata;
}

START_TEST(threads_with_a_handle_each_do_not_disturb_one_another)
{
	struct certprov *handles[THREADS] = {NULL};
	pthread_t threads[THREADS];

	service_start(&service, trust_all, NULL);
	for (size_t i = 0; i < THREADS; i++) {
		ck_assert_int_eq(certprov_dup(handle, &handles[i]), 0);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, verify_often,
					 handles[i]),
			0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *good = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &good), 0);
		ck_assert_ptr_eq(good, handles[i]);
		(void)certprov_free(handles[i]);
	}
	ck_assert_uint_eq(service.messages, CALLS);
}
END_TEST

static void add_verdict_tests(TCase *tc)
{
	tcase_add_test(tc, a_verdict_says_everything_the_daemon_said);
	tcase_add_test(tc, what_is_asked_is_what_the_interface_says);
	tcase_add_loop_test(tc, nonsense_is_never_a_verdict_of_the_daemon, 0,
		ARRAY_SIZE(nonsense));
	tcase_add_test(tc, a_chain_asked_for_again_is_named_by_digest);
	tcase_add_test(tc, a_chain_the_daemon_has_forgotten_is_sent_again);
	tcase_add_test(tc, a_daemon_that_knows_no_digests_is_not_asked_again);
	tcase_add_test(
		tc, a_chain_of_other_than_whole_values_is_not_named_by_digest);
	tcase_add_test(tc, a_value_without_a_length_is_not_named_by_digest);
	tcase_add_test(tc, only_the_last_chains_are_named_by_digest);
	tcase_add_test(tc, one_certificate_more_than_is_looked_at_is_a_verdict);
	tcase_add_test(tc, one_byte_more_than_is_looked_at_is_a_verdict);
	tcase_add_test(tc, a_report_is_sent_and_nobody_waits);
}

TCase *client_tests(void);

TCase *client_tests(void)
{
	TCase *tc = tcase_create("client");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	add_verdict_tests(tc);
	tcase_add_test(tc, without_a_daemon_nobody_is_trusted);
	tcase_add_test(tc, a_verdict_lives_as_long_as_its_last_reference);
	tcase_add_test(tc, without_a_daemon_the_caller_may_want_an_error);
	tcase_add_test(tc, without_a_daemon_the_caller_may_go_on);
	tcase_add_test(
		tc, what_verifies_by_other_means_gets_the_same_of_an_error);
	tcase_add_test(tc, a_copy_has_the_settings_and_no_connection);
	tcase_add_test(tc, a_silent_daemon_costs_the_time_limit_and_no_more);
	tcase_add_test(tc, an_answer_that_comes_too_late_answers_nothing_else);
	tcase_add_test(tc, a_full_queue_costs_the_time_limit_and_no_more);
	tcase_add_test(
		tc, a_daemon_that_was_restarted_between_calls_is_not_noticed);
	tcase_add_test(tc, a_call_whose_connection_dies_is_made_again);
	tcase_add_test(tc, a_call_is_made_twice_and_not_more_often);
	tcase_add_test(tc,
		a_daemon_that_went_in_the_middle_is_waited_for_until_the_limit);
	tcase_add_test(tc, after_a_fork_both_have_a_connection_of_their_own);
	tcase_add_loop_test(tc, every_error_of_the_daemon_has_its_number, 0,
		ARRAY_SIZE(errors));
	tcase_add_test(
		tc, a_wrong_question_is_an_error_whatever_the_caller_chose);
	tcase_add_test(
		tc, threads_with_a_handle_each_do_not_disturb_one_another);
	return tc;
}
