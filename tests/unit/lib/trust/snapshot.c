/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/hex.h"
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

static struct bytes encoded;

static void setup(void)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *pinned = pki_leaf("DNS:a.example.com", NULL);
	const struct pki_cert *between =
		pki_make(&(struct pki_spec){.cn = "Between", .ca = true}, root);

	ask_setup();
	trust_cert(pinned);
	trust_cert_as(between,
		(unsigned)ANCHOR_INTERMEDIATE | (unsigned)ANCHOR_AUTHENTICATED);
	ck_assert_int_eq(anchors_add(trust->anchors, root->der.data,
				 root->der.len, ANCHOR_AUTHORITY),
		0);
	trust_cert(root);
	ck_assert_int_eq(
		firmware_parse("10.1.33.33", &trust->policy.firmware), 0);
	trust->policy.name_flags = 6;
	trust->policy.rsa_max_bits = 8192;
	trust->policy.sip_names = true;
	trust->clock_floor = PKI_NOW - PKI_DAY;
	trust->generation = 77;
	memcpy(trust->store, "0123456789abcdef0123456789abcdef", 33);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_PUBLIC_KEY, root->sha256),
		0);
	ck_assert_int_eq(trust_add_distrusted(trust, DISTRUST_CERTIFICATE,
				 root->spki_sha256),
		0);
	ck_assert_int_eq(
		trust_add_exception(trust, root->sha256, "host", 5), 0);
	ck_assert_int_eq(
		trust_add_exception(trust, root->sha256, NULL, INT64_MAX), 0);
	ck_assert_int_eq(snapshot_encode(trust, &encoded), 0);
}

static void teardown(void)
{
	bytes_done(&encoded);
	ask_teardown();
}

/* Another decoder's way to say it: the trust again as bytes. */
static void expect_same(const struct trust *t)
{
	CLEANUP(bytes_done) struct bytes again = {0};

	ck_assert_int_eq(snapshot_encode(t, &again), 0);
	ck_assert_uint_eq(again.len, encoded.len);
	ck_assert_mem_eq(again.data, encoded.data, encoded.len);
}

static int decode(const struct bytes *b)
{
	CLEANUP(trust_free) struct trust *t = NULL;
	int r = snapshot_decode(b->data, b->len, &t);

	ck_assert_int_eq(r == 0, t != NULL);
	return r;
}

START_TEST(everything_a_verdict_depends_on_comes_back)
{
	CLEANUP(trust_free) struct trust *t = NULL;
	const struct anchor *a = NULL;
	size_t cursor = 0;

	ck_assert_int_eq(snapshot_decode(encoded.data, encoded.len, &t), 0);
	expect_same(t);
	a = anchors_next(t->anchors, &cursor);
	ck_assert_uint_eq(a->lists, ANCHOR_SERVER);
	a = anchors_next(t->anchors, &cursor);
	ck_assert_uint_eq(a->lists,
		(unsigned)ANCHOR_INTERMEDIATE | (unsigned)ANCHOR_AUTHENTICATED);
	a = anchors_next(t->anchors, &cursor);
	ck_assert_uint_eq(
		a->lists, (unsigned)ANCHOR_AUTHORITY | (unsigned)ANCHOR_SERVER);
	ck_assert_ptr_null(anchors_next(t->anchors, &cursor));
	ck_assert(firmware_equal(&t->policy.firmware, &trust->policy.firmware));
	ck_assert_int_eq(t->policy.verification, VERIFICATION_FORCED);
	ck_assert(t->policy.name_check);
	ck_assert_uint_eq(t->policy.name_flags, 6);
	ck_assert(t->policy.sip_names);
	ck_assert(!t->policy.sip_strict);
	ck_assert_uint_eq(t->policy.rsa_max_bits, 8192);
	ck_assert_int_eq(t->clock_floor, PKI_NOW - PKI_DAY);
	ck_assert_uint_eq(t->generation, 77);
	ck_assert_str_eq(t->store, trust->store);
	ck_assert_uint_eq(t->distrusted_count, 2);
	ck_assert_str_eq(t->exceptions[0].host, "host");
	ck_assert_int_eq(t->exceptions[0].expires, 5);
	ck_assert_ptr_null(t->exceptions[1].host);
	ck_assert_int_eq(t->exceptions[1].expires, INT64_MAX);
}
END_TEST

