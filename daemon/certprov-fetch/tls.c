/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/tls.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/tls-level.h"
#include "lib/base/bytes.h"
#include "lib/tls/tls-lists.h"

#define EVERY_CIPHER "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
#define EVERY_SUITE                                                            \
	"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"                 \
	"TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:"                       \
	"TLS_AES_128_CCM_8_SHA256"

/* Where a connection keeps its verdict; OpenSSL hands out the number. */
static int verdict_index = -1;

static void tls_chain_free(struct bytes *chain, size_t count)
{
	for (size_t i = 0; chain && i < count; i++)
		bytes_done(&chain[i]);
	free(chain);
}

const char *tls_version_name(int version)
{
	for (enum tls_minimum m = 0; m < TLS_MINIMUM__END; m++)
		if (tls_minimum_number(m) == version)
			return tls_minimum_names[m];
	return "?";
}

void tls_check_done(struct tls_check *c)
{
	tls_chain_free(c->chain, c->chain_count);
	tls_seen_release(c->seen);
	*c = (struct tls_check){0};
}

int tls_prepare(void)
{
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1)
		return -EIO;
	if (verdict_index < 0)
		verdict_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return verdict_index < 0 ? -EIO : tls_watch_prepare();
}

static int tls_encode(X509 *certificate, struct bytes *ret)
{
	unsigned char *der = NULL;
	int len = i2d_X509(certificate, &der);
	int r = 0;

	if (len < 0)
		return -EIO;
	r = bytes_copy(der, (size_t)len, ret);
	OPENSSL_free(der);
	return r;
}

/* The chain as DER into c->chain. -E2BIG when it is more than we look at. */
static int tls_take_chain(struct tls_check *c, STACK_OF(X509) * sent)
{
	int count = sk_X509_num(sent);
	size_t total = 0;

	if (count <= 0)
		return -ENODATA;
	if (count > CHAIN_MAX_CERTIFICATES)
		return -E2BIG;
	c->chain = calloc((size_t)count, sizeof(*c->chain));
	if (!c->chain)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		int r = tls_encode(sk_X509_value(sent, i), &c->chain[i]);

		if (r < 0)
			return r;
		c->chain_count++;
		total += c->chain[i].len;
	}
	return total > CHAIN_MAX_BYTES ? -E2BIG : 0;
}

static int tls_judge(struct tls_check *c, X509_STORE_CTX *store)
{
	int r = tls_take_chain(c, X509_STORE_CTX_get0_untrusted(store));

	if (r == -E2BIG) {
		c->result.verdict = VERDICT_BUDGET;
		(void)snprintf(c->result.reason, sizeof(c->result.reason), "%s",
			"the peer sent too many certificates");
		return 0;
	}
	if (r < 0)
		return r;
	return c->verifier->verify(c->verifier->userdata, c->chain,
		c->chain_count, c->host, &c->result);
}

/* In place of X509_verify_cert: 1 to go on, 0 to end the handshake. */
static int tls_on_verify(X509_STORE_CTX *store, void *userdata)
{
	struct tls_check *c = userdata;
	SSL *connection = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	uintptr_t stored = 0;

	if (c->only_look)
		return 0;
	tls_chain_free(c->chain, c->chain_count);
	c->chain = NULL;
	c->chain_count = 0;
	c->result = (struct tls_verdict){.verdict = VERDICT_MALFORMED};
	c->done = true;
	c->error = tls_judge(c, store);
	if (c->seen)
		c->seen->authenticated = c->error == 0 && c->result.trusted &&
			tls_verdict_authenticates(c->result.verdict);
	if (c->error < 0 || !c->result.trusted) {
		X509_STORE_CTX_set_error(
			store, X509_V_ERR_APPLICATION_VERIFICATION);
		return 0;
	}
	stored = (uintptr_t)c->result.verdict + 1;
	/* An opaque number in a place for pointers.
	 * NOLINTNEXTLINE(performance-no-int-to-ptr) */
	(void)SSL_set_ex_data(connection, verdict_index, (void *)stored);
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/* Whatever the server may choose, to learn what that is. Nobody is judged:
 * tls_on_verify() ends it at the certificate, unread, and libcurl was told to
 * connect only, so that no request follows. */
static bool tls_offer_everything(SSL_CTX *context)
{
	SSL_CTX_set_security_level(context, 0);
	return SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1 &&
		SSL_CTX_set_cipher_list(context, EVERY_CIPHER) == 1 &&
		SSL_CTX_set_ciphersuites(context, EVERY_SUITE) == 1;
}

int tls_install(SSL_CTX *context, struct tls_check *check)
{
	const struct tls_verifier *v = check->verifier;
	int r = tls_watch(context, &check->seen);

	if (r < 0)
		return r;
	/* One handshake a connection, and a whole one: a resumed session or
	 * a renegotiation would come without our verdict. */
	(void)SSL_CTX_set_options(
		context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	tls_level_set(context, v->security_level);
	tls_client_install(
		context, check->client, check->may_tell, check->seen);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, tls_on_verify, check);
	if (tls_offer_apply(v->offer, context) < 0 ||
		SSL_CTX_set_max_proto_version(context, 0) != 1)
		return -EIO;
	return check->only_look && !tls_offer_everything(context) ? -EIO : 0;
}

bool tls_is_authenticated(const SSL *connection)
{
	uintptr_t stored =
		(uintptr_t)SSL_get_ex_data(connection, verdict_index);

	return stored > 0 &&
		tls_verdict_authenticates((enum verdict)(stored - 1));
}

bool tls_verdict_authenticates(enum verdict verdict)
{
	return verdict == VERDICT_TRUSTED || verdict == VERDICT_EXCEPTION;
}

/* --- a chain for later --- */

int tls_copy_chain(
	const SSL *connection, struct bytes **ret_chain, size_t *ret_count)
{
	struct tls_check c = {0};
	int r = tls_take_chain(&c, SSL_get_peer_cert_chain(connection));

	if (r < 0) {
		tls_check_done(&c);
		return r == -ENOMEM ? r : -EIO;
	}
	*ret_chain = c.chain;
	*ret_count = c.chain_count;
	return 0;
}

int tls_repeat_check(
	struct tls_check *check, const struct bytes *chain, size_t count)
{
	int r = 0;

	tls_chain_free(check->chain, check->chain_count);
	check->chain_count = 0;
	check->chain = calloc(count, sizeof(*check->chain));
	if (!check->chain)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = bytes_copy(chain[i].data, chain[i].len, &check->chain[i]);
		check->chain_count += r == 0;
	}
	if (r < 0)
		return r;
	check->result = (struct tls_verdict){.verdict = VERDICT_MALFORMED};
	check->done = true;
	check->error = check->verifier->verify(check->verifier->userdata,
		check->chain, check->chain_count, check->host, &check->result);
	return check->error;
}

bool tls_offers(const struct tls_verifier *v, uint16_t cipher)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *connection = NULL;
	STACK_OF(SSL_CIPHER) *offered = NULL;
	bool found = false;

	if (context) {
		tls_level_set(context, v->security_level);
		if (tls_offer_apply(v->offer, context) == 0)
			connection = SSL_new(context);
	}
	if (connection)
		offered = SSL_get1_supported_ciphers(connection);
	for (int i = 0; offered && i < sk_SSL_CIPHER_num(offered); i++)
		found = found ||
			SSL_CIPHER_get_protocol_id(
				sk_SSL_CIPHER_value(offered, i)) == cipher;
	sk_SSL_CIPHER_free(offered);
	SSL_free(connection);
	SSL_CTX_free(context);
	return found;
}
