/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/authorities.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	ck_assert_uint_eq(report.problem_count, 0);
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
	write_text("c.DER", "0nonsense");
	ck_assert_int_eq(authorities_load(dir, anchors, &report), 0);
	ck_assert_uint_eq(count(), 1);
	ck_assert_uint_eq(report.problem_count, 3);
	ck_assert_ptr_nonnull(strstr(report.problems[0], "a.pem: "));
	ck_assert_ptr_nonnull(strstr(report.problems[1], "b.crt: "));
	ck_assert_ptr_nonnull(strstr(report.problems[2], "c.DER: "));
}
END_TEST

START_TEST(one_problem_more_than_is_kept_is_counted)
{
	for (size_t i = 0; i <= AUTHORITIES_MAX_PROBLEMS; i++)
		write_text("b.crt",
			"-----BEGIN X509 CRL-----\nMAA=\n"
			"-----END X509 CRL-----\n");
	ck_assert_int_eq(
		authorities_load(path_of("b.crt"), anchors, &report), 0);
	ck_assert_uint_eq(report.problem_count, AUTHORITIES_MAX_PROBLEMS + 1);
	ck_assert_ptr_nonnull(report.problems[AUTHORITIES_MAX_PROBLEMS - 1]);
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

TCase *authorities_tests(void);

TCase *authorities_tests(void)
{
	TCase *tc = tcase_create("authorities");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_pem_file_may_hold_any_number_and_text_between);
	tcase_add_test(tc, a_der_file_holds_one);
	tcase_add_test(tc, a_directory_is_read_by_the_names_of_its_files);
	tcase_add_test(tc, one_certificate_twice_counts_once);
	tcase_add_test(tc, what_cannot_be_read_is_named_and_the_rest_counts);
	tcase_add_test(tc, one_problem_more_than_is_kept_is_counted);
	tcase_add_test(tc, an_empty_file_holds_none);
	tcase_add_test(tc, a_path_that_is_not_there_is_an_error);
	return tc;
}
