/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify-cases [--profile compatible|strict] FILE - judge path validation
 * cases by lib/verify, one answer a line: the case, a tab, and "trusted" or
 * the verdict. The file has a record a line, "KEYWORD value", from ID to END;
 * lines may have any length, unknown keywords are skipped.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "lib/names.h"
#include "lib/verify.h"

#define MAX_CERTIFICATES 1024
#define MAX_NAMES 16
#define NO_DEPTH UINT64_MAX

enum name_kind {
	NAME_DNS,
	NAME_IP,
	NAME_RFC822,
};

struct name {
	enum name_kind kind;
	char *value;
};

struct test_case {
	enum profile profile;
	char *id;
	bool client;
	unsigned uses; /* bits of enum verify_use; 0: by kind */
	int64_t time;
	uint64_t depth;
	struct name names[MAX_NAMES];
	size_t name_count;
	struct trust *trust;
	struct bytes chain[MAX_CERTIFICATES]; /* the leaf is the first */
	size_t chain_count;
};

static void case_done(struct test_case *c)
{
	free(c->id);
	for (size_t i = 0; i < c->name_count; i++)
		free(c->names[i].value);
	(void)trust_free(c->trust);
	for (size_t i = 0; i < c->chain_count; i++)
		bytes_done(&c->chain[i]);
	*c = (struct test_case){.profile = c->profile};
}

static int on_id(struct test_case *c, const char *id)
{
	case_done(c);
	c->time = time(NULL);
	c->depth = NO_DEPTH;
	c->chain_count = 1;
	if (replace_string(&c->id, id) < 0 || trust_new(&c->trust) < 0)
		return -ENOMEM;
	c->trust->policy = (struct policy){
		.profile = c->profile,
		.verification = VERIFICATION_FORCED,
		.name_check = true,
	};
	return 0;
}

/* --- lines --- */

/* What is no base64 is kept as nothing: a certificate that does not parse. */
static int decode_base64(const char *text, struct bytes *ret)
{
	size_t len = strlen(text);
	struct bytes b = {.data = malloc(len + 4)};
	int n = 0;

	if (!b.data)
		return -ENOMEM;
	n = EVP_DecodeBlock(b.data, (const unsigned char *)text, (int)len);
	for (size_t i = len; n > 0 && i > 0 && text[i - 1] == '='; i--)
		n--;
	b.len = n > 0 ? (size_t)n : 0;
	*ret = b;
	return 0;
}

static int on_kind(struct test_case *c, const char *value)
{
	c->client = strcmp(value, "CLIENT") == 0;
	if (strcmp(value, "NONE") == 0)
		c->uses |= 1U << USE_ANY;
	return 0;
}

static int on_time(struct test_case *c, const char *value)
{
	c->time = strtoll(value, NULL, 10);
	return 0;
}

static int on_depth(struct test_case *c, const char *value)
{
	c->depth = strtoull(value, NULL, 10);
	return 0;
}

static int on_host(struct test_case *c, const char *value)
{
	static const char *const kinds[] = {
		[NAME_DNS] = "DNS ",
		[NAME_IP] = "IP ",
		[NAME_RFC822] = "RFC822 ",
	};
	struct name *name = &c->names[c->name_count];

	if (c->name_count >= MAX_NAMES)
		return -E2BIG;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strncmp(value, kinds[i], strlen(kinds[i])) != 0)
			continue;
		name->kind = (enum name_kind)i;
		c->name_count++;
		return replace_string(&name->value, value + strlen(kinds[i]));
	}
	return -EINVAL;
}

static int on_use(struct test_case *c, const char *value)
{
	static const struct {
		const char *name;
		enum verify_use use;
	} uses[] = {
		{"serverAuth", USE_TLS_SERVER},
		{"clientAuth", USE_TLS_CLIENT},
		{"anyExtendedKeyUsage", USE_ANY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++)
		if (strcmp(uses[i].name, value) == 0)
			c->uses |= 1U << uses[i].use;
	return 0;
}

static int on_anchor(struct test_case *c, const char *value)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	int r = decode_base64(value, &der);

	if (r == 0)
		r = anchors_add(
			c->trust->anchors, der.data, der.len, ANCHOR_SERVER);
	return r == -EINVAL ? 0 : r;
}

static int on_untrusted(struct test_case *c, const char *value)
{
	if (c->chain_count >= MAX_CERTIFICATES)
		return -E2BIG;
	return decode_base64(value, &c->chain[c->chain_count++]);
}

static int on_leaf(struct test_case *c, const char *value)
{
	bytes_done(&c->chain[0]);
	return decode_base64(value, &c->chain[0]);
}

/* --- judging --- */

/* Does the certificate carry this name? Only for kinds verify_peer is not
 * asked about: mail addresses, and the names of clients. */
static bool carries(X509 *leaf, const struct name *name)
{
	const struct name_rules rules = {.no_partial = true};
	enum name_match match = NAME_NOT_FOUND;
	struct host host;

	if (name->kind == NAME_RFC822)
		return X509_check_email(leaf, name->value, 0,
			       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT) == 1;
	return host_parse(name->value, &host) == 0 &&
		names_match(leaf, &host, &rules, &match) == 0 &&
		match != NAME_NOT_FOUND;
}

