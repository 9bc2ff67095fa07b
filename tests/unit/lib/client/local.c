/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov-openssl.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/client/client-internal.h"
#include "lib/client/local-verify.h"
#include "lib/trust/change-counter.h"
#include "lib/trust/snapshot.h"
#include "lib/verify/verify.h"
#include "tests/unit/lib/client/service.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define STORE "0123456789abcdef0123456789abcdef"

/* A daemon that has its trust in memory. */
static struct service service;
/* Ways that a daemon tells of changes. */
enum { WITH_COUNTER, WITHOUT_COUNTER, WAYS };
static int first_way;

static bool old_daemon; /* it is one that has no counter of changes */
static struct change_counter *counter; /* its thread's, or NULL */
static struct trust *trust;
static const struct pki_cert *ca;
static const struct pki_cert *leaf;
static struct certprov *settings;
static struct certprov_local *local;

/* Verdicts are made by verify_peer; the test may hold up some of them. */
static atomic_bool holding;
static atomic_uint held_up;
static atomic_uint made;
static _Atomic(struct intermediate_cache *) rests_on; /* the last one's */
static X509 *used; /* what the first had decoded of the leaf; or NULL */

/* NOLINTBEGIN(readability-identifier-naming) the linker wants these names */
int __real_verify_peer(const struct trust *t, const struct verify_query *query,
	struct verify_result *ret);
int __wrap_verify_peer(const struct trust *t, const struct verify_query *query,
	struct verify_result *ret);

int __wrap_verify_peer(const struct trust *t, const struct verify_query *query,
	struct verify_result *ret)
{
	bool hold = holding && string_equal(query->host, "held.example.com");

	rests_on = t->intermediates;
	if (made++ == 0)
		used = query->leaf ? query->leaf->x509 : NULL;
	if (hold)
		held_up++;
	while (hold && holding)
		(void)poll(NULL, 0, 1);
	return __real_verify_peer(t, query, ret);
}
/* NOLINTEND(readability-identifier-naming) */

static void setup(void)
{
	old_daemon = first_way == WITHOUT_COUNTER;
	service_init(&service);
	settings = service_handle(&service);
	ca = pki_root("Root");
	leaf = pki_leaf("DNS:pbx.example.com", ca);
	ck_assert_int_eq(trust_new(&trust), 0);
	trust->policy.verification = VERIFICATION_FORCED;
	trust->policy.name_check = true;
	trust->clock_floor = PKI_NOW;
	trust->generation = 1;
	(void)strcpy(trust->store, STORE);
	ck_assert_int_eq(certprov_local_new(settings, 0, &local), 0);
}

static void teardown(void)
{
	local = certprov_local_free(local);
	settings = certprov_free(settings);
	service_done(&service);
	counter = change_counter_free(counter);
	trust = trust_free(trust);
	pki_free_all();
}

static int seal_trust(void)
{
	CLEANUP(bytes_done) struct bytes bytes = {0};
	int fd = -1;

	ck_assert_int_eq(snapshot_encode(trust, &bytes), 0);
	ck_assert_int_eq(snapshot_seal(&bytes, &fd), 0);
	return fd;
}

static void state_text(char *text, size_t size)
{
	(void)snprintf(text, size,
		"{\"parameters\":{\"store\":\"%s\",\"generation\":%llu},"
		"\"continues\":true}",
		trust->store, (unsigned long long)trust->generation);
}

static void lend_counter(struct service_connection *c)
{
	if (!counter)
		ck_assert_int_eq(change_counter_new(&counter), 0);
	service_say_fd(
		c, "{\"parameters\":{}}", dup(change_counter_fd(counter)));
}

static enum manners be_a_daemon(struct service_connection *c, const char *text)
{
	char state[256];

	if (strstr(text, "ChangeCounter") && old_daemon) {
		service_say(c,
			"{\"error\":\"org.varlink.service.MethodNotFound\","
			"\"parameters\":{\"method\":\"ChangeCounter\"}}");
	} else if (strstr(text, "ChangeCounter")) {
		lend_counter(c);
	} else if (strstr(text, "Snapshot")) {
		service_say_fd(c, "{\"parameters\":{}}", seal_trust());
	} else if (strstr(text, "Monitor")) {
		state_text(state, sizeof(state));
		service_say(c, state);
	}
	return STAY;
}

