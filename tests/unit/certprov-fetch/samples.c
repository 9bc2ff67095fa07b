/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provisioning-samples/ as they are: every document through the parser, every
 * certificate through the judge, against the outcomes written beside them.
 * What a download may answer is not played here: no network, so places whose
 * outcome is the server's are left to the integration test.
 */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/document.h"
#include "lib/provisioning/candidates.h"
#include "lib/x509/decode.h"
#include "tests/unit/runner.h"

#define DIRECTORY "provisioning-samples/"
#define HOST "://provisioning.example.com/"
#define MAC "000413AABBCC"
#define PHONE_TYPE "snomD785"
#define NOW INT64_C(1800000000) /* 2027 */
#define MAX_DOCUMENTS 16
#define MAX_PLACES 64
#define PATH_SIZE 160

static const char *const samples[] = {
	"digest-pinned",
	"every-mistake",
	"inline-base64",
	"mixed",
	"old-firmware-chain",
	"private-ca-bootstrap",
	"setting-files-tree",
	"url-list",
};

/* The columns of the .expect files. */
static const char *const versions[] = {
	"8.7.5.51", "8.7.5.52", "8.9.3.40", "8.9.3.41", "10.1.33.33"};

/* One certificate of a document; one by url waits for the last document. */
struct sample_place {
	const char *document; /* in the sample's list */
	int64_t line;
	char path[PATH_SIZE]; /* of a certificate by url, else empty */
	char sha256[SHA256_HEX_SIZE];
	char result[64]; /* empty: not decided */
};

struct sample_file {
	struct trust *trust;
	struct bootstrap_policy bootstrap;
	struct candidates *candidates;
	char documents[MAX_DOCUMENTS][PATH_SIZE];
	size_t document_count;
	size_t current; /* the document being read */
	struct sample_place places[MAX_PLACES];
	size_t place_count;
};

