/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, lists, status, snapshots: what else a daemon answers. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/client/client-internal.h"
#include "tests/unit/lib/client/service.h"
#include "tests/unit/runner.h"

#define SHA256_OF(c) c c c c c c c c
#define A SHA256_OF("aaaaaaaa")
#define CERTIFICATE(sha256)                                                              \
	"{\"sha256\":\"" sha256                                                          \
	"\",\"lists\":[\"servers\",\"distrusted\",\"later\"],"                           \
	"\"role\":\"intermediate\",\"origin\":\"provisioned-url\",\"subject\":\"CN=s\"," \
	"\"issuer\":\"CN=i\",\"serial\":\"0a\","                                         \
	"\"notBefore\":\"1970-01-01T00:00:01Z\","                                        \
	"\"notAfter\":\"2038-01-19T03:14:08Z\",\"keyType\":\"rsa\","                     \
	"\"keyBits\":2048,\"ca\":true,\"names\":[\"DNS:a\",\"IP:::1\"],"                 \
	"\"results\":[\"expired\"],\"der\":\"AQID\",\"run\":3}"

static struct service service;
static struct certprov *handle;

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

static enum manners say_userdata(struct service_connection *c, const char *text)
{
	(void)text;
	service_say(c, c->service->userdata);
	return STAY;
}

/* --- Get --- */

static char one[] = "{\"parameters\":{\"certificate\":" CERTIFICATE(A) "}}";

START_TEST(a_certificate_says_everything_the_daemon_said)
{
	CLEANUP(certprov_certificate_free)
	struct certprov_certificate *c = NULL;
	size_t size = 0;

	service_start(&service, say_userdata, one);
	ck_assert_int_eq(certprov_get(handle, A, &c), 0);
	ck_assert_str_eq(service_message(&service, 0),
		"{\"method\":\"io.certprov.trust.Get\",\"parameters\":{"
		"\"sha256\":\"" A "\",\"withDer\":true}}");
	ck_assert_str_eq(certprov_certificate_sha256(c), A);
	ck_assert_uint_eq(certprov_certificate_lists(c),
		CERTPROV_SERVERS | CERTPROV_DISTRUSTED);
	ck_assert_str_eq(certprov_certificate_origin(c), "provisioned-url");
	ck_assert_str_eq(certprov_certificate_role(c), "intermediate");
	ck_assert_str_eq(certprov_certificate_subject(c), "CN=s");
	ck_assert_str_eq(certprov_certificate_issuer(c), "CN=i");
	ck_assert_str_eq(certprov_certificate_serial(c), "0a");
	ck_assert_int_eq(certprov_certificate_not_before(c), 1);
	ck_assert_int_eq(certprov_certificate_not_after(c), 2147483648);
	ck_assert_str_eq(certprov_certificate_key_type(c), "rsa");
	ck_assert_int_eq(certprov_certificate_key_bits(c), 2048);
	ck_assert_int_eq(certprov_certificate_is_ca(c), 1);
	ck_assert_uint_eq(certprov_certificate_name_count(c), 2);
	ck_assert_str_eq(certprov_certificate_name(c, 1), "IP:::1");
	ck_assert_ptr_null(certprov_certificate_name(c, 2));
	ck_assert_uint_eq(certprov_certificate_result_count(c), 1);
	ck_assert_str_eq(certprov_certificate_result(c, 0), "expired");
	ck_assert_mem_eq(certprov_certificate_der(c, &size), "\1\2\3", 3);
	ck_assert_uint_eq(size, 3);
}
END_TEST

static char none[] = "{\"error\":\"io.certprov.trust.NoSuchCertificate\","
		     "\"parameters\":{\"sha256\":\"" A "\"}}";

START_TEST(a_certificate_that_is_not_there_is_an_error_of_its_own)
{
	CLEANUP(certprov_certificate_free)
	struct certprov_certificate *c = NULL;

	service_start(&service, say_userdata, none);
	ck_assert_int_eq(certprov_get(handle, A, &c), -ENODATA);
	ck_assert_int_eq(certprov_get(handle, "aa", &c), -EINVAL);
	ck_assert_int_eq(certprov_get(handle, NULL, &c), -EINVAL);
}
END_TEST

/* --- list --- */

#define ITEM(more)                                                             \
	"{\"parameters\":{\"certificate\":" CERTIFICATE(                       \
		A) ",\"store\":\"\",\"generation\":1},\"continues\":" more "}"