/* The counter of a daemon before is that of a thread that has ended. */
static void start_as(service_answer *answer, void *userdata)
{
	counter = change_counter_free(counter);
	service_start(&service, answer, userdata);
}

static void start(void)
{
	start_as(be_a_daemon, NULL);
}

/* As a daemon does after a change, before it answers whoever made it. */
static void tell(void)
{
	char state[256];

	trust->generation++;
	change_counter_raise(counter);
	state_text(state, sizeof(state));
	for (size_t i = 0; i < service.accepted; i++)
		if (service.connections[i].open &&
			strstr(service.connections[i].method, "Monitor"))
			service_say(&service.connections[i], state);
}

/* From the test's thread, between questions: as if somebody changed it. */
static void trust_ca(void)
{
	(void)pthread_mutex_lock(&service.lock);
	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_SERVER),
		0);
	tell();
	(void)pthread_mutex_unlock(&service.lock);
}

static void distrust_leaf_locked(void)
{
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, leaf->sha256),
		0);
	tell();
}

static void distrust_leaf(void)
{
	(void)pthread_mutex_lock(&service.lock);
	distrust_leaf_locked();
	(void)pthread_mutex_unlock(&service.lock);
}

static unsigned messages_of(const char *method)
{
	unsigned count = 0;

	(void)pthread_mutex_lock(&service.lock);
	for (unsigned i = 0; i < service.log_count; i++)
		count += strstr(service.log[i], method) != NULL;
	(void)pthread_mutex_unlock(&service.lock);
	return count;
}

static unsigned snapshots(void)
{
	return messages_of("Snapshot");
}

static const char *ask(struct certprov_verdict **ret)
{
	const struct certprov_der chain = {leaf->der.data, leaf->der.len};

	*ret = certprov_verdict_free(*ret);
	ck_assert_int_eq(certprov_local_verify(local, &chain, 1,
				 "pbx.example.com", CERTPROV_SIP, ret),
		0);
	return certprov_verdict_result(*ret);
}

/* Each daemon is new or old. */

/* A monitor hears at some time after the first question. */
static void settle(void)
{
	int64_t deadline_ms = varlink_deadline(PATIENCE_MS);
	unsigned before = 0;

	do {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;

		before = snapshots();
		(void)ask(&v);
		ck_assert_int_lt(varlink_deadline(0), deadline_ms);
	} while (snapshots() != before);
}

START_TEST(a_verdict_needs_no_question_once_the_trust_is_here)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	unsigned messages = 0;

	old_daemon = _i == WITHOUT_COUNTER;
	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_SERVER),
		0);
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	ck_assert_str_eq(certprov_verdict_store(v), STORE);
	ck_assert_uint_eq(certprov_verdict_generation(v), 1);
	settle();
	messages = service.messages;
	for (int i = 0; i < 100; i++)
		ck_assert_str_eq(ask(&v), "trusted");
	ck_assert_uint_eq(service.messages, messages);
}
END_TEST

/* Not a sleep: the change is on its way through the kernel already. */
START_TEST(a_change_is_heard_of_before_the_next_verdict)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	old_daemon = _i == WITHOUT_COUNTER;
	start();
	ck_assert_str_eq(ask(&v), "issuer-not-trusted");
	settle();
	trust_ca();
	ck_assert_str_eq(ask(&v), "trusted");
	ck_assert_uint_eq(certprov_verdict_generation(v), 2);
}
END_TEST

START_TEST(a_server_that_is_met_again_is_not_verified_again)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	old_daemon = _i == WITHOUT_COUNTER;
	trust_ca();
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	settle();
	made = 0;
	for (int i = 0; i < 10; i++)
		ck_assert_str_eq(ask(&v), "trusted");
	ck_assert_uint_eq(made, 0);
	ck_assert_uint_eq(certprov_verdict_path_count(v), 2);
	local = certprov_local_free(local);
	ck_assert_str_eq(certprov_verdict_store(v), STORE);
}
END_TEST

START_TEST(what_is_distrusted_is_rejected_by_the_next_verdict)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	old_daemon = _i == WITHOUT_COUNTER;
	trust_ca();
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	settle();
	distrust_leaf();
	ck_assert_str_eq(ask(&v), "distrusted");
}
END_TEST