static bool asked_elsewhere(const struct test_case *c, const struct name *name)
{
	return !c->client && name->kind != NAME_RFC822;
}

/* What the file asks for beyond what verify_peer judges. */
static enum verdict judge_rest(
	const struct test_case *c, const struct verify_result *result)
{
	const unsigned char *p = c->chain[0].data;
	enum verdict verdict = VERDICT_TRUSTED;
	X509 *leaf = NULL;

	if (c->depth != NO_DEPTH && result->path_count > c->depth + 2)
		return VERDICT_PATH_TOO_LONG;
	leaf = d2i_X509(NULL, &p, (long)c->chain[0].len);
	if (!leaf)
		return VERDICT_MALFORMED;
	for (size_t i = 0; i < c->name_count; i++)
		if (!asked_elsewhere(c, &c->names[i]) &&
			!carries(leaf, &c->names[i]))
			verdict = VERDICT_NAME_MISMATCH;
	X509_free(leaf);
	return verdict;
}

static int judge_for(
	const struct test_case *c, enum verify_use use, enum verdict *ret)
{
	CLEANUP(verify_result_done) struct verify_result result = {0};
	struct verify_query query = {
		.chain = c->chain,
		.chain_count = c->chain_count,
		.purpose = PURPOSE_ANY,
		.use = use,
		.now = c->time,
	};
	int r = 0;

	if (c->name_count > 0 && asked_elsewhere(c, &c->names[0]))
		query.host = c->names[0].value;
	r = verify_peer(c->trust, &query, &result);
	if (r < 0)
		return r;
	*ret = result.trusted ? judge_rest(c, &result) : result.verdict;
	return 0;
}

static int on_end(struct test_case *c, const char *value)
{
	enum verdict verdict = VERDICT_TRUSTED;
	int r = 0;

	(void)value;
	if (c->uses == 0)
		c->uses = 1U << (c->client ? USE_TLS_CLIENT : USE_TLS_SERVER);
	for (unsigned use = USE_TLS_SERVER; use <= USE_ANY; use++) {
		if (verdict != VERDICT_TRUSTED || !(c->uses & 1U << use))
			continue;
		r = judge_for(c, (enum verify_use)use, &verdict);
		if (r < 0)
			return r;
	}
	(void)printf("%s\t%s\n", c->id, verdict_name(verdict));
	case_done(c);
	return 0;
}

static const struct {
	const char *name;
	int (*handle)(struct test_case *c, const char *value);
} keywords[] = {
	{"ID", on_id},
	{"KIND", on_kind},
	{"TIME", on_time},
	{"HOST", on_host},
	{"EKU", on_use},
	{"DEPTH", on_depth},
	{"T", on_anchor},
	{"U", on_untrusted},
	{"L", on_leaf},
	{"END", on_end},
};

static int handle_line(struct test_case *c, char *line)
{
	char *value = NULL;

	line[strcspn(line, "\r\n")] = 0;
	value = strchr(line, ' ');
	if (value)
		*value++ = 0;
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
		if (strcmp(keywords[i].name, line) != 0)
			continue;
		/* Before its ID a line belongs to nothing. */
		if (!c->id && keywords[i].handle != on_id)
			return -EINVAL;
		return keywords[i].handle(c, value ? value : "");
	}
	return 0;
}

static int run(FILE *file, struct test_case *c)
{
	CLEANUP(free) char *line = NULL;
	size_t room = 0;
	unsigned long number = 0;
	int r = 0;

	while (r == 0 && getline(&line, &room, file) >= 0) {
		number++;
		r = handle_line(c, line);
	}
	if (r == 0 && c->id)
		r = -ENODATA; /* a case without END */
	if (r < 0)
		(void)fprintf(stderr, "verify-cases: line %lu: %s\n", number,
			strerror(-r));
	case_done(c);
	return r;
}

static bool parse_profile(const char *text, enum profile *ret)
{
	if (strcmp(text, "strict") == 0)
		*ret = PROFILE_STRICT;
	else if (strcmp(text, "compatible") == 0)
		*ret = PROFILE_COMPATIBLE;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static struct test_case c;
	FILE *file = NULL;
	int r = 0;

	if (!(argc == 2 ||
		    (argc == 4 && strcmp(argv[1], "--profile") == 0 &&
			    parse_profile(argv[2], &c.profile)))) {
		(void)fprintf(stderr,
			"usage: verify-cases "
			"[--profile compatible|strict] FILE\n");
		return 2;
	}
	file = fopen(argv[argc - 1], "re");
	if (!file) {
		(void)fprintf(stderr, "verify-cases: %s: %s\n", argv[argc - 1],
			strerror(errno));
		return 1;
	}
	r = run(file, &c);
	(void)fclose(file);
	return r < 0 ? 1 : 0;
}
