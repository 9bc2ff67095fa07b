/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/authorities.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/base64.h"
#include "lib/base/fd.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

static char dir[] = "/tmp/authorities-unit-XXXXXX";
static struct anchors *anchors;
static struct authorities_report report;
/* What the tests have written, to be taken away. */
static const char *const names[] = {
	"a.pem", "b.crt", "c.DER", "d.txt", ".hidden.pem", "e.cer"};

static const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(anchors_new(&anchors), 0);
}

static void teardown(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlink(path_of(names[i]));
	ck_assert_int_eq(rmdir(dir), 0);
	anchors = anchors_free(anchors);
	authorities_report_done(&report);
	pki_free_all();
}

static void write_bytes(const char *name, const void *data, size_t len)
{
	CLEANUP(fd_close)
	int fd = open(
		path_of(name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_full(fd, data, len), 0);
}

static int truncate_file(const char *name, off_t size)
{
	write_bytes(name, "", 0);
	return truncate(path_of(name), size);
}

static void write_text(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static void write_pem(const char *name, const struct pki_cert *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	ck_assert_int_eq(PEM_write_bio_X509(bio, cert->x509), 1);
	len = BIO_get_mem_data(bio, &text);
	write_bytes(name, text, (size_t)len);
	BIO_free(bio);
}

static void is_finding(
	enum authorities_kind kind, size_t index, const char *part)
{
	CLEANUP(free) char *text = NULL;

	ck_assert_uint_lt(index, authorities_kept(&report, kind));
	ck_assert_int_eq(
		authorities_finding_text(
			&report.findings[kind].items[index], NULL, &text),
		0);
	ck_assert_msg(
		strstr(text, part) != NULL, "\"%s\" has no \"%s\"", text, part);
}

static size_t count(void)
{
	return anchors_count(anchors, ANCHOR_AUTHORITY);
}

START_TEST(a_pem_file_may_hold_any_number_and_text_between)
{
	write_text("a.pem", "# A comment\n");
	write_pem("a.pem", pki_root("One"));
	write_text("a.pem", "Another comment\n");
	write_pem("a.pem", pki_root("Two"));
	ck_assert_int_eq(
		authorities_load(path_of("a.pem"), anchors, &report), 0);
	ck_assert_uint_eq(count(), 2);
	ck_assert_uint_eq(report.loaded, 2);
	ck_assert_uint_eq(report.findings[AUTHORITIES_LOST].count, 0);
}
END_TEST

START_TEST(a_der_file_holds_one)
{
	const struct pki_cert *ca = pki_root("One");

	write_bytes("c.DER", ca->der.data, ca->der.len);
	ck_assert_int_eq(
		authorities_load(path_of("c.DER"), anchors, &report), 0);
	ck_assert_ptr_nonnull(anchors_find(anchors, ca->sha256));
}
END_TEST

START_TEST(a_directory_is_read_by_the_names_of_its_files)
{
	write_pem("a.pem", pki_root("One"));
	write_pem("b.crt", pki_root("Two"));
	write_pem("d.txt", pki_root("Not this one"));
	write_pem(".hidden.pem", pki_root("Nor this one"));
	ck_assert_int_eq(authorities_load(dir, anchors, &report), 0);
	ck_assert_uint_eq(count(), 2);
}
END_TEST

START_TEST(one_certificate_twice_counts_once)
{
	const struct pki_cert *ca = pki_root("One");

	write_pem("a.pem", ca);
	write_bytes("c.DER", ca->der.data, ca->der.len);
	ck_assert_int_eq(authorities_load(dir, anchors, &report), 0);
	ck_assert_uint_eq(report.loaded, 1);
	ck_assert_uint_eq(report.duplicates, 1);
	ck_assert_uint_eq(report.lost, 0);
}
END_TEST

START_TEST(what_cannot_be_read_is_named_and_the_rest_counts)
{
	write_pem("a.pem", pki_root("One"));
	write_text("a.pem",
		"-----BEGIN CERTIFICATE-----\n*\n"
		"-----END CERTIFICATE-----\n");
	write_text("b.crt",
		"-----BEGIN X509 CRL-----\nMAA=\n"
		"-----END X509 CRL-----\n");
	write_bytes("c.DER", "\x30\x82\x01\x00nonsense", 12);
	ck_assert_int_eq(authorities_load(dir, anchors, &report), 0);
	ck_assert_uint_eq(count(), 1);
	ck_assert_uint_eq(report.lost, 2);
	is_finding(AUTHORITIES_LOST, 0, "a.pem: line ");
	is_finding(AUTHORITIES_LOST, 1, "c.DER: ");
	is_finding(AUTHORITIES_NOTE, 0, "b.crt: line 1: a block X509 CRL");
	ck_assert_uint_eq(authorities_read_count(&report), 1);
	ck_assert_uint_eq(authorities_found_count(&report), 3);
}
END_TEST

START_TEST(one_problem_more_than_is_kept_is_counted)
{
	for (size_t i = 0; i <= AUTHORITIES_MAX_FINDINGS; i++)
		write_text("b.crt",
			"-----BEGIN X509 CRL-----\nMAA=\n"
			"-----END X509 CRL-----\n");
	ck_assert_int_eq(
		authorities_load(path_of("b.crt"), anchors, &report), 0);
	ck_assert_uint_eq(report.findings[AUTHORITIES_NOTE].count,
		AUTHORITIES_MAX_FINDINGS + 1);
	ck_assert_uint_eq(authorities_kept(&report, AUTHORITIES_NOTE),
		AUTHORITIES_MAX_FINDINGS);
	ck_assert_uint_eq(report.lost, 0);
}
END_TEST

START_TEST(an_empty_file_holds_none)
{
	write_text("e.cer", "");
	ck_assert_int_eq(
		authorities_load(path_of("e.cer"), anchors, &report), 0);
	ck_assert_uint_eq(report.loaded, 0);
}
END_TEST

START_TEST(a_path_that_is_not_there_is_an_error)
{
	struct authorities_report before = {.loaded = 7};

	report = before;
	ck_assert_int_eq(authorities_load(path_of("nothing"), anchors, &report),
		-ENOENT);
	ck_assert_uint_eq(report.loaded, 7);
}
END_TEST

/* --- put together by hand --- */

/*
 * What a file is made of, a letter a piece: A and B are certificates in PEM, a
 * the first lines of A, of which the last has no end of line; the others are
 * in piece_of().
 */
static const struct {
	const char *pieces;
	size_t loaded;
	size_t lost;
	const char *finding; /* of those lost; NULL: none */
} by_hand[] = {
	{"AB", 2, 0, NULL},
	{"A\nB", 2, 0, NULL},
	{"gAB", 2, 0, NULL}, /* no newline between them */
	{"iAB", 2, 0, NULL}, /* indented */
	{"cAB", 2, 0, NULL}, /* CR LF */
	{"rAB", 2, 0, NULL}, /* CR */
	{"8AB", 2, 0, NULL}, /* a byte order mark of UTF-8 */
	{"AA", 1, 0, NULL},
	{"aB", 1, 1,
		"line 1: the certificate is cut off: another block begins in "
		"line 4 before its END line"},
	{"Ba", 1, 1,
		": the certificate is cut off: the file ends before its END"},
	{"NB", 2, 0, NULL}, /* all of A is there but its END line */
	{"EB", 2, 0, NULL}, /* a misspelt END line */
	{"eB", 1, 1, "and so is its END line, line 4"},
	{"OB", 2, 0, NULL}, /* END X509 CRL */
	{"oB", 1, 1, "line 1: the certificate is damaged, and line 4 ends it"},
	{"KB", 1, 1, "line 1: the BEGIN line of a certificate is misspelt"},
	{"DB", 1, 1, "line 1: the BEGIN line of a certificate is misspelt"},
	{"kB", 1, 1, "line 1: the BEGIN line of a certificate is misspelt"},
	{"aK", 0, 2, "another block begins in line 4"},
	{"nB", 1, 1, "a certificate ends here whose BEGIN line is missing"},
	{"*B", 1, 1,
		"line 1: the base64 of the certificate is damaged: line 3 has "
		"the character *"},
	{"zB", 1, 1, "line 3 has the byte 0xc2"},
	{"mB", 1, 1, "line 1: the base64 of the certificate is incomplete"},
	{"MB", 1, 1, "line 1: "}, /* a line of A is missing */
	{"fB", 1, 1, "bytes follow the certificate in its own block"},
	{"xB", 1, 1, "line 1: this is not a certificate: it is "},
	{"tB", 1, 1, "line 1: an OpenSSL TRUSTED CERTIFICATE"},
	{"7B", 1, 1, "line 1: a PKCS #7 bundle"},
	{"LB", 1, 1, "the certificate has 65537 bytes; the limit is 65536"},
	{"#B", 1, 0, NULL}, /* comments */
	{"h", 0, 0, "there is no certificate in this file: it is "},
	{"u", 0, 0, "looks like UTF-16 text without a byte order mark"},
	{"v", 0, 0, "this file is UTF-32 text"},
};

static char made[512 * 1024];
static size_t made_len;

static void put(const char *text)
{
	size_t len = 0;

	ck_assert_ptr_nonnull(text);
	len = strlen(text);
	ck_assert_uint_lt(made_len + len, sizeof(made));
	memcpy(made + made_len, text, len + 1);
	made_len += len;
}

static char *pem_of(const struct pki_cert *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	char *copy = NULL;
	long len = 0;

	ck_assert_int_eq(PEM_write_bio_X509(bio, cert->x509), 1);
	len = BIO_get_mem_data(bio, &text);
	copy = strndup(text, (size_t)len);
	BIO_free(bio);
	return copy;
}

/* With any label and any line behind it instead of its END. */
static void put_der(
	const char *label, const void *der, size_t len, const char *end)
{
	CLEANUP(free) char *base64 = NULL;

	ck_assert_int_eq(base64_encode(der, len, &base64), 0);
	put("-----BEGIN ");
	put(label);
	put("-----\n");
	put(base64);
	put("\n");
	put(end);
}

#define END_LINE "-----END CERTIFICATE-----\n"

static void put_long(void)
{
	CLEANUP(free) uint8_t *der = calloc(1, 65537);

	der[0] = 0x30;
	put_der("CERTIFICATE", der, 65537, END_LINE);
}

/* The first lines of A, then this instead of the rest. */
static void put_cut(const char *pem, const char *then)
{
	const char *second = strchr(strchr(pem, '\n') + 1, '\n');
	const char *third = strchr(second + 1, '\n');
	char part[256];

	(void)snprintf(part, sizeof(part), "%.*s", (int)(third + 1 - pem), pem);
	put(part);
	put(then);
}

static void put_pem_with(const char *pem, const char *begin)
{
	put(begin);
	put(strchr(pem, '\n'));
}

/* One letter, one way to spoil it. NOLINTNEXTLINE(readability-function-size) */
static void put_piece(
	char piece, const struct pki_cert *one, const struct pki_cert *two)
{
	CLEANUP(free) char *pem = pem_of(piece == 'B' ? two : one);
	static uint8_t longer[4096];
	const void *der = one->der.data;
	size_t len = one->der.len;

	switch (piece) {
	case 'A':
	case 'B':
		put(pem);
		break;
	case 'a':
		put_cut(pem, "");
		break;
	case 'N':
		put_der("CERTIFICATE", der, len, "");
		break;
	case 'E':
		put_der("CERTIFICATE", der, len, "----END CERTIFICATE-----\n");
		break;
	case 'e':
		put_cut(pem, "-----END CERTIFICATE\n");
		break;
	case 'O':
		put_der("CERTIFICATE", der, len, "-----END X509 CRL-----\n");
		break;
	case 'o':
		put_cut(pem, "-----END X509 CRL-----\n");
		break;
	case 'K':
		put_pem_with(pem, "----BEGIN CERTIFICATE-----");
		break;
	case 'D':
		put_pem_with(pem,
			"\xe2\x80\x93\xe2\x80\x93"
			"BEGIN CERTIFICATE\xe2\x80\x93");
		break;
	case 'k':
		put_pem_with(pem, "-----begin certificate-----");
		break;
	case 'n':
		put_pem_with(pem, "");
		break;
	case '*':
		put_cut(pem, "");
		made[made_len - 10] = '*';
		put(END_LINE);
		break;
	case 'z':
		put_cut(pem, "");
		made[made_len - 10] = '\xc2';
		put(END_LINE);
		break;
	case 'm':
		put_cut(pem, "AAA\n" END_LINE);
		break;
	case 'M':
		put_cut(pem, END_LINE);
		break;
	case 'f':
		memcpy(longer, der, len);
		put_der("CERTIFICATE", longer, len + 3, END_LINE);
		break;
	case 'x':
		put_der("CERTIFICATE", "<html></html>", 13, END_LINE);
		break;
	case 't':
		put_der("TRUSTED CERTIFICATE", der, len,
			"-----END TRUSTED CERTIFICATE-----\n");
		break;
	case '7':
		put_der("PKCS7", der, len, "-----END PKCS7-----\n");
		break;
	case 'L':
		put_long();
		break;
	case '#':
		put("# BEGIN CERTIFICATES of the vendor\nthe END CERTIFICATE\n");
		break;
	case 'h':
		put("<!DOCTYPE html><html><body>Log in</body></html>");
		break;
	default:
		put((char[2]){piece});
	}
}

/* What befalls the whole text. */
static void replace_newlines(const char *by)
{
	static char before[sizeof(made)];

	memcpy(before, made, made_len + 1);
	made_len = 0;
	for (const char *p = before; *p; p++)
		put(*p == '\n' ? by : (char[2]){*p});
}

/* Every character in so many bytes, after a byte order mark. */
static void widen(size_t width, const char *mark, size_t mark_len, bool big)
{
	static char before[sizeof(made)];
	size_t len = made_len;

	memcpy(before, made, len);
	memcpy(made, mark, mark_len);
	memset(made + mark_len, 0, width * len);
	for (size_t i = 0; i < len; i++)
		made[mark_len + width * i + (big ? width - 1 : 0)] = before[i];
	made_len = mark_len + width * len;
}

/* NOLINTNEXTLINE(readability-function-cognitive-complexity) a list of ways */
static void make_by_hand(const char *pieces)
{
	const struct pki_cert *one = pki_root("One");
	const struct pki_cert *two = pki_root("Two");
	const char *way = strchr("gicr8uv", pieces[0]);
	char how = '\0';

	if (way)
		how = *way;
	made_len = 0;
	if (how == '8')
		put("\xef\xbb\xbf");
	if (how == 'i')
		put("  ");
	for (const char *p = how ? pieces + 1 : pieces; *p; p++) {
		put_piece(*p, one, two);
		if (how == 'g' && p[1])
			made_len--;
	}
	if (how == 'u' || how == 'v')
		put("-----BEGIN CERTIFICATE-----\n");
	if (how == 'i')
		replace_newlines("\n \t ");
	if (how == 'c')
		replace_newlines("\r\n");
	if (how == 'r')
		replace_newlines("\r");
	if (how == 'u')
		widen(2, "", 0, false);
	if (how == 'v')
		widen(4, "\xff\xfe\0\0", 4, false);
}

static void read_made(void)
{
	ck_assert_int_eq(
		authorities_read("list.pem", made, made_len, anchors, &report),
		0);
}

START_TEST(each_entry_has_an_outcome)
{
	make_by_hand(by_hand[_i].pieces);
	read_made();
	ck_assert_msg(report.loaded == by_hand[_i].loaded &&
			report.lost == by_hand[_i].lost,
		"%s: %zu are loaded and %zu lost", by_hand[_i].pieces,
		report.loaded, report.lost);
	ck_assert_uint_eq(count(), by_hand[_i].loaded);
	if (by_hand[_i].finding)
		is_finding(AUTHORITIES_LOST, 0, by_hand[_i].finding);
	else
		ck_assert_uint_eq(report.findings[AUTHORITIES_LOST].count, 0);
}
END_TEST

START_TEST(a_zero_byte_ends_no_base64)
{
	char *end = NULL;

	make_by_hand("AB");
	end = strstr(made, "\n-----END");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	read_made();
	ck_assert_uint_eq(report.loaded, 1);
	is_finding(AUTHORITIES_LOST, 0, "has the byte 0x00");
}
END_TEST

START_TEST(utf_16_is_read_by_its_byte_order_mark)
{
	make_by_hand("AB");
	widen(2, _i ? "\xfe\xff" : "\xff\xfe", 2, _i);
	read_made();
	ck_assert_uint_eq(report.loaded, 2);
	ck_assert_uint_eq(report.findings[AUTHORITIES_LOST].count, 0);
}
END_TEST

START_TEST(a_private_key_is_told_and_never_shown)
{
	static const char *const labels[] = {
		"PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"};
	char end[64];

	made_len = 0;
	put("\n");
	(void)snprintf(end, sizeof(end), "-----END %s-----", labels[_i]);
	put_der(labels[_i], "a secret", 8, end);
	put_piece('A', pki_root("One"), NULL);
	read_made();
	ck_assert_uint_eq(report.loaded, 1);
	ck_assert_uint_eq(report.lost, 0);
	is_finding(AUTHORITIES_SECRET, 0,
		"list.pem: line 2: a private key; whoever may read this file "
		"has it");
	ck_assert_ptr_null(strstr(
		report.findings[AUTHORITIES_SECRET].items[0].what, "YSBz"));
}
END_TEST

START_TEST(several_der_certificates_follow_each_other)
{
	const struct pki_cert *one = pki_root("One");
	const struct pki_cert *two = pki_root("Two");

	memcpy(made, one->der.data, one->der.len);
	memcpy(made + one->der.len, two->der.data, two->der.len);
	made_len = one->der.len + two->der.len;
	made[made_len++] = 'x';
	read_made();
	ck_assert_uint_eq(report.loaded, 2);
	ck_assert_uint_eq(report.lost, 1);
}
END_TEST

START_TEST(one_certificate_more_than_the_limit_is_lost_and_told)
{
	const struct pki_cert *ca = pki_root("One");
	CLEANUP(free) uint8_t *der = malloc(ca->der.len);

	/* Its signature is the last: it may be any. */
	memcpy(der, ca->der.data, ca->der.len);
	for (unsigned i = 0; i < ANCHORS_MAX; i++) {
		der[ca->der.len - 1] = (uint8_t)i;
		der[ca->der.len - 2] = (uint8_t)(i >> 8);
		ck_assert_int_eq(anchors_add(anchors, der, ca->der.len,
					 ANCHOR_AUTHORITY),
			0);
	}
	make_by_hand("B");
	read_made();
	ck_assert_uint_eq(report.lost, 1);
	is_finding(AUTHORITIES_LOST, 0,
		"there are more certificates than the limit of 16384");
}
END_TEST

START_TEST(a_file_that_is_too_large_is_named)
{
	ck_assert_int_eq(
		truncate_file("b.crt", (off_t)AUTHORITIES_MAX_FILE_BYTES + 1),
		0);
	write_pem("a.pem", pki_root("One"));
	ck_assert_int_eq(
		authorities_load(path_of("b.crt"), anchors, &report), -EFBIG);
	ck_assert_int_eq(authorities_load(dir, anchors, &report), 0);
	ck_assert_uint_eq(report.loaded, 1);
	is_finding(AUTHORITIES_LOST, 0,
		"b.crt: the file has more than 33554432 bytes, the limit");
}
END_TEST

TCase *authorities_tests(void);

TCase *authorities_tests(void)
{
	TCase *tc = tcase_create("authorities");

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_pem_file_may_hold_any_number_and_text_between);
	tcase_add_test(tc, a_der_file_holds_one);
	tcase_add_test(tc, a_directory_is_read_by_the_names_of_its_files);
	tcase_add_test(tc, one_certificate_twice_counts_once);
	tcase_add_test(tc, what_cannot_be_read_is_named_and_the_rest_counts);
	tcase_add_test(tc, one_problem_more_than_is_kept_is_counted);
	tcase_add_loop_test(
		tc, each_entry_has_an_outcome, 0, ARRAY_SIZE(by_hand));
	tcase_add_test(tc, a_zero_byte_ends_no_base64);
	tcase_add_loop_test(tc, utf_16_is_read_by_its_byte_order_mark, 0, 2);
	tcase_add_loop_test(tc, a_private_key_is_told_and_never_shown, 0, 3);
	tcase_add_test(tc, several_der_certificates_follow_each_other);
	tcase_add_test(
		tc, one_certificate_more_than_the_limit_is_lost_and_told);
	tcase_add_test(tc, a_file_that_is_too_large_is_named);
	tcase_add_test(tc, an_empty_file_holds_none);
	tcase_add_test(tc, a_path_that_is_not_there_is_an_error);
	return tc;
}