static enum manners change_after_the_snapshot(
	struct service_connection *c, const char *text)
{
	enum manners manners = be_a_daemon(c, text);

	if (strstr(text, "Snapshot") && trust->distrusted_count == 0)
		distrust_leaf_locked();
	return manners;
}

/* The snapshot is on its way, and outdated when it arrives. */
START_TEST(what_changes_while_a_snapshot_is_taken_counts)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	trust_ca();
	start_as(change_after_the_snapshot, NULL);
	ck_assert_str_eq(ask(&v), "trusted");
	/* The daemon's thread has the lock until it is done. */
	(void)pthread_mutex_lock(&service.lock);
	(void)pthread_mutex_unlock(&service.lock);
	ck_assert_str_eq(ask(&v), "distrusted");
}
END_TEST

START_TEST(with_a_counter_nobody_monitors)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	trust_ca();
	start();
	for (int i = 0; i < 10; i++)
		ck_assert_str_eq(ask(&v), "trusted");
	ck_assert_uint_eq(service.messages, 2);
	trust_ca();
	ck_assert_str_eq(ask(&v), "trusted");
	ck_assert_uint_eq(service.messages, 3);
	ck_assert_uint_eq(messages_of("Monitor"), 0);
}
END_TEST

START_TEST(a_daemon_may_be_replaced_by_a_newer_or_an_older_one)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	old_daemon = _i == WITHOUT_COUNTER;
	trust_ca();
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	settle();
	service_stop(&service);
	old_daemon = !old_daemon;
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	settle();
	distrust_leaf();
	ck_assert_str_eq(ask(&v), "distrusted");
}
END_TEST

/* It dies, is there again, and is told to distrust, all between two verdicts.
 */
START_TEST(what_the_next_daemon_distrusts_is_rejected)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	old_daemon = _i == WITHOUT_COUNTER;
	trust_ca();
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	settle();
	service_stop(&service);
	start();
	distrust_leaf();
	ck_assert_str_eq(ask(&v), "distrusted");
}
END_TEST

START_TEST(the_daemon_hears_what_was_rejected)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	bool reported = false;

	start();
	ck_assert_str_eq(ask(&v), "issuer-not-trusted");
	for (unsigned i = 0; !reported; i++)
		reported = strstr(service_message(&service, i),
				   "ReportRejection") &&
			strstr(service_message(&service, i),
				"\"host\":\"pbx.example.com\","
				"\"purpose\":\"sip\","
				"\"result\":\"issuer-not-trusted\"},"
				"\"oneway\":true");
}
END_TEST

START_TEST(the_silent_report_nothing)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	local = certprov_local_free(local);
	ck_assert_int_eq(
		certprov_local_new(settings, CERTPROV_LOCAL_SILENT, &local), 0);
	start();
	ck_assert_str_eq(ask(&v), "issuer-not-trusted");
	settle();
	for (unsigned i = 0; i < service.messages; i++)
		ck_assert_ptr_null(strstr(
			service_message(&service, i), "ReportRejection"));
}
END_TEST

/* --- without a daemon --- */

START_TEST(without_a_daemon_nobody_is_trusted_here_either)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	ck_assert_str_eq(ask(&v), "daemon-unreachable");
	ck_assert_int_eq(certprov_verdict_trusted(v), 0);
}
END_TEST

START_TEST(when_the_daemon_goes_so_does_its_trust)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	old_daemon = _i == WITHOUT_COUNTER;
	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_SERVER),
		0);
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	settle();
	service_stop(&service);
	ck_assert_str_eq(ask(&v), "daemon-unreachable");
	start();
	ck_assert_str_eq(ask(&v), "trusted");
}
END_TEST

START_TEST(with_the_flag_the_trust_is_kept_when_the_daemon_goes)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	old_daemon = _i == WITHOUT_COUNTER;
	local = certprov_local_free(local);
	ck_assert_int_eq(
		certprov_local_new(settings, CERTPROV_LOCAL_KEEP, &local), 0);
	ck_assert_str_eq(ask(&v), "daemon-unreachable");
	start();
	ck_assert_str_eq(ask(&v), "issuer-not-trusted");
	settle();
	service_stop(&service);
	ck_assert_str_eq(ask(&v), "issuer-not-trusted");
	/* What changed meanwhile counts as soon as it is there again. */
	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_SERVER),
		0);
	start();
	ck_assert_str_eq(ask(&v), "trusted");
}
END_TEST

