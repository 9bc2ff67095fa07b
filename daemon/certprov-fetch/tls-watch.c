/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/tls-watch.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

/* Parts of a ServerHello: RFC 8446 4.1.3. */
#define HELLO_VERSION_AT 4
#define HELLO_SESSION_AT 38 /* behind type, length, version and random */
#define TLS13_SUITES 0x13   /* first byte of a suite of TLS 1.3 */
#define TLS_MAJOR 3

/* Where a context keeps what it saw; OpenSSL hands out the number. */
static int seen_index = -1;

void tls_seen_release(struct tls_seen *seen)
{
	if (seen && --seen->holders == 0)
		free(seen);
}

static void tls_on_context_freed(void *parent, void *pointer,
	CRYPTO_EX_DATA *data, int index, long number, void *argument)
{
	(void)parent;
	(void)data;
	(void)index;
	(void)number;
	(void)argument;
	tls_seen_release(pointer);
}

int tls_watch_prepare(void)
{
	if (seen_index < 0)
		seen_index = SSL_CTX_get_ex_new_index(
			0, NULL, NULL, NULL, tls_on_context_freed);
	return seen_index < 0 ? -EIO : 0;
}

static void tls_note_server_hello(struct tls_seen *seen, SSL *connection,
	const uint8_t *hello, size_t len)
{
	const SSL_CIPHER *cipher = NULL;
	size_t at = 0;

	if (len <= HELLO_SESSION_AT)
		return;
	at = HELLO_SESSION_AT + 1 + (size_t)hello[HELLO_SESSION_AT];
	if (len < at + 2)
		return;
	cipher = SSL_CIPHER_find(connection, hello + at);
	seen->answered = true;
	seen->cipher = (uint16_t)(hello[at] << 8 | hello[at + 1]);
	seen->suite = cipher ? SSL_CIPHER_get_name(cipher) : NULL;
	seen->version = hello[at] == TLS13_SUITES
		? TLS1_3_VERSION
		: hello[HELLO_VERSION_AT] << 8 | hello[HELLO_VERSION_AT + 1];
}

/* The signature is OpenSSL's. NOLINTNEXTLINE(readability-function-size) */
static void tls_on_message(int written, int version, int type, const void *data,
	size_t len, SSL *connection, void *userdata)
{
	struct tls_seen *seen = userdata;
	const uint8_t *bytes = data;

	(void)version;
	if (written)
		return;
	if (type == SSL3_RT_HEADER && !seen->head_came &&
		len >= TLS_HEAD_BYTES) {
		memcpy(seen->head, bytes, TLS_HEAD_BYTES);
		seen->head_came = true;
	}
	if (type == SSL3_RT_HANDSHAKE && len > 0 &&
		bytes[0] == SSL3_MT_SERVER_HELLO)
		tls_note_server_hello(seen, connection, bytes, len);
}

static void tls_on_info(const SSL *connection, int where, int value)
{
	struct tls_seen *seen =
		SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), seen_index);
	int alert = value & 0xff;

	if (!seen)
		return;
	if (where & SSL_CB_ALERT) {
		if ((where & SSL_CB_READ) && alert != SSL_AD_CLOSE_NOTIFY)
			seen->alert = alert;
	} else if ((where & SSL_CB_EXIT) && value <= 0 && seen->error == 0) {
		seen->error = ERR_peek_error();
	}
}

int tls_watch(SSL_CTX *context, struct tls_seen **seen)
{
	struct tls_seen *fresh = calloc(1, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	fresh->alert = TLS_NO_ALERT;
	fresh->holders = 1;
	tls_seen_release(*seen);
	*seen = fresh;
	if (SSL_CTX_set_ex_data(context, seen_index, fresh) != 1)
		return -EIO;
	fresh->holders++;
	SSL_CTX_set_msg_callback(context, tls_on_message);
	SSL_CTX_set_msg_callback_arg(context, fresh);
	SSL_CTX_set_info_callback(context, tls_on_info);
	return 0;
}

struct tls_seen *tls_seen_of(const SSL *connection)
{
	struct tls_seen *seen =
		SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), seen_index);

	if (seen)
		seen->holders++;
	return seen;
}

bool tls_is_record(const struct tls_seen *seen)
{
	return seen->head_came && seen->head[0] >= SSL3_RT_CHANGE_CIPHER_SPEC &&
		seen->head[0] <= SSL3_RT_APPLICATION_DATA &&
		seen->head[1] == TLS_MAJOR;
}
