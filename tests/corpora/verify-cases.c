/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify-cases [--profile compatible|strict] FILE - judge path validation
 * cases by lib/verify, one answer a line: the case, a tab, and "trusted" or
 * the verdict. FILE may be "-". It has a record a line, "KEYWORD value", from
 * ID to END; lines may have any length, unknown keywords are skipped. Every
 * case gets an answer; what is wrong with the file is said and makes the exit
 * status 1, wrong usage 2.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "lib/base/string.h"
#include "lib/verify/verify-demands.h"
#include "lib/verify/verify.h"
#include "lib/x509/names.h"

/* One more than lib/verify takes is enough to be told so. */
#define MAX_CERTIFICATES (VERIFY_MAX_CHAIN + 1)
#define MAX_TEXTS 256 /* of a kind in a case */
#define BLANKS " \t"

enum name_kind {
	NAME_DNS,
	NAME_IP,
	NAME_RFC822,
	NAME_OTHER, /* nothing carries it */
};

struct name {
	enum name_kind kind;
	char *value;
};

struct test_case {
	enum profile profile;
	char *id;
	bool client;
	bool any_use;
	int64_t time;
	struct verify_demands demands;
	struct name names[MAX_TEXTS];
	size_t name_count;
	char *uses[MAX_TEXTS]; /* extended key usages demanded */
	size_t use_count;
	char *policies[MAX_TEXTS];
	size_t policy_count;
	struct trust *trust;
	struct bytes chain[MAX_CERTIFICATES]; /* the leaf is the first */
	size_t chain_count;
};

static void case_done(struct test_case *c)
{
	free(c->id);
	for (size_t i = 0; i < c->name_count; i++)
		free(c->names[i].value);
	for (size_t i = 0; i < c->use_count; i++)
		free(c->uses[i]);
	for (size_t i = 0; i < c->policy_count; i++)
		free(c->policies[i]);
	(void)trust_free(c->trust);
	for (size_t i = 0; i < c->chain_count; i++)
		bytes_done(&c->chain[i]);
	*c = (struct test_case){.profile = c->profile};
}

static int case_new(struct test_case *c, const char *id)
{
	c->time = time(NULL);
	c->chain_count = 1;
	if (string_replace(&c->id, id) < 0 || trust_new(&c->trust) < 0)
		return -ENOMEM;
	c->trust->policy = (struct policy){
		.profile = c->profile,
		.verification = VERIFICATION_FORCED,
		.name_check = true,
	};
	/* The time is given: whatever it is, it is right. */
	c->trust->clock_floor = INT64_MIN;
	return 0;
}

/* --- lines --- */

/* What is no base64 is kept as nothing: a certificate that does not parse. */
static int decode_base64(const char *text, struct bytes *ret)
{
	size_t len = strlen(text);
	struct bytes b = {0};
	int n = 0;

	if (len > INT_MAX)
		return -E2BIG;
	b.data = malloc(len + 4);
	if (!b.data)
		return -ENOMEM;
	while (len > 0 && strchr(BLANKS, text[len - 1]))
		len--;
	n = EVP_DecodeBlock(b.data, (const unsigned char *)text, (int)len);
	for (size_t i = len; n > 0 && i > 0 && text[i - 1] == '='; i--)
		n--;
	b.len = n > 0 ? (size_t)n : 0;
	*ret = b;
	return 0;
}

static int add_text(char **texts, size_t *count, const char *value)
{
	if (*count >= MAX_TEXTS)
		return -E2BIG;
	return string_replace(&texts[(*count)++], value);
}

/* "1" and the like switch on; "0" and "false" do not. */
static bool is_set(const char *value)
{
	return strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
}

static int on_kind(struct test_case *c, const char *value)
{
	c->client = strcmp(value, "CLIENT") == 0;
	c->any_use = strcmp(value, "NONE") == 0;
	return 0;
}

static int on_time(struct test_case *c, const char *value)
{
	char *end = NULL;

	errno = 0;
	c->time = strtoll(value, &end, 10);
	/* A fraction of a second decides nothing. */
	return errno != 0 || end == value || (*end && *end != '.') ? -EINVAL
								   : 0;
}

