/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A question to verify_peer in a few words: what is trusted, what was sent,
 * what is asked for, and the answer. For the tests of lib/verify.
 */
#ifndef CERTPROV_TESTS_ASK_H
#define CERTPROV_TESTS_ASK_H

#include "lib/verify/verify.h"
#include "tests/unit/pki.h"

extern struct trust *trust; /* a fresh one for each test */
extern struct verify_query query;
extern struct verify_result result;

void ask_setup(void);
void ask_teardown(void);

void trust_cert(const struct pki_cert *c);
/* In these lists (lib/anchors). */
void trust_cert_as(const struct pki_cert *c, unsigned lists);
/* The chain of the query: leaf first, up to NULL. */
#define SEND(...)                                                              \
	send_certs((const struct pki_cert *const[]){__VA_ARGS__, NULL})
void send_certs(const struct pki_cert *const *certs);
/* One more, as bytes that are not copied. */
void send_more(const void *der, size_t len);

/* The verdict about what was sent, for this host; NULL: for any. */
enum verdict ask(const char *host);
/* The same, and the test fails unless it is this one. */
#define EXPECT(host, verdict)                                                  \
	ck_assert_str_eq(verdict_name(ask(host)), verdict_name(verdict))
/* The path of the last answer is this, leaf first, up to NULL. */
#define EXPECT_PATH(...)                                                       \
	expect_certs((const struct pki_cert *const[]){__VA_ARGS__, NULL})
void expect_certs(const struct pki_cert *const *certs);
bool warned(enum warning w);

#endif