static enum manners list_three(struct service_connection *c, const char *text)
{
	if (!strstr(text, "ListCertificates")) {
		service_say(c, one);
		return STAY;
	}
	service_say(c, ITEM("true"));
	service_say(c, ITEM("true"));
	service_say(c, ITEM("false"));
	return STAY;
}

struct seen_items {
	unsigned count;
	unsigned end_at;
};

static int on_item(const struct certprov_certificate *c, void *userdata)
{
	CLEANUP(certprov_certificate_free)
	struct certprov_certificate *again = NULL;
	struct seen_items *seen = userdata;

	/* The handle may be used. */
	ck_assert_int_eq(
		certprov_get(handle, certprov_certificate_sha256(c), &again),
		0);
	return ++seen->count == seen->end_at ? 77 : 0;
}

START_TEST(a_list_comes_one_by_one_until_the_caller_has_enough)
{
	struct seen_items all = {0};
	struct seen_items some = {.end_at = 2};

	service_start(&service, list_three, NULL);
	ck_assert_int_eq(
		certprov_list(handle, CERTPROV_SERVERS, 1, on_item, &all), 0);
	ck_assert_uint_eq(all.count, 3);
	ck_assert_str_eq(service_message(&service, 0),
		"{\"method\":\"io.certprov.trust.ListCertificates\","
		"\"parameters\":{\"list\":\"servers\",\"withDer\":true},"
		"\"more\":true}");
	ck_assert_int_eq(
		certprov_list(handle, (enum certprov_list)0, 0, on_item, &some),
		77);
	ck_assert_uint_eq(some.count, 2);
	ck_assert_int_eq(
		certprov_list(handle, CERTPROV_ANCHORS, 0, on_item, &all), 0);
	ck_assert_ptr_nonnull(
		strstr(service_message(&service, 7), "\"list\":\"anchors\""));
	ck_assert_int_eq(
		certprov_list(handle, CERTPROV_DISTRUSTED, 0, on_item, &some),
		-EINVAL);
}
END_TEST

static char empty_list[] = "{\"parameters\":{\"store\":\"\",\"generation\":1}}";

