/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/web-tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/certprov-web/http/web-bucket.h"
#include "daemon/certprov-web/http/web-log.h"
#include "lib/base/digest.h"
#include "lib/client/certprov.h"
#include "lib/provider/provider.h"

#define ROLE CERTPROV_ROLE_WEB_SERVER
/* The key cannot decrypt, so these are all it can do up to TLS 1.2. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

/* What was said last, so that it is said once. */
enum web_tls_state {
	WEB_TLS_UNKNOWN,
	WEB_TLS_SERVED,
	WEB_TLS_NO_IDENTITY,
	WEB_TLS_NO_DAEMON,
	WEB_TLS_NOT_ALLOWED,
	WEB_TLS_LATE,
	WEB_TLS_FAILED,
};

struct web_tls {
	const char *socket;
	struct certprov *daemon;
	/* Of its own: a provider in the default one could be asked for keys
	 * by anything that opens a URI. */
	OSSL_LIB_CTX *libctx;
	OSSL_PROVIDER *own;
	OSSL_PROVIDER *provider;
	SSL_CTX *context; /* with the certificate of `sha256`, or NULL */
	uint8_t sha256[SHA256_BYTES];
	struct certprov_identity *opening; /* for web_tls_open */
	struct web_bucket asks;
	/* The daemon is asked for no certificate before the first of these, and
	 * for no signature before the second: a late signature sets both. */
	int64_t ask_from_ms;
	int64_t sign_from_ms;
	int pause_ms;    /* the last of them; 0: forgotten */
	bool is_in_time; /* with a certificate, and nothing was late since */
	enum web_tls_state said;
};

/* A key of the provider: as long as an SSL_CTX has it. */
struct web_tls_key {
	struct web_tls *tls;
	struct certprov_identity *identity;
};

static int64_t web_tls_now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- what is said --- */

static const struct {
	int level;
	const char *text;
} sentences[] = {
	[WEB_TLS_UNKNOWN] = {LOG_DEBUG, ""},
	[WEB_TLS_SERVED] = {LOG_INFO, "HTTPS has the phone's certificate"},
	[WEB_TLS_NO_IDENTITY] = {LOG_WARNING,
		"the phone has no certificate for a web server: HTTPS "
		"connections are closed until it has; see 'certprovctl "
		"device show'"},
	[WEB_TLS_NO_DAEMON] = {LOG_WARNING,
		"certprovd cannot be reached: no new HTTPS session can begin "
		"until it runs; see 'systemctl status certprovd'"},
	[WEB_TLS_NOT_ALLOWED] = {LOG_ERR,
		"certprovd's socket for identities is not open to this user: "
		"it has to be in the group certprov-key"},
	[WEB_TLS_LATE] = {LOG_WARNING,
		"certprovd does not answer in time: new HTTPS sessions may "
		"wait or fail until it does; it is asked again within 5 "
		"seconds; see 'systemctl status certprovd'"},
	[WEB_TLS_FAILED] = {LOG_ERR,
		"OpenSSL cannot serve the phone's certificate: HTTPS "
		"connections are closed"},
};

/* What strangers do is no reason not to say it. */
static struct web_log_budget web_tls_log;

static void web_tls_say(struct web_tls *t, enum web_tls_state state)
{
	if (t->said == state)
		return;
	t->said = state;
	web_log_within(&web_tls_log, sentences[state].level, "%s",
		sentences[state].text);
}

/* The daemon is not asked for a certificate for a while. */
static void web_tls_be_late(struct web_tls *t)
{
	t->pause_ms = t->pause_ms ? 2 * t->pause_ms : WEB_TLS_PAUSE_MS;
	if (t->pause_ms > WEB_TLS_MAX_PAUSE_MS)
		t->pause_ms = WEB_TLS_MAX_PAUSE_MS;
	t->ask_from_ms = web_tls_now_ms() + t->pause_ms;
	t->is_in_time = false;
}