START_TEST(empty_trust_comes_back_too)
{
	CLEANUP(trust_free) struct trust *empty = NULL;
	CLEANUP(trust_free) struct trust *back = NULL;
	CLEANUP(bytes_done) struct bytes b = {0};

	ck_assert_int_eq(trust_new(&empty), 0);
	ck_assert_int_eq(snapshot_encode(empty, &b), 0);
	ck_assert_int_eq(snapshot_decode(b.data, b.len, &back), 0);
	ck_assert_str_eq(back->store, "");
	ck_assert_uint_eq(anchors_count(back->anchors, ANCHOR_SERVER), 0);
}
END_TEST

/* Version 3 as it was first written, by hand: an older daemon or library has
 * to understand it. */
static const char version_3[] =
	"6365727470726f7600000003"           /* version */
	"0400000008000000090000000300000050" /* firmware */
	"01"
	"02"
	"01"
	"16"
	"01"
	"00"
	"1000"             /* policy */
	"000000006a18a500" /* floor */
	"3031323334353637383961626364656630313233343536373839616263646566"
	"000000000000004d" /* generation */
	"00000000"         /* anchors */
	"00000001"
	"01" /* distrusted */
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"00000001" /* exceptions */
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	"0000000000000005"
	"0003"
	"706278"
	"03" /* TLS */
	"0007"
	"44454641554c54"
	"0016"
	"544c535f4145535f3132385f47434d5f534841323536";

