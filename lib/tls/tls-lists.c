/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tls/tls-lists.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/base/string.h"

/* What OpenSSL separates words by: of the two kinds of lists. */
#define CIPHERS_SEPARATORS ": ,;"
#define SUITES_SEPARATORS ":"

typedef int tls_setter(SSL_CTX *context, const char *list);

static const int numbers[TLS_MINIMUM__END] = {
	[TLS_MINIMUM_1_0] = TLS1_VERSION,
	[TLS_MINIMUM_1_1] = TLS1_1_VERSION,
	[TLS_MINIMUM_1_2] = TLS1_2_VERSION,
	[TLS_MINIMUM_1_3] = TLS1_3_VERSION,
};

static SSL_CTX *tls_context_free(SSL_CTX *context)
{
	SSL_CTX_free(context);
	return NULL;
}
DEFINE_CLEANUP(SSL_CTX, tls_context_free);

/* What it refuses is told by our own words. */
static bool tls_takes(SSL_CTX *context, tls_setter *set, const char *list)
{
	bool taken = set(context, list) == 1;

	ERR_clear_error();
	return taken;
}

/* Words with a minus or an exclamation mark take away: many lists name there
 * what this OpenSSL has no suites of any more. */
static int tls_check_word(SSL_CTX *context, const char *word, char **ret_fault)
{
	if (strchr("!-", *word) || strcmp(word, "@STRENGTH") == 0)
		return 0;
	if (*word == '@')
		return string_format(ret_fault,
			       "%s has no place in it: Profile= sets the "
			       "security level",
			       word) < 0
			? -ENOMEM
			: -EINVAL;
	word += *word == '+';
	if (tls_takes(context, SSL_CTX_set_cipher_list, word))
		return 0;
	return string_format(ret_fault,
		       "OpenSSL has no cipher suite up to TLS 1.2 that \"%s\" "
		       "means",
		       word) < 0
		? -ENOMEM
		: -EINVAL;
}

static int tls_check_suite(SSL_CTX *context, const char *word, char **ret_fault)
{
	if (tls_takes(context, SSL_CTX_set_ciphersuites, word))
		return 0;
	return string_format(ret_fault,
		       "OpenSSL has no cipher suite of TLS 1.3 that is called "
		       "\"%s\"",
		       word) < 0
		? -ENOMEM
		: -EINVAL;
}

typedef int tls_word_check(
	SSL_CTX *context, const char *word, char **ret_fault);

static int tls_check_words(SSL_CTX *context, const char *list,
	const char *separators, tls_word_check *check, char **ret_fault)
{
	CLEANUP(free) char *copy = strdup(list);
	char *rest = NULL;
	int r = copy ? 0 : -ENOMEM;

	if (copy && !tls_list_is_text(list, strlen(list)))
		r = string_format(ret_fault,
			    "it is not a text of 1 to %d characters",
			    TLS_LIST_SIZE - 1) < 0
			? -ENOMEM
			: -EINVAL;
	for (char *word = r == 0 ? strtok_r(copy, separators, &rest) : NULL;
		word && r == 0; word = strtok_r(NULL, separators, &rest))
		r = check(context, word, ret_fault);
	return r;
}

/* Without a certificate, or without encryption, nobody is verified. */
static int tls_check_cipher(const SSL_CIPHER *cipher, char **ret_fault)
{
	bool anonymous = SSL_CIPHER_get_auth_nid(cipher) == NID_auth_null;
	bool open = SSL_CIPHER_get_cipher_nid(cipher) == NID_undef;

	if (!anonymous && !open)
		return 0;
	return string_format(ret_fault, "it has %s, which %s; add :!%s",
		       SSL_CIPHER_get_name(cipher),
		       anonymous ? "needs no certificate" : "does not encrypt",
		       anonymous ? "aNULL" : "eNULL") < 0
		? -ENOMEM
		: -EINVAL;
}

static int tls_check_ciphers(
	SSL_CTX *context, const char *list, char **ret_fault)
{
	STACK_OF(SSL_CIPHER) *all = NULL;
	int r = 0;

	if (!tls_takes(context, SSL_CTX_set_cipher_list, list))
		return string_replace(ret_fault,
			       "nothing is left of it for TLS 1.2") < 0
			? -ENOMEM
			: -EINVAL;
	all = SSL_CTX_get_ciphers(context);
	for (int i = 0; r == 0 && i < sk_SSL_CIPHER_num(all); i++)
		r = tls_check_cipher(sk_SSL_CIPHER_value(all, i), ret_fault);
	return r;
}

static SSL_CTX *tls_context_new(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	/* What a word means does not depend on it, and nobody is connected
	 * to: it is freed when the words were read. */
	if (context)
		SSL_CTX_set_security_level(context, 0);
	return context;
}

int tls_ciphers_check(const char *list, char **ret_fault)
{
	CLEANUP(tls_context_free) SSL_CTX *context = tls_context_new();
	int r = context ? 0 : -ENOMEM;

	if (r == 0)
		r = tls_check_words(context, list, CIPHERS_SEPARATORS,
			tls_check_word, ret_fault);
	return r < 0 ? r : tls_check_ciphers(context, list, ret_fault);
}

int tls_suites_check(const char *list, char **ret_fault)
{
	CLEANUP(tls_context_free) SSL_CTX *context = tls_context_new();

	return context ? tls_check_words(context, list, SUITES_SEPARATORS,
				 tls_check_suite, ret_fault)
		       : -ENOMEM;
}

int tls_minimum_number(enum tls_minimum minimum)
{
	assert(minimum < TLS_MINIMUM__END);
	return numbers[minimum];
}

int tls_offer_apply(const struct tls_offer *offer, SSL_CTX *context)
{
	bool taken = SSL_CTX_set_min_proto_version(context,
			     tls_minimum_number(offer->minimum)) == 1 &&
		tls_takes(context, SSL_CTX_set_cipher_list, offer->ciphers) &&
		tls_takes(context, SSL_CTX_set_ciphersuites, offer->suites);

	return taken ? 0 : -EIO;
}