static const char not_now[] = "{\"error\":\"io.systemd.System\"}";

static enum manners give_no_snapshots(
	struct service_connection *c, const char *text)
{
	atomic_bool *giving = c->service->userdata;

	if (!strstr(text, "Snapshot") || atomic_load(giving))
		return be_a_daemon(c, text);
	service_say(c, not_now);
	return STAY;
}

/* The daemon was started again with other settings, which are not counted by
 * its generation; and the monitor is back before a snapshot can be had. */
START_TEST(the_trust_of_a_daemon_before_never_comes_back)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	atomic_bool giving = false;
	unsigned messages = 0;

	old_daemon = _i == WITHOUT_COUNTER;
	start();
	ck_assert_str_eq(ask(&v), "issuer-not-trusted");
	settle();
	service_stop(&service);
	ck_assert_str_eq(ask(&v), "daemon-unreachable");
	trust->policy.verification = VERIFICATION_OFF;
	messages = service.messages;
	start_as(give_no_snapshots, &giving);
	do {
		(void)poll(NULL, 0, MOMENT_MS);
		ck_assert_str_eq(ask(&v), "daemon-unreachable");
	} while (!strstr(service_message(&service, messages++),
		old_daemon ? "Monitor" : "ChangeCounter"));
	for (int i = 0; i < 10; i++)
		ck_assert_str_eq(ask(&v), "daemon-unreachable");
	atomic_store(&giving, true);
	ck_assert_str_eq(ask(&v), "not-verified");
}
END_TEST

static enum manners say_nothing(struct service_connection *c, const char *text)
{
	(void)c;
	(void)text;
	return STAY;
}

START_TEST(a_silent_daemon_costs_the_time_limit_once)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	int64_t begin = 0;

	local = certprov_local_free(local);
	ck_assert_int_eq(certprov_set_timeout(settings, MOMENT_MS), 0);
	ck_assert_int_eq(certprov_local_new(settings, 0, &local), 0);
	service_start(&service, say_nothing, NULL);
	begin = varlink_deadline(0);
	ck_assert_str_eq(ask(&v), "daemon-unreachable");
	ck_assert_int_ge(varlink_deadline(0) - begin, MOMENT_MS);
	ck_assert_int_lt(varlink_deadline(0) - begin, PATIENCE_MS);
}
END_TEST

static enum manners pass_an_open_file(
	struct service_connection *c, const char *text)
{
	if (!strstr(text, c->service->userdata))
		return be_a_daemon(c, text);
	service_say_fd(c, "{\"parameters\":{}}", dup(c->socket.fd));
	return STAY;
}

START_TEST(what_is_no_snapshot_is_no_trust)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	char method[] = "Snapshot";

	trust_ca();
	start_as(pass_an_open_file, method);
	ck_assert_str_eq(ask(&v), "daemon-unreachable");
}
END_TEST

START_TEST(what_is_no_counter_is_no_trust)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	char method[] = "ChangeCounter";

	trust_ca();
	start_as(pass_an_open_file, method);
	ck_assert_str_eq(ask(&v), "daemon-unreachable");
	ck_assert_uint_eq(snapshots(), 0);
}
END_TEST

START_TEST(after_a_fork_the_child_watches_by_itself)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	int status = -1;
	pid_t child = -1;

	old_daemon = _i == WITHOUT_COUNTER;
	start();
	(void)ask(&v);
	settle();
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(strcmp(ask(&v), "issuer-not-trusted") == 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	trust_ca();
	ck_assert_str_eq(ask(&v), "trusted");
}
END_TEST

/* In a child: the change is made while it waits. */
static int ask_after(int from)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	char acknowledged = 0;

	if (fd_read_full(from, &acknowledged, 1) < 0)
		return 2;
	return strcmp(ask(&v), "distrusted") == 0 ? 0 : 1;
}

START_TEST(what_is_distrusted_is_rejected_on_both_sides_of_a_fork)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	int ends[2] = {-1, -1};
	int status = -1;
	pid_t child = -1;

	old_daemon = _i == WITHOUT_COUNTER;
	trust_ca();
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	settle();
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(ask_after(ends[0]));
	distrust_leaf();
	ck_assert_int_eq(write(ends[1], "y", 1), 1);
	ck_assert_str_eq(ask(&v), "distrusted");
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

