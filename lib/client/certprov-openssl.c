/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov-openssl.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/base/string.h"
#include "lib/client/local-verify.h"

/* Handles that wait for the next handshake; more are closed. */
#define IDLE_MAX 4
/* Certificates handed on; a verdict says that more are too many. */
#define CHAIN_MAX 17

#define HOST_MISSING "host-missing"

typedef void info_callback(const SSL *ssl, int where, int value);

/* What an SSL_CTX has. */
struct installed {
	struct certprov *like;        /* settings; never connected */
	struct certprov_local *local; /* or NULL: the daemon is asked */
	info_callback *next;          /* who had the callback before, or NULL */
	pthread_mutex_t lock;         /* over what follows */
	struct certprov *idle[IDLE_MAX];
	size_t idle_count;
};

/* What an SSL has. */
struct connection {
	bool has_target; /* certprov_openssl_set_host was called */
	char *host;
	enum certprov_purpose purpose;
	struct certprov_verdict *verdict;
};

/* --- slots in OpenSSL's objects; their numbers are allocated once a process
 * --- */

static struct installed *glue_installed_free(struct installed *in);
static struct connection *glue_connection_free(struct connection *c);
DEFINE_CLEANUP(struct installed, glue_installed_free);
DEFINE_CLEANUP(struct connection, glue_connection_free);

static CRYPTO_ONCE places_once = CRYPTO_ONCE_STATIC_INIT;
static int context_place = -1;
static int connection_place = -1;

static void glue_on_context_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad,
	int place, long argl, void *argp)
{
	(void)parent;
	(void)ad;
	(void)place;
	(void)argl;
	(void)argp;
	(void)glue_installed_free(ptr);
}

static void glue_on_connection_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad,
	int place, long argl, void *argp)
{
	(void)parent;
	(void)ad;
	(void)place;
	(void)argl;
	(void)argp;
	(void)glue_connection_free(ptr);
}

/* SSL_dup: a copy that is for the same server, without a verdict. */
static int glue_on_connection_dup(CRYPTO_EX_DATA *to,
	const CRYPTO_EX_DATA *from, void **from_d, int place, long argl,
	void *argp)
{
	const struct connection *original = *from_d;
	CLEANUP(glue_connection_free) struct connection *copy = NULL;

	(void)to;
	(void)from;
	(void)place;
	(void)argl;
	(void)argp;
	*from_d = NULL;
	if (!original)
		return 1;
	copy = calloc(1, sizeof(*copy));
	if (!copy || string_replace(&copy->host, original->host) < 0)
		return 0;
	copy->has_target = original->has_target;
	copy->purpose = original->purpose;
	*from_d = TAKE_PTR(copy);
	return 1;
}

static void glue_find_places(void)
{
	context_place = SSL_CTX_get_ex_new_index(
		0, NULL, NULL, NULL, glue_on_context_free);
	connection_place = SSL_get_ex_new_index(
		0, NULL, NULL, glue_on_connection_dup, glue_on_connection_free);
}

static bool glue_have_places(void)
{
	return CRYPTO_THREAD_run_once(&places_once, glue_find_places) == 1 &&
		context_place >= 0 && connection_place >= 0;
}

static struct installed *glue_find_installed(const SSL_CTX *context)
{
	return SSL_CTX_get_ex_data(context, context_place);
}

static struct connection *glue_find_connection(const SSL *ssl)
{
	return SSL_get_ex_data(ssl, connection_place);
}

/* The connection's, made when it is not there yet; NULL: no memory. */
static struct connection *glue_get_connection(SSL *ssl)
{
	CLEANUP(glue_connection_free) struct connection *c = NULL;
	struct connection *found = glue_find_connection(ssl);

	if (found)
		return found;
	c = calloc(1, sizeof(*c));
	if (!c || SSL_set_ex_data(ssl, connection_place, c) != 1)
		return NULL;
	return TAKE_PTR(c);
}

static struct connection *glue_connection_free(struct connection *c)
{
	if (!c)
		return NULL;
	free(c->host);
	(void)certprov_verdict_free(c->verdict);
	free(c);
	return NULL;
}

static struct installed *glue_installed_free(struct installed *in)
{
	if (!in)
		return NULL;
	for (size_t i = 0; i < in->idle_count; i++)
		(void)certprov_free(in->idle[i]);
	(void)certprov_local_free(in->local);
	(void)certprov_free(in->like);
	(void)pthread_mutex_destroy(&in->lock);
	free(in);
	return NULL;
}

/* --- handles: one for each handshake that is going on --- */

static int glue_handle_take(struct installed *in, struct certprov **ret)
{
	struct certprov *c = NULL;

	(void)pthread_mutex_lock(&in->lock);
	if (in->idle_count > 0)
		c = in->idle[--in->idle_count];
	(void)pthread_mutex_unlock(&in->lock);
	if (!c)
		return certprov_dup(in->like, ret);
	*ret = c;
	return 0;
}