static void web_tls_say_error(struct web_tls *t, int error)
{
	switch (error) {
	case -ENODATA:
		web_tls_say(t, WEB_TLS_NO_IDENTITY);
		break;
	case -EACCES:
		web_tls_say(t, WEB_TLS_NOT_ALLOWED);
		break;
	case -ETIMEDOUT:
		web_tls_be_late(t);
		web_tls_say(t, WEB_TLS_LATE);
		break;
	default:
		web_tls_say(t, WEB_TLS_NO_DAEMON);
		break;
	}
}

/* --- the key, as lib/provider wants it --- */

static int web_tls_open(void *userdata, const char *role, void **ret)
{
	struct web_tls *t = userdata;
	struct web_tls_key *k = NULL;

	if (strcmp(role, ROLE) != 0 || !t->opening)
		return -ENODATA;
	k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	k->tls = t;
	k->identity = TAKE_PTR(t->opening);
	*ret = k;
	return 0;
}

static void web_tls_close(void *key)
{
	struct web_tls_key *k = key;

	k->identity = certprov_identity_free(k->identity);
	free(k);
}

static const void *web_tls_certificate(
	const void *key, size_t index, size_t *ret_len)
{
	const struct web_tls_key *k = key;

	return certprov_identity_chain(k->identity, index, ret_len);
}

static int web_tls_sign(void *key, const struct provider_digest *d,
	void *signature, size_t *size)
{
	struct web_tls *t = ((struct web_tls_key *)key)->tls;
	int64_t now_ms = web_tls_now_ms();
	bool was_late = now_ms < t->ask_from_ms;
	int r = 0;

	if (now_ms < t->sign_from_ms)
		return -ETIMEDOUT;
	(void)certprov_set_timeout(t->daemon,
		was_late ? WEB_TLS_SIGN_MS - WEB_TLS_ASK_MS : WEB_TLS_SIGN_MS);
	r = certprov_sign(
		t->daemon, ROLE, d->scheme, d->digest, d->len, signature, size);
	if (r < 0 && r != -EPROTONOSUPPORT && r != -ENOSPC)
		web_tls_say_error(t, r);
	if (r == -ETIMEDOUT)
		t->sign_from_ms = t->ask_from_ms;
	if (r == 0 && t->is_in_time)
		t->pause_ms = 0;
	return r;
}

static const struct provider_transport transport = {
	.open = web_tls_open,
	.close = web_tls_close,
	.certificate = web_tls_certificate,
	.sign = web_tls_sign,
};

/* OpenSSL hands nothing of ours to the entry of a provider. */
static struct web_tls *web_tls_beginning;

static int web_tls_provide(const OSSL_CORE_HANDLE *core,
	const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **context)
{
	const struct provider_core from = {core, in};

	return provider_init(
		&from, &transport, web_tls_beginning, out, context);
}

static int web_tls_load_providers(struct web_tls *t)
{
	t->libctx = OSSL_LIB_CTX_new();
	if (!t->libctx)
		return -ENOMEM;
	t->own = OSSL_PROVIDER_load(t->libctx, "default");
	if (!t->own ||
		OSSL_PROVIDER_add_builtin(
			t->libctx, PROVIDER_NAME, web_tls_provide) != 1)
		return -ENOMEM;
	web_tls_beginning = t;
	t->provider = OSSL_PROVIDER_load(t->libctx, PROVIDER_NAME);
	web_tls_beginning = NULL;
	return t->provider ? 0 : -ENOMEM;
}

/* --- contexts --- */

static int (*web_tls_level)(const SSL *connection, const SSL_CTX *context,
	int operation, int bits, int id, void *other, void *extra);

/* What a phone has from the factory may be RSA of 1024 bits, signed with
 * SHA-1; browsers say what they think of it. Nothing else passes below the
 * level, and nobody is judged here.
 * The signature is OpenSSL's. NOLINTNEXTLINE(readability-function-size) */