/* --- the same as lib/verify would say of the same trust --- */

struct asked {
	const struct pki_cert *chain[3];
	const char *host;
	enum certprov_purpose purpose;
	const char *result;
};

static bool has_path(
	const struct certprov_verdict *v, const struct verify_result *expected)
{
	char hex[SHA256_HEX_SIZE];

	for (size_t i = 0; i < expected->path_count; i++) {
		hex_format(expected->path[i], SHA256_BYTES, hex);
		if (!string_equal(certprov_verdict_path(v, i), hex))
			return false;
	}
	return certprov_verdict_path_count(v) == expected->path_count;
}

/* All that a verdict says but path and state of trust. */
static void check_same(
	const struct certprov_verdict *v, const struct verify_result *expected)
{
	ck_assert_int_eq(certprov_verdict_trusted(v), expected->trusted);
	ck_assert_int_eq(
		certprov_verdict_recoverable(v), expected->recoverable);
	ck_assert_str_eq(certprov_verdict_reason(v), expected->reason);
	ck_assert(string_equal(certprov_verdict_remedy(v), expected->remedy));
	ck_assert_int_eq(
		certprov_verdict_clock_trusted(v), expected->clock_trusted);
}

/* Sentences say the time: both must be made in the same second, or false. */
static bool compare(const struct asked *a, bool decoded)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	CLEANUP(verify_result_done) struct verify_result expected = {0};
	struct certprov_der chain[3];
	struct bytes bytes[3];
	struct verify_query query = {
		.chain = bytes,
		.host = a->host,
		.now = time(NULL),
	};

	for (size_t i = 0; i < 3 && a->chain[i]; i++) {
		bytes[i] = a->chain[i]->der;
		chain[i] = (struct certprov_der){bytes[i].data, bytes[i].len};
		query.chain_count++;
	}
	query.purpose = a->purpose == CERTPROV_SIP ? PURPOSE_SIP : PURPOSE_ANY;
	ck_assert_int_eq(verify_peer(trust, &query, &expected), 0);
	ck_assert_int_eq(
		local_verify_decoded(local,
			decoded && a->chain[0] ? a->chain[0]->x509 : NULL,
			&(struct local_question){
				chain, query.chain_count, a->host, a->purpose},
			&v),
		0);
	if (time(NULL) != query.now)
		return false;
	ck_assert_str_eq(certprov_verdict_result(v), a->result);
	ck_assert_str_eq(
		certprov_verdict_result(v), verdict_name(expected.verdict));
	check_same(v, &expected);
	ck_assert(has_path(v, &expected));
	return true;
}

START_TEST(every_answer_is_that_of_lib_verify)
{
	const struct pki_cert *middle =
		pki_make(&(struct pki_spec){.cn = "Middle", .ca = true}, ca);
	const struct pki_cert *good = pki_leaf("DNS:*.example.com", middle);
	const struct pki_cert *by_address = pki_leaf("IP:192.0.2.1", ca);
	const struct pki_cert *sip = pki_leaf("URI:sip:example.com", ca);
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){
			.cn = "old", .san = "DNS:a", .not_after = PKI_NOW - 1},
		ca);
	const struct pki_cert *banned = pki_leaf("DNS:banned.example", ca);
	const struct pki_cert *excepted = pki_leaf("DNS:e", pki_root("X"));
	const struct asked all[] = {
		{{leaf}, "pbx.example.com", CERTPROV_SIP, "trusted"},
		{{leaf}, "PBX.example.com.", CERTPROV_ANY, "trusted"},
		{{leaf}, NULL, CERTPROV_ANY, "trusted"},
		{{leaf}, "other.example.com", CERTPROV_SIP, "name-mismatch"},
		{{leaf}, ".example.com", CERTPROV_SIP, "host-invalid"},
		{{good, middle}, "x.example.com", CERTPROV_SIP, "trusted"},
		{{good}, "x.example.com", CERTPROV_SIP, "issuer-not-trusted"},
		{{by_address}, "192.0.2.1", CERTPROV_SIP, "trusted"},
		{{by_address}, "192.0.2.2", CERTPROV_SIP, "name-mismatch"},
		{{sip}, "example.com", CERTPROV_SIP, "trusted"},
		{{sip}, "example.com", CERTPROV_ANY, "name-mismatch"},
		{{old}, "a", CERTPROV_SIP, "expired"},
		{{banned}, "banned.example", CERTPROV_SIP, "distrusted"},
		{{excepted}, "e", CERTPROV_SIP, "exception"},
		{{excepted}, "f", CERTPROV_SIP, "issuer-not-trusted"},
		{{NULL}, "e", CERTPROV_SIP, "empty"},
	};

	trust->policy.sip_names = true;
	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_AUTHORITY),
		0);
	ck_assert_int_eq(trust_add_distrusted(trust, DISTRUST_PUBLIC_KEY,
				 banned->spki_sha256),
		0);
	ck_assert_int_eq(
		trust_add_exception(trust, excepted->sha256, "e", INT64_MAX),
		0);
	start();
	for (size_t i = 0; i < ARRAY_SIZE(all); i += compare(&all[i], _i == 1))
		continue;
}
END_TEST