START_TEST(an_empty_list_calls_nobody)
{
	struct seen_items seen = {0};

	service_start(&service, say_userdata, empty_list);
	ck_assert_int_eq(
		certprov_list(handle, CERTPROV_UNKNOWN, 0, on_item, &seen), 0);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

static enum manners list_half(struct service_connection *c, const char *text)
{
	if (!strstr(text, "ListCertificates"))
		return list_three(c, text);
	service_say(c, ITEM("true"));
	return STAY;
}

START_TEST(a_list_that_stops_costs_the_time_limit_and_no_more)
{
	struct seen_items seen = {0};

	service_start(&service, list_half, NULL);
	ck_assert_int_eq(certprov_set_timeout(handle, service_moment_ms()), 0);
	ck_assert_int_eq(
		certprov_list(handle, CERTPROV_SERVERS, 0, on_item, &seen),
		-ETIMEDOUT);
	ck_assert_uint_eq(seen.count, 1);
}
END_TEST

static enum manners die_and_list(struct service_connection *c, const char *text)
{
	return c->number == 0 ? HANG_UP : list_three(c, text);
}

START_TEST(a_list_that_has_not_begun_is_asked_for_again)
{
	struct seen_items seen = {0};

	service_start(&service, die_and_list, NULL);
	ck_assert_int_eq(
		certprov_list(handle, CERTPROV_SERVERS, 0, on_item, &seen), 0);
	ck_assert_uint_eq(seen.count, 3);
}
END_TEST

static enum manners leave(struct service_connection *c, const char *text)
{
	(void)text;
	ck_assert_int_eq(shutdown(c->service->listener, SHUT_RDWR), 0);
	return HANG_UP;
}

START_TEST(for_a_list_a_daemon_that_went_is_waited_for_as_well)
{
	struct seen_items seen = {0};
	int64_t begin = varlink_deadline(0);

	service_start(&service, leave, NULL);
	ck_assert_int_eq(certprov_set_timeout(handle, LONG_MOMENT_MS), 0);
	ck_assert_int_eq(
		certprov_list(handle, CERTPROV_SERVERS, 0, on_item, &seen),
		-ECONNRESET);
	ck_assert_int_ge(varlink_deadline(0) - begin, LONG_MOMENT_MS);
}
END_TEST

/* --- status --- */

static char status[] =
	"{\"parameters\":{\"version\":\"9.8\",\"firmware\":null,"
	"\"firmwareUnderstood\":false,\"store\":\"ab\",\"generation\":5,"
	"\"authorities\":1,\"servers\":2,\"unknown\":3,\"distrusted\":4,"
	"\"quarantined\":0,\"verification\":\"forced\","
	"\"profile\":\"strict\",\"tls\":{\"minimumVersion\":\"1.3\","
	"\"ciphers\":\"DEFAULT\",\"cipherSuites\":\"TLS_X\"},"
	"\"clockTrusted\":true,"
	"\"concerns\":[{\"identifier\":\"bootstrap-open\","
	"\"sentence\":\"Open.\",\"remedy\":\"Close it.\","
	"\"since\":\"1970-01-01T00:01:00Z\"}]}}";

START_TEST(a_status_says_everything_the_daemon_said)
{
	CLEANUP(certprov_status_free) struct certprov_status *s = NULL;

	service_start(&service, say_userdata, status);
	ck_assert_int_eq(certprov_get_status(handle, &s), 0);
	ck_assert_str_eq(certprov_status_version(s), "9.8");
	ck_assert_ptr_null(certprov_status_firmware(s));
	ck_assert_str_eq(certprov_status_store(s), "ab");
	ck_assert_uint_eq(certprov_status_generation(s), 5);
	ck_assert_uint_eq(certprov_status_count(s, CERTPROV_AUTHORITIES), 1);
	ck_assert_uint_eq(certprov_status_count(s, CERTPROV_SERVERS), 2);
	ck_assert_uint_eq(certprov_status_count(s, CERTPROV_UNKNOWN), 3);
	ck_assert_uint_eq(certprov_status_count(s, CERTPROV_DISTRUSTED), 4);
	ck_assert_str_eq(certprov_status_verification(s), "forced");
	ck_assert_str_eq(certprov_status_profile(s), "strict");
	ck_assert_str_eq(certprov_status_tls_minimum(s), "1.3");
	ck_assert_str_eq(certprov_status_tls_ciphers(s), "DEFAULT");
	ck_assert_str_eq(certprov_status_tls_ciphersuites(s), "TLS_X");
	ck_assert_int_eq(certprov_status_clock_trusted(s), 1);
	ck_assert_uint_eq(certprov_status_concern_count(s), 1);
	ck_assert_str_eq(
		certprov_status_concern(s, 0)->identifier, "bootstrap-open");
	ck_assert_str_eq(certprov_status_concern(s, 0)->sentence, "Open.");
	ck_assert_str_eq(certprov_status_concern(s, 0)->remedy, "Close it.");
	ck_assert_int_eq(certprov_status_concern(s, 0)->since, 60);
	ck_assert_ptr_null(certprov_status_concern(s, 1));
}
END_TEST

static char no_parameters[] = "{}";

START_TEST(half_a_status_or_certificate_is_none)
{
	CLEANUP(certprov_status_free) struct certprov_status *s = NULL;
	CLEANUP(certprov_certificate_free)
	struct certprov_certificate *c = NULL;

	service.may_be_wrong = true;
	service_start(&service, say_userdata, no_parameters);
	ck_assert_int_eq(certprov_get_status(handle, &s), -EBADMSG);
	ck_assert_int_eq(certprov_get(handle, A, &c), -EBADMSG);
	ck_assert_ptr_null(s);
	ck_assert_ptr_null(c);
}
END_TEST

/* --- snapshot --- */

static enum manners pass_a_file(struct service_connection *c, const char *text)
{
	(void)text;
	service_say_fd(c, "{\"parameters\":{}}",
		memfd_create("snapshot", MFD_CLOEXEC));
	return STAY;
}

START_TEST(a_snapshot_is_a_descriptor_that_is_closed_on_exec)
{
	CLEANUP(fd_close) int fd = -1;

	service_start(&service, pass_a_file, NULL);
	ck_assert_int_eq(certprov_get_snapshot(handle, &fd), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(a_counter_of_changes_is_one_as_well)
{
	CLEANUP(fd_close) int fd = -1;

	service_start(&service, pass_a_file, NULL);
	ck_assert_int_eq(certprov_get_change_counter(handle, &fd), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_ptr_nonnull(strstr(service_message(&service, 0),
		"\"io.certprov.trust.ChangeCounter\""));
}
END_TEST

START_TEST(a_snapshot_without_a_descriptor_is_none)
{
	int fd = -1;

	service_start(&service, say_userdata, no_parameters);
	ck_assert_int_eq(certprov_get_snapshot(handle, &fd), -EBADMSG);
	ck_assert_int_eq(certprov_get_change_counter(handle, &fd), -EBADMSG);
	ck_assert_int_eq(fd, -1);
}
END_TEST

/* --- verdicts of one's own --- */

START_TEST(a_verdict_made_of_parts_says_them)
{
	static const char *const path[] = {"aa", "bb"};
	static const struct certprov_warning warnings[] = {
		{"risk", "Careful.", NULL}};
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	struct certprov_verdict_parts parts = {
		.size = sizeof(parts),
		.trusted = 1,
		.result = "trusted",
		.reason = "Because.",
		.path = path,
		.path_count = 2,
		.warnings = warnings,
		.warning_count = 1,
		.store = "ab",
		.generation = 4,
		.clock_trusted = 1,
	};

	ck_assert_int_eq(certprov_verdict_new(&parts, &v), 0);
	ck_assert_int_eq(certprov_verdict_trusted(v), 1);
	ck_assert_str_eq(certprov_verdict_anchor(v), "bb");
	ck_assert_str_eq(certprov_verdict_warning(v, 0)->sentence, "Careful.");
	ck_assert_ptr_null(certprov_verdict_remedy(v));
	ck_assert_uint_eq(certprov_verdict_generation(v), 4);
	parts.size--;
	ck_assert_int_eq(certprov_verdict_new(&parts, &v), -EINVAL);
	parts.size++;
	parts.reason = NULL;
	ck_assert_int_eq(certprov_verdict_new(&parts, &v), -EINVAL);
}
END_TEST

START_TEST(no_verdict_is_not_trusted_and_can_be_shown)
{
	ck_assert_int_eq(certprov_verdict_trusted(NULL), 0);
	ck_assert_str_eq(certprov_verdict_result(NULL), "no-verdict");
	ck_assert_str_eq(certprov_verdict_reason(NULL), "There is no verdict.");
	ck_assert_ptr_null(certprov_verdict_remedy(NULL));
	ck_assert_int_eq(certprov_verdict_recoverable(NULL), 0);
	ck_assert_uint_eq(certprov_verdict_path_count(NULL), 0);
	ck_assert_ptr_null(certprov_verdict_path(NULL, 0));
	ck_assert_ptr_null(certprov_verdict_anchor(NULL));
	ck_assert_uint_eq(certprov_verdict_warning_count(NULL), 0);
	ck_assert_ptr_null(certprov_verdict_warning(NULL, 0));
	ck_assert_str_eq(certprov_verdict_store(NULL), "");
	ck_assert_uint_eq(certprov_verdict_generation(NULL), 0);
	ck_assert_int_eq(certprov_verdict_clock_trusted(NULL), 0);
}
END_TEST

TCase *answers_tests(void);

TCase *answers_tests(void)
{
	TCase *tc = tcase_create("answers");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_certificate_says_everything_the_daemon_said);
	tcase_add_test(
		tc, a_certificate_that_is_not_there_is_an_error_of_its_own);
	tcase_add_test(tc, a_list_comes_one_by_one_until_the_caller_has_enough);
	tcase_add_test(tc, an_empty_list_calls_nobody);
	tcase_add_test(tc, a_list_that_stops_costs_the_time_limit_and_no_more);
	tcase_add_test(tc, a_list_that_has_not_begun_is_asked_for_again);
	tcase_add_test(tc, for_a_list_a_daemon_that_went_is_waited_for_as_well);
	tcase_add_test(tc, a_status_says_everything_the_daemon_said);
	tcase_add_test(tc, half_a_status_or_certificate_is_none);
	tcase_add_test(tc, a_snapshot_is_a_descriptor_that_is_closed_on_exec);
	tcase_add_test(tc, a_counter_of_changes_is_one_as_well);
	tcase_add_test(tc, a_snapshot_without_a_descriptor_is_none);
	tcase_add_test(tc, a_verdict_made_of_parts_says_them);
	tcase_add_test(tc, no_verdict_is_not_trusted_and_can_be_shown);
	return tc;
}
