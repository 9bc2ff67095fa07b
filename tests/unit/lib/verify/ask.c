/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/verify/ask.h"

#include <string.h>

#include <check.h>

struct trust *trust;
struct verify_query query;
struct verify_result result;

static struct bytes chain[2 * VERIFY_MAX_CHAIN];

void ask_setup(void)
{
	ck_assert_int_eq(trust_new(&trust), 0);
	trust->policy = (struct policy){
		.tls = TLS_OFFER_DEFAULT,
		.profile = PROFILE_COMPATIBLE,
		.verification = VERIFICATION_FORCED,
		.name_check = true,
	};
	query = (struct verify_query){.chain = chain, .now = PKI_NOW};
}

void ask_teardown(void)
{
	verify_result_done(&result);
	trust = trust_free(trust);
	pki_free_all();
}

void trust_cert_as(const struct pki_cert *c, unsigned lists)
{
	ck_assert_int_eq(
		anchors_add(trust->anchors, c->der.data, c->der.len, lists), 0);
}

void trust_cert(const struct pki_cert *c)
{
	trust_cert_as(c, ANCHOR_SERVER);
}

void send_more(const void *der, size_t len)
{
	ck_assert_uint_lt(query.chain_count, ARRAY_SIZE(chain));
	chain[query.chain_count++] =
		(struct bytes){.data = (uint8_t *)der, .len = len};
}

void send_certs(const struct pki_cert *const *certs)
{
	query.chain_count = 0;
	for (; *certs; certs++)
		send_more((*certs)->der.data, (*certs)->der.len);
}

/* Whatever is asked, no answer may cost more than it may. */
static void check_work(void)
{
	ck_assert_uint_le(result.work.cost, VERIFY_MAX_COST);
	ck_assert_uint_le(result.work.attempts, VERIFY_MAX_ATTEMPTS);
	ck_assert_uint_le(result.work.signatures, VERIFY_MAX_SIGNATURES);
	ck_assert_uint_le(result.work.issuers, VERIFY_MAX_ISSUERS);
	ck_assert_uint_le(result.work.names, VERIFY_MAX_NAMES);
}

enum verdict ask(const char *host)
{
	verify_result_done(&result);
	query.host = host;
	ck_assert_int_eq(verify_peer(trust, &query, &result), 0);
	check_work();
	ck_assert_int_eq(result.trusted, verdict_is_positive(result.verdict));
	ck_assert_ptr_nonnull(result.reason);
	return result.verdict;
}

static void expect_at(size_t i, const struct pki_cert *c)
{
	ck_assert_uint_lt(i, result.path_count);
	ck_assert_mem_eq(result.path[i], c->sha256, SHA256_BYTES);
}

void expect_certs(const struct pki_cert *const *certs)
{
	size_t count = 0;

	while (certs[count]) {
		expect_at(count, certs[count]);
		count++;
	}
	ck_assert_uint_eq(result.path_count, count);
}

bool warned(enum warning w)
{
	return result.warnings & WARNING_BIT(w);
}
