/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verdict costs, against doing without a daemon and against dirmngr:
 *
 *	bench-verify DIRECTORY BUNDLE DAEMON-SOCKET ECHO-SOCKET DIRMNGR-HOME
 *
 * Client and servers are to share one CPU; DIRMNGR-HOME "-" leaves it out.
 * Every thing is done many times in a row, then the next, BENCH_ROUNDS times
 * round; a round's figure is the ratio of its medians. What is compared:
 *
 *	decode-verify	in this process: d2i of leaf and intermediate, as they
 *			come off a wire, X509_verify_cert with purpose and
 *			host, an X509_STORE of all authorities loaded before
 *	verify-only	the same, leaf and intermediate decoded before
 *	echo		the message of Verify to bench-echo, which answers
 *			with the daemon's reply
 *	new		Verify of a leaf that the daemon has not seen; one
 *			other under the same intermediate was asked about
 *			before the first round
 *	cold		Verify of a leaf and an intermediate that it has not
 *			seen; the root it has, as another leaf led to it
 *	repeated	Verify of a leaf that it answered before
 *	digest		VerifyDigest of the same; small: 300 bytes to
 *			bench-echo, which answers 300
 *	empty		org.varlink.service.GetInfo, and its bytes echoed
 *	local, ...	certprov_local_verify, each leaf for the first time
 *			and one leaf again and again
 *	lookup		SHA-256 of leaf, intermediate and host, and a
 *			comparison with 32 bytes that are kept
 *	dirmngr		VALIDATE --systrust --tls --no-crl of a leaf that it
 *			has not seen, which checks no name
 *
 * Nobody decodes a reply while the time is taken; that it says trusted is
 * looked for in its text.
 */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/sha256-size.h"
#include "lib/base/string.h"
#include "lib/client/certprov-openssl.h"
#include "tests/bench/bench.h"
#include "tests/bench/dirmngr.h"
#include "tests/bench/question.h"

#define NS_PER_US 1000.0
#define SMALL_BYTES 300
#define EMPTY_METHOD "org.varlink.service.GetInfo"

/* bench-echo on a connection of its own, for one answer. */
struct echo_peer {
	int fd;
	struct bytes message;
};

struct bench {
	const char *style;
	struct question_set set;
	X509 *decoded_intermediate;
	X509 *decoded[BENCH_LEAVES];
	struct bytes cold[2 * BENCH_COLD]; /* leaf, intermediate, leaf, ... */
	struct bytes cold_messages[BENCH_COLD];
	struct bytes digest_message; /* of leaf 0 */
	uint8_t known[SHA256_BYTES]; /* what lookup finds */
	X509_STORE *store;
	struct certprov_local *local;
	struct dirmngr *dirmngr; /* or NULL */
	int daemon;
	int echo;
	struct echo_peer small;
	struct echo_peer empty;
};

/* --- in this process --- */

static bool verify(struct bench *b, X509 *leaf, X509 *intermediate)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *untrusted = sk_X509_new_null();
	X509_VERIFY_PARAM *param = NULL;
	bool good = false;

	if (!ctx || !untrusted || !sk_X509_push(untrusted, intermediate) ||
		!X509_STORE_CTX_init(ctx, b->store, leaf, untrusted))
		die("OpenSSL does not verify");
	param = X509_STORE_CTX_get0_param(ctx);
	(void)X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	(void)X509_VERIFY_PARAM_set1_host(param, BENCH_HOST, 0);
	good = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	sk_X509_free(untrusted);
	return good;
}

static X509 *decode(const struct bytes *der)
{
	const unsigned char *at = der->data;
	X509 *x = d2i_X509(NULL, &at, (long)der->len);

	/* OpenSSL decodes the key when it is asked for. */
	if (!x || !X509_get0_pubkey(x))
		die("a certificate does not decode");
	return x;
}

static bool decode_verify(struct bench *b, const struct bytes *leaf,
	const struct bytes *intermediate)
{
	X509 *x = decode(leaf);
	X509 *i = decode(intermediate);
	bool good = verify(b, x, i);

	X509_free(x);
	X509_free(i);
	return good;
}

static bool do_decode_verify(struct bench *b, size_t leaf)
{
	return decode_verify(b, &b->set.leaves[leaf], &b->set.intermediate);
}

static bool do_decode_verify_cold(struct bench *b, size_t i)
{
	return decode_verify(b, &b->cold[2 * i], &b->cold[2 * i + 1]);
}