static int on_depth(struct test_case *c, const char *value)
{
	char *end = NULL;

	errno = 0;
	c->demands.max_intermediates = strtoull(value, &end, 10);
	c->demands.depth_given = true;
	return errno != 0 || end == value || *end || *value == '-' ? -EINVAL
								   : 0;
}

static bool is_address(const char *text)
{
	struct host host;

	return host_parse(text, &host) == 0 && host.kind == HOST_ADDRESS;
}

static int on_host(struct test_case *c, const char *value)
{
	static const char *const kinds[NAME_OTHER] = {
		[NAME_DNS] = "DNS",
		[NAME_IP] = "IP",
		[NAME_RFC822] = "RFC822",
	};
	struct name *name = &c->names[c->name_count];
	size_t len = strcspn(value, BLANKS);

	if (c->name_count >= MAX_TEXTS)
		return -E2BIG;
	c->name_count++;
	name->kind = NAME_OTHER;
	for (size_t i = 0; i < NAME_OTHER; i++)
		if (strlen(kinds[i]) == len &&
			strncmp(value, kinds[i], len) == 0)
			name->kind = (enum name_kind)i;
	value += len + (value[len] != 0);
	/* What is said to be an address has to be one. */
	if (name->kind == NAME_IP && !is_address(value))
		name->kind = NAME_OTHER;
	return string_replace(&name->value, value);
}

static int on_use(struct test_case *c, const char *value)
{
	return add_text(c->uses, &c->use_count, value);
}

static int on_policy(struct test_case *c, const char *value)
{
	return add_text(c->policies, &c->policy_count, value);
}

static int on_explicit(struct test_case *c, const char *value)
{
	c->demands.explicit_policy = is_set(value);
	return 0;
}

static int on_no_mapping(struct test_case *c, const char *value)
{
	c->demands.inhibit_policy_mapping = is_set(value);
	return 0;
}

static int on_no_any(struct test_case *c, const char *value)
{
	c->demands.inhibit_any_policy = is_set(value);
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
	/* lib/verify says that these are too many; none more is needed. */
	if (c->chain_count >= MAX_CERTIFICATES)
		return 0;
	return decode_base64(value, &c->chain[c->chain_count++]);
}

static int on_leaf(struct test_case *c, const char *value)
{
	bytes_done(&c->chain[0]);
	return decode_base64(value, &c->chain[0]);
}

/* --- names and uses verify_peer is not asked about --- */

static bool carries(X509 *leaf, const struct name *name)
{
	const struct name_rules rules = {.no_partial = true};
	enum name_match match = NAME_NOT_FOUND;
	struct host host;

	if (name->kind == NAME_OTHER)
		return false;
	if (name->kind == NAME_RFC822)
		return X509_check_email(leaf, name->value, 0,
			       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT) == 1;
	return host_parse(name->value, &host) == 0 &&
		names_match(leaf, &host, &rules, &match) == 0 &&
		match != NAME_NOT_FOUND;
}

/* Of clients, and mail addresses; of a server verify_peer knows. */
static bool asked_elsewhere(const struct test_case *c, const struct name *name)
{
	return !c->client && (name->kind == NAME_DNS || name->kind == NAME_IP);
}

/* What verify_peer can be asked about; the others are looked at here. */
static bool find_use(const char *name, enum verify_use *ret)
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
		if (strcmp(uses[i].name, name) == 0) {
			*ret = uses[i].use;
			return true;
		}
	return false;
}

/* No extension permits every use, RFC 5280 4.2.1.12. */
static bool permits_use(X509 *x, const char *name)
{
	EXTENDED_KEY_USAGE *uses =
		X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	ASN1_OBJECT *wanted = OBJ_txt2obj(name, 0);
	bool found = !uses;

	for (int i = 0; wanted && i < sk_ASN1_OBJECT_num(uses); i++) {
		const ASN1_OBJECT *use = sk_ASN1_OBJECT_value(uses, i);

		found = found || OBJ_cmp(use, wanted) == 0 ||
			OBJ_obj2nid(use) == NID_anyExtendedKeyUsage;
	}
	ASN1_OBJECT_free(wanted);
	EXTENDED_KEY_USAGE_free(uses);
	return found;
}