START_TEST(a_snapshot_of_before_decodes_and_encodes_to_its_bytes)
{
	uint8_t bytes[sizeof(version_3) / 2];
	CLEANUP(trust_free) struct trust *t = NULL;
	CLEANUP(bytes_done) struct bytes again = {0};

	ck_assert_int_eq(hex_parse(version_3, bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(snapshot_decode(bytes, sizeof(bytes), &t), 0);
	ck_assert_uint_eq(t->policy.firmware.part[3], 80);
	ck_assert_int_eq(t->policy.profile, PROFILE_STRICT);
	ck_assert_int_eq(t->policy.verification, VERIFICATION_ON);
	ck_assert(t->policy.name_check);
	ck_assert_uint_eq(t->policy.name_flags, 22);
	ck_assert(t->policy.sip_names);
	ck_assert(!t->policy.sip_strict);
	ck_assert_uint_eq(t->policy.rsa_max_bits, 4096);
	ck_assert_int_eq(t->policy.tls.minimum, TLS_MINIMUM_1_3);
	ck_assert_str_eq(t->policy.tls.ciphers, "DEFAULT");
	ck_assert_str_eq(t->policy.tls.suites, "TLS_AES_128_GCM_SHA256");
	ck_assert_int_eq(snapshot_encode(t, &again), 0);
	ck_assert_uint_eq(again.len, sizeof(bytes));
	ck_assert_mem_eq(again.data, bytes, sizeof(bytes));
}
END_TEST

START_TEST(whatever_is_cut_short_is_refused)
{
	for (size_t len = 0; len < encoded.len; len++) {
		const struct bytes cut = {.data = encoded.data, .len = len};

		ck_assert_int_eq(decode(&cut), -EBADMSG);
	}
}
END_TEST

START_TEST(one_byte_more_is_refused)
{
	encoded.data = realloc(encoded.data, encoded.len + 1);
	ck_assert_ptr_nonnull(encoded.data);
	encoded.data[encoded.len++] = 0;
	ck_assert_int_eq(decode(&encoded), -EBADMSG);
}
END_TEST

START_TEST(another_version_is_told_from_garbage)
{
	encoded.data[11]++;
	ck_assert_int_eq(decode(&encoded), -EPROTONOSUPPORT);
	encoded.data[0]++;
	ck_assert_int_eq(decode(&encoded), -EBADMSG);
}
END_TEST

/* Every byte once, turned upside down: refused, or another trust than this
 * one, but never the same from other bytes. */
START_TEST(no_two_encodings_decode_to_the_same)
{
	for (size_t i = 0; i < encoded.len; i++) {
		CLEANUP(trust_free) struct trust *t = NULL;
		CLEANUP(bytes_done) struct bytes again = {0};

		encoded.data[i] ^= 0xff;
		if (snapshot_decode(encoded.data, encoded.len, &t) == 0) {
			ck_assert_int_eq(snapshot_encode(t, &again), 0);
			ck_assert_uint_eq(again.len, encoded.len);
			ck_assert_mem_eq(again.data, encoded.data, again.len);
		}
		encoded.data[i] ^= 0xff;
	}
}
END_TEST

/* Where things lie: 8 magic, 4 version, 1 + 4 * 4 firmware, 8 policy, 8 + 32
 * + 8 place, then the anchors' count. */
#define AT_FIRMWARE 12
#define AT_PROFILE 29
#define AT_RSA_MAX_BITS 35
#define AT_STORE 45
#define AT_COUNT 85
#define AT_LISTS 89
#define AT_LENGTH 90

static const struct {
	size_t at;
	uint8_t value;
} lies[] = {
	{AT_FIRMWARE, 2},
	{AT_FIRMWARE, FIRMWARE_MAX_COMPONENTS + 1},
	{AT_PROFILE, 2},
	{AT_PROFILE + 1, 4},
	{AT_PROFILE + 2, 2},
	{AT_PROFILE + 3, 32},
	{AT_RSA_MAX_BITS, 0x41},
	{AT_STORE, 'g'},
	{AT_STORE + 31, 0},
	{AT_COUNT, 1},
	{AT_COUNT + 3, 2},
	{AT_COUNT + 3, 4},
	{AT_LISTS, 0},
	{AT_LISTS, ANCHOR_AUTHENTICATED},
	{AT_LISTS, (unsigned)ANCHOR_SERVER | (unsigned)ANCHOR_INTERMEDIATE},
	{AT_LISTS, 16},
	{AT_LENGTH, 1},
};

START_TEST(value_out_of_range_is_refused)
{
	ck_assert_uint_eq(encoded.data[AT_COUNT + 3], 3);
	ck_assert_uint_eq(encoded.data[AT_LISTS], ANCHOR_SERVER);
	encoded.data[lies[_i].at] = lies[_i].value;
	ck_assert_int_eq(decode(&encoded), -EBADMSG);
}
END_TEST

/* A version, and two lists with their lengths. */
#define TLS_BYTES                                                              \
	(1 + 2 + sizeof(TLS_CIPHERS_DEFAULT) - 1 + 2 +                         \
		sizeof(TLS_SUITES_DEFAULT) - 1)

static void refuse_tls(size_t from_end, uint8_t value)
{
	uint8_t *at = encoded.data + encoded.len - from_end;
	uint8_t before = *at;

	*at = value;
	ck_assert_int_eq(decode(&encoded), -EBADMSG);
	*at = before;
	ck_assert_int_eq(decode(&encoded), 0);
}

START_TEST(what_clients_offer_is_a_version_and_two_short_texts)
{
	refuse_tls(TLS_BYTES, TLS_MINIMUM__END);
	refuse_tls(TLS_BYTES - 1, 1); /* a length of 263 */
	refuse_tls(TLS_BYTES - 2, 0); /* none */
	refuse_tls(TLS_BYTES - 3, '\n');
	refuse_tls(1, 0);
	trust->policy.tls.ciphers[0] = 0;
	bytes_done(&encoded);
	ck_assert_int_eq(snapshot_encode(trust, &encoded), -EINVAL);
	trust->policy.tls = TLS_OFFER_DEFAULT;
	memset(trust->policy.tls.suites, 'x', TLS_LIST_SIZE - 1);
	ck_assert_int_eq(snapshot_encode(trust, &encoded), 0);
	ck_assert_int_eq(decode(&encoded), 0);
}
END_TEST

START_TEST(one_more_than_each_maximum_is_refused)
{
	static const struct {
		size_t from_end; /* where the count lies in an empty trust */
		uint32_t max;
	} counts[] = {
		{12 + TLS_BYTES, ANCHORS_MAX},
		{8 + TLS_BYTES, TRUST_MAX_DISTRUSTED},
		{4 + TLS_BYTES, TRUST_MAX_EXCEPTIONS},
	};
	CLEANUP(trust_free) struct trust *empty = NULL;

	ck_assert_int_eq(trust_new(&empty), 0);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		CLEANUP(bytes_done) struct bytes b = {0};
		uint32_t count = counts[i].max + 1;
		uint8_t *at = NULL;

		ck_assert_int_eq(snapshot_encode(empty, &b), 0);
		at = b.data + b.len - counts[i].from_end;
		at[2] = (uint8_t)(count >> 8);
		at[3] = (uint8_t)count;
		ck_assert_int_eq(decode(&b), -EBADMSG);
	}
}
END_TEST

START_TEST(sealed_snapshot_opens_and_cannot_be_changed)
{
	CLEANUP(trust_free) struct trust *t = NULL;
	CLEANUP(fd_close) int fd = -1;

	ck_assert_int_eq(snapshot_seal(&encoded, &fd), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_lt((int)pwrite(fd, "x", 1, 0), 0);
	ck_assert_int_lt(ftruncate(fd, 1), 0);
	ck_assert_int_lt(fcntl(fd, F_ADD_SEALS, 0), 0);
	ck_assert_int_eq(snapshot_open(fd, &t), 0);
	expect_same(t);
}
END_TEST

START_TEST(snapshot_that_could_be_changed_is_refused)
{
	CLEANUP(trust_free) struct trust *t = NULL;
	CLEANUP(fd_close)
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(fd_write_full(fd, encoded.data, encoded.len), 0);
	ck_assert_int_eq(snapshot_open(fd, &t), -EBADMSG);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS,
				 F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW),
		0);
	ck_assert_int_eq(snapshot_open(fd, &t), -EBADMSG);
}
END_TEST