static void read_whole(const char *path, struct bytes *ret)
{
	char full[PATH_SIZE + sizeof(DIRECTORY)];
	FILE *file = NULL;

	(void)snprintf(full, sizeof(full), DIRECTORY "%s", path);
	file = fopen(full, "re");
	if (!file) {
		*ret = (struct bytes){0};
		return;
	}
	ret->data = malloc(CERTIFICATE_MAX_BYTES);
	ck_assert_ptr_nonnull(ret->data);
	ret->len = fread(ret->data, 1, CERTIFICATE_MAX_BYTES, file);
	ck_assert_int_ne(feof(file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void replace(char path[PATH_SIZE], const char *name, const char *value)
{
	char *found = strstr(path, name);
	char rest[PATH_SIZE];

	if (!found)
		return;
	(void)snprintf(rest, sizeof(rest), "%s", found + strlen(name));
	(void)snprintf(
		found, PATH_SIZE - (size_t)(found - path), "%s%s", value, rest);
}

/* Where a URL of a sample lies in the tree. */
static void local_path(const char *url, char ret[PATH_SIZE])
{
	const char *host = strstr(url, HOST);

	ck_assert_msg(host || !strstr(url, "://"), "%s leads elsewhere", url);
	(void)snprintf(ret, PATH_SIZE, "%s", host ? host + strlen(HOST) : url);
	replace(ret, "{mac}", MAC);
	replace(ret, "{phone_type}", PHONE_TYPE);
}

static struct sample_place *add_place(struct sample_file *s, int64_t line)
{
	struct sample_place *p = &s->places[s->place_count];

	ck_assert_uint_lt(s->place_count, MAX_PLACES);
	s->place_count++;
	p->document = s->documents[s->current];
	p->line = line;
	return p;
}

static void decide(struct sample_place *p, const char *result)
{
	(void)snprintf(p->result, sizeof(p->result), "%s", result);
}

static struct sample_place *find_place(
	struct sample_file *s, const char *document, int64_t line)
{
	for (size_t i = 0; i < s->place_count; i++)
		if (s->places[i].line == line &&
			strcmp(s->places[i].document, document) == 0)
			return &s->places[i];
	return NULL;
}

/* --- the candidates --- */

static void hear(struct sample_file *s, struct decisions *decisions)
{
	for (size_t i = 0; i < decisions->count; i++) {
		const struct decision *d = &decisions->items[i];
		struct sample_place *p =
			find_place(s, d->from.document, d->from.line);

		ck_assert_ptr_nonnull(p);
		decide(p, outcome_result_name(&d->outcome));
		if (!d->outcome.accepted)
			ck_assert_ptr_nonnull(d->outcome.remedy);
	}
	decisions_done(decisions);
}

static void offer(struct sample_file *s, const struct sample_place *p,
	const struct bytes *der)
{
	CLEANUP(candidates_answer_done) struct offer_answer answer = {0};
	struct decisions decisions = {0};
	struct candidate offer = {
		.der = *der,
		.from = {.variant = *p->path ? CANDIDATE_URL : CANDIDATE_BASE64,
			.document = p->document,
			.line = p->line,
			.url = *p->path ? p->path : NULL,
			.sha256 = *p->sha256 ? p->sha256 : NULL},
	};

	ck_assert_int_eq(
		candidates_offer(s->candidates, &offer, &answer, &decisions),
		0);
	hear(s, &decisions);
}

/* --- the reader of the documents --- */

static int on_link(void *userdata, const char *url, int64_t line)
{
	struct sample_file *s = userdata;

	(void)line;
	ck_assert_uint_lt(s->document_count, MAX_DOCUMENTS);
	local_path(url, s->documents[s->document_count++]);
	return 0;
}

static int on_certificate(void *userdata, const struct document_certificate *c)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	struct sample_file *s = userdata;
	struct decode_refusal refusal = {.verdict = VERDICT__END};
	struct sample_place *p = add_place(s, c->line);

	(void)snprintf(
		p->sha256, sizeof(p->sha256), "%s", c->sha256 ? c->sha256 : "");
	if (c->url) {
		local_path(c->url, p->path);
		return 0;
	}
	ck_assert_int_eq(
		decode_base64(c->text, strlen(c->text), &der, &refusal), 0);
	if (der.data)
		offer(s, p, &der);
	else
		decide(p,
			verdict_name(judge_element(&s->trust->policy.firmware,
				true, refusal.verdict)));
	return 0;
}

static int on_setting(void *userdata, const struct document_setting *c)
{
	(void)userdata;
	(void)c;
	return 0;
}

static int on_refused(void *userdata, const struct document_refusal *r)
{
	struct sample_file *s = userdata;
	enum verdict verdict =
		judge_element(&s->trust->policy.firmware, false, r->verdict);

	decide(add_place(s, r->line), verdict_name(verdict));
	return 0;
}

static const struct document_handler handler = {
	.link = on_link,
	.certificate = on_certificate,
	.setting = on_setting,
	.refused = on_refused,
};

static void read_document(struct sample_file *s)
{
	CLEANUP(document_free) struct document *d = NULL;
	CLEANUP(bytes_done) struct bytes text = {0};
	struct document_result result = {0};

	read_whole(s->documents[s->current], &text);
	ck_assert_msg(text.data, "%s is not there", s->documents[s->current]);
	document_prepare();
	ck_assert_int_eq(document_new(&handler, s, &d), 0);
	ck_assert_int_eq(document_push(d, text.data, text.len), 0);
	ck_assert_int_eq(document_finish(d, &result), 0);
	ck_assert_msg(result.verdict == VERDICT_PROCESSED, "%s: %s",
		s->documents[s->current], verdict_name(result.verdict));
}

static void download(struct sample_file *s, struct sample_place *p)
{
	CLEANUP(bytes_done) struct bytes der = {0};

	read_whole(p->path, &der);
	if (der.data)
		offer(s, p, &der);
	else
		decide(p, "http-status");
	/* A URL is downloaded once. */
	for (const struct sample_place *other = s->places; other < p; other++)
		if (strcmp(other->path, p->path) == 0)
			decide(p, "duplicate-url");
}

/* --- a run --- */

static void sample_setup(struct sample_file *s, const char *version)
{
	CLEANUP(bytes_done) struct bytes authority = {0};
	struct judge_context context = {
		.bootstrap = &s->bootstrap,
		.servers_max = 100,
		.now = NOW,
	};

	ck_assert_int_eq(trust_new(&s->trust), 0);
	ck_assert_int_eq(
		firmware_parse(version, &s->trust->policy.firmware), 0);
	read_whole("certificates/example-authority.der", &authority);
	ck_assert_int_eq(anchors_add(s->trust->anchors, authority.data,
				 authority.len, ANCHOR_AUTHORITY),
		0);
	context.trust = s->trust;
	ck_assert_int_eq(candidates_new(&context, &s->candidates), 0);
}

static void sample_run(struct sample_file *s, const char *name)
{
	struct decisions decisions = {0};

	(void)snprintf(s->documents[0], PATH_SIZE, "%s.xml", name);
	s->document_count = 1;
	for (s->current = 0; s->current < s->document_count; s->current++)
		read_document(s);
	for (size_t i = 0; i < s->place_count; i++)
		if (*s->places[i].path)
			download(s, &s->places[i]);
	ck_assert_int_eq(candidates_finish(s->candidates, &decisions), 0);
	hear(s, &decisions);
}

static void sample_done(struct sample_file *s)
{
	s->candidates = candidates_free(s->candidates);
	s->trust = trust_free(s->trust);
}

/* One line of an .expect file: "DOCUMENT:LINE" and a result a version. */
static void check_line(struct sample_file *s, char *text, size_t version)
{
	char *rest = NULL;
	char *document = strtok_r(text, ":", &rest);
	const char *line = strtok_r(NULL, " ", &rest);
	const char *expected = NULL;
	const struct sample_place *p = NULL;

	ck_assert_ptr_nonnull(line);
	for (size_t i = 0; i <= version; i++)
		expected = strtok_r(NULL, " \n", &rest);
	ck_assert_ptr_nonnull(expected);
	p = find_place(s, document, strtoll(line, NULL, 10));
	ck_assert_msg(p, "%s:%s is no certificate", document, line);
	ck_assert_msg(strcmp(p->result, expected) == 0,
		"%s:%s on %s: %s, expected %s", document, line,
		versions[version], p->result, expected);
}

static size_t check_against(
	struct sample_file *s, const char *name, size_t version)
{
	char path[PATH_SIZE];
	char text[512];
	FILE *file = NULL;
	size_t count = 0;

	(void)snprintf(path, sizeof(path), DIRECTORY "%s.expect", name);
	file = fopen(path, "re");
	ck_assert_msg(file, "%s is not there", path);
	while (fgets(text, sizeof(text), file)) {
		if (*text == '#')
			continue;
		check_line(s, text, version);
		count++;
	}
	ck_assert_int_eq(fclose(file), 0);
	return count;
}

START_TEST(every_certificate_of_a_sample_comes_to_what_is_written_beside_it)
{
	const char *name = samples[_i];

	for (size_t v = 0; v < ARRAY_SIZE(versions); v++) {
		struct sample_file *s = calloc(1, sizeof(*s));

		ck_assert_ptr_nonnull(s);
		sample_setup(s, versions[v]);
		sample_run(s, name);
		ck_assert_uint_eq(check_against(s, name, v), s->place_count);
		sample_done(s);
		free(s);
	}
}
END_TEST

test_case_maker samples_tests;

TCase *samples_tests(void)
{
	TCase *tc = tcase_create("samples");

	tcase_add_loop_test(tc,
		every_certificate_of_a_sample_comes_to_what_is_written_beside_it,
		0, ARRAY_SIZE(samples));
	return tc;
}
