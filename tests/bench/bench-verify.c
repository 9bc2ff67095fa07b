/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verdict costs, against doing without a daemon and against dirmngr:
 *
 *	bench-verify DIRECTORY BUNDLE DAEMON-SOCKET ECHO-SOCKET DIRMNGR-HOME
 *
 * Client and servers are to share one CPU; DIRMNGR-HOME "-" leaves it out.
 * Every thing is done BENCH_A_ROUND times in a row, then the next, five times
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
 *	repeated	Verify of a leaf that it answered before
 *	local, ...	certprov_local_verify, each leaf for the first time
 *			and one leaf again and again
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

#include "lib/base/string.h"
#include "lib/client/certprov-openssl.h"
#include "lib/varlink/json-fields.h"
#include "tests/bench/bench.h"
#include "tests/bench/dirmngr.h"

#define NS_PER_US 1000.0

struct bench {
	const char *style;
	struct bytes intermediate;
	struct bytes leaves[BENCH_LEAVES];
	struct bytes messages[BENCH_LEAVES]; /* Verify, with its NUL */
	X509 *decoded_intermediate;
	X509 *decoded[BENCH_LEAVES];
	X509_STORE *store;
	struct certprov_local *local;
	struct dirmngr *dirmngr; /* or NULL */
	int daemon;
	int echo;
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

static bool do_decode_verify(struct bench *b, size_t leaf)
{
	X509 *x = decode(&b->leaves[leaf]);
	X509 *intermediate = decode(&b->intermediate);
	bool good = verify(b, x, intermediate);

	X509_free(x);
	X509_free(intermediate);
	return good;
}

static bool do_verify_only(struct bench *b, size_t leaf)
{
	return verify(b, b->decoded[leaf], b->decoded_intermediate);
}

/* --- over the sockets --- */

static bool says_trusted(const char *reply)
{
	return strstr(reply, "\"trusted\":true") != NULL;
}

static bool do_echo(struct bench *b, size_t leaf)
{
	return says_trusted(bench_exchange(b->echo, &b->messages[leaf]));
}

static bool do_ask(struct bench *b, size_t leaf)
{
	return says_trusted(bench_exchange(b->daemon, &b->messages[leaf]));
}

static bool do_local(struct bench *b, size_t leaf)
{
	struct certprov_der chain[] = {
		{b->leaves[leaf].data, b->leaves[leaf].len},
		{b->intermediate.data, b->intermediate.len},
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

static bool do_dirmngr(struct bench *b, size_t leaf)
{
	return dirmngr_validate(b->dirmngr, &b->leaves[leaf], &b->intermediate);
}

/* --- what is done, in this order --- */

enum thing {
	DECODE_VERIFY,
	ECHO_NEW,
	NEW,
	DIRMNGR_NEW,
	ECHO_AGAIN,
	REPEATED,
	DIRMNGR_AGAIN,
	VERIFY_ONLY,
	LOCAL_NEW,
	LOCAL_AGAIN,
	THING__END
};

static const struct {
	bool (*todo)(struct bench *b, size_t leaf);
	bool again; /* the same leaf every time */
	const char *what;
} things[] = {
	[DECODE_VERIFY] = {do_decode_verify, false, "decoding and verifying"},
	[ECHO_NEW] = {do_echo, false, "echo"},
	[NEW] = {do_ask, false, "Verify"},
	[DIRMNGR_NEW] = {do_dirmngr, false, "dirmngr"},
	[ECHO_AGAIN] = {do_echo, true, "echo again"},
	[REPEATED] = {do_ask, true, "Verify again"},
	[DIRMNGR_AGAIN] = {do_dirmngr, true, "dirmngr again"},
	[VERIFY_ONLY] = {do_verify_only, false, "verifying"},
	[LOCAL_NEW] = {do_local, false, "local mode"},
	[LOCAL_AGAIN] = {do_local, true, "local mode again"},
};

static bool can(const struct bench *b, enum thing t)
{
	return things[t].todo != do_dirmngr || b->dirmngr;
}

static double measure(struct bench *b, enum thing t, unsigned round)
{
	double took[BENCH_A_ROUND];

	for (size_t i = 0; i < BENCH_A_ROUND; i++) {
		size_t leaf =
			things[t].again ? 0 : 1 + round * BENCH_A_ROUND + i;
		int64_t since = now_ns();

		if (!things[t].todo(b, leaf))
			die("%s: leaf %zu is not trusted", things[t].what,
				leaf);
		took[i] = (double)(now_ns() - since) / NS_PER_US;
	}
	return median(took, BENCH_A_ROUND);
}

/* --- figures --- */

struct results {
	double us[THING__END][BENCH_ROUNDS];
};

/* Over one thing, under one or the sum of two. */
static const struct ratio {
	const char *name;
	const char *target_rsa;
	const char *target_ec;
	enum thing over;
	enum thing under;
	enum thing and_under; /* the same as under: just that */
	const char *what;
} ratios[] = {
	{"verify-new", NULL, NULL, NEW, DECODE_VERIFY, ECHO_NEW,
		"Verify never seen / (in-process decode and verify + bare round trip)"},
	{"verify-new-bare", "<= 0.75", "<= 0.85", NEW, DECODE_VERIFY,
		DECODE_VERIFY,
		"Verify never seen / in-process decode and verify"},
	{"verify-repeated", "<= 1.5", "<= 1.5", REPEATED, ECHO_AGAIN,
		ECHO_AGAIN,
		"Verify repeated / bare round trip of the same bytes"},
	{"dirmngr-new", ">= 2.4", ">= 2.4", DIRMNGR_NEW, NEW, NEW,
		"dirmngr's VALIDATE / Verify, never seen"},
	{"dirmngr-repeated", ">= 30", ">= 30", DIRMNGR_AGAIN, REPEATED,
		REPEATED, "dirmngr's VALIDATE / Verify, repeated"},
	{"local-new", NULL, NULL, LOCAL_NEW, VERIFY_ONLY, VERIFY_ONLY,
		"local mode, never seen / in-process verify of decoded objects"},
	{"local-repeated", NULL, NULL, LOCAL_AGAIN, VERIFY_ONLY, VERIFY_ONLY,
		"local mode, repeated / in-process verify of decoded objects"},
};

static void report(const struct bench *b, const struct results *r,
	const struct ratio *ratio)
{
	double over[BENCH_ROUNDS];
	double under[BENCH_ROUNDS];
	struct figure f = {
		.name = ratio->name,
		.style = b->style,
		.target = strcmp(b->style, "ec") == 0 ? ratio->target_ec
						      : ratio->target_rsa,
		.unit = "us",
		.what = ratio->what,
	};

	if (!can(b, ratio->over)) {
		bench_skip(ratio->name, b->style,
			"dirmngr is not here or does not validate this");
		return;
	}
	for (size_t i = 0; i < BENCH_ROUNDS; i++) {
		over[i] = r->us[ratio->over][i];
		under[i] = r->us[ratio->under][i];
		if (ratio->and_under != ratio->under)
			under[i] += r->us[ratio->and_under][i];
		f.values[i] = over[i] / under[i];
	}
	f.over = median(over, BENCH_ROUNDS);
	f.under = median(under, BENCH_ROUNDS);
	bench_print(&f);
}

static void run(struct bench *b)
{
	static struct results r;

	for (unsigned round = 0; round < BENCH_ROUNDS; round++)
		for (enum thing t = 0; t < THING__END; t++)
			if (can(b, t))
				r.us[t][round] = measure(b, t, round);
	for (size_t i = 0; i < ARRAY_SIZE(ratios); i++)
		report(b, &r, &ratios[i]);
}

/* --- before anything is measured --- */

static void load(struct bench *b, const char *directory)
{
	CLEANUP(free) char *leaves = NULL;
	CLEANUP(free) char *intermediate = NULL;
	CLEANUP(bytes_done) struct bytes all = {0};

	must(string_format(&leaves, "%s.leaves", b->style), "memory");
	must(string_format(&intermediate, "%s.int.der", b->style), "memory");
	all = bench_read(directory, leaves);
	bench_split(&all, b->leaves, BENCH_LEAVES);
	b->intermediate = bench_read(directory, intermediate);
	b->decoded_intermediate = decode(&b->intermediate);
	for (size_t i = 0; i < BENCH_LEAVES; i++) {
		b->messages[i] =
			bench_verify_message(&b->leaves[i], &b->intermediate);
		b->decoded[i] = decode(&b->leaves[i]);
	}
}

/* Everybody is asked about the one leaf that is not in any round. */
static void meet(struct bench *b)
{
	const char *reply = bench_exchange(b->daemon, &b->messages[0]);
	CLEANUP(bytes_done) struct bytes same = {0};

	if (!says_trusted(reply))
		die("the daemon does not trust: %s", reply);
	must(bytes_copy(reply, strlen(reply) + 1, &same), "memory");
	(void)bench_exchange(b->echo, &same);
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
	must(certprov_new(&like), "libcertprov");
	must(certprov_set_socket(like, argv[3]), "libcertprov");
	must(certprov_local_new(like, CERTPROV_LOCAL_SILENT, &b->local),
		"local mode");
	certprov_free(like);
}

static void done(struct bench *b)
{
	for (size_t i = 0; i < BENCH_LEAVES; i++) {
		bytes_done(&b->leaves[i]);
		bytes_done(&b->messages[i]);
		X509_free(b->decoded[i]);
	}
	bytes_done(&b->intermediate);
	X509_free(b->decoded_intermediate);
	X509_STORE_free(b->store);
	certprov_local_free(b->local);
	(void)close(b->daemon);
	(void)close(b->echo);
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