static void glue_handle_give(struct installed *in, struct certprov *c)
{
	(void)pthread_mutex_lock(&in->lock);
	if (in->idle_count < IDLE_MAX) {
		in->idle[in->idle_count++] = c;
		c = NULL;
	}
	(void)pthread_mutex_unlock(&in->lock);
	(void)certprov_free(c);
}

/* --- the chain a server sent --- */

struct glue_chain {
	struct certprov_der certificates[CHAIN_MAX];
	size_t count;
	X509 *leaf; /* the first, as libssl has decoded it; or NULL */
};

static void glue_chain_done(struct glue_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		void *data = NULL;

		memcpy(&data, &chain->certificates[i].data, sizeof(data));
		OPENSSL_free(data);
	}
}
DEFINE_CLEANUP_EMBEDDED(struct glue_chain, glue_chain_done);

static int glue_take_chain(X509_STORE_CTX *store, struct glue_chain *ret)
{
	const STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
	int count = sk_X509_num(sent);

	ret->leaf = sk_X509_value(sent, 0);
	for (int i = 0; i < count && i < CHAIN_MAX; i++) {
		struct certprov_der *to = &ret->certificates[ret->count];
		unsigned char *der = NULL;
		int len = i2d_X509(sk_X509_value(sent, i), &der);

		if (len < 0)
			return -ENOMEM;
		to->data = der;
		to->size = (size_t)len;
		ret->count++;
	}
	return 0;
}

/* --- verdicts in handshakes --- */

static int glue_host_missing(struct certprov_verdict **ret)
{
	return certprov_verdict_new(
		&(struct certprov_verdict_parts){
			.size = sizeof(struct certprov_verdict_parts),
			.result = HOST_MISSING,
			.reason = "The program did not say which server this "
				  "connection is for.",
			.remedy =
				"Let it call certprov_openssl_set_host before "
				"the handshake.",
			.store = "",
		},
		ret);
}

static int glue_verify(struct installed *in, const struct glue_chain *chain,
	const char *host, enum certprov_purpose purpose,
	struct certprov_verdict **ret)
{
	struct certprov *c = NULL;
	int r = 0;

	if (in->local)
		return local_verify_decoded(in->local, chain->leaf,
			&(struct local_question){chain->certificates,
				chain->count, host, purpose},
			ret);
	r = glue_handle_take(in, &c);
	if (r < 0)
		return r;
	r = certprov_verify(
		c, chain->certificates, chain->count, host, purpose, ret);
	glue_handle_give(in, c);
	return r;
}

static int glue_judge(struct installed *in, X509_STORE_CTX *store,
	const SSL *ssl, const struct connection *c,
	struct certprov_verdict **ret)
{
	CLEANUP(glue_chain_done) struct glue_chain chain = {.count = 0};
	const char *host = c->host;
	int r = glue_take_chain(store, &chain);

	if (r < 0)
		return r;
	if (!c->has_target) {
		host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
		if (!host)
			return glue_host_missing(ret);
	}
	return glue_verify(in, &chain, host, c->purpose, ret);
}

/* The result as an X509_V_ERR_*, with what the table cannot know. */
static int glue_error_of(
	X509_STORE_CTX *store, const struct certprov_verdict *verdict)
{
	int error = certprov_openssl_error(verdict);
	EVP_PKEY *key = X509_get0_pubkey(X509_STORE_CTX_get0_cert(store));

	if (error == X509_V_ERR_EE_KEY_TOO_SMALL && key &&
		EVP_PKEY_get_security_bits(key) >= 80)
		return X509_V_ERR_CA_KEY_TOO_SMALL;
	return error;
}

static int glue_refuse(X509_STORE_CTX *store, int error)
{
	X509_STORE_CTX_set_error(store, error);
	X509_STORE_CTX_set_error_depth(store, 0);
	return 0;
}