static bool do_verify_only(struct bench *b, size_t leaf)
{
	return verify(b, b->decoded[leaf], b->decoded_intermediate);
}

static void digest_question(
	const struct bench *b, size_t leaf, uint8_t ret[SHA256_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const struct bytes *x = &b->set.leaves[leaf];
	const struct bytes *i = &b->set.intermediate;

	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 ||
		EVP_DigestUpdate(ctx, x->data, x->len) != 1 ||
		EVP_DigestUpdate(ctx, i->data, i->len) != 1 ||
		EVP_DigestUpdate(ctx, BENCH_HOST, strlen(BENCH_HOST)) != 1 ||
		EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
		die("no digest");
	EVP_MD_CTX_free(ctx);
}

static bool do_lookup(struct bench *b, size_t leaf)
{
	uint8_t digest[SHA256_BYTES];

	digest_question(b, leaf, digest);
	return memcmp(digest, b->known, SHA256_BYTES) == 0;
}

static bool do_local(struct bench *b, size_t leaf)
{
	struct certprov_der chain[] = {
		{b->set.leaves[leaf].data, b->set.leaves[leaf].len},
		{b->set.intermediate.data, b->set.intermediate.len},
	};
	struct certprov_verdict *v = NULL;
	bool good = false;

	must(certprov_local_verify(b->local, chain, ARRAY_SIZE(chain),
		     BENCH_HOST, CERTPROV_HTTPS, &v),
		"local mode");
	good = certprov_verdict_trusted(v) == 1;
	certprov_verdict_free(v);
	return good;
}

/* --- over the sockets --- */

static bool do_echo(struct bench *b, size_t leaf)
{
	return question_is_trusted(
		bench_exchange(b->echo, &b->set.messages[leaf]));
}

static bool do_ask(struct bench *b, size_t leaf)
{
	return question_is_trusted(
		bench_exchange(b->daemon, &b->set.messages[leaf]));
}

static bool do_ask_cold(struct bench *b, size_t i)
{
	return question_is_trusted(
		bench_exchange(b->daemon, &b->cold_messages[i]));
}

static bool do_digest(struct bench *b, size_t leaf)
{
	(void)leaf;
	return question_is_trusted(
		bench_exchange(b->daemon, &b->digest_message));
}

static bool do_echo_small(struct bench *b, size_t leaf)
{
	(void)leaf;
	return bench_exchange(b->small.fd, &b->small.message)[0] == 'x';
}

static bool do_empty(struct bench *b, size_t leaf)
{
	(void)leaf;
	return strstr(bench_exchange(b->daemon, &b->empty.message),
		       "\"version\"") != NULL;
}

static bool do_echo_empty(struct bench *b, size_t leaf)
{
	(void)leaf;
	return strstr(bench_exchange(b->empty.fd, &b->empty.message),
		       "\"version\"") != NULL;
}

static bool do_dirmngr(struct bench *b, size_t leaf)
{
	return dirmngr_validate(
		b->dirmngr, &b->set.leaves[leaf], &b->set.intermediate);
}

/* --- measuring --- */

enum thing {
	DECODE_VERIFY,
	NEW,
	DIRMNGR_NEW,
	DECODE_VERIFY_COLD,
	COLD,
	ECHO_AGAIN,
	REPEATED,
	DIRMNGR_AGAIN,
	ECHO_SMALL,
	DIGEST,
	ECHO_EMPTY,
	EMPTY,
	VERIFY_ONLY,
	LOCAL_NEW,
	LOOKUP,
	LOCAL_AGAIN,
	THING__END
};

enum which { EACH, COLD_ONES, AGAIN };

static const struct {
	bool (*todo)(struct bench *b, size_t leaf);
	enum which which;
	const char *what;
} things[] = {
	[DECODE_VERIFY] = {do_decode_verify, EACH, "decoding and verifying"},
	[NEW] = {do_ask, EACH, "Verify"},
	[DIRMNGR_NEW] = {do_dirmngr, EACH, "dirmngr"},
	[DECODE_VERIFY_COLD] = {do_decode_verify_cold, COLD_ONES,
		"decoding and verifying what is cold"},
	[COLD] = {do_ask_cold, COLD_ONES, "Verify of what is cold"},
	[ECHO_AGAIN] = {do_echo, AGAIN, "echo again"},
	[REPEATED] = {do_ask, AGAIN, "Verify again"},
	[DIRMNGR_AGAIN] = {do_dirmngr, AGAIN, "dirmngr again"},
	[ECHO_SMALL] = {do_echo_small, AGAIN, "echo of 300 bytes"},
	[DIGEST] = {do_digest, AGAIN, "VerifyDigest"},
	[ECHO_EMPTY] = {do_echo_empty, AGAIN, "echo of " EMPTY_METHOD},
	[EMPTY] = {do_empty, AGAIN, EMPTY_METHOD},
	[VERIFY_ONLY] = {do_verify_only, EACH, "verifying"},
	[LOCAL_NEW] = {do_local, EACH, "local mode"},
	[LOOKUP] = {do_lookup, AGAIN, "lookup"},
	[LOCAL_AGAIN] = {do_local, AGAIN, "local mode again"},
};

static bool can(const struct bench *b, enum thing t)
{
	return things[t].todo != do_dirmngr || b->dirmngr;
}

static size_t leaf_of(enum which which, unsigned round, size_t i)
{
	switch (which) {
	case EACH:
		return 1 + (size_t)round * BENCH_A_ROUND + i;
	case COLD_ONES:
		return (size_t)round * BENCH_COLD_A_ROUND + i;
	case AGAIN:
		break;
	}
	return 0;
}

static double measure(struct bench *b, enum thing t, unsigned round)
{
	double took[BENCH_A_ROUND];
	size_t count = things[t].which == COLD_ONES ? BENCH_COLD_A_ROUND
						    : BENCH_A_ROUND;

	for (size_t i = 0; i < count; i++) {
		size_t leaf = leaf_of(things[t].which, round, i);
		int64_t since = now_ns();

		if (!things[t].todo(b, leaf))
			die("%s: leaf %zu is not trusted", things[t].what,
				leaf);
		took[i] = (double)(now_ns() - since) / NS_PER_US;
	}
	return median(took, count);
}

/* --- figures --- */

struct results {
	double us[THING__END][BENCH_ROUNDS];
};

static const struct ratio {
	const char *name;
	enum thing over;
	enum thing under;
	const char *what;
	const char *only; /* for this style; or NULL */
} ratios[] = {
	{"verify-repeated", REPEATED, ECHO_AGAIN,
		"Verify repeated / bare round trip of the same bytes", NULL},
	{"digest-repeated", DIGEST, ECHO_SMALL,
		"VerifyDigest repeated / bare round trip of 300 bytes", NULL},
	{"verify-new", NEW, DECODE_VERIFY,
		"Verify, leaf never seen / in-process decode and verify", NULL},
	{"verify-cold", COLD, DECODE_VERIFY_COLD,
		"Verify, leaf and intermediate never seen / in-process decode "
		"and verify",
		NULL},
	{"dirmngr-repeated", DIRMNGR_AGAIN, REPEATED,
		"dirmngr's VALIDATE / Verify, repeated", "rsa"},
	{"dirmngr-new", DIRMNGR_NEW, NEW,
		"dirmngr's VALIDATE / Verify, leaf never seen", "rsa"},
	{"local-repeated", LOCAL_AGAIN, LOOKUP,
		"local mode, repeated / SHA-256 and a comparison", NULL},
	{"local-new", LOCAL_NEW, VERIFY_ONLY,
		"local mode, leaf never seen / in-process verify of decoded "
		"objects",
		NULL},
};

static void report(const struct bench *b, const struct results *r,
	const struct ratio *ratio)
{
	struct figure f = {
		.name = ratio->name,
		.style = b->style,
		.unit = "us",
		.what = ratio->what,
	};

	if (ratio->only && strcmp(ratio->only, b->style) != 0)
		return;
	if (can(b, ratio->over))
		bench_ratio(&f, r->us[ratio->over], r->us[ratio->under]);
	else
		bench_skip(ratio->name, b->style,
			"dirmngr is not here, or does not validate this");
}

static void report_empty(const struct bench *b, const struct results *r)
{
	struct figure f = {
		.name = "varlink-empty",
		.unit = "us",
		.what = EMPTY_METHOD " / the same bytes echoed",
	};

	if (strcmp(b->style, "rsa") == 0)
		bench_ratio(&f, r->us[EMPTY], r->us[ECHO_EMPTY]);
}

static void run(struct bench *b)
{
	static struct results r;

	bench_begin();
	for (unsigned round = 0; round < BENCH_ROUNDS; round++)
		for (enum thing t = 0; t < THING__END; t++)
			if (can(b, t))
				r.us[t][round] = measure(b, t, round);
	for (size_t i = 0; i < ARRAY_SIZE(ratios); i++)
		report(b, &r, &ratios[i]);
	report_empty(b, &r);
}

/* --- before anything is measured --- */

static void load_cold(struct bench *b, const char *directory)
{
	CLEANUP(free) char *name = NULL;
	CLEANUP(bytes_done) struct bytes all = {0};

	must(string_format(&name, "%s.cold", b->style), "memory");
	all = bench_read(directory, name);
	bench_split(&all, b->cold, ARRAY_SIZE(b->cold));
	for (size_t i = 0; i < BENCH_COLD; i++)
		b->cold_messages[i] =
			question_verify(&b->cold[2 * i], &b->cold[2 * i + 1]);
}

static void load(struct bench *b, const char *directory)
{
	question_load(directory, b->style, &b->set);
	b->decoded_intermediate = decode(&b->set.intermediate);
	for (size_t i = 0; i < BENCH_LEAVES; i++)
		b->decoded[i] = decode(&b->set.leaves[i]);
	load_cold(b, directory);
	b->digest_message =
		question_digest(&b->set.leaves[0], &b->set.intermediate);
	b->empty.message = question_of(EMPTY_METHOD);
	b->small.message = (struct bytes){calloc(1, SMALL_BYTES), SMALL_BYTES};
	if (!b->small.message.data)
		die("memory");
	memset(b->small.message.data, 'x', SMALL_BYTES - 1);
	digest_question(b, 0, b->known);
}

/* What bench-echo is to answer with on this connection. */
static void teach(int echo, const char *reply)
{
	CLEANUP(bytes_done) struct bytes same = {0};

	must(bytes_copy(reply, strlen(reply) + 1, &same), "memory");
	(void)bench_exchange(echo, &same);
}

/* Everybody is asked about the one leaf that is not in any round. */
static void meet(struct bench *b)
{
	const char *reply = bench_exchange(b->daemon, &b->set.messages[0]);

	if (!question_is_trusted(reply))
		die("the daemon does not trust: %s", reply);
	teach(b->echo, reply);
	teach(b->empty.fd, bench_exchange(b->daemon, &b->empty.message));
	(void)bench_exchange(b->small.fd, &b->small.message);
	if (!do_decode_verify(b, 0) || !do_local(b, 0))
		die("not trusted in this process");
	if (b->dirmngr && !do_dirmngr(b, 0))
		b->dirmngr = NULL;
}

static void open_all(struct bench *b, char **argv)
{
	struct certprov *like = NULL;

	b->store = X509_STORE_new();
	if (!b->store || X509_STORE_load_file(b->store, argv[2]) != 1)
		die("%s: no authorities", argv[2]);
	b->daemon = bench_connect(argv[3]);
	b->echo = bench_connect(argv[4]);
	b->small.fd = bench_connect(argv[4]);
	b->empty.fd = bench_connect(argv[4]);
	must(certprov_new(&like), "libcertprov");
	must(certprov_set_socket(like, argv[3]), "libcertprov");
	must(certprov_local_new(like, CERTPROV_LOCAL_SILENT, &b->local),
		"local mode");
	certprov_free(like);
}

static void done(struct bench *b)
{
	question_set_done(&b->set);
	for (size_t i = 0; i < BENCH_LEAVES; i++)
		X509_free(b->decoded[i]);
	for (size_t i = 0; i < ARRAY_SIZE(b->cold); i++)
		bytes_done(&b->cold[i]);
	for (size_t i = 0; i < BENCH_COLD; i++)
		bytes_done(&b->cold_messages[i]);
	bytes_done(&b->digest_message);
	bytes_done(&b->small.message);
	bytes_done(&b->empty.message);
	X509_free(b->decoded_intermediate);
	X509_STORE_free(b->store);
	certprov_local_free(b->local);
	(void)close(b->daemon);
	(void)close(b->echo);
	(void)close(b->small.fd);
	(void)close(b->empty.fd);
}

int main(int argc, char **argv)
{
	static const char *const styles[] = {"rsa", "ec"};
	struct dirmngr *dirmngr = NULL;

	if (argc != 6)
		die("usage: bench-verify DIRECTORY BUNDLE DAEMON ECHO DIRMNGR");
	if (strcmp(argv[5], "-") != 0)
		dirmngr = dirmngr_start(argv[5]);
	for (size_t i = 0; i < ARRAY_SIZE(styles); i++) {
		static struct bench b;

		b = (struct bench){.style = styles[i], .dirmngr = dirmngr};
		open_all(&b, argv);
		load(&b, argv[1]);
		meet(&b);
		run(&b);
		done(&b);
	}
	dirmngr_stop(dirmngr);
	return 0;
}