/* The certificate of a path, wherever it came from. */
static X509 *find_certificate(
	const struct test_case *c, const uint8_t sha256[SHA256_BYTES])
{
	const struct anchor *anchor = anchors_find(c->trust->anchors, sha256);
	const struct bytes stored =
		anchor ? anchor_der(anchor) : (struct bytes){0};
	const struct bytes *der = anchor ? &stored : NULL;
	uint8_t digest[SHA256_BYTES];
	const unsigned char *p = NULL;

	for (size_t i = 0; i < c->chain_count && !der; i++) {
		(void)SHA256(c->chain[i].data, c->chain[i].len, digest);
		if (memcmp(digest, sha256, SHA256_BYTES) == 0)
			der = &c->chain[i];
	}
	if (!der)
		return NULL;
	p = der->data;
	return d2i_X509(NULL, &p, (long)der->len);
}

static bool certificate_permits_uses(const struct test_case *c, X509 *x)
{
	enum verify_use use = USE_ANY;
	bool permitted = true;

	for (size_t i = 0; i < c->use_count; i++)
		if (!find_use(c->uses[i], &use))
			permitted = permitted && permits_use(x, c->uses[i]);
	return permitted;
}

static bool leaf_carries_names(const struct test_case *c, X509 *leaf)
{
	bool carried = true;

	for (size_t i = 0; i < c->name_count; i++)
		if (!asked_elsewhere(c, &c->names[i]))
			carried = carried && carries(leaf, &c->names[i]);
	return carried;
}

/* What the file asks for beyond what verify_peer judges. */
static enum verdict judge_rest(
	const struct test_case *c, const struct verify_result *result)
{
	enum verdict verdict = VERDICT_TRUSTED;

	for (size_t i = 0; i < result->path_count; i++) {
		X509 *x = find_certificate(c, result->path[i]);

		if (!x)
			return VERDICT_MALFORMED;
		if (!certificate_permits_uses(c, x))
			verdict = VERDICT_NOT_FOR_SERVERS;
		if (i == 0 && !leaf_carries_names(c, x))
			verdict = VERDICT_NAME_MISMATCH;
		X509_free(x);
	}
	return verdict;
}

/* --- judging --- */

static int judge_for(
	const struct test_case *c, const char *host, enum verdict *ret)
{
	CLEANUP(verify_result_done) struct verify_result result = {0};
	const struct verify_query query = {
		.chain = c->chain,
		.chain_count = c->chain_count,
		.host = host,
		.purpose = PURPOSE_ANY,
		.now = c->time,
		.demands = &c->demands,
	};
	int r = verify_peer(c->trust, &query, &result);

	if (r < 0)
		return r;
	*ret = result.trusted ? judge_rest(c, &result) : result.verdict;
	return 0;
}

/* For every name that is a server's; without one for none. */
static int judge_names(const struct test_case *c, enum verdict *ret)
{
	bool asked = false;
	int r = 0;

	for (size_t i = 0; i < c->name_count && r == 0; i++) {
		if (!asked_elsewhere(c, &c->names[i]))
			continue;
		asked = true;
		if (*ret == VERDICT_TRUSTED)
			r = judge_for(c, c->names[i].value, ret);
	}
	return asked || r < 0 ? r : judge_for(c, NULL, ret);
}

/* The uses demanded as bits of enum verify_use; without any, by kind. */
static unsigned uses_of(const struct test_case *c)
{
	enum verify_use use = USE_ANY;
	unsigned uses = 0;

	for (size_t i = 0; i < c->use_count; i++)
		uses |= 1U << (find_use(c->uses[i], &use) ? use : USE_ANY);
	if (uses != 0)
		return uses;
	if (c->any_use)
		return 1U << USE_ANY;
	return 1U << (c->client ? USE_TLS_CLIENT : USE_TLS_SERVER);
}

static int judge(struct test_case *c)
{
	enum verdict verdict = VERDICT_TRUSTED;
	unsigned uses = uses_of(c);
	int r = 0;

	c->demands.policies = (const char *const *)c->policies;
	c->demands.policy_count = c->policy_count;
	for (unsigned use = USE_TLS_SERVER; use <= USE_ANY; use++) {
		c->demands.use = (enum verify_use)use;
		if (r == 0 && verdict == VERDICT_TRUSTED && uses & 1U << use)
			r = judge_names(c, &verdict);
	}
	(void)printf(
		"%s\t%s\n", c->id, r < 0 ? "error" : verdict_name(verdict));
	return r;
}