/* Instead of X509_verify_cert: 1 to go on, 0 to end the handshake. */
static int glue_on_verify(X509_STORE_CTX *store, void *userdata)
{
	struct installed *in = userdata;
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct connection *c = ssl ? glue_get_connection(ssl) : NULL;

	if (!c)
		return glue_refuse(store, X509_V_ERR_OUT_OF_MEM);
	c->verdict = certprov_verdict_free(c->verdict);
	if (SSL_is_server(ssl))
		return glue_refuse(store, X509_V_ERR_INVALID_PURPOSE);
	if (glue_judge(in, store, ssl, c, &c->verdict) < 0)
		return glue_refuse(store, X509_V_ERR_STORE_LOOKUP);
	if (!certprov_verdict_trusted(c->verdict))
		return glue_refuse(store, glue_error_of(store, c->verdict));
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/*
 * A resumed session brings no certificates, so there would be no verdict, and a
 * server that was distrusted since then would stay reachable for as long as its
 * tickets last. So no session is offered. A handshake begins with this call,
 * before anything is sent.
 */
static void glue_on_info(const SSL *ssl, int where, int value)
{
	const struct installed *in = glue_find_installed(SSL_get_SSL_CTX(ssl));

	if ((where & SSL_CB_HANDSHAKE_START) && !SSL_is_server(ssl)) {
		const union {
			const SSL *lent;
			SSL *writable;
		} it = {.lent = ssl};

		(void)SSL_set_session(it.writable, NULL);
	}
	if (in && in->next)
		in->next(ssl, where, value);
}

/* --- installing --- */

static void glue_set_callbacks(SSL_CTX *context, struct installed *in)
{
	in->next = SSL_CTX_get_info_callback(context);
	SSL_CTX_set_info_callback(context, glue_on_info);
	(void)SSL_CTX_set_options(
		context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(
		context, SSL_VERIFY_PEER, SSL_CTX_get_verify_callback(context));
	SSL_CTX_set_cert_verify_callback(context, glue_on_verify, in);
}

int certprov_openssl_install(SSL_CTX *context, const struct certprov *like)
{
	CLEANUP(glue_installed_free) struct installed *in = NULL;
	int r = 0;

	if (!glue_have_places())
		return -EIO;
	if (glue_find_installed(context))
		return -EALREADY;
	in = calloc(1, sizeof(*in));
	if (!in)
		return -ENOMEM;
	(void)pthread_mutex_init(&in->lock, NULL);
	r = like ? certprov_dup(like, &in->like) : certprov_new(&in->like);
	if (r < 0)
		return r;
	if (SSL_CTX_set_ex_data(context, context_place, in) != 1)
		return -EIO;
	glue_set_callbacks(context, in);
	in = NULL; /* the context's */
	return 0;
}

int certprov_openssl_set_local(SSL_CTX *context, unsigned flags)
{
	struct installed *in =
		glue_have_places() ? glue_find_installed(context) : NULL;
	struct certprov_local *local = NULL;
	int r = 0;

	if (!in)
		return -ENOENT;
	r = certprov_local_new(in->like, flags, &local);
	if (r < 0)
		return r;
	(void)certprov_local_free(in->local);
	in->local = local;
	return 0;
}

int certprov_openssl_set_host(
	SSL *ssl, const char *host, enum certprov_purpose purpose)
{
	struct connection *c = NULL;
	int r = 0;

	if (!glue_have_places() || !glue_find_installed(SSL_get_SSL_CTX(ssl)))
		return -ENOENT;
	if ((unsigned)purpose > CERTPROV_LDAP ||
		(!host && purpose != CERTPROV_ANY))
		return -EINVAL;
	c = glue_get_connection(ssl);
	r = c ? string_replace(&c->host, host) : -ENOMEM;
	if (r < 0)
		return r;
	c->purpose = purpose;
	c->has_target = true;
	return 0;
}

const struct certprov_verdict *certprov_openssl_verdict(const SSL *ssl)
{
	const struct connection *c =
		glue_have_places() ? glue_find_connection(ssl) : NULL;

	return c ? c->verdict : NULL;
}

/* --- results as X509_V_ERR_* --- */

static const struct glue_error_row {
	const char *result;
	int error;
} error_rows[] = {
	{"issuer-not-trusted", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
	{"expired", X509_V_ERR_CERT_HAS_EXPIRED},
	{"not-yet-valid", X509_V_ERR_CERT_NOT_YET_VALID},
	{"name-mismatch", X509_V_ERR_HOSTNAME_MISMATCH},
	{"host-invalid", X509_V_ERR_HOSTNAME_MISMATCH},
	{HOST_MISSING, X509_V_ERR_HOSTNAME_MISMATCH},
	{"distrusted", X509_V_ERR_CERT_REJECTED},
	{"key-too-weak", X509_V_ERR_EE_KEY_TOO_SMALL},
	{"key-unsupported", X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY},
	{"weak-signature", X509_V_ERR_CA_MD_TOO_WEAK},
	{"bad-signature", X509_V_ERR_CERT_SIGNATURE_FAILURE},
	{"not-for-servers", X509_V_ERR_INVALID_PURPOSE},
	{"not-a-ca", X509_V_ERR_INVALID_CA},
	{"path-too-long", X509_V_ERR_PATH_LENGTH_EXCEEDED},
	{"name-constraints", X509_V_ERR_PERMITTED_VIOLATION},
	{"unhandled-critical", X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION},
	{"invalid-extension", X509_V_ERR_INVALID_EXTENSION},
	{"budget", X509_V_ERR_CERT_CHAIN_TOO_LONG},
	{"daemon-unreachable", X509_V_ERR_STORE_LOOKUP},
};

int certprov_openssl_error(const struct certprov_verdict *v)
{
	if (!v)
		return X509_V_ERR_STORE_LOOKUP;
	if (certprov_verdict_trusted(v))
		return X509_V_OK;
	for (size_t i = 0; i < ARRAY_SIZE(error_rows); i++)
		if (strcmp(error_rows[i].result, certprov_verdict_result(v)) ==
			0)
			return error_rows[i].error;
	return X509_V_ERR_CERT_REJECTED;
}