START_TEST(what_openssl_has_decoded_is_not_decoded_again)
{
	const struct pki_cert *other = pki_leaf("DNS:pbx.example.com", ca);
	X509 *const decoded[] = {NULL, leaf->x509, other->x509};

	trust_ca();
	start();
	for (size_t i = 0; i < ARRAY_SIZE(decoded); i++) {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;
		const struct certprov_der chain = {
			leaf->der.data, leaf->der.len};

		local = certprov_local_free(local);
		ck_assert_int_eq(certprov_local_new(settings, 0, &local), 0);
		made = 0;
		ck_assert_int_eq(
			local_verify_decoded(local, decoded[i],
				&(struct local_question){&chain, 1,
					"pbx.example.com", CERTPROV_SIP},
				&v),
			0);
		ck_assert_uint_eq(made, 1);
		ck_assert_int_eq(used == leaf->x509, i == 1);
		ck_assert_ptr_ne(used, other->x509);
		/* It is the bytes that are verified. */
		ck_assert_int_eq(certprov_verdict_trusted(v), 1);
		ck_assert_uint_eq(certprov_verdict_path_count(v), 2);
	}
}
END_TEST

/* Where the last verdict had its trust. */
static bool has_decoded(const struct pki_cert *intermediate)
{
	CLEANUP(certificate_free)
	struct certificate *c = intermediate_cache_find(
		rests_on, intermediate->der.data, intermediate->der.len);

	return c;
}

START_TEST(what_is_decoded_stays_so_over_a_change)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	const struct pki_cert *middle =
		pki_make(&(struct pki_spec){.cn = "Middle", .ca = true}, ca);
	const struct pki_cert *below = pki_leaf("DNS:b.example.com", middle);
	const struct certprov_der chain[] = {{below->der.data, below->der.len},
		{middle->der.data, middle->der.len}};

	trust_ca();
	start();
	ck_assert_int_eq(certprov_local_verify(local, chain, 2, "b.example.com",
				 CERTPROV_SIP, &v),
		0);
	ck_assert_str_eq(certprov_verdict_result(v), "trusted");
	distrust_leaf();
	ck_assert_str_eq(ask(&v), "distrusted");
	ck_assert(has_decoded(middle));
	ck_assert(!has_decoded(ca));
}
END_TEST

START_TEST(wrong_and_excessive_questions_are_answered_as_by_the_daemon)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	struct certprov_der many[17];
	char host[322];

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct certprov_der){leaf->der.data, leaf->der.len};
	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = 0;
	start();
	ck_assert_int_eq(
		certprov_local_verify(local, many, 1, host, CERTPROV_SIP, &v),
		-EINVAL);
	ck_assert_int_eq(
		certprov_local_verify(local, many, 1, NULL, CERTPROV_SIP, &v),
		-EINVAL);
	ck_assert_int_eq(
		certprov_local_verify(local, many, 17, "h", CERTPROV_SIP, &v),
		0);
	ck_assert_str_eq(certprov_verdict_result(v), "budget");
	v = certprov_verdict_free(v);
	ck_assert_int_eq(
		certprov_local_verify(local, many, 16, "h", CERTPROV_SIP, &v),
		0);
	ck_assert_str_eq(certprov_verdict_result(v), "issuer-not-trusted");
}
END_TEST

/* --- threads --- */

#define THREADS 8

static const struct pki_cert *below; /* an intermediate of its own */
static const struct pki_cert *between;