/* --- the file --- */

static const struct {
	const char *name;
	int (*handle)(struct test_case *c, const char *value);
} keywords[] = {
	{"KIND", on_kind},
	{"TIME", on_time},
	{"HOST", on_host},
	{"EKU", on_use},
	{"DEPTH", on_depth},
	{"POLICY", on_policy},
	{"EXPLICIT", on_explicit},
	{"MAPINH", on_no_mapping},
	{"ANYINH", on_no_any},
	{"T", on_anchor},
	{"U", on_untrusted},
	{"L", on_leaf},
};

static int complain(unsigned long number, const char *what)
{
	(void)fprintf(stderr, "verify-cases: line %lu: %s\n", number, what);
	return -EINVAL;
}

/* The case ends, in whatever way. */
static int end_case(struct test_case *c, unsigned long number)
{
	int r = c->id ? judge(c) : 0;

	case_done(c);
	return r < 0 ? complain(number, strerror(-r)) : 0;
}

static int start_case(struct test_case *c, const char *id, unsigned long number)
{
	bool open = c->id;
	int r = end_case(c, number);
	int s = case_new(c, id);

	if (open)
		r = complain(number, "the case before has no END");
	return s < 0 ? complain(number, strerror(-s)) : r;
}

/* A line of a case. */
static int handle_value(struct test_case *c, const char *keyword,
	const char *value, unsigned long number)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (strcmp(keywords[i].name, keyword) == 0)
			r = keywords[i].handle(c, value);
	return r < 0 ? complain(number, strerror(-r)) : 0;
}

static int handle_line(struct test_case *c, char *line, unsigned long number)
{
	char *value = line + strcspn(line, BLANKS);

	if (*value)
		*value++ = 0;
	if (strcmp(line, "ID") == 0)
		return start_case(c, value, number);
	/* Outside of a case a line belongs to nothing. */
	if (!c->id)
		return 0;
	if (strcmp(line, "END") == 0)
		return end_case(c, number);
	return handle_value(c, line, value, number);
}

/* One line as text: without its end; a zero byte becomes one that no name
 * and no base64 has. */
static char *text_of(char *line, size_t len, unsigned long number)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] == 0)
			line[i] = 1;
	line[strcspn(line, "\r\n")] = 0;
	if (number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
		return line + 3;
	return line;
}

static int run(FILE *file, struct test_case *c)
{
	CLEANUP(free) char *line = NULL;
	size_t room = 0;
	unsigned long number = 0;
	ssize_t len = 0;
	int result = 0;

	while ((len = getline(&line, &room, file)) >= 0) {
		number++;
		if (handle_line(c, text_of(line, (size_t)len, number), number) <
			0)
			result = -EINVAL;
	}
	if (ferror(file))
		result = complain(number, "cannot read on");
	if (c->id)
		result = complain(number, "the last case has no END");
	if (end_case(c, number) < 0)
		result = -EINVAL;
	return fflush(stdout) != 0 ? complain(number, "cannot write") : result;
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

/* The file's name, or NULL when the arguments are wrong. */
static const char *parse_arguments(
	int argc, char **argv, enum profile *ret_profile)
{
	const char *file = NULL;
	bool good = true;

	for (int i = 1; i < argc && good; i++) {
		if (strcmp(argv[i], "--profile") == 0)
			good = ++i < argc &&
				parse_profile(argv[i], ret_profile);
		else if (strncmp(argv[i], "--profile=", 10) == 0)
			good = parse_profile(argv[i] + 10, ret_profile);
		else if (file || (argv[i][0] == '-' && argv[i][1]))
			good = false;
		else
			file = argv[i];
	}
	return good ? file : NULL;
}

int main(int argc, char **argv)
{
	static struct test_case c;
	const char *name = parse_arguments(argc, argv, &c.profile);
	FILE *file = NULL;
	int r = 0;

	if (!name) {
		(void)fprintf(stderr,
			"usage: verify-cases "
			"[--profile compatible|strict] FILE\n");
		return 2;
	}
	file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	if (!file) {
		(void)fprintf(stderr, "verify-cases: %s: %s\n", name,
			strerror(errno));
		return 1;
	}
	r = run(file, &c);
	(void)fclose(file);
	return r < 0 ? 1 : 0;
}