static int web_tls_on_security(const SSL *connection, const SSL_CTX *context,
	int operation, int bits, int id, void *other, void *extra)
{
	if (operation == SSL_SECOP_EE_KEY || operation == SSL_SECOP_CA_KEY ||
		operation == SSL_SECOP_CA_MD)
		return 1;
	return web_tls_level(
		connection, context, operation, bits, id, other, extra);
}

/* OpenSSL calls it unless a session is resumed: what follows is signed. */
static int web_tls_on_certificate(SSL *connection, void *userdata)
{
	struct web_tls_handshake *h = SSL_get_app_data(connection);

	(void)userdata;
	h->is_signed = true;
	return 1;
}

static void web_tls_on_state(const SSL *connection, int where, int result)
{
	const struct web_tls_handshake *h = SSL_get_app_data(connection);

	(void)result;
	if (where & SSL_CB_HANDSHAKE_DONE)
		h->done(h->userdata);
}

/* RFC 7301: the one protocol there is; browsers offer it. */
static int web_tls_on_alpn(SSL *connection, const unsigned char **out,
	unsigned char *out_len, const unsigned char *in, unsigned in_len,
	void *userdata)
{
	static const unsigned char http[] = "\x08http/1.1";
	unsigned char *chosen = NULL;

	(void)connection;
	(void)userdata;
	if (SSL_select_next_proto(&chosen, out_len, http, sizeof(http) - 1, in,
		    in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *web_tls_new_context(struct web_tls *t)
{
	SSL_CTX *context = SSL_CTX_new_ex(t->libctx, NULL, TLS_server_method());

	if (!context)
		return NULL;
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
		SSL_CTX_set_cipher_list(context, CIPHERS) != 1) {
		SSL_CTX_free(context);
		return NULL;
	}
	(void)SSL_CTX_set_options(context,
		SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
			SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
	(void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	/* Sessions are in tickets, which are the peer's to keep. Their key
	 * goes with the context: with another certificate none is resumed. */
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(context, web_tls_on_alpn, NULL);
	SSL_CTX_set_cert_cb(context, web_tls_on_certificate, NULL);
	SSL_CTX_set_info_callback(context, web_tls_on_state);
	web_tls_level = SSL_CTX_get_security_callback(context);
	SSL_CTX_set_security_callback(context, web_tls_on_security);
	return context;
}

/* All of it: key, leaf, and what is above. */
static bool web_tls_load(struct web_tls *t, SSL_CTX *context)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open_ex(PROVIDER_URI_SCHEME ":" ROLE,
		t->libctx, NULL, NULL, NULL, NULL, NULL, NULL);
	STACK_OF(X509) *above = sk_X509_new_null();
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;
	bool good = false;

	while (store && above && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);
		int type = info ? OSSL_STORE_INFO_get_type(info) : 0;

		if (type == OSSL_STORE_INFO_PKEY && !key)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		if (type == OSSL_STORE_INFO_CERT)
			(void)sk_X509_push(
				above, OSSL_STORE_INFO_get1_CERT(info));
		OSSL_STORE_INFO_free(info);
		if (!info)
			break;
	}
	leaf = sk_X509_shift(above);
	good = key && leaf &&
		SSL_CTX_use_cert_and_key(context, leaf, key, above, 1) == 1;
	(void)OSSL_STORE_close(store);
	X509_free(leaf);
	EVP_PKEY_free(key);
	sk_X509_pop_free(above, X509_free);
	return good;
}

static void web_tls_drop(struct web_tls *t)
{
	SSL_CTX_free(t->context);
	t->context = NULL;
}

/* Takes the identity. */
static void web_tls_use(struct web_tls *t, struct certprov_identity *identity,
	const uint8_t sha256[SHA256_BYTES])
{
	char text[SHA256_HEX_SIZE] = "";
	size_t len = 0;
	const void *leaf = certprov_identity_chain(identity, 0, &len);

	(void)digest_sha256_hex(leaf, len, text);
	web_tls_drop(t);
	t->opening = identity;
	t->context = web_tls_new_context(t);
	if (t->context && web_tls_load(t, t->context)) {
		memcpy(t->sha256, sha256, sizeof(t->sha256));
		t->said = WEB_TLS_SERVED;
		web_log_within(&web_tls_log, LOG_INFO,
			"HTTPS has the certificate %s", text);
	} else {
		web_tls_drop(t);
		web_tls_say(t, WEB_TLS_FAILED);
	}
	t->opening = certprov_identity_free(t->opening);
	ERR_clear_error();
}

/* Of the whole chain: what is above the leaf is served, too. */
static int web_tls_digest(
	const struct certprov_identity *identity, uint8_t ret[SHA256_BYTES])
{
	uint8_t both[2 * SHA256_BYTES] = {0};
	const void *der = NULL;
	size_t len = 0;
	int r = 0;

	for (size_t i = 0;
		r == 0 && (der = certprov_identity_chain(identity, i, &len));
		i++) {
		r = digest_sha256(der, len, both + SHA256_BYTES);
		if (r == 0)
			r = digest_sha256(both, sizeof(both), both);
	}
	memcpy(ret, both, SHA256_BYTES);
	return r;
}

/* The certificate of now; when it cannot be asked for, the last one stays. */
static void web_tls_refresh(struct web_tls *t)
{
	struct certprov_identity *identity = NULL;
	uint8_t sha256[SHA256_BYTES];
	int64_t now_ms = web_tls_now_ms();
	int r = 0;

	if (now_ms < t->ask_from_ms ||
		!web_bucket_take(&t->asks, WEB_TLS_ASKS_A_SECOND,
			WEB_TLS_ASKS_AT_ONCE, now_ms))
		return;
	(void)certprov_set_timeout(t->daemon, WEB_TLS_ASK_MS);
	r = certprov_get_identity(t->daemon, ROLE, &identity);
	t->is_in_time = r == 0;
	if (r == 0)
		r = web_tls_digest(identity, sha256);
	if (r < 0)
		web_tls_say_error(t, r);
	else if (t->context && memcmp(sha256, t->sha256, sizeof(sha256)) == 0)
		web_tls_say(t, WEB_TLS_SERVED);
	else
		web_tls_use(t, TAKE_PTR(identity), sha256);
	if (r == -ENODATA)
		web_tls_drop(t);
	(void)certprov_identity_free(identity);
}

SSL *web_tls_accept(struct web_tls *t, struct web_tls_handshake *handshake)
{
	SSL *connection = NULL;

	web_tls_refresh(t);
	connection = t->context ? SSL_new(t->context) : NULL;
	if (connection && SSL_set_app_data(connection, handshake) != 1) {
		SSL_free(connection);
		connection = NULL;
	}
	return connection;
}

int web_tls_pause(const struct web_tls *t)
{
	int64_t left_ms = t->ask_from_ms - web_tls_now_ms();

	return !t->context && left_ms > 0 ? (int)left_ms : 0;
}

int web_tls_new(const char *socket, struct web_tls **ret)
{
	CLEANUP(web_tls_free) struct web_tls *t = calloc(1, sizeof(*t));
	int r = t ? 0 : -ENOMEM;

	if (r == 0)
		r = certprov_new(&t->daemon);
	if (r == 0)
		r = certprov_set_socket(t->daemon, socket);
	if (r == 0)
		r = web_tls_load_providers(t);
	if (r == 0)
		*ret = TAKE_PTR(t);
	return r;
}

struct web_tls *web_tls_free(struct web_tls *t)
{
	if (!t)
		return NULL;
	web_tls_drop(t);
	if (t->provider)
		(void)OSSL_PROVIDER_unload(t->provider);
	if (t->own)
		(void)OSSL_PROVIDER_unload(t->own);
	OSSL_LIB_CTX_free(t->libctx);
	t->daemon = certprov_free(t->daemon);
	free(t);
	return NULL;
}