static bool is_trusted_by_two(void)
{
	const struct certprov_der chain[] = {
		{below->der.data, below->der.len},
		{between->der.data, between->der.len},
	};
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	return certprov_local_verify(local, chain, 2, "below.example.com",
		       CERTPROV_SIP, &v) == 0 &&
		certprov_verdict_trusted(v);
}

static void *ask_often(void *userdata)
{
	for (int i = 0; i < 50; i++) {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;

		(void)ask(&v);
		if (!certprov_verdict_trusted(v) || !is_trusted_by_two())
			return NULL;
	}
	return userdata;
}

START_TEST(threads_share_a_local_verifier)
{
	pthread_t threads[THREADS];

	old_daemon = _i == WITHOUT_COUNTER;
	between = pki_make(&(struct pki_spec){.cn = "Between", .ca = true}, ca);
	below = pki_leaf("DNS:below.example.com", between);
	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_SERVER),
		0);
	start();
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, ask_often, threads),
			0);
	for (size_t i = 0; i < THREADS; i++) {
		void *good = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &good), 0);
		ck_assert_ptr_nonnull(good);
	}
}
END_TEST

static void *ask_held(void *userdata)
{
	const struct certprov_der chain = {leaf->der.data, leaf->der.len};
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	if (certprov_local_verify(
		    local, &chain, 1, "held.example.com", CERTPROV_SIP, &v) < 0)
		return NULL;
	return string_equal(certprov_verdict_result(v), "name-mismatch")
		? userdata
		: NULL;
}

/* Were a lock held while verifying, this would not end. */
START_TEST(one_verdict_is_made_while_others_are_not_finished)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	pthread_t threads[THREADS];

	old_daemon = _i == WITHOUT_COUNTER;
	trust_ca();
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	settle();
	held_up = 0;
	holding = true;
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, ask_held, threads),
			0);
	while (held_up < THREADS)
		(void)poll(NULL, 0, 1);
	ck_assert_str_eq(ask(&v), "trusted");
	/* What they verify from stays theirs when it is replaced. */
	(void)pthread_mutex_lock(&service.lock);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, leaf->sha256),
		0);
	(void)pthread_mutex_unlock(&service.lock);
	trust_ca();
	ck_assert_str_eq(ask(&v), "distrusted");
	holding = false;
	for (size_t i = 0; i < THREADS; i++) {
		void *good = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &good), 0);
		ck_assert_ptr_nonnull(good);
	}
}
END_TEST

static atomic_bool acknowledged;
static atomic_uint trusted_before;

static void *ask_until_distrusted(void *userdata)
{
	for (;;) {
		CLEANUP(certprov_verdict_free)
		struct certprov_verdict *v = NULL;
		bool known = acknowledged;

		(void)ask(&v);
		if (known)
			return string_equal(
				       certprov_verdict_result(v), "distrusted")
				? userdata
				: NULL;
		trusted_before += (unsigned)certprov_verdict_trusted(v);
	}
}

START_TEST(what_is_distrusted_is_rejected_by_the_next_verdict_of_each_thread)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;
	pthread_t threads[THREADS];

	old_daemon = _i == WITHOUT_COUNTER;
	local = certprov_local_free(local);
	ck_assert_int_eq(
		certprov_local_new(settings, CERTPROV_LOCAL_SILENT, &local), 0);
	trust_ca();
	start();
	ck_assert_str_eq(ask(&v), "trusted");
	settle();
	acknowledged = false;
	trusted_before = 0;
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
					 ask_until_distrusted, threads),
			0);
	while (trusted_before < 10U * THREADS)
		(void)poll(NULL, 0, 1);
	distrust_leaf();
	acknowledged = true;
	for (size_t i = 0; i < THREADS; i++) {
		void *good = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &good), 0);
		ck_assert_ptr_nonnull(good);
	}
}
END_TEST

static enum manners fail_later(struct service_connection *c, const char *text)
{
	atomic_int *first = c->service->userdata;
	int none = -1;

	if (strstr(text, "ChangeCounter") &&
		!atomic_compare_exchange_strong(first, &none, (int)c->number))
		service_say(c, not_now);
	return STAY;
}

static atomic_uint asking;

