/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts on whatever is sent and trusted. The input: a byte of options, a
 * byte of name flags, a byte with the length of a host, the host; then
 * certificates, each behind two bytes with its length, whose first bit makes
 * it an anchor. Nobody is trusted without a path that this target finds good
 * by itself, link by link; no answer costs more than it may; the same
 * question has the same answer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>
#include <openssl/x509.h>

#include "lib/verify/verify.h"

/* NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1800000000 /* January 2027 */
#define MAX_CERTIFICATES 24
#define OPTION_STRICT 1u
#define OPTION_NAME_CHECK 2u
#define OPTION_SIP_NAMES 4u
#define OPTION_SIP_STRICT 8u
#define PURPOSE_SHIFT 4u

static void demand(bool holds)
{
	if (!holds)
		abort();
}

struct certificates {
	struct bytes of[MAX_CERTIFICATES]; /* borrowed from the input */
	size_t count;
};

struct input {
	const uint8_t *p;
	const uint8_t *end;
	struct trust *trust;
	struct certificates anchors;
	struct certificates chain;
	char host[UINT8_MAX + 1];
	struct verify_query query;
};

static unsigned take_byte(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static size_t take_length(struct input *in, size_t wanted)
{
	size_t left = (size_t)(in->end - in->p);

	return wanted < left ? wanted : left;
}

static void take_options(struct input *in)
{
	unsigned options = take_byte(in);
	unsigned flags = take_byte(in);
	size_t len = take_length(in, take_byte(in));

	in->trust->policy = (struct policy){
		.profile = options & OPTION_STRICT ? PROFILE_STRICT
						   : PROFILE_COMPATIBLE,
		.verification = VERIFICATION_FORCED,
		.name_check = options & OPTION_NAME_CHECK,
		.name_flags = flags & 31u,
		.sip_names = options & OPTION_SIP_NAMES,
		.sip_strict = options & OPTION_SIP_STRICT,
	};
	in->query.purpose =
		(enum purpose)((options >> PURPOSE_SHIFT) % PURPOSE__END);
	memcpy(in->host, in->p, len);
	in->p += len;
	if (len > 0)
		in->query.host = in->host;
}

static void take_certificate(struct input *in)
{
	unsigned head = take_byte(in) << 8u | take_byte(in);
	size_t len = take_length(in, head & 0x7fffu);
	struct certificates *to = head & 0x8000u ? &in->anchors : &in->chain;

	if (to->count < MAX_CERTIFICATES)
		to->of[to->count++] =
			(struct bytes){.data = (uint8_t *)in->p, .len = len};
	in->p += len;
}

static void take_all(struct input *in)
{
	take_options(in);
	while (in->p < in->end)
		take_certificate(in);
	for (size_t i = 0; i < in->anchors.count; i++)
		(void)anchors_add(in->trust->anchors, in->anchors.of[i].data,
			in->anchors.of[i].len, ANCHOR_SERVER);
	in->query.chain = in->chain.of;
	in->query.chain_count = in->chain.count;
	in->query.now = NOW;
}

/* --- what trust rests on, without lib/verify --- */

static X509 *find(
	const struct certificates *all, const uint8_t sha256[SHA256_BYTES])
{
	for (size_t i = 0; i < all->count; i++) {
		uint8_t digest[SHA256_DIGEST_LENGTH];
		const unsigned char *p = all->of[i].data;

		SHA256(p, all->of[i].len, digest);
		if (memcmp(digest, sha256, SHA256_BYTES) == 0)
			return d2i_X509(NULL, &p, (long)all->of[i].len);
	}
	return NULL;
}

/* One of the path, and what it is signed by. */
static void check_link(const struct input *in, const struct verify_result *r,
	size_t i, const X509 *issuer)
{
	X509 *c = find(&in->chain, r->path[i]);
	time_t now = NOW;

	if (!c)
		c = find(&in->anchors, r->path[i]);
	demand(c != NULL);
	demand(X509_cmp_time(X509_get0_notBefore(c), &now) < 0);
	demand(X509_cmp_time(X509_get0_notAfter(c), &now) > 0);
	demand(!issuer || X509_verify(c, X509_get0_pubkey(issuer)) == 1);
	X509_free(c);
}

static void check_path(const struct input *in, const struct verify_result *r)
{
	X509 *issuer = NULL;

	demand(r->path_count > 0 && r->path_count <= VERIFY_MAX_PATH);
	for (size_t i = r->path_count; i-- > 0;) {
		const struct certificates *all =
			i + 1 == r->path_count ? &in->anchors : &in->chain;
		X509 *c = find(all, r->path[i]);

		demand(c != NULL);
		check_link(in, r, i, issuer);
		X509_free(issuer);
		issuer = c;
	}
	X509_free(issuer);
	issuer = find(&in->chain, r->path[0]);
	demand(issuer != NULL);
	X509_free(issuer);
}

static void check_result(const struct input *in, const struct verify_result *r)
{
	demand(r->trusted == (r->verdict == VERDICT_TRUSTED));
	demand(r->reason && *r->reason);
	demand(r->work.cost <= VERIFY_MAX_COST);
	demand(r->work.attempts <= VERIFY_MAX_ATTEMPTS);
	demand(r->work.signatures <= VERIFY_MAX_SIGNATURES);
	demand(r->work.issuers <= VERIFY_MAX_ISSUERS);
	demand(r->work.names <= VERIFY_MAX_NAMES);
	if (r->trusted)
		check_path(in, r);
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {.p = data, .end = data + size};
	CLEANUP(verify_result_done) struct verify_result first = {0};
	CLEANUP(verify_result_done) struct verify_result second = {0};

	if (size == 0 || trust_new(&in.trust) < 0)
		return 0;
	take_all(&in);
	demand(verify_peer(in.trust, &in.query, &first) == 0);
	check_result(&in, &first);
	demand(verify_peer(in.trust, &in.query, &second) == 0);
	demand(first.verdict == second.verdict);
	demand(first.path_count == second.path_count);
	in.trust = trust_free(in.trust);
	return 0;
}