START_TEST(what_is_no_memfd_is_refused)
{
	CLEANUP(trust_free) struct trust *t = NULL;
	CLEANUP(fd_close) int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	const struct bytes empty = {0};
	CLEANUP(fd_close) int sealed = -1;

	ck_assert_int_eq(snapshot_open(fd, &t), -EBADMSG);
	ck_assert_int_eq(snapshot_seal(&empty, &sealed), 0);
	ck_assert_int_eq(snapshot_open(sealed, &t), -EBADMSG);
}
END_TEST

START_TEST(verdict_from_a_snapshot_is_the_same)
{
	const struct pki_cert *root = pki_root("Another");
	const struct pki_cert *leaf = pki_leaf("DNS:b.example.com", root);
	CLEANUP(trust_free) struct trust *t = NULL;
	CLEANUP(bytes_done) struct bytes b = {0};

	trust_cert(root);
	SEND(leaf);
	EXPECT("b.example.com", VERDICT_TRUSTED);
	ck_assert_int_eq(snapshot_encode(trust, &b), 0);
	ck_assert_int_eq(snapshot_decode(b.data, b.len, &t), 0);
	(void)trust_free(trust);
	trust = TAKE_PTR(t);
	EXPECT("b.example.com", VERDICT_TRUSTED);
	EXPECT_PATH(leaf, root);
}
END_TEST

START_TEST(exception_for_what_is_no_host_is_not_encoded)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	char longer[322] = {0};

	memset(longer, 'a', sizeof(longer) - 1);
	ck_assert_int_eq(
		trust_add_exception(trust, encoded.data, longer, 5), 0);
	ck_assert_int_eq(snapshot_encode(trust, &b), -EINVAL);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(exceptions_out_of_their_order_are_refused)
{
	enum { ENTRY = SHA256_BYTES + 8 + 2 };
	CLEANUP(trust_free) struct trust *two = NULL;
	CLEANUP(bytes_done) struct bytes b = {0};
	uint8_t first[ENTRY];
	uint8_t *at = NULL;

	ck_assert_int_eq(trust_new(&two), 0);
	for (uint8_t i = 1; i <= 2; i++)
		ck_assert_int_eq(trust_add_exception(two,
					 (uint8_t[SHA256_BYTES]){i}, NULL, 5),
			0);
	ck_assert_int_eq(snapshot_encode(two, &b), 0);
	ck_assert_int_eq(decode(&b), 0);
	at = b.data + b.len - 2 * sizeof(first);
	memcpy(first, at, ENTRY);
	memmove(at, at + ENTRY, ENTRY);
	memcpy(at + ENTRY, first, ENTRY);
	ck_assert_int_eq(decode(&b), -EBADMSG);
}
END_TEST

test_case_maker snapshot_tests;

TCase *snapshot_tests(void)
{
	TCase *tc = tcase_create("snapshot");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, everything_a_verdict_depends_on_comes_back);
	tcase_add_test(tc, empty_trust_comes_back_too);
	tcase_add_test(
		tc, a_snapshot_of_before_decodes_and_encodes_to_its_bytes);
	tcase_add_test(tc, whatever_is_cut_short_is_refused);
	tcase_add_test(tc, one_byte_more_is_refused);
	tcase_add_test(tc, another_version_is_told_from_garbage);
	tcase_add_test(tc, no_two_encodings_decode_to_the_same);
	tcase_add_loop_test(
		tc, value_out_of_range_is_refused, 0, ARRAY_SIZE(lies));
	tcase_add_test(tc, what_clients_offer_is_a_version_and_two_short_texts);
	tcase_add_test(tc, one_more_than_each_maximum_is_refused);
	tcase_add_test(tc, sealed_snapshot_opens_and_cannot_be_changed);
	tcase_add_test(tc, snapshot_that_could_be_changed_is_refused);
	tcase_add_test(tc, what_is_no_memfd_is_refused);
	tcase_add_test(tc, verdict_from_a_snapshot_is_the_same);
	tcase_add_test(tc, exception_for_what_is_no_host_is_not_encoded);
	tcase_add_test(tc, exceptions_out_of_their_order_are_refused);
	return tc;
}