static void *ask_once(void *userdata)
{
	CLEANUP(certprov_verdict_free) struct certprov_verdict *v = NULL;

	asking++;
	(void)ask(&v);
	return certprov_verdict_trusted(v) ? NULL : userdata;
}

/* The first waits for the daemon, the others for the first. */
START_TEST(threads_do_not_wait_for_a_silent_daemon_one_after_the_other)
{
	pthread_t threads[THREADS];
	atomic_int first = -1;

	asking = 0;
	service_start(&service, fail_later, &first);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, ask_once, threads),
			0);
	while (asking < THREADS || atomic_load(&first) < 0)
		(void)poll(NULL, 0, 1);
	service_push(&service, (unsigned)atomic_load(&first), not_now);
	for (size_t i = 0; i < THREADS; i++) {
		void *good = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &good), 0);
		ck_assert_ptr_nonnull(good);
	}
	/* One, and those of a thread that has just not begun. */
	ck_assert_uint_lt(messages_of("ChangeCounter"), THREADS);
}
END_TEST

static void local_add_tests_of_counter(TCase *tc)
{
	tcase_add_test(tc, what_changes_while_a_snapshot_is_taken_counts);
	tcase_add_test(tc, with_a_counter_nobody_monitors);
	tcase_add_loop_test(tc,
		a_daemon_may_be_replaced_by_a_newer_or_an_older_one, 0, WAYS);
}

TCase *local_tests(void);

TCase *local_tests(void)
{
	TCase *tc = tcase_create("local");

	/* It marks no memory of who dies. */
	first_way = emulator_lacks("local mode with a counter of changes")
		? WITHOUT_COUNTER
		: WITH_COUNTER;
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	if (first_way == WITH_COUNTER)
		local_add_tests_of_counter(tc);
	tcase_add_loop_test(tc,
		a_verdict_needs_no_question_once_the_trust_is_here, first_way,
		WAYS);
	tcase_add_loop_test(tc, a_change_is_heard_of_before_the_next_verdict,
		first_way, WAYS);
	tcase_add_loop_test(tc,
		a_server_that_is_met_again_is_not_verified_again, first_way,
		WAYS);
	tcase_add_loop_test(tc,
		what_is_distrusted_is_rejected_by_the_next_verdict, first_way,
		WAYS);
	tcase_add_loop_test(tc, what_the_next_daemon_distrusts_is_rejected,
		first_way, WAYS);
	tcase_add_test(tc, the_daemon_hears_what_was_rejected);
	tcase_add_test(tc, the_silent_report_nothing);
	tcase_add_test(tc, without_a_daemon_nobody_is_trusted_here_either);
	tcase_add_loop_test(
		tc, when_the_daemon_goes_so_does_its_trust, first_way, WAYS);
	tcase_add_loop_test(tc,
		with_the_flag_the_trust_is_kept_when_the_daemon_goes, first_way,
		WAYS);
	tcase_add_loop_test(tc, the_trust_of_a_daemon_before_never_comes_back,
		first_way, WAYS);
	tcase_add_test(tc, a_silent_daemon_costs_the_time_limit_once);
	tcase_add_test(tc, what_is_no_snapshot_is_no_trust);
	tcase_add_test(tc, what_is_no_counter_is_no_trust);
	tcase_add_loop_test(
		tc, after_a_fork_the_child_watches_by_itself, first_way, WAYS);
	tcase_add_loop_test(tc, every_answer_is_that_of_lib_verify, 0, 2);
	tcase_add_test(tc, what_openssl_has_decoded_is_not_decoded_again);
	tcase_add_test(tc, what_is_decoded_stays_so_over_a_change);
	tcase_add_test(tc,
		wrong_and_excessive_questions_are_answered_as_by_the_daemon);
	tcase_add_loop_test(tc,
		what_is_distrusted_is_rejected_on_both_sides_of_a_fork,
		first_way, WAYS);
	tcase_add_loop_test(
		tc, threads_share_a_local_verifier, first_way, WAYS);
	tcase_add_loop_test(tc,
		what_is_distrusted_is_rejected_by_the_next_verdict_of_each_thread,
		first_way, WAYS);
	tcase_add_loop_test(tc,
		one_verdict_is_made_while_others_are_not_finished, first_way,
		WAYS);
	tcase_add_test(tc,
		threads_do_not_wait_for_a_silent_daemon_one_after_the_other);
	return tc;
}
